# SPDX-License-Identifier: GPL-3.0-or-later
"""Which sounds of English the recordings hold: a field for each, filled when it was said."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.theme import Theme
from voicevault.records import ENGLISH_PHONES, Coverage

PHONES = tuple(sorted(ENGLISH_PHONES))
_GAP_PX = 4


class CoverageMap(QWidget):
    """Drawn for those who see; its name and description say the same in words."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._missing = frozenset(PHONES)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.changed.connect(self.updateGeometry)
        self._say()

    @property
    def words(self) -> str:
        """How many of them."""
        return self.tr("{n} of {all} sounds of English").format(
            n=len(PHONES) - len(self._missing), all=len(PHONES)
        )

    def show_coverage(self, found: Coverage) -> None:
        """What the recordings hold now."""
        self._missing = frozenset(found.missing)
        self._say()
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        cell = self._cell()
        rows = -(-len(PHONES) // self._per_row(width))
        return rows * (cell.height() + _GAP_PX)

    def sizeHint(self) -> QSize:
        return QSize(480, self.heightForWidth(480))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._cell().width() * 4, self._cell().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scheme, cell = self._theme.scheme, self._cell()
        per_row = self._per_row(self.width())
        for number, phone in enumerate(PHONES):
            row, column = divmod(number, per_row)
            x, y = column * (cell.width() + _GAP_PX), row * (cell.height() + _GAP_PX)
            field = QRectF(x + 1, y + 1, cell.width() - 2, cell.height() - 2)
            held = phone not in self._missing
            style = Qt.PenStyle.SolidLine if held else Qt.PenStyle.DashLine
            painter.setPen(QPen(QColor(scheme.accent if held else scheme.border), 1, style))
            painter.setBrush(QColor(scheme.tint) if held else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(field, 4, 4)
            painter.setPen(QColor(scheme.on_tint if held else scheme.muted))
            painter.drawText(field, Qt.AlignmentFlag.AlignCenter, phone)

    def _cell(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(round(metrics.lineSpacing() * 1.9), round(metrics.lineSpacing() * 1.4))

    def _per_row(self, width: int) -> int:
        return max(1, (width + _GAP_PX) // (self._cell().width() + _GAP_PX))

    def _say(self) -> None:
        self.setAccessibleName(self.words)
        missing = ", ".join(one for one in PHONES if one in self._missing)
        told = self.tr("Missing: {sounds}").format(sounds=missing) if missing else ""
        self.setAccessibleDescription(told)
        self.setToolTip(told)
