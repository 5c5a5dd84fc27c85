# SPDX-License-Identifier: GPL-3.0-or-later
"""The quick-phrase board: large buttons and number keys, for people who talk with their voice."""

from __future__ import annotations

import threading

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from gui.columns import Columns
from gui.desk import Desk
from gui.speech import Speech
from gui.style import Space
from gui.widgets import Card, IconButton, button, field, framed, row, text_label

KEYS = "1234567890"
LONGEST = 300


class PhraseButton(QPushButton):
    """One phrase in large letters, over as many lines as it needs, with its key."""

    def __init__(self, text: str, key: str) -> None:
        super().__init__()
        self.phrase = text
        self.setAccessibleName(text)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        line = QHBoxLayout(self)
        line.setContentsMargins(Space.L, Space.L, Space.L, Space.L)
        line.setSpacing(Space.M)
        self._words = text_label(text, "heading")
        self._key = text_label(key, "small", tone="muted", wrap=False)
        for label in (self._words, self._key):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        line.addWidget(self._words, 1)
        line.addWidget(self._key, 0, Qt.AlignmentFlag.AlignTop)
        if key:
            self.setAccessibleDescription(self.tr("Key {key}").format(key=key))

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def minimumSizeHint(self) -> QSize:
        """High enough for the width it has; the layout asks again when that changes."""
        line = self.fontMetrics().lineSpacing()
        width = max(self.width(), 8 * line)
        room = width - self._key.sizeHint().width() - Space.M - 2 * Space.L
        high = self._words.heightForWidth(max(room, 4 * line))
        return QSize(8 * line, max(high, 2 * line) + 2 * Space.L)

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self.updateGeometry()


class PhraseRow(QWidget):
    """One phrase while the board is edited."""

    changed = Signal()
    remove_wanted = Signal(str)
    earlier_wanted = Signal(str)

    def __init__(self, desk: Desk, text: str) -> None:
        super().__init__()
        self.text = QLineEdit(text)
        self.text.setMaxLength(LONGEST)
        self.text.setCursorPosition(0)  # its beginning is shown where it does not fit
        self.up = button(self.tr("Earlier"))
        self.remove = IconButton(desk.theme, "delete", self.tr("Remove"), words=False)
        self.rename(text)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.text, 1)
        line.addWidget(self.up)
        line.addWidget(self.remove)
        self.text.editingFinished.connect(self.changed)
        self.up.clicked.connect(self._up)
        self.remove.clicked.connect(self._remove)

    def rename(self, text: str) -> None:
        """It stands for another phrase now."""
        self.phrase = text
        self.text.setAccessibleName(self.tr("Phrase: {text}").format(text=text))
        self.up.setAccessibleName(self.tr("Earlier: {text}").format(text=text))
        self.remove.setAccessibleName(self.tr("Remove: {text}").format(text=text))

    def _up(self) -> None:
        self.earlier_wanted.emit(self.phrase)

    def _remove(self) -> None:
        self.remove_wanted.emit(self.phrase)


