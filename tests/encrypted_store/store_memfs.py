# SPDX-License-Identifier: GPL-3.0-or-later
"""A disk in memory that can crash, lose power, run full and count what is asked of it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from encrypted_store import Fsio


class Crash(BaseException):
    """The process dies here. Not an Exception: nothing may handle it."""


class Node:
    def __init__(self, data: bytes = b"") -> None:
        self.data = bytearray(data)
        self.durable = bytes(data)


class MemFs(Fsio):
    """Files and folders as dictionaries, with what would survive a power loss beside them.

    Simplification: a new folder is durable at once.
    """

    def __init__(self, seed: str | None = None) -> None:
        super().__init__()
        self.names: dict[Path, dict[str, Node]] = {}
        self.durable_names: dict[Path, dict[str, Node]] = {}
        self.fds: dict[int, Node] = {}
        self.next_fd = 1000
        self.seed = seed
        self.drawn = 0
        self.trace: list[str] = []
        self.before: Callable[[str, Path | None], None] = lambda name, path: None

    # outside world

    def now_s(self) -> int:
        return 1_700_000_000 if self.seed else super().now_s()

    def random(self, size: int) -> bytes:
        if self.seed is None:
            return os.urandom(size)
        self.drawn += 1
        return hashlib.shake_256(f"{self.seed}:{self.drawn}".encode()).digest(size)

    # handles

    def open_read(self, path: Path) -> int:
        return self._open(path)

    def open_update(self, path: Path) -> int:
        return self._open(path)

    def open_lock(self, path: Path) -> int:
        self.names[path.parent].setdefault(path.name, Node())
        return self._open(path)

    def create(self, path: Path) -> int:
        self._hook("create", path)
        if path.parent not in self.names:
            raise FileNotFoundError(2, "no folder", str(path))
        assert path.name not in self.names[path.parent]
        self.names[path.parent][path.name] = Node()
        return self._open(path)

    def close(self, fd: int) -> None:
        del self.fds[fd]

    def size(self, fd: int) -> int:
        return len(self.fds[fd].data)

    def read_at(self, fd: int, offset: int, size: int) -> bytes:
        return bytes(self.fds[fd].data[offset : offset + size])

    def write_at(self, fd: int, offset: int, data: bytes | bytearray | memoryview) -> None:
        node = self.fds[fd]

        def half() -> None:  # what a failing write leaves behind
            part = bytes(data)[: len(data) // 2]
            node.data[offset : offset + len(part)] = part

        self._hook("write", None, on_failure=half)
        node.data.extend(bytes(max(0, offset - len(node.data))))
        node.data[offset : offset + len(data)] = data

    def truncate(self, fd: int, size: int) -> None:
        self._hook("truncate", None)
        del self.fds[fd].data[size:]

    def durable(self, fd: int) -> None:
        self._hook("durable", None)
        self.fds[fd].durable = bytes(self.fds[fd].data)

    def will_read(self, path: Path) -> None:
        pass

    def links(self, fd: int) -> int:
        return 1

    def try_lock(self, fd: int, shared: bool = False) -> bool:
        return True

    # names

    def replace(self, source: Path, target: Path) -> None:
        self._hook("replace", target)
        self.names[target.parent][target.name] = self.names[source.parent].pop(source.name)

    def unlink(self, path: Path) -> None:
        self._hook("unlink", path)
        if path.name not in self.names.get(path.parent, {}):
            raise FileNotFoundError(2, "no such file", str(path))
        del self.names[path.parent][path.name]

    def exists(self, path: Path) -> bool:
        return path in self.names or path.name in self.names.get(path.parent, {})

    def is_link(self, path: Path) -> bool:
        return False

    def remove_dir(self, path: Path) -> None:
        self._hook("remove_dir", path)
        assert not self.list_dir(path)
        self.names.pop(path, None)
        self.durable_names.pop(path, None)

    def make_dir(self, path: Path) -> None:
        if path not in self.names:
            self._hook("make_dir", path)
            for folder in (path, *path.parents):
                self.names.setdefault(folder, {})
                self.durable_names.setdefault(folder, {})

    def list_dir(self, path: Path) -> list[str]:
        folders = [p.name for p in self.names if p.parent == path] if path.name in "v obj" else []
        return sorted([*self.names.get(path, {}), *folders])

    def durable_dir(self, path: Path) -> None:
        self._hook("durable_dir", path)
        self.durable_names[path] = dict(self.names[path])

    # what tests do to it

    def read(self, path: Path) -> bytes:
        return bytes(self.names[path.parent][path.name].data)

    def write(self, path: Path, data: bytes) -> None:
        node = Node(data)
        self.names[path.parent][path.name] = node
        self.durable_names[path.parent][path.name] = node

    def remove(self, path: Path) -> None:
        self.names[path.parent].pop(path.name, None)
        self.durable_names[path.parent].pop(path.name, None)

    def files(self) -> dict[Path, bytes]:
        return {
            folder / name: bytes(node.data)
            for folder, names in self.names.items()
            for name, node in names.items()
        }

    def copy(self) -> MemFs:
        """The disk as another process finds it after this one was killed."""
        return self._rebuilt(self.names, lambda node: bytes(node.data))

    def after_power_loss(self) -> MemFs:
        """The disk with everything gone that nobody asked to be durable."""
        return self._rebuilt(self.durable_names, lambda node: node.durable)

    def _rebuilt(self, names: dict[Path, dict[str, Node]], data: Callable[[Node], bytes]) -> MemFs:
        disk = MemFs()
        disk.names = {
            folder: {name: Node(data(node)) for name, node in entries.items()}
            for folder, entries in names.items()
        }
        disk.durable_names = {folder: dict(entries) for folder, entries in disk.names.items()}
        return disk

    def _open(self, path: Path) -> int:
        node = self.names.get(path.parent, {}).get(path.name)
        if node is None:
            raise FileNotFoundError(2, "no such file", str(path))
        self.next_fd += 1
        self.fds[self.next_fd] = node
        return self.next_fd

    def _hook(
        self, name: str, path: Path | None, on_failure: Callable[[], None] = lambda: None
    ) -> None:
        self.trace.append(name)
        try:
            self.before(name, path)
        except BaseException:
            on_failure()
            raise
