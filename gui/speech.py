# SPDX-License-Identifier: GPL-3.0-or-later
"""A run's voice speaks: made in a task clause by clause, played from memory, told word by word."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from gui.desk import Desk

if TYPE_CHECKING:
    from voicevault.records import Clause, Voice

TICK_MS = 20


@dataclass(slots=True)
class _Telling:
    """One text on its way to the ear. The queue is filled by the task, emptied by the timer."""

    coming: deque[Clause] = field(default_factory=deque)
    stopped: threading.Event = field(default_factory=threading.Event)
    rate_hz: int = 0
    complete: bool = False
    begun: bool = False
    times: list[tuple[float, int, int]] = field(default_factory=list)
    """When each word of what plays now begins, and its characters."""


class Speech(QObject):
    """Speaks one text at a time with one voice; keeps that voice until `forget`."""

    began = Signal()
    """The first sound is out."""
    word_heard = Signal(int, int)
    """Characters of the text, from and to."""
    ended = Signal(bool)
    """It fell silent; True: at the end of the text."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._held: tuple[str, Voice] | None = None
        self._turn = threading.Lock()  # the front end keeps one state a process
        self._now: _Telling | None = None
        self._word = (-1, -1)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def speaking(self) -> bool:
        """Whether a text is on its way."""
        return self._now is not None

    def say(self, run: str, text: str, speed: float = 1.0, pitch_semitones: float = 0.0) -> None:
        """Speak `text`; what was spoken before stops."""
        self.stop()
        telling = self._now = _Telling()

        def work() -> None:
            with self._turn:
                voice = self.voice(run)
                telling.rate_hz = voice.rate_hz
                for clause in voice.narrate(text, speed=speed, pitch_semitones=pitch_semitones):
                    if telling.stopped.is_set():
                        return
                    telling.coming.append(clause)
            telling.complete = True

        self._timer.start()
        self._desk.run_task(work, None, self._broke)

    def stop(self) -> None:
        """Fall silent."""
        if self._now is not None:
            self._finish(at_end=False)

    def forget(self) -> None:
        """Be silent and let go of the voice."""
        self.stop()
        self._held = None

    def voice(self, run: str) -> Voice:
        """The voice of a run, loaded when it is not at hand. In a task, never in the GUI thread."""
        held = self._held
        if held is None or held[0] != run:
            held = self._held = (run, self._desk.studio.voice(run))
        return held[1]

    def whole(self, voice: Voice, text: str) -> NDArray[np.float32]:
        """All of a text [S] at once. In a task."""
        with self._turn:
            return voice.speak(text)

    def _broke(self, error: Exception) -> None:
        if self._now is not None:
            self._finish(at_end=False)
        self._desk.show_error(error)

    def _tick(self) -> None:
        telling, player = self._now, self._desk.player
        if telling is None:
            return
        if telling.begun and player.playing:
            self._tell_word(telling, player.position_s)
        elif telling.coming:
            self._play_more(telling)
        elif telling.complete:
            self._finish(at_end=True)

    def _play_more(self, telling: _Telling) -> None:
        """Everything that is ready, as one sound: joints between sounds can be heard."""
        ready = [telling.coming.popleft() for _ in range(len(telling.coming))]
        telling.times, at_s = [], 0.0
        for clause in ready:
            telling.times += [(at_s + one.at_s, one.start, one.end) for one in clause.words]
            at_s += len(clause.samples) / telling.rate_hz
        try:
            sound = np.concatenate([one.samples for one in ready])
            self._desk.player.play(sound, telling.rate_hz)
        except Exception as error:
            self._broke(error)
            return
        if not telling.begun:
            telling.begun = True
            self.began.emit()

    def _tell_word(self, telling: _Telling, position_s: float) -> None:
        heard = [one for one in telling.times if one[0] <= position_s]
        if heard and heard[-1][1:] != self._word:
            self._word = heard[-1][1:]
            self.word_heard.emit(*self._word)

    def _finish(self, *, at_end: bool) -> None:
        telling, self._now = self._now, None
        if telling is not None:
            telling.stopped.set()
        self._timer.stop()
        self._word = (-1, -1)
        self._desk.player.stop()
        self.ended.emit(at_end)
