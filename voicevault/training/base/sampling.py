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


def _held_out(corpus: Corpus, number: int) -> bool:
    record = corpus.records[number]
    if PSEUDO in record["speaker"]:
        return False
    if "clip" not in record:  # a corpus of the first layout: trainings on it go on as they began
        return number % VALIDATION_EVERY == 0
    # By the words, not the number: a clip more or less leaves the others on their side.
    digest = hashlib.sha256(record["text"].lower().encode()).digest()
    return int.from_bytes(digest[:4], "big") % VALIDATION_EVERY == 0


def split(corpus: Corpus, numbers: Sequence[int]) -> tuple[list[int], list[int]]:
    """(train, validation) of ``numbers``; pseudo-speakers never serve as validation."""
    validation = [n for n in numbers if _held_out(corpus, n)]
    held_texts = {corpus.records[n]["text"] for n in validation}
    train = [n for n in numbers if corpus.records[n]["text"] not in held_texts]
    return train, validation


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
    while True:
        drawn = random.choice(len(numbers), size=256, p=weights)
        drawn = drawn[np.argsort(lengths[drawn], kind="stable")]
        groups: list[list[int]] = [[]]
        for index in drawn:
            if groups[-1] and (len(groups[-1]) + 1) * lengths[index] > frames:
                groups.append([])
            groups[-1].append(numbers[int(index)])
        for order in random.permutation(len(groups)):
            yield groups[int(order)]
