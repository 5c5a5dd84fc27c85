# SPDX-License-Identifier: GPL-3.0-or-later
"""Decisions that can be taken back. A take that is undone is destroyed in the vault."""

from __future__ import annotations

import collections
from dataclasses import dataclass
from typing import Literal, TypeAlias

from voicevault.data.takes import Take
from voicevault.recording.attempt import Attempt
from voicevault.text.prompts import Prompt

REMEMBERED = 10
"""Attempts are sound in memory: ten of a minute are 115 MB, ten usual ones 10."""

What: TypeAlias = Literal["kept", "skipped", "discarded"]


@dataclass(slots=True)
class Decision:
    """What became of a prompt, with the attempt it was about, if there was one."""

    what: What
    prompt: Prompt
    attempt: Attempt | None = None
    take: Take | None = None


class History:
    """The newest decisions of a session."""

    def __init__(self) -> None:
        self._decisions: collections.deque[Decision] = collections.deque(maxlen=REMEMBERED)

    def add(self, decision: Decision) -> None:
        """One more."""
        self._decisions.append(decision)

    def last(self) -> Decision | None:
        """The newest, left where it is."""
        return self._decisions[-1] if self._decisions else None

    def drop(self) -> None:
        """The newest was taken back."""
        self._decisions.pop()

    def take_of(self, attempt: Attempt) -> Decision | None:
        """The decision that kept this attempt, if it can still be taken back."""
        return next((one for one in self._decisions if one.attempt is attempt and one.take), None)
