# SPDX-License-Identifier: GPL-3.0-or-later
"""A vault on a disk in memory: fast, and it can be made to fail."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from store_memfs import MemFs

from encrypted_store import KdfParams, Vault

PASSPHRASE = "correct horse"
ROOT = Path("/mem/v")
ANCHORS = Path("/mem/anchors")
HISTORY = 5  # records in the fixture `filled`: open, put, put, upd, put


@dataclass
class Box:
    """A vault on a disk in memory, closed unless a test opens it."""

    disk: MemFs
    code: str = ""

    def open(self, disk: MemFs | None = None, **options: Any) -> Vault:
        if "recovery_code" not in options:
            options.setdefault("passphrase", PASSPHRASE)
        options.setdefault("anchors", ANCHORS)
        options.setdefault("min_kdf", KdfParams.for_tests())
        return Vault.open(ROOT, io=disk or self.disk, **options)

    def object_path(self, object_id: str) -> Path:
        return ROOT / "obj" / object_id[:2] / f"{object_id}.vvo"

    @property
    def log(self) -> Path:
        return ROOT / "cat" / "00000001.vvlog"

    @property
    def anchor(self) -> Path:
        return next(path for path in self.disk.files() if path.parent == ANCHORS)


def new_box(seed: str | None = None) -> tuple[Box, Vault]:
    disk = MemFs(seed)
    vault, code = Vault.create(
        ROOT, PASSPHRASE, kdf=KdfParams.for_tests(), anchors=ANCHORS, io=disk
    )
    return Box(disk, code), vault


def content(vault: Vault) -> dict[str, tuple[bytes, object]]:
    """All that a vault holds."""
    return {entry.id: (vault.get(entry.id), entry.meta) for entry in vault.list()}


def flip(disk: MemFs, path: Path, bit: int) -> None:
    """Turn one bit of a file; twice restores it."""
    data = bytearray(disk.read(path))
    data[bit // 8] ^= 1 << bit % 8
    disk.write(path, bytes(data))
