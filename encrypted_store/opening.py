# SPDX-License-Identifier: GPL-3.0-or-later
"""Making a vault and opening one: read and judge everything first, write only then."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from encrypted_store import log, recovery
from encrypted_store.anchor import (
    Anchor,
    AnchorStore,
    Mark,
    MarkInvalid,
    decode_head,
    default_folder,
)
from encrypted_store.catalogue import open_op
from encrypted_store.errors import (
    CatalogueDamaged,
    NotAVault,
    RollbackDetected,
    VaultExists,
    VaultTampered,
)
from encrypted_store.freshness import is_torn, replay, rollback_reasons
from encrypted_store.fsio import Fsio, atomic_write, read_file
from encrypted_store.header import Header, HeaderCopy, HeaderFiles, read_headers
from encrypted_store.kdf import KdfParams, passphrase_bytes
from encrypted_store.keys import KEY_SIZE, KeyName, KeyPage
from encrypted_store.lock import VaultLock
from encrypted_store.paths import VaultPaths, epoch_of
from encrypted_store.recover import recover
from encrypted_store.segment import SegmentWriter
from encrypted_store.session import Session
from encrypted_store.slots import make_slot, unlock

_HEAD_LIMIT = 4096


@dataclass(frozen=True, slots=True)
class Secret:
    """What the owner typed: a passphrase or a recovery code's bytes, and the slot type for it."""

    type: str
    data: bytes
    minimum: KdfParams


def create_session(
    io: Fsio, paths: VaultPaths, passphrase: str, kdf: KdfParams, anchors: Path | None
) -> tuple[Session, str]:
    """Make an empty vault. The header comes last: without it the folder is not a vault."""
    secret = passphrase_bytes(passphrase)
    _require_free(io, paths)
    for folder in (paths.root, paths.catalogue, paths.objects, paths.tmp, paths.quarantine):
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
    io: Fsio, paths: VaultPaths, secret: Secret, anchors: Path | None, accept_rollback: bool
) -> Session:
    """Open, judge and recover a vault. Raises typed errors before anything is written."""
    if not any(io.exists(path) for path in paths.headers):
        raise NotAVault(f"no vault in {paths.root}")
    lock = VaultLock.acquire(io, paths.lock)
    keys = KeyPage()
    try:
        files = read_headers(io, paths)
        genuine = _unlock(keys, files, secret)
        store = AnchorStore(io, anchors or default_folder(), genuine.header.vault_id)
        session = _load(io, paths, keys, lock, genuine.header, store, accept_rollback)
        try:
            recover(session, stale_headers=files.stale(genuine), accepted=accept_rollback)
        except BaseException:
            session.abandon()
            raise
        return session
    except BaseException:
        keys.close()
        lock.release()
        raise


def _unlock(keys: KeyPage, files: HeaderFiles, secret: Secret) -> HeaderCopy:
    header = files.best.header
    unlock(keys, header, secret.type, secret.data, secret.minimum)
    keys.derive_from_master(header.vault_id)
    keys.wipe(KeyName.MASTER)
    genuine = files.genuine(keys)
    if genuine is None:
        raise VaultTampered("the header was altered by someone without the key")
    return genuine


