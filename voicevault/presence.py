# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether somebody is there: an open vault closes by itself after idleness or the machine's sleep.

The store has the watch (`encrypted_store.autolock`); here a Studio's long work holds it off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from encrypted_store import Vault
from encrypted_store.autolock import AutoLock


class Presence:
    """The watch over one open vault; none until `lock_when_idle` asks for it."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._watch: AutoLock | None = None

    def lock_when_idle(self, idle_s: float, on_lock: Callable[[str], None]) -> None:
        """Close the vault after `idle_s` seconds without `touch` and without long work.

        Args:
            on_lock: told the reason (idle, sleep, exit), after closing, in the watch's own thread.
        """
        self.stop()
        self._watch = AutoLock(self._vault, idle_s=idle_s, on_lock=on_lock)
        self._watch.start()

    def touch(self) -> None:
        """Somebody used the program just now."""
        if self._watch is not None:
            self._watch.touch()

    @contextmanager
    def busy(self) -> Iterator[None]:
        """While the block runs, idleness does not count."""
        if self._watch is None:
            yield
            return
        with self._watch.hold():
            yield

    def stop(self) -> None:
        """Watch no more. Not from inside a call of the vault."""
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.stop()
