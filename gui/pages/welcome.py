# SPDX-License-Identifier: GPL-3.0-or-later
"""While no vault is open: make one, or open one. What is kept where is said before anything is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMessageBox, QScrollArea, QVBoxLayout, QWidget

from gui import registry, wording
from gui.desk import Tools
from gui.door import Door, Opened, Secret
from gui.notices import Banner, StatusLine
from gui.pages.welcome_code import CodeForm
from gui.pages.welcome_create import CreateForm
from gui.pages.welcome_unlock import UnlockForm
from gui.style import Space
from gui.widgets import Card, FittingStack, IconLabel, button, text_label

COLUMN_PX = 560
"""Width of the column at a body text of 10.5 points."""


class StartForm(QWidget):
    """The very first sight: two sentences of promise and two ways on."""

    create_wanted = Signal()
    open_wanted = Signal()

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.L)
        column.addWidget(IconLabel(tools.theme, "record", "accent", 48))
        column.addWidget(text_label(self.tr("Your voice, kept by you"), "title"))
        column.addWidget(
            text_label(
                self.tr(
                    "Recordings, texts and voices are encrypted in one folder on this "
                    "computer, the vault; only your passphrase or your recovery code opens it. "
                    "The app itself remembers where that folder is and how it should look, and "
                    "sends nothing unless you ask for it."
                ),
                tone="muted",
            )
        )
        self.make = button(self.tr("Make a new vault"), "primary")
        self.first = self.make
        self.have = button(self.tr("Open a vault that is here already"))
        self.make.clicked.connect(self.create_wanted)
        self.have.clicked.connect(self.open_wanted)
        column.addSpacing(Space.S)
        column.addWidget(self.make)
        column.addWidget(self.have)


class WelcomePage(QWidget):
    """Leads from nothing to an open vault.

    Not its job: what happens then; it hands the Studio over by `opened` and forgets it.
    """

    opened = Signal(object)
    """An Opened."""

    def __init__(self, tools: Tools, door: Door) -> None:
        super().__init__()
        self.tools, self.door = tools, door
        self._made: Opened | None = None
        self._tried: tuple[Path, Secret] | None = None
        self.banner = Banner(tools.theme)
        self.status = StatusLine()
        self.stack = FittingStack()
        self.start = StartForm(tools)
        self.new = CreateForm(tools)
        self.code = CodeForm(tools)
        self.unlock = UnlockForm(tools)
        for form in (self.start, self.new, self.code, self.unlock):
            self.stack.add(form)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._in_the_middle(), 1)
        outer.addWidget(self.status)
        self._connect()
        self._fit()
        tools.tasks.run(self._warm_up, None, self.show_error)
        self.ask_again()

    def ask_again(self) -> None:
        """The form for where we stand: the vault opened last, or the first sight."""
        path = self.tools.preferences.vault
        if path is not None and path.is_dir():
            self.unlock.show_vault(path)
            self._show(self.unlock)
        else:
            self._show(self.start)

    def say_locked(self, reason: str, undone: str = "") -> None:
        """Why the vault is closed although nobody here closed it, and what did not happen then."""
        if undone:
            words = self.tr("It was closed before this could happen: {what}").format(what=undone)
            self.banner.show_words(words, tone="warn")
        self.status.announce(
            {
                "idle": self.tr("The vault was closed because nobody was here."),
                "sleep": self.tr("The vault was closed because the computer slept."),
            }.get(reason, self.tr("The vault is closed."))
        )

    def show_error(self, error: Exception) -> None:
        """An error above the form."""
        self.banner.show_error(error)

    def abandon(self) -> None:
        """The window closes: a vault just made closes too, its passphrase opens it next time."""
        made, self._made = self._made, None
        if made is not None:
            made.studio.close()

    def _warm_up(self) -> None:
        """In a task: load what an open vault needs."""
        self.door.warm_up()
        registry.load()

    def _in_the_middle(self) -> QScrollArea:
        card = Card()
        card.body.setContentsMargins(Space.XXL, Space.XXL, Space.XXL, Space.XXL)
        card.body.addWidget(self.stack)
        self._column = QWidget()
        column = QVBoxLayout(self._column)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.L)
        column.addStretch(1)
        column.addWidget(self.banner)
        column.addWidget(card)
        column.addStretch(2)
        scrolled = QWidget()
        scrolled.setObjectName("scrolled")
        line = QHBoxLayout(scrolled)
        line.setContentsMargins(Space.L, Space.L, Space.L, Space.L)
        line.addStretch(1)
        line.addWidget(self._column, 100)
        line.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(scrolled)
        return area

    def _connect(self) -> None:
        self.start.create_wanted.connect(self._begin_create)
        self.start.open_wanted.connect(self._begin_open)
        self.new.back_wanted.connect(self._begin_start)
        self.new.create_wanted.connect(self._create)
        self.code.confirmed.connect(self._code_kept)
        self.unlock.unlock_wanted.connect(self._open)
        self.unlock.back_wanted.connect(self._begin_start)
        self.tools.theme.changed.connect(self._fit)

    def _begin_start(self) -> None:
        self._show(self.start)

    def _begin_create(self) -> None:
        self.tools.tasks.run(self.door.default_vault, self.new.show_place, self.show_error)
        self._show(self.new)

    def _begin_open(self) -> None:
        self.tools.tasks.run(self.door.default_vault, self.unlock.show_vault, self.show_error)
        self._show(self.unlock)

    def _create(self, path: Path, passphrase: str) -> None:
        self._busy(self.tr("Making the vault. This takes some seconds, on purpose."))
        door = self.door
        self.tools.tasks.run(lambda: door.create(path, passphrase), self._created, self._refused)

    def _created(self, opened: Opened) -> None:
        self._ready("")
        self._made = opened
        self.new.forget()
        self.code.show_code(opened.recovery_code, opened.studio.path)
        self._show(self.code)

    def _code_kept(self) -> None:
        made, self._made = self._made, None
        if made is not None:
            self.opened.emit(made)

    def _open(self, path: Path, secret: Secret) -> None:
        self._busy(self.tr("Opening the vault…"))
        self._tried = (path, secret)
        door = self.door
        self.tools.tasks.run(lambda: door.open(path, secret), self._let_in, self._refused)

    def _let_in(self, opened: Opened) -> None:
        self._ready("")
        self._tried = None
        self.unlock.forget()
        self.opened.emit(opened)

    def _refused(self, error: Exception) -> None:
        self._ready("")
        tried, self._tried = self._tried, None
        if tried is not None and wording.is_rollback(error) and self._restored():
            self._open(tried[0], replace(tried[1], accept_rollback=True))
            return
        self.show_error(error)
        form = self.stack.shown
        if form is self.unlock:
            self.unlock.try_again()

    def _restored(self) -> bool:
        """Ask whether an older state was put there on purpose."""
        ask = QMessageBox(self)
        ask.setWindowTitle(self.tr("An older vault"))
        ask.setText(
            self.tr("This vault is older than the one that was open here last. Was it restored?")
        )
        ask.setInformativeText(
            self.tr(
                "If you put a backup there, open it. If you did not, somebody may have exchanged "
                "the folder: leave it, and look for the newer one."
            )
        )
        yes = ask.addButton(self.tr("I restored a backup"), QMessageBox.ButtonRole.AcceptRole)
        ask.addButton(self.tr("Leave it"), QMessageBox.ButtonRole.RejectRole)
        ask.exec()
        return ask.clickedButton() is yes

    def _busy(self, text: str) -> None:
        self.banner.hide()
        self.stack.setEnabled(False)
        self.status.announce(text)

    def _ready(self, text: str) -> None:
        self.stack.setEnabled(True)
        self.status.announce(text)

    def _show(self, form: QWidget) -> None:
        self.banner.hide()
        self.stack.show_part(form)
        self.focus()

    def focus(self) -> None:
        """Put the keyboard where a person will type first."""
        first = getattr(self.stack.shown, "first", None)
        if isinstance(first, QWidget):
            first.setFocus()

    def _fit(self) -> None:
        """As wide as its text wants, whatever the text's size."""
        self._column.setMaximumWidth(round(COLUMN_PX * self.tools.theme.body_pt / 10.5))
