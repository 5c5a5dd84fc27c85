# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a personal recogniser replaces the shipped one: on its owner's speech, and on others'.

It does where the 95 % interval of the change in word errors on the owner's held-back sentences lies
below zero, and where others lose less than half a point. Both files hear the same sound, as they
will be used: int8, with the same search. Nothing was chosen on these sentences before.

Shapes: T feature frames of 10 ms.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from voicevault.data.features import FloatArray
from voicevault.evaluation.bootstrap import ratio_interval
from voicevault.runtime.recognise import Recogniser

LEAST_SENTENCES = 5
"""Of the owner: an interval over fewer is none."""
MOST_LOST = 0.5
"""Points that others may lose."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One utterance to be heard by both."""

    words: list[str]
    features: FloatArray  # [T, 80]


@dataclass(frozen=True, slots=True)
class Change:
    """Word error rates in percent, before and after, with the paired 95 % interval."""

    sentences: int
    words: int
    before: float
    after: float
    change: float
    """In points; below zero is better."""
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of the gate."""

    better: bool
    """Whether the personal one is used from now on."""
    reason: str
    """In words a person understands."""
    owner: Change
    others: Change

    def to_json(self) -> dict[str, Any]:
        """Plain values, for the run's record."""
        return asdict(self)


def judge(
    shipped: Recogniser,
    personal: Recogniser,
    owner: Sequence[Trial],
    others: Sequence[Trial],
    *,
    seed: int = 0,
    told: Callable[[int, int], None] | None = None,
) -> Verdict:
    """Hear everything with both and decide.

    Args:
        shipped: the generic recogniser.
        personal: the one that was trained.
        owner: held-back sentences of the owner.
        others: other people's, not heard in training either.
        seed: of the bootstrap.
        told: called with (heard, of how many) now and then.
    """
    everything = [*owner, *others]
    counts: list[tuple[int, int, int]] = []
    for done, trial in enumerate(everything):
        if told is not None and done % 10 == 0:
            told(done, len(everything))
        counts.append(
            (
                len(trial.words),
                word_errors(trial.words, _heard(shipped, trial)),
                word_errors(trial.words, _heard(personal, trial)),
            )
        )
    mine = changed(counts[: len(owner)], seed)
    strangers = changed(counts[len(owner) :], seed)
    return Verdict(*_decide(mine, strangers), mine, strangers)


def changed(counts: Sequence[tuple[int, int, int]], seed: int) -> Change:
    """Rates from (words, errors before, errors after) of each sentence."""
    words = [one[0] for one in counts]
    total = max(1, sum(words))
    before, after = (100 * sum(one[i] for one in counts) / total for i in (1, 2))
    low = high = None
    if len(counts) > 1:
        interval = ratio_interval([c - b for _, b, c in counts], words, seed)
        low, high = (round(100 * one, 2) for one in interval)
    rounded = round(before, 2), round(after, 2), round(after - before, 2)
    return Change(len(counts), sum(words), *rounded, low, high)


def word_errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """Least substitutions, deletions and insertions (Levenshtein on words)."""
    row = list(range(len(heard) + 1))
    for number, word in enumerate(said, 1):
        corner, row[0] = row[0], number
        for at, other in enumerate(heard, 1):
            best = min(row[at] + 1, row[at - 1] + 1, corner + (word != other))
            corner, row[at] = row[at], best
    return row[-1]


def _heard(recogniser: Recogniser, trial: Trial) -> list[str]:
    return recogniser.recognise_features(trial.features).text.split()


def _decide(owner: Change, others: Change) -> tuple[bool, str]:
    if owner.sentences < LEAST_SENTENCES:
        return False, (
            f"{owner.sentences} sentences were held back to judge it; "
            f"{LEAST_SENTENCES} are needed: record more"
        )
    if owner.high is None or owner.high >= 0:
        return False, "it is not surely better at hearing you"
    if not others.words or others.change >= MOST_LOST:
        return False, f"it hears other people worse, by {MOST_LOST} points or more"
    return True, "it hears you better, and other people as well as before"
