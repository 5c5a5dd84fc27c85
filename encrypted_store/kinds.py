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
