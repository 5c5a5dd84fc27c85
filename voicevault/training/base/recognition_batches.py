# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches for the recogniser: drawn, disturbed, padded; the same seed gives the same batches.

Shapes: B batch, T feature frames, L frames out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from voicevault.data.fbank import BANDS
from voicevault.data.features import FloatArray
from voicevault.students.recogniser import UNKNOWN
from voicevault.text.pieces import Pieces, words_of
from voicevault.text.symbols import SPACE, SYMBOLS
from voicevault.training.augment import Chances, Disturbed, disturb, spec_augment
from voicevault.training.base.listening import FRAME_MS, PHONE_MS, Spoken
from voicevault.training.base.sampling import groups

_PHONE_STEP_MS = 20.0


@dataclass(slots=True)
class HeardBatch:
    """One step's speech."""

    features: Tensor  # [B, T, 80]
    lengths: Tensor  # [B]
    pieces: list[list[int]]
    phonemes: Tensor  # [B, 2 L] symbol ids, UNKNOWN where nobody knows


class Speech(Protocol):
    """Utterances with their features: shelves on a disk, or an owner's takes in memory."""

    records: list[Spoken]

    def features(self, number: int) -> FloatArray:
        """[T, 80] of an utterance."""


@dataclass(frozen=True, slots=True)
class Severity:
    """How hard listening is made: a stage of the curriculum."""

    disturbed: bool
    masked: bool


def drawing_weights(
    records: Sequence[Spoken], numbers: Sequence[int], shares: dict[str, float]
) -> np.ndarray:
    """Chance of each utterance, [len(numbers)], so that each prefix gets its share of the time."""
    prefixes = [next((p for p in shares if records[n].speaker.startswith(p)), "") for n in numbers]
    total: dict[str, int] = dict.fromkeys(shares, 0)
    for number, prefix in zip(numbers, prefixes, strict=True):
        if prefix:
            total[prefix] += records[number].frames
    weights = np.array([shares[p] / total[p] if p else 0.0 for p in prefixes])
    return weights / weights.sum()


def phonemes_at(record: Spoken, heard: Disturbed) -> np.ndarray:
    """Symbol id every 20 ms of the disturbed features, two for each frame out."""
    count = (len(heard.features) + 3) // 4 * 2
    if not record.phones:
        return np.full(count, UNKNOWN)
    names = np.repeat(record.phones, record.durations)
    # Frame n of the disturbed speech is heard from 10 n to 10 n + 10 ms.
    centre = (np.arange(count) + 0.5) * _PHONE_STEP_MS / FRAME_MS - heard.lead
    spoken = np.interp(centre - 0.5, np.arange(len(heard.at)), heard.at) + 0.5
    at = np.floor(spoken * FRAME_MS / PHONE_MS).astype(np.int64)
    inside = (centre >= 0) & (centre < len(heard.at)) & (at < len(names))
    silence = SYMBOLS[SPACE]
    return np.where(inside, names[np.clip(at, 0, len(names) - 1)], silence)


def collate(rows: Sequence[tuple[FloatArray, list[int], np.ndarray]]) -> HeardBatch:
    """Pad utterances to one length."""
    longest = max(len(features) for features, _, _ in rows)
    longest = (longest + 3) // 4 * 4
    features = torch.zeros(len(rows), longest, BANDS)
    phonemes = torch.full((len(rows), longest // 2), UNKNOWN)
    for row, (sound, _, labels) in enumerate(rows):
        features[row, : len(sound)] = torch.from_numpy(sound)
        phonemes[row, : len(labels)] = torch.from_numpy(labels)
    lengths = torch.tensor([len(sound) for sound, _, _ in rows])
    return HeardBatch(features, lengths, [p for _, p, _ in rows], phonemes)


class BatchMaker(IterableDataset[HeardBatch]):
    """Endless batches of about ``seconds`` of speech, of utterances of similar length."""

    def __init__(
        self,
        shelves: Speech,
        numbers: Sequence[int],
        weights: np.ndarray,
        pieces: Pieces,
        noises: Sequence[FloatArray],
        *,
        seconds: float,
        severity: Severity,
        seed: int,
    ) -> None:
        super().__init__()
        self._shelves, self._numbers, self.weights = shelves, numbers, weights
        self._pieces, self._noises = pieces, noises
        self._frames, self._severity, self._seed = seconds * 100, severity, seed

    def __iter__(self) -> Iterator[HeardBatch]:
        worker = get_worker_info()
        random = np.random.default_rng((self._seed, worker.id if worker else 0))
        records = self._shelves.records
        lengths = np.array([records[n].frames for n in self._numbers])
        for group in groups(lengths, self.weights, self._frames, random):
            yield collate([self.row(self._numbers[i], random) for i in group])

    def row(
        self, number: int, random: np.random.Generator
    ) -> tuple[FloatArray, list[int], np.ndarray]:
        """Features, pieces and phonemes of one utterance, disturbed."""
        record = self._shelves.records[number]
        features = self._shelves.features(number)
        if self._severity.disturbed:
            heard = disturb(features, self._sounds(random), Chances(), random)
        else:
            heard = disturb(features, (), Chances(noise=0, room=0, narrow=0), random)
        labels = phonemes_at(record, heard)
        sound = heard.features
        if self._severity.masked:
            sound = spec_augment(sound, random)
        return sound, self._pieces.encode(words_of(record.text)), labels

    def plain(self, number: int) -> tuple[FloatArray, list[int], np.ndarray]:
        """The same as it was said."""
        record, features = self._shelves.records[number], self._shelves.features(number)
        unhurried = np.arange(len(features), dtype=np.float32)
        labels = phonemes_at(record, Disturbed(features, unhurried, 0))
        return features, self._pieces.encode(words_of(record.text)), labels

    def _sounds(self, random: np.random.Generator) -> Sequence[FloatArray]:
        """The noises, or now and then somebody else talking."""
        if random.random() < Chances().babble:
            other = self._numbers[int(random.integers(len(self._numbers)))]
            return [self._shelves.features(other)]
        return self._noises


def endless(maker: BatchMaker, loaders: int) -> Iterator[HeardBatch]:
    """Batches made here, or by ``loaders`` processes beside a GPU."""
    if not loaders:
        yield from maker
    yield from DataLoader(
        maker,
        batch_size=None,
        num_workers=loaders,
        prefetch_factor=4,
        multiprocessing_context="fork",
    )
