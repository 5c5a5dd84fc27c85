# SPDX-License-Identifier: GPL-3.0-or-later
"""The level of a microphone: a bar with zones, a line that holds, a light for clipping."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QProgressBar, QSizePolicy

from gui.theme import Theme
from voicevault.records import Level

LOWEST_DBFS = -60.0
GOOD_DBFS, LOUD_DBFS = -12.0, -6.0
"""Where the bar turns from good to careful, and to too loud."""
_GAP_PX = 2


class LevelMeter(QProgressBar):
    """A progress bar for assistive tools, drawn anew thirty times a second for those who see.

    Its value and its words change only when the zone does: a reader that tells every change of a
    progress bar would otherwise never stop.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._level = Level()
        self._zone = ""
        self.setRange(0, round(-LOWEST_DBFS))
        self.setTextVisible(False)
        self.setAccessibleName(self.tr("Microphone level"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._fit)
        self._fit()
        self.show_level(Level())

    @property
    def words(self) -> str:
        """The zone for people."""
        return {
            "none": self.tr("no signal"),
            "quiet": self.tr("quiet"),
            "good": self.tr("good level"),
            "loud": self.tr("loud"),
            "clipped": self.tr("too loud: clipped"),
        }[self._level.zone]

    def show_level(self, level: Level) -> None:
        """Another moment."""
        self._level = level
        if level.zone != self._zone:
            self._zone = level.zone
            self.setValue(round(level.held_dbfs - LOWEST_DBFS))
            self.setAccessibleDescription(self.words)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, self._height_px())

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self._height_px())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scheme, level = self._theme.scheme, self._level
        light = float(self.height())
        bar = QRectF(0, 0, self.width() - light - 6, self.height())
        painter.setPen(QPen(QColor(scheme.border), 2 if scheme.high_contrast else 1))
        painter.setBrush(QColor(scheme.surface))
        painter.drawRoundedRect(bar.adjusted(1, 1, -1, -1), 5, 5)
        self._draw_zones(painter, bar.adjusted(4, 4, -4, -4))
        lamp = QRectF(self.width() - light + 1, 1, light - 2, light - 2)
        painter.setPen(QPen(QColor(scheme.bad if level.clipped else scheme.border), 2))
        painter.setBrush(QColor(scheme.bad) if level.clipped else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(lamp)
        if level.clipped:  # not by colour alone
            painter.setPen(QPen(QColor(scheme.surface), 2.5))
            middle = lamp.center()
            painter.drawLine(QPointF(middle.x(), lamp.top() + 5), middle + QPointF(0, 2))
            painter.drawPoint(round(middle.x()), round(lamp.bottom() - 4))

    def _draw_zones(self, painter: QPainter, inside: QRectF) -> None:
        scheme, level = self._theme.scheme, self._level
        painter.setPen(Qt.PenStyle.NoPen)
        zones = (
            (LOWEST_DBFS, GOOD_DBFS, scheme.good),
            (GOOD_DBFS, LOUD_DBFS, scheme.warn),
            (LOUD_DBFS, 0.0, scheme.bad),
        )
        for low, high, colour in zones:
            start, end = self._x(inside, low), self._x(inside, high) - _GAP_PX
            faint = QColor(colour)
            faint.setAlphaF(0.22)
            painter.fillRect(QRectF(start, inside.y(), end - start, inside.height()), faint)
            reach = min(end, self._x(inside, level.peak_dbfs))
            if reach > start:
                full = QRectF(start, inside.y(), reach - start, inside.height())
                painter.fillRect(full, QColor(colour))
        if level.held_dbfs > LOWEST_DBFS:
            x = self._x(inside, level.held_dbfs)
            line = QRectF(min(x, inside.right() - 3), inside.y() - 2, 3, inside.height() + 4)
            painter.fillRect(line, QColor(scheme.text))

    def _x(self, inside: QRectF, dbfs: float) -> float:
        share = min(1.0, max(0.0, 1 - dbfs / LOWEST_DBFS))
        return inside.x() + share * inside.width()

    def _height_px(self) -> int:
        return round(self.fontMetrics().lineSpacing() * 1.3)

    def _fit(self) -> None:
        height_px = self._height_px()  # the app's sheet makes progress bars thin
        self.setStyleSheet(
            f"QProgressBar {{ min-height: {height_px}px; max-height: {height_px}px; }}"
        )
        self.update()
