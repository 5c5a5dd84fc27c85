# SPDX-License-Identifier: GPL-3.0-or-later
"""A disk in memory whose folders can be listed and removed, and vaults on it with a backup."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from store_box import ANCHORS, PASSPHRASE, ROOT, Box, content
from store_memfs import Crash, MemFs, Node

from encrypted_store import KdfParams, Kind, Vault
from encrypted_store.care.tarfs import TarFs

COPY = Path("/mem/usb/Sicherung – März 🎙/my backup")
TAR = Path("/mem/usb/Sicherung – März 🎙.tar")
ELSEWHERE = Path("/mem/other machine/anchors")
SAME_STEPS = "a seed: names drawn anew may share a folder, and that is a step less to die at"
Content = dict[str, tuple[bytes, object]]


class TreeFs(MemFs):
    """MemFs with folders as real disks have them."""

    def __init__(self, seed: str | None = None) -> None:
        super().__init__(seed)
        self._children: dict[Path, set[str]] = {}

    def exists(self, path: Path) -> bool:
        return path in self.names or path.name in self.names.get(path.parent, {})

    def list_dir(self, path: Path) -> list[str]:
        return sorted({*self.names.get(path, {}), *self._children.get(path, set())})

    def make_dir(self, path: Path) -> None:
        if path not in self.names:
            super().make_dir(path)
            self._count(path)

    def remove_dir(self, path: Path) -> None:
        self._hook("remove_dir", path)
        if path not in self.names:
            raise FileNotFoundError(errno.ENOENT, "no such folder", str(path))
        if self.list_dir(path):
            raise OSError(errno.ENOTEMPTY, "not empty", str(path))
        del self.names[path]
        self._children[path.parent].discard(path.name)
        self.durable_names.pop(path, None)

    def under(self, root: Path) -> dict[str, bytes]:
        """Every file below a folder, by its name inside it."""
        return {
            path.relative_to(root).as_posix(): data
            for path, data in self.files().items()
            if path.is_relative_to(root)
        }

    def _count(self, folder: Path) -> None:
        while folder.name:
            siblings = self._children.setdefault(folder.parent, set())
            if folder.name in siblings:
                return
            siblings.add(folder.name)
            folder = folder.parent

    def _rebuilt(self, names: dict[Path, dict[str, Node]], data: Callable[[Node], bytes]) -> TreeFs:
        disk = TreeFs()
        plain = super()._rebuilt(names, data)
        disk.names, disk.durable_names = plain.names, plain.durable_names
        for folder in disk.names:
            disk._count(folder)
        return disk


class TreeBox(Box):
    """A vault on a TreeFs."""

    disk: TreeFs


def tree_box(seed: str | None = None) -> tuple[TreeBox, Vault]:
    disk = TreeFs(seed)
    disk.make_dir(COPY.parent)
    vault, code = Vault.create(
        ROOT, PASSPHRASE, kdf=KdfParams.for_tests(), anchors=ANCHORS, io=disk
    )
    return TreeBox(disk, code), vault


def filled_box(seed: str | None = None) -> tuple[TreeBox, Vault, list[str]]:
    """Open, with objects of one segment, of three, and an updated one."""
    box, vault = tree_box(seed)
    ids = [
        vault.put(Kind.SAMPLE, b"one", {"n": 1}),
        vault.put(Kind.CHECKPOINT, bytes(range(250)) * 600, {"long": "x" * 300}),
        vault.put(Kind.CONSENT, b"", {}),
    ]
    vault.update(ids[0], {"n": 2})
    return box, vault, ids


def open_copy(disk: MemFs, root: Path = COPY, **options: Any) -> Vault:
    """Open a copy as a machine does that never saw the vault."""
    options.setdefault("anchors", ELSEWHERE)
    options.setdefault("io", disk)
    return Vault.open(root, passphrase=PASSPHRASE, min_kdf=KdfParams.for_tests(), **options)


def held_by(disk: MemFs, root: Path = COPY, **options: Any) -> Content:
    with open_copy(disk, root, **options) as vault:
        return content(vault)


def steps_of(disk: TreeFs, work: Callable[[], object], *, folders: bool) -> list[int]:
    """Run `work` once and number what it asks of the disk; folder-making only when wanted."""
    asked: list[str] = []
    disk.before = lambda name, path: asked.append(name)
    work()
    disk.before = lambda name, path: None
    return [i for i, name in enumerate(asked) if folders or name != "make_dir"]


def failing_at(disk: TreeFs, step: int, failure: BaseException) -> None:
    """Let the disk fail at one step and ever after."""
    count: Iterator[int] = iter(range(10**9))

    def hook(name: str, path: Path | None) -> None:
        if next(count) >= step:
            raise failure

    disk.before = hook


def crash_at(disk: TreeFs, step: int, work: Callable[[], object]) -> bool:
    """Run `work` and die at one step. Whether it died."""
    failing_at(disk, step, Crash())
    try:
        work()
    except Crash:
        return True
    finally:
        disk.before = lambda name, path: None
    return False


def files_in(disk: MemFs, target: Path) -> dict[str, bytes]:
    """The files of a backup by name, those that a copy does not have left out."""
    if target.suffix != ".tar":
        assert isinstance(disk, TreeFs)
        return {name: data for name, data in disk.under(target).items() if name != "lock"}
    with TarFs(disk, target) as tar:
        return {
            name: disk.read(target)[member.offset : member.offset + member.size]
            for name, member in tar.members.items()
        }


def held(disk: MemFs, target: Path) -> Content:
    if target.suffix != ".tar":
        return held_by(disk.copy(), target)
    with TarFs(disk, target) as tar:
        return held_by(tar, target, read_only=True)  # type: ignore[arg-type]
