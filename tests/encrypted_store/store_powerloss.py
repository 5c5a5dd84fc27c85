# SPDX-License-Identifier: GPL-3.0-or-later
"""What a power loss may leave: a disk that records its calls, and every state they allow.

The model is the one of Pillai et al., "All File Systems Are Not Created Equal" (OSDI 2014), at its
harshest. A call that changes something is in memory until `durable` (a file's bytes) or
`durable_dir` (a folder's names) returns; until then each part of it may be on the disk or not,
whatever came before or after it:

* bytes: the changed part of a file is cut into pieces. Each is new, old, zeros, or new in its
  first half only. The end of the file is where the last piece that arrived ends.
* names: each name made, replaced or removed in a folder arrives or does not. A rename is two such
  changes: the target's is atomic, the source's removal may be lost by itself. So may a new folder,
  with all that is in it.

Left out: the bytes of the lock file (only a pid), and what file systems promise beyond POSIX.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from store_memfs import MemFs, Node

T = TypeVar("T")
Value = Node | Path | None  # a file, a folder, or no such name
View = dict[str, Node | Path]

UNNAMED = Path("replaced file")
PIECES = 3
ALL_SUBSETS_UP_TO = 4  # changes of names in one folder
PRODUCT_CAP = 200
FEW = 6


@dataclass(frozen=True, slots=True)
class Data:
    """A file's content after a write or a truncation."""

    node: Node
    content: bytes


@dataclass(frozen=True, slots=True)
class Names:
    """Names made, replaced (value) or removed (None), each by itself."""

    changes: tuple[tuple[Path, str, Value], ...]


@dataclass(frozen=True, slots=True)
class Barrier:
    """A completed `durable` (target is the file) or `durable_dir` (target is the folder)."""

    target: Node | Path
    path: Path


Event = Data | Names | Barrier


