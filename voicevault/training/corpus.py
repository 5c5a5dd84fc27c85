# SPDX-License-Identifier: GPL-3.0-or-later
"""A corpus of public speech on disk, prepared once, memory-mapped: what the base is trained from.

Never used for an owner's recordings: those are decrypted into memory (``data.dataset``) and their
features never touch a disk.

Layout of a corpus folder: ``index.json`` (one record an utterance), ``wave.i16``, ``mel.f16``,
``pitch.f16`` ([F, 2]: log-F0, voiced) and, once aligned, ``align.json``.
"""

import json
import multiprocessing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from voicevault.audio.files import decode
from voicevault.data.features import HOP, N_MELS, RATE_HZ, FloatArray, log_mel, prepare
from voicevault.data.pitch import pitch
from voicevault.text.frontend import utterance_phonemes
from voicevault.text.symbols import framed_ids
from voicevault.training.items import Item, with_commas

SHORTEST_S, LONGEST_S = 0.6, 17.0


@dataclass(frozen=True, slots=True)
class Source:
    """One clip to prepare: a file, its text, its speaker and how much faster it is to be played."""

    path: Path
    text: str
    speaker: str
    speed: float = 1.0


def list_sources(folder: Path, speeds: dict[str, tuple[float, ...]]) -> list[Source]:
    """All clips of the speaker folders (``metadata.csv`` of ``id|text``) below ``folder``.

    ``speeds``: prefix of a speaker's name -> playing speeds; each but 1.0 is one more voice (pitch,
    formants and tempo move together), which is the cheapest way to more speakers.
    """
    sources = []
    for metadata in sorted(folder.glob("*/metadata.csv")):
        name = metadata.parent.name
        files = {p.stem: p for p in metadata.parent.iterdir() if p.suffix != ".csv"}
        rates = next((v for k, v in speeds.items() if name.startswith(k)), (1.0,))
        for line in metadata.read_text("utf-8").splitlines():
            clip, _, text = line.partition("|")
            if clip in files and text.strip():
                for speed in rates:
                    speaker = name if speed == 1.0 else f"{name}*{speed:g}"
                    sources.append(Source(files[clip], text.strip(), speaker, speed))
    return sources


def _features(source: Source) -> tuple[Source, list[int], FloatArray, FloatArray, FloatArray] | str:
    clip = decode(source.path.read_bytes(), name=source.path.name)
    samples = clip.samples
    if source.speed != 1.0:
        samples = soxr.resample(samples, clip.rate_hz * source.speed, clip.rate_hz, quality="HQ")
    wave = prepare(samples, clip.rate_hz)
    if not SHORTEST_S <= len(wave) / RATE_HZ <= LONGEST_S:
        return f"{source.path.name}: {len(wave) / RATE_HZ:.1f} s of speech"
    wave = wave[: len(wave) // HOP * HOP]
    log_f0, voiced = pitch(wave)
    ids = framed_ids(utterance_phonemes(source.text))
    return source, ids, wave, log_mel(wave), np.stack((log_f0, voiced), 1)


def prepare_corpus(
    sources: list[Source], folder: Path, *, processes: int, report: Callable[[int, int], None]
) -> list[str]:
    """Decode, prepare and store ``sources`` in ``folder``; returns what was rejected and why."""
    folder.mkdir(parents=True, exist_ok=True)
    records: list[dict[str, Any]] = []
    rejected: list[str] = []
    start = 0
    with (
        (folder / "wave.i16").open("wb") as waves,
        (folder / "mel.f16").open("wb") as mels,
        (folder / "pitch.f16").open("wb") as pitches,
        multiprocessing.get_context("spawn").Pool(processes) as pool,
    ):
        for done, result in enumerate(pool.imap(_features, sources, chunksize=16), 1):
            if done % 200 == 0:
                report(done, len(sources))
            if isinstance(result, str):
                rejected.append(result)
                continue
            source, ids, wave, mel, track = result
            waves.write(np.round(wave * 32767).astype("<i2").tobytes())
            mels.write(mel.astype("<f2").tobytes())
            pitches.write(track.astype("<f2").tobytes())
            records.append(
                {
                    "speaker": source.speaker,
                    "text": source.text,
                    "ids": ids,
                    "start": start,
                    "frames": len(mel),
                }
            )
            start += len(mel)
    (folder / "index.json").write_text(json.dumps(records), "utf-8")
    return rejected


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
