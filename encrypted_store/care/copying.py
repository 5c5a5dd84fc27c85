# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a vault's ciphertext is copied to: a folder, or one tar."""

from __future__ import annotations

import contextlib
import os
import tarfile
from collections.abc import Iterable, Set
from pathlib import Path
from typing import Protocol

from encrypted_store.care.tarfs import BLOCK, Member, TarFs
from encrypted_store.fsio import Buffer, Fsio, atomic_replace, read_file, write_and_rename
from encrypted_store.lock import VaultLock
from encrypted_store.paths import VaultPaths
from encrypted_store.session import SHRED


class Copy(Protocol):
    """A copy of a vault that is being written."""

    paths: VaultPaths
    amendable: bool
    """Whether an object may be written again after the end."""

    @property
    def io(self) -> Fsio:
        """Reads the copy."""

    def object_size(self, object_id: str) -> int | None:
        """Bytes of the object's file when the copy has it already."""

    def put_object(self, object_id: str, size: int, chunks: Iterable[Buffer]) -> None:
        """Take an object's file in. When `chunks` raises, nothing of it stays."""

    def settle_objects(self) -> None:
        """Return when the names of all objects survive a power loss."""

    def put_file(self, path: Path, data: bytes) -> None:
        """Write or replace one of the small files, durable."""


class FolderCopy:
    """A vault's folder. Held by its lock, so that nobody opens it meanwhile."""

    amendable = True

    def __init__(self, io: Fsio, root: Path) -> None:
        self._io = io
        self.paths = VaultPaths(root)
        self._lock: VaultLock | None = None
        self._unsettled: set[Path] = set()

    def prepare(self) -> None:
        """Make what is missing of the layout and take the lock.

        Raises:
            VaultBusy: it is open, or it is the source itself under another name.
            OSError.
        """
        io, paths = self._io, self.paths
        # obj/ first: by its 256 folders an unfinished copy is recognised.
        for folder in (*paths.shards(), paths.catalogue, paths.tmp, paths.quarantine):
            io.make_dir(folder)
        self._lock = VaultLock.acquire(io, paths.lock)
        io.durable_dir(paths.objects)
        io.durable_dir(paths.root)
        for name in io.list_dir(paths.tmp):  # of a copy that was cut short
            if name.endswith(".tmp"):
                io.unlink(paths.tmp / name)

    @property
    def io(self) -> Fsio:
        return self._io

    def object_size(self, object_id: str) -> int | None:
        return file_size(self._io, self.paths.object(object_id))

    def put_object(self, object_id: str, size: int, chunks: Iterable[Buffer]) -> None:
        """Like `atomic_write`, with the flush of the folder left to `settle_objects`."""
        target = self.paths.object(object_id)
        write_and_rename(self._io, self.paths.tmp, target, chunks)
        self._unsettled.add(target.parent)

    def settle_objects(self) -> None:
        for shard in sorted(self._unsettled):
            self._io.durable_dir(shard)
        self._unsettled.clear()

    def put_file(self, path: Path, data: bytes) -> None:
        if not self._io.exists(path) or read_file(self._io, path) != data:
            atomic_replace(self._io, self.paths.tmp, path, data)

    def release(self) -> None:
        """Let the lock go. Safe to call twice."""
        if self._lock is not None:
            self._lock.release()


