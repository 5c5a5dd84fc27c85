# SPDX-License-Identifier: GPL-3.0-or-later
"""Word pairs of two models in one: what an ARPA file says, which pairs stay, sums of one."""

import math
from pathlib import Path

import pytest

from voicevault.errors import UsageError
from voicevault.runtime.words import END, START, read_words
from voicevault.training.base.word_mixture import Pairs, mix, read_arpa, worth_most
from voicevault.training.base.word_model import counted, make

ARPA = """made by hand
\\data\\
ngram 1=6
ngram 2=5
ngram 3=1

\\1-grams:
-99 <s> -0.1761
-0.6021 </s>
-0.6021 the -0.3010
-0.6021 lamp -0.1249
-0.9031 burns
-0.9031 BAD-WORD

\\2-grams:
-0.3010 <s> the
-0.1249 the lamp
-0.6021 lamp </s>
-0.6021 lamp burns
-0.6021 BAD-WORD lamp

\\3-grams:
-0.1 the lamp burns
\\end\\
"""
TEXTS = ("the goat sleeps", "the lamp sleeps")
COMMON = {"the": 0.6, "goat": 0.2, "lamp": 0.2}


@pytest.fixture
def background(tmp_path: Path) -> Pairs:
    path = tmp_path / "small.arpa"
    path.write_text(ARPA, "utf-8")
    return read_arpa(path)


def test_an_arpa_file_is_read_up_to_its_pairs(background: Pairs) -> None:
    assert set(background.single) == {START, END, "the", "lamp", "burns"}
    assert background.single["the"] == pytest.approx(math.log(0.25), abs=1e-3)
    assert background.log_chance("the", "lamp") == pytest.approx(math.log(0.75), abs=1e-3)
    assert background.log_chance("the", "burns") == pytest.approx(math.log(0.5 / 8), abs=1e-3)
    assert background.log_chance("the", "goat") == -math.inf


@pytest.mark.parametrize("cut", ["\\2-grams:", " burns\n-0.6021 BAD"])
def test_a_file_that_ends_early_is_refused(tmp_path: Path, cut: str) -> None:
    path = tmp_path / "cut.arpa"
    path.write_text(ARPA.partition(cut)[0], "utf-8")
    with pytest.raises(UsageError, match="of 5 pairs"):
        read_arpa(path)


def test_the_pairs_that_change_most_stay(background: Pairs) -> None:
    assert worth_most(background, 1) == [("the", "lamp")]
    assert len(worth_most(background, 99)) == 4


def test_chances_after_every_word_sum_to_one(background: Pairs) -> None:
    both = mix(counted(TEXTS, COMMON), background)
    words = [word for word in both.single if word != START]
    assert sum(math.exp(both.single[word]) for word in words) == pytest.approx(1.0)
    for left in ("the", "lamp", START):
        total = sum(math.exp(both.log_chance(left, word)) for word in words)
        assert total == pytest.approx(1.0, abs=0.02)


def test_a_mixture_knows_what_either_knew(background: Pairs) -> None:
    found = read_words(make(TEXTS, COMMON, "test", background))
    alone = read_words(make(TEXTS, COMMON, "test"))
    assert found.log_chance(("the",), "goat") > found.log_chance(("lamp",), "goat")
    assert found.log_chance(("lamp",), "burns") > -3
    assert alone.log_chance(("lamp",), "burns") < -10
    assert found.log_chance(("the",), "lamp") > alone.log_chance(("the",), "lamp")
