# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts as the recogniser would write them: accents, gaps, sentences, capitals."""

import pytest

from voicevault.text.spelling import GAP, latin, sentences, spoken_words


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Jörg Łuczak", "Jorg Luczak"),
        ("Straße, Øre, Ærø", "Strasse, Ore, AEro".replace("AE", "Ae")),
        ("e\u0301te\u0301", "ete"),
        ("\uff21nna \ufb01ne", "Anna fine"),
        ("don\u2019t", "don't"),
        ("plain", "plain"),
    ],
)
def test_accents_and_ligatures(written: str, read: str) -> None:
    assert latin(written) == read


def test_what_cannot_be_written_is_a_gap() -> None:
    (tokens,) = sentences("Meet at 9 o'clock with Анна and covid19, see https://a.example/b?c.")
    assert [token.word for token in tokens] == [
        "meet", "at", GAP, "o'clock", "with", GAP, "and", GAP, "see", GAP,
    ]  # fmt: skip
    assert [token.capital for token in tokens if token.word] == [True] + 5 * [False]


def test_sentences_end_where_they_end_and_not_at_a_line() -> None:
    text = 'One line\nand its rest. "Two!" Three?\n\nA heading\n\nThe end'
    found = [" ".join(word for word, _ in tokens) for tokens in sentences(text)]
    assert found == ["one line and its rest", "two", "three", "a heading", "the end"]
    assert list(sentences("  \n 12 \u05d0 \U0001f3a4 ...")) == []


def test_a_phrase_counts_whole_or_not_at_all() -> None:
    assert spoken_words("Anna-Lena d'Avrigny") == ["anna", "lena", "d'avrigny"]
    for wrong in ("", " ", "B52", "Model 9", "\u4f60\u597d", "Anna \u0411."):
        assert spoken_words(wrong) == []
