# SPDX-License-Identifier: GPL-3.0-or-later
"""Type a text and hear it, the word that is heard marked; save it where the person says."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QPalette, QShortcut, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFileDialog, QPlainTextEdit, QTextEdit

from gui.columns import Columns, narrow
from gui.desk import Desk
from gui.flow import Flow
from gui.speech import Speech
from gui.widgets import Card, Choice, IconButton, button, field, framed, text_label

SPEEDS = (0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0)
PITCHES = (6, 4, 3, 2, 1, 0, -1, -2, -3, -4, -6)
"""Semitones, the highest on top."""
LINES = 5


class SpeakCard(Card):
    """The text, its speed and pitch, and what can be done with it."""

    phrase_wanted = Signal(str)
    """Keep this text as a quick phrase."""

    def __init__(self, desk: Desk, speech: Speech) -> None:
        super().__init__()
        self._desk, self._speech = desk, speech
        self._run = ""
        self._heard = (-1, -1)
        self._mine = False  # whether what is spoken is this text
        self.text = QPlainTextEdit()
        self.text.setTabChangesFocus(True)
        self.text.setPlaceholderText(self.tr("Good morning! This is my voice."))
        self.speed = Choice()
        narrow(self.speed)
        for value in SPEEDS:
            self.speed.addItem(self.tr("{n} times").format(n=f"{value:g}"), value)
        self.speed.setItemText(SPEEDS.index(1.0), self.tr("As you speak"))
        self.speed.setCurrentIndex(SPEEDS.index(1.0))
        self.pitch = Choice()
        narrow(self.pitch)
        for semitones in PITCHES:
            self.pitch.addItem(self._pitch_words(semitones), float(semitones))
        self.pitch.setCurrentIndex(PITCHES.index(0))
        self.speak = IconButton(desk.theme, "play", self.tr("Speak"), "primary")
        self.speak.setToolTip(self.tr("Ctrl+Enter speaks, Escape stops"))
        self.save = button(self.tr("Save as a sound file…"))
        self.keep = button(self.tr("Keep as a phrase"))
        self.state = text_label("", "small", tone="muted")
        self.body.addLayout(field(self.tr("What your voice says"), self.text))
        manner = Columns(least_chars=20, most=2)
        manner.show_parts(
            (
                framed(field(self.tr("How fast"), self.speed)),
                framed(field(self.tr("How high"), self.pitch)),
            )
        )
        self.body.addWidget(manner)
        self.body.addWidget(framed(Flow(self.speak, self.save, self.keep)))
        self.body.addWidget(self.state)
        self._fit()
        self._connect()
        self._check()

    def use(self, run: str) -> None:
        """Speak with this run's voice from now on."""
        self._run = run
        self._check()

    @property
    def rate(self) -> float:
        """The chosen speed: 2 is twice as fast."""
        return float(self.speed.currentData())

    @property
    def semitones(self) -> float:
        """The chosen pitch: 0 is the voice as it is."""
        return float(self.pitch.currentData())

    def _pitch_words(self, semitones: int) -> str:
        if semitones == 0:
            return self.tr("As you speak")
        if abs(semitones) == 1:
            return self.tr("1 semitone higher") if semitones > 0 else self.tr("1 semitone lower")
        words = self.tr("{n} semitones higher") if semitones > 0 else self.tr("{n} semitones lower")
        return words.format(n=abs(semitones))

    def _connect(self) -> None:
        self.text.textChanged.connect(self._check)
        self.speak.clicked.connect(self._speak_or_stop)
        self.save.clicked.connect(self._save)
        self.keep.clicked.connect(self._keep)
        self._speech.began.connect(self._began)
        self._speech.word_heard.connect(self._mark)
        self._speech.ended.connect(self._ended)
        self._desk.theme.changed.connect(self._fit)
        for key in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(key), self).activated.connect(self._speak_or_stop)

    def _fit(self) -> None:
        metrics = self.text.fontMetrics()
        self.text.setMinimumHeight(LINES * metrics.lineSpacing() + 32)
        self.text.setMaximumHeight(2 * LINES * metrics.lineSpacing())
        if self._mine and self._heard[0] >= 0:
            self._mark(*self._heard)  # in the colours of the theme now in force

    def _check(self) -> None:
        ready = bool(self._run and any(one.isalnum() for one in self.text.toPlainText()))
        self.speak.setEnabled(ready or self._mine)
        self.save.setEnabled(ready)
        self.keep.setEnabled(ready)

    def _speak_or_stop(self) -> None:
        if self._mine:
            self._speech.stop()
        elif self.speak.isEnabled():
            self._speech.say(self._run, self.text.toPlainText(), self.rate, self.semitones)
            self._mine = True
            self.text.setReadOnly(True)
            self.speak.set_icon("stop", self.tr("Stop"))
            self.state.setText(self.tr("The voice is made…"))

    def _began(self) -> None:
        if self._mine:
            self.state.setText(self.tr("Speaking. Escape stops it."))

    def _mark(self, start: int, end: int) -> None:
        if not self._mine:
            return
        self._heard = (start, end)
        said = self.text.toPlainText()
        start, end = _units(said[:start]), _units(said[:end])
        chosen = QTextEdit.ExtraSelection()
        chosen.cursor = QTextCursor(self.text.document())
        chosen.cursor.setPosition(start)
        chosen.cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        look = QTextCharFormat()
        look.setBackground(self.palette().color(QPalette.ColorRole.Highlight))
        look.setForeground(self.palette().color(QPalette.ColorRole.HighlightedText))
        chosen.format = look
        self.text.setExtraSelections([chosen])
        self._show_line(start)

    def _show_line(self, place: int) -> None:
        """Scroll along without moving the person's own cursor."""
        at = QTextCursor(self.text.document())
        at.setPosition(place)
        rect = self.text.cursorRect(at)
        bar = self.text.verticalScrollBar()
        if rect.bottom() > self.text.viewport().height():
            bar.setValue(bar.value() + 1)
        elif rect.top() < 0:
            bar.setValue(bar.value() - 1)

    def _ended(self, at_end: bool) -> None:
        if not self._mine:
            return
        self._mine, self._heard = False, (-1, -1)
        self.text.setReadOnly(False)
        self.text.setExtraSelections([])
        self.speak.set_icon("play", self.tr("Speak"))
        self.state.clear()
        self._check()

    def _keep(self) -> None:
        self.phrase_wanted.emit(self.text.toPlainText())

    def _save(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(
            self,
            self.tr("Save the sound. The file is not encrypted."),
            str(Path.home() / self.tr("voice.wav")),
            self.tr("Sound (*.wav)"),
        )
        if not chosen:
            return
        path = Path(chosen)
        agreed = path.suffix.lower() == ".wav"  # the dialog asked before it named an existing file
        if not agreed:
            path = path.with_name(path.name + ".wav")
        studio, run, text = self._desk.studio, self._run, self.text.toPlainText()
        speed, semitones = self.rate, self.semitones

        def work() -> Path:
            samples, rate_hz = studio.speak(text, run=run, speed=speed, pitch_semitones=semitones)
            return studio.save_sound(path, samples, rate_hz, force=agreed)

        self._desk.run_task(work, self._saved)

    def _saved(self, path: Path) -> None:
        self.state.setText(
            self.tr("Saved as {path}. It is not encrypted: anyone who has it can play it.").format(
                path=path
            )
        )
        self._desk.announce(self.state.text())


def _units(text: str) -> int:
    """Qt counts halves of the characters beyond the first 65,536."""
    return len(text.encode("utf-16-le")) // 2
