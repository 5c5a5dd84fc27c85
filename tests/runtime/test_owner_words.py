# SPDX-License-Identifier: GPL-3.0-or-later
"""The owner's words in the recogniser's search: chances that add up, and decisions they change."""

import itertools
import math

import numpy as np
import pytest

from voicevault.runtime.beam import prefix_beam
from voicevault.runtime.owner_words import FOUND, GIVEN, Counts, Heat, NoOpinion, OwnerWords
from voicevault.runtime.words import END, START, Bigram, WordModel, unknown_chance
from voicevault.text.pieces import LETTERS, Pieces
from voicevault.text.pieces import START as MARK

COMMON = {"the": 0.2, "jam": 0.05, "is": 0.2, "ready": 0.05, "anna": 0.0001, END: 0.1}
SHIPPED = Bigram(
    {word: math.log(p) for word, p in COMMON.items()}, {("the", "jam"): math.log(0.5)}, {}
)
COLD = Heat(-math.inf, 0.0)
TEXT = "The quince jam is ready. Today Anna likes the quince jam. Is the quince jam ready? "


def cold(base: WordModel | None, text: str) -> OwnerWords:
    return OwnerWords(base, [text], given=COLD, found=COLD)


def test_own_chances_add_up_to_one() -> None:
    words = cold(None, TEXT)
    counts = Counts()
    counts.add_text(TEXT)
    for left in ("the", "quince", "anna", START, "nobody"):
        total = sum(words._own(left, word) for word in counts.single)
        assert total == pytest.approx(1.0), left


def test_mixing_lies_between_and_follows_the_amount_of_text() -> None:
    little, much = cold(SHIPPED, TEXT), cold(SHIPPED, TEXT * 500)
    assert 0 < little.share < 0.01 < 0.4 < much.share < 0.6
    for words in (little, much):
        for history, word in itertools.product((("the",), (START,), ("is",)), ("jam", "quince")):
            own = math.log(words._own(history[-1], word) or 1e-300)
            shipped = SHIPPED.log_chance(history, word)
            assert min(own, shipped) < words.log_chance(history, word) < max(own, shipped)
    assert much.log_chance(("the",), "quince") > little.log_chance(("the",), "quince") > -8
    lost = much.log_chance(("is",), "the") - SHIPPED.log_chance(("is",), "the")
    assert lost > math.log(1 - much.share) - 1e-9, "no word of English is lost"


def test_without_texts_the_shipped_pairs_are_as_they_were() -> None:
    words = OwnerWords(SHIPPED)
    for history, word in ((("the",), "jam"), ((START,), "is"), ((), "zebras")):
        assert words.log_chance(history, word) == SHIPPED.log_chance(history, word)
    for letters in ("", "j", "jam", "jamx", "q"):
        assert words.beginning(letters) == SHIPPED.beginning(letters)


def test_which_words_are_hot() -> None:
    text = "We asked Anna. The gasket broke. Quickly the gasket broke; Anna and Maria saw it."
    common = ("we", "asked", "the", "broke", "and", "saw", "it", "quickly")
    base = Bigram({**dict.fromkeys(common, -5.0), "anna": -10.0}, {}, {})
    words = OwnerWords(base, [text], ["Jörg von Trapp"])
    assert words.hot == {"anna", "maria", "gasket", "jorg", "von", "trapp"}
    # Without a list nobody knows which words are rare: only names are told apart.
    assert OwnerWords(None, [text]).hot == {"anna", "maria"}
    assert words.log_chance(("", "we"), "jorg") == pytest.approx(GIVEN.least + GIVEN.boost)
    assert words.log_chance((), "maria") > unknown_chance("maria") + 5
    assert FOUND.least < GIVEN.least
    assert GIVEN(-0.1) == 0.0, "never above a probability of one"


def test_beginnings_are_never_below_what_the_word_becomes_alone() -> None:
    words = OwnerWords(SHIPPED, [TEXT * 20], ["quintessence"])
    for word in ("quince", "jam", "quintessence", "the", "anna"):
        alone = words.log_chance(("",), word)
        for end in range(1, len(word) + 1):
            assert words.beginning(word[:end]) >= alone - 1e-9
    assert words.beginning("qui") > SHIPPED.beginning("qui")


def test_a_pair_across_a_gap_is_no_pair() -> None:
    counts = Counts()
    counts.add_text("Room 12 is free. 9 jam")
    assert "is" not in counts.pairs["room"]
    assert counts.pairs["is"]["free"] == 1
    assert counts.pairs[START] == {"room": 1}


ALPHABET = Pieces(["<blk>", MARK, *LETTERS])


def sound(likely: str, instead: dict[int, tuple[str, float]]) -> np.ndarray:
    """[L, V] ln of a text's letters, each sure but for some that are nearly another letter."""
    rows = []
    for place, letter in enumerate(likely):
        row = np.full(len(ALPHABET), 1e-9)
        other, chance = instead.get(place, ("", 0.0))
        row[ALPHABET.pieces.index(MARK if letter == " " else letter)] = 0.98 - chance
        if other:
            row[ALPHABET.pieces.index(other)] = chance
        rows += [row, np.eye(1, len(ALPHABET))[0] * 0.97 + 1e-6]
    return np.log(np.array(rows) / np.sum(rows, axis=1, keepdims=True)).astype(np.float32)


def heard(rows: np.ndarray, words: WordModel) -> str:
    return ALPHABET.decode(prefix_beam(rows, ALPHABET, words))


def test_a_hot_word_changes_what_is_heard_and_an_absurd_one_does_not() -> None:
    rows = sound(" the gasked", {10: ("t", 0.3)})  # "gasked" at 0.68, "gasket" at 0.3
    english = Bigram({"the": -3.0, "asked": -8.0}, {}, {})
    assert heard(rows, english) == "the gasked"
    for words in (OwnerWords(english, (), ["gasket"]), OwnerWords(NoOpinion(), (), ["Gasket"]),
                  OwnerWords(english, ["The gasket. A gasket. The gasket"])):  # fmt: skip
        assert heard(rows, words) == "the gasket"
    clear = sound(" the gasked", {})
    assert heard(clear, OwnerWords(english, (), ["gasket", "basket"])) == "the gasked"


def test_the_owners_pairs_change_what_is_heard() -> None:
    rows = sound(" the son", {6: ("u", 0.3)})
    english = Bigram({"the": -3.0, "son": -8.0, "sun": -8.0}, {}, {})
    assert heard(rows, english) == "the son"
    assert heard(rows, cold(english, "Look at the sun. " * 300)) == "the sun"
