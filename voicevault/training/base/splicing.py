# SPDX-License-Identifier: GPL-3.0-or-later
"""New sentences from recorded words: snippets of one reader's utterances, joined.

A small corpus says few sentences, and a recogniser learns them by heart: its errors on its own
readers and on strangers part long before the sounds are learnt. Cutting at word boundaries and
joining at random keeps the voices and takes the sentences away (after Lam et al. 2021, aligned
data augmentation, arXiv 2104.01393; here on features, whole runs of words at a time).

Shapes: T feature frames of 10 ms, N letters of an utterance.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voicevault.data.features import FloatArray
from voicevault.errors import BadDataset
from voicevault.text.lexicon import entries
from voicevault.text.pieces import words_of
from voicevault.text.symbols import BOS, EOS, SPACE, SYMBOLS, TIMELESS
from voicevault.training.base.listening import FRAME_MS, PHONE_MS, Shelves, Spoken, write_shelf

UTTERANCES = 400
"""On a shelf, as of the rendered ones."""
SPEAKER = "spliced"
_SILENT = frozenset(SYMBOLS[s] for s in (SPACE, BOS, EOS))
_UNITS = (240, 960)
"""Length of a joined utterance in phoneme units: 3 to 12 s."""
_WORDS = 4
"""Longest run of words taken from one utterance."""


@dataclass(frozen=True, slots=True)
class Word:
    """Where a word stands in its utterance's phones."""

    text: str
    first: int
    """Index of its first phone."""
    after: int
    """Index behind its last phone."""


def letters_of(phones: Sequence[int]) -> list[int]:
    """Indices of the phones that carry sound."""
    return [i for i, p in enumerate(phones) if p not in TIMELESS and p not in _SILENT]


def word_places(spoken: Spoken, sounds: Mapping[str, Sequence[int]]) -> list[Word]:
    """Which phones of an utterance belong to which word; empty where that cannot be said.

    espeak-ng writes some words together and changes others where they meet, so the words' own
    sounds are laid over the utterance's by edit distance.

    Args:
        spoken: with phones.
        sounds: letters (symbol ids) of each word by itself.
    """
    words = words_of(spoken.text)
    if not spoken.phones or any(not sounds.get(word) for word in words):
        return []
    places = letters_of(spoken.phones)
    expected = [(k, letter) for k, word in enumerate(words) for letter in sounds[word]]
    owner = _owners([letter for _, letter in expected], [spoken.phones[i] for i in places])
    found: dict[int, list[int]] = defaultdict(list)
    for place, at in zip(places, owner, strict=True):
        found[expected[at][0]].append(place)
    if len(found) != len(words):
        return []
    return [Word(word, found[k][0], found[k][-1] + 1) for k, word in enumerate(words)]


def _owners(expected: Sequence[int], heard: Sequence[int]) -> list[int]:
    """For each heard letter the expected one it stands for, never going back."""
    rows, columns = len(expected), len(heard)
    cost = np.zeros((rows + 1, columns + 1), np.int32)
    cost[:, 0], cost[0] = np.arange(rows + 1), np.arange(columns + 1)
    differs = np.asarray(expected)[:, None] != np.asarray(heard)[None]
    for i in range(1, rows + 1):
        above = np.minimum(cost[i - 1, 1:] + 1, cost[i - 1, :-1] + differs[i - 1])
        # The row's own insertions: a running minimum of (value - column).
        steps = np.arange(columns + 1)
        row = np.concatenate(([cost[i, 0]], above)) - steps
        cost[i] = np.minimum.accumulate(row) + steps
    owner, i, j = [0] * columns, rows, columns
    while j:
        if i and cost[i, j] == cost[i - 1, j - 1] + differs[i - 1, j - 1]:
            owner[j - 1] = i - 1
            i, j = i - 1, j - 1
        elif i and cost[i, j] == cost[i - 1, j] + 1:
            i -= 1
        else:
            owner[j - 1] = max(0, i - 1)
            j -= 1
    return owner


