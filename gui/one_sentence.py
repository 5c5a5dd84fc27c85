# SPDX-License-Identifier: GPL-3.0-or-later
"""One sentence from the microphone, for what is no take: heard live, kept in memory, ended by
silence or by a key.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from gui.desk import Desk
from voicevault.records import Device, Level, Listener

TICK_MS = 33
PAUSE_S = 2.0
"""The sentence has full stops in it, and people breathe at them."""


class OneSentence(QObject):
    """A microphone from `begin` to `said`."""

    opened = Signal()
    heard = Signal(object)
    """A Level, thirty times a second."""
    said = Signal(object)
    """A FLAC file's bytes; empty where nothing was heard."""
    broke = Signal(object)

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._listener: Listener | None = None
        self._visit = 0
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.tick)

    @property
    def running(self) -> bool:
        """Whether somebody is heard."""
        return self._listener is not None

    def begin(self, device: Device | str) -> None:
        """Open the microphone and keep what it hears."""
        self.drop()
        visit, recorder = self._visit, self._desk.studio.recorder

        def listen() -> tuple[int, Listener]:
            listener = recorder.listener(device)
            listener.open()
            return visit, listener

        self._desk.run_task(listen, self._opened, self.broke.emit)

    def finish(self) -> None:
        """The sentence is over."""
        listener = self._listener
        if listener is None:
            return
        recorded, recorder = listener.end(), self._desk.studio.recorder
        self.drop()
        if not len(recorded.samples):
            self.said.emit(b"")
            return
        self._desk.run_task(lambda: recorder.flac(recorded), self._encoded, self.broke.emit)

    def drop(self) -> None:
        """Close the microphone and forget what it heard."""
        self._visit += 1
        self._timer.stop()
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()
            listener.end()
        self.heard.emit(Level())

    def tick(self) -> None:
        """Let time pass."""
        listener = self._listener
        if listener is None:
            return
        listener.hear()
        self.heard.emit(listener.level)
        if listener.take_ended or not listener.open_now:
            self.finish()

    def _opened(self, made: tuple[int, Listener]) -> None:
        visit, listener = made
        if visit != self._visit:
            listener.close()
            return
        self._listener = listener
        listener.begin(PAUSE_S)
        self._timer.start()
        self.opened.emit()

    def _encoded(self, flac: bytes) -> None:
        self.said.emit(flac)
