# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's job ``label``: a teacher speaks texts, or writes down what it hears in takes.

What was made goes to the parent at once, item by item, and is kept there: stopping loses nothing,
and the next time the parent asks for what is missing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from voicevault.audio.files import encode_flac
from voicevault.audio.qc import TextCheck
from voicevault.data import features
from voicevault.data.taught import EMBEDDED, Provenance, fingerprint
from voicevault.errors import MissingExtra
from voicevault.evaluation import similarity
from voicevault.events import Started, Warned
from voicevault.runtime.align import Aligner
from voicevault.runtime.base_files import base_index
from voicevault.students.shipped import WEIGHTS
from voicevault.tasks import consent_of, utterances
from voicevault.teachers.adapters import opening
from voicevault.teachers.adapters.embedded import EmbeddedTeacher
from voicevault.teachers.adapters.lesson import Item, OutOfMemory, lesson
from voicevault.teachers.admission import Admission, Embed
from voicevault.teachers.misread import misread
from voicevault.teachers.protocols import (
    AsrTeacher,
    Recording,
    TeacherCard,
    Transcript,
    TtsTeacher,
)
from voicevault.text.frontend import utterance_phonemes
from voicevault.training import permission
from voicevault.worker import Assignment, WorkerContext

LISTENS = "asr"
BATCH = 8


def label(assignment: Assignment, ctx: WorkerContext) -> dict[str, Any]:
    """Teach about what the parent has not got yet; counts of what became of it."""
    return (_hear if assignment.spec["how"] == LISTENS else _say)(assignment, ctx)


def provenance(card: TeacherCard) -> dict[str, Any]:
    """What the parent keeps of a teacher, from the card of the files that were loaded."""
    return Provenance(
        card.name, card.version, card.licence, card.commercial, fingerprint(card.files)
    ).to_meta()


def _say(assignment: Assignment, ctx: WorkerContext) -> dict[str, Any]:
    """Speech in somebody's voice: with their consent, as training."""
    spec = assignment.spec
    _, takes = permission.require(consent_of(assignment), utterances(assignment), ctx)
    real = [Recording(one.samples, one.rate_hz, one.text) for one in takes]
    reference = real[: spec["references"]]
    teacher = _speaker(assignment)
    ctx.emit(Started("label", "", "cpu", f"{teacher.card.name} {teacher.card.version}"))
    admission = Admission(
        real,
        check=TextCheck(Aligner.load(), utterance_phonemes, features.prepare),
        embed=_embed(ctx),
        listener=_listener(spec.get("listener", ""), ctx),
    )
    items = [Item(key, text) for key, text in spec["texts"]]
    texts = dict(spec["texts"])
    counts: Counter[str] = Counter()

    def teach(batch: Sequence[str]) -> list[Recording]:
        return [teacher.synthesise(text, reference) for text in batch]

    for one in lesson(items, teach, ctx, stage="speak"):
        refused, figures, audio = f"teacher: {one.refused}", {}, b""
        if one.result is not None:
            said = Recording(one.result.samples, one.result.rate_hz, texts[one.id])
            found = admission.judge(said)
            refused, figures = found.reason, found.figures
            audio = b"" if refused else encode_flac(said.samples, said.rate_hz)
        meta = {
            "key": one.id,
            "refused": refused,
            "figures": figures,
            "teacher": provenance(teacher.card),
        }
        ctx.put_blob("taught", audio, meta)
        counts[refused.partition(":")[0]] += 1
    return {"asked": admission.asked, "counts": dict(counts)}


def _hear(assignment: Assignment, ctx: WorkerContext) -> dict[str, Any]:
    teacher = opening.open_asr(assignment.spec["teacher"])
    ctx.emit(Started("label", "", "cpu", f"{teacher.card.name} {teacher.card.version}"))
    takes = utterances(assignment)
    items = [Item(one.id, Recording(one.samples, one.rate_hz, one.text)) for one in takes]
    texts = {one.id: one.text for one in takes}
    counts: Counter[str] = Counter()

    together = getattr(teacher, "label_batch", None)  # Whisper is faster with several at once

    def teach(batch: Sequence[Recording]) -> Sequence[Transcript]:
        if together is None:
            return [teacher.label(one, one.text) for one in batch]
        several: Sequence[Transcript] = together(batch)
        return several

    for one in lesson(items, teach, ctx, stage="listen", batch_size=BATCH if together else 1):
        body = {"refused": one.refused} if one.result is None else _body(texts[one.id], one.result)
        meta = {"take": one.id, "teacher": provenance(teacher.card)}
        ctx.put_blob("labels", json.dumps(body, ensure_ascii=False).encode(), meta)
        counts["refused" if one.result is None else ""] += 1
    return {"counts": dict(counts)}


def _body(text: str, heard: Transcript) -> dict[str, Any]:
    """A transcript as it is kept, with the words of ``text`` that were probably not said."""
    return {**asdict(heard), "misread": [asdict(one) for one in misread(text, heard)]}


def _speaker(assignment: Assignment) -> TtsTeacher:
    spec = assignment.spec
    student = assignment.blobs.get("student")
    embedded = None
    if student is not None:
        base_sha256 = str(base_index()["sha256"][WEIGHTS])
        inherited = [
            (str(licence), commercial is True) for licence, commercial in spec["inherited"]
        ]
        embedded = EmbeddedTeacher(student, spec["run"], base_sha256, inherited=inherited)
    if spec["teacher"] == EMBEDDED and embedded is not None:
        return embedded
    return opening.open_tts(spec["teacher"], embedded)


def _embed(ctx: WorkerContext) -> Embed | None:
    reason = similarity.unavailable()
    if reason:
        ctx.emit(Warned(f"likeness is not asked: {reason}"))
        return None
    return similarity.SpeakerEncoder.load().embed


def _listener(name: str, ctx: WorkerContext) -> AsrTeacher | None:
    """The recogniser that checks the words, where one is here and can be loaded."""
    if not name:
        return None
    try:
        return opening.open_asr(name)
    except (MissingExtra, OutOfMemory) as error:  # the aligner alone checks the words then
        ctx.emit(Warned(f"{name} does not listen: {error.message}", error.hint))
        return None
