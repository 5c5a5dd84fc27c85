# SPDX-License-Identifier: GPL-3.0-or-later
"""Breaths: commas where a reader would pause, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicevault.text.breaths import LONGEST_WORDS, SHORTEST_WORDS, with_breaths

LONG = "he walked along the river for an hour and nobody who saw him knew what he was looking for"


def test_a_long_stretch_pauses_before_the_conjunction() -> None:
    assert "hour, and nobody" in with_breaths(LONG)


@pytest.mark.parametrize(
    "text",
    [
        "The boat left at seven.",
        "We came, and we saw, and then, when it was late, we went home.",
        "",
        "one two three four five six seven eight nine ten eleven twelve thirteen",
    ],
)
def test_what_needs_no_breath_stays(text: str) -> None:
    assert with_breaths(text) == text


def test_the_pause_is_before_the_first_of_several_small_words() -> None:
    text = "she gave the letter back to him without a word and in that moment everything was clear"
    assert "word, and in that moment" in with_breaths(text)


@given(
    st.lists(st.sampled_from(["and", "which", "to", "house", "walked", "Über", "3"]), max_size=60)
)
def test_only_commas_are_added_and_no_part_is_short(words: list[str]) -> None:
    text = " ".join(words)
    said = with_breaths(text)
    assert said.replace(",", "") == text
    parts = said.split(",")
    if len(parts) > 1:
        assert min(len(part.split()) for part in parts) >= SHORTEST_WORDS
    assert all(with_breaths(part) == part for part in parts)
    assert said == text or len(words) > LONGEST_WORDS
