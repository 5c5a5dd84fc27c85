# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate of a personal recogniser: who has to gain, who must not lose, and how it is counted."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from voicevault.evaluation.recogniser_gate import Trial, Verdict, changed, judge, word_errors


class Scripted:
    """A recogniser that answers by the number in the features' corner."""

    def __init__(self, answers: list[str]) -> None:
        self.answers = answers

    def recognise_features(self, features: np.ndarray) -> Any:
        return SimpleNamespace(text=self.answers[int(features[0, 0])])


SAID = [f"this is sentence number {'abcdefghij'[i]}" for i in range(10)]
WRONG = [text.replace("sentence", "nothing") for text in SAID]
WORSE = [text.replace("this is", "it") for text in WRONG]


def verdict(owner: tuple[list[str], list[str]], others: tuple[list[str], list[str]]) -> Verdict:
    """Sentences 0.. are the owner's, then others'; each pair is (shipped, personal)."""
    count = len(owner[0])
    trials = [
        Trial(text.split(), np.full((1, 80), i, np.float32))
        for i, text in enumerate([*SAID[:count], *SAID])
    ]
    shipped, personal = ([*owner[i], *others[i]] for i in (0, 1))
    return judge(
        Scripted(shipped),  # type: ignore[arg-type]
        Scripted(personal),  # type: ignore[arg-type]
        trials[:count],
        trials[count:],
    )


def test_it_opens_for_a_sure_gain_that_costs_others_nothing() -> None:
    found = verdict((WRONG, SAID), (WRONG, WRONG))
    assert found.better
    assert (found.owner.before, found.owner.after, found.owner.change) == (20.0, 0.0, -20.0)
    assert found.owner.high is not None
    assert found.owner.high < 0
    assert (found.others.change, found.others.sentences, found.others.words) == (0.0, 10, 50)
    assert found.to_json()["owner"]["low"] == found.owner.low


@pytest.mark.parametrize(
    ("owner", "others", "said"),
    [
        ((WRONG, WRONG), (WRONG, WRONG), "not surely better"),
        ((SAID, WRONG), (WRONG, WRONG), "not surely better"),
        # one sentence of ten got better: better on average, and by chance
        ((WRONG, [SAID[0], *WRONG[1:]]), (WRONG, WRONG), "not surely better"),
        ((WRONG, SAID), (WRONG, [WORSE[0], *WRONG[1:]]), "hears other people worse"),
        ((WRONG[:4], SAID[:4]), (WRONG, WRONG), "4 sentences were held back"),
        (([], []), (WRONG, WRONG), "0 sentences were held back"),
    ],
)
def test_it_stays_shut(
    owner: tuple[list[str], list[str]], others: tuple[list[str], list[str]], said: str
) -> None:
    found = verdict(owner, others)
    assert not found.better
    assert said in found.reason


def test_a_loss_below_half_a_point_is_allowed() -> None:
    many = [(5, 1, 1)] * 99
    assert changed([*many, (5, 1, 3)], 0).change == pytest.approx(0.4)
    assert changed([*many, (5, 1, 4)], 0).change == pytest.approx(0.6)


def test_words_are_counted_as_jiwer_counts_them() -> None:
    jiwer = pytest.importorskip("jiwer")
    random = np.random.default_rng(0)
    for _ in range(60):
        said, heard = (list(random.choice(list("abcd"), random.integers(1, 9))) for _ in range(2))
        out = jiwer.process_words(" ".join(said), " ".join(heard))
        assert word_errors(said, heard) == out.substitutions + out.deletions + out.insertions
    assert word_errors(["a", "b"], []) == 2
    assert word_errors([], ["a"]) == 1
