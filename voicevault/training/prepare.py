# SPDX-License-Identifier: GPL-3.0-or-later
"""Write side of a corpus: public clips become features on disk, in parts that outlive a kill.

The clips are cut into chunks; each finished chunk is one file below ``parts``, named by a digest of
all that it depends on. A call that comes later makes only what is missing, then joins the parts in
the order of the sources: the corpus has the same bytes whoever made which part, and when. A corpus
that is already what the sources ask for is left alone.

Never used for an owner's recordings: those are decrypted into memory (``data.dataset``).
"""

import hashlib
import json
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from voicevault.audio.files import decode
from voicevault.data.features import HOP, RATE_HZ, FloatArray, log_mel, prepare
from voicevault.data.pitch import pitch
from voicevault.errors import BadAudio
from voicevault.text.frontend import utterance_phonemes
from voicevault.text.symbols import BOS, EOS, SPACE, SYMBOLS, TIMELESS, framed_ids
from voicevault.training.notes import write_json
from voicevault.training.pseudo import another_voice
from voicevault.training.rejects import FILE as REJECTED
from voicevault.training.rejects import Fault, Rejection, write_rejects
from voicevault.training.soundness import Limits, bandwidth_hz, fault_of_sound
from voicevault.training.sources import Source

VERSION = 2
"""Part of every digest: raise it when the same clip would give other bytes."""

ARRAYS = {"wave": "wave.i16", "mel": "mel.f16", "pitch": "pitch.f16"}
STAMP, PARTS = "prepared.json", "parts"
_CHUNK = 32
_MADE_OF_IT = ("align.json", "align_scores.json", "predicted.f16", REJECTED)
_WORDLESS = TIMELESS | {SYMBOLS[s] for s in (SPACE, BOS, EOS)}
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class _Chunk:
    """A stretch of the sources and the file that its features go to."""

    sources: tuple[Source, ...]
    limits: Limits
    path: Path


def prepare_corpus(
    sources: Sequence[Source],
    folder: Path,
    *,
    processes: int,
    report: Callable[[int, int], None],
    limits: Limits | None = None,
) -> list[Rejection]:
    """Decode, judge, prepare and store ``sources`` in ``folder``.

    Returns:
        What was rejected and why; the same is in ``rejected.json``.
    """
    limits = limits or Limits()
    parts = folder / PARTS
    chunks = _chunks(sources, parts, limits)
    digest = hashlib.sha256(" ".join(c.path.name for c in chunks).encode()).hexdigest()
    stamp = folder / STAMP
    if stamp.exists():
        known = json.loads(stamp.read_text("utf-8"))
        if known["digest"] == digest:
            report(len(sources), len(sources))
            return [_rejection(r) for r in known["rejected"]]
        stamp.unlink()
    parts.mkdir(parents=True, exist_ok=True)
    missing = [chunk for chunk in chunks if not chunk.path.exists()]
    done = len(sources) - sum(len(chunk.sources) for chunk in missing)
    if missing:
        with _one_thread_each(), multiprocessing.get_context("spawn").Pool(processes) as pool:
            for made in pool.imap_unordered(_make_part, missing):
                done += made
                report(done, len(sources))
    rejected = _join(chunks, folder)
    write_rejects(folder, "prepare", len(sources), rejected)
    known = {"digest": digest, "rejected": [asdict(r) for r in rejected]}
    write_json(stamp, known)
    shutil.rmtree(parts)
    return rejected


def _rejection(fields: dict[str, Any]) -> Rejection:
    return Rejection(**{**fields, "fault": Fault(fields["fault"])})


def _chunks(sources: Sequence[Source], parts: Path, limits: Limits) -> list[_Chunk]:
    """The sources in stretches, each with a name that changes when any of its bytes would."""
    digests = {s.path: "" for s in sources}
    for path in digests:
        digests[path] = hashlib.sha256(path.read_bytes()).hexdigest()
    out = []
    for start in range(0, len(sources), _CHUNK):
        some = tuple(sources[start : start + _CHUNK])
        rows = [(s.clip, s.text, s.speaker, s.factor, digests[s.path]) for s in some]
        facts = json.dumps([VERSION, asdict(limits), rows]).encode()
        name = f"{start // _CHUNK:06d}-{hashlib.sha256(facts).hexdigest()[:24]}.npz"
        out.append(_Chunk(some, limits, parts / name))
    return out


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Children with one thread each: sums keep their order, and processes do not fight."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@dataclass(slots=True)
class _Made:
    """Features of one clip: wave [S], mel [F, M], pitch [F, 2] (log-F0, voiced)."""

    record: dict[str, Any]
    wave: FloatArray
    mel: FloatArray
    pitch: FloatArray


