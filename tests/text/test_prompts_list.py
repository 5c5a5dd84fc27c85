# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped prompts: enough of them, all different, and all sounds early."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from voicevault.errors import UsageError
from voicevault.text.coverage import (
    ENGLISH_PHONES,
    PAUSE,
    coverage,
    diphones,
    frequencies,
    greedy_order,
    phones,
    sentence_phones,
)
from voicevault.text.frontend import utterance_phonemes
from voicevault.text.prompts import Prompt, prompt_coverage, prompts

RECIPE = Path(__file__).parents[2] / "recipes" / "order_prompts.py"


def test_there_are_enough_and_all_are_different() -> None:
    rows = prompts()
    assert len(rows) >= 300
    words = {re.sub(r"[^a-z ]", "", one.text.lower()) for one in rows}
    assert len(words) == len(rows)
    assert len({one.id for one in rows}) == len(rows)
    assert all(re.fullmatch(r"en-\d{3}", one.id) for one in rows)


def test_each_is_one_readable_sentence() -> None:
    for one in prompts():
        assert 5 <= len(one.text.split()) <= 14, one
        assert re.fullmatch(r"[A-Z][A-Za-z ,']*[A-Za-z][.?!]", one.text), one


def test_there_are_questions_and_exclamations() -> None:
    ends = [one.text[-1] for one in prompts()]
    assert ends.count("?") >= 40
    assert ends.count("!") >= 8


def test_no_prompt_uses_a_sound_that_is_not_counted() -> None:
    heard = {phone for one in sentence_phones(p.text for p in prompts()) for phone in one}
    assert heard - {PAUSE} == ENGLISH_PHONES


def test_the_first_ten_hold_every_phoneme() -> None:
    got = prompt_coverage(10)
    assert (got.missing, got.phones) == ((), len(ENGLISH_PHONES))


def test_the_first_fifty_hold_the_commonest_diphones() -> None:
    """Nine of ten diphones spoken in the whole list; measured 90.3 %."""
    assert prompt_coverage(50).diphone_share >= 0.90
    sequences = sentence_phones(one.text for one in prompts())
    common = [pair for pair, _ in frequencies(sequences).most_common(100)]
    heard = set(frequencies(sequences[:50]))
    assert [pair for pair in common if pair not in heard] == []


def test_the_file_is_in_the_order_of_its_recipe() -> None:
    recipe = runpy.run_path(str(RECIPE))
    assert recipe["reordered"](prompts()) == list(prompts())


def test_other_languages_are_refused() -> None:
    with pytest.raises(UsageError, match="'xx'"):
        prompts("xx")


def test_phones_are_grouped() -> None:
    assert " ".join(phones(utterance_phonemes("Joy, cheers!"))) == "# dʒ ɔɪ # tʃ ɪ ɹ z #"
    assert " ".join(phones(utterance_phonemes("button"))) == "# b ʌ ʔ n̩ #"
    assert phones([]) == [PAUSE]


def test_diphones_cross_words_and_stop_at_pauses() -> None:
    pairs = diphones(phones(utterance_phonemes("big boy, aha")))
    assert pairs["ɡ", "b"] == 1
    assert pairs["ɔɪ", PAUSE] == 1
    assert not any(left == "ɔɪ" and right != PAUSE for left, right in pairs)


def test_greedy_order_brings_missing_phones_first() -> None:
    sequences = [list("#ab#"), list("#abab#"), list("#xyz#"), list("#bx#")]
    order = greedy_order(sequences, frequencies(sequences), frozenset("abxyz"))
    assert order[:2] == [2, 1]
    assert sorted(order) == [0, 1, 2, 3]
    got = coverage([sequences[2]], frequencies(sequences), frozenset("abxyz"))
    assert (got.missing, got.phones, got.diphones) == (("a", "b"), 3, 4)
    assert got.diphone_share == pytest.approx(4 / 15)


def test_a_prompt_is_a_pair() -> None:
    assert prompts()[0] == Prompt(prompts()[0].id, prompts()[0].text)