def sounds_of(texts: Sequence[str]) -> dict[str, list[int]]:
    """Letters of every word in ``texts``, as the word sounds by itself."""
    spelled = entries(texts, groups=0)  # none of the common list: only these words
    out = {}
    for word in {word for text in texts for word in words_of(text)}:
        ids = [SYMBOLS[s] for s in spelled.get(word, "") if s in SYMBOLS]
        out[word] = [ids[i] for i in letters_of(ids)]
    return out


class Splicer:
    """Draws joined utterances. Does not know which readers are kept out: its caller does."""

    def __init__(self, shelves: Shelves, numbers: Sequence[int]) -> None:
        self._shelves = shelves
        sounds = sounds_of(sorted({shelves.records[n].text for n in numbers}))
        self._words: dict[int, list[Word]] = {}
        readers: defaultdict[str, list[int]] = defaultdict(list)
        for number in numbers:
            spoken = shelves.records[number]
            if words := word_places(spoken, sounds):
                self._words[number] = words
                readers[spoken.speaker].append(number)
        self._readers = [sorted(own) for _, own in sorted(readers.items()) if len(own) > 1]
        if not self._readers:
            raise BadDataset(
                "no reader has two aligned utterances to take words from",
                hint="run the stage align of train_base.py first",
            )

    def draw(self, random: np.random.Generator) -> tuple[FloatArray, Spoken]:
        """Features [T, 80] and record of one joined utterance."""
        own = self._readers[int(random.integers(len(self._readers)))]
        wanted = int(random.integers(*_UNITS))
        rows: list[FloatArray] = []
        texts: list[str] = []
        phones, durations = [SYMBOLS[BOS]], [0]
        while sum(durations) < wanted:
            number = own[int(random.integers(len(own)))]
            sound, snippet = self._snippet(number, random)
            if len(sound):
                rows.append(sound)
                texts.append(snippet.text)
                phones += [*snippet.phones, SYMBOLS[SPACE]]
                durations += [*snippet.durations, 0]
        features = np.concatenate(rows)
        phones[-1] = SYMBOLS[EOS]
        return features, Spoken(" ".join(texts), SPEAKER, 0, 0, phones, durations)

    def _snippet(self, number: int, random: np.random.Generator) -> tuple[FloatArray, Spoken]:
        """A run of words of one utterance: features [T, 80] and record."""
        spoken, words = self._shelves.records[number], self._words[number]
        count = min(int(random.integers(1, _WORDS + 1)), len(words))
        start = int(random.integers(len(words) - count + 1))
        run = words[start : start + count]
        ends = np.concatenate(([0], np.cumsum(spoken.durations))) * (PHONE_MS / FRAME_MS)
        first, after = run[0].first, run[-1].after
        rows = slice(round(float(ends[first])), round(float(ends[after])))
        text = " ".join(word.text for word in run)
        inside = spoken.phones[first:after], spoken.durations[first:after]
        return self._shelves.features(number)[rows], Spoken(text, SPEAKER, 0, 0, *inside)


def splice_shelves(
    folder: Path, shelves: Shelves, numbers: Sequence[int], wanted: Sequence[int]
) -> None:
    """Join the shelves ``spliced-NNN`` that are not there yet; a shelf's number is its seed."""
    missing = [n for n in wanted if not (folder / f"{SPEAKER}-{n:03d}.json").exists()]
    if not missing:
        return
    splicer = Splicer(shelves, numbers)

    def drawn(seed: int) -> Iterator[tuple[FloatArray, Spoken]]:
        random = np.random.default_rng((seed, 78))
        for _ in range(UTTERANCES):
            yield splicer.draw(random)

    for number in missing:
        count, hours = write_shelf(folder / f"{SPEAKER}-{number:03d}", drawn(number))
        print(f"{SPEAKER}-{number:03d}: {count} utterances, {hours * 60:.1f} min", flush=True)
