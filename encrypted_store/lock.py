# SPDX-License-Identifier: GPL-3.0-or-later
"""One writer at a time: the operating system's lock, held for a session, gone with its process."""

from __future__ import annotations

import contextlib
import os
import weakref
from pathlib import Path

from encrypted_store.errors import UnsupportedFilesystem, VaultBusy
from encrypted_store.forks import in_child
from encrypted_store.fsio import Fsio


class VaultLock:
    """Holds the lock file open. The file itself stays: unlinking it would let two hold "it"."""

    def __init__(self, io: Fsio, fd: int | None) -> None:
        # Also when a vault is dropped without being closed.
        self._let_go = weakref.finalize(self, _close, io, fd)
        # A forked child shares the lock and would keep it alive after the parent's death.
        in_child(self.release)

    @classmethod
    def acquire(cls, io: Fsio, path: Path, *, shared: bool = False) -> VaultLock:
        """Take the lock or fail at once.

        Args:
            shared: for reading only: other readers may hold it too, and nothing is written. A
                folder whose lock file is missing or shut, a copy on a medium say, is read without.

        Raises:
            VaultBusy: with the holder's pid as written in the file (for the message only).
            UnsupportedFilesystem: the file system has no such locks.
        """
        try:
            fd = io.open_read(path) if shared else io.open_lock(path)
        except OSError:
            if shared:
                return cls(io, None)
            raise
        try:
            try:
                taken = io.try_lock(fd, shared)
            except OSError as error:
                raise UnsupportedFilesystem(
                    f"{path.parent} is on a file system without locks ({error.strerror})"
                ) from error
            if not taken:
                pid = _pid(io.read_at(fd, 0, 20))
                who = f"process {pid}" if pid else "another process"
                raise VaultBusy(f"the vault is open in {who}", pid=pid)
            if not shared:
                with contextlib.suppress(OSError):  # the pid is a courtesy
                    io.truncate(fd, 0)
                    io.write_at(fd, 0, f"{os.getpid()}\n".encode("ascii"))
        except BaseException:
            io.close(fd)
            raise
        return cls(io, fd)

    def release(self) -> None:
        """Closing the file releases the lock. Safe to call twice."""
        self._let_go()


def _close(io: Fsio, fd: int | None) -> None:
    if fd is not None:
        with contextlib.suppress(OSError):
            io.close(fd)


def _pid(data: bytes) -> int | None:
    text = data.strip()
    return int(text) if text.isdigit() and text.isascii() else None
