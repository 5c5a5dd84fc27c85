# SPDX-License-Identifier: GPL-3.0-or-later
"""Word pieces spell every word, come back as the same words, and fit sherpa-onnx's tokens.txt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicevault.errors import UsageError
from voicevault.text.pieces import BLANK, LETTERS, START, Pieces, learn, read_tokens, words_of

COUNTS = {"the": 50.0, "then": 20.0, "other": 9.5, "thing": 9.0, "ring": 3.0, "don't": 2.0}
PIECES = Pieces(learn(COUNTS, 40))


def test_the_commonest_pair_is_merged_first() -> None:
    learnt = learn({"the": 5.0, "ring": 1.0}, 32)
    assert learnt[:2] == [BLANK, START]
    assert learnt[2:29] == list(LETTERS)
    assert set(learnt[29:]) == {START + "t", "he", START + "the"} or START + "the" in learnt[29:]
    assert learn(COUNTS, 40) == learn(dict(reversed(COUNTS.items())), 40)


def test_common_words_take_fewer_pieces() -> None:
    assert len(PIECES.encode(["the"])) == 1
    assert len(PIECES.encode(["xylem"])) == 6


@given(st.lists(st.from_regex(r"[a-z]+('[a-z]+)?", fullmatch=True), max_size=6))
def test_words_come_back(words: list[str]) -> None:
    ids = PIECES.encode(words)
    assert 0 not in ids
    assert PIECES.decode(ids).split() == words


def test_blanks_say_nothing() -> None:
    the = PIECES.encode(["the"])
    assert PIECES.decode([0, *the, 0, 0]) == "the"


def test_only_what_can_be_written_is_left() -> None:
    assert words_of("Don\u2019t stop: 3 Over-sized 'quoted' ARMS!") == [
        "don't", "stop", "over", "sized", "quoted", "arms",
    ]  # fmt: skip


def test_tokens_txt_is_read_back() -> None:
    text = PIECES.tokens_txt()
    assert text.startswith(f"{BLANK} 0\n{START} 1\na 2\n")
    assert read_tokens(text).pieces == PIECES.pieces


@pytest.mark.parametrize("text", ["", "a 0\n", f"{BLANK} 1\n", f"{BLANK} 0\nb 2\n", f"{BLANK} 0\n"])
def test_other_files_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read_tokens(text)


def test_what_was_learnt_first_is_merged_first() -> None:
    letters = [BLANK, START, *LETTERS]
    first, second = Pieces([*letters, "ab", "bc"]), Pieces([*letters, "bc", "ab"])
    assert [first.pieces[i] for i in first.encode(["abc"])] == [START, "ab", "c"]
    assert [second.pieces[i] for i in second.encode(["abc"])] == [START, "a", "bc"]
