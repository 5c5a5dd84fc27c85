# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking a vault's folder apart by its layout, and leaving alone what is not of it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from encrypted_store.care.copying import file_size
from encrypted_store.fsio import Fsio
from encrypted_store.paths import VaultPaths, epoch_of, object_id_of
from encrypted_store.session import SHRED

_TEMPORARY = re.compile(r".+\.[0-9a-f]{16}\.tmp", re.ASCII)


@dataclass(slots=True)
class Layout:
    """The files of one vault folder, headers and lock apart, and what does not belong."""

    heads: list[Path] = field(default_factory=list)
    segments: list[Path] = field(default_factory=list)
    objects: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)
    """In tmp/ and quarantine/."""
    foreign: list[Path] = field(default_factory=list)


def read_layout(io: Fsio, paths: VaultPaths) -> Layout:
    """Sort what is in a vault's folder. Links are never followed: what they lead to is not ours."""
    found = Layout()
    ours = {path.name for path in (*paths.headers, paths.lock, paths.head)}
    folders = {path.name for path in _folders(paths)}
    for name in io.list_dir(paths.root):
        path = paths.root / name
        if name == paths.head.name:
            found.heads.append(path)
        elif (name not in ours and name not in folders) or (name in folders and io.is_link(path)):
            found.foreign.append(path)
    for path in _inside(io, paths.catalogue):
        (found.foreign if epoch_of(path.name) is None else found.segments).append(path)
    shards = set(paths.shards())
    for shard in _inside(io, paths.objects):
        if shard not in shards or io.is_link(shard):
            found.foreign.append(shard)
            continue
        for path in _inside(io, shard):
            known = object_id_of(shard.name, path.name) is not None
            (found.objects if known else found.foreign).append(path)
    for path in _inside(io, paths.tmp):
        (found.others if _TEMPORARY.fullmatch(path.name) else found.foreign).append(path)
    found.others += _inside(io, paths.quarantine)
    return found


def remove_files(io: Fsio, layout: Layout) -> Iterator[tuple[Path, int]]:
    """Remove what `layout` lists as the vault's, and yield each file with its size.

    Segments lose their salt first. Objects need not: the keys died with the headers. What turns
    out to be a folder goes over to `layout.foreign`.

    Raises:
        OSError: the rest is still there.
    """
    for path in [*layout.heads, *layout.segments, *layout.objects, *layout.others]:
        size = 0
        with contextlib.suppress(OSError):
            size = file_size(io, path) or 0
        if path in layout.segments:
            with contextlib.suppress(OSError):
                overwrite(io, path, bytes(min(SHRED, size)))
        try:
            io.unlink(path)
        except (IsADirectoryError, PermissionError):
            layout.foreign.append(path)
            continue
        yield path, size


def remove_inner_folders(io: Fsio, paths: VaultPaths) -> None:
    """Remove cat/, tmp/ and quarantine/ where they are empty."""
    for folder in (paths.catalogue, paths.tmp, paths.quarantine):
        _remove_dir(io, folder)


def remove_outer_folders(io: Fsio, paths: VaultPaths, *, keep_root: bool = False) -> None:
    """Remove obj/ and the vault's folder where they are empty. By the 256 a rest is recognised."""
    if not io.is_link(paths.objects):
        for folder in (*paths.shards(), paths.objects):
            _remove_dir(io, folder)
    if not keep_root:
        _remove_dir(io, paths.root)


def overwrite(io: Fsio, path: Path, data: bytes) -> None:
    """Replace the start of a file in place, durable."""
    fd = io.open_update(path)
    try:
        io.write_at(fd, 0, data)
        io.durable(fd)
    finally:
        io.close(fd)


def is_rest(io: Fsio, paths: VaultPaths) -> bool:
    """Whether a folder without a header is what is left of a vault, or was to become one.

    All 256 folders in obj/ are a sign that nothing else has. Fewer of them will do when nothing
    but obj/ is left: that is the last step of erasing and the first of making.
    """
    if io.is_link(paths.objects):
        return False
    shards = {shard.name for shard in paths.shards()}
    found = set(io.list_dir(paths.objects))
    names = set(io.list_dir(paths.root))
    layout = {path.name for path in (*_folders(paths), *paths.headers, paths.lock, paths.head)}
    if not found:
        return names == {paths.objects.name}
    return found <= shards and (found == shards or names & layout == {paths.objects.name})


def _folders(paths: VaultPaths) -> tuple[Path, ...]:
    return paths.catalogue, paths.objects, paths.tmp, paths.quarantine


def _inside(io: Fsio, folder: Path) -> list[Path]:
    """What a folder of the layout holds; nothing when it is a link or no folder."""
    if io.is_link(folder):
        return []
    try:
        return [folder / name for name in io.list_dir(folder)]
    except NotADirectoryError:
        return []


def _remove_dir(io: Fsio, path: Path) -> None:
    """Remove a folder when it is one and empty; anything else stays."""
    with contextlib.suppress(OSError):
        io.remove_dir(path)
