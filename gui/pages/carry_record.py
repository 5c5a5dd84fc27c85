# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose voice it is: the record that an exported voice carries, to be read, copied and kept."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QPlainTextEdit

from gui.desk import Desk
from gui.flow import Flow
from gui.pages.carry_words import ownership_text
from gui.widgets import Card, button, text_label
from voicevault.records import Bundle, write_file

LINES = 14
"""Shown at most; the rest is scrolled to."""


class RecordCard(Card):
    """The ownership record of one bundle as plain text."""

    saved = Signal(object)
    """The path it was written to."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk, self._name = desk, ""
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(self.tr("Whose voice it is"))
        self.copy = button(self.tr("Copy"), name=self.tr("Copy the record"))
        self.keep = button(self.tr("Save…"), name=self.tr("Save the record"))
        self.body.addWidget(text_label(self.tr("Whose voice it is"), "heading"))
        self.body.addWidget(
            text_label(
                self.tr("The file carries this record, signed with the key in your vault."),
                tone="muted",
            )
        )
        self.body.addWidget(self.text)
        self.body.addLayout(Flow(self.copy, self.keep))
        self._connect()

    def show_record(self, bundle: Bundle) -> None:
        """What the manifest of this voice says."""
        self._name = bundle.name
        self.text.setPlainText(ownership_text(bundle))
        lines = min(self.text.document().blockCount() + 2, LINES)
        self.text.setMinimumHeight(self.text.fontMetrics().lineSpacing() * lines)

    def forget(self) -> None:
        """Of no voice any more."""
        self._name = ""
        self.text.clear()

    def save_to(self, path: Path) -> None:
        """Write it as text; the person was asked before anything is replaced."""
        data = (self.text.toPlainText() + "\n").encode()
        self._desk.run_task(lambda: write_file(path, data), self.saved.emit)

    def _connect(self) -> None:
        self.copy.clicked.connect(self._copy)
        self.keep.clicked.connect(self._ask_where)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        self._desk.announce(self.tr("Copied."))

    def _ask_where(self) -> None:
        start = str(Path.home() / f"{self._name}-record.txt")
        named, _ = QFileDialog.getSaveFileName(self, self.tr("Where the record goes"), start)
        if named:
            self.save_to(Path(named))
