# SPDX-License-Identifier: GPL-3.0-or-later
"""When somebody begins and stops to speak, while they do: the live counterpart of `audio.vad`.

The detector of whole takes knows their loudest and quietest frames; here only the past is known.
So the room's noise is followed before a take (`Floor`), and a take ends when nothing above it was
heard for a while. It never raises its own threshold during a take: a person who pauses must not be
cut off because of a fan. What it gets wrong costs a key, for the verdict looks at the whole take.
"""

from __future__ import annotations

import collections

import numpy as np
import scipy.signal

from voicevault.audio.files import Samples
from voicevault.audio.vad import FLOOR_DBFS, FRAME_MS

PAUSE_S = 0.8
"""Silence that ends a take. People who speak with long pauses set more, or none."""
_HIGH_PASS_HZ = 80.0
_ON_DB, _OFF_DB = 10.0, 6.0  # above the noise
_BELOW_PEAK_DB = 38.0  # as in audio.vad: quieter than this under the loudest moment is room
_QUIETEST_ON_DBFS = -65.0  # digital silence between two noises is no floor to compare with
_BURST_FRAMES = 5  # a click of keys or lips is shorter
_SPOKEN_FRAMES = 20  # so much speech before silence may end a take
_FLOOR_S = 3.0


class Frames:
    """Levels of 10 ms frames of a stream, without its rumble."""

    def __init__(self, rate_hz: int) -> None:
        self._size = rate_hz * FRAME_MS // 1000
        self._sos = scipy.signal.butter(2, _HIGH_PASS_HZ, "highpass", fs=rate_hz, output="sos")
        self._state = np.zeros((len(self._sos), 2))
        self._rest = np.zeros(0)

    def feed(self, block: Samples) -> list[float]:
        """dBFS of every frame that `block` [S] completes."""
        if not len(block):
            return []
        filtered, self._state = scipy.signal.sosfilt(self._sos, block, zi=self._state)
        wave = np.concatenate((self._rest, filtered))
        count = len(wave) // self._size
        self._rest = wave[count * self._size :]
        power = np.square(wave[: count * self._size].reshape(count, self._size)).mean(axis=1)
        levels = np.maximum(10 * np.log10(power + 1e-12), FLOOR_DBFS)
        return [float(one) for one in levels]


class Floor:
    """The room's noise over the last seconds: the quiet fifth of its frames."""

    def __init__(self) -> None:
        self._levels: collections.deque[float] = collections.deque(
            maxlen=int(_FLOOR_S * 1000) // FRAME_MS
        )

    def feed(self, levels: list[float]) -> None:
        """More frames of what the microphone hears between takes."""
        self._levels.extend(levels)

    @property
    def noise_dbfs(self) -> float:
        """The floor; that of silence while nothing was heard."""
        return float(np.percentile(self._levels, 20)) if self._levels else FLOOR_DBFS


class Endpoint:
    """Follows one take from its start."""

    def __init__(self, noise_dbfs: float, pause_s: float | None = PAUSE_S) -> None:
        self._on_dbfs = max(noise_dbfs + _ON_DB, _QUIETEST_ON_DBFS)
        self._off_dbfs = self._on_dbfs - (_ON_DB - _OFF_DB)
        self._pause = None if pause_s is None else round(pause_s * 1000 / FRAME_MS)
        self._loudest = FLOOR_DBFS
        self._run = 0  # frames of sound in a row
        self._spoken = 0  # frames of speech in all
        self._quiet = 0  # frames since the last speech

    @property
    def speaking(self) -> bool:
        """Whether speech was heard in this take, more than a click."""
        return self._spoken >= _BURST_FRAMES

    @property
    def ended(self) -> bool:
        """Whether enough was said and the pause after it is long enough."""
        if self._pause is None or self._spoken < _SPOKEN_FRAMES:
            return False
        return self._quiet >= self._pause

    def feed(self, levels: list[float]) -> None:
        """The next frames of the take."""
        for level in levels:
            self._loudest = max(self._loudest, level)
            off = max(self._off_dbfs, self._loudest - _BELOW_PEAK_DB)
            on = max(self._on_dbfs, off)
            if level > (off if self._run else on):
                self._run += 1
            else:
                self._run = 0
            if self._run >= _BURST_FRAMES:
                self._spoken += _BURST_FRAMES if self._run == _BURST_FRAMES else 1
                self._quiet = 0
            else:
                self._quiet += 1
