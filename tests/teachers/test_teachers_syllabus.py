# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts for a teacher: what the takes lack first, the owner's own words before others."""

from __future__ import annotations

import itertools

import pytest

from voicevault.teachers import syllabus
from voicevault.text.coverage import diphones, greedy_order, sentence_phones
from voicevault.text.prompts import prompts

TAKEN = [one.text for one in prompts()[:10]]
OWN = (
    "Zhuzha's azure beige gauge whirred. Go now. Dr. X? " + "Far too long. " * 3 + "\n" + "a" * 300
)


def pairs(texts: list[str]) -> set[tuple[str, str]]:
    return set(itertools.chain.from_iterable(diphones(one) for one in sentence_phones(texts)))


def test_what_is_chosen_brings_what_the_takes_lack() -> None:
    chosen = syllabus.choose(TAKEN, [], 12)
    assert len(chosen) == 12
    heard = pairs(TAKEN)
    for one in chosen:
        new = pairs([one.text]) - heard
        assert set(one.brings) == new
        heard |= new
    assert not {one.text for one in chosen} & set(TAKEN)
    assert len(chosen[0].brings) > len(chosen[-1].brings)


def test_a_longer_choice_begins_with_the_shorter_one() -> None:
    longer = syllabus.choose(TAKEN, [], 30)
    assert syllabus.choose(TAKEN, [], 7) == longer[:7]
    assert syllabus.choose(TAKEN, [], 30) == longer


def test_it_goes_on_when_every_pair_is_held_and_ends_with_the_texts() -> None:
    chosen = syllabus.choose(TAKEN, [], 10_000)
    assert len(chosen) == len(prompts()) - len(TAKEN)
    assert not chosen[-1].brings
    assert len({one.text for one in chosen}) == len(chosen)


def test_the_owners_own_words_come_early(monkeypatch: pytest.MonkeyPatch) -> None:
    own = ["Our tabby dozes on the woven rug by the stove."]

    def place() -> int:
        return [one.source for one in syllabus.choose(TAKEN, own, 10_000)].index("own")

    early = place()
    monkeypatch.setattr(syllabus, "OWN_WEIGHT", 1)
    assert early < place()


def test_a_text_becomes_sentences_that_can_be_said() -> None:
    found = syllabus.sentences(OWN)
    assert found == ["Zhuzha's azure beige gauge whirred.", "Far too long."]


def test_an_order_may_begin_from_what_is_known() -> None:
    sequences = [list("ab"), list("cd"), list("abcd")]
    reference = {("a", "b"): 1, ("c", "d"): 1, ("b", "c"): 1}
    wanted = frozenset("abcd")
    assert greedy_order(sequences, reference, wanted, known=[list("abcd")], count=2) == []
    assert greedy_order(sequences, reference, wanted, known=[list("ab")], count=1) == [2]
    assert greedy_order(sequences, reference, wanted, count=3) == [2]