def _load(
    io: Fsio,
    paths: VaultPaths,
    keys: KeyPage,
    lock: VaultLock,
    header: Header,
    store: AnchorStore,
    accept_rollback: bool,
) -> Session:
    """Read the catalogue and judge it. Writes only after every refusal has had its turn."""
    anchor, anchor_ok = _read_anchor(store, keys)
    head = _read_head(io, paths, keys, header.vault_id, accept_rollback)
    epoch = head.epoch if head else _newest_epoch(io, paths)
    data = _read_segment(io, paths, epoch)
    aead = _segment_aead(keys, header.vault_id, data)
    walk = log.walk(data, aead)
    torn = is_torn(walk, len(data), epoch, head, anchor)
    reasons = rollback_reasons(walk, epoch, header.generation, head, anchor)
    if reasons and not accept_rollback:
        raise RollbackDetected(reasons[0])
    catalogue = replay(walk, epoch, head)
    writer = SegmentWriter(
        io,
        io.open_update(paths.segment(epoch)),
        aead,
        next_seq=walk.next_seq,
        end=walk.end,
        last_tag=walk.records[-1].tag,
    )
    session = Session(
        io, paths, keys, lock, header, writer, catalogue, store, epoch, head, anchor
    )  # fmt: skip
    try:
        if torn:
            _set_tail_aside(session, data[walk.end :])
        if not anchor_ok:
            session.note("anchor-damaged", "this machine's anchor was unreadable and is renewed")
        if reasons or head is None:
            reason = reasons[0] if reasons else "HEAD was missing or altered"
            session.commit(
                {"op": "note", "event": "rollback-accepted", "t": io.now_s(), "detail": reason}
            )
            session.write_head()
            session.note("rollback-accepted", reason)
        session.write_anchor()
    except BaseException:
        writer.close()
        raise
    return session


def _first_epoch(
    io: Fsio,
    paths: VaultPaths,
    keys: KeyPage,
    lock: VaultLock,
    header: Header,
    anchors: Path | None,
) -> Session:
    first = log.new_header(1, io.random)
    aead = _segment_aead(keys, header.vault_id, first)
    data, tag = log.build_segment(first, aead, io.random, [open_op(1, 0, 0, bytes(16), [])])
    atomic_write(io, paths.tmp, paths.segment(1), [data])
    writer = SegmentWriter(
        io, io.open_update(paths.segment(1)), aead, next_seq=1, end=len(data), last_tag=tag
    )
    walk = log.walk(data, aead)
    store = AnchorStore(io, anchors or default_folder(), header.vault_id)
    return Session(
        io, paths, keys, lock, header, writer, replay(walk, 1, None), store, 1, None, None
    )  # fmt: skip


def _require_free(io: Fsio, paths: VaultPaths) -> None:
    """Refuse a folder with anything in it but the remains of an unfinished creation."""
    names = set(io.list_dir(paths.root))
    if any(io.exists(path) for path in paths.headers):
        raise VaultExists(f"{paths.root} already holds a vault")
    ours = {path.name for path in (paths.lock, paths.head, paths.catalogue)}
    ours |= {path.name for path in (paths.objects, paths.tmp, paths.quarantine)}
    if names - ours or any(io.list_dir(shard) for shard in paths.shards()):
        raise VaultExists(f"{paths.root} is not empty")


def _read_anchor(store: AnchorStore, keys: KeyPage) -> tuple[Anchor | None, bool]:
    try:
        return store.read(keys), True
    except MarkInvalid:
        return None, False


def _read_head(
    io: Fsio, paths: VaultPaths, keys: KeyPage, vault_id: bytes, forgiving: bool
) -> Mark | None:
    """HEAD, or None when it is unreadable and the owner accepts that."""
    try:
        return decode_head(read_file(io, paths.head, _HEAD_LIMIT), vault_id, keys)
    except (FileNotFoundError, MarkInvalid) as error:
        if forgiving:
            return None
        raise VaultTampered(f"HEAD is missing or altered: {error}") from error


def _newest_epoch(io: Fsio, paths: VaultPaths) -> int:
    epochs = [epoch_of(name) for name in io.list_dir(paths.catalogue)]
    return max((epoch for epoch in epochs if epoch is not None), default=0)


def _read_segment(io: Fsio, paths: VaultPaths, epoch: int) -> bytes:
    try:
        data = read_file(io, paths.segment(epoch))
    except FileNotFoundError:
        data = b""
    if log.header_epoch(data[: log.HEADER.size]) != epoch:
        raise CatalogueDamaged(
            f"the catalogue segment of epoch {epoch} is missing or has no header", seq=0, offset=0
        )
    return data


def _segment_aead(keys: KeyPage, vault_id: bytes, data: bytes) -> AESGCM:
    key = keys.view(KeyName.SEGMENT)
    log.derive_key(keys.view(KeyName.CATALOGUE), vault_id, data[: log.HEADER.size], key)
    return AESGCM(key)


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
