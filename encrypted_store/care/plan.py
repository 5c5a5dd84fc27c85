# SPDX-License-Identifier: GPL-3.0-or-later
"""What a repair would do: decided by reading alone, so that a dry run and a real one agree.

Codes of actions, in the order they are taken:

    rollback-not-accepted   the only one; nothing is done
    rollback-accepted, header-renewed, segment-set-aside, foreign-set-aside, tail-set-aside,
    catalogue-rebuilt, head-renewed, anchor-renewed, object-listed, object-set-aside,
    object-salvaged, damaged-forgotten, missing-forgotten

Codes of what cannot be brought back: records-unreadable, tombstones-lost, metadata-of-recording,
object-damaged, object-missing, unlisted-damaged.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from encrypted_store.anchor import Mark
from encrypted_store.care.condition import rollback_beyond_damage
from encrypted_store.care.examine import salvage, unlisted_op
from encrypted_store.care.folders import Layout, read_layout
from encrypted_store.care.objectcheck import verify
from encrypted_store.care.progress import Meter
from encrypted_store.care.report import Action, Loss
from encrypted_store.errors import ObjectDamaged, ObjectMissing
from encrypted_store.judging import Judgement
from encrypted_store.kinds import Entry, Kind
from encrypted_store.session import Session


@dataclass(slots=True)
class Plan:
    """What is to be done, and how it is told."""

    judged: Judgement
    accept_rollback: bool
    forget: bool
    stale_headers: list[int]
    actions: list[Action] = field(default_factory=list)
    lost: list[Loss] = field(default_factory=list)
    refused: bool = False
    """An older state that nobody accepted: nothing may be written."""
    fresh: bool = False
    """The catalogue goes on in a new epoch."""
    aside: list[Path] = field(default_factory=list)
    """Segments not in force, files that are not ours, unlisted ones that do not verify."""
    listed: list[dict[str, Any]] = field(default_factory=list)
    """Operations for whole objects that no entry names."""
    salvaged: list[Entry] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)

    def do(self, code: str, subject: str, message: str) -> None:
        self.actions.append(Action(code, subject, message))

    def lose(self, code: str, subject: str, message: str) -> None:
        self.lost.append(Loss(code, subject, message))


def make_plan(session: Session, plan: Plan, meter: Meter) -> None:
    """Fill `plan` for a session whose catalogue is `plan.judged`'s. Writes nothing.

    Raises:
        Stopped.
        OSError: the folder cannot be listed.
    """
    judged = plan.judged
    broken = judged.damage is not None
    stale = rollback_beyond_damage(
        judged.walk, judged.epoch, session.header.generation, judged.head, judged.anchor, broken
    )
    plan.refused = bool(stale) and not plan.accept_rollback
    for reason in stale:
        code = "rollback-not-accepted" if plan.refused else "rollback-accepted"
        plan.do(code, "catalogue", reason)
    if plan.refused:
        return
    for copy in plan.stale_headers:
        name = session.paths.headers[copy].name
        plan.do("header-renewed", name, "this copy of the header is written anew from the other")
    plan.fresh = broken or bool(stale)
    layout = read_layout(session.io, session.paths)
    _plan_folder(session, plan, layout)
    _plan_catalogue(plan)
    _plan_unlisted(session, plan, layout, meter)
    _plan_listed(session, plan, meter)


def next_epoch(judged: Judgement) -> int:
    """One that nothing genuine has used. File names prove nothing."""
    epochs = [judged.epoch if judged.walk.records else 0]
    return 1 + max(epochs + [mark.epoch for mark in _marks(judged)])


def newest_mark(judged: Judgement) -> Mark:
    """The state that a new epoch takes the place of: the newest that was ever seen.

    Were it the last readable record, this machine's anchor would call the new epoch a rollback.
    """
    good = judged.walk.records
    last = Mark(judged.epoch, good[-1].seq, good[-1].tag, 0) if good else Mark(0, 0, bytes(16), 0)
    return max([last, *_marks(judged)], key=lambda mark: (mark.epoch, mark.seq))


def source_segment(session: Session, plan: Plan) -> Path | None:
    """The segment whose good records a new epoch takes over; it stays until that is in force."""
    if not plan.judged.walk.records:
        return None
    return session.paths.segment(plan.judged.epoch)


def _marks(judged: Judgement) -> list[Mark]:
    anchor = judged.anchor.mark if judged.anchor else None
    return [mark for mark in (judged.head, anchor) if mark is not None]


def _plan_folder(session: Session, plan: Plan, layout: Layout) -> None:
    """Segments that may be evidence, and files in obj/ and cat/ that are not ours.

    While nothing is in doubt, another epoch is a compaction's leftover, and the next opening
    destroys it: it describes deleted takes.
    """
    root, head = session.paths.root, plan.judged.head
    doubt = plan.fresh or head is None or head.epoch != plan.judged.epoch
    source = source_segment(session, plan)
    for path in layout.segments:
        if doubt and (path != source or plan.fresh):
            name = path.relative_to(root).as_posix()
            plan.do("segment-set-aside", name, "this catalogue segment goes to quarantine")
            if path != source:
                plan.aside.append(path)
    ours = {session.paths.catalogue, *session.paths.shards()}
    for path in layout.foreign:
        if path.parent in ours:
            name = path.relative_to(root).as_posix()
            plan.do("foreign-set-aside", name, "this is not the vault's and goes to quarantine")
            plan.aside.append(path)


def _plan_catalogue(plan: Plan) -> None:
    judged = plan.judged
    records, entries = len(judged.walk.records), len(judged.catalogue)
    if judged.torn and not plan.fresh:
        message = "an unfinished change at the end is copied to quarantine and cut off"
        plan.do("tail-set-aside", "catalogue", message)
    if plan.fresh:
        plan.do(
            "catalogue-rebuilt", "catalogue",
            f"epoch {next_epoch(judged)} begins with the {entries} entries of {records} good "
            "records",
        )  # fmt: skip
    elif judged.head is None:
        plan.do("head-renewed", "HEAD", "HEAD is written anew for the catalogue as it is")
    elif judged.head.epoch != judged.epoch:
        plan.do("head-renewed", "HEAD", f"HEAD names epoch {judged.epoch} from now on")
    if not judged.anchor_ok:
        plan.do("anchor-renewed", "anchor", "this machine's memory of the vault is written anew")
    if judged.damage is None:
        return
    seen = max((m.seq for m in _marks(judged) if m.epoch >= judged.epoch), default=None)
    upto = "" if seen is None else f", of {seen + 1} that were seen"
    plan.lose(
        "records-unreadable", "catalogue",
        f"{records} records are readable{upto}: changes made after them, edited transcripts among "
        "them, are lost, and what was deleted after them is listed again without its file",
    )  # fmt: skip
    if not records:
        plan.lose(
            "tombstones-lost", "catalogue",
            "which recordings were deleted is no longer known; their files were erased, so none "
            "returns by itself, but an old copy put back into obj/ would be taken in",
        )  # fmt: skip


def _plan_unlisted(session: Session, plan: Plan, layout: Layout, meter: Meter) -> None:
    catalogue = session.catalogue
    for path in sorted(layout.objects):
        object_id = path.stem
        if object_id in catalogue or object_id in catalogue.tombstones:
            continue
        meter.ask()
        op = unlisted_op(session, object_id, path)
        if op is None:
            plan.aside.append(path)
            plan.do("object-set-aside", object_id, "unlisted and not whole: it goes to quarantine")
            plan.lose("unlisted-damaged", object_id, "unlisted, and its file does not verify")
            continue
        plan.listed.append(op)
        plan.do("object-listed", object_id, f"unlisted and whole: {op['size']} bytes are listed")
        if plan.fresh:
            message = "it shows the metadata of its recording; later edits are lost"
            plan.lose("metadata-of-recording", object_id, message)


def _plan_listed(session: Session, plan: Plan, meter: Meter) -> None:
    entries = session.catalogue.entries()
    known = [(Kind(op["kind"]), op["meta"]) for op in plan.listed]
    known += [(entry.kind, entry.meta) for entry in entries]
    saved = {str(meta.get("from")) for kind, meta in known if kind is Kind.SALVAGED}
    for entry in entries:
        meter.ask()
        try:
            verify(session, entry)
        except ObjectMissing:
            plan.lose("object-missing", entry.id, "listed, and its file is gone")
            if plan.forget:
                plan.forgotten.append(entry.id)
                message = "its entry is deleted; a file put back later would be erased"
                plan.do("missing-forgotten", entry.id, message)
        except ObjectDamaged:
            _plan_damaged(session, plan, entry, entry.id in saved)
        meter.add(entry.size)


def _plan_damaged(session: Session, plan: Plan, entry: Entry, saved: bool) -> None:
    verified = salvage(session, entry.id, entry.kind, keep=False).verified
    part = f"{verified} of {entry.size} bytes verify"
    plan.lose("object-damaged", entry.id, f"damaged: {part}, from the first on")
    if verified and not saved:
        plan.salvaged.append(entry)
        plan.do("object-salvaged", entry.id, f"{part} and are kept as an object of their own")
    if plan.forget:
        plan.forgotten.append(entry.id)
        plan.do(
            "damaged-forgotten", entry.id,
            "its file goes to quarantine and its entry is deleted; it can then not be put back "
            "from a backup",
        )  # fmt: skip
