# SPDX-License-Identifier: GPL-3.0-or-later
"""Making a vault and opening one: read and judge everything first, write only then."""

from __future__ import annotations

from pathlib import Path

from encrypted_store import log, recovery
from encrypted_store.anchor import AnchorStore, default_folder
from encrypted_store.changeover import finish_swap, has_header
from encrypted_store.errors import NotAVault, VaultExists, VaultTampered
from encrypted_store.freshness import replay
from encrypted_store.fsio import Fsio, atomic_write, make_dir_durable
from encrypted_store.header import Header, HeaderCopy, HeaderFiles, read_headers
from encrypted_store.judging import Judgement, judge, segment_aead
from encrypted_store.kdf import KdfParams, passphrase_bytes
from encrypted_store.keys import KEY_SIZE, KeyName, KeyPage
from encrypted_store.lock import VaultLock
from encrypted_store.operations import open_op
from encrypted_store.paths import VaultPaths
from encrypted_store.recover import recover
from encrypted_store.segment import SegmentWriter
from encrypted_store.session import Session
from encrypted_store.slots import Secret, make_slot, unlock


def create_session(
    io: Fsio, paths: VaultPaths, passphrase: str, kdf: KdfParams, anchors: Path | None
) -> tuple[Session, str]:
    """Make an empty vault. The header comes last: without it the folder is not a vault."""
    secret = passphrase_bytes(passphrase)
    _require_free(io, paths)
    make_dir_durable(io, paths.root)
    for folder in (paths.catalogue, paths.objects, paths.tmp, paths.quarantine):
        io.make_dir(folder)
    for shard in paths.shards():
        io.make_dir(shard)
    io.durable_dir(paths.objects)
    io.durable_dir(paths.root)
    lock = VaultLock.acquire(io, paths.lock)
    keys = KeyPage()
    try:
        vault_id = io.random(16)
        keys.view(KeyName.MASTER)[:] = io.random(KEY_SIZE)
        recovery_secret = io.random(recovery.SECRET_SIZE)
        slots = (
            make_slot(keys, vault_id, "passphrase", secret, kdf, io.random),
            make_slot(keys, vault_id, "recovery", recovery_secret, None, io.random),
        )
        keys.derive_from_master(vault_id)
        keys.wipe(KeyName.MASTER)
        header = Header(vault_id, io.now_s(), 1, slots)
        session = _first_epoch(io, paths, keys, lock, header, anchors)
        try:
            session.write_head()
            session.write_header([0, 1])
            session.write_anchor()
        except BaseException:
            session.abandon()
            raise
    except BaseException:
        keys.close()
        lock.release()
        raise
    return session, recovery.to_code(recovery_secret)


def open_session(
    io: Fsio,
    paths: VaultPaths,
    secret: Secret,
    anchors: Path | None,
    *,
    accept_rollback: bool = False,
) -> Session:
    """Open, judge and recover a vault. Raises typed errors before anything is written."""
    finish_swap(io, paths.root)
    _require_vault(io, paths)
    lock = VaultLock.acquire(io, paths.lock)
    keys = KeyPage()
    try:
        files, header, store = _unlock(io, paths, keys, secret, anchors)
        judged = judge(io, paths, keys, header.header, store, accept_rollback=accept_rollback)
        session = _writing_session(io, paths, keys, lock, header.header, store, judged)
        session.minimum = secret.minimum
        try:
            if judged.anchor is not None:
                store.make_firm()
            if not _clean(session, judged, files, header):
                _make_firm(session, judged)
            _settle(session, judged)
            recover(session, stale_headers=files.stale(header), accepted=accept_rollback)
        except BaseException:
            session.abandon()
            raise
        return session
    except BaseException:
        keys.close()
        lock.release()
        raise


def open_for_reading(
    io: Fsio, paths: VaultPaths, secret: Secret, anchors: Path | None
) -> tuple[Session, Judgement]:
    """Open without writing a byte, and list what a writing session would have refused.

    The header's own checks are not relaxed: what fails them gives no key to read with.
    """
    _require_vault(io, paths)
    lock = VaultLock.acquire(io, paths.lock, shared=True)
    keys = KeyPage()
    try:
        files, header, store = _unlock(io, paths, keys, secret, anchors)
        judged = judge(io, paths, keys, header.header, store, tolerant=True)
        session = Session(
            io, paths, keys, lock, header.header, _writer(io, None, judged), judged.catalogue,
            store, judged.epoch, judged.head, judged.anchor, read_only=True,
        )  # fmt: skip
        session.minimum = secret.minimum
        for problem in judged.problems:
            session.note(problem.code, problem.message)
        if judged.torn:
            session.note("torn-tail", "one unfinished change at the end is left out")
        if not judged.anchor_ok:
            session.note("anchor-damaged", "this machine's anchor is unreadable")
        if files.stale(header):
            session.note("header-copy-damaged", "a copy of the header is damaged, older or missing")
        return session, judged
    except BaseException:
        keys.close()
        lock.release()
        raise


