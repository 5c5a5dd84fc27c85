# SPDX-License-Identifier: GPL-3.0-or-later
"""Closing a vault when its owner is away: after idleness, after the machine slept, at the end."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, Protocol

from encrypted_store.errors import VaultError
from encrypted_store.vault import Vault

Reason = Literal["idle", "sleep", "exit", "asked"]

_SLEPT_S = 2.0  # what a clock may be set forward without meaning that the machine slept
_LONGEST_PAUSE_S = 2.0


class Clock(Protocol):
    """Two clocks that part while the machine sleeps."""

    def awake_s(self) -> float:
        """Seconds that do not count sleep."""
        ...

    def total_s(self) -> float:
        """Seconds that do."""
        ...


class SystemClock:
    """The machine's own.

    Linux has both clocks exactly. Elsewhere the wall clock stands in, so setting it forward by more
    than two seconds looks like sleep; and Windows counts sleep into its monotonic clock, so there
    sleep is seen only as idleness, and a front end should call `lock_now` when told of it.
    """

    def awake_s(self) -> float:
        return time.monotonic()

    def total_s(self) -> float:
        if sys.platform == "linux":
            return time.clock_gettime(time.CLOCK_BOOTTIME)
        else:  # pragma: no cover  runs on other systems only
            return time.time()


class AutoLock:
    """Closes one open vault, once, as soon as there is a reason to.

    `idle`   nothing called `touch` for `idle_s` seconds, and no `hold` is open
    `sleep`  the machine was asleep since the last look
    `asked`  `lock_now`, for what a front end hears from its toolkit: screen lock, user switch
    `exit`   the interpreter ends

    A hold keeps the vault open through idleness and through nothing else: whoever wakes or leaves
    the machine counts for more than a job, which loses no more than its next call (VaultLocked).
    Closing waits for the vault's turn, so a call in flight finishes first. The vault is held weakly
    and nobody else's `close` is hindered. Not its job: seeing the user's input, and wiping what
    callers have decoded.

    Args:
        clock: for tests; None is the machine's.
        on_lock: called once, after closing, in the thread that closed. Not called when somebody
            else closed the vault.
    """

    def __init__(
        self,
        vault: Vault,
        *,
        idle_s: float = 600.0,
        clock: Clock | None = None,
        on_lock: Callable[[Reason], None] | None = None,
    ) -> None:
        if not idle_s > 0:
            raise ValueError("idle_s is a positive number of seconds")
        self._vault = weakref.ref(vault)
        self._idle_s = idle_s
        self._clock = clock or SystemClock()
        self._on_lock = on_lock
        self._state = threading.Lock()
        self._last_use_s = self._clock.awake_s()
        self._slept_s = self._slept()
        self._holds = 0
        self._fired = False
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._pid = os.getpid()

    def touch(self) -> None:
        """Somebody used the program just now."""
        with self._state:
            self._last_use_s = self._clock.awake_s()

    @contextmanager
    def hold(self) -> Iterator[None]:
        """While the block runs, idleness does not count; it starts anew when the last one ends."""
        with self._state:
            self._holds += 1
        try:
            yield
        finally:
            with self._state:
                self._holds -= 1
                self._last_use_s = self._clock.awake_s()

    def lock_now(self) -> None:
        """Close the vault; it is closed when this returns.

        Not from inside a call of the same vault (a progress callback, a signal handler): the turn
        would be its own.
        """
        self._lock("asked")

    def poll(self) -> Reason | None:
        """Look at the clocks once and close if there is a reason, which is returned."""
        reason = self._reason()
        if reason is not None:
            self._lock(reason)
        return reason

    def start(self) -> None:
        """Look by itself, every two seconds at most, in a daemon thread. Twice is once."""
        if self._thread is not None:
            return
        self._stopping.clear()
        atexit.register(self._at_exit)
        self._thread = threading.Thread(target=self._watch, name="vault-autolock", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more. The vault stays as it is; thread and exit handler are gone on return.

        Like `lock_now`, not from inside a call of the vault: the thread may be waiting for its end.
        """
        self._stopping.set()
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _watch(self) -> None:
        pause_s = min(_LONGEST_PAUSE_S, self._idle_s / 4)
        try:
            while not self._stopping.wait(pause_s):
                if self.poll() is not None or self._over():
                    break
        finally:
            atexit.unregister(self._at_exit)

    def _reason(self) -> Reason | None:
        if self._over():
            return None
        with self._state:
            slept_s, before_s = self._slept(), self._slept_s
            self._slept_s = slept_s
            if slept_s - before_s > _SLEPT_S:
                return "sleep"
            idle = self._clock.awake_s() - self._last_use_s >= self._idle_s
            return "idle" if idle and not self._holds else None

    def _over(self) -> bool:
        vault = self._vault()
        return vault is None or vault.locked

    def _lock(self, reason: Reason) -> None:
        vault = self._vault()
        if vault is None:
            return
        with self._state:
            first = not self._fired and not vault.locked
            self._fired = self._fired or first
        # Keys and lock are gone whatever it raises, and here is nobody to tell. Compaction can
        # take seconds, in which the keys would be there.
        with contextlib.suppress(VaultError):
            vault.close(compact=False)
        if first and self._on_lock is not None:
            self._on_lock(reason)

    def _slept(self) -> float:
        return self._clock.total_s() - self._clock.awake_s()

    def _at_exit(self) -> None:
        # A fork has no keys to wipe, and its copy of the turn may be held by a thread it lacks.
        if os.getpid() == self._pid:
            self._lock("exit")
            self.stop()
