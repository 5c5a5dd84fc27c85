# SPDX-License-Identifier: GPL-3.0-or-later
"""Repair: bring a damaged vault to a state that opens, and delete nothing on the way.

What does not fit goes to quarantine/. Every step leaves a vault that a second run repairs to the
same end: segments that are not in force are set aside first; the broken one is copied, and goes
when the new epoch is in force; an object's entry goes after its file was set aside.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from pathlib import Path
from typing import Any

from encrypted_store import canon
from encrypted_store.care.check import check
from encrypted_store.care.examine import salvage
from encrypted_store.care.plan import Plan, make_plan, newest_mark, next_epoch, source_segment
from encrypted_store.care.progress import Meter, OnProgress, Stop
from encrypted_store.care.report import CheckReport, RepairReport
from encrypted_store.compaction import epoch_ops, start_epoch
from encrypted_store.errors import HeaderDamaged, VaultTampered, translated
from encrypted_store.fsio import Fsio, atomic_write
from encrypted_store.header import read_headers
from encrypted_store.judging import judge
from encrypted_store.kdf import KdfParams
from encrypted_store.kinds import Entry, Kind
from encrypted_store.lock import VaultLock
from encrypted_store.objects import new_object_id, sha256_hex
from encrypted_store.opening import open_for_reading
from encrypted_store.operations import put_op
from encrypted_store.paths import VaultPaths
from encrypted_store.segment import SegmentWriter
from encrypted_store.session import Session, put_object
from encrypted_store.vault import Vault
from encrypted_store.vault_slots import the_secret

_HEADER_HINT = "put back vault.json from any backup made since the last change of the passphrase"


def repair(
    path: str | os.PathLike[str],
    *,
    passphrase: str | None = None,
    recovery_code: str | None = None,
    dry_run: bool = True,
    forget: bool = False,
    accept_rollback: bool = False,
    anchors: Path | None = None,
    io: Fsio | None = None,
    min_kdf: KdfParams | None = None,
    on_progress: OnProgress | None = None,
    stop: Stop | None = None,
) -> RepairReport:
    """Say what is wrong with a vault and what would be done, or do it. See `plan` for the codes.

    A damaged object keeps its file and its entry, so that a good copy can be put back from a
    backup; what verifies of it becomes an object of Kind.SALVAGED besides, once.

    Args:
        dry_run: write nothing at all; the actions are those that the real run would take.
        forget: also delete the entries of damaged and missing objects. Their ids never return.
        accept_rollback: take a state older than the one seen. Without it such a vault is left
            alone and the actions say so.
        on_progress: stage "read" in bytes of payload, stage "repair" in objects.
        stop: asked between objects. What was done by then is whole.

    Raises:
        HeaderDamaged: both copies; no repair helps, a header from a backup does.
        NotAVault, VaultBusy, NewerVersion, KdfOutOfBounds, KdfTooExpensive, WrongPassphrase,
        RecoveryCodeMistyped, VaultTampered, Stopped, DiskFull, ReadOnly, IoError.
    """
    secret = the_secret(min_kdf or KdfParams.floor(), passphrase, recovery_code)
    paths, disk = VaultPaths(Path(path).absolute()), io or Fsio()
    with translated("repairing the vault"):
        try:
            session, _ = open_for_reading(disk, paths, secret, anchors)
        except HeaderDamaged as error:
            raise HeaderDamaged(error.message, hint=_HEADER_HINT) from error
        try:
            if not dry_run:
                session.lock.release()  # it was a reader's
                session.lock = VaultLock.acquire(disk, paths.lock)
            plan = _planned(session, accept_rollback, forget, on_progress, stop)
            done = not dry_run and not plan.refused and bool(plan.actions)
            result = _apply(session, plan, on_progress, stop) if done else None
            return RepairReport(tuple(plan.actions), done, tuple(plan.lost), result)
        finally:
            session.abandon()


def _planned(
    session: Session,
    accept_rollback: bool,
    forget: bool,
    on_progress: OnProgress | None,
    stop: Stop | None,
) -> Plan:
    """Judge again, under the lock that is held now, and plan."""
    files = read_headers(session.io, session.paths)
    genuine = files.genuine(session.keys)
    if genuine is None:
        raise VaultTampered("the header was altered by someone without the key")
    session.header = genuine.header
    judged = judge(
        session.io, session.paths, session.keys, session.header, session.anchors, tolerant=True
    )
    session.catalogue, session.epoch = judged.catalogue, judged.epoch
    session.head_on_disk, session.anchor_on_disk = judged.head, judged.anchor
    plan = Plan(judged, accept_rollback, forget, files.stale(genuine))
    total = sum(entry.size for entry in session.catalogue.entries())
    make_plan(session, plan, Meter("read", total, on_progress, stop))
    return plan


def _apply(
    session: Session, plan: Plan, on_progress: OnProgress | None, stop: Stop | None
) -> CheckReport:
    _prepare(session, plan)
    if plan.fresh:
        _begin_epoch(session, plan)
    else:
        _go_on(session, plan)
        for op in plan.listed:
            session.commit(op)
    meter = Meter("repair", len(plan.salvaged) + len(plan.forgotten), on_progress, stop)
    for entry in plan.salvaged:
        meter.ask()
        _salvage(session, entry)
        meter.add(1)
    for object_id in plan.forgotten:
        meter.ask()
        _forget(session, object_id)
        meter.add(1)
    counts = Counter(action.code for action in plan.actions)
    detail = " ".join(f"{code}={number}" for code, number in counts.items())
    session.commit({"op": "note", "event": "repaired", "t": session.io.now_s(), "detail": detail})
    return _finish(session)


def _prepare(session: Session, plan: Plan) -> None:
    """Folders, headers, and everything that is not in force out of the way."""
    io, paths = session.io, session.paths
    for folder in (paths.tmp, paths.quarantine, paths.catalogue, *paths.shards()):
        io.make_dir(folder)
    io.durable_dir(paths.objects)
    io.durable_dir(paths.root)
    session.write_header(plan.stale_headers)
    for path in plan.aside:
        _set_aside(session, path)


def _begin_epoch(session: Session, plan: Plan) -> None:
    judged, source = plan.judged, source_segment(session, plan)
    if source is not None:
        _keep_copy(session, source.name, judged.data)
    for op in plan.listed:
        session.catalogue.apply(1, op)  # into the same segment as everything else
    mark, epoch = newest_mark(judged), next_epoch(judged)
    ops = epoch_ops(session.catalogue, epoch, mark.epoch, mark.seq, mark.tag)
    start_epoch(session, epoch, ops)
    if source is not None:
        session.io.unlink(source)
        session.io.durable_dir(session.paths.catalogue)


def _go_on(session: Session, plan: Plan) -> None:
    """Write at the end of the good segment."""
    judged, io = plan.judged, session.io
    walk = judged.walk
    if judged.torn:
        _keep_copy(session, f"tail-{judged.epoch}-{walk.end}", judged.data[walk.end :])
    session.writer = SegmentWriter(
        io,
        io.open_update(session.paths.segment(judged.epoch)),
        judged.aead,
        next_seq=walk.next_seq,
        end=walk.end,
        last_tag=walk.records[-1].tag,
    )
    if judged.torn:
        session.writer.cut_tail()


def _salvage(session: Session, entry: Entry) -> None:
    content = salvage(session, entry.id, entry.kind, keep=True)
    payload = content.payload or bytearray()
    meta: dict[str, Any] = {
        "type": "salvaged", "from": entry.id, "kind": int(entry.kind), "bytes": len(payload),
        "of": entry.size,
    }  # fmt: skip
    object_id = new_object_id(session.io.random)
    digest = sha256_hex(payload)
    op = put_op(object_id, Kind.SALVAGED, len(payload), digest, meta, recovered=True)
    put_object(session, object_id, op, canon.encode(meta), payload)


def _forget(session: Session, object_id: str) -> None:
    """The file first: once its entry is gone, an opening would erase it."""
    path = session.paths.object(object_id)
    if session.io.exists(path):
        _set_aside(session, path)
    session.commit({"op": "del", "id": object_id, "t": session.io.now_s()})


def _set_aside(session: Session, path: Path) -> None:
    session.set_aside(path)
    session.io.durable_dir(session.paths.quarantine)
    session.io.durable_dir(path.parent)


def _keep_copy(session: Session, name: str, data: bytes) -> None:
    """A copy in quarantine, named by what it holds: repeated runs do not fill the disk."""
    digest = hashlib.sha256(data).hexdigest()
    target = session.paths.quarantine / f"{name}.{digest[:16]}"
    atomic_write(session.io, session.paths.tmp, target, [data])


def _finish(session: Session) -> CheckReport:
    """Record a clean end and look at the result as anybody would."""
    session.read_only = False
    session.write_head()
    vault = Vault(session)
    try:
        return check(vault)
    finally:
        vault.close(compact=False)
