# SPDX-License-Identifier: GPL-3.0-or-later
"""How the app speaks to a person: status line, error banner, and the toast that can undo."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QEnterEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from gui import wording
from gui.desk import Undoable
from gui.style import Space
from gui.theme import Theme
from gui.widgets import IconButton, IconLabel, button, set_tone, text_label

UNDO_MS = 10_000
TICK_MS = 250


class StatusLine(QFrame):
    """The line at the foot of the window. What stands there was also said to screen readers."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("footer")
        line = QHBoxLayout(self)
        line.setContentsMargins(Space.XXL, Space.S, Space.XXL, Space.S)
        self.label = text_label("", "small", tone="muted")
        self.label.setAccessibleName(self.tr("Status"))
        line.addWidget(self.label)

    def announce(self, text: str) -> None:
        """Show and say a sentence."""
        self.label.setText(text)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.label, text))


class Banner(QFrame):
    """What went wrong and what to do about it, above the page, until it is dismissed."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("banner")
        line = QHBoxLayout(self)
        line.setContentsMargins(Space.L, Space.M, Space.M, Space.M)
        line.setSpacing(Space.M)
        self._icon = IconLabel(theme, "bad", "bad", name=self.tr("Error"))
        line.addWidget(self._icon)
        words = QVBoxLayout()
        words.setSpacing(Space.XS)
        self.message = text_label("", "body")
        self.hint = text_label("", "small", tone="muted")
        words.addWidget(self.message)
        words.addWidget(self.hint)
        line.addLayout(words, 1)
        self.dismiss = IconButton(theme, "close", self.tr("Dismiss"), "quiet", words=False)
        self.dismiss.clicked.connect(self.hide)
        line.addWidget(self.dismiss)
        self.hide()

    def show_error(self, error: Exception) -> None:
        """Message and hint of an error, said aloud too."""
        told = wording.told(error)
        self.show_words(told.message, told.hint, "bad")

    def show_words(self, message: str, hint: str = "", tone: str = "good") -> None:
        """Something that is not wrong but has to be read: tone good or warn."""
        self._icon.set_icon({"good": "good", "warn": "warn"}.get(tone, "bad"), tone)
        set_tone(self, tone)
        self.message.setText(message)
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))
        self.setAccessibleName(message)
        self.show()
        said = f"{message} {hint}".strip()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, said))


class Toast(QFrame):
    """Something will happen soon; one button takes it back.

    It waits ten seconds, and as long as the pointer is over it or the focus in it: nobody has to be
    quick.
    """

    happened = Signal(object)
    """An Undoable whose time is over: its work has to be done now."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("toast")
        self._pending: Undoable | None = None
        self._left_ms = 0
        self._hovered = False
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        line = QHBoxLayout(self)
        line.setContentsMargins(Space.L, Space.S, Space.S, Space.S)
        line.setSpacing(Space.M)
        self.label = text_label("", wrap=False)
        self.left = text_label("", "small", tone="muted", wrap=False)
        self.undo = button(self.tr("Undo"), "primary")
        self.undo.clicked.connect(self.take_back)
        line.addWidget(self.label, 1)
        line.addWidget(self.left)
        line.addWidget(self.undo)
        self.hide()

    @property
    def pending(self) -> bool:
        """Whether something can still be taken back."""
        return self._pending is not None

    def offer(self, what: Undoable) -> None:
        """Show it and start waiting; what waited before happens now."""
        self.flush()
        self._pending, self._left_ms = what, UNDO_MS
        self.label.setText(what.text)
        self._show_left()
        self.show()
        self.raise_()
        self._timer.start()
        said = self.tr("{what} Ctrl+Z takes it back.").format(what=what.text)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, said))

    def take_back(self) -> None:
        """It does not happen."""
        what = self._clear()
        if what is not None:
            what.undo()

    def flush(self) -> None:
        """What waits happens now."""
        what = self._clear()
        if what is not None:
            self.happened.emit(what)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._hovered = True
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = False
        super().leaveEvent(event)

    def _tick(self) -> None:
        if self._hovered or self.undo.hasFocus():
            return
        self._left_ms -= TICK_MS
        self._show_left()
        if self._left_ms <= 0:
            self.flush()

    def _show_left(self) -> None:
        self.left.setText(wording.duration(max(0, self._left_ms) / 1000))

    def _clear(self) -> Undoable | None:
        what, self._pending = self._pending, None
        self._timer.stop()
        self.hide()
        return what
