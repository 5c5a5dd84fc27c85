# SPDX-License-Identifier: GPL-3.0-or-later
"""How long work tells of itself, and how it is stopped."""

from __future__ import annotations

from collections.abc import Callable

from encrypted_store.errors import VaultError

OnProgress = Callable[[str, int, int], None]
"""Called with the stage's name, what is done and the total, in bytes or items."""

Stop = Callable[[], bool]
"""Asked between items; True ends the work."""


class Stopped(VaultError):
    """The work was ended by its owner. What was done so far is whole."""

    code = "Stopped"
    default_hint = "start it again: it goes on where it can"


class Meter:
    """One stage of the work: counts, tells, and asks whether to go on."""

    def __init__(
        self, stage: str, total: int, on_progress: OnProgress | None, stop: Stop | None
    ) -> None:
        self._stage = stage
        self._on_progress = on_progress
        self._stop = stop
        self._done = 0
        self.total = total
        self.add(0)

    def add(self, amount: int) -> None:
        """Count `amount` as done."""
        self._done += amount
        self.total = max(self.total, self._done)
        if self._on_progress is not None:
            self._on_progress(self._stage, self._done, self.total)

    def ask(self) -> None:
        """Raises Stopped when the owner wants it so."""
        if self._stop is not None and self._stop():
            raise Stopped(f"{self._stage}: stopped")
