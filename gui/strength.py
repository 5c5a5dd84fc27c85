# SPDX-License-Identifier: GPL-3.0-or-later
"""How soon a passphrase would be guessed, and what would make it better.

The count of guesses is zxcvbn's (Wheeler, USENIX Security 2016): common words, names, dates,
keyboard rows and repetitions, in the order a cracker tries them. An estimate from above for a
phrase it does not know the pattern of, so the words stay careful.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

SECONDS_A_GUESS = 0.5
"""A new vault's passphrase function costs at least this on the machine that made it."""
COMPUTERS = 1_000
"""Of an attacker who wants this vault and has money, each as fast as the machine that made it."""
LONGEST = 72
"""Characters that are looked at; the estimate's time grows with the square of them."""


class Level(Enum):
    """What a phrase is worth; each level begins at a power of ten of guesses."""

    NONE = -1
    WEAK = 0
    FAIR = 9
    GOOD = 12
    STRONG = 15


class Flaw(Enum):
    """The first thing a cracker would use."""

    NONE = ""
    COMMON = "dictionary"
    REPEAT = "repeat"
    SEQUENCE = "sequence"
    KEYBOARD = "spatial"
    DATE = "date"
    SHORT = "short"


@dataclass(frozen=True, slots=True)
class Strength:
    """An estimate. `seconds` is how long such an attacker would need on average."""

    level: Level
    seconds: float
    flaw: Flaw

    @property
    def share(self) -> int:
        """0 to 100, for a bar that is full where guessing takes longer than anybody lives."""
        return {Level.NONE: 0, Level.WEAK: 20, Level.FAIR: 45, Level.GOOD: 75}.get(self.level, 100)


def estimate(passphrase: str) -> Strength:
    """The strength of a phrase. Takes some milliseconds; the phrase is kept nowhere."""
    if not passphrase:
        return Strength(Level.NONE, 0.0, Flaw.NONE)
    from zxcvbn import zxcvbn  # its word lists take 80 ms to load, and only who sets one needs them

    found = zxcvbn(passphrase[:LONGEST])
    power = float(found["guesses_log10"])
    level = max((one for one in Level if one.value <= max(power, 0.0)), key=lambda one: one.value)
    seconds = 10.0 ** min(power, 60.0) / 2 * SECONDS_A_GUESS / COMPUTERS
    return Strength(level, seconds, _flaw(found["sequence"], level, len(passphrase)))


def _flaw(sequence: list[dict[str, Any]], level: Level, length: int) -> Flaw:
    if level in (Level.GOOD, Level.STRONG):
        return Flaw.NONE
    longest = max(sequence, key=lambda one: len(one["token"]), default=None)
    known = {one.value: one for one in Flaw}
    flaw = known.get(longest["pattern"] if longest else "", Flaw.SHORT)
    return Flaw.SHORT if flaw is Flaw.COMMON and length > 12 else flaw
