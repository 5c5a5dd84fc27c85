# SPDX-License-Identifier: GPL-3.0-or-later
"""Mixes the recogniser's own word pairs with those of a language model made from much more text.

A few thousand sentences know few pairs. An ARPA file of somebody who counted millions brings more;
of its pairs those stay that change most, by how often they are said and how wrong the back-off
would be without them (relative entropy, after Stolcke 1998).
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from voicevault.errors import UsageError
from voicevault.runtime.words import END, START

SHARE = 0.7
"""Of a chance: what the background says. Of 0.2 to 0.8 the perplexity on readers kept out was
lowest from 0.6 to 0.8."""
PAIRS = 400_000
"""Of the background; 2.3 MB with everything. A million made 5.3 MB and no fewer errors."""
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)*|</?s>")
_LEAST_FREE = 1e-3
_WHOLE = 0.999
"""Of the pairs announced: pocketsphinx 5.1 dies while it writes triples, and 36 of its two million
pairs stay unwritten."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Natural logs: chance of each word, of pairs, and what a word's unlisted pairs back off by."""

    single: Mapping[str, float]
    pairs: Mapping[tuple[str, str], float]
    back_off: Mapping[str, float]

    def log_chance(self, left: str, right: str) -> float:
        """ln P(right | left); minus infinity for a word that is not listed."""
        pair = self.pairs.get((left, right))
        if pair is not None:
            return pair
        return self.back_off.get(left, 0.0) + self.single.get(right, -math.inf)


def read_arpa(path: Path) -> Pairs:
    """The single words and pairs of an ARPA file; longer ones and odd words are passed over.

    Raises:
        UsageError: not such a file, or it ends before its pairs do.
    """
    single: dict[str, float] = {}
    pairs: dict[tuple[str, str], float] = {}
    back_off: dict[str, float] = {}
    announced = seen = 0
    for order, fields in _rows(path):
        if order == 0:
            announced = int(fields[0])
            continue
        words = fields[1 : 1 + order]
        if len(words) < order:  # cut in the middle of a line
            break
        seen += order == 2
        if not all(_WORD.fullmatch(word) for word in words):
            continue
        chance = float(fields[0]) * math.log(10)
        if order == 2:
            pairs[words[0], words[1]] = chance
        else:
            single[words[0]] = chance
            if len(fields) > 2:
                back_off[words[0]] = float(fields[2]) * math.log(10)
    if not pairs or seen < _WHOLE * announced:
        raise UsageError(f"{path.name} is no whole ARPA file: {seen} of {announced} pairs")
    return Pairs(single, pairs, back_off)


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """(1 or 2, fields) of each row; (0, [number of pairs]) for what the header announces."""
    order = 0
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            line = line.strip()
            if line.startswith("\\"):
                order = {"\\1-grams:": 1, "\\2-grams:": 2}.get(line, 0)
                if line == "\\3-grams:":
                    return
            elif order and line:
                yield order, line.split()
            elif line.startswith("ngram 2="):
                yield 0, [line.partition("=")[2]]


def mix(own: Pairs, background: Pairs, share: float = SHARE, count: int = PAIRS) -> Pairs:
    """One model of both, whose chances after each word sum to one again."""
    words = {*own.single, *background.single} - {START}
    chances = {
        word: share * math.exp(background.single.get(word, -math.inf))
        + (1 - share) * math.exp(own.single.get(word, -math.inf))
        for word in words
    }
    total = sum(chances.values())
    single = {word: math.log(max(chance / total, 1e-12)) for word, chance in chances.items()}
    pairs = {}
    for left, right in {*worth_most(background, count), *own.pairs}:
        both = share * math.exp(background.log_chance(left, right)) + (1 - share) * math.exp(
            own.log_chance(left, right)
        )
        pairs[left, right] = math.log(both)
    return Pairs(single, pairs, back_offs(single, pairs))


def worth_most(model: Pairs, count: int) -> list[tuple[str, str]]:
    """The pairs whose loss would change the model most, at most ``count``."""
    often = {**model.single, START: model.single.get(END, 0.0)}  # sentences begin as often as end
    worth = {}
    for (left, right), chance in model.pairs.items():
        if left in often and right in model.single:
            without = model.back_off.get(left, 0.0) + model.single[right]
            worth[left, right] = math.exp(often[left] + chance) * (chance - without)
    return sorted(worth, key=lambda pair: (-worth[pair], pair))[:count]


def back_offs(
    single: Mapping[str, float], pairs: Mapping[tuple[str, str], float]
) -> dict[str, float]:
    """ln of what each word's unlisted pairs share, over what they would have without it."""
    listed: defaultdict[str, float] = defaultdict(float)
    alone: defaultdict[str, float] = defaultdict(float)
    for (left, right), chance in pairs.items():
        listed[left] += math.exp(chance)
        alone[left] += math.exp(single[right])
    return {
        left: math.log(max(_LEAST_FREE, 1 - listed[left]) / max(_LEAST_FREE, 1 - alone[left]))
        for left in listed
    }
