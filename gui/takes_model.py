# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes as rows of a table: filtered and sorted here, because a proxy would ask Python per cell.

Five thousand takes are filtered in some milliseconds: what is searched is folded once, and a row is
looked at when it is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from gui import verdicts, wording
from gui.theme import Theme
from voicevault.records import Take

VERDICT, TEXT, LENGTH, CAME = range(4)
_STATUS_RANK = {"redo": 0, "keep_but": 1, "keep": 2}
Index = QModelIndex | QPersistentModelIndex


class TakesModel(QAbstractTableModel):
    """The takes of a vault, less those that are about to be deleted."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._takes: list[Take] = []
        self._folded: dict[str, str] = {}
        self._hidden: frozenset[str] = frozenset()
        self._words: tuple[str, ...] = ()
        self._status = ""
        self._column, self._order = CAME, Qt.SortOrder.AscendingOrder
        self._rows: list[Take] = []
        theme.changed.connect(self._repaint)

    def set_takes(self, takes: Iterable[Take]) -> None:
        """Everything the vault has. Nothing happens where that is what is shown: a table of five
        thousand rows takes 90 ms to begin anew, and loses its place."""
        found = list(takes)
        if found == self._takes:
            return
        self._takes = found
        self._folded = {one.id: f"{one.text} {one.prompt_id}".casefold() for one in self._takes}
        self._show()

    def search(self, text: str, status: str = "") -> None:
        """Only takes with every word of `text`, and of one status if it is given."""
        self._words, self._status = tuple(text.casefold().split()), status
        self._show()

    def hide(self, ids: Iterable[str], hidden: bool = True) -> None:
        """Leave these out, whatever is searched, or no longer."""
        self._hidden = self._hidden | set(ids) if hidden else self._hidden - set(ids)
        self._show()

    def drop(self, ids: Iterable[str]) -> None:
        """These are gone from the vault."""
        gone = set(ids)
        self.set_takes(one for one in self._takes if one.id not in gone)

    def take(self, row: int) -> Take | None:
        """The take in a row."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def row_of(self, take_id: str) -> int:
        """Where a take is shown; -1 when it is not."""
        return next((row for row, one in enumerate(self._rows) if one.id == take_id), -1)

    @property
    def all(self) -> list[Take]:
        """Every take that is not about to be deleted, shown or not."""
        return [one for one in self._takes if one.id not in self._hidden]

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else 4

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole and section == LENGTH:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        names = (self.tr("Verdict"), self.tr("Text"), self.tr("Length"), self.tr("Added"))
        return names[section] if 0 <= section < len(names) else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        take = self.take(index.row()) if index.isValid() else None
        if take is None:
            return None
        column = index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(take, column)
        if role == Qt.ItemDataRole.DecorationRole and column == VERDICT:
            look = verdicts.look(take.verdict.status)
            return self._theme.icon(look.icon, look.tone)
        if role == Qt.ItemDataRole.ToolTipRole:
            return take.text if column == TEXT else verdicts.sentence(take.verdict)
        if role == Qt.ItemDataRole.TextAlignmentRole and column == LENGTH:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return verdicts.sentence(take.verdict)
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By any column; equal ones keep the order they came in."""
        self._column, self._order = column, order
        self._show()

    def _text(self, take: Take, column: int) -> str:
        if column == VERDICT:
            return verdicts.look(take.verdict.status).word
        if column == TEXT:
            return take.text
        if column == LENGTH:
            return self.tr("{s} s").format(s=QLocale().toString(take.duration_ms / 1000, "f", 1))
        return wording.day(take.created)

    def _show(self) -> None:
        shown = [
            one
            for one in self._takes
            if one.id not in self._hidden
            and (not self._status or one.verdict.status == self._status)
            and all(word in self._folded[one.id] for word in self._words)
        ]
        shown.sort(key=_KEYS[self._column], reverse=self._order == Qt.SortOrder.DescendingOrder)
        self.beginResetModel()
        self._rows = shown
        self.endResetModel()

    def _repaint(self) -> None:
        if self._rows:
            last = self.index(len(self._rows) - 1, VERDICT)
            self.dataChanged.emit(self.index(0, VERDICT), last)


_KEYS: dict[int, Callable[[Take], Any]] = {
    VERDICT: lambda one: _STATUS_RANK.get(one.verdict.status, 0),
    TEXT: lambda one: one.text.casefold(),
    LENGTH: lambda one: one.duration_ms,
    CAME: lambda one: one.created,
}
