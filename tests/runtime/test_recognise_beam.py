# SPDX-License-Identifier: GPL-3.0-or-later
"""The search finds the likeliest text: against all paths written out, and with words that count."""

import itertools
import math

import numpy as np
import pytest

from voicevault.errors import UsageError
from voicevault.runtime.beam import Search, greedy, place, prefix_beam
from voicevault.runtime.words import END, START, Bigram, read_words, write_words
from voicevault.text.pieces import LETTERS, Pieces
from voicevault.text.pieces import START as MARK

ALPHABET = Pieces(["<blk>", MARK, *LETTERS])
MARK_ID = 1
A, B, C = (ALPHABET.pieces.index(x) for x in "abc")
ONLY_SOUND = Search(word_weight=0.0, word_bonus=0.0, floor=-1e9, margin=1e9)


class Anything:
    """A word model without opinion."""

    def log_chance(self, history: tuple[str, ...], word: str) -> float:
        return 0.0

    def beginning(self, letters: str) -> float:
        return 0.0


def posteriors(rows: list[dict[int, float]]) -> np.ndarray:
    """ln of rows that give some pieces their probability and share the rest thinly."""
    out = np.full((len(rows), len(ALPHABET)), 1e-12)
    for row, chances in zip(out, rows, strict=True):
        for piece, chance in chances.items():
            row[piece] = chance
    return np.log(out).astype(np.float32)


def summed_over_paths(rows: np.ndarray, used: tuple[int, ...]) -> dict[tuple[int, ...], float]:
    """Probability of every text, by going through every path of ``used`` pieces."""
    total: dict[tuple[int, ...], float] = {}
    for path in itertools.product(used, repeat=len(rows)):
        text = tuple(k for k, _ in itertools.groupby(path) if k)
        chance = math.exp(sum(rows[i, p] for i, p in enumerate(path)))
        total[text] = total.get(text, 0.0) + chance
    return total


@pytest.mark.parametrize("seed", range(12))
def test_the_likeliest_text_not_the_likeliest_path(seed: int) -> None:
    random = np.random.default_rng(seed)
    used = (0, MARK_ID, A, B)
    rows = posteriors(
        [dict(zip(used, random.dirichlet((1.0, 0.4, 0.7, 0.7)), strict=True)) for _ in range(6)]
    )
    everything = summed_over_paths(rows, used)
    best = max(everything, key=lambda text: everything[text])
    found = tuple(prefix_beam(rows, ALPHABET, Anything(), ONLY_SOUND))
    assert found == best


def test_beam_and_greedy_differ_where_they_should() -> None:
    # Blank is likeliest in each frame (0.6 * 0.6 = 0.36), but "a" in either or both sums to 0.64.
    rows = posteriors([{0: 0.6, A: 0.4}, {0: 0.6, A: 0.4}])
    assert greedy(rows) == []
    assert prefix_beam(rows, ALPHABET, Anything(), ONLY_SOUND) == [A]


def test_greedy_drops_repeats_and_keeps_doubles() -> None:
    rows = posteriors([{A: 0.9}, {A: 0.9}, {0: 0.9}, {A: 0.9}, {B: 0.9}])
    assert greedy(rows) == [A, A, B]
    assert greedy(rows[:0]) == []


def words(**chances: float) -> Bigram:
    single = {END: math.log(0.1)} | {w: math.log(p) for w, p in chances.items()}
    return Bigram(single, {}, {})


def heard(rows: np.ndarray, model: Bigram, search: Search | None = None) -> str:
    return ALPHABET.decode(prefix_beam(rows, ALPHABET, model, search))


def test_a_known_word_beats_a_slightly_likelier_sound() -> None:
    rows = posteriors([{MARK_ID: 0.98}, {A: 0.98}, {B: 0.45, C: 0.5}, {0: 0.97}])
    assert heard(rows, words(ab=0.1, ac=0.1)) == "ac"
    assert heard(rows, words(ab=0.1)) == "ab"
    assert heard(rows, words(ab=0.1, ac=1e-4)) == "ab"
    assert heard(rows, words(ab=0.1).with_words(["ac"], math.log(0.1))) == "ac"
    loud = posteriors([{MARK_ID: 0.98}, {A: 0.98}, {B: 1e-6, C: 0.99}, {0: 0.97}])
    assert heard(loud, words(ab=0.1)) == "ac"


def test_every_word_counts_not_only_the_last() -> None:
    rows = posteriors([{MARK_ID: 0.9}, {A: 0.5, B: 0.45}, {MARK_ID: 0.9}, {C: 0.9}])
    assert heard(rows, words(a=1e-4, b=0.1, c=0.1)) == "b c"
    assert heard(rows, words(a=0.1, b=1e-4, c=0.1)) == "a c"


def test_the_word_before_counts() -> None:
    rows = posteriors([{MARK_ID: 0.9}, {C: 0.9}, {MARK_ID: 0.9}, {A: 0.5, B: 0.45}])
    single = {w: math.log(0.2) for w in ("a", "b", "c", END)}
    assert heard(rows, Bigram(single, {}, {})) == "c a"
    assert heard(rows, Bigram(single, {("c", "b"): math.log(0.9)}, {"c": -3.0})) == "c b"
    assert heard(rows, Bigram(single, {(START, "b"): math.log(0.9)}, {START: -3.0})) == "c a"


def test_the_back_off_and_unknown_words() -> None:
    model = Bigram({"a": -2.0}, {("a", "a"): -0.5}, {"b": -1.0})
    assert model.log_chance((START, "a"), "a") == -0.5
    assert model.log_chance((START, "b"), "a") == -3.0
    assert model.log_chance((), "zebras") < model.log_chance((), "zeb") < -10
    assert [model.beginning(letters) for letters in ("", "a")] == [-2.0, -2.0]
    assert model.beginning("ab") == model.log_chance((), "ab")


def test_gluing_words_together_is_never_cheap() -> None:
    model = Bigram({"some": -9.0, "words": -9.0, "here": -9.0}, {}, {})
    apart = sum(model.log_chance((), word) for word in ("some", "words", "here"))
    assert model.log_chance((), "somewordshere") < apart


def test_the_file_of_words_is_read_back() -> None:
    data = write_words({"a": -2.04, "b": -7.5}, {("a", "b"): -0.3}, {"a": -0.7}, "a test")
    assert data == write_words({"b": -7.5, "a": -2.04}, {("a", "b"): -0.3}, {"a": -0.7}, "a test")
    model = read_words(data)
    assert model.log_chance(("a",), "b") == pytest.approx(-0.3)
    assert model.log_chance(("a",), "a") == pytest.approx(-2.7)
    assert model.log_chance(("b",), "a") == pytest.approx(-2.0)
    for broken in (b"", data[:-9], data[40:]):
        with pytest.raises(UsageError):
            read_words(broken)


def test_places_of_pieces() -> None:
    rows = posteriors([{0: 0.9}, {A: 0.9}, {A: 0.9}, {0: 0.9}, {A: 0.8}, {B: 0.9}, {0: 0.9}])
    assert place(rows, [A, A, B]).tolist() == [[1, 2], [4, 4], [5, 5]]
    assert place(rows, []).shape == (0, 2)
    assert place(rows[:2], [A, A, B]).max() <= 1  # more pieces than frames


def test_a_doubled_piece_needs_a_blank_between() -> None:
    rows = posteriors([{A: 0.9}, {A: 0.6, 0: 0.4}, {A: 0.9}])
    assert place(rows, [A, A]).tolist() == [[0, 0], [2, 2]]
