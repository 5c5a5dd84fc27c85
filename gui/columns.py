# SPDX-License-Identifier: GPL-3.0-or-later
"""Cards side by side where there is room for them, one below the other where there is not."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QSizePolicy, QWidget

from gui.style import Space


class Columns(QWidget):
    """Shares its width among as many columns as `least_chars` of the font leave room for."""

    def __init__(self, least_chars: int, most: int = 3) -> None:
        super().__init__()
        self._least_chars, self._most = least_chars, most
        self._parts: list[QWidget] = []
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(Space.L)

    @property
    def parts(self) -> list[QWidget]:
        """What is shown, in order."""
        return self._parts

    def show_parts(self, parts: Sequence[QWidget]) -> None:
        """Show these in place of those before, which are deleted."""
        for one in self._parts:
            if one not in parts:
                self._grid.removeWidget(one)
                one.hide()
                one.deleteLater()
        self._parts = list(parts)
        self._columns = 0
        self._place()

    def minimumSizeHint(self) -> QSize:
        """As narrow as its widest part: the columns give way first."""
        widest = max((one.minimumSizeHint().width() for one in self._parts), default=0)
        return QSize(widest, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        each_px = self._least_chars * self.fontMetrics().averageCharWidth()
        fit = max(1, min(self._most, self.width() // max(1, each_px), len(self._parts)))
        if fit == self._columns:
            return
        self._columns = fit
        for number in range(self._most):
            self._grid.setColumnStretch(number, 1 if number < fit else 0)
        for number, part in enumerate(self._parts):
            self._grid.addWidget(part, number // fit, number % fit)
            part.show()


def narrow(box: QComboBox) -> None:
    """Let a box be narrower than its longest line, which its list shows whole."""
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(10)
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
