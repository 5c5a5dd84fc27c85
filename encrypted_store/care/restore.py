# SPDX-License-Identifier: GPL-3.0-or-later
"""From a backup to a vault again: proved first, a vault only then."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from encrypted_store.care.copying import FolderCopy
from encrypted_store.care.folders import (
    read_layout,
    remove_files,
    remove_inner_folders,
    remove_outer_folders,
)
from encrypted_store.care.moving import Mover, State, require_whole, state_for
from encrypted_store.care.progress import OnProgress, Stop
from encrypted_store.care.tarfs import TarFs
from encrypted_store.errors import IoError, VaultExists, translated
from encrypted_store.fsio import Fsio
from encrypted_store.kdf import KdfParams
from encrypted_store.vault import Vault


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What came back."""

    objects: int
    bytes: int
    """Their sealed bytes."""
    seconds: float
    verified: bool
    """Every byte of the restored vault was read back and proved; nothing else is restored."""
    absent: tuple[str, ...] = ()
    """Ids that the backup lists and has no good file of."""
    notices: tuple[str, ...] = ()
    """Codes of what was wrong with the backup besides."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def restore(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    passphrase: str | None = None,
    recovery_code: str | None = None,
    anchors: Path | None = None,
    io: Fsio | None = None,
    source_io: Fsio | None = None,
    min_kdf: KdfParams | None = None,
    on_progress: OnProgress | None = None,
    stop: Stop | None = None,
) -> RestoreReport:
    """Make a vault from a backup and open it once, so that this machine accepts its older state.

    The source is only read, so a read-only medium will do. The header is written last, after
    everything else has been proved: an interrupted restore is not a vault. A failed one is
    removed again; what a power loss leaves can be erased.

    Args:
        source: a backup's folder or tar.
        target: a new or empty folder.
        anchors: as for `Vault.open`, of the restored vault.
        io: the target's file layer; `source_io` is the source's, and the same when not given.
        on_progress: told bytes of the stages "copy" and "verify".

    Raises:
        VaultExists: the target holds something, or lies inside the source.
        NotAVault, HeaderDamaged, NewerVersion, WrongPassphrase, RecoveryCodeMistyped,
        VaultTampered, VaultBusy, KdfOutOfBounds, KdfTooExpensive: as `Vault.open` on the source,
            and see `TarFs` for what a tar may not hold.
        CatalogueDamaged: the backup's catalogue breaks; repair a copy of it first.
        Stopped, DiskFull, ReadOnly, IoError.
    """
    start_s = time.monotonic()
    origin, root = Path(source).absolute(), Path(target).absolute()
    disk = io or Fsio()
    secret: dict[str, Any] = {"passphrase": passphrase, "recovery_code": recovery_code}
    secret["min_kdf"] = min_kdf
    with translated("restoring the backup"):
        _require_free(disk, origin, root)
        with _opened(source_io or disk, origin, secret) as backup:
            mover, state = _copy(backup, disk, root, on_progress, stop)
            notices = tuple(sorted({notice.code for notice in backup.notices}))
    Vault.open(root, accept_rollback=True, anchors=anchors, io=disk, **secret).close(compact=False)
    absent = tuple(mover.tally.absent)
    seconds = round(time.monotonic() - start_s, 3)
    objects = len(state.entries) - len(absent)
    return RestoreReport(objects, mover.tally.bytes, seconds, True, absent, notices)


@contextmanager
def _opened(io: Fsio, source: Path, secret: dict[str, Any]) -> Iterator[Vault]:
    """The backup, opened to be read and judged by itself.

    This machine has seen newer states of it, and that is why it is needed.
    """
    with ExitStack() as stack:
        reader = io
        with suppress(OSError):  # a folder; or nothing, which opening says in its own words
            io.close(io.open_read(source))
            reader = stack.enter_context(TarFs(io, source))
        nowhere = source / "no-anchor"
        yield stack.enter_context(
            Vault.open(source, read_only=True, anchors=nowhere, io=reader, **secret)
        )


def _copy(
    backup: Vault, io: Fsio, root: Path, on_progress: OnProgress | None, stop: Stop | None
) -> tuple[Mover, State]:
    with backup.working("reading the backup") as session:
        require_whole(session)
    existed = io.exists(root)
    copy = FolderCopy(io, root)
    try:
        copy.prepare()
        mover = Mover(backup, copy, on_progress, stop)
        mover.copy_objects()
        with backup.working("reading the backup") as session:
            mover.copy_late(session)
            state = state_for(session, copy)
        headers = {path: state.files.pop(path) for path in copy.paths.headers}
        for path, data in state.files.items():
            copy.put_file(path, data)
        mover.verify(state)
        _require_proved(mover)
        for path, data in headers.items():
            copy.put_file(path, data)
        mover.verify_files(headers)
        _require_proved(mover)
        return mover, state
    except (Exception, KeyboardInterrupt):
        with suppress(OSError):
            _take_back(io, copy, existed)
        raise
    finally:
        copy.release()


def _take_back(io: Fsio, copy: FolderCopy, existed: bool) -> None:
    for path in copy.paths.headers:
        if io.exists(path):
            io.unlink(path)
    for _ in remove_files(io, read_layout(io, copy.paths)):
        pass
    remove_inner_folders(io, copy.paths)
    copy.release()
    if io.exists(copy.paths.lock):
        io.unlink(copy.paths.lock)
    remove_outer_folders(io, copy.paths, keep_root=existed)


def _require_proved(mover: Mover) -> None:
    if mover.tally.faults:
        raise IoError(
            f"{len(mover.tally.faults)} restored files do not read back as they were written: "
            f"{', '.join(mover.tally.faults[:3])}",
            hint="check the target's disk, or restore to another one",
        )


def _require_free(io: Fsio, source: Path, target: Path) -> None:
    try:
        empty = not io.list_dir(target)
    except NotADirectoryError:
        empty = False
    if not empty or source.resolve() in (target.resolve(), *target.resolve().parents):
        raise VaultExists(f"{target.name} is not empty, or inside the backup")
