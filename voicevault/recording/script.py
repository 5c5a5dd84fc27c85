# SPDX-License-Identifier: GPL-3.0-or-later
"""What is left to read, and how far a person has come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from voicevault.data.takes import Take, spoken
from voicevault.text.coverage import (
    Coverage,
    coverage,
    frequencies,
    sentence_phones,
)
from voicevault.text.prompts import Prompt

MINIMUM = 10
"""Sentences that are enough for a first voice (recipes/README.md)."""
RECOMMENDED = 120
"""Five to six minutes of short sentences; more brings little (the learning curve in README.md)."""
USUAL_S = 9.0
"""What a sentence takes with everything around it, until the person's own pace is known."""
_USUAL_WEIGHT = 5
_LONGEST_S = 45.0  # a telephone call between two sentences is no pace


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a session has come."""

    done: int
    total: int
    left_s: float
    spoken_s: float
    """Usable speech in the vault, from wherever it came."""
    usable: int
    """Usable takes in the vault."""

    def sentence(self) -> str:
        """'37 of 120, about 11 minutes left'."""
        if self.done >= self.total:
            return f"{self.done} of {self.total}, all done"
        minutes = round(self.left_s / 60)
        if minutes < 1:
            return f"{self.done} of {self.total}, less than a minute left"
        plural = "" if minutes == 1 else "s"
        return f"{self.done} of {self.total}, about {minutes} minute{plural} left"

    def mark(self) -> str:
        """What the vault is good for already, or how many sentences that needs."""
        if self.usable >= RECOMMENDED:
            return "enough for a good voice; more helps little"
        if self.usable >= MINIMUM:
            return f"enough for a first voice; {RECOMMENDED} are better"
        return f"a first voice needs {MINIMUM} sentences"


class Script:
    """Prompts in their order, without those that were said before."""

    def __init__(self, prompts: Sequence[Prompt], takes: Iterable[Take]) -> None:
        self._prompts = {one.id: one for one in prompts}
        self._waiting: list[str] = []
        self._texts: dict[str, str] = {}  # what was said, by take
        self._usable = 0
        self._spoken_ms = 0
        said: set[str] = set()
        for take in takes:
            if take.usable:
                said |= {spoken(take.text), spoken(take.asked)}
                self._count(take, 1)
        self._waiting = [one.id for one in prompts if spoken(one.text) not in said]
        self._pace_s, self._paced = USUAL_S, _USUAL_WEIGHT

    @property
    def current(self) -> Prompt | None:
        """What to read now; None when everything is said."""
        return self._prompts[self._waiting[0]] if self._waiting else None

    @property
    def following(self) -> Prompt | None:
        """What comes after it."""
        return self._prompts[self._waiting[1]] if len(self._waiting) > 1 else None

    def progress(self) -> Progress:
        """The figures of now. Beyond the recommended number the whole list counts."""
        done, everything = len(self._prompts) - len(self._waiting), len(self._prompts)
        total = everything if done >= RECOMMENDED else min(everything, RECOMMENDED)
        left_s = (total - done) * self._pace_s
        return Progress(done, total, left_s, self._spoken_ms / 1000, self._usable)

    def said(self, prompt: Prompt, take: Take, seconds: float) -> None:
        """`prompt` was recorded as `take`, `seconds` after the decision before it."""
        self._waiting.remove(prompt.id)
        self._count(take, 1)
        self._paced += 1
        self._pace_s += (min(seconds, _LONGEST_S) - self._pace_s) / self._paced

    def unsaid(self, prompt: Prompt, take: Take) -> None:
        """The take is gone again: its prompt comes next."""
        self._count(take, -1)
        self.first(prompt)

    def later(self, prompt: Prompt) -> None:
        """Come back to it at the end."""
        if prompt.id in self._waiting:
            self._waiting.remove(prompt.id)
        self._waiting.append(prompt.id)

    def first(self, prompt: Prompt) -> None:
        """Come back to it now."""
        if prompt.id in self._waiting:
            self._waiting.remove(prompt.id)
        self._waiting.insert(0, prompt.id)

    def amended(self, before: Take, after: Take) -> None:
        """A take's verdict came later; one that is of no use any more is to be said again."""
        self._count(before, -1)
        self._count(after, 1)

    def sounds(self) -> Coverage:
        """What the usable takes hold of the sounds of English, against the whole list."""
        everything = sentence_phones(one.text for one in self._prompts.values())
        held = sentence_phones(self._texts.values())
        return coverage(held, frequencies([*everything, *held]))

    def _count(self, take: Take, sign: int) -> None:
        if not take.usable:
            return
        self._usable += sign
        self._spoken_ms += sign * take.duration_ms
        if sign > 0:
            self._texts[take.id] = take.text
        else:
            self._texts.pop(take.id, None)
