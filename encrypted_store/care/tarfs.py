# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup tar as a disk that can only be read: nothing has to be unpacked to look into it."""

from __future__ import annotations

import errno
import re
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import NoReturn

from encrypted_store.errors import HeaderDamaged, NotAVault
from encrypted_store.fsio import Buffer, Fsio

BLOCK = tarfile.BLOCKSIZE
_LAYOUT = re.compile(
    r"vault\.json(\.2)?|HEAD|cat/\d{8,20}\.vvlog|obj/([0-9a-f]{2})/\2[0-9a-f]{30}\.vvo", re.ASCII
)
_HINT = "nothing was unpacked; use another copy of the backup"


@dataclass(frozen=True, slots=True)
class Member:
    """One file inside the tar: where its bytes begin, and how many there are."""

    offset: int
    size: int


class TarFs(Fsio):
    """Read-only files of one uncompressed tar as `backup` writes it.

    The tar's own path is the vault's folder: `Vault.open(tar, read_only=True, io=TarFs(io, tar))`.
    Any other path does not exist here. Every write raises OSError (EROFS).
    """

    def __init__(self, io: Fsio, path: Path) -> None:
        """Read the index: one block of 512 bytes for each member.

        Raises:
            NotAVault: no tar, or one that no backup wrote: links, devices, folders, sparse or
                duplicate members, names that are not a vault's.
            HeaderDamaged: a member's header does not verify, or the tar is cut.
            OSError.
        """
        super().__init__()
        self._io = io
        self._root = path
        self._open: dict[int, Member] = {}
        self._next = 1
        self._tar = io.open_read(path)
        try:
            self.members = dict(self._index(io.size(self._tar)))
            self._folders = _folders(self.members)
        except BaseException:
            io.close(self._tar)
            raise

    def shut(self) -> None:
        """Close the tar itself. Safe to call once only."""
        self._io.close(self._tar)

    def __enter__(self) -> TarFs:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shut()

    # reading

    def open_read(self, path: Path) -> int:
        member = self.members.get(self._name(path))
        if member is None:
            raise FileNotFoundError(errno.ENOENT, "not in the tar", str(path))
        fd, self._next = self._next, self._next + 1
        self._open[fd] = member
        return fd

    def close(self, fd: int) -> None:
        del self._open[fd]

    def size(self, fd: int) -> int:
        return self._open[fd].size

    def links(self, fd: int) -> int:
        return 1

    def read_at(self, fd: int, offset: int, size: int) -> bytes:
        member = self._open[fd]
        length = max(0, min(size, member.size - offset))
        return self._io.read_at(self._tar, member.offset + offset, length)

    def exists(self, path: Path) -> bool:
        name = self._name(path)
        return name in self.members or name in self._folders

    def is_link(self, path: Path) -> bool:
        return False

    def list_dir(self, path: Path) -> list[str]:
        return sorted(self._folders.get(self._name(path), ()))

    def try_lock(self, fd: int, shared: bool = False) -> bool:
        return True

    # refusing

    def open_update(self, path: Path) -> int:
        self._refuse(path)

    def open_lock(self, path: Path) -> int:
        self._refuse(path)

    def create(self, path: Path) -> int:
        self._refuse(path)

    def write_at(self, fd: int, offset: int, data: Buffer) -> None:
        self._refuse()

    def truncate(self, fd: int, size: int) -> None:
        self._refuse()

    def durable(self, fd: int) -> None:
        self._refuse()

    def durable_dir(self, path: Path) -> None:
        self._refuse(path)

    def replace(self, source: Path, target: Path) -> None:
        self._refuse(target)

    def unlink(self, path: Path) -> None:
        self._refuse(path)

    def remove_dir(self, path: Path) -> None:
        self._refuse(path)

    def make_dir(self, path: Path) -> None:
        self._refuse(path)

    def _refuse(self, path: Path | None = None) -> NoReturn:
        raise OSError(errno.EROFS, "a tar is only read", str(path or self._root))

    def _name(self, path: Path) -> str:
        """The name inside the tar: "." for the tar itself, "" for paths outside."""
        if not path.is_relative_to(self._root):
            return ""
        return path.relative_to(self._root).as_posix()

    def _index(self, end: int) -> Iterator[tuple[str, Member]]:
        at = 0
        seen: set[str] = set()
        while True:
            block = self._io.read_at(self._tar, at, BLOCK)
            if len(block) == BLOCK and not any(block) and at:
                return
            info = self._header(block, at)
            plain = info.type == tarfile.REGTYPE  # isreg() would admit sparse members
            if info.name in seen or not plain or not _LAYOUT.fullmatch(info.name):
                raise NotAVault(
                    f"the tar has a member that no backup wrote, at byte {at}", hint=_HINT
                )
            seen.add(info.name)
            start = at + BLOCK
            if not 0 <= info.size <= end - start:
                raise HeaderDamaged(f"the tar is cut or altered at byte {at}", hint=_HINT)
            yield info.name, Member(start, info.size)
            at = start + -(-info.size // BLOCK) * BLOCK

    def _header(self, block: bytes, at: int) -> tarfile.TarInfo:
        try:
            return tarfile.TarInfo.frombuf(block, "ascii", "strict")
        except (tarfile.HeaderError, ValueError) as error:
            if at == 0:
                raise NotAVault(f"{self._root.name} is not a tar", hint=_HINT) from error
            raise HeaderDamaged(f"the tar is cut or altered at byte {at}", hint=_HINT) from error


def _folders(names: Iterable[str]) -> dict[str, set[str]]:
    """What each folder holds, parents included; "." is the top."""
    found: dict[str, set[str]] = {}
    for name in names:
        inner = PurePosixPath(name)
        while inner.name:
            found.setdefault(str(inner.parent), set()).add(inner.name)
            inner = inner.parent
    return found
