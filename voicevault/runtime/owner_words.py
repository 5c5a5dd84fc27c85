# SPDX-License-Identifier: GPL-3.0-or-later
"""The owner's words for the recogniser's search: pairs of their documents, and words to listen for.

A bigram of the owner's documents (absolute discounting, Ney et al. 1994) is mixed with the shipped
one; the more text there is, the more it counts. Hot words are names and words that English at
large hardly uses, and those that the owner gave one by one: each is at least so likely, and then
raised. DECISIONS.md says what the constants were chosen by.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from voicevault.runtime.words import END, START, WordModel, best_beginnings
from voicevault.text.spelling import sentences, spoken_words

DISCOUNT = 0.75
MOST_SHARE, HALF_WORDS = 0.6, 2_000.0
"""Share of the owner's pairs: MOST_SHARE * words / (words + HALF_WORDS)."""
RARE, RARE_NAME = math.log(2e-6), math.log(1e-4)
"""A word of the documents is hot below the first; one always written with a capital, and not only
where a sentence begins, below the second."""
NEUTRAL = -3.9
"""ln P of any word where no shipped list says more: with the search's bonus for a word it counts
nothing."""


@dataclass(frozen=True, slots=True)
class Heat:
    """How a hot word is raised."""

    least: float
    """ln P at least, before it is raised."""
    boost: float
    """Added then. The sum stays at most 0."""

    def __call__(self, chance: float) -> float:
        """ln P of a hot word from what the pairs say."""
        return min(0.0, max(chance, self.least) + self.boost)


GIVEN, FOUND = Heat(-7.0, 1.5), Heat(-9.0, 1.0)
"""Words that the owner gave one by one, and those found in documents: a wrong guess of ours should
cost less than a word that somebody wants."""


class NoOpinion:
    """Stands in for the shipped pairs where this build has none: any word is as good."""

    def log_chance(self, history: tuple[str, ...], word: str) -> float:
        """The same for every word."""
        return NEUTRAL

    def beginning(self, letters: str) -> float:
        """The same for every beginning."""
        return NEUTRAL


@dataclass(slots=True)
class Counts:
    """How often words and pairs stand in the owner's texts. Sums of texts are sums of counts."""

    single: Counter[str] = field(default_factory=Counter)
    pairs: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    names: Counter[str] = field(default_factory=Counter)
    """Inside a sentence with a capital."""
    small: Counter[str] = field(default_factory=Counter)
    """Without a capital."""

    @property
    def words(self) -> int:
        """Running words."""
        return self.single.total() - self.single[END]

    def add_text(self, text: str) -> None:
        """Count a document."""
        for tokens in sentences(text):
            self.single.update(word for word, _ in tokens if word)
            self.single[END] += 1
            self.small.update(word for word, capital in tokens if word and not capital)
            self.names.update(word for word, capital in tokens[1:] if word and capital)
            chain = [START, *(word for word, _ in tokens), END]
            for left, right in itertools.pairwise(chain):
                if left and right:  # neither is a gap
                    self.pairs[left][right] += 1

    def add_phrase(self, words: Sequence[str]) -> None:
        """Count a name of several words as something said once, wherever in a sentence."""
        self.single.update(words)
        for left, right in itertools.pairwise(words):
            self.pairs[left][right] += 1


class OwnerWords:
    """Shipped and own word pairs in one, with hot words. A ``WordModel``; does not search."""

    def __init__(
        self,
        base: WordModel | None,
        texts: Iterable[str] = (),
        hotwords: Iterable[str] = (),
        *,
        given: Heat = GIVEN,
        found: Heat = FOUND,
    ) -> None:
        """
        Args:
            base: the shipped pairs; None where this build has none.
            texts: of the owner's documents.
            hotwords: names and words that the owner gave one by one.
            given, found: how words of the two origins are raised.
        """
        self._base = base or NoOpinion()
        counts = Counts()
        for text in texts:
            counts.add_text(text)
        self.words = counts.words
        self.share = MOST_SHARE * self.words / (self.words + HALF_WORDS)
        self._hot = dict.fromkeys(_telling(counts, self._base), found)
        for phrase in map(spoken_words, hotwords):
            counts.add_phrase(phrase)
            self._hot.update(dict.fromkeys(phrase, given))
        self._single = {word: n / counts.single.total() for word, n in counts.single.items()}
        self._pairs = counts.pairs
        self._totals = {left: found.total() for left, found in counts.pairs.items()}
        self._others = math.log1p(-self.share)
        known = (word for word in self._single if word != END)  # hot words are counted too
        self._beginnings = best_beginnings({word: self._alone(word) for word in known})

    @property
    def hot(self) -> frozenset[str]:
        """The words that are listened for."""
        return frozenset(self._hot)

    def log_chance(self, history: tuple[str, ...], word: str) -> float:
        """ln P(word | last word of ``history``), both bigrams mixed."""
        shipped = self._base.log_chance(history, word)
        own = self._own(history[-1] if history else START, word)
        return self._raised(word, self._mixed(shipped, own))

    def beginning(self, letters: str) -> float:
        """Highest ln P of a word that begins so, whatever came before."""
        shipped = self._others + self._base.beginning(letters)
        return max(shipped, self._beginnings.get(letters, -math.inf))

    def _alone(self, word: str) -> float:
        mixed = self._mixed(_alone(self._base, word), self._single.get(word, 0.0))
        return self._raised(word, mixed)

    def _own(self, left: str, word: str) -> float:
        """P of the owner's bigram: discounted pairs, the rest shared out by single words."""
        single = self._single.get(word, 0.0)
        found = self._pairs.get(left)
        if not single or not found:
            return single
        total = self._totals[left]
        rest = DISCOUNT * len(found) / total * single
        return max(found[word] - DISCOUNT, 0.0) / total + rest

    def _mixed(self, shipped: float, own: float) -> float:
        if not own or not self.share:
            return self._others + shipped
        return math.log((1.0 - self.share) * math.exp(shipped) + self.share * own)

    def _raised(self, word: str, chance: float) -> float:
        heat = self._hot.get(word)
        return chance if heat is None else heat(chance)


def _alone(base: WordModel, word: str) -> float:
    """ln P of a word after nothing known: "" is nobody's neighbour."""
    return base.log_chance(("",), word)


def _telling(counts: Counts, base: WordModel) -> list[str]:
    """Words of the documents that a general list would miss. Without a list, only names."""
    found = []
    for word in counts.single:
        if word == END or len(word) < 3:
            continue
        chance = _alone(base, word)
        named = counts.names[word] > 0 and not counts.small[word]
        bound = math.inf if isinstance(base, NoOpinion) else RARE_NAME
        if chance < (bound if named else RARE):
            found.append(word)
    return found
