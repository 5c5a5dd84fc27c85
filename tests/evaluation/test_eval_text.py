# SPDX-License-Identifier: GPL-3.0-or-later
"""Words, pronunciations, language model, fixed texts and intervals of the evaluation."""

from __future__ import annotations

import math
from collections import defaultdict

import pytest

from voicevault.evaluation import bootstrap, sets
from voicevault.evaluation.ngram import arpa_bigram
from voicevault.evaluation.words import normalise, pronounce, to_arpabet
from voicevault.text.prompts import prompts
from voicevault.text.symbols import MODIFIERS

VOWELS = "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW"
CONSONANTS = "B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH"
ARPABET = {*VOWELS.split(), *CONSONANTS.split()}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don’t stop - it's Ann's!", ["don't", "stop", "it's", "ann's"]),
        ("well-known, 'quoted' words", ["well", "known", "quoted", "words"]),
        ("$3.50 in 1995 & 20 %", ["$3.50", "in", "1995", "and", "20", "percent"]),
        ("Café, NAÏVE\tÜber", ["café", "naïve", "über"]),
        ("… ! ?", []),
    ],
)
def test_what_counts_as_a_word(text: str, words: list[str]) -> None:
    assert normalise(text) == words


def test_a_decomposed_accent_is_the_same_word() -> None:
    assert normalise("cafe\u0301") == normalise("caf\u00e9")


def test_pronunciations_follow_the_front_end() -> None:
    assert pronounce("cheese") == ["CH", "IY", "Z"]
    assert pronounce("voice") == ["V", "OY", "S"]
    assert len(pronounce("1995")) > 8
    assert pronounce("") == []


def test_every_sound_of_the_prompts_has_a_phone_the_judge_knows() -> None:
    from voicevault.text.frontend import phonemise

    for prompt in prompts()[:60]:
        phonemes = [p for sentence in phonemise(prompt.text) for p in sentence]
        phones = to_arpabet(phonemes)
        assert set(phones) <= ARPABET
        letters = [p for p in phonemes if p.isalpha() and p not in MODIFIERS]
        joined = letters
        for pair in ("aɪ", "aʊ", "eɪ", "oʊ", "ɔɪ", "tʃ", "dʒ"):
            joined = list("".join(joined).replace(pair, "x"))
        assert len(phones) >= len(joined)  # nothing is lost but marks


def test_the_language_model_adds_up() -> None:
    lines = arpa_bigram([["a", "b", "a"], ["b"], ["c", "a"]]).splitlines()
    one: dict[str, tuple[float, float]] = {}
    two: dict[str, dict[str, float]] = defaultdict(dict)
    for line in lines:
        parts = line.split()
        if len(parts) == 3 and parts[0].startswith(("-", "0")):
            try:
                one[parts[1]] = (10 ** float(parts[0]), 10 ** float(parts[2]))
            except ValueError:
                two[parts[1]][parts[2]] = 10 ** float(parts[0])
    words = [word for word in one if word != "<s>"]
    assert sum(one[word][0] for word in words) == pytest.approx(1.0, abs=1e-3)
    for left in two:
        back_off = one[left][1]
        whole = sum(two[left].get(word, back_off * one[word][0]) for word in words)
        assert whole == pytest.approx(1.0, abs=1e-3)


def test_no_words_is_no_language_model() -> None:
    with pytest.raises(ValueError, match="at least one word"):
        arpa_bigram([[], []])


def test_evaluation_texts_are_nobodys_prompts() -> None:
    read = {" ".join(normalise(prompt.text)) for prompt in prompts()}
    said = [" ".join(normalise(one.text)) for one in sets.sentences()]
    assert not read & set(said)
    assert len(said) == len(set(said))


def test_there_are_enough_texts_and_no_digits() -> None:
    whole = sets.sentences()
    counts = {kind: sum(one.set == kind for one in whole) for kind in sets.SETS}
    assert counts["unseen"] >= 40
    assert all(counts[kind] >= wanted for kind, wanted in sets.FULL.items())
    assert not any(character.isdigit() for one in whole for character in one.text)


def test_a_seed_draws_the_same_texts_again() -> None:
    first = sets.chosen(sets.QUICK, seed=1)
    assert first == sets.chosen(sets.QUICK, seed=1)
    assert first != sets.chosen(sets.QUICK, seed=2)
    assert len({one.id for one in first}) == sum(sets.QUICK.values())
    with pytest.raises(ValueError, match="0 to 2"):
        sets.chosen({"paragraph": 3})


def test_intervals_hold_the_mean_and_repeat() -> None:
    values = [0.0, 1.0] * 50
    low, high = bootstrap.mean_interval(values, seed=3)
    assert (low, high) == bootstrap.mean_interval(values, seed=3)
    assert 0.38 < low < 0.42  # 0.5 - 1.96 * 0.5 / sqrt(100)
    assert 0.58 < high < 0.62
    assert all(math.isnan(one) for one in bootstrap.mean_interval([1.0], seed=3))


def test_a_long_sentence_weighs_more_than_a_short_one() -> None:
    low, high = bootstrap.ratio_interval([0, 10], [90, 10], seed=0)
    assert low == 0.0
    assert high == pytest.approx(1.0)
