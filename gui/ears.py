# SPDX-License-Identifier: GPL-3.0-or-later
"""The chosen microphone: a box with those that are plugged in, and the level of the chosen one."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.desk import Desk
from gui.flow import Flow
from gui.meter import LevelMeter
from gui.style import Space
from gui.widgets import Choice, IconButton, text_label
from voicevault.records import Device, Input, Level

CHOSEN = "microphone"
LOOK_MS = 3_000
"""While a microphone is gone, its name is looked for so often."""


class Hearing(Protocol):
    """Where microphones come from; tests have their own."""

    def microphones(self) -> list[Input]:
        """Those that are plugged in; takes half a second."""

    def device(self, name: str) -> Device | str:
        """The one of that name, or the name itself."""


class Plugged:
    """The microphones of this computer."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def microphones(self) -> list[Input]:
        return self._desk.studio.recorder.microphones()

    def device(self, name: str) -> Device | str:
        return name


class Ears(QWidget):
    """Device chooser and meter."""

    chosen = Signal(str)
    """A microphone's name, empty for the system's choice."""
    came_back = Signal(str)

    def __init__(self, desk: Desk, hearing: Hearing | None) -> None:
        super().__init__()
        self._desk = desk
        self.hearing = hearing or Plugged(desk)
        self.box = Choice()
        self.box.setAccessibleName(self.tr("Microphone"))
        self.box.setMinimumContentsLength(22)
        self.box.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.rescan = IconButton(desk.theme, "redo", self.tr("Look again"), "quiet", words=False)
        self.meter = LevelMeter(desk.theme)
        self.words = text_label("", "small", tone="muted")
        self._missing: str | None = None
        self._looking = False
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self.line = Flow(self.box, self.rescan)
        """A page may add buttons of its own."""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addLayout(self.line)
        column.addWidget(self.meter)
        column.addWidget(self.words)
        self._fill([])
        self._connect()

    @property
    def name(self) -> str:
        """The chosen microphone."""
        return str(self.box.currentData() or "")

    def device(self) -> Device | str:
        """What to listen to."""
        return self.hearing.device(self.name)

    def look(self) -> None:
        """Ask which microphones there are."""
        if not self._looking:
            self._looking = True
            self._desk.run_task(self.hearing.microphones, self._found, self._not_found)

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()
        self._missing = None

    def wait_for(self, name: str) -> None:
        """Look until the microphone of this name is back."""
        self._missing = name
        self._timer.start()

    def show_level(self, level: Level, words: str = "") -> None:
        """Another moment of the meter; `words` in place of the level's own."""
        self.meter.show_level(level)
        shown = words or self.meter.words
        if shown != self.words.text():
            self.words.setText(shown)

    def _connect(self) -> None:
        self.box.activated.connect(self._choose)
        self.rescan.clicked.connect(self.look)
        self._timer.timeout.connect(self.look)

    def _choose(self) -> None:
        self._desk.preferences.set_word(CHOSEN, self.name)
        self.chosen.emit(self.name)

    def _found(self, found: list[Input]) -> None:
        self._looking = False
        self._fill(found)
        names = [one.name for one in found]
        if self._missing is not None and (self._missing in names or (names and not self._missing)):
            name, self._missing = self._missing, None
            self._timer.stop()
            self.came_back.emit(name)

    def _not_found(self, error: Exception) -> None:
        self._looking = False
        if self._missing is None:
            self._desk.show_error(error)

    def _fill(self, found: list[Input]) -> None:
        wanted = self._desk.preferences.word(CHOSEN)
        self.box.clear()
        self.box.addItem(self.tr("The system's microphone"), "")
        for one in found:
            self.box.addItem(one.name, one.name)
        at = self.box.findData(wanted)
        if at < 0 and wanted:
            self.box.addItem(self.tr("{name} (not there)").format(name=wanted), wanted)
            at = self.box.count() - 1
        self.box.setCurrentIndex(max(at, 0))