def features_of(source: Source, limits: Limits) -> _Made | Rejection:
    """One clip as the students see it, or why it is left out."""

    def reject(fault: Fault, value: float = 0.0, limit: float = 0.0, note: str = "") -> Rejection:
        value, limit = round(float(value), 6), round(float(limit), 6)
        return Rejection(source.clip, source.speaker, source.text, fault, value, limit, note)

    ids = framed_ids(utterance_phonemes(source.text))
    # espeak-ng reads a lonely "!" out as a word; nobody did.
    if not any(c.isalnum() for c in source.text) or all(i in _WORDLESS for i in ids):
        return reject(Fault.NO_WORDS, 0.0, 1.0)
    try:
        clip = decode(source.path.read_bytes(), name=source.path.name)
    except BadAudio as error:
        return reject(Fault.UNREADABLE, note=str(error))
    reach_hz = bandwidth_hz(clip.samples, clip.rate_hz)
    fault = fault_of_sound(clip.samples, clip.rate_hz, reach_hz, limits)
    if fault is not None:
        return reject(*fault)
    wave = prepare(another_voice(clip.samples, clip.rate_hz, source.factor), clip.rate_hz)
    length_s = len(wave) / RATE_HZ
    if length_s < limits.shortest_s:
        return reject(Fault.SHORT, length_s, limits.shortest_s)
    if length_s > limits.longest_s:
        return reject(Fault.LONG, length_s, limits.longest_s)
    wave = wave[: len(wave) // HOP * HOP]
    record = {
        "clip": source.clip,
        "speaker": source.speaker,
        "text": source.text,
        "ids": ids,
        "bandwidth_hz": min(round(reach_hz * source.factor), RATE_HZ // 2),
    }
    if reach_hz < limits.narrow_hz:
        record["narrow"] = True
    return _Made(record, wave, log_mel(wave), np.stack(pitch(wave), 1))


def _make_part(chunk: _Chunk) -> int:
    """Write the features of a chunk under their final name, whole or not at all."""
    records: list[dict[str, Any]] = []
    rejected: list[dict[str, Any]] = []
    waves, mels, pitches = [np.zeros(0, "<i2")], [np.zeros(0, "<f2")], [np.zeros(0, "<f2")]
    for source in chunk.sources:
        made = features_of(source, chunk.limits)
        if isinstance(made, Rejection):
            rejected.append(asdict(made))
            continue
        records.append({**made.record, "frames": len(made.mel)})
        waves.append(np.round(made.wave * 32767).astype("<i2"))
        mels.append(made.mel.astype("<f2").ravel())
        pitches.append(made.pitch.astype("<f2").ravel())
    notes = np.frombuffer(json.dumps([records, rejected]).encode(), np.uint8)
    unfinished = chunk.path.with_suffix(f".{os.getpid()}")
    with unfinished.open("wb") as file:
        np.savez(
            file,
            notes=notes,
            wave=np.concatenate(waves),
            mel=np.concatenate(mels),
            pitch=np.concatenate(pitches),
        )
    os.replace(unfinished, chunk.path)
    return len(chunk.sources)


def _join(chunks: Sequence[_Chunk], folder: Path) -> list[Rejection]:
    """Parts -> the corpus; what was made of an older corpus in the same folder goes first."""
    for name in ("index.json", *_MADE_OF_IT):
        (folder / name).unlink(missing_ok=True)
    records: list[dict[str, Any]] = []
    rejected: list[Rejection] = []
    start = 0
    for name, file in ARRAYS.items():
        with (folder / f"{file}.part").open("wb") as out:
            for chunk in chunks:
                with np.load(chunk.path) as part:
                    out.write(part[name].tobytes())
        os.replace(folder / f"{file}.part", folder / file)
    for chunk in chunks:
        with np.load(chunk.path) as part:
            made, left_out = json.loads(part["notes"].tobytes())
        rejected += [_rejection(r) for r in left_out]
        for record in made:
            records.append({**record, "start": start})
            start += record["frames"]
    write_json(folder / "index.json", records)
    return rejected
