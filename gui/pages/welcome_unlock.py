# SPDX-License-Identifier: GPL-3.0-or-later
"""The form that opens a vault: with the passphrase, the recovery code, or the keychain."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QLineEdit, QVBoxLayout, QWidget

from gui.desk import Tools
from gui.door import Secret
from gui.flow import Flow
from gui.style import Space
from gui.widgets import IconLabel, button, field, framed, secret_input, text_label


class UnlockForm(QWidget):
    """Asks for the secret of one vault."""

    unlock_wanted = Signal(object, object)
    """Path, Secret."""
    back_wanted = Signal()

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._path = Path()
        self._by_code = False
        self.where = text_label("", "small", tone="muted")
        self.passphrase = secret_input()
        self.first = self.passphrase
        self.code = QLineEdit()
        self.code.setPlaceholderText("XXXX-XXXX-…")
        self.unlock = button(self.tr("Open"), "primary")
        self.other_way = button(self.tr("Use the recovery code"), "link")
        self.keychain = button(self.tr("Use this computer's keychain"), "link")
        self.other_vault = button(self.tr("Another vault…"), "link")
        self.back = button(self.tr("New vault…"), "link")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.L)
        column.addWidget(IconLabel(tools.theme, "lock", "accent", 40))
        column.addWidget(text_label(self.tr("Open your vault"), "title"))
        column.addWidget(self.where)
        self._fields = QWidget()
        fields = QVBoxLayout(self._fields)
        fields.setContentsMargins(0, 0, 0, 0)
        self._for_passphrase = framed(field(self.tr("Passphrase"), self.passphrase))
        self._for_code = framed(
            field(
                self.tr("Recovery code"),
                self.code,
                self.tr("Nine groups of four; hyphens and case do not matter."),
            )
        )
        fields.addWidget(self._for_passphrase)
        fields.addWidget(self._for_code)
        column.addWidget(self._fields)
        column.addWidget(self.unlock)
        column.addLayout(Flow(self.other_way, self.keychain, self.other_vault, self.back))
        self._connect()
        self._show_way()

    def show_vault(self, path: Path) -> None:
        """Which vault is meant."""
        self._path = path
        self.where.setText(str(path))

    def forget(self) -> None:
        """What was typed is not needed any more."""
        self.passphrase.clear()
        self.code.clear()

    def try_again(self) -> None:
        """It was refused: what was typed is marked, so that typing replaces it."""
        line = self.code if self._by_code else self.passphrase
        line.setFocus()
        line.selectAll()

    def _connect(self) -> None:
        self.unlock.clicked.connect(self._wish)
        self.passphrase.returnPressed.connect(self._wish)
        self.code.returnPressed.connect(self._wish)
        self.other_way.clicked.connect(self._turn)
        self.keychain.clicked.connect(self._wish_keychain)
        self.other_vault.clicked.connect(self._choose)
        self.back.clicked.connect(self.back_wanted)
        self.passphrase.textChanged.connect(self._check)
        self.code.textChanged.connect(self._check)

    def _turn(self) -> None:
        self._by_code = not self._by_code
        self._show_way()
        (self.code if self._by_code else self.passphrase).setFocus()

    def _show_way(self) -> None:
        self._for_passphrase.setVisible(not self._by_code)
        self._for_code.setVisible(self._by_code)
        words = self.tr("Use the passphrase") if self._by_code else self.tr("Use the recovery code")
        self.other_way.setText(words)
        self.other_way.setAccessibleName(words)
        self._check()

    def _check(self) -> None:
        typed = self.code.text().strip() if self._by_code else self.passphrase.text()
        self.unlock.setEnabled(bool(typed))

    def _wish(self) -> None:
        if not self.unlock.isEnabled():
            return
        secret = (
            Secret(recovery_code=self.code.text().strip())
            if self._by_code
            else Secret(passphrase=self.passphrase.text())
        )
        self.unlock_wanted.emit(self._path, secret)

    def _wish_keychain(self) -> None:
        self.unlock_wanted.emit(self._path, Secret(keychain=True))

    def _choose(self) -> None:
        start = str(self._path.parent)
        named = QFileDialog.getExistingDirectory(self, self.tr("The vault's folder"), start)
        if named:
            self.show_vault(Path(named))
            self.first.setFocus()
