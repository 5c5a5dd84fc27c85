# SPDX-License-Identifier: GPL-3.0-or-later
"""A corpus of public speech on disk, prepared once, memory-mapped: what the base is trained from.

Never used for an owner's recordings: those are decrypted into memory (``data.dataset``) and their
features never touch a disk.

Layout of a corpus folder (``training.prepare`` writes it): ``index.json`` (one record an utterance:
clip, speaker, text, ids, bandwidth_hz, start, frames), ``wave.i16``, ``mel.f16``, ``pitch.f16``
([F, 2]: log-F0, voiced), ``rejected.json`` and, once aligned, ``align.json`` (durations or null)
and ``align_scores.json`` (how sure the aligner is).
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from voicevault.data.features import HOP, N_MELS, FloatArray
from voicevault.training.items import Item, with_commas


class Corpus:
    """Read side: items by number, without loading the corpus into memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.records: list[dict[str, Any]] = json.loads((folder / "index.json").read_text("utf-8"))
        self.speakers: list[str] = sorted({r["speaker"] for r in self.records})
        self._number = {name: i for i, name in enumerate(self.speakers)}
        self._wave = np.memmap(folder / "wave.i16", "<i2", "r")
        self._mel = np.memmap(folder / "mel.f16", "<f2", "r").reshape(-1, N_MELS)
        self._pitch = np.memmap(folder / "pitch.f16", "<f2", "r").reshape(-1, 2)
        aligned = folder / "align.json"
        self.alignments: list[list[int] | None] | None = (
            json.loads(aligned.read_text("utf-8")) if aligned.exists() else None
        )

    def __len__(self) -> int:
        return len(self.records)

    def mel(self, number: int) -> FloatArray:
        """[F, M] of an utterance."""
        record = self.records[number]
        rows = self._mel[record["start"] : record["start"] + record["frames"]]
        out: FloatArray = rows.astype(np.float32)
        return out

    def usable(self) -> Iterator[int]:
        """Numbers of the utterances whose alignment was accepted."""
        assert self.alignments is not None, "align the corpus first"
        for number, durations in enumerate(self.alignments):
            if durations is not None:
                yield number

    def sound(self, number: int) -> Item:
        """Utterance ``number`` without its phonemes: what a vocoder needs, before any alignment."""
        record = self.records[number]
        rows = slice(record["start"], record["start"] + record["frames"])
        track = self._pitch[rows].astype(np.float32)
        return Item(
            np.zeros(1, np.int64),
            np.array([record["frames"]]),
            self._mel[rows],
            track[:, 0],
            track[:, 1],
            self._wave[rows.start * HOP : rows.stop * HOP],
            self._number[record["speaker"]],
        )

    def item(self, number: int) -> Item:
        """Utterance ``number`` with its alignment."""
        assert self.alignments is not None, "align the corpus first"
        durations = self.alignments[number]
        assert durations is not None, f"utterance {number} was rejected by the aligner"
        item = self.sound(number)
        ids, lengths = with_commas(self.records[number]["ids"], durations)
        item.ids, item.durations = np.array(ids), np.array(lengths)
        return item