class RecordingFs(MemFs):
    """A disk in memory that keeps every change with the identity of the file it was made to."""

    def __init__(self, seed: str | None = None) -> None:
        super().__init__(seed)
        self.events: list[Event] = []
        self._below: dict[Path, list[str]] = {}
        self._known = 0

    @classmethod
    def holding(cls, names: dict[Path, dict[str, Node]], seed: str) -> RecordingFs:
        """A disk with these files, all of it durable."""
        disk = cls(seed)
        disk.names = names
        disk.durable_names = {folder: dict(files) for folder, files in names.items()}
        return disk

    @classmethod
    def fork(cls, disk: MemFs, seed: str) -> RecordingFs:
        """The same files on a disk of their own, two names of one file included."""
        twins: dict[Node, Node] = {}

        def twin(node: Node) -> Node:
            return twins.setdefault(node, Node(bytes(node.data)))

        names = {f: {n: twin(node) for n, node in e.items()} for f, e in disk.names.items()}
        return cls.holding(names, seed)

    def begin(self) -> Snapshot:
        """Forget what was recorded; everything is durable from here on."""
        self.events.clear()
        nodes = {node for names in self.names.values() for node in names.values()}
        names = {folder: dict(files) for folder, files in self.names.items()}
        return Snapshot(names, {node: bytes(node.data) for node in nodes})

    def links(self, fd: int) -> int:
        return len(self.paths_of(self.fds[fd]))

    def paths_of(self, node: Node) -> list[Path]:
        return [
            folder / name
            for folder, names in self.names.items()
            for name, other in names.items()
            if other is node
        ]

    def list_dir(self, path: Path) -> list[str]:
        if len(self.names) != self._known:
            self._known, self._below = len(self.names), _below(frozenset(self.names))
        return sorted([*self.names.get(path, {}), *self._below.get(path, [])])

    def open_lock(self, path: Path) -> int:
        new = path.name not in self.names[path.parent]
        fd = super().open_lock(path)
        if new:
            self.events.append(Names(((path.parent, path.name, self.fds[fd]),)))
        return fd

    def create(self, path: Path) -> int:
        fd = super().create(path)
        self.events.append(Names(((path.parent, path.name, self.fds[fd]),)))
        return fd

    def write_at(self, fd: int, offset: int, data: bytes | bytearray | memoryview) -> None:
        try:
            super().write_at(fd, offset, data)
        finally:  # a failing write leaves a part
            self.events.append(Data(self.fds[fd], bytes(self.fds[fd].data)))

    def truncate(self, fd: int, size: int) -> None:
        super().truncate(fd, size)
        self.events.append(Data(self.fds[fd], bytes(self.fds[fd].data)))

    def durable(self, fd: int) -> None:
        super().durable(fd)
        paths = self.paths_of(self.fds[fd])
        self.events.append(Barrier(self.fds[fd], paths[0] if paths else UNNAMED))

    def durable_dir(self, path: Path) -> None:
        super().durable_dir(path)
        self.events.append(Barrier(path, path))

    def replace(self, source: Path, target: Path) -> None:
        node = self.names[source.parent][source.name]
        super().replace(source, target)
        self.events.append(
            Names(((target.parent, target.name, node), (source.parent, source.name, None)))
        )

    def unlink(self, path: Path) -> None:
        super().unlink(path)
        self.events.append(Names(((path.parent, path.name, None),)))

    def make_dir(self, path: Path) -> None:
        new = [folder for folder in (path, *path.parents) if folder not in self.names]
        super().make_dir(path)
        for folder in reversed(new):
            self.events.append(Names(((folder.parent, folder.name, folder),)))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A disk at rest: everything in it is durable."""

    names: dict[Path, dict[str, Node]]
    content: dict[Node, bytes]


@dataclass(frozen=True, slots=True)
class CrashState:
    """One disk that a power loss may leave."""

    key: str
    """Equal for equal content, whatever led to it."""
    folders: frozenset[Path]
    files: dict[Path, tuple[Node, bytes]]

    def disk(self, seed: str = "") -> RecordingFs:
        """The disk, with one file for names that were one file."""
        names: dict[Path, dict[str, Node]] = {folder: {} for folder in self.folders}
        twins: dict[Node, Node] = {}
        for path, (node, content) in self.files.items():
            if node not in twins:
                twins[node] = Node(content)
            names[path.parent][path.name] = twins[node]
        return RecordingFs.holding(names, seed + self.key)


class PowerModel:
    """What is certainly on the disk, and what is only in memory."""

    def __init__(self, start: Snapshot) -> None:
        """`start` is on the disk as it is."""
        self._folders = set(start.names)
        self._durable: dict[Path, View] = {f: dict(names) for f, names in start.names.items()}
        for folder in start.names:
            if folder != folder.parent:
                self._durable.setdefault(folder.parent, {})[folder.name] = folder
        self._pending: dict[Path, list[tuple[str, Value]]] = {}
        self._versions = {node: [content] for node, content in start.content.items()}
        self._cut: dict[tuple[bytes, ...], list[bytes]] = {}
        self._folder_keys: dict[frozenset[Path], str] = {}

    def apply(self, event: Event) -> None:
        match event:
            case Data(node, content):
                self._versions.setdefault(node, [b""]).append(content)
            case Names(changes):
                for folder, name, value in changes:
                    self._pending.setdefault(folder, []).append((name, value))
                    if isinstance(value, Path):
                        self._folders.add(value)
                    elif value is not None:
                        self._versions.setdefault(value, [b""])
            case Barrier(Node() as node):
                self._versions[node] = self._versions[node][-1:]
            case Barrier(Path() as folder):
                view = self._durable.setdefault(folder, {})
                _change(view, self._pending.pop(folder, []))

    def bytes_anywhere(self) -> Iterator[bytes]:
        """Everything that may be on the disk, in files with a name or without."""
        for versions in self._versions.values():
            yield from versions

    def states(self) -> Iterator[CrashState]:
        """Every state that losing power now may leave. Some come more than once."""
        waiting = list(self._pending)
        options = [_views(f, self._durable.get(f, {}), self._pending[f]) for f in waiting]
        for chosen in combinations(options):
            yield from self._with_names(dict(zip(waiting, chosen, strict=True)))

    def _with_names(self, views: dict[Path, View]) -> Iterator[CrashState]:
        lost = {
            value
            for folder, view in views.items()
            for name, value in self._pending[folder]
            if isinstance(value, Path) and view.get(name) != value
        }
        folders = self._folders
        if lost:
            folders = {f for f in folders if lost.isdisjoint((f, *f.parents))}
        named: dict[Path, Node] = {}
        for folder in folders:
            for name, value in views.get(folder, self._durable.get(folder, {})).items():
                if isinstance(value, Node):
                    named[folder / name] = value
        # Nobody reads a file under a temporary name: its bytes make no other state.
        read = {node: path for path, node in named.items() if not _unread(path)}
        loose = [node for node in read if len(self._versions[node]) > 1]
        here = frozenset(folders)
        for contents in combinations([self._contents(node) for node in loose]):
            bytes_of = dict(zip(loose, contents, strict=True))
            files = {
                path: (node, bytes_of.get(node, self._versions[node][-1]))
                for path, node in named.items()
            }
            yield CrashState(self._key(here, files), here, files)

    def _contents(self, node: Node) -> list[bytes]:
        versions = tuple(self._versions[node])
        if versions not in self._cut:
            self._cut[versions] = _contents(versions)
        return self._cut[versions]

    def _key(self, folders: frozenset[Path], files: dict[Path, tuple[Node, bytes]]) -> str:
        if folders not in self._folder_keys:
            self._folder_keys[folders] = _digest("\n".join(sorted(map(str, folders))).encode())
        parts = [self._folder_keys[folders]]
        for path in sorted(files):
            parts.append(str(path))
            if not _unread(path):
                parts.append(_digest(files[path][1]))
        return _digest("\n".join(parts).encode())


def models(
    start: Snapshot, events: Sequence[Event], without: Collection[int] = ()
) -> Iterator[tuple[int, PowerModel]]:
    """The model after each number of events, 0 included.

    Args:
        without: events that are left out: the mutation that takes barriers away.
    """
    model = PowerModel(start)
    yield 0, model
    for done, event in enumerate(events, 1):
        if done - 1 not in without:
            model.apply(event)
        yield done, model


def _unread(path: Path) -> bool:
    """A name that opening removes without a look at what it holds, or the lock."""
    return path.parent.name == "tmp" or path.name.endswith(".tmp") or path.name == "lock"


@functools.lru_cache(maxsize=64)
def _below(folders: frozenset[Path]) -> dict[Path, list[str]]:
    """The names of the folders in each folder."""
    found: dict[Path, list[str]] = {}
    for folder in folders:
        if folder.name:
            found.setdefault(folder.parent, []).append(folder.name)
    return found


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=12).hexdigest()


def combinations(options: Sequence[Sequence[T]]) -> Iterator[tuple[T, ...]]:
    """All of them; when that is too many, those with at most two parts unlike all the others.

    Each part's options begin with "all arrived" and end with "nothing arrived".
    """
    if math.prod(len(part) for part in options) <= PRODUCT_CAP:
        yield from itertools.product(*options)
        return
    ends = [*range(FEW - 1), -1]
    for plain in ([part[0] for part in options], [part[-1] for part in options]):
        yield tuple(plain)
        for one, two in itertools.combinations(range(len(options)), 2):
            for first, second in itertools.product(ends, ends):
                changed = list(plain)
                changed[one] = options[one][min(first, len(options[one]) - 1)]
                changed[two] = options[two][min(second, len(options[two]) - 1)]
                yield tuple(changed)


def _change(view: View, changes: Sequence[tuple[str, Value]]) -> View:
    for name, value in changes:
        if value is None:
            view.pop(name, None)
        else:
            view[name] = value
    return view


def _views(folder: Path, durable: View, pending: Sequence[tuple[str, Value]]) -> list[View]:
    """What may be in a folder: subsets of its changes, in their order; each view once."""
    every = range(len(pending))
    chosen: list[Sequence[int]] = [every]
    if folder.name == "tmp":
        chosen += [[i for i in every if pending[i][1] is not None]]
    elif len(pending) <= ALL_SUBSETS_UP_TO:
        for size in reversed(every):
            chosen += itertools.combinations(every, size)
    else:
        stride = max(1, len(pending) // 4)  # 256 folders of objects are much alike
        some = [*every[::stride], *every[-2:]]
        chosen += [[i for i in every if i != out] for out in some]
        chosen += [range(stop) for stop in some]
        chosen += [[only] for only in some]
    found: dict[tuple[tuple[str, int], ...], View] = {}
    for indices in [*chosen, []]:
        view = _change(dict(durable), [pending[i] for i in indices])
        found[tuple(sorted((name, id(value)) for name, value in view.items()))] = view
    return list(found.values())


def _same(one: bytes, other: bytes) -> int:
    """How many bytes at the start are equal."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _contents(versions: Sequence[bytes]) -> list[bytes]:
    """What may be in a file: piece by piece new, old, in between, zeros, or half new."""
    old, new = versions[0], versions[-1]
    end = max(len(version) for version in versions)
    start = _same(min(versions), max(versions))
    size = max(1, -(-(end - start) // PIECES))
    pieces: list[list[bytes]] = []
    for low in range(start, end, size):
        high = min(low + size, end)
        middle = low + size // 2
        options = [new[low:high], *(v[low:high] for v in reversed(versions[1:-1]))]
        options += [bytes(max(len(v[low:high]) for v in versions))]
        options += [new[low:middle] + old[middle:high] if len(new) > middle else old[low:high]]
        pieces.append(list(dict.fromkeys([*options, old[low:high]])))
    found: dict[bytes, None] = {}
    for chosen in combinations(pieces):
        content = bytearray(old[:start])
        for number, piece in enumerate(chosen):
            if piece:
                content.extend(bytes(start + number * size - len(content)))
                content += piece
        found[bytes(content)] = None
    return list(found)
