# SPDX-License-Identifier: GPL-3.0-or-later
"""Two measured voices side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem

from gui.columns import Columns, narrow
from gui.desk import Desk
from gui.pages.voice_words import statements
from gui.style import Space
from gui.widgets import Card, Choice, field, framed, text_label


class CompareCard(Card):
    """Two boxes and a table. Its reports are read when they are chosen."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(self.tr("Compare two voices"))
        self._desk = desk
        self.boxes = (Choice(), Choice())
        self.note = text_label("", tone="muted")
        self.table = QTableWidget(0, 3)
        self.table.setAccessibleName(self.tr("The figures of both voices"))
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        pair = Columns(least_chars=34, most=2)
        fields = []
        for box, name in zip(self.boxes, (self.tr("One voice"), self.tr("The other")), strict=True):
            narrow(box)
            fields.append(framed(field(name, box)))
            box.currentIndexChanged.connect(self._ask)
        pair.show_parts(fields)
        self.body.addWidget(pair)
        self.body.addWidget(self.note)
        self.body.addWidget(self.table)
        desk.theme.changed.connect(self._fit)
        self.show_runs(())

    def show_runs(self, runs: Sequence[tuple[str, str]]) -> None:
        """Finished runs to choose from: name, and what the box says; newest first."""
        before = [box.currentData() for box in self.boxes]
        for number, box in enumerate(self.boxes):
            box.blockSignals(True)
            box.clear()
            for name, words in runs:
                box.addItem(words, name)
            place = box.findData(before[number])
            box.setCurrentIndex(place if place >= 0 else min(number, len(runs) - 1))
            box.blockSignals(False)
        one, other = (box.currentIndex() for box in self.boxes)
        if one == other and len(runs) > 1:  # there was only one until now
            self.boxes[1].blockSignals(True)
            self.boxes[1].setCurrentIndex(1 if one == 0 else 0)
            self.boxes[1].blockSignals(False)
        self.setVisible(len(runs) > 1)
        if len(runs) > 1:
            self._ask()

    def _ask(self) -> None:
        names = [str(box.currentData() or "") for box in self.boxes]
        studio = self._desk.studio
        if all(names):
            self._desk.run_task(lambda: [studio.report(one) for one in names], self._show)

    def _show(self, reports: list[dict[str, Any] | None]) -> None:
        missing = [number for number, one in enumerate(reports) if one is None]
        self.table.setVisible(not missing)
        self.note.setVisible(bool(missing))
        if not missing:
            self._fill(reports)
            return
        self.note.setText(
            self.tr("{voice} is not measured yet; its report card does that.").format(
                voice=self.boxes[missing[0]].currentText()
            )
        )

    def _fill(self, reports: list[dict[str, Any] | None]) -> None:
        sides = [{one.key: one for one in statements(report or {})} for report in reports]
        keys = list(dict.fromkeys([*sides[0], *sides[1]]))
        self.table.setHorizontalHeaderLabels(
            [self.tr("Measure"), self.tr("One voice"), self.tr("The other")]
        )
        self.table.setRowCount(len(keys))
        for line, key in enumerate(keys):
            name = next(side[key].name for side in sides if key in side)
            cells = [name, *(side[key].value if key in side else "" for side in sides)]
            for column, text in enumerate(cells):
                self.table.setItem(line, column, QTableWidgetItem(text))
        self._fit()

    def _fit(self) -> None:
        """As high as its rows: the page scrolls, not the table."""
        self.table.resizeRowsToContents()
        rows = sum(self.table.rowHeight(number) for number in range(self.table.rowCount()))
        head = self.table.horizontalHeader().sizeHint().height()
        self.table.setFixedHeight(rows + head + Space.S)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
