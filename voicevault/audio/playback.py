# SPDX-License-Identifier: GPL-3.0-or-later
"""The loudspeaker: samples from memory to the sound card, and short signals made of two tones."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from voicevault.audio.capture import load_portaudio
from voicevault.audio.files import Samples
from voicevault.errors import BadAudio

SIGNAL_RATE_HZ = 48_000
_TONE_S, _EDGE_S = 0.09, 0.012
_SIGNAL_PEAK = 0.12  # -18 dBFS: heard, not startling


class Player(Protocol):
    """Something that can be heard."""

    @property
    def playing(self) -> bool:
        """Whether sound is still coming."""

    def play(self, samples: Samples, rate_hz: int) -> None:
        """Begin to play `samples` [S], in place of what is playing. Does not wait."""

    def stop(self) -> None:
        """Be silent."""


class Loudspeaker:
    """The system's chosen output through PortAudio."""

    def __init__(self) -> None:
        self._stream: Any = None
        self._library: Any = None
        self._at = 0
        self._rate_hz = 1

    @property
    def playing(self) -> bool:
        """See `Player`."""
        return self._stream is not None and bool(self._stream.active)

    @property
    def position_s(self) -> float:
        """How far it has come, to the sound card's next block; 0 when nothing plays."""
        return self._at / self._rate_hz if self.playing else 0.0

    def play(self, samples: Samples, rate_hz: int) -> None:
        """See `Player`.

        Raises:
            MissingExtra: PortAudio is not installed.
            BadAudio: there is no output, or it does not take this rate.
        """
        self.stop()
        library = load_portaudio()
        wave = np.ascontiguousarray(samples, np.float32)
        self._at, self._rate_hz = 0, rate_hz

        def fill(out: Samples, frames: int, when: object, status: object) -> None:
            rest = wave[self._at : self._at + frames]
            out[: len(rest), 0] = rest
            out[len(rest) :] = 0.0
            self._at += len(rest)
            if len(rest) < frames:
                raise library.CallbackStop

        library._initialize()  # this stream's own hold, as in audio.capture
        self._library = library
        try:
            self._stream = library.OutputStream(rate_hz, channels=1, callback=fill)
            self._stream.start()
        except (library.PortAudioError, ValueError) as error:
            self.stop()
            raise BadAudio(
                f"the loudspeaker cannot be used: {error}",
                hint="check that one is connected and chosen",
            ) from error

    def stop(self) -> None:
        """See `Player`."""
        stream, self._stream = self._stream, None
        library, self._library = self._library, None
        if stream is not None:
            stream.close(ignore_errors=True)
        if library is not None:
            library._terminate()


def signal(good: bool) -> Samples:
    """Two short tones at SIGNAL_RATE_HZ: rising for a take that is kept, falling for a redo."""
    tones = (523.25, 783.99) if good else (392.0, 261.63)
    at = np.arange(int(_TONE_S * SIGNAL_RATE_HZ)) / SIGNAL_RATE_HZ
    edge = np.clip(np.minimum(at, _TONE_S - at) / _EDGE_S, 0.0, 1.0)
    waves = [np.sin(2 * np.pi * one * at) * edge for one in tones]
    return (_SIGNAL_PEAK * np.concatenate(waves)).astype(np.float32)
