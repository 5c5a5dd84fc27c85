# SPDX-License-Identifier: GPL-3.0-or-later
"""The recovery code: shown once, written down, and confirmed by typing two of its groups."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QFontDatabase, QPainter, QTextDocument
from PySide6.QtWidgets import QFileDialog, QLineEdit, QVBoxLayout, QWidget

from gui.desk import Tools
from gui.flow import Flow
from gui.style import Space
from gui.widgets import Card, button, row, text_label

ASKED = 2
"""Groups that are asked for: enough to show that the paper is there."""


class CodeForm(QWidget):
    """Shows a recovery code and lets nobody go on before it is on paper."""

    confirmed = Signal()

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._tools = tools
        self._code, self._vault = "", Path()
        self._asked: tuple[int, ...] = ()
        self.shown = text_label("", "heading")
        self.shown.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.shown.setAccessibleName(self.tr("Recovery code"))
        self.lines = [QLineEdit() for _ in range(ASKED)]
        self.labels = [text_label("") for _ in range(ASKED)]
        self.go_on = button(self.tr("I have written it down"), "primary")
        self.print = button(self.tr("Print…"))
        self.save = button(self.tr("Save as a file…"))
        self.told = text_label("", "small", tone="muted")
        self._lay_out()
        self.first = self.lines[0]
        self._connect()

    def show_code(self, code: str, vault: Path) -> None:
        """Show a new code and ask for two groups of it, drawn anew each time."""
        self._code, self._vault = code, vault
        groups = code.split("-")
        self.shown.setText("  ".join(groups[:3]) + "\n" + "  ".join(groups[3:6]) + "\n"
                           + "  ".join(groups[6:]))  # fmt: skip
        self._asked = tuple(sorted(secrets.SystemRandom().sample(range(len(groups)), ASKED)))
        for label, line, number in zip(self.labels, self.lines, self._asked, strict=True):
            words = self.tr("Group {number} of the code").format(number=number + 1)
            label.setText(words)
            line.setAccessibleName(words)
            line.clear()
        self.told.hide()
        self._check()

    def forget(self) -> None:
        """The code is on paper now, and only there."""
        self._code = ""
        self.shown.clear()
        for line in self.lines:
            line.clear()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.L)
        column.addWidget(text_label(self.tr("Write this down"), "title"))
        column.addWidget(
            text_label(
                self.tr(
                    "This recovery code opens the vault when the passphrase is lost. It is shown "
                    "only now and kept nowhere. Write it on paper and keep that away from this "
                    "computer."
                ),
                tone="muted",
            )
        )
        card = Card()
        card.body.addWidget(self.shown)
        card.body.addLayout(Flow(self.print, self.save))
        card.body.addWidget(self.told)
        column.addWidget(card)
        for label, line in zip(self.labels, self.lines, strict=True):
            label.setBuddy(line)
            part = QVBoxLayout()
            part.setSpacing(Space.XS)
            part.addWidget(label)
            part.addWidget(line)
            column.addLayout(part)
        column.addLayout(row(self.go_on, stretch="before"))

    def _connect(self) -> None:
        for line in self.lines:
            line.textChanged.connect(self._check)
            line.returnPressed.connect(self._finish)
        self.go_on.clicked.connect(self._finish)
        self.print.clicked.connect(self._print)
        self.save.clicked.connect(self._save)

    def _check(self) -> None:
        groups = self._code.split("-")
        right = bool(self._code) and all(
            _same(line.text(), groups[number])
            for line, number in zip(self.lines, self._asked, strict=True)
        )
        self.go_on.setEnabled(right)

    def _finish(self) -> None:
        if self.go_on.isEnabled():
            self.forget()
            self.confirmed.emit()

    def _words(self) -> str:
        return self.tr(
            "VoiceVault recovery code\n\n{code}\n\n"
            "It opens this vault without the passphrase: {path}\n"
            "Whoever has this sheet and the vault can open it."
        ).format(code=self._code, path=self._vault)

    def _print(self) -> None:
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter  # slow to load, seldom used

        printer = QPrinter()
        if QPrintDialog(printer, self).exec():
            sheet = QTextDocument()
            sheet.setPlainText(self._words())
            painter = QPainter(printer)
            sheet.drawContents(painter)
            painter.end()
            self._tell(self.tr("Sent to the printer."))

    def _save(self) -> None:
        named, _ = QFileDialog.getSaveFileName(
            self, self.tr("Where the code goes, unencrypted"), "voicevault-recovery-code.txt"
        )
        if named:
            words = self._words()
            self._tools.tasks.run(
                lambda: _write_private(Path(named), words), self._saved, self._not_saved
            )

    def _tell(self, text: str) -> None:
        self.told.setText(text)
        self.told.show()

    def _saved(self, path: Path) -> None:
        self._tell(
            self.tr("Saved, unencrypted, as {path}. Move it off this computer.").format(path=path)
        )

    def _not_saved(self, error: Exception) -> None:
        why = error.strerror if isinstance(error, OSError) else type(error).__name__
        self._tell(self.tr("Not saved: {why}.").format(why=why))


def _same(typed: str, group: str) -> bool:
    """As the vault reads it: case does not matter, I and L are 1, O is 0."""
    read = typed.strip().upper().translate(str.maketrans("ILO", "110"))
    return read == group


def _write_private(path: Path, text: str) -> Path:
    """Write for the owner's eyes only; a file that is there already is replaced, as was asked."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        os.fchmod(handle, 0o600)
        file.write(text + "\n")
    return path
