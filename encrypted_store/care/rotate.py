# SPDX-License-Identifier: GPL-3.0-or-later
"""A new master key: for when a secret, or an old copy of the header, was in the wrong hands.

Changing the passphrase shuts a door; whoever was inside may have copied the key. So everything is
sealed again under a new one, in a folder beside the vault, proved, and put in its place.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from encrypted_store import canon
from encrypted_store.care.erase import erase
from encrypted_store.care.progress import OnProgress, Stop, Stopped
from encrypted_store.changeover import before_rotation, finish_swap, has_header, rotating, swap
from encrypted_store.errors import (
    IoError,
    NotAVault,
    ObjectDamaged,
    ObjectMissing,
    VaultError,
    translated,
)
from encrypted_store.fsio import Fsio
from encrypted_store.kdf import KdfParams
from encrypted_store.keychain import Keychain
from encrypted_store.kinds import Entry
from encrypted_store.objects import sha256_hex
from encrypted_store.operations import put_op
from encrypted_store.paths import VaultPaths
from encrypted_store.session import put_object
from encrypted_store.vault import Vault


@dataclass(frozen=True, slots=True)
class RotateReport:
    """What a rotation did."""

    objects: int
    bytes: int
    """Of their payloads."""
    old_erased: bool
    """False: the vault under its old key is still beside the new one; `finish_rotation` goes on."""
    keychain: bool
    """Whether the keychain opens the new vault."""
    seconds: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def rotate(
    path: str | os.PathLike[str],
    new_passphrase: str,
    *,
    passphrase: str | None = None,
    recovery_code: str | None = None,
    keychain: Keychain | None = None,
    kdf: KdfParams | None = None,
    anchors: Path | None = None,
    io: Fsio | None = None,
    min_kdf: KdfParams | None = None,
    on_progress: OnProgress | None = None,
    stop: Stop | None = None,
) -> tuple[str, RotateReport]:
    """Seal everything again under a new master key; the new recovery code and what was done.

    Ids, metadata and contents stay; the vault's id, all keys and the recovery code are new, and
    other people's passphrases end. It needs the vault's size in free space.

    Args:
        new_passphrase: may be the present one.
        keychain: also enable this one for the new vault, if the old one had it.

    Raises:
        ObjectDamaged, ObjectMissing: repair first, or nothing tells what was lost on the way.
        Stopped, DiskFull, ReadOnly, IoError, and those of `Vault.open`: nothing has changed.
    """
    start_s = time.monotonic()
    disk, root = io or Fsio(), Path(path).resolve()
    finish_rotation(root, anchors=anchors, io=disk)
    with Vault.open(
        root,
        passphrase=passphrase,
        recovery_code=recovery_code,
        anchors=anchors,
        io=disk,
        min_kdf=min_kdf,
    ) as old:
        make = partial(
            Vault.create, passphrase=new_passphrase, kdf=kdf, anchors=anchors, min_kdf=min_kdf
        )
        carried = keychain if any(slot.type == "keychain" for slot in old.slots()) else None
        code, count = _renew(old, make, disk, anchors, carried, new_passphrase, on_progress, stop)
    return code, RotateReport(
        objects=count[0],
        bytes=count[1],
        old_erased=_erase_old(disk, root, anchors, keychain),
        keychain=carried is not None,
        seconds=round(time.monotonic() - start_s, 3),
    )


def finish_rotation(
    path: str | os.PathLike[str],
    *,
    keychain: Keychain | None = None,
    anchors: Path | None = None,
    io: Fsio | None = None,
) -> bool:
    """Do what a rotation cut off by a crash left undone. Cheap when there is nothing; repeatable.

    Returns:
        Whether there was something to do and it is done.
    """
    disk, root = io or Fsio(), Path(path).resolve()
    with translated("finishing the change of the master key"):
        moved = finish_swap(disk, root)
        left = has_header(disk, root) and disk.exists(before_rotation(root))
    return (left and _erase_old(disk, root, anchors, keychain)) or moved


def _renew(
    old: Vault,
    make: Callable[..., tuple[Vault, str]],
    io: Fsio,
    anchors: Path | None,
    keychain: Keychain | None,
    passphrase: str,
    on_progress: OnProgress | None,
    stop: Stop | None,
) -> tuple[str, tuple[int, int]]:
    """Build the new vault beside the old one and put it in its place, or leave no trace of it."""
    root = old.path
    _clear(io, rotating(root), anchors)
    try:
        new, code = make(rotating(root), io=io)
        with new:
            count = _copy(old, new, on_progress, stop)
            with new.working("noting the change") as session:
                session.commit({"op": "note", "event": "rotated", "t": io.now_s()})
            if keychain is not None:
                new.enable_keychain(keychain, passphrase=passphrase)
        _change_over(old, io, root)
    except BaseException:
        with contextlib.suppress(VaultError):
            if has_header(io, root):
                _clear(io, rotating(root), anchors, keychain)
        raise
    return code, count


def _change_over(old: Vault, io: Fsio, root: Path) -> None:
    """From here on nothing may be written into the old vault by its path: another one is there.

    Its lock stays held until both renames are done.
    """
    with old.working("changing the vaults over") as session:
        session.writer.close()
        swap(io, root)


def _copy(
    old: Vault, new: Vault, on_progress: OnProgress | None, stop: Stop | None
) -> tuple[int, int]:
    """Every object under its own id, then every one read back and compared."""
    entries = old.list()
    total = sum(entry.size for entry in entries)
    for stage, work in (("seal", _seal), ("verify", _verify)):
        done = 0
        for entry in entries:
            if stop is not None and stop():
                raise Stopped("the master key was not changed")
            try:
                work(old, new, entry)
            except (ObjectDamaged, ObjectMissing) as error:
                error.hint = "run a full check, repair the vault or restore this object, try again"
                raise
            done += entry.size
            if on_progress is not None:
                on_progress(stage, done, total)
    if new.list() != entries:
        raise IoError("the new vault does not list what the old one does")
    return len(entries), total


def _seal(old: Vault, new: Vault, entry: Entry) -> None:
    payload = old.get(entry.id)
    if sha256_hex(payload) != entry.sha256:
        raise ObjectDamaged(f"object {entry.id} is not what was listed", object_id=entry.id)
    facts = dict(entry.meta)
    op = put_op(entry.id, entry.kind, entry.size, entry.sha256, facts, entry.recovered)
    with new.working("sealing an object again") as session:
        put_object(session, entry.id, op, canon.encode(facts), payload)


def _verify(old: Vault, new: Vault, entry: Entry) -> None:
    if sha256_hex(new.get(entry.id)) != entry.sha256:
        raise IoError(f"object {entry.id} was not written as it should be")


def _clear(io: Fsio, folder: Path, anchors: Path | None, keychain: Keychain | None = None) -> None:
    """Remove a vault that is not wanted any more, or what an interruption left of it."""
    if not io.exists(folder):
        return
    try:
        erase(folder, keychain=keychain, anchors=anchors, io=io)
    except NotAVault:
        # The first folders of one that was being made, or the last of one that was being erased.
        paths = VaultPaths(folder)
        inner = (*paths.shards(), paths.objects, paths.catalogue, paths.tmp, paths.quarantine)
        for one in (*inner, folder):
            with contextlib.suppress(OSError):  # whatever is not empty is not ours
                io.remove_dir(one)


def _erase_old(io: Fsio, root: Path, anchors: Path | None, keychain: Keychain | None) -> bool:
    try:
        _clear(io, before_rotation(root), anchors, keychain)
    except VaultError:
        return False
    return not io.exists(before_rotation(root))
