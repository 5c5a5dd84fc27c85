# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts for synthetic speech: what the recogniser shall learn to spell.

Four kinds, drawn by a seed: sentences of the training texts cut and joined anew, walks through
their word pairs, words of the common list in no order (rare spellings), and numbers in words.
"""

import itertools
import re
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from voicevault.text.lexicon import common_words
from voicevault.text.pieces import words_of

SHARES = (0.35, 0.3, 0.3, 0.05)
"""Joined anew, walks, loose words, numbers."""
GROUP_SHARES = (0.22, 0.14, 0.2, 0.2, 0.12, 0.12)
"""How often a loose word comes from each frequency group of the common words."""
_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven",
    "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen",
    "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = (
    "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
)  # fmt: skip


def spelled(number: int) -> str:
    """A whole number from 0 to 999,999 in words."""
    if not 0 <= number < 1_000_000:
        raise ValueError(f"{number} is not in 0..999999")
    if number < 20:
        return _ONES[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens - 2] + (f" {_ONES[ones]}" if ones else "")
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return f"{_ONES[hundreds]} hundred" + (f" and {spelled(rest)}" if rest else "")
    thousands, rest = divmod(number, 1000)
    return f"{spelled(thousands)} thousand" + (f" {spelled(rest)}" if rest else "")


class SentenceMaker:
    """Draws sentences. The same texts and the same generator give the same sentences."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = [words for words in map(words_of, texts) if words]
        followers: defaultdict[str, list[str]] = defaultdict(list)
        for words in self._texts:
            for left, right in itertools.pairwise(words):
                followers[left].append(right)
        self._followers = dict(followers)
        self._groups = common_words()

    def draw(self, random: np.random.Generator) -> str:
        """One sentence of lower-case words, with a comma here and there."""
        kind = int(random.choice(4, p=SHARES))
        words = (self._joined, self._walk, self._loose, self._number)[kind](random)
        out = " ".join(words)
        if len(words) > 7 and random.random() < 0.5:
            cut = int(random.integers(3, len(words) - 2))
            out = " ".join(words[:cut]) + ", " + " ".join(words[cut:])
        return re.sub(r"\bi\b", "I", out)

    def _text(self, random: np.random.Generator) -> list[str]:
        return self._texts[int(random.integers(len(self._texts)))]

    def _joined(self, random: np.random.Generator) -> list[str]:
        first, second = self._text(random), self._text(random)
        length = int(random.integers(5, 20))
        start = int(random.integers(max(1, len(first) - length // 2)))
        out = first[start : start + length]
        return [*out, *second[: max(0, length - len(out))]]

    def _walk(self, random: np.random.Generator) -> list[str]:
        word = self._text(random)[0]
        out = [word]
        for _ in range(int(random.integers(5, 18))):
            after = self._followers.get(word)
            word = after[int(random.integers(len(after)))] if after else self._text(random)[0]
            out.append(word)
        return out

    def _loose(self, random: np.random.Generator) -> list[str]:
        groups = random.choice(len(self._groups), int(random.integers(4, 12)), p=GROUP_SHARES)
        return [
            self._groups[g][int(random.integers(len(self._groups[g])))] for g in map(int, groups)
        ]

    def _number(self, random: np.random.Generator) -> list[str]:
        digits = int(random.integers(1, 7))
        number = spelled(int(random.integers(10**digits)))
        before, after = self._text(random), self._text(random)
        return [*before[:4], *number.split(), *after[:4]]
