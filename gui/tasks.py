# SPDX-License-Identifier: GPL-3.0-or-later
"""Work of up to a few seconds off the GUI thread: vault calls, decoding, key derivation.

    tasks.run(func, then, failed)

`func` runs in a pool and touches no widget. `then(value)` or `failed(error)` runs in the GUI thread
afterwards, unless the object it is a method of is gone by then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, QThreadPool, Signal
from shiboken6 import isValid

THREADS = 4
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of one task, on its way to the GUI thread."""

    callback: Callable[[Any], None] | None
    value: Any


class Tasks(QObject):
    """The one way to another thread. A page never starts one of its own."""

    failed_unheard = Signal(object)
    """An exception that nobody asked to be told of."""
    _ended = Signal(object)

    def __init__(self, parent: QObject | None = None, threads: int = THREADS) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(threads)
        self._last = QThreadPool(self)
        self._last.setMaxThreadCount(1)
        self._ended.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        func: Callable[[], T],
        then: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Run `func` elsewhere and tell one of the two here."""

        self._pool.start(self._work(func, then, failed))

    def run_after_all(
        self,
        func: Callable[[], T],
        then: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """The same once everything begun before has ended: for closing a vault."""

        def when_quiet() -> T:
            self._pool.waitForDone()
            return func()

        self._last.start(self._work(when_quiet, then, failed))

    def wait(self, timeout_ms: int = -1) -> bool:
        """Until nothing runs any more; for the end of the program and for tests."""
        return self._pool.waitForDone(timeout_ms) and self._last.waitForDone(timeout_ms)

    def answer(self, callback: Callable[[Any], None] | None, value: Any) -> None:
        """Call back, unless there is nobody left to hear it: a page may close while work runs."""
        listener = getattr(callback, "__self__", None)
        gone = isinstance(listener, QObject) and not isValid(listener)
        if callback is not None and not gone:
            callback(value)

    def _work(
        self,
        func: Callable[[], T],
        then: Callable[[T], None] | None,
        failed: Callable[[Exception], None] | None,
    ) -> Callable[[], None]:
        def work() -> None:
            try:
                answer = _Answer(then, func())
            except Exception as error:
                answer = _Answer(failed or self.failed_unheard.emit, error)
            self._ended.emit(answer)

        return work

    def _deliver(self, answer: _Answer) -> None:
        self.answer(answer.callback, answer.value)
