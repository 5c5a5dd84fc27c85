# SPDX-License-Identifier: GPL-3.0-or-later
"""How a person likes to record: by itself or phrase by phrase, with which pause, with tones."""

from __future__ import annotations

from PySide6.QtCore import Signal

from gui.flow import Flow
from gui.preferences import Preferences
from gui.widgets import Card, Choice, Tick, button, field
from voicevault.records import RecordingSettings

PAUSES_S = (0.8, 1.5, 3.0, 5.0, 0.0)
"""The last one: only a key ends a take."""


class RecordingOptions(Card):
    """Kept with the app's looks; nothing of it is about the person's voice."""

    changed = Signal()
    file_wanted = Signal()
    shipped_wanted = Signal()

    def __init__(self, preferences: Preferences) -> None:
        super().__init__(self.tr("How you record"))
        self._preferences = preferences
        self.continuous = Tick(self.tr("Go on by itself after a good take"))
        self.tones = Tick(self.tr("A short tone with each verdict"))
        self.pause = Choice()
        for seconds in PAUSES_S:
            words = self.tr("{s} s of silence").format(s=f"{seconds:g}")
            self.pause.addItem(words if seconds else self.tr("only Space"), seconds)
        self.file = button(self.tr("Sentences from a file…"))
        self.shipped = button(self.tr("Our sentences"))
        self.shipped.hide()
        self.body.addLayout(
            field(
                self.tr("A take ends with"),
                self.pause,
                self.tr("More for who speaks with long pauses."),
            )
        )
        for one in (self.continuous, self.tones):
            self.body.addWidget(one)
        self.body.addLayout(Flow(self.file, self.shipped))
        self.continuous.setChecked(preferences.word("record/continuous") == "yes")
        self.tones.setChecked(preferences.word("record/tones") != "no")
        at = self.pause.findData(_number(preferences.word("record/pause")))
        self.pause.setCurrentIndex(max(at, 0))
        self._connect()

    def settings(self) -> RecordingSettings:
        """What is chosen. Going on by itself needs a pause."""
        seconds = float(self.pause.currentData())
        continuous = self.continuous.isChecked() and seconds > 0
        return RecordingSettings(continuous, seconds or None)

    @property
    def signals(self) -> bool:
        """Whether tones are wanted; into an open microphone none is played."""
        return self.tones.isChecked() and not self.settings().continuous

    def _connect(self) -> None:
        self.continuous.toggled.connect(self._store)
        self.tones.toggled.connect(self._store)
        self.pause.activated.connect(self._store)
        self.file.clicked.connect(self.file_wanted)
        self.shipped.clicked.connect(self.shipped_wanted)

    def _store(self) -> None:
        yes = {True: "yes", False: "no"}
        self._preferences.set_word("record/continuous", yes[self.continuous.isChecked()])
        self._preferences.set_word("record/tones", yes[self.tones.isChecked()])
        self._preferences.set_word("record/pause", str(self.pause.currentData()))
        self.continuous.setEnabled(float(self.pause.currentData()) > 0)
        self.changed.emit()


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return PAUSES_S[0]
