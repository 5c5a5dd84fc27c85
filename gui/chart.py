# SPDX-License-Identifier: GPL-3.0-or-later
"""Own drawings of numbers: the curve of a training, and a value between its bounds.

Colours come from the palette alone, sizes from the font; every drawing says in words what it shows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

MOST_POINTS = 2_000
SMOOTH = 0.6
"""Share of the past in the drawn line: single steps jump about, and nobody should worry."""


@dataclass(slots=True)
class Stretch:
    """The numbers of one stage: steps and values."""

    name: str
    steps: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def smoothed(self) -> list[float]:
        """The values as they are drawn."""
        out: list[float] = []
        for value in self.values:
            out.append(value if not out else SMOOTH * out[-1] + (1 - SMOOTH) * value)
        return out


class Curve(QWidget):
    """One line a stage, side by side over the steps; each stage has a scale of its own.

    The stages measure different errors, so only the fall within one says anything.
    """

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        self._stretches: list[Stretch] = []
        self._last = 0
        self.setAccessibleName(title)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def stretches(self) -> list[Stretch]:
        """What is drawn."""
        return self._stretches

    def clear(self, last_step: int = 0) -> None:
        """Nothing is known yet; `last_step` is where the axis will end."""
        self._stretches, self._last = [], last_step
        self.setAccessibleDescription("")
        self.update()

    def set_end(self, last_step: int) -> None:
        """How many steps there will be."""
        self._last = max(self._last, last_step)

    def add(self, name: str, step: int, value: float, said: str = "") -> None:
        """One more number; `said` describes the picture for those who do not see it."""
        if not math.isfinite(value):
            return
        if not self._stretches or self._stretches[-1].name != name:
            self._stretches.append(Stretch(name))
        one = self._stretches[-1]
        if len(one.steps) >= MOST_POINTS:  # every second one tells the same
            one.steps, one.values = one.steps[::2], one.values[::2]
        one.steps.append(step)
        one.values.append(value)
        self._last = max(self._last, step)
        self.setAccessibleDescription(said)
        self.update()

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().lineSpacing()
        return QSize(30 * line, 8 * line)

    def minimumSizeHint(self) -> QSize:
        line = self.fontMetrics().lineSpacing()
        return QSize(10 * line, 8 * line)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = self.fontMetrics().lineSpacing()
        area = QRectF(2, 4, self.width() - 4, self.height() - 2 * line)
        colours = self.palette()
        painter.setPen(QPen(colours.color(QPalette.ColorRole.Midlight), 1))
        for part in range(5):
            y = area.top() + area.height() * part / 4
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        first = min((one.steps[0] for one in self._stretches), default=0)
        for number, one in enumerate(self._stretches):
            following = self._stretches[number + 1] if number + 1 < len(self._stretches) else None
            end = following.steps[0] if following else one.steps[-1]
            left = self._x(area, one.steps[0], first)
            self._draw(painter, area, one, first)
            self._name(painter, area, one.name, left, self._x(area, end, first), not following)
        painter.end()

    def _x(self, area: QRectF, step: int, first: int) -> float:
        return area.left() + area.width() * (step - first) / max(1, self._last - first)

    def _draw(self, painter: QPainter, area: QRectF, one: Stretch, first: int) -> None:
        drawn = one.smoothed()
        low, high = min(drawn), max(drawn)
        room = area.adjusted(0, 8, 0, -8)
        points = [
            QPointF(
                self._x(area, step, first),
                room.bottom() - room.height() * ((value - low) / (high - low) if high > low else 1),
            )
            for step, value in zip(one.steps, drawn, strict=True)
        ]
        colour = self.palette().color(QPalette.ColorRole.Accent)
        painter.setPen(QPen(colour, 2.2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPolyline(QPolygonF(points))
        painter.setBrush(colour)
        painter.drawEllipse(points[-1], 3.0, 3.0)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _name(
        self, painter: QPainter, area: QRectF, name: str, left: float, right: float, last: bool
    ) -> None:
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Mid), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(left, area.top()), QPointF(left, area.bottom()))
        room = (area.right() if last else right) - left - 8
        metrics = self.fontMetrics()
        if room < metrics.horizontalAdvance(name) and not last:
            name = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(room))
        width = metrics.horizontalAdvance(name)
        x = min(left + 4, area.right() - width)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawText(QPointF(x, area.bottom() + metrics.ascent() + 6), name)


@dataclass(frozen=True, slots=True)
class Mark:
    """A value on a scale from `least` to `most`, its interval, and the owner's own value."""

    value: float
    least: float
    most: float
    low: float = math.nan
    high: float = math.nan
    own: float = math.nan


class Scale(QWidget):
    """A bar with the interval, a dot for the voice, an upright stroke for the owner."""

    def __init__(self, name: str, said: str, mark: Mark) -> None:
        super().__init__()
        self._mark = mark
        self.setAccessibleName(name)
        self.setAccessibleDescription(said)
        self.setToolTip(said)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().lineSpacing()
        return QSize(12 * line, round(1.4 * line))

    def minimumSizeHint(self) -> QSize:
        line = self.fontMetrics().lineSpacing()
        return QSize(6 * line, round(1.4 * line))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours, mark = self.palette(), self._mark
        middle = self.height() / 2
        thick = self.height() / 6
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.color(QPalette.ColorRole.Midlight))
        painter.drawRoundedRect(QRectF(0, middle - 1.5, self.width(), 3), 1.5, 1.5)
        accent = colours.color(QPalette.ColorRole.Accent)
        if math.isfinite(mark.low) and math.isfinite(mark.high):
            left, right = self._x(mark.low), self._x(mark.high)
            bar = QRectF(left, middle - thick, max(2.0, right - left), 2 * thick)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(accent, 1.5))
            painter.drawRoundedRect(bar, thick, thick)
        if math.isfinite(mark.own):
            x = self._x(mark.own)
            painter.setPen(QPen(colours.color(QPalette.ColorRole.WindowText), 2.5))
            painter.drawLine(QPointF(x, 3), QPointF(x, self.height() - 3))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(accent)
        painter.drawEllipse(QPointF(self._x(mark.value), middle), 1.6 * thick, 1.6 * thick)
        painter.end()

    def _x(self, value: float) -> float:
        edge = self.height() / 3
        span = self._mark.most - self._mark.least
        share = (value - self._mark.least) / span if span > 0 else 0.5
        return edge + (self.width() - 2 * edge) * min(1.0, max(0.0, share))
