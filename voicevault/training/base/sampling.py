# SPDX-License-Identifier: GPL-3.0-or-later
"""Which utterances go into which batch of base training."""

from collections.abc import Iterator, Sequence

import numpy as np

from voicevault.training.corpus import Corpus

VALIDATION_EVERY = 60
"""Every 60th utterance is never trained on; a fixed rule, so that resumed runs agree."""


def split(corpus: Corpus, numbers: Sequence[int]) -> tuple[list[int], list[int]]:
    """(train, validation) of ``numbers``; pseudo-speakers never serve as validation."""
    validation = [
        n for n in numbers if n % VALIDATION_EVERY == 0 and "*" not in corpus.records[n]["speaker"]
    ]
    held_texts = {corpus.records[n]["text"] for n in validation}
    train = [n for n in numbers if corpus.records[n]["text"] not in held_texts]
    return train, validation


def weights_of(corpus: Corpus, numbers: Sequence[int], by_prefix: dict[str, float]) -> np.ndarray:
    """Drawing weight of each utterance, [len(numbers)], summing to 1."""
    weights = np.ones(len(numbers))
    for row, number in enumerate(numbers):
        speaker = corpus.records[number]["speaker"]
        for prefix, weight in by_prefix.items():
            if speaker.startswith(prefix):
                weights[row] = weight
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
