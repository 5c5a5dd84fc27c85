# SPDX-License-Identifier: GPL-3.0-or-later
"""A recording as a picture: the lowest and highest sample of each column of pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

HEIGHT_EM = 4.5


class Waveform(QWidget):
    """Draws samples with the palette's colours; what was played is drawn in the accent.

    Decoration for those who see: what it shows is said in words beside it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._samples: NDArray[np.float32] | None = None  # [S], mono, in [-1, 1]
        self._rate_hz = 1
        self._columns: NDArray[np.float32] | None = None  # [W, 2], lowest and highest
        self._played = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_samples(self, samples: NDArray[np.float32], rate_hz: int) -> None:
        """Another recording."""
        self._samples, self._rate_hz, self._columns, self._played = samples, rate_hz, None, 0.0
        self.update()

    def clear(self) -> None:
        """Forget the samples."""
        self._samples = self._columns = None
        self._played = 0.0
        self.update()

    def show_position(self, seconds: float) -> None:
        """How far it was played."""
        if self._samples is not None:
            self._played = min(1.0, seconds * self._rate_hz / max(1, len(self._samples)))
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, round(self.fontMetrics().lineSpacing() * HEIGHT_EM))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        middle, half = self.height() / 2, self.height() / 2 - 2
        colours = self.palette()
        painter.setPen(QPen(colours.color(QPalette.ColorRole.Mid), 1))
        painter.drawLine(QLineF(0, middle, self.width(), middle))
        if self._samples is None or not len(self._samples):
            return
        if self._columns is None or len(self._columns) != self.width():
            self._columns = columns(self._samples, self.width())
        lines = [
            QLineF(x + 0.5, middle - high * half, x + 0.5, middle - low * half + 1)
            for x, (low, high) in enumerate(self._columns.tolist())
        ]
        split = round(self._played * len(lines))
        painter.setPen(QPen(colours.color(QPalette.ColorRole.Highlight), 1))
        painter.drawLines(lines[:split])
        rest = QPalette.ColorRole.Mid if split else QPalette.ColorRole.Highlight
        painter.setPen(QPen(colours.color(rest), 1))
        painter.drawLines(lines[split:])


def columns(samples: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """The lowest and highest sample of `width` equal stretches: [W, 2]."""
    width = max(1, width)
    starts = np.linspace(0, len(samples), width, endpoint=False).astype(np.int64)
    lows = np.minimum.reduceat(samples, starts)
    highs = np.maximum.reduceat(samples, starts)
    return np.stack((lows, highs), axis=1)
