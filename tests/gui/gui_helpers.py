# SPDX-License-Identifier: GPL-3.0-or-later
"""What window tests share: a loudspeaker that remembers, and a watch over the event loop."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QWidget

from voicevault.runs import DONE, Run, RunBook
from voicevault.service import Studio

PASSPHRASE = "olive tractor mumble"
LIMIT_MS = 50.0
TICK_MS = 4


class FakePlayer:
    """Plays nothing and remembers what it was given."""

    def __init__(self) -> None:
        self.played: list[tuple[int, int]] = []
        self.playing = False
        self.position_s = 0.0
        self.failure: Exception | None = None

    def play(self, samples: NDArray[np.float32], rate_hz: int) -> None:
        if self.failure is not None:
            raise self.failure
        self.played.append((len(samples), rate_hz))
        self.playing = True

    def stop(self) -> None:
        self.playing = False


def interfaces(one: QAccessibleInterface) -> Iterator[QAccessibleInterface]:
    yield one
    for number in range(one.childCount()):
        child = one.child(number)
        if child is not None and child.isValid():
            yield from interfaces(child)


def nameless(root: QWidget) -> list[str]:
    """Everything under `root` that can have the focus, or shows progress, without a name."""
    found = []
    top = QAccessible.queryAccessibleInterface(root)
    for one in interfaces(top):
        widget = one.object()
        state = one.state()
        focusable = bool(state.focusable) and not state.invisible
        if isinstance(widget, QWidget):
            focusable = focusable and widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        bar = one.role() == QAccessible.Role.ProgressBar
        if (focusable or bar) and not one.text(QAccessible.Text.Name).strip():
            found.append(f"{type(widget).__name__} {one.role().name}")
    return found


class Steady(QObject):
    """Measures the longest time that the event loop did not turn.

    Time in which this thread was ready and another program had the processor is taken off (Linux
    counts it): a busy machine is not our doing.
    """

    def __init__(self) -> None:
        super().__init__()
        self.worst_ms = 0.0
        self._stat = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._last: tuple[float, float] = (0.0, 0.0)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Measure while the block runs its event loops."""
        self.worst_ms, self._last = 0.0, self._now()
        self._timer.start()
        try:
            yield
            self._tick()
        finally:
            self._timer.stop()

    def stop(self) -> None:
        self._timer.stop()

    def _tick(self) -> None:
        now = self._now()
        gap_ms = (now[0] - self._last[0]) - (now[1] - self._last[1]) - TICK_MS
        self.worst_ms = max(self.worst_ms, gap_ms)
        self._last = now

    def _now(self) -> tuple[float, float]:
        """Milliseconds of the clock, and of waiting for a processor."""
        waited_ms = int(self._stat.read_text().split()[1]) / 1e6 if self._stat.exists() else 0.0
        return time.perf_counter() * 1000, waited_ms


def somebody_listens(studio: Studio) -> Run:
    """A recogniser of the vault's own is in use, as far as its record says; its files are not."""
    book = RunBook(studio._vault)
    run = book.begin("asr_quick", {}, {})
    result = {"student": "recogniser", "gate": {"better": True}}
    return book.change(run, status=DONE, result=result)
