# SPDX-License-Identifier: GPL-3.0-or-later
"""Names inside a vault folder, and the prefix that separates this format's keys from others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

PREFIX = b"voicevault/1 "
FORMAT = "voicevault/1"

_OBJECT_NAME = re.compile(r"([0-9a-f]{32})\.vvo", re.ASCII)
_SEGMENT_NAME = re.compile(r"(\d{8,})\.vvlog", re.ASCII)


@dataclass(frozen=True, slots=True)
class VaultPaths:
    """Where the parts of one vault are. Knows names only, touches nothing."""

    root: Path

    @property
    def headers(self) -> tuple[Path, Path]:
        return self.root / "vault.json", self.root / "vault.json.2"

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def head(self) -> Path:
        return self.root / "HEAD"

    @property
    def catalogue(self) -> Path:
        return self.root / "cat"

    @property
    def objects(self) -> Path:
        return self.root / "obj"

    @property
    def tmp(self) -> Path:
        return self.root / "tmp"

    @property
    def quarantine(self) -> Path:
        return self.root / "quarantine"

    def segment(self, epoch: int) -> Path:
        return self.catalogue / f"{epoch:08d}.vvlog"

    def shards(self) -> list[Path]:
        return [self.objects / f"{i:02x}" for i in range(256)]

    def object(self, object_id: str) -> Path:
        return self.objects / object_id[:2] / f"{object_id}.vvo"


def object_id_of(shard: str, name: str) -> str | None:
    """The id a file in obj/<shard>/ stands for, or None when the name is not one of ours."""
    found = _OBJECT_NAME.fullmatch(name)
    return found[1] if found and found[1][:2] == shard else None


def epoch_of(name: str) -> int | None:
    """The epoch of a catalogue segment's file name, or None when the name is not one of ours."""
    found = _SEGMENT_NAME.fullmatch(name)
    return int(found[1]) if found else None
