# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a vault: first what its keys come from, then everything else."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from encrypted_store.anchor import AnchorStore, default_folder
from encrypted_store.care.copying import file_size
from encrypted_store.care.folders import (
    is_rest,
    overwrite,
    read_layout,
    remove_files,
    remove_inner_folders,
    remove_outer_folders,
)
from encrypted_store.care.progress import Meter, OnProgress
from encrypted_store.errors import HeaderDamaged, NotAVault, VaultError, translated
from encrypted_store.fsio import Fsio, read_file
from encrypted_store.header import MAX_SIZE, read_headers
from encrypted_store.keychain import Keychain
from encrypted_store.lock import VaultLock
from encrypted_store.paths import VaultPaths

_ERASED = b"voicevault/1 erased"
_NEVER_PROMISED = (
    "flash cells and copy-on-write disks may keep what was overwritten",
    "snapshots, backups and copies made elsewhere are not reached",
)


@dataclass(frozen=True, slots=True)
class EraseReport:
    """What was destroyed by this call, and what was not."""

    vault_id: str | None
    """Hex; None when no header could be read any more."""
    headers: int
    objects: int
    segments: int
    others: int
    """HEAD, unfinished files, quarantine."""
    bytes: int
    """Of all removed files."""
    anchor: bool
    """This machine's memory of the vault was removed."""
    keychain: int
    """Entries removed from the keychain."""
    foreign: tuple[str, ...]
    """Paths inside the folder that are not the vault's and were left."""
    complete: bool
    """Nothing of the vault is left, as far as this program can see."""
    caveats: tuple[str, ...]
    """What cannot be promised."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Identity:
    """Where traces of a vault are outside its folder."""

    vault_id: bytes | None = None
    keychain_slots: tuple[str, ...] = ()

    def encode(self) -> bytes:
        assert self.vault_id is not None
        words = [self.vault_id.hex(), *self.keychain_slots]
        return _ERASED + b" " + " ".join(words).encode("ascii") + b"\n"

    @classmethod
    def decode(cls, data: bytes) -> _Identity | None:
        """What an interrupted erasing wrote over the last header."""
        line, _, _ = data.partition(b"\n")
        if not line.startswith(_ERASED + b" "):
            return None
        try:
            vault_id, *slots = line[len(_ERASED) + 1 :].decode("ascii").split(" ")
            return cls(bytes.fromhex(vault_id), tuple(slots))
        except ValueError:
            return cls()


def erase(
    path: str | os.PathLike[str],
    *,
    keychain: Keychain | None = None,
    anchors: Path | None = None,
    io: Fsio | None = None,
    on_progress: OnProgress | None = None,
) -> EraseReport:
    """Destroy a vault. No secret is needed, and there is no way back.

    Both headers are overwritten first: the wrapped keys are gone with them, and nothing that may
    remain can be read by anybody. Called again after an interruption, it finishes.

    Args:
        path: the vault's folder, or what an interrupted erase or restore left of one.
        keychain: the one whose entries opened it.
        anchors: as for `Vault.open`.
        on_progress: told files of the stage "erase".

    Raises:
        NotAVault: the folder is not recognised; nothing was touched.
        NewerVersion: a vault of another format.
        VaultBusy: it is open.
        ReadOnly, IoError: call again.
    """
    disk, paths = io or Fsio(), VaultPaths(Path(path).absolute())
    with translated("erasing the vault"):
        identity = _identify(disk, paths)
        lock = VaultLock.acquire(disk, paths.lock)
        try:
            tally = _Tally(disk, paths, identity)
            tally.destroy_headers()
            tally.clear_keychain(keychain)
            tally.clear_anchor(anchors)
            tally.clear_folder(on_progress)
        finally:
            lock.release()
        _unlink(disk, paths.lock)
        disk.durable_dir(paths.root)  # a rest is recognised by obj/ alone, so it goes last
        remove_outer_folders(disk, paths)
        return tally.report()


class _Tally:
    """One erasing: its steps in order, and what they did."""

    def __init__(self, io: Fsio, paths: VaultPaths, identity: _Identity) -> None:
        self._io = io
        self._paths = paths
        self._identity = identity
        self._caveats = list(_NEVER_PROMISED)
        self._foreign: list[str] = []
        self._headers = self._objects = self._segments = self._others = 0
        self._bytes = self._entries = 0
        self._anchor = False

    def destroy_headers(self) -> None:
        """Overwrite both.

        The last one keeps its name until keychain and anchor are done, and says in place of its
        keys where those are, so that a second call can find them.
        """
        there = [path for path in self._paths.headers if self._io.exists(path)]
        for path in there:
            size = file_size(self._io, path) or 0
            last = path == there[-1] and self._identity.vault_id is not None
            note = self._identity.encode() if last else b""
            overwrite(self._io, path, note.ljust(size, b"\0"))
            if not last:
                self._io.unlink(path)
            self._headers += 1
            self._bytes += size
        self._io.durable_dir(self._paths.root)

    def clear_keychain(self, keychain: Keychain | None) -> None:
        """Remove the slots' entries. They open nothing any more: a failure is a caveat."""
        vault_id = (self._identity.vault_id or b"").hex()
        for slot in self._identity.keychain_slots:
            why = "no keychain was given"
            if keychain is not None:
                try:
                    keychain.remove(vault_id, slot)
                    self._entries += 1
                    continue
                except VaultError as error:
                    why = error.message
            self._caveats.append(f"the keychain's entry {slot} is still there: {why}")

    def clear_anchor(self, anchors: Path | None) -> None:
        """Remove what this machine remembers of the vault; then the last header's name."""
        if self._identity.vault_id is None:
            self._caveats.append("no header could be read: no anchor was looked for")
        else:
            store = AnchorStore(self._io, anchors or default_folder(), self._identity.vault_id)
            try:
                store.sweep()
                self._anchor = _unlink(self._io, store.path)
                self._io.durable_dir(store.path.parent)
            except OSError as error:
                self._caveats.append(f"this machine's anchor is still there: {error.strerror}")
        for path in self._paths.headers:
            _unlink(self._io, path)
        self._io.durable_dir(self._paths.root)

    def clear_folder(self, on_progress: OnProgress | None) -> None:
        """Remove every file of the layout, then the folders that are empty then."""
        layout = read_layout(self._io, self._paths)
        objects, segments = set(layout.objects), set(layout.segments)
        total = len(objects) + len(segments) + len(layout.heads) + len(layout.others)
        meter = Meter("erase", total, on_progress, None)
        for path, size in remove_files(self._io, layout):
            self._objects += path in objects
            self._segments += path in segments
            self._others += path not in objects and path not in segments
            self._bytes += size
            meter.add(1)
        remove_inner_folders(self._io, self._paths)
        self._foreign = [one.relative_to(self._paths.root).as_posix() for one in layout.foreign]

    def report(self) -> EraseReport:
        vault_id = self._identity.vault_id
        return EraseReport(
            vault_id=None if vault_id is None else vault_id.hex(),
            headers=self._headers,
            objects=self._objects,
            segments=self._segments,
            others=self._others,
            bytes=self._bytes,
            anchor=self._anchor,
            keychain=self._entries,
            foreign=tuple(sorted(self._foreign)),
            complete=not self._io.exists(self._paths.root) or bool(self._foreign),
            caveats=tuple(self._caveats),
        )


def _identify(io: Fsio, paths: VaultPaths) -> _Identity:
    """Make sure that the folder is a vault or the rest of one, and whose."""
    for path in paths.headers:
        if io.exists(path):
            found = _Identity.decode(read_file(io, path, MAX_SIZE))
            if found is not None:
                return found
    try:
        header = read_headers(io, paths).best.header
    except (NotAVault, HeaderDamaged):
        if is_rest(io, paths):
            return _Identity()
        raise NotAVault(f"{paths.root} is no vault, and no rest of one") from None
    slots = tuple(slot.id.hex() for slot in header.slots if slot.type == "keychain")
    return _Identity(header.vault_id, slots)


def _unlink(io: Fsio, path: Path) -> bool:
    """Remove a file; False when there is none."""
    if not io.exists(path):
        return False
    io.unlink(path)
    return True
