# SPDX-License-Identifier: GPL-3.0-or-later
"""The form for a new vault: where it goes, and the passphrase twice, with an honest estimate."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QLineEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from gui import wording
from gui.desk import Tools
from gui.strength import Flaw, Level, Strength, estimate
from gui.style import Space
from gui.widgets import Tick, button, field, row, secret_input, set_tone, text_label

WAIT_MS = 150
"""After the last key before the estimate is made."""


class PassphraseTwice(QWidget):
    """A new passphrase, typed twice, with what it is worth in words. Also used to change one."""

    changed = Signal()

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._tools = tools
        self.one, self.two = secret_input(), secret_input()
        self.show_them = Tick(self.tr("Show what I type"))
        self.bar = QProgressBar()
        self.bar.setAccessibleName(self.tr("Strength of the passphrase"))
        self.bar.setRange(0, 100)
        self.bar.setTextVisible(False)
        self.words = text_label("", "small", tone="muted")
        self.words.setMinimumHeight(self.words.fontMetrics().lineSpacing() * 2)
        self.differ = text_label("", "small", tone="bad")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.M)
        column.addLayout(
            field(
                self.tr("Passphrase"),
                self.one,
                self.tr("Four or five words that do not belong together are good."),
            )
        )
        column.addWidget(self.bar)
        column.addWidget(self.words)
        column.addLayout(field(self.tr("The same again"), self.two))
        column.addWidget(self.differ)
        column.addWidget(self.show_them)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(WAIT_MS)
        self._connect()
        self._show_strength(Strength(Level.NONE, 0.0, Flaw.NONE))

    @property
    def passphrase(self) -> str:
        """What was typed twice; empty while the two differ."""
        return self.one.text() if self.one.text() == self.two.text() else ""

    def forget(self) -> None:
        """Empty both lines."""
        self.one.clear()
        self.two.clear()
        self.show_them.setChecked(False)

    def _connect(self) -> None:
        self.one.textChanged.connect(self._typed)
        self.two.textChanged.connect(self._typed)
        self.show_them.toggled.connect(self._show_text)
        self._wait.timeout.connect(self._ask)

    def _typed(self) -> None:
        self._wait.start()
        started = bool(self.two.text())
        differ = started and not self.one.text().startswith(self.two.text())
        self.differ.setText(self.tr("The two differ.") if differ else "")
        self.changed.emit()

    def _ask(self) -> None:
        typed = self.one.text()
        self._tools.tasks.run(lambda: estimate(typed), self._show_strength)

    def _show_text(self, shown: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        self.one.setEchoMode(mode)
        self.two.setEchoMode(mode)

    def _show_strength(self, found: Strength) -> None:
        self.bar.setValue(found.share)
        name, tone = {
            Level.NONE: ("", "muted"),
            Level.WEAK: (self.tr("Weak."), "bad"),
            Level.FAIR: (self.tr("Fair."), "warn"),
            Level.GOOD: (self.tr("Good."), "good"),
            Level.STRONG: (self.tr("Strong."), "good"),
        }[found.level]
        parts = [name, self._how_long(found), self._advice(found.flaw)]
        self.words.setText(" ".join(part for part in parts if part))
        self.bar.setAccessibleDescription(self.words.text())
        set_tone(self.words, tone)

    def _how_long(self, found: Strength) -> str:
        if found.level is Level.NONE:
            return ""
        years = found.seconds / (365 * 86_400)
        if years >= 1_000_000:
            how_long = self.tr("longer than a million years")
        elif years >= 2:
            how_long = self.tr("about {n} years").format(n=f"{_rounded(years):.0f}")
        elif found.seconds >= 2 * 86_400:
            how_long = self.tr("about {n} days").format(n=f"{_rounded(found.seconds / 86_400):.0f}")
        elif found.seconds >= 60:
            how_long = self.tr("about {time}").format(time=wording.duration(found.seconds))
        else:
            how_long = self.tr("less than a minute")
        return self.tr("A thousand computers like this one would need {time}.").format(
            time=how_long
        )

    def _advice(self, flaw: Flaw) -> str:
        return {
            Flaw.COMMON: self.tr("Common words are tried first: add more of them."),
            Flaw.SHORT: self.tr("Add a word or two."),
            Flaw.REPEAT: self.tr("Repetitions add nearly nothing."),
            Flaw.SEQUENCE: self.tr("Rows like abc or 123 add nearly nothing."),
            Flaw.KEYBOARD: self.tr("Neighbouring keys are tried early."),
            Flaw.DATE: self.tr("Dates are tried early."),
        }.get(flaw, "")


def _rounded(value: float) -> float:
    """To what an estimate is worth: two digits."""
    return round(value, 2 - len(str(round(value))))


class CreateForm(QWidget):
    """Asks for place and passphrase of a new vault."""

    create_wanted = Signal(object, str)
    """Path, passphrase."""
    back_wanted = Signal()

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self.place = QLineEdit()
        self.choose = button(self.tr("Choose…"), name=self.tr("Choose the folder"))
        self.pair = PassphraseTwice(tools)
        self.first = self.pair.one
        self.back = button(self.tr("Back"))
        self.make = button(self.tr("Make the vault"), "primary")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.L)
        column.addWidget(text_label(self.tr("A new vault"), "title"))
        column.addWidget(
            text_label(
                self.tr(
                    "Nobody can reset this passphrase. In the next step you get a recovery code "
                    "for the day you have forgotten it; without both, the recordings are gone."
                ),
                tone="muted",
            )
        )
        column.addWidget(self.pair)
        column.addLayout(field(self.tr("Folder of the vault"), self.place, beside=(self.choose,)))
        column.addLayout(row(self.back, self.make, stretch="before"))
        self._connect()
        self._check()

    def show_place(self, path: Path) -> None:
        """Where it will go unless the person says otherwise."""
        if not self.place.text():
            self.place.setText(str(path))

    def forget(self) -> None:
        """The passphrase is not needed any more."""
        self.pair.forget()

    def _connect(self) -> None:
        self.pair.changed.connect(self._check)
        self.place.textChanged.connect(self._check)
        self.choose.clicked.connect(self._choose)
        self.make.clicked.connect(self._wish)
        self.back.clicked.connect(self._go_back)
        self.pair.two.returnPressed.connect(self._wish)

    def _check(self) -> None:
        self.make.setEnabled(bool(self.pair.passphrase and self.place.text().strip()))

    def _choose(self) -> None:
        named, _ = QFileDialog.getSaveFileName(
            self, self.tr("A name for the vault's folder"), self.place.text()
        )
        if named:
            self.place.setText(named)

    def _wish(self) -> None:
        if self.make.isEnabled():
            path = Path(self.place.text().strip()).expanduser()
            self.create_wanted.emit(path, self.pair.passphrase)

    def _go_back(self) -> None:
        self.forget()
        self.back_wanted.emit()
