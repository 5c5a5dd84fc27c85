# SPDX-License-Identifier: GPL-3.0-or-later
"""Where in a take somebody speaks, by an energy threshold that follows the take's own noise.

A neural detector (Silero) would add a model file and a session start of some 100 ms; webrtcvad has
had no release since 2017 and needs `pkg_resources`. A take is one sentence by one person close to
a microphone, which an adaptive threshold separates; music or a second voice it does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.signal

from voicevault.audio.files import Samples, resample

RATE_HZ = 16_000
FRAME_MS = 10
FLOOR_DBFS = -96.0  # one step of 16 bits; digital silence counts as this

_HIGH_PASS_HZ = 80.0  # mains hum, desk knocks and breath rumble are no speech
_MIN_RANGE_DB = 7.0  # steady sound varies less than this between its loud and its quiet frames
_ABOVE_NOISE_DB = 6.0
_BELOW_PEAK_DB = 38.0  # quieter than this under the loudest vowels is room, whatever the noise
_HANG_FRAMES = 12  # a plosive's closure or the end of a word: bridged
_MIN_BURST_FRAMES = 5  # a click of the mouse or the lips: dropped


@dataclass(frozen=True, slots=True)
class Activity:
    """Frames of 10 ms: which hold speech, how loud each is, and the two levels behind it."""

    speech: npt.NDArray[np.bool_]  # [F]
    level_dbfs: npt.NDArray[np.float32]  # [F]
    speech_dbfs: float  # mean power of the speech frames
    noise_dbfs: float  # mean power of the quiet frames

    @property
    def speech_ms(self) -> int:
        """How long somebody speaks, pauses between words left out."""
        return int(self.speech.sum()) * FRAME_MS

    @property
    def start_ms(self) -> int:
        """Where speech begins; the end of the take when nobody speaks."""
        return int(np.argmax(self.speech) if self.speech.any() else len(self.speech)) * FRAME_MS

    @property
    def end_ms(self) -> int:
        """Where speech ends; 0 when nobody speaks."""
        spoken = np.flatnonzero(self.speech)
        return int(spoken[-1] + 1) * FRAME_MS if len(spoken) else 0


def detect(samples: Samples, rate_hz: int) -> Activity:
    """Speech in mono `samples` [S] of any rate."""
    power = _frame_power(resample(samples, rate_hz, RATE_HZ))
    level = np.maximum(10 * np.log10(power + 1e-12), FLOOR_DBFS).astype(np.float32)
    if not len(power):
        return Activity(np.zeros(0, bool), level, FLOOR_DBFS, FLOOR_DBFS)
    smooth = np.convolve(np.pad(level, 1, mode="edge"), np.full(3, 1 / 3), mode="valid")
    quiet, loud = np.percentile(smooth, (10, 97))
    speech = np.zeros(len(level), bool)
    if loud - quiet >= _MIN_RANGE_DB:
        on = max(quiet + max(_ABOVE_NOISE_DB, 0.25 * (loud - quiet)), loud - _BELOW_PEAK_DB)
        on = min(on, loud - 3.0)
        speech = _tidy(_hysteresis(smooth, on, on - 3.0))
    return Activity(speech, level, _mean_dbfs(power[speech]), _noise_dbfs(power, speech))


def _frame_power(wave: Samples) -> npt.NDArray[np.float64]:
    """Mean square of every 10 ms, [F], without the rumble."""
    size = RATE_HZ * FRAME_MS // 1000
    count = len(wave) // size
    if not count:
        return np.zeros(0)
    high_pass = scipy.signal.butter(2, _HIGH_PASS_HZ, "highpass", fs=RATE_HZ, output="sos")
    filtered = scipy.signal.sosfilt(high_pass, wave)[: count * size]
    power: npt.NDArray[np.float64] = np.square(filtered).reshape(count, size).mean(axis=1)
    return power


def _hysteresis(level: npt.NDArray[np.floating], on: float, off: float) -> npt.NDArray[np.bool_]:
    """Stretches above `off` that reach `on` somewhere."""
    above = level > off
    edges = np.flatnonzero(np.diff(np.concatenate(([0], above.view(np.int8), [0]))))
    out = np.zeros(len(level), bool)
    for start, end in edges.reshape(-1, 2):
        if level[start:end].max() > on:
            out[start:end] = True
    return out


def _tidy(speech: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Short gaps filled, short bursts dropped."""
    padded = np.concatenate(([0], speech.view(np.int8), [0]))
    runs = np.flatnonzero(np.diff(padded)).reshape(-1, 2)
    out = np.zeros(len(speech), bool)
    merged: list[list[int]] = []
    for start, end in runs.tolist():
        if merged and start - merged[-1][1] <= _HANG_FRAMES:
            merged[-1][1] = end
        else:
            merged.append([start, end])
    for start, end in merged:
        if end - start >= _MIN_BURST_FRAMES:
            out[start:end] = True
    return out


def _mean_dbfs(power: npt.NDArray[np.float64]) -> float:
    if not len(power):
        return FLOOR_DBFS
    return max(float(10 * np.log10(power.mean() + 1e-12)), FLOOR_DBFS)


def _noise_dbfs(power: npt.NDArray[np.float64], speech: npt.NDArray[np.bool_]) -> float:
    """The room: the quiet half of the frames without speech, or the quietest frames of all.

    The loud half of the pauses holds breaths and the tails of words.
    """
    pauses = np.sort(power[~speech])
    if len(pauses) >= 20:
        return _mean_dbfs(pauses[: max(10, len(pauses) * 6 // 10)])
    return _mean_dbfs(np.sort(power)[: max(3, len(power) // 20)])
