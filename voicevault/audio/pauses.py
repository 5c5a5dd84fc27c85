# SPDX-License-Identifier: GPL-3.0-or-later
"""Hours of sound cut at their pauses into stretches that a recogniser takes at once.

Cut greedily: of what has come, at most `longest_s`, the widest pause after `shortest_s` is the
place. Where nobody pauses the quietest moment is. A stretch has the silence around it taken off.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from voicevault.audio.files import Samples
from voicevault.audio.vad import FRAME_MS, Activity, detect

RATE_HZ = 16_000
LONGEST_S, SHORTEST_S = 20.0, 6.0
MARGIN_MS = 300
"""Kept around speech: the soft beginnings and ends of words."""
_FRAME = RATE_HZ * FRAME_MS // 1000
_SMOOTH_FRAMES = 15


@dataclass(frozen=True, slots=True)
class Stretch:
    """Sound in which somebody speaks."""

    start_ms: int
    samples: Samples  # [S] at RATE_HZ

    @property
    def end_ms(self) -> int:
        """Where it ends in the recording."""
        return self.start_ms + len(self.samples) * 1000 // RATE_HZ


def stretches(
    blocks: Iterable[Samples], *, longest_s: float = LONGEST_S, shortest_s: float = SHORTEST_S
) -> Iterator[Stretch]:
    """Speech of mono blocks at RATE_HZ, in order; silence in between is left out."""
    longest = int(longest_s * RATE_HZ)
    held = np.zeros(0, np.float32)
    passed = 0  # samples before `held`
    for block in blocks:
        held = np.concatenate((held, block))
        while len(held) >= longest:
            activity = detect(held[:longest], RATE_HZ)
            cut = _cut(activity, int(shortest_s * 1000 / FRAME_MS)) * _FRAME
            yield from _spoken(held[:cut], passed, activity)
            held, passed = held[cut:], passed + cut
    if len(held):
        yield from _spoken(held, passed, detect(held, RATE_HZ))


def quiet_place(samples: Samples, first_s: float) -> int:
    """The sample to cut at, `first_s` or later: amid the widest pause, or where it is quietest."""
    return _cut(detect(samples, RATE_HZ), int(first_s * 1000 / FRAME_MS)) * _FRAME


def _spoken(samples: Samples, passed: int, activity: Activity) -> Iterator[Stretch]:
    """The part of `samples` from the first to the last frame of speech, if there is one."""
    frames = np.flatnonzero(activity.speech[: -(-len(samples) // _FRAME)])
    if not len(frames):
        return
    margin = MARGIN_MS // FRAME_MS
    start = max(0, int(frames[0]) - margin) * _FRAME
    end = (int(frames[-1]) + 1 + margin) * _FRAME
    yield Stretch((passed + start) * 1000 // RATE_HZ, samples[start:end].copy())


def _cut(activity: Activity, first: int) -> int:
    """The frame to cut at, `first` or later: amid the widest pause, or where it is quietest."""
    pauses = _runs(~activity.speech)
    pauses = pauses[pauses[:, 1] > first]
    if len(pauses):
        widths = pauses[:, 1] - np.maximum(pauses[:, 0], first)
        start, end = pauses[len(widths) - 1 - int(widths[::-1].argmax())]
        return int(max(start, first) + end + 1) // 2
    smooth = np.convolve(activity.level_dbfs, np.ones(_SMOOTH_FRAMES), mode="same")
    return first + int(smooth[first:].argmin())


def _runs(flags: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """First frame and the one after the last of every run of True, [runs, 2]."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.view(np.int8), [0]))))
    return edges.reshape(-1, 2)
