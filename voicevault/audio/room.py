# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a room is quiet enough to record in: three seconds in which nobody speaks."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from voicevault.audio import qc, vad
from voicevault.audio.files import Samples

CHECK_S = 3.0
LOUD_DBFS = -40.0  # behind a voice at a usual distance this leaves less than 20 dB
DEAD_DBFS = -90.0  # no converter is this quiet: a muted input gives zeros
HEARD_MS = 300


class RoomReason(enum.Enum):
    """What a room is like; its text and the one thing to do."""

    GOOD = ("good", "")
    NOISY = ("noisy", "Close windows and doors, switch off fans.")
    LOUD = ("too noisy", "Find a quieter place, or move closer to the microphone.")
    SPOKEN = ("something was heard", "Check again, and stay silent for three seconds.")
    DEAD = ("the microphone gives no sound", "Check that it is chosen and not muted.")

    @property
    def text(self) -> str:
        """The finding in a few words."""
        return self.value[0]

    @property
    def advice(self) -> str:
        """One thing to do; empty where nothing is to be done."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Room:
    """The verdict on a room."""

    reason: RoomReason
    noise_dbfs: float

    @property
    def ok(self) -> bool:
        """Whether to go on without changing anything."""
        return self.reason is RoomReason.GOOD

    def sentence(self) -> str:
        """One line for people: 'Room noise -58 dBFS, good.'"""
        if self.reason in (RoomReason.DEAD, RoomReason.SPOKEN):
            first = self.reason.text[0].upper() + self.reason.text[1:]
        else:
            first = f"Room noise {self.noise_dbfs:.0f} dBFS, {self.reason.text}"
        return f"{first}. {self.reason.advice}".rstrip()


def judge_room(samples: Samples, rate_hz: int) -> Room:
    """The verdict on `samples` [S] of a room in which nobody should have spoken."""
    heard = vad.detect(samples, rate_hz)
    noise = heard.noise_dbfs
    if noise <= DEAD_DBFS:
        reason = RoomReason.DEAD
    elif heard.speech_ms >= HEARD_MS and heard.speech_dbfs > qc.ROOM_DBFS:
        reason = RoomReason.SPOKEN
    elif noise > LOUD_DBFS:
        reason = RoomReason.LOUD
    else:
        reason = RoomReason.NOISY if noise > qc.ROOM_DBFS else RoomReason.GOOD
    return Room(reason, noise)
