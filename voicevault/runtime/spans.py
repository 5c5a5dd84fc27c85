# SPDX-License-Identifier: GPL-3.0-or-later
"""Which words of a text are heard when, while it is spoken clause by clause.

The voice is given phonemes, in which espeak-ng has joined, split and written out words, so there is
no exact way back. Each word is weighed by the sounds it has when said alone; clauses end where the
sums agree best, at punctuation rather than elsewhere; inside a clause time is shared by weight.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from voicevault.runtime.clauses import LEAD_S, PAUSE_S, TAIL_S, Samples
from voicevault.text.breaths import with_breaths

_TOKEN = re.compile(r"\S+")
_ENDS_CLAUSE = re.compile(r"[,;:.!?…)\]\"”’—–-]$")
AT_MARK = 8.0
"""So many sounds the sums may differ more where punctuation ends a clause."""


@dataclass(frozen=True, slots=True)
class Word:
    """Characters `start` to `end` of the text, heard from `at_s` to `until_s` of their clause."""

    start: int
    end: int
    at_s: float = 0.0
    until_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Clause:
    """One stretch of sound and the words in it."""

    samples: Samples
    """[S] at the voice's rate."""
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Weighed:
    """A word, how many sounds it has, and whether a clause is likely to end after it."""

    word: Word
    weight: float
    ends: bool


def weigh(text: str, sounds_of: Callable[[str], int], *, breaths: bool) -> list[Weighed]:
    """The words of `text` that make a sound.

    Args:
        sounds_of: how many sounds a word has when said alone.
        breaths: whether the voice's front end adds commas to long stretches.
    """
    places = list(_TOKEN.finditer(text))
    heard = [one.group() for one in places]
    marked = _TOKEN.findall(with_breaths(text)) if breaths else heard
    if len(marked) != len(heard):  # a comma came to stand alone: nothing else depends on it
        marked = heard
    out = []
    for place, token in zip(places, marked, strict=True):
        weight = sounds_of(place.group())
        if weight:
            word = Word(place.start(), place.end())
            out.append(Weighed(word, float(weight), bool(_ENDS_CLAUSE.search(token))))
    return out


def share(words: Sequence[Weighed], sizes: Sequence[int]) -> list[list[Weighed]]:
    """The words of each clause, in order, where clause i has `sizes[i]` sounds."""
    total = sum(one.weight for one in words)
    scale = total / max(1, sum(sizes))
    sums = [0.0]
    for one in words:
        sums.append(sums[-1] + one.weight)
    out: list[list[Weighed]] = []
    begin, goal = 0, 0.0
    for number, size in enumerate(sizes):
        goal += size * scale
        last = number == len(sizes) - 1
        end = len(words) if last else _cut(words, sums, begin, goal)
        out.append(list(words[begin:end]))
        begin = end
    return out


def timed(words: Sequence[Weighed], length_s: float, pause: str, speed: float) -> tuple[Word, ...]:
    """The words with their times in a clause of `length_s` seconds.

    Args:
        pause: what follows: "clause", "sentence", or "" after the last clause.
    """
    quiet_s = min(PAUSE_S[pause] / speed if pause else TAIL_S, length_s / 3)
    at_s = min(LEAD_S, length_s / 10)
    each_s = (length_s - quiet_s - at_s) / max(1.0, sum(one.weight for one in words))
    out = []
    for one in words:
        until_s = at_s + one.weight * each_s
        out.append(Word(one.word.start, one.word.end, at_s, until_s))
        at_s = until_s
    return tuple(out)


def _cut(words: Sequence[Weighed], sums: Sequence[float], begin: int, goal: float) -> int:
    """The end of a clause that begins at `begin`; it has a word where one is left."""
    best, least = begin, float("inf")
    for end in range(begin + 1, len(words) + 1):
        cost = abs(sums[end] - goal) - (AT_MARK if words[end - 1].ends else 0.0)
        if cost < least:
            best, least = end, cost
    return best
