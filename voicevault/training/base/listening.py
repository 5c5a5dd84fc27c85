# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech on disk as the recogniser's training reads it: features, words, and which phoneme when.

A *shelf* is a pair of files, ``NAME.f16`` ([T, 80] Kaldi filter bank, 10 ms a row, all utterances
one after the other) and ``NAME.json`` (one record an utterance, written last: where there is no
JSON, the shelf is made again). Public or synthetic speech only.

Shapes: T feature frames of 10 ms, S samples.
"""

import json
import multiprocessing
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from voicevault.data.fbank import BANDS, kaldi_fbank
from voicevault.data.features import HOP, RATE_HZ, FloatArray
from voicevault.training.corpus import Corpus
from voicevault.training.notes import write_json

FRAME_MS = 10.0
"""A row of features."""
PHONE_MS = 1000 * HOP / RATE_HZ
"""12.5: unit of phoneme durations: a frame of the voices' features."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One utterance of a shelf."""

    text: str
    speaker: str
    start: int
    """First row in the shelf."""
    frames: int
    phones: list[int]
    """Symbol ids, framed; empty where no alignment was accepted."""
    durations: list[int]
    """Units of 12.5 ms for each of ``phones``."""


def write_shelf(path: Path, utterances: Iterable[tuple[FloatArray, Spoken]]) -> tuple[int, float]:
    """Store features [T, 80] with their records (``start`` and ``frames`` are filled in).

    Returns:
        (utterances, hours).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    records, start = [], 0
    part = path.with_suffix(".part")
    with part.open("wb") as rows:
        for features, spoken in utterances:
            rows.write(features.astype("<f2").tobytes())
            records.append(asdict(spoken) | {"start": start, "frames": len(features)})
            start += len(features)
    os.replace(part, path.with_suffix(".f16"))
    write_json(path.with_suffix(".json"), records)
    return len(records), start / 360_000


class Shelves:
    """Read side: all shelves of a folder as one list, memory-mapped."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self.records: list[Spoken] = []
        self._rows: list[npt.NDArray[np.float16]] = []
        self._shelf: list[int] = []
        for number, path in enumerate(paths):
            found = json.loads(path.with_suffix(".json").read_text("utf-8"))
            self.records += [Spoken(**record) for record in found]
            self._shelf += [number] * len(found)
            if found:  # an empty file cannot be mapped
                rows = np.memmap(path.with_suffix(".f16"), "<f2", "r").reshape(-1, BANDS)
            else:
                rows = np.zeros((0, BANDS), np.float16)
            self._rows.append(rows)

    def __len__(self) -> int:
        return len(self.records)

    def features(self, number: int) -> FloatArray:
        """[T, 80] of an utterance."""
        record = self.records[number]
        rows = self._rows[self._shelf[number]][record.start : record.start + record.frames]
        out: FloatArray = rows.astype(np.float32)
        return out


def shelve_corpus(corpus: Corpus, path: Path, processes: int = 1) -> tuple[int, float]:
    """Features of every utterance of a prepared corpus."""
    waves = np.memmap(corpus.folder / "wave.i16", "<i2", "r")
    alignments = corpus.alignments or [None] * len(corpus)

    def sounds() -> Iterable[npt.NDArray[np.int16]]:
        for record in corpus.records:
            start = record["start"] * HOP
            yield np.array(waves[start : start + record["frames"] * HOP])

    def utterances(made: Iterable[FloatArray]) -> Iterable[tuple[FloatArray, Spoken]]:
        for features, record, found in zip(made, corpus.records, alignments, strict=True):
            phones = record["ids"] if found is not None else []
            yield features, Spoken(record["text"], record["speaker"], 0, 0, phones, found or [])

    if processes <= 1:
        return write_shelf(path, utterances(map(_features, sounds())))
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        return write_shelf(path, utterances(pool.imap(_features, sounds(), chunksize=16)))


def _features(samples: npt.NDArray[np.int16]) -> FloatArray:
    return kaldi_fbank(samples.astype(np.float32) / 32768.0)
