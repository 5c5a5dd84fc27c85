# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything the store asks of the world: files, locks, time and randomness, in one place.

All disk access of this package goes through one `Fsio`. A recording or failing implementation in
its place sees every write, flush and rename in order, which is how crash safety is proved.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path

Buffer = bytes | bytearray | memoryview

_BINARY = getattr(os, "O_BINARY", 0)
# A planted symlink or FIFO must neither be followed nor block an open.
_CAREFUL = _BINARY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_WRITE_LIMIT = 64 * 2**20  # macOS refuses a single write above 2 GiB
_LOCK_BYTE = 2**30  # Windows: lock a byte past the text, so that the pid stays readable
_REPLACE_PATIENCE_S = 2.0


class Fsio:
    """The real thing. Methods raise OSError; typed errors are the callers' business."""

    def __init__(self) -> None:
        self._seek = threading.Lock()

    def now_s(self) -> int:
        """Seconds since 1970."""
        return int(time.time())

    def random(self, size: int) -> bytes:
        """Bytes from the operating system's generator."""
        return os.urandom(size)

    def open_read(self, path: Path) -> int:
        return self._regular(os.open(path, os.O_RDONLY | _CAREFUL))

    def open_update(self, path: Path) -> int:
        """An existing file, to read and write."""
        return self._regular(os.open(path, os.O_RDWR | _CAREFUL))

    def open_lock(self, path: Path) -> int:
        """The lock file, created when absent."""
        return self._regular(os.open(path, os.O_RDWR | os.O_CREAT | _CAREFUL, 0o600))

    def create(self, path: Path) -> int:
        """A file that did not exist before."""
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _CAREFUL, 0o600)

    def close(self, fd: int) -> None:
        os.close(fd)

    def size(self, fd: int) -> int:
        """Length of an open file in bytes."""
        return os.fstat(fd).st_size

    def links(self, fd: int) -> int:
        """How many names an open file has."""
        return os.fstat(fd).st_nlink

    def read_at(self, fd: int, offset: int, size: int) -> bytes:
        """`size` bytes from `offset`; fewer only at the end of the file."""
        parts: list[bytes] = []
        while size > 0:
            part = self._pread(fd, offset, min(size, _WRITE_LIMIT))
            if not part:
                break
            parts.append(part)
            offset += len(part)
            size -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def write_at(self, fd: int, offset: int, data: Buffer) -> None:
        """All of `data` at `offset`, or OSError with an unknown part of it written."""
        view = memoryview(data)
        while view:
            done = self._pwrite(fd, offset, view[:_WRITE_LIMIT])
            if done == 0:
                raise OSError(errno.EIO, "a write made no progress")
            offset += done
            view = view[done:]

    def truncate(self, fd: int, size: int) -> None:
        os.ftruncate(fd, size)

    def durable(self, fd: int) -> None:
        """Return only when the file's bytes survive a power loss.

        os.fsync does not flush the drive's cache on macOS; F_FULLFSYNC does.
        """
        if sys.platform == "darwin":  # pragma: no cover  runs on macOS only
            import fcntl

            try:
                fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
                return
            except OSError as error:
                if error.errno not in (errno.ENOTSUP, errno.EINVAL, errno.ENOTTY):
                    raise
        os.fsync(fd)

    def durable_dir(self, path: Path) -> None:
        """Return only when names created, replaced or removed in `path` survive a power loss."""
        # Windows has no such call; NTFS journals names itself.
        if sys.platform != "win32":  # pragma: no branch  the rest is Windows
            fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(fd)
            except OSError as error:
                if error.errno != errno.EINVAL:  # some FUSE file systems have no directory flush
                    raise
            finally:
                os.close(fd)

    def will_read(self, path: Path) -> None:
        """A hint: begin to read this file, so that the disk works while something else is done."""
        if hasattr(os, "posix_fadvise"):  # pragma: no branch  macOS and Windows have none
            with contextlib.suppress(OSError):
                fd = self.open_read(path)
                try:
                    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_WILLNEED)
                finally:
                    self.close(fd)

    def replace(self, source: Path, target: Path) -> None:
        """Atomically give `source` the name `target`.

        Windows refuses while a scanner or indexer holds the target: retried for two seconds.
        """
        patience_s = _REPLACE_PATIENCE_S if os.name == "nt" else 0.0
        deadline = time.monotonic() + patience_s
        while True:
            try:
                os.replace(source, target)
                return
            except PermissionError:
                if time.monotonic() >= deadline:
                    raise
                time.sleep(0.02)

    def unlink(self, path: Path) -> None:
        os.unlink(path)

    def exists(self, path: Path) -> bool:
        return os.path.lexists(path)

    def is_link(self, path: Path) -> bool:
        """Whether a name is a symbolic link, which may lead out of the vault."""
        return os.path.islink(path)

    def remove_dir(self, path: Path) -> None:
        """An empty folder."""
        os.rmdir(path)

    def make_dir(self, path: Path) -> None:
        """A private folder and its missing parents; no error when it is there."""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def list_dir(self, path: Path) -> list[str]:
        """Names in a folder, sorted; empty when there is no such folder."""
        try:
            return sorted(os.listdir(path))
        except FileNotFoundError:
            return []

    def try_lock(self, fd: int, shared: bool = False) -> bool:
        """Lock an open file without waiting. The lock dies with the process.

        Args:
            shared: admit other shared holders. Windows has no such lock here and takes the
                exclusive one: two readers then take turns.
        """
        try:
            if sys.platform == "win32":  # pragma: no cover  runs on Windows only
                import msvcrt

                os.lseek(fd, _LOCK_BYTE, os.SEEK_SET)
                msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
                fcntl.flock(fd, kind | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
                return False
            raise
        return True

    def _regular(self, fd: int) -> int:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise OSError(errno.EINVAL, "not a regular file")
        return fd

    def _pread(self, fd: int, offset: int, size: int) -> bytes:
        if sys.platform == "win32":  # pragma: no cover  runs on Windows only
            with self._seek:
                os.lseek(fd, offset, os.SEEK_SET)
                return os.read(fd, size)
        else:
            return os.pread(fd, size, offset)

    def _pwrite(self, fd: int, offset: int, data: memoryview) -> int:
        if sys.platform == "win32":  # pragma: no cover  runs on Windows only
            with self._seek:
                os.lseek(fd, offset, os.SEEK_SET)
                return os.write(fd, data)
        else:
            return os.pwrite(fd, data, offset)


def read_file(io: Fsio, path: Path, limit: int | None = None) -> bytes:
    """The whole file, or its first `limit` + 1 bytes when it is longer than `limit`."""
    fd = io.open_read(path)
    try:
        size = io.size(fd)
        return io.read_at(fd, 0, size if limit is None else min(size, limit + 1))
    finally:
        io.close(fd)


def atomic_write(io: Fsio, tmp: Path, target: Path, chunks: Iterable[Buffer]) -> None:
    """Write `target` so that a crash leaves the old file or the new one, never a mixture.

    New file in `tmp` (same file system) -> all bytes -> durable -> rename -> durable folder.
    """
    write_and_rename(io, tmp, target, chunks)
    io.durable_dir(target.parent)


def write_and_rename(io: Fsio, tmp: Path, target: Path, chunks: Iterable[Buffer]) -> None:
    """`atomic_write` with the flush of the folder left to the caller, who has many to write.

    After a failed flush the file is dropped, never flushed again: the kernel may have forgotten
    the dirty pages and would report success.
    """
    temporary = tmp / f"{target.name}.{io.random(8).hex()}.tmp"
    fd = io.create(temporary)
    try:
        try:
            offset = 0
            for chunk in chunks:
                io.write_at(fd, offset, chunk)
                offset += len(chunk)
            io.durable(fd)
        finally:
            io.close(fd)
        io.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            io.unlink(temporary)
        raise


def make_dir_durable(io: Fsio, path: Path) -> None:
    """A private folder and its missing parents, with names that survive a power loss."""
    made = [one for one in (path, *path.parents[:-1]) if not io.exists(one)]
    io.make_dir(path)
    for one in made:
        with contextlib.suppress(PermissionError):  # a parent we may enter and not read
            io.durable_dir(one.parent)


def atomic_replace(io: Fsio, tmp: Path, target: Path, data: Buffer) -> None:
    """`atomic_write`, then overwrite what the replaced file held.

    For files whose older version is a danger: a header that an old passphrase opens, a segment
    with the metadata of deleted takes. Their bytes are reached through a handle opened before the
    rename and overwritten after it is durable. A file with a second name is left alone: somebody
    made a copy by hard links, and zeros in it would destroy that copy. Flash promises nothing.
    """
    replaced = _open_replaced(io, target)
    try:
        atomic_write(io, tmp, target, [data])
        if replaced is not None:
            with contextlib.suppress(OSError):  # the new file is in force; this was for neatness
                io.write_at(replaced, 0, bytes(io.size(replaced)))
                io.durable(replaced)
    finally:
        if replaced is not None:
            io.close(replaced)


def _open_replaced(io: Fsio, target: Path) -> int | None:
    if os.name == "nt":  # pragma: no cover  an open file cannot be replaced there
        return None
    try:
        fd = io.open_update(target)
    except OSError:
        return None
    if io.links(fd) == 1:
        return fd
    io.close(fd)
    return None
