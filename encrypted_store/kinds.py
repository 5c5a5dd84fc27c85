# SPDX-License-Identifier: GPL-3.0-or-later
"""What an object is, and how it is listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any


class Kind(IntEnum):
    """The one fact about an object that is visible without a key. Numbers are the format's."""

    SAMPLE = 1
    FEATURES = 2
    CHECKPOINT = 3
    CONSENT = 4
    SETTINGS = 5
    MODEL = 6
    SALVAGED = 7


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the catalogue."""

    id: str
    """32 lower-case hex digits."""
    kind: Kind
    size: int
    """Payload bytes."""
    sha256: str
    """Of the payload, lower-case hex."""
    meta: Mapping[str, Any]
    """The current metadata: a copy, changing it changes nothing."""
    recovered: bool = False
    """Found complete but unlisted after a crash, and listed then."""


@dataclass(frozen=True, slots=True)
class Destroyed:
    """The receipt for one deletion."""

    id: str
    kind: Kind
    size: int
    """Payload bytes."""
    file_bytes: int
    """Bytes of the sealed file that was removed; 0: there was no file."""
    t_s: int
    """When, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that happened to the vault, for the record."""

    event: str
    """backup, repaired, rollback-accepted, passphrase-changed and the like."""
    t_s: int
    """Seconds since 1970."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SlotInfo:
    """One way into the vault, without anything secret."""

    id: str
    """16 hex digits."""
    type: str
    """passphrase, recovery or keychain."""
    memory_kib: int = 0
    """Argon2id memory of a passphrase; 0 for random secrets, which need no stretching."""
    passes: int = 0
    lanes: int = 0