class TarCopy:
    """One uncompressed tar, written beside its final name.

    The paths are those of `TarFs` on the unfinished file.
    """

    amendable = False

    def __init__(self, io: Fsio, path: Path) -> None:
        self._disk = io
        self._target = path
        self._partial = path.with_name(f"{path.name}.partial")
        if io.exists(self._partial):
            io.unlink(self._partial)
        self._fd: int | None = io.create(self._partial)
        self._end = 0
        self._fs: TarFs | None = None
        self.paths = VaultPaths(self._partial)

    @property
    def io(self) -> Fsio:
        """The finished tar, to read. Nothing can be added once this was asked for."""
        if self._fs is None:
            self._fs = TarFs(self._disk, self._partial)
        return self._fs

    def object_size(self, object_id: str) -> int | None:
        return None

    def put_object(self, object_id: str, size: int, chunks: Iterable[Buffer]) -> None:
        start = self._end
        try:
            self._add(self.paths.object(object_id), size, chunks)
        except BaseException:
            self._end = start  # the next member is written over it
            raise

    def settle_objects(self) -> None:
        """Names inside a tar are part of it."""

    def put_file(self, path: Path, data: bytes) -> None:
        self._add(path, len(data), [data])

    def seal(self) -> None:
        """Write the end of the archive; the bytes are durable then."""
        assert self._fd is not None
        end = -(-(self._end + 2 * BLOCK) // tarfile.RECORDSIZE) * tarfile.RECORDSIZE
        self._disk.truncate(self._fd, self._end)  # what an object that was given up left behind
        self._disk.write_at(self._fd, self._end, bytes(end - self._end))
        self._disk.durable(self._fd)
        self._close()

    def publish(self, forgotten: Set[str]) -> None:
        """Give the tar its name. What it replaces loses its headers and deleted objects.

        Args:
            forgotten: ids that must not live on in the replaced file's bytes.
        """
        self._shut()
        old = _open_replaced(self._disk, self._target)
        try:
            self._disk.replace(self._partial, self._target)
            self._disk.durable_dir(self._target.parent)
            if old is not None:
                with contextlib.suppress(OSError):  # the new tar is in force already
                    _shred_members(self._disk, *old, forgotten)
        finally:
            if old is not None:
                self._disk.close(old[0])

    def discard(self) -> None:
        """Remove the unfinished tar; none is left after `publish`."""
        self._close()
        self._shut()
        with contextlib.suppress(OSError):
            self._disk.unlink(self._partial)

    def _add(self, path: Path, size: int, chunks: Iterable[Buffer]) -> None:
        assert self._fd is not None
        info = tarfile.TarInfo(path.relative_to(self._partial).as_posix())
        info.size, info.mode = size, 0o600
        self._write(info.tobuf(tarfile.GNU_FORMAT))
        end = self._end + size
        for chunk in chunks:
            self._write(chunk)
        assert self._end == end
        self._write(bytes(-size % BLOCK))

    def _write(self, data: Buffer) -> None:
        assert self._fd is not None
        self._disk.write_at(self._fd, self._end, data)
        self._end += len(data)

    def _shut(self) -> None:
        fs, self._fs = self._fs, None
        if fs is not None:
            fs.shut()

    def _close(self) -> None:
        fd, self._fd = self._fd, None
        if fd is not None:
            self._disk.close(fd)


def file_size(io: Fsio, path: Path) -> int | None:
    """Bytes of a file, None when there is none."""
    try:
        fd = io.open_read(path)
    except FileNotFoundError:
        return None
    try:
        return io.size(fd)
    finally:
        io.close(fd)


def _open_replaced(io: Fsio, path: Path) -> tuple[int, dict[str, Member]] | None:
    """The tar about to be replaced: open for writing, and its index."""
    if os.name == "nt" or not io.exists(path):  # an open file cannot be replaced on Windows
        return None
    with TarFs(io, path) as old:
        fd = io.open_update(path)
    if io.links(fd) == 1:
        return fd, old.members
    io.close(fd)  # with a second name it is somebody's copy
    return None


def _shred_members(io: Fsio, fd: int, members: dict[str, Member], forgotten: Set[str]) -> None:
    """Overwrite headers and catalogue whole, and the salts of what was deleted."""
    for name, member in members.items():
        if not name.startswith("obj/"):
            io.write_at(fd, member.offset, bytes(member.size))
        elif name[7:39] in forgotten:
            io.write_at(fd, member.offset, bytes(min(SHRED, member.size)))
    io.durable(fd)
