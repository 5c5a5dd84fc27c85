# SPDX-License-Identifier: GPL-3.0-or-later
"""The bench of the base's own speech: which words count as said twice."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from voicevault.evaluation.quick import Scorer

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))

import base_speech


class Scripted:
    """A judge that has made up its mind."""

    def __init__(self, words: list[str] | None) -> None:
        self.words = words

    def heard_twice(self, text: str, wave: np.ndarray) -> list[str] | None:
        return self.words


@pytest.mark.parametrize(
    ("heard", "confirmed"),
    [
        (["press"], ["pɹɛs"]),
        (["of", "the"], ["ʌvðə"]),  # one word to espeak-ng
        (["foot"], []),
        ([], []),
        (None, ["pɹɛs", "ʌvðə"]),  # nobody contradicts the aligner
    ],
)
def test_a_word_is_doubled_when_both_say_so(heard: list[str] | None, confirmed: list[str]) -> None:
    suspect = base_speech.Suspect("Press of the foot.", np.zeros(9), ["pɹɛs", "ʌvðə"])
    assert base_speech.doubled(suspect, cast(Scorer, Scripted(heard))) == confirmed
