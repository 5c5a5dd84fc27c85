# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup: the vault's ciphertext in a second folder or in one tar, proved after writing."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from encrypted_store.care.admission import admit
from encrypted_store.care.copying import FolderCopy, TarCopy
from encrypted_store.care.moving import Mover, State, Tally, require_whole, state_for
from encrypted_store.care.progress import OnProgress, Stop
from encrypted_store.errors import VaultError, translated
from encrypted_store.fsio import Fsio
from encrypted_store.paths import epoch_of, object_id_of
from encrypted_store.session import Session, shred_file
from encrypted_store.vault import Vault


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds and how far that is proved."""

    objects: int
    """Objects in the copy."""
    bytes: int
    """Their sealed bytes."""
    copied: int
    reused: int
    """Found in the earlier backup."""
    removed: int
    """Deleted in the vault since then, and now erased in the backup too."""
    seconds: float
    verified: bool
    """Every byte of the copy was read back and proved."""
    damaged: tuple[str, ...] = ()
    """Ids that are bad or gone in the vault itself."""
    absent: tuple[str, ...] = ()
    """Those of them that this backup has no earlier good file of."""
    faults: tuple[str, ...] = ()
    """What did not verify in the copy: ids and names inside it."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def backup(
    vault: Vault,
    target: str | os.PathLike[str],
    *,
    io: Fsio | None = None,
    on_progress: OnProgress | None = None,
    stop: Stop | None = None,
) -> BackupReport:
    """Copy an open vault and prove the copy with the vault's keys. Only ciphertext is written.

    A folder that holds an earlier backup of this vault is brought up to date. A name ending in
    .tar gets one portable file, written as <name>.partial and renamed when it has verified.

    Args:
        target: a folder (new, empty, or an earlier backup of this vault) or a .tar file.
        io: the file layer of the target; None: the vault's.
        on_progress: told bytes of the stages "copy" and "verify".
        stop: asked between objects. What a folder has by then is used by the next backup.

    Raises:
        VaultExists: the target holds something else, or more than this vault knows.
        VaultBusy: somebody has the target open.
        CatalogueDamaged: the vault's catalogue is broken; a copy of it would lack recordings.
        Stopped, DiskFull, ReadOnly, IoError: the vault and an earlier backup are as good as they
            were.
    """
    start_s = time.monotonic()
    path = Path(target).absolute()
    as_tar = path.suffix.lower() == ".tar"
    with vault.working("starting the backup") as session:
        require_whole(session)
        disk = io or session.io
        admit(session, disk, path, as_tar)
    with translated("writing the backup"):
        run = _into_tar if as_tar else _into_folder
        mover, state, removed = run(vault, disk, path, on_progress, stop)
    report = _report(mover.tally, state, removed, time.monotonic() - start_s)
    if report.verified:
        _remember(vault, report)
    return report


def _report(tally: Tally, state: State, removed: int, seconds: float) -> BackupReport:
    listed = {entry.id for entry in state.entries}
    return BackupReport(
        objects=len(listed) - len(tally.absent),
        bytes=tally.bytes,
        copied=tally.copied,
        reused=tally.reused,
        removed=removed,
        seconds=round(seconds, 3),
        verified=not tally.faults,
        damaged=tuple(one for one in tally.damaged if one in listed),
        absent=tuple(tally.absent),
        faults=tuple(tally.faults),
    )


def _into_folder(
    vault: Vault, io: Fsio, root: Path, on_progress: OnProgress | None, stop: Stop | None
) -> tuple[Mover, State, int]:
    copy = FolderCopy(io, root)
    try:
        copy.prepare()
        mover = Mover(vault, copy, on_progress, stop)
        mover.copy_objects()
        with vault.working("completing the backup") as session:
            mover.copy_late(session)
            state = state_for(session, copy)
            for path, data in state.files.items():
                copy.put_file(path, data)
            removed = _forget(session, copy, state)
        mover.verify(state)
        return mover, state, removed
    finally:
        copy.release()


def _into_tar(
    vault: Vault, io: Fsio, path: Path, on_progress: OnProgress | None, stop: Stop | None
) -> tuple[Mover, State, int]:
    while True:
        copy = TarCopy(io, path)
        try:
            mover = Mover(vault, copy, on_progress, stop)
            mover.copy_objects()
            with vault.working("completing the backup") as session:
                mover.copy_late(session)
                if mover.forgotten(session):
                    continue  # it would live on in the tar: begin again without it
                state = state_for(session, copy)
            for place, data in state.files.items():
                copy.put_file(place, data)
            copy.seal()
            mover.verify(state)
            if not mover.tally.faults:
                copy.publish(state.tombstones)
            return mover, state, 0
        finally:
            copy.discard()


def _forget(session: Session, copy: FolderCopy, state: State) -> int:
    """Erase in the copy what the vault erased: objects and other epochs. How many objects."""
    io, paths = copy.io, copy.paths
    removed = 0
    for shard in paths.shards():
        for name in io.list_dir(shard):
            if object_id_of(shard.name, name) in state.tombstones:
                shred_file(io, shard / name)
                removed += 1
    for name in io.list_dir(paths.catalogue):
        if epoch_of(name) not in (None, session.epoch):
            shred_file(io, paths.catalogue / name)
    return removed


def _remember(vault: Vault, report: BackupReport) -> None:
    """Write into the catalogue that a backup was made. The backup is good without it."""
    with vault.working("noting the backup") as session:
        if session.read_only:
            return
        counts = ("objects", "bytes", "copied", "reused", "removed")
        detail = " ".join(f"{name}={getattr(report, name)}" for name in counts)
        op = {"op": "note", "event": "backup", "t": session.io.now_s(), "detail": detail}
        try:
            with translated("noting the backup"):
                session.commit(op)
        except VaultError as error:
            session.note("backup-not-noted", error.message)