class PhraseBoard(Card):
    """Speaks a phrase by a click or a number key, and keeps the phrases in the vault."""

    def __init__(self, desk: Desk, speech: Speech) -> None:
        super().__init__(self.tr("Quick phrases"))
        self._desk, self._speech = desk, speech
        self._run = ""
        self._speed, self._semitones = 1.0, 0.0
        self.phrases: tuple[str, ...] = ()
        self._rows: list[PhraseRow] = []
        self._leaving: set[str] = set()  # removed, and can still be taken back
        self._turn = threading.Lock()
        self.hint = text_label("", tone="muted")
        self.board = Columns(least_chars=30, most=3)
        self.editor = framed(QVBoxLayout())
        self.new = QLineEdit()
        self.new.setMaxLength(LONGEST)
        self.add = button(self.tr("Add"), name=self.tr("Add the phrase"))
        self.edit = button(self.tr("Edit phrases"))
        self.edit.setCheckable(True)
        self.body.addWidget(self.hint)
        self.body.addWidget(self.board)
        self.body.addWidget(self.editor)
        self.body.addLayout(field(self.tr("A new phrase"), self.new, beside=(self.add,)))
        self.body.addLayout(row(self.edit))
        self._connect()
        self._fill()

    def use(self, run: str) -> None:
        """Speak with this run's voice from now on."""
        self._run = run
        self.board.setEnabled(bool(run))

    def set_manner(self, speed: float, pitch_semitones: float) -> None:
        """As fast and as high as the text beside it."""
        self._speed, self._semitones = speed, pitch_semitones

    def show_phrases(self, phrases: tuple[str, ...]) -> None:
        """What the vault keeps, but for what is about to leave it."""
        phrases = tuple(one for one in phrases if one not in self._leaving)
        if phrases != self.phrases:
            self.phrases = phrases
            self._fill()

    def keep(self, text: str) -> None:
        """One more phrase, at the end; one that is there already stays where it is."""
        text = " ".join(text.split())
        self._leaving.discard(text)
        if text and text not in self.phrases:
            self._store((*self.phrases, text))

    def _connect(self) -> None:
        self.add.clicked.connect(self._add)
        self.new.returnPressed.connect(self._add)
        self.edit.toggled.connect(self._fill)
        for number, key in enumerate(KEYS):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setProperty("number", number)
            shortcut.activated.connect(self._key)

    def _fill(self) -> None:
        editing = self.edit.isChecked()
        self.edit.setText(self.tr("Done") if editing else self.tr("Edit phrases"))
        self.edit.setAccessibleName(self.edit.text())
        self._fill_board()
        self._fill_editor(editing)

    def _fill_board(self) -> None:
        editing = self.edit.isChecked()
        made = []
        for number, text in enumerate(self.phrases):
            one = PhraseButton(text, KEYS[number] if number < len(KEYS) else "")
            one.clicked.connect(self._clicked)
            made.append(one)
        self.board.show_parts(made)
        self.board.setVisible(bool(made) and not editing)
        self.edit.setVisible(bool(made))
        if not made:
            self.hint.setText(
                self.tr(
                    "What you say often goes here: one click or one key, and your voice says it. "
                    "The phrases are kept in the vault."
                )
            )
        else:
            self.hint.setText(self.tr("The keys 1 to 9 and 0 say the first ten. Escape stops."))

    def _fill_editor(self, editing: bool) -> None:
        column = self.editor.layout()
        assert column is not None
        before, self._rows = self._rows, []  # hidden ones may still say that they were edited
        for one in before:
            column.removeWidget(one)
            one.hide()
            one.deleteLater()
        self.editor.setVisible(editing and bool(self.phrases))
        if not editing:
            return
        for text in self.phrases:
            line = PhraseRow(self._desk, text)
            line.up.setEnabled(text != self.phrases[0])
            line.changed.connect(self._edited)
            line.remove_wanted.connect(self._remove)
            line.earlier_wanted.connect(self._earlier)
            column.addWidget(line)
            self._rows.append(line)

    def _key(self) -> None:
        number = int(self.sender().property("number"))
        if number < len(self.phrases) and self._run and not self.edit.isChecked():
            self._say(self.phrases[number])

    def _clicked(self) -> None:
        sender = self.sender()
        if isinstance(sender, PhraseButton) and self._run:
            self._say(sender.phrase)

    def _say(self, phrase: str) -> None:
        self._speech.say(self._run, phrase, self._speed, self._semitones)

    def _add(self) -> None:
        if self.new.text().strip():
            self.keep(self.new.text())
            self.new.clear()
            self.new.setFocus()

    def _edited(self) -> None:
        """The rows stay: whoever edits one goes on to the next with Tab."""
        texts = tuple(" ".join(one.text.text().split()) or one.phrase for one in self._rows)
        if not self._rows or texts == self.phrases:
            return
        if len(set(texts)) < len(texts):  # twice the same: the later one goes
            self._store(tuple(dict.fromkeys(texts)))
            return
        self.phrases = texts
        for one, text in zip(self._rows, texts, strict=True):
            one.rename(text)
        self._fill_board()
        self._keep()

    def _earlier(self, text: str) -> None:
        order = list(self.phrases)
        place = order.index(text)
        order.insert(max(0, place - 1), order.pop(place))
        self._store(tuple(order))
        moved = self._rows[max(0, place - 1)]
        (moved.up if moved.up.isEnabled() else moved.text).setFocus()

    def _remove(self, text: str) -> None:
        """Gone from the board now, from the vault when it can no longer be taken back."""
        before = self.phrases
        self._leaving.add(text)
        self.show_phrases(before)
        if not self.phrases:
            self.edit.setChecked(False)

        def undo() -> None:
            self._leaving.discard(text)
            now = list(self.phrases)  # others may have come meanwhile
            now.insert(min(before.index(text), len(now)), text)
            self._store(tuple(now))

        def work() -> tuple[str, ...]:
            kept = self._keep_newest()
            self._leaving.discard(text)
            return kept

        self._desk.offer_undo(
            self.tr("The phrase is removed."), work=work, then=self._kept, undo=undo
        )

    def _store(self, phrases: tuple[str, ...]) -> None:
        self.show_phrases(phrases)
        self._keep()

    def _keep(self) -> None:
        self._desk.run_task(self._keep_newest, self._kept, self._not_kept)

    def _keep_newest(self) -> tuple[str, ...]:
        """In a task. Two that overtake each other both keep what is on the board by then."""
        with self._turn:
            return self._desk.studio.phrases.keep(self.phrases)

    def _kept(self, phrases: tuple[str, ...]) -> None:
        self._desk.announce(self.tr("The phrases are kept in the vault."))

    def _not_kept(self, error: Exception) -> None:
        self._desk.show_error(error)
        self._desk.run_task(self._desk.studio.phrases.all, self.show_phrases)
