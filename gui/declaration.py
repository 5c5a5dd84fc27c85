# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose voice it is: one's own, or that of a person for whom one may speak."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QRadioButton, QVBoxLayout, QWidget

from gui.style import Space
from gui.widgets import Choice, field, framed, text_label
from voicevault.records import BANK, OWN, Declaration


class DeclarationForm(QWidget):
    """One's own voice needs no word; a bank of recordings needs three."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.own = QRadioButton(self.tr("My own voice"))
        self.bank = QRadioButton(self.tr("A person who can no longer speak"))
        self.whose = QLineEdit()
        self.relation = QLineEdit()
        self.ground = Choice()
        self.ground.addItem(self.tr("This person agreed to it"), "agreed")
        self.ground.addItem(self.tr("I may decide for this person"), "decide")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(self.own)
        column.addWidget(self.bank)
        words = QVBoxLayout()
        words.setContentsMargins(Space.XL, 0, 0, 0)
        words.setSpacing(Space.M)
        words.addLayout(
            field(
                self.tr("Whose voice it is"),
                self.whose,
                self.tr("As the name is spoken, for example Anna Berg."),
            )
        )
        words.addLayout(
            field(
                self.tr("What this person is to you"),
                self.relation,
                self.tr("In English, for example mother, husband or client."),
            )
        )
        words.addLayout(field(self.tr("Why a voice may be made"), self.ground))
        words.addWidget(
            text_label(
                self.tr(
                    "You declare it for them, with your own voice. Your voice is not compared; the "
                    "declaration, your relation and the ground are written into every voice that "
                    "is made."
                ),
                "small",
                tone="muted",
            )
        )
        self._words = framed(words)
        column.addWidget(self._words)
        self.own.setChecked(True)
        self._words.hide()
        self.bank.toggled.connect(self._switch)

    def declaration(self) -> Declaration:
        """What is declared. Raises UsageError where something is missing or cannot be said."""
        if self.own.isChecked():
            return Declaration(OWN)
        return Declaration(
            BANK, self.whose.text(), self.relation.text(), str(self.ground.currentData())
        ).checked()

    def _switch(self, bank: bool) -> None:
        self._words.setVisible(bank)
        if bank:
            self.whose.setFocus()
        self.changed.emit()
