# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the recogniser's word pairs: how often words are said, and which follow which.

Single words: the frequencies of wordfreq, mixed with those of the training texts. Pairs: absolute
discounting over the training texts; what is taken from the pairs backs off to the single words.
"""

import importlib
import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from voicevault.runtime.words import END, START, write_words
from voicevault.text.lexicon import common_words
from voicevault.text.pieces import words_of
from voicevault.training.base.word_mixture import Pairs, mix

COUNT = 60_000
TEXT_SHARE = 0.3
"""Of a word's chance: what the training texts say; the rest is wordfreq."""
DISCOUNT = 0.75


def frequencies(count: int = COUNT) -> dict[str, float]:
    """Chance of each of the commonest words by wordfreq (an extra download of the maker only)."""
    wordfreq = importlib.import_module("wordfreq")
    words = [word for group in common_words() for word in group]
    found = {word: float(wordfreq.word_frequency(word, "en", "large")) for word in words}
    best = sorted(found, key=lambda word: -found[word])[:count]
    return {word: found[word] for word in best}


def single_words(texts: Sequence[Sequence[str]], common: Mapping[str, float]) -> dict[str, float]:
    """Chance of each word and of the end of a sentence, summing to one."""
    said = Counter(word for words in texts for word in words)
    said_total, common_total = sum(said.values()), sum(common.values())
    ends = len(texts) / (said_total + len(texts))
    out = {}
    for word in {*said, *common}:
        chance = TEXT_SHARE * said[word] / said_total
        out[word] = (1 - ends) * (chance + (1 - TEXT_SHARE) * common.get(word, 0.0) / common_total)
    return {END: ends, **out}


def make(
    texts: Sequence[str],
    common: Mapping[str, float],
    note: str,
    background: Pairs | None = None,
) -> bytes:
    """The file that ``runtime.words.read_words`` reads; mixed with ``background`` if given."""
    found = counted(texts, common)
    if background is not None:
        found = mix(found, background)
    singles = {**found.single, START: -99.0}  # never a word; listed for its back-off
    return write_words(singles, found.pairs, found.back_off, note)


def counted(texts: Sequence[str], common: Mapping[str, float]) -> Pairs:
    """Chances by what the texts say and how common words are."""
    sentences = [words for words in map(words_of, texts) if words]
    single = single_words(sentences, common)
    after: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for words in sentences:
        for left, right in itertools.pairwise([START, *words, END]):
            after[left][right] += 1
    pairs, back_off = {}, {}
    for left, found in after.items():
        seen = sum(found.values())
        free = DISCOUNT * len(found) / seen
        back_off[left] = math.log(free)
        for right, count in found.items():
            chance = (count - DISCOUNT) / seen + free * single[right]
            pairs[left, right] = math.log(chance)
    singles = {word: math.log(chance) for word, chance in single.items()}
    return Pairs(singles, pairs, back_off)
