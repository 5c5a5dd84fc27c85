# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings of any length as the windows that Whisper hears, and what it heard as one again.

Shapes: S samples.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import soxr

from voicevault.errors import BadAudio
from voicevault.teachers.protocols import FloatArray, Hypothesis, Recording, Transcript

RATE_HZ = 16_000
WINDOW_S = 30.0
SHORTEST_S = 0.1
_QUIET_S = 0.2  # a pause between words; the cut goes into its middle


@dataclass(frozen=True, slots=True)
class Window:
    """At most 30 s of one recording."""

    owner: int
    """Which recording of the batch."""
    start_s: float
    samples: FloatArray
    """[S] at RATE_HZ"""
    text: str = ""

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / RATE_HZ


def cut(owner: int, audio: Recording) -> Iterator[Window]:
    """A recording in windows of at most 30 s, cut in the quietest place of each second half.

    Raises:
        BadAudio: too short, not numbers, or a text is asked about and it needs several windows.
    """
    samples = np.asarray(audio.samples, dtype=np.float32)
    if samples.ndim != 1 or not np.isfinite(samples).all():
        raise BadAudio("a recording is one row of finite samples")
    if len(samples) < SHORTEST_S * audio.rate_hz:
        raise BadAudio(
            f"{len(samples) / audio.rate_hz:.2f} s of sound; {SHORTEST_S} s are the least"
        )
    if audio.rate_hz != RATE_HZ:
        samples = soxr.resample(samples, audio.rate_hz, RATE_HZ).astype(np.float32)
    window = int(WINDOW_S * RATE_HZ)
    if len(samples) > window and audio.text:
        raise too_long(audio)
    start = 0
    while len(samples) - start > window:
        end = start + window // 2 + _quietest(samples[start + window // 2 : start + window])
        yield Window(owner, start / RATE_HZ, samples[start:end])
        start = end
    yield Window(owner, start / RATE_HZ, samples[start:], audio.text)


def _quietest(samples: FloatArray) -> int:
    """The middle of the 0.2 s with the least energy."""
    width = int(_QUIET_S * RATE_HZ)
    energy = np.cumsum(np.square(samples, dtype=np.float64))
    return int((energy[width:] - energy[:-width]).argmin()) + width // 2


def too_long(audio: Recording) -> BadAudio:
    """The error for what has to fit into one window."""
    return BadAudio(
        f"{len(audio.samples) / audio.rate_hz:.0f} s of sound; up to {WINDOW_S:.0f} s can be "
        "compared with a text",
        hint="cut the recording at a pause, with the text of each part",
    )


def joined(pieces: Sequence[tuple[Window, Transcript]]) -> Transcript:
    """The windows of one recording as one transcript; n best only where there is one window."""
    if len(pieces) == 1:
        return pieces[0][1]
    said = [transcript for _, transcript in pieces]
    weights = np.array([window.seconds for window, _ in pieces])
    logs = np.log([max(one.confidence, 1e-9) for one in said])
    mean = float((weights * logs).sum() / weights.sum())
    text = " ".join(one.text for one in said if one.text)
    return Transcript(
        text=text,
        words=tuple(itertools.chain.from_iterable(one.words for one in said)),
        confidence=math.exp(mean),
        hypotheses=(Hypothesis(text, mean),),
        no_speech=min(one.no_speech for one in said),
    )
