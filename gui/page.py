# SPDX-License-Identifier: GPL-3.0-or-later
"""What every page is: a title, a body, a way to look again, and a way to leave."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gui.desk import Desk
from gui.style import Space
from gui.widgets import text_label


class Page(QWidget):
    """One page of the workspace. It fills `body` in its constructor and reads data in `refresh`.

    Rules: it knows the desk and no other page; Studio calls go through `desk.run_task` or
    `desk.jobs`; connections are made in `_connect`, slots are methods.
    """

    scrolls: ClassVar[bool] = True
    """Whether the workspace lets it scroll; a page with a table scrolls the table instead."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        outer = QVBoxLayout(self)
        outer.setContentsMargins(Space.XXL, Space.XL, Space.XXL, Space.L)
        outer.setSpacing(Space.L)
        head = QHBoxLayout()
        head.setSpacing(Space.M)
        words = QVBoxLayout()
        words.setSpacing(Space.XS)
        self.title = text_label("", "title")
        self.subtitle = text_label("", tone="muted")
        self.subtitle.hide()
        words.addWidget(self.title)
        words.addWidget(self.subtitle)
        head.addLayout(words, 1)
        self.buttons = QHBoxLayout()
        """Buttons at the top right."""
        self.buttons.setSpacing(Space.S)
        head.addLayout(self.buttons)
        outer.addLayout(head)
        self.body = QVBoxLayout()
        """What the page is about."""
        self.body.setSpacing(Space.L)
        outer.addLayout(self.body, 1)

    def set_title(self, title: str, subtitle: str = "") -> None:
        """The heading; it names the page for assistive tools too."""
        self.title.setText(title)
        self.subtitle.setText(subtitle)
        self.subtitle.setVisible(bool(subtitle))
        self.setAccessibleName(title)

    def refresh_if_seen(self) -> None:
        """Something changed. A page that nobody looks at waits: being shown, it reads everything,
        and five of them that read five thousand takes at once would hold up the window."""
        if self.isVisible():
            self.refresh()

    def take_keyboard(self) -> None:
        """Enter in the sidebar leads here: to the first part that takes keys."""
        part = self.nextInFocusChain()
        while part is not None and part is not self:
            there = self.isAncestorOf(part) and part.isVisible() and part.isEnabled()
            if there and part.focusPolicy() & Qt.FocusPolicy.TabFocus:
                part.setFocus(Qt.FocusReason.TabFocusReason)
                return
            part = part.nextInFocusChain()

    def _connect(self) -> None:
        """Make the page's connections. Called by its constructor, once."""

    def refresh(self) -> None:
        """Read again what is shown. Called whenever the page comes to the front."""

    def leave(self) -> None:
        """The page goes to the back, or the vault closes: be silent, forget what was decoded."""
