# SPDX-License-Identifier: GPL-3.0-or-later
"""Words cut out of speech and words said twice are found, and good speech is left alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from voicevault.data.features import HOP, prepare
from voicevault.evaluation import skips
from voicevault.runtime.align import Aligner
from voicevault.students.shipped import load_base
from voicevault.text.frontend import utterance_phonemes
from voicevault.text.symbols import SPACE, SYMBOLS, framed_ids

RATE_HZ = 16_000
TEXTS = (
    "Thirty children were watching the juggler behind the old theatre.",
    "My young cousin chose a rough path through the shadowy garden.",
    "The parcel weighs fourteen kilograms and cost nineteen dollars.",
)


@dataclass(frozen=True)
class Spoken:
    phonemes: list[str]
    wave: np.ndarray
    words: list[tuple[int, int]]
    """First and last sample of each word."""


@pytest.fixture(scope="module")
def aligner() -> Aligner:
    return Aligner.load()


@pytest.fixture(scope="module")
def spoken() -> list[Spoken]:
    """The shipped base says the texts; it knows when it says what."""
    base = load_base()
    out = []
    for number, text in enumerate(TEXTS):
        torch.manual_seed(number)
        phonemes = utterance_phonemes(text)
        ids = framed_ids(phonemes)
        vector = base.speakers[7 * number + 3][None]
        wave, lengths = base.student.speak(torch.tensor([ids]), speaker=vector)
        ends = np.cumsum(lengths.numpy().astype(int)) * HOP
        words, start = [], int(ends[0])
        for at, symbol in enumerate(ids):
            if symbol == SYMBOLS[SPACE] or at == len(ids) - 1:
                words.append((start, int(ends[at - 1])))
                start = int(ends[at])
        out.append(Spoken(phonemes, wave.numpy(), words))
    return out


def told(aligner: Aligner, wave: np.ndarray, one: Spoken) -> skips.Delivery:
    return skips.check(aligner, prepare(wave, RATE_HZ), one.phonemes)


def long_words(one: Spoken, found: skips.Delivery) -> list[int]:
    """Words in the middle of more than three sounds."""
    assert len(found.words) == len(one.words)
    return [n for n, word in enumerate(found.words) if len(word) > 3][1:-1]


def test_good_speech_is_left_alone(aligner: Aligner, spoken: list[Spoken]) -> None:
    for one in spoken:
        assert told(aligner, one.wave, one).findings == ()


def test_a_word_cut_out_is_skipped(aligner: Aligner, spoken: list[Spoken]) -> None:
    found = []
    for one in spoken:
        for word in long_words(one, told(aligner, one.wave, one)):
            start, stop = one.words[word]
            wave = np.concatenate([one.wave[:start], one.wave[stop:]])
            skipped = {f.index for f in told(aligner, wave, one).findings if f.kind == "skipped"}
            # What is left of its edges may be taken for it, and a neighbour be the lost one.
            found.append(bool(skipped & {word - 1, word, word + 1}))
    assert len(found) >= 10
    assert np.mean(found) >= 0.8


def test_a_doubled_word_is_repeated(aligner: Aligner, spoken: list[Spoken]) -> None:
    found = []
    for one in spoken:
        for word in long_words(one, told(aligner, one.wave, one)):
            start, stop = one.words[word]
            wave = np.concatenate([one.wave[:stop], one.wave[start:]])
            delivery = told(aligner, wave, one)
            found.append([f.index for f in delivery.findings if f.kind == "repeated"] == [word])
    assert np.mean(found) >= 0.8


def test_a_held_vowel_is_stuck(aligner: Aligner) -> None:
    """On scores made by hand: the sounds of two words, one of them for a second."""
    ids = framed_ids(list("sit don"))
    scores = np.full((0, len(SYMBOLS)), -4.0, np.float32)
    for symbol, frames in (("s", 6), ("i", 80), ("t", 4), ("d", 5), ("o", 6), ("n", 5)):
        rows = np.full((frames, len(SYMBOLS)), -4.0, np.float32)
        rows[:, SYMBOLS[symbol]] = 2.0
        scores = np.concatenate([scores, rows])
    found = skips.deliver(scores, ids)
    assert found.words == ("sit", "don")
    assert [(f.kind, f.word, f.index) for f in found.findings] == [("stuck", "sit", 0)]


def test_silence_has_skipped_everything(aligner: Aligner) -> None:
    phonemes = utterance_phonemes("Nothing remains.")
    found = skips.check(aligner, np.zeros(0, np.float32), phonemes)
    assert found.count("skipped") == len(found.words) == 2
