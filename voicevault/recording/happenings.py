# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens in a session, in words that can be shown, printed and read aloud alike."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Kind(enum.Enum):
    """Past tense: it is told after it happened."""

    ROOM_CHECKED = "room checked"
    LISTENING = "listening"
    SPEAK = "speak"
    JUDGED = "judged"
    KEPT = "kept"
    SKIPPED = "skipped"
    DISCARDED = "discarded"
    UNDONE = "undone"
    REFUSED = "refused"
    WORDS_DIFFERED = "words differed"
    UNPLUGGED = "unplugged"
    PAUSED = "paused"
    BREAK_DUE = "break due"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened."""

    kind: Kind
    text: str
