# SPDX-License-Identifier: GPL-3.0-or-later
"""Which utterances go into which batch of base training."""

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np

from voicevault.training.corpus import Corpus

VALIDATION_EVERY = 60
"""One utterance in so many is never trained on; a fixed rule, so that resumed runs agree."""

PSEUDO = "*"
"""In the name of every voice that ``training.pseudo`` made; as a prefix in weights it means all."""


def split(corpus: Corpus, numbers: Sequence[int]) -> tuple[list[int], list[int]]:
    """(train, validation) of ``numbers``; pseudo-speakers never serve as validation.

    A corpus too small for one in sixty gives up one text, as long as it has two.
    """
    own = [n for n in numbers if PSEUDO not in corpus.records[n]["speaker"]]
    validation = [n for n in own if _drawn(corpus, n) % VALIDATION_EVERY == 0]
    if not validation and len(own) > 1:
        validation = [min(own, key=lambda n: _drawn(corpus, n))]
    held_texts = {corpus.records[n]["text"] for n in validation}
    train = [n for n in numbers if corpus.records[n]["text"] not in held_texts]
    return train, validation


def _drawn(corpus: Corpus, number: int) -> int:
    """A number that says on which side an utterance stands."""
    record = corpus.records[number]
    # Corpora prepared before layout 2 (``prepare.VERSION``) name no clips; trainings on them go on
    # as they began. The shipped base of 2026-11-22 was made from one. May go when its work folder
    # is prepared anew for the next base, together with its like in ``alignment.align_corpus``.
    if "clip" not in record:
        return number
    # By the words, not the number: a clip more or less leaves the others on their side.
    return int.from_bytes(hashlib.sha256(record["text"].lower().encode()).digest()[:4], "big")


def weights_of(corpus: Corpus, numbers: Sequence[int], by_prefix: dict[str, float]) -> np.ndarray:
    """Drawing weight of each utterance, [len(numbers)], summing to 1.

    The weight of the last prefix that fits; ``"*"`` multiplies that of every pseudo-speaker.
    """
    weights = np.ones(len(numbers))
    for row, number in enumerate(numbers):
        speaker = corpus.records[number]["speaker"]
        for prefix, weight in by_prefix.items():
            if prefix != PSEUDO and speaker.startswith(prefix):
                weights[row] = weight
        if PSEUDO in speaker:
            weights[row] *= by_prefix.get(PSEUDO, 1.0)
    return weights / weights.sum()


def batches(
    corpus: Corpus,
    numbers: Sequence[int],
    weights: np.ndarray,
    frames: int,
    random: np.random.Generator,
) -> Iterator[list[int]]:
    """Endless batches of about ``frames`` frames each, of utterances of similar length."""
    lengths = np.array([corpus.records[n]["frames"] for n in numbers])
    for group in groups(lengths, weights, frames, random):
        yield [numbers[i] for i in group]


def groups(
    lengths: np.ndarray, weights: np.ndarray, frames: float, random: np.random.Generator
) -> Iterator[list[int]]:
    """Endless groups of about ``frames`` frames each, of indices into ``lengths`` [N].

    256 are drawn with chances ``weights`` [N], and cut by length; ``random`` may be used between.
    """
    while True:
        drawn = random.choice(len(lengths), size=256, p=weights)
        drawn = drawn[np.argsort(lengths[drawn], kind="stable")]
        found: list[list[int]] = [[]]
        for index in drawn:
            if found[-1] and (len(found[-1]) + 1) * lengths[index] > frames:
                found.append([])
            found[-1].append(int(index))
        for order in random.permutation(len(found)):
            yield found[int(order)]
