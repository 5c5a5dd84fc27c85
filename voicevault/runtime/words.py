# SPDX-License-Identifier: GPL-3.0-or-later
"""Which words follow which: a word n-gram for the recogniser's search, read from a small file.

The file is gzipped text: ``\\1`` and a line ``word cost back-off`` each, then ``\\2`` and lines
``word word cost``. Costs and back-offs are tenths of a nat: round(-10 ln p).
"""

import gzip
import math
from collections.abc import Iterable, Mapping
from typing import Protocol

from voicevault.errors import UsageError

START, END = "<s>", "</s>"
UNKNOWN_COST, LETTER_COST = 6.0, 2.0
"""Nats for a word that is not listed, and for each of its letters: dearer than listed words, and
no cheaper for several words glued together."""


def unknown_chance(word: str) -> float:
    """ln P of a word that is not listed."""
    return -UNKNOWN_COST - LETTER_COST * len(word)


class WordModel(Protocol):
    """What the search asks; another n-gram can stand in for the shipped one."""

    def log_chance(self, history: tuple[str, ...], word: str) -> float:
        """ln P(word | history). ``history`` ends with the word before; START comes first."""

    def beginning(self, letters: str) -> float:
        """Highest ln P of any word that begins with these letters, whatever came before."""


class Bigram:
    """Word pairs with back-off. Does: chances of words and of beginnings. Does not: search."""

    def __init__(
        self,
        single: Mapping[str, float],
        pairs: Mapping[tuple[str, str], float],
        back_off: Mapping[str, float],
    ) -> None:
        """All values are natural logs of probabilities (or of back-off weights)."""
        self._single, self._pairs, self._back_off = dict(single), pairs, back_off
        self._beginnings = best_beginnings(self._single)

    def log_chance(self, history: tuple[str, ...], word: str) -> float:
        """ln P(word | last word of ``history``)."""
        last = history[-1] if history else START
        pair = self._pairs.get((last, word))
        if pair is not None:
            return pair
        single = self._single.get(word)
        if single is None:
            return unknown_chance(word)
        return self._back_off.get(last, 0.0) + single

    def beginning(self, letters: str) -> float:
        """Highest ln P of a listed word that begins so; that of an unknown word otherwise."""
        return self._beginnings.get(letters, unknown_chance(letters))

    def with_words(self, words: Iterable[str], log_chance: float = -8.0) -> "Bigram":
        """The same model that also knows ``words`` (names, say), each with this ln P at least."""
        single = dict(self._single)
        for word in words:
            single[word] = max(log_chance, single.get(word, -math.inf))
        return Bigram(single, self._pairs, self._back_off)


def best_beginnings(single: Mapping[str, float]) -> dict[str, float]:
    """Letters -> highest value of any word that begins with them."""
    out: dict[str, float] = {}
    for word, chance in single.items():
        for end in range(len(word) + 1):
            letters = word[:end]
            if chance > out.get(letters, -math.inf):
                out[letters] = chance
    return out


def read_words(data: bytes) -> Bigram:
    """A bigram from its file (see the module's docstring).

    Raises:
        UsageError: not such a file.
    """
    single: dict[str, float] = {}
    pairs: dict[tuple[str, str], float] = {}
    back_off: dict[str, float] = {}
    section = 0
    try:
        for line in gzip.decompress(data).decode("utf-8").splitlines():
            if line.startswith("#"):
                continue
            if line.startswith("\\"):
                section = int(line[1:])
            elif section == 1:
                word, cost, weight = line.split(" ")
                single[word], back_off[word] = -int(cost) / 10, -int(weight) / 10
            else:
                left, right, cost = line.split(" ")
                pairs[left, right] = -int(cost) / 10
    except (OSError, EOFError, ValueError) as error:
        raise UsageError("this is not a file of word pairs") from error
    if not single:
        raise UsageError("this is not a file of word pairs")
    return Bigram(single, pairs, back_off)


def write_words(
    single: Mapping[str, float],
    pairs: Mapping[tuple[str, str], float],
    back_off: Mapping[str, float],
    note: str,
) -> bytes:
    """The file of :func:`read_words`; ``note`` says where the words are from."""
    lines = [f"# {note}", "\\1"]
    lines += [
        f"{word} {_cost(value)} {_cost(back_off.get(word, 0.0))}"
        for word, value in sorted(single.items())
    ]
    lines.append("\\2")
    lines += [f"{a} {b} {_cost(value)}" for (a, b), value in sorted(pairs.items())]
    return gzip.compress(("\n".join(lines) + "\n").encode(), 9, mtime=0)


def _cost(log_chance: float) -> int:
    return round(-10 * log_chance)
