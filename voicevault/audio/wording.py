# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a take says its text, told by forced alignment instead of by recognition.

Three figures, each in nats of mean log-posterior, both read from the aligner:

- the gap: how much better the text fits than the same phonemes backwards. Accent, noise and the
  aligner's own sureness weigh on both and cancel; words that were not said fit no better than
  nonsense does.
- the score itself, which depends on the aligner and the accent: only ever a reason to listen once.
- the worst stretch: the lowest mean of eight letters in a row. Words that are in the text and not
  in the recording must be put somewhere, and fit nowhere.

A letter or two said differently, or words spoken beyond the text, stay unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

import numpy as np

from voicevault.audio.files import Samples

STRETCH = 8  # letters
MIN_LETTERS = 12  # fewer say nothing sure

# Set on native readers (users) and accented ones (so762); the table is in tests/bench.
GAP_REDO, GAP_UNSURE = 0.3, 0.8
STRETCH_REDO, STRETCH_UNSURE = -5.6, -5.0
SCORE_UNSURE = -3.3

Finding: TypeAlias = Literal["", "unsure", "differ"]


class AlignmentLike(Protocol):
    """What is read of an alignment."""

    @property
    def score(self) -> float: ...

    @property
    def token_scores(self) -> Sequence[float]: ...


class AlignerLike(Protocol):
    """`voicevault.runtime.align.Aligner`, named by what is used of it: audio knows no runtime."""

    def align(self, wave: Samples, phonemes: Sequence[str]) -> AlignmentLike: ...


@dataclass(frozen=True, slots=True)
class TextCheck:
    """All that the comparison needs.

    `prepare` is `voicevault.data.features.prepare`: the aligner hears what training will hear.
    """

    aligner: AlignerLike
    phonemise: Callable[[str], Sequence[str]]
    prepare: Callable[[Samples, int], Samples]


def compare(
    samples: Samples, rate_hz: int, text: str, check: TextCheck
) -> tuple[Finding, dict[str, int]]:
    """What is to be said of the words, and the figures in 1/1000.

    A text too long for the sound cannot be aligned: the aligner says so with a ValueError or a
    score that is not finite, and either way the words differ.
    """
    wave, phonemes = check.prepare(samples, rate_hz), list(check.phonemise(text))
    if not len(wave) or not phonemes:
        return "", {}
    try:
        ahead = check.aligner.align(wave, phonemes)
        letters = np.array([one for one in ahead.token_scores if one != 0.0])
        if not np.isfinite(ahead.score) or not np.isfinite(letters).all():
            return "differ", {}
        if len(letters) < MIN_LETTERS:
            return "", {"align_m": round(1000 * ahead.score)}
        backwards = check.aligner.align(wave, phonemes[::-1]).score
    except ValueError:
        return "differ", {}
    gap = ahead.score - max(float(backwards), -20.0)  # backwards may not fit at all: that is good
    stretch = float(np.convolve(letters, np.full(STRETCH, 1 / STRETCH), mode="valid").min())
    measures = {
        "align_m": round(1000 * ahead.score),
        "align_gap_m": round(1000 * gap),
        "align_stretch_m": round(1000 * stretch),
    }
    if gap < GAP_REDO or stretch < STRETCH_REDO:
        return "differ", measures
    doubtful = gap < GAP_UNSURE or stretch < STRETCH_UNSURE or ahead.score < SCORE_UNSURE
    return "unsure" if doubtful else "", measures
