# SPDX-License-Identifier: GPL-3.0-or-later
"""An open vault on the screen: sidebar, one page at a time, notices above and below it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from gui import registry
from gui.desk import Desk, Undoable
from gui.notices import Banner, StatusLine, Toast
from gui.page import Page
from gui.style import Space
from gui.widgets import IconButton, text_label

NARROW_LETTERS = 64


class Workspace(QWidget):
    """Shows pages and passes the desk's words on. Pages are made when they are first seen."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self._specs = registry.pages()
        self._offered = frozenset(one.name for one in self._specs if one.when is None)
        self._asked = self._answered = 0
        self._pages: dict[str, Page] = {}
        self._frames: dict[str, QWidget] = {}
        self.current = ""
        self._narrow = False
        self.list = QListWidget()
        self.lock = IconButton(desk.theme, "lock", self.tr("Lock"), "quiet")
        self.lock.setToolTip(self.tr("Close the vault (Ctrl+L)"))
        self.stack = QStackedWidget()
        self.banner = Banner(desk.theme)
        self.status = StatusLine()
        self.toast = Toast(desk.theme, self)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        line.addWidget(self._make_sidebar())
        line.addLayout(self._make_content(), 1)
        self._connect()
        self._draw()
        self._show_offered()
        self.list.setCurrentRow(0)
        self._ask_what_is_offered()

    def show_page(self, name: str) -> None:
        """Bring a page to the front, if it is in the sidebar."""
        for number, spec in enumerate(self._specs):
            if spec.name == name and name in self._offered:
                self.list.setCurrentRow(number)

    def page(self, name: str) -> Page:
        """The page itself, made now if nobody has seen it yet."""
        if name not in self._pages:
            spec = next(one for one in self._specs if one.name == name)
            made = spec.make(self.desk)
            self._pages[name] = made
            self._frames[name] = _scrolled(made) if made.scrolls else made
            self.stack.addWidget(self._frames[name])
        return self._pages[name]

    def enter_page(self) -> None:
        """The keyboard goes from the sidebar into the page."""
        self._pages[self.current].take_keyboard()

    def leave(self) -> None:
        """Before the vault closes: what waits happens, what was decoded is forgotten."""
        self.toast.flush()
        self.silence()

    def silence(self) -> None:
        """No page listens, plays, or remembers what it decoded. The vault may be closed already."""
        for page in self._pages.values():
            page.leave()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._set_narrow()
        self._place_toast()

    def _make_sidebar(self) -> QFrame:
        bar = QFrame()
        bar.setObjectName("sidebar")
        column = QVBoxLayout(bar)
        column.setContentsMargins(Space.M, Space.XL, Space.M, Space.L)
        column.setSpacing(Space.M)
        self._name = text_label("VoiceVault", "heading", wrap=False)
        self._name.setContentsMargins(Space.S, 0, 0, 0)
        column.addWidget(self._name)
        self.list.setObjectName("pages")
        self.list.setAccessibleName(self.tr("Pages"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for spec in self._specs:
            item = QListWidgetItem(spec.shown_title())
            keys = self.tr("Ctrl+{number}").format(number=spec.key)
            item.setToolTip(f"{spec.shown_title()} ({keys})")
            item.setData(Qt.ItemDataRole.AccessibleTextRole, spec.shown_title())
            self.list.addItem(item)
        column.addWidget(self.list, 1)
        column.addWidget(self.lock)
        self._bar = bar
        return bar

    def _make_content(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        holder = QVBoxLayout()
        holder.setContentsMargins(Space.XXL, Space.L, Space.XXL, 0)
        holder.addWidget(self.banner)
        column.addLayout(holder)
        column.addWidget(self.stack, 1)
        column.addWidget(self.status)
        return column

    def _connect(self) -> None:
        self.list.currentRowChanged.connect(self._row_changed)
        self.list.activated.connect(self.enter_page)
        self.lock.clicked.connect(self.desk.lock_wanted)
        self.desk.page_wanted.connect(self._send_to)
        self.desk.announced.connect(self.status.announce)
        self.desk.failed.connect(self.banner.show_error)
        self.desk.offered.connect(self._offer)
        self.toast.happened.connect(self._happen)
        self.desk.theme.changed.connect(self._draw)
        self.desk.runs_changed.connect(self._ask_what_is_offered)
        for spec in self._specs:
            shortcut = QShortcut(QKeySequence(f"Ctrl+{spec.key}"), self)
            shortcut.setProperty("page", spec.name)
            shortcut.activated.connect(self._shortcut)
        undo = QShortcut(QKeySequence.StandardKey.Undo, self)
        undo.activated.connect(self.toast.take_back)

    def _send_to(self, name: str) -> None:
        """A button of another page leads there; it is gone then, and the keyboard comes along."""
        self.show_page(name)
        there, page = QApplication.focusWidget(), self._pages[self.current]
        if there is None or there is page or not page.isAncestorOf(there):
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _shortcut(self) -> None:
        self.show_page(self.sender().property("page"))
        self.list.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _ask_what_is_offered(self) -> None:
        """Which pages does the vault have a use for? A later question outdates an earlier one."""
        self._asked += 1
        studio, asked = self.desk.studio, self._asked
        self.desk.run_task(lambda: (asked, registry.offered(studio)), self._offered_now)

    def _offered_now(self, answer: tuple[int, frozenset[str]]) -> None:
        asked, offered = answer
        if asked < self._answered:
            return
        first, self._answered = not self._answered, asked
        new = [one for one in self._specs if one.name in offered - self._offered]
        self._offered = offered
        self._show_offered()
        if new and not first:
            titles = ", ".join(one.shown_title() for one in new)
            self.desk.announce(self.tr("New among the pages: {titles}").format(titles=titles))

    def _show_offered(self) -> None:
        for number, spec in enumerate(self._specs):
            self.list.setRowHidden(number, spec.name not in self._offered)
        if self.current and self.current not in self._offered:
            self.list.setCurrentRow(0)

    def _row_changed(self, number: int) -> None:
        if not 0 <= number < len(self._specs):
            return
        spec = self._specs[number]
        if self.current and self.current != spec.name:
            self._pages[self.current].leave()
        self.current = spec.name
        page = self.page(spec.name)
        self.stack.setCurrentWidget(self._frames[spec.name])
        self.banner.hide()
        page.refresh()

    def _offer(self, what: object) -> None:
        if isinstance(what, Undoable):
            self.toast.offer(what)
            self._place_toast()

    def _happen(self, what: object) -> None:
        if isinstance(what, Undoable):
            self.desk.run_task(what.work, what.then, lambda error: self._broke(what, error))

    def _broke(self, what: Undoable, error: Exception) -> None:
        if isValid(self):
            what.undo()
            self.desk.show_error(error)

    def _place_toast(self) -> None:
        self.toast.adjustSize()
        width = min(self.toast.sizeHint().width(), self.width() - 2 * Space.L)
        self.toast.resize(width, self.toast.sizeHint().height())
        left = self._bar.width()
        middle = left + (self.width() - left - width) // 2
        above = self.height() - self.status.height() - self.toast.height() - Space.M
        self.toast.move(max(middle, Space.L), above)

    def _set_narrow(self) -> None:
        """Where text is large and the window small, the sidebar keeps its icons only."""
        narrow = self.width() < NARROW_LETTERS * self.fontMetrics().horizontalAdvance("n")
        if narrow == self._narrow:
            return
        self._narrow = narrow
        self._name.setVisible(not narrow)
        self.lock.set_words(not narrow)
        for number, spec in enumerate(self._specs):
            self.list.item(number).setText("" if narrow else spec.shown_title())
        self._draw()

    def _draw(self) -> None:
        """Icons and widths for the theme in force."""
        picture_px = self.desk.theme.icon_px
        self.list.setIconSize(QSize(picture_px, picture_px))
        for number, spec in enumerate(self._specs):
            self.list.item(number).setIcon(self.desk.theme.icon(spec.icon))
        name_px = 0 if self._narrow else self._name.sizeHint().width()
        widest = max(self.list.sizeHintForColumn(0), name_px, self.lock.sizeHint().width())
        self._bar.setFixedWidth(widest + 2 * Space.M + Space.L)


def _scrolled(page: Page) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
    page.setObjectName("scrolled")
    area.setWidget(page)
    return area
