# SPDX-License-Identifier: GPL-3.0-or-later
"""A take that waits for a decision: what it looks like, the verdict, and what can be done."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from gui import verdicts
from gui.flow import Flow
from gui.style import Space
from gui.theme import Theme
from gui.waveform import Waveform
from gui.widgets import (
    Card,
    IconButton,
    IconLabel,
    button,
    field,
    framed,
    row,
    set_tone,
    text_label,
)
from voicevault.records import Attempt


class VerdictCard(Card):
    """One reason and one thing to do, as text and picture; the figures behind a button.

    The buttons take the focus from the Tab key only: who clicks one goes on with the keys.
    """

    keep_wanted = Signal()
    keep_anyway_wanted = Signal()
    again_wanted = Signal()
    skip_wanted = Signal()
    hear_wanted = Signal()
    text_corrected = Signal(str)
    edit_ended = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._shown: tuple[object, ...] = ()
        self.icon = IconLabel(theme, "good", "good", 28)
        self.words = text_label("", "heading")
        self.wave = Waveform()
        self.keep = IconButton(theme, "good", self.tr("Keep (Enter)"), "primary")
        self.again = IconButton(theme, "redo", self.tr("Again (Backspace)"))
        self.hear = IconButton(theme, "play", self.tr("Hear (R)"))
        self.skip = IconButton(theme, "skip", self.tr("Skip (S)"))
        self.anyway = button(self.tr("Keep anyway (K)"))
        self.correct = button(self.tr("Correct the text (E)"), "link")
        self.details = button(self.tr("Figures (I)"), "link")
        self.figures = text_label("", "small", tone="muted")
        self.figures.hide()
        self.edit = QLineEdit()
        self._editor = framed(
            field(
                self.tr("What was said"),
                self.edit,
                self.tr("Enter takes it over, Esc leaves the text as it was."),
            )
        )
        self._editor.hide()
        self._lay_out()
        self._connect()

    @property
    def editing(self) -> bool:
        """Whether the text is being corrected."""
        return not self._editor.isHidden()

    def show_attempt(self, attempt: Attempt) -> None:
        """Another take, or another verdict on it."""
        verdict = attempt.verdict
        if verdict is None:
            return
        now = (attempt.ended_s, verdict.status, verdict.reason, attempt.text)
        if now == self._shown:
            return
        if not self._shown or self._shown[0] != attempt.ended_s:
            self.wave.show_samples(attempt.samples, attempt.rate_hz)
            self.stop_editing()
        self._shown = now
        look = verdicts.look(verdict.status)
        self.icon.set_icon(look.icon, look.tone)
        self.words.setText(verdicts.sentence(verdict))
        set_tone(self.words, look.tone)
        self.setAccessibleName(self.words.text())
        self.figures.setText(verdicts.figures(verdict))
        self.keep.setEnabled(attempt.good)
        self.anyway.setVisible(not attempt.good and attempt.can_be_kept)

    def forget(self) -> None:
        """Let go of the sound."""
        self._shown = ()
        self.wave.clear()
        self.stop_editing()

    def start_editing(self, text: str) -> None:
        """Show a line with the text."""
        self.edit.setText(text)
        self._editor.show()
        self.edit.setFocus()
        self.edit.selectAll()

    def stop_editing(self) -> None:
        """Put the line away."""
        if self.editing:
            self._editor.hide()
            self.edit_ended.emit()

    def toggle_figures(self) -> None:
        """Show the figures behind the verdict, or hide them."""
        self.figures.setVisible(self.figures.isHidden())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            watched is self.edit
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() == Qt.Key.Key_Escape
        ):
            self.stop_editing()
            return True
        return False

    def _lay_out(self) -> None:
        self.body.setContentsMargins(Space.XL, Space.L, Space.XL, Space.L)
        said = row(self.icon, self.words, stretch="none", spacing=Space.M)
        said.setStretch(1, 1)
        self.body.addLayout(said)
        self.body.addWidget(self.wave)
        self.body.addWidget(self.figures)
        self.body.addWidget(self._editor)
        parts = (self.keep, self.again, self.hear, self.skip, self.anyway, self.correct)
        for one in (*parts, self.details):
            one.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.body.addLayout(Flow(*parts, self.details))

    def _connect(self) -> None:
        self.keep.clicked.connect(self.keep_wanted)
        self.anyway.clicked.connect(self.keep_anyway_wanted)
        self.again.clicked.connect(self.again_wanted)
        self.skip.clicked.connect(self.skip_wanted)
        self.hear.clicked.connect(self.hear_wanted)
        self.details.clicked.connect(self.toggle_figures)
        self.edit.returnPressed.connect(self._corrected)
        self.edit.installEventFilter(self)

    def _corrected(self) -> None:
        text = self.edit.text()
        self.stop_editing()
        self.text_corrected.emit(text)
