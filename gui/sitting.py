# SPDX-License-Identifier: GPL-3.0-or-later
"""A recording session inside the event loop: ticked by a timer, worked in tasks, told by signals.

What touches the vault or opens a microphone runs in a task, and the session is left alone until it
has ended: no two threads ever use it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from gui.desk import Desk
from voicevault.errors import VoiceVaultError
from voicevault.records import Device, Phase, Prompt, RecordingSession, RecordingSettings

TICK_MS = 33
RUNNING = (Phase.LEAD_IN, Phase.RECORDING)
_AT_ONCE = ("escape", "redo", "skip")
_FROM_READY = ("press", "check_room")
_Made = tuple[int, RecordingSession, Exception | None]


class Sitting(QObject):
    """At most one session at a time."""

    began = Signal()
    told = Signal(object)
    """A Happening."""
    ticked = Signal()
    """Thirty times a second, after what was told."""
    broke = Signal(object)
    """An exception."""

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self.session: RecordingSession | None = None
        self.busy = False
        self._visit = 0  # answers for an earlier session are too late
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.tick)

    @property
    def phase(self) -> Phase | None:
        """Of the session; None where there is none."""
        return self.session.phase if self.session else None

    def begin(
        self, prompts: Sequence[Prompt], device: Device | str, settings: RecordingSettings
    ) -> None:
        """A session over `prompts`, ours where there are none, and its microphone."""
        self.end()
        self.busy = True
        visit, recorder = self._visit, self._desk.studio.recorder

        def make() -> _Made:
            session = recorder.session(prompts, device, settings)
            try:
                session.open()
            except VoiceVaultError as error:
                return visit, session, error
            return visit, session, None

        self._desk.run_task(make, self._began, self._failed)

    def end(self) -> None:
        """Give the microphone back; a take in progress is lost, kept ones are safe."""
        self._visit += 1
        self._timer.stop()
        session, self.session, self.busy = self.session, None, False
        if session is not None:
            self._desk.run_task(session.close)

    def do(self, name: str) -> None:
        """A key of the session by its name: press, accept, redo, skip, undo and so on."""
        session = self.session
        if session is None or self.busy:
            return
        action: Callable[[], None] = getattr(session, name)
        ready = session.phase is Phase.READY and session.listener.open_now
        if session.phase in RUNNING or name in _AT_ONCE or (ready and name in _FROM_READY):
            action()
            self.tick()
        else:
            self.work(action)

    def work(self, action: Callable[[], object]) -> None:
        """Something of the session's in a task; nothing else of it until then."""
        visit, self.busy = self._visit, True

        def done() -> int:
            action()
            return visit

        self._desk.run_task(done, self._worked, self._failed)

    def tick(self) -> None:
        """Let time pass."""
        if self.session is None or self.busy:
            return
        try:
            happened = self.session.tick()
        except VoiceVaultError as error:  # going on by itself: a take could not be kept
            self.broke.emit(error)
            return
        for one in happened:
            self.told.emit(one)
        self.ticked.emit()

    def _began(self, made: _Made) -> None:
        visit, session, error = made
        if visit != self._visit:
            self._desk.run_task(session.close)
            return
        self.busy, self.session = False, session
        if error is not None:
            self.broke.emit(error)
        self._timer.start()
        self.began.emit()
        self.tick()

    def _worked(self, visit: int) -> None:
        if visit == self._visit:
            self.busy = False
            self.tick()

    def _failed(self, error: Exception) -> None:
        self.busy = False
        self.broke.emit(error)
