# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixed texts to judge a voice by: nobody records them, every voice says the same ones.

unseen     everyday sentences, statements and questions
numbers    numbers, dates and money, in words (how digits are read is the front end's matter)
names      names of people and places, borrowed words
paragraph  long texts, where skipped and repeated words show
word       single words, the hardest for a voice trained on sentences
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType

import numpy as np

SETS = ("unseen", "numbers", "names", "paragraph", "word")
FULL: Mapping[str, int] = MappingProxyType(
    {"unseen": 40, "numbers": 8, "names": 8, "paragraph": 2, "word": 8}
)
QUICK: Mapping[str, int] = MappingProxyType(
    {"unseen": 12, "numbers": 4, "names": 4, "paragraph": 1, "word": 4}
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One text to say; ``id`` is its set and its place in the list and never changes."""

    id: str
    set: str
    text: str


def sentences() -> tuple[Sentence, ...]:
    """All evaluation texts, in the order of the file."""
    lines = resources.files(__package__).joinpath("sentences_en.txt").read_text("utf-8")
    out: list[Sentence] = []
    seen: dict[str, int] = {}
    for line in lines.splitlines():
        if line and not line.startswith("#"):
            kind, _, text = line.partition("\t")
            seen[kind] = seen.get(kind, 0) + 1
            out.append(Sentence(f"{kind}-{seen[kind]:02d}", kind, text))
    return tuple(out)


def chosen(counts: Mapping[str, int] = FULL, seed: int = 0) -> tuple[Sentence, ...]:
    """``counts[set]`` texts of each set, drawn by ``seed`` without replacement, in file order.

    Raises:
        ValueError: a set does not exist or is smaller than asked for.
    """
    whole = sentences()
    out: list[Sentence] = []
    for kind, count in counts.items():
        members = [one for one in whole if one.set == kind]
        if not 0 <= count <= len(members):
            raise ValueError(f"{count} texts of {kind!r}; 0 to {len(members)} are possible")
        rng = np.random.default_rng([seed, SETS.index(kind)])
        picked = sorted(rng.permutation(len(members))[:count])
        out += [members[at] for at in picked]
    return tuple(out)
