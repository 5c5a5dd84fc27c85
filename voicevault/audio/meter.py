# SPDX-License-Identifier: GPL-3.0-or-later
"""How loud it is now: peak and mean with a line that holds, and a light for clipping that stays."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from voicevault.audio import qc
from voicevault.audio.files import Samples
from voicevault.audio.vad import FLOOR_DBFS

HOLD_S = 1.5
FALL_DB_S = 20.0  # how fast peak and held line sink
MEAN_S = 0.3
CEILING_DBFS = -6.0
NO_SIGNAL_DBFS = -80.0

Zone: TypeAlias = Literal["none", "quiet", "good", "loud", "clipped"]
WORDS: dict[Zone, str] = {
    "none": "no signal",
    "quiet": "quiet",
    "good": "good level",
    "loud": "loud",
    "clipped": "too loud: clipped",
}


@dataclass(frozen=True, slots=True)
class Level:
    """What a meter shows at one moment. `clipped` stays until `Meter.clear`."""

    peak_dbfs: float = FLOOR_DBFS
    mean_dbfs: float = FLOOR_DBFS
    held_dbfs: float = FLOOR_DBFS
    clipped: bool = False

    @property
    def zone(self) -> Zone:
        """Where the held peak lies: a voice is judged by its loud moments."""
        if self.clipped:
            return "clipped"
        if self.held_dbfs < NO_SIGNAL_DBFS:
            return "none"
        if self.held_dbfs < qc.QUIET_DBFS:
            return "quiet"
        return "good" if self.held_dbfs <= CEILING_DBFS else "loud"

    @property
    def words(self) -> str:
        """The zone for people, also for those who do not see the bar."""
        return WORDS[self.zone]


class Meter:
    """Fed with what a microphone gives, block by block."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._power = 0.0
        self._held_s = 0.0
        self._run = 0  # samples at the limit at the end of the last block
        self.level = Level()

    def feed(self, block: Samples) -> Level:
        """The level after `block` [S]."""
        if not len(block):
            return self.level
        seconds = len(block) / self._rate_hz
        loudest = _dbfs(float(np.abs(block).max()))
        share = math.exp(-seconds / MEAN_S)
        power = float(np.square(block, dtype=np.float64).mean())
        self._power = share * self._power + (1 - share) * power
        before = self.level
        held, self._held_s = before.held_dbfs, self._held_s + seconds
        if loudest >= held:
            held, self._held_s = loudest, 0.0
        elif self._held_s > HOLD_S:
            held = max(held - FALL_DB_S * seconds, loudest)
        self.level = Level(
            max(loudest, before.peak_dbfs - FALL_DB_S * seconds, FLOOR_DBFS),
            max(10 * math.log10(self._power + 1e-12), FLOOR_DBFS),
            max(held, FLOOR_DBFS),
            before.clipped or self._clips(block),
        )
        return self.level

    def clear(self) -> None:
        """Put the light out and let the line fall."""
        self._held_s = HOLD_S
        self.level = Level(self.level.peak_dbfs, self.level.mean_dbfs, self.level.peak_dbfs)

    def _clips(self, block: Samples) -> bool:
        """Whether so many samples in a row are at the limit, also across two blocks."""
        at_limit = np.abs(block) >= qc.CLIP_LEVEL
        if not at_limit.any():
            self._run = 0
            return False
        edges = np.flatnonzero(np.diff(np.concatenate(([False], at_limit, [False])).view(np.int8)))
        runs = edges.reshape(-1, 2)
        lengths = runs[:, 1] - runs[:, 0]
        if runs[0, 0] == 0:
            lengths[0] += self._run
        self._run = int(lengths[-1]) if runs[-1, 1] == len(block) else 0
        return bool(lengths.max() >= qc.CLIP_RUN)


def _dbfs(value: float) -> float:
    return 20 * math.log10(value) if value > 0 else FLOOR_DBFS
