# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys of the record page: which does what, and the list that F1 shows."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QVBoxLayout, QWidget

from gui.style import Space
from gui.widgets import button, row, text_label

_PLAIN = {
    Qt.Key.Key_Space: "press",
    Qt.Key.Key_Return: "accept",
    Qt.Key.Key_Enter: "accept",
    Qt.Key.Key_Backspace: "redo",
    Qt.Key.Key_Escape: "escape",
    Qt.Key.Key_S: "skip",
    Qt.Key.Key_R: "hear",
    Qt.Key.Key_K: "keep_anyway",
    Qt.Key.Key_E: "correct",
    Qt.Key.Key_U: "undo",
    Qt.Key.Key_C: "check_room",
    Qt.Key.Key_I: "figures",
    Qt.Key.Key_F1: "show_keys",
}
_CONTROL = {
    Qt.Key.Key_Z: "undo",
    Qt.Key.Key_Plus: "larger",
    Qt.Key.Key_Equal: "larger",
    Qt.Key.Key_Minus: "smaller",
    Qt.Key.Key_0: "usual_size",
}


def action_of(event: QKeyEvent) -> str:
    """The name of what a key does here; empty for any other key, and for one that repeats."""
    if event.isAutoRepeat():
        return ""
    held = event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier)
    shift = Qt.KeyboardModifier.ShiftModifier
    if held & ~shift == Qt.KeyboardModifier.ControlModifier:
        return _CONTROL.get(Qt.Key(event.key()), "")
    return _PLAIN.get(Qt.Key(event.key()), "") if held in (Qt.KeyboardModifier(0), shift) else ""


class KeyList(QDialog):
    """What F1 shows."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keys"))
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        column.setSpacing(Space.L)
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.XL)
        grid.setVerticalSpacing(Space.S)
        for number, (key, does) in enumerate(self._rows()):
            name = text_label(key, wrap=False)
            font = name.font()
            font.setBold(True)
            name.setFont(font)
            grid.addWidget(name, number, 0)
            grid.addWidget(text_label(does, wrap=False), number, 1)
        column.addLayout(grid)
        close = button(self.tr("Close"), "primary")
        close.clicked.connect(self.accept)
        column.addLayout(row(close, stretch="before"))

    def _rows(self) -> list[tuple[str, str]]:
        return [
            (self.tr("Space"), self.tr("record, stop, go on: it alone is enough")),
            (self.tr("Enter"), self.tr("keep the take, next sentence")),
            (self.tr("Backspace"), self.tr("the same sentence again")),
            (self.tr("Esc"), self.tr("drop the take in progress")),
            (self.tr("R"), self.tr("hear the take")),
            (self.tr("S"), self.tr("skip; it comes back at the end")),
            (self.tr("E"), self.tr("correct the text to what was said")),
            (self.tr("K"), self.tr("keep it against the verdict")),
            (self.tr("Ctrl+Z, U"), self.tr("undo the last decision")),
            (self.tr("C"), self.tr("check the room")),
            (self.tr("I"), self.tr("figures behind the verdict")),
            (self.tr("Ctrl +, Ctrl -"), self.tr("larger and smaller sentence")),
        ]
