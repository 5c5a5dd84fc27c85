# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged and missing objects, put back from a backup of the same vault."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from encrypted_store.care.check import readable
from encrypted_store.care.progress import Meter, OnProgress, Stop
from encrypted_store.care.sealed import sealed_chunks
from encrypted_store.changeover import has_header
from encrypted_store.errors import NotAVault, ObjectDamaged, ObjectMissing, translated
from encrypted_store.fsio import Fsio, atomic_write
from encrypted_store.kinds import Entry
from encrypted_store.paths import VaultPaths
from encrypted_store.session import Session
from encrypted_store.vault import Vault


@dataclass(frozen=True, slots=True)
class PutBackReport:
    """What a backup could mend."""

    put_back: tuple[str, ...]
    """Ids that are whole again."""
    still_bad: tuple[str, ...]
    """Ids that the backup has no good file of either."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def put_back(
    vault: Vault,
    source: str | os.PathLike[str],
    *,
    io: Fsio | None = None,
    on_progress: OnProgress | None = None,
    stop: Stop | None = None,
) -> PutBackReport:
    """Look at every listed object, and replace what is bad by the backup's file if that is good.

    A file of a backup made before the last rotation has other keys and never verifies. Bad files
    are set aside, not deleted.

    Args:
        source: the backup, a folder or a .tar.
        io: its file layer; None: the vault's.
        on_progress: told bytes of payload of the stage "put back".

    Raises:
        NotAVault: there is no backup.
        Stopped, ReadOnly, DiskFull, IoError, and for a tar what `TarFs` says.
    """
    root = Path(source).absolute()
    mended: list[str] = []
    bad: list[str] = []
    with vault.working("looking for the backup") as session:
        session.writer.require_usable()
        own = session.io
    with translated("putting objects back"), readable(io or own, root) as disk:
        if not has_header(disk, root):
            raise NotAVault(f"no backup in {root}")
        entries = vault.list()
        meter = Meter("put back", sum(entry.size for entry in entries), on_progress, stop)
        for entry in entries:
            meter.ask()
            with vault.working(f"looking at object {entry.id}") as session:
                if not _whole(session, session.io, session.paths, entry):
                    done = _replace(session, disk, VaultPaths(root), entry)
                    (mended if done else bad).append(entry.id)
            meter.add(entry.size)
        if mended:
            with vault.working("noting what was put back") as session:
                detail = f"objects={len(mended)}"
                now_s = session.io.now_s()
                session.commit({"op": "note", "event": "put-back", "t": now_s, "detail": detail})
    return PutBackReport(tuple(mended), tuple(bad))


def _whole(session: Session, io: Fsio, paths: VaultPaths, entry: Entry) -> bool:
    path = paths.object(entry.id)
    chunks = sealed_chunks(io, path, session.keys, session.vault_id, entry)
    try:
        with closing(chunks):
            for _ in chunks:
                pass
    except (ObjectDamaged, ObjectMissing):
        return False
    return True


def _replace(session: Session, disk: Fsio, backup: VaultPaths, entry: Entry) -> bool:
    """Prove the backup's file, then put its bytes in place, proved again as they are read."""
    if not _whole(session, disk, backup, entry):
        return False
    target = session.paths.object(entry.id)
    if session.io.exists(target):
        session.set_aside(target)
    path = backup.object(entry.id)
    chunks = sealed_chunks(disk, path, session.keys, session.vault_id, entry)
    with closing(chunks):
        atomic_write(session.io, session.paths.tmp, target, chunks)
    return True
