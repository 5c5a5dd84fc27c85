# SPDX-License-Identifier: GPL-3.0-or-later
"""Long jobs (import, train, evaluate, export, label, consent): one at a time, with progress.

The Studio's calls block until their worker process has ended, so they run in a thread of the pool;
their events are collected there and handed on here thirty times a second at most.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from gui.tasks import Tasks
from voicevault.events import Event, Preview, Progress

TELL_MS = 33
TRAINING = "train"
"""The name of the one job that may go on without a window."""
T = TypeVar("T")
OnEvent = Callable[[Event | Preview], None]


@dataclass(frozen=True, slots=True)
class JobEnded:
    """How a job ended: with `value`, or with `error`."""

    name: str
    value: Any = None
    error: Exception | None = None


class Jobs(QObject):
    """Runs one long Studio call and tells its events in the GUI thread.

    Not its job: what a job means. A page starts it and shows it; any page may watch the signals.
    """

    job_started = Signal(str)
    job_told = Signal(str, object)
    """The job's name and an event of voicevault.events, in order; progress may be thinned out."""
    job_ended = Signal(object)
    """A JobEnded, after the starter's own callback."""

    def __init__(self, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._lock = threading.Lock()
        self._coming: deque[Event | Preview] = deque()
        self._timer = QTimer(self)
        self._timer.setInterval(TELL_MS)
        self._timer.timeout.connect(self._tell)
        self._cancel: Callable[[], None] | None = None
        self._callbacks: tuple[Any, Any] = (None, None)
        self.name = ""
        """Of the job that runs; empty when none does."""

    def start(
        self,
        name: str,
        call: Callable[[OnEvent], T],
        *,
        cancel: Callable[[], None],
        then: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> bool:
        """Run `call`, giving it where to send its events; False when another job runs.

        Args:
            cancel: stops it kindly, may be called from the GUI thread: `studio.cancel`.
        """
        if self.name:
            return False
        self.name, self._cancel, self._callbacks = name, cancel, (then, failed)
        self._timer.start()
        self.job_started.emit(name)
        self._tasks.run(lambda: call(self._heard), self._done, self._broke)
        return True

    def cancel(self) -> None:
        """Ask the running job to stop; its end comes as an error of class Cancelled."""
        if self._cancel is not None:
            self._cancel()

    def _heard(self, event: Event | Preview) -> None:
        """In the job's thread. Of progress that nobody has read yet only the newest counts."""
        with self._lock:
            last = self._coming[-1] if self._coming else None
            if isinstance(event, Progress) and isinstance(last, Progress):
                self._coming.pop()
            self._coming.append(event)

    def _tell(self) -> None:
        with self._lock:
            events, self._coming = list(self._coming), deque()
        for event in events:
            self.job_told.emit(self.name, event)

    def _done(self, value: Any) -> None:
        self._end(JobEnded(self.name, value), self._callbacks[0], value)

    def _broke(self, error: Exception) -> None:
        failed = self._callbacks[1] or self._tasks.failed_unheard.emit
        self._end(JobEnded(self.name, error=error), failed, error)

    def _end(self, ended: JobEnded, callback: Callable[[Any], None] | None, value: Any) -> None:
        self._tell()
        self._timer.stop()
        self.name, self._cancel, self._callbacks = "", None, (None, None)
        self._tasks.answer(callback, value)
        self.job_ended.emit(ended)
