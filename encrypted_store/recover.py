# SPDX-License-Identifier: GPL-3.0-or-later
"""Tidying after open: other epochs, unfinished files, unlisted objects, a stale header copy."""

from __future__ import annotations

import contextlib
from pathlib import Path

from encrypted_store import canon
from encrypted_store.errors import ObjectDamaged, VaultError
from encrypted_store.kinds import Kind
from encrypted_store.log import check_fits
from encrypted_store.objects import sha256_hex
from encrypted_store.operations import put_op
from encrypted_store.paths import epoch_of, object_id_of
from encrypted_store.session import Session, shred_file


def recover(session: Session, *, stale_headers: list[int], accepted: bool) -> None:
    """Bring the folder to what the judged catalogue says. Every step may be repeated.

    Args:
        stale_headers: copies of the header that differ from the genuine one.
        accepted: the owner accepted an older state; nothing is deleted then, only set aside.
    """
    _restore_folders(session)
    _clear_other_epochs(session, keep=accepted)
    _clear_tmp(session)
    _reconcile_objects(session)
    if stale_headers:
        session.write_header(stale_headers)
        session.note("header-healed", "a damaged or older copy of the header was written anew")


def _restore_folders(session: Session) -> None:
    """Sync tools drop empty folders; the layout needs them."""
    io, paths = session.io, session.paths
    for folder in (paths.tmp, paths.quarantine):
        io.make_dir(folder)
    there = set(io.list_dir(paths.objects))
    missing = [shard for shard in paths.shards() if shard.name not in there]
    for shard in missing:
        io.make_dir(shard)
    if missing:
        io.durable_dir(paths.objects)


def _clear_other_epochs(session: Session, keep: bool) -> None:
    """A compaction that crashed leaves the epoch before or after the live one."""
    live = session.paths.segment(session.epoch).name
    for name in session.io.list_dir(session.paths.catalogue):
        if name == live:
            continue
        path = session.paths.catalogue / name
        if keep or epoch_of(name) is None:
            session.set_aside(path)
        else:
            shred_file(session.io, path)


def _clear_tmp(session: Session) -> None:
    with contextlib.suppress(OSError):  # leftovers cost space, not safety
        for name in session.io.list_dir(session.paths.tmp):
            session.io.unlink(session.paths.tmp / name)
        session.anchors.sweep()


def _reconcile_objects(session: Session) -> None:
    catalogue = session.catalogue
    present: set[str] = set()
    unlisted: list[tuple[str, Path]] = []
    for shard in session.paths.shards():
        for name in session.io.list_dir(shard):
            object_id = object_id_of(shard.name, name)
            if object_id is None:
                session.set_aside(shard / name)
                session.note("foreign-file", f"{name} is not an object and was set aside")
            elif object_id in catalogue:
                present.add(object_id)
            elif object_id in catalogue.tombstones:
                session.shred(object_id)
                session.note("deletion-finished", f"object {object_id} is now erased")
            else:
                unlisted.append((object_id, shard / name))
    for object_id, path in unlisted:
        _salvage(session, object_id, path)
    missing = len(set(catalogue.ids()) - present - {object_id for object_id, _ in unlisted})
    if missing:
        session.note("objects-missing", f"{missing} listed objects have no file")


def _make_firm(session: Session, path: Path) -> None:
    """What a killed process renamed into place may be in the system's cache only."""
    fd = session.io.open_update(path)
    try:
        session.io.durable(fd)
    finally:
        session.io.close(fd)
    session.io.durable_dir(path.parent)


def _salvage(session: Session, object_id: str, path: Path) -> None:
    """An object that was written and never listed: a take whose acknowledgement was lost."""
    try:
        kind, meta, payload = session.read_object(object_id, path=path)
        if kind not in Kind._value2member_map_:
            raise ObjectDamaged("unknown kind", object_id=object_id)
        op = put_op(object_id, kind, len(payload), sha256_hex(payload), meta, recovered=True)
        check_fits(op)
        canon.plain(meta)
    except VaultError:
        session.set_aside(path)
        session.note("object-quarantined", f"object {object_id} does not verify; set aside")
        return
    _make_firm(session, path)
    session.commit(op)
    session.note("object-salvaged", f"object {object_id} was complete and is listed now")