def _first_epoch(
    io: Fsio,
    paths: VaultPaths,
    keys: KeyPage,
    lock: VaultLock,
    header: Header,
    anchors: Path | None,
) -> Session:
    first = log.new_header(1, io.random)
    aead = segment_aead(keys, header.vault_id, first)
    data, tag = log.build_segment(first, aead, io.random, [open_op(1, 0, 0, bytes(16), [])])
    atomic_write(io, paths.tmp, paths.segment(1), [data])
    writer = SegmentWriter(
        io, io.open_update(paths.segment(1)), aead, next_seq=1, end=len(data), last_tag=tag
    )
    catalogue, _, _ = replay(log.walk(data, aead), 1, None)
    store = AnchorStore(io, anchors or default_folder(), header.vault_id)
    return Session(
        io, paths, keys, lock, header, writer, catalogue, store, 1, None, None
    )  # fmt: skip


def _require_vault(io: Fsio, paths: VaultPaths) -> None:
    if not has_header(io, paths.root):
        raise NotAVault(f"no vault in {paths.root}")


def _unlock(
    io: Fsio, paths: VaultPaths, keys: KeyPage, secret: Secret, anchors: Path | None
) -> tuple[HeaderFiles, HeaderCopy, AnchorStore]:
    """Fill the key page and prove the header with it."""
    files = read_headers(io, paths)
    header = files.best.header
    unlock(keys, header, secret)
    keys.derive_from_master(header.vault_id)
    keys.wipe(KeyName.MASTER)
    genuine = files.genuine(keys)
    if genuine is None:
        raise VaultTampered("the header was altered by someone without the key")
    return files, genuine, AnchorStore(io, anchors or default_folder(), header.vault_id)


def _writer(io: Fsio, fd: int | None, judged: Judgement) -> SegmentWriter:
    walk = judged.walk
    return SegmentWriter(
        io,
        fd,
        judged.aead,
        next_seq=walk.next_seq,
        end=walk.end,
        last_tag=walk.records[-1].tag if walk.records else bytes(log.TAG_SIZE),
    )


def _writing_session(
    io: Fsio,
    paths: VaultPaths,
    keys: KeyPage,
    lock: VaultLock,
    header: Header,
    store: AnchorStore,
    judged: Judgement,
) -> Session:
    writer = _writer(io, io.open_update(paths.segment(judged.epoch)), judged)
    return Session(
        io, paths, keys, lock, header, writer, judged.catalogue, store, judged.epoch,
        judged.head, judged.anchor,
    )  # fmt: skip


def _clean(session: Session, judged: Judgement, files: HeaderFiles, header: HeaderCopy) -> bool:
    """Whether the last session came to its end, with everything durable before its marks were."""
    anchor = judged.anchor
    return (
        session.mark() == judged.head
        and anchor is not None
        and (anchor.mark, anchor.generation) == (judged.head, header.header.generation)
        and not files.stale(header)
        and not judged.torn
    )


def _make_firm(session: Session, judged: Judgement) -> None:
    """Make what was read durable, before a mark outside says that it was seen.

    A killed process leaves names and bytes that only the system's cache holds; a power loss after
    this session's marks would take them away and look like a rollback. After a failed flush the
    cache may even claim that lost bytes are on the disk: so those that no mark covers are written
    again.
    """
    marks = (judged.head, judged.anchor.mark if judged.anchor else None)
    seen = max((mark.seq for mark in marks if mark and mark.epoch == judged.epoch), default=-1)
    records = judged.walk.records
    start = records[seen].end if 0 <= seen < len(records) else log.HEADER.size
    session.writer.rewrite(start, judged.data[start : judged.walk.end])
    session.io.durable_dir(session.paths.catalogue)
    session.io.durable_dir(session.paths.root)


def _settle(session: Session, judged: Judgement) -> None:
    """The first writes: cut a torn tail, write down an accepted rollback, renew the marks."""
    if judged.torn:
        _set_tail_aside(session, judged.data[judged.walk.end :])
    if not judged.anchor_ok:
        session.note("anchor-damaged", "this machine's anchor was unreadable and is renewed")
    if judged.problems:  # only accepted ones come this far
        reason = judged.stale[0] if judged.stale else judged.problems[0].message
        session.commit(
            {"op": "note", "event": "rollback-accepted", "t": session.io.now_s(), "detail": reason}
        )
        session.write_head()
        session.note("rollback-accepted", reason)
    session.write_anchor()


def _set_tail_aside(session: Session, tail: bytes) -> None:
    """Keep what a crash left after the last good record, then cut it off."""
    io, paths = session.io, session.paths
    if any(tail):
        io.make_dir(paths.quarantine)
        io.make_dir(paths.tmp)
        name = f"tail-{session.epoch}-{session.writer.end}-{io.random(4).hex()}"
        atomic_write(io, paths.tmp, paths.quarantine / name, [tail])
    session.writer.cut_tail()
    session.note("torn-tail", "one unfinished change was set aside; everything before it is whole")


def _require_free(io: Fsio, paths: VaultPaths) -> None:
    """Refuse a folder with anything in it but the remains of an unfinished creation."""
    names = set(io.list_dir(paths.root))
    if has_header(io, paths.root):
        raise VaultExists(f"{paths.root} already holds a vault")
    ours = {path.name for path in (paths.lock, paths.head, paths.catalogue)}
    ours |= {path.name for path in (paths.objects, paths.tmp, paths.quarantine)}
    if names - ours or any(io.list_dir(shard) for shard in paths.shards()):
        raise VaultExists(f"{paths.root} is not empty")
