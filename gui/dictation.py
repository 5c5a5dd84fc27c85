# SPDX-License-Identifier: GPL-3.0-or-later
"""Dictation inside the event loop: heard by a timer, understood in a task, told by signals.

The microphone is opened before the recogniser is read, so that the first words are not lost: what
comes meanwhile waits in memory. From the task to here goes a queue that the timer empties.
"""

from __future__ import annotations

import collections
from contextlib import closing
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, QTimer, Signal

from gui.desk import Desk
from voicevault.records import Device, Dictating, Level, OpenedRecogniser, Recogniser, Understood

TICK_MS = 33


@dataclass(slots=True, eq=False)
class _Going:
    """One dictation between the task that understands it and the timer that tells."""

    sitting: Dictating
    coming: collections.deque[Understood] = field(default_factory=collections.deque)
    told_open: bool = False
    error: Exception | None = None


class Dictation(QObject):
    """At most one microphone at a time, and the recogniser as long as nobody says `forget`."""

    opened = Signal()
    heard = Signal(object)
    """A Level, thirty times a second."""
    told = Signal(object)
    """Understood."""
    ended = Signal(bool)
    """Everything that was said is told. True: the microphone went away by itself."""
    broke = Signal(object)
    """An exception in place of `ended`; what was told stays true."""

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._going: _Going | None = None
        self._held: OpenedRecogniser | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.tick)

    @property
    def running(self) -> bool:
        """Whether a dictation has begun and not come to its end."""
        return self._going is not None

    @property
    def listening(self) -> bool:
        """Whether somebody is heard now."""
        return self._going is not None and self._going.sitting.open_now

    def begin(self, device: Device | str) -> None:
        """Open the microphone and write down what it hears."""
        self.drop()
        going = self._going = _Going(self._desk.studio.recorder.dictating(device))

        def work() -> _Going:
            try:
                with closing(going.sitting):
                    going.sitting.open()
                    for one in going.sitting.understood(self._recogniser()):
                        going.coming.append(one)
            except Exception as error:
                going.error = error
            return going

        self._timer.start()
        self._desk.run_task(work, self._over)

    def finish(self) -> None:
        """Close the microphone; what is being said is still told."""
        if self._going is not None:
            self._going.sitting.finish()
            self.heard.emit(Level())

    def drop(self) -> None:
        """Close the microphone and tell nothing more."""
        going, self._going = self._going, None
        self._timer.stop()
        if going is not None:
            going.sitting.forget()
        self.heard.emit(Level())

    def forget(self) -> None:
        """`drop`, and let go of the recogniser."""
        self.drop()
        self._held = None

    def tick(self) -> None:
        """Let time pass."""
        going = self._going
        if going is None:
            return
        if going.sitting.open_now:
            if not going.told_open:
                going.told_open = True
                self.opened.emit()
            going.sitting.hear()
            self.heard.emit(going.sitting.level)
        self._tell(going)

    def _recogniser(self) -> Recogniser:
        """In the task: the one in use, read when it is not at hand."""
        held = self._held
        if held is None:
            held = self._held = self._desk.studio.listening.open()
        return held.recogniser

    def _tell(self, going: _Going) -> None:
        while going.coming and going is self._going:
            self._desk.studio.presence.touch()  # who speaks is there
            self.told.emit(going.coming.popleft())

    def _over(self, going: _Going) -> None:
        if going is not self._going:
            return
        self._tell(going)
        self._going = None
        self._timer.stop()
        self.heard.emit(Level())
        if going.error is not None:
            self.broke.emit(going.error)
        else:
            self.ended.emit(going.sitting.gone)
