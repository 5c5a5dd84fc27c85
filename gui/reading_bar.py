# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the reading has come, with marks for a first voice and for a good one."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from gui import wording
from gui.style import Space
from gui.theme import Theme
from gui.widgets import text_label
from voicevault.records import MINIMUM, RECOMMENDED, ReadingProgress

translate = QCoreApplication.translate  # under this name its texts are found


class _Bar(QProgressBar):
    """A progress bar with a tick where enough is enough."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setTextVisible(False)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.scheme.text))
        for mark in (MINIMUM, RECOMMENDED):
            if 0 < mark < self.maximum():
                x = self.width() * mark / self.maximum()
                painter.drawRect(QRectF(x - 1, 0, 2, self.height()))


class ReadingBar(QWidget):
    """The bar and what it means, in words."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.XS)
        self.bar = _Bar(theme)
        self.bar.setAccessibleName(self.tr("Sentences recorded"))
        self.words = text_label("", "small", tone="muted")
        column.addWidget(self.bar)
        column.addWidget(self.words)

    def show_progress(self, progress: ReadingProgress, spent_s: float) -> None:
        """Another state of the reading."""
        self.bar.setRange(0, max(1, progress.total))
        self.bar.setValue(progress.done)
        if progress.usable >= RECOMMENDED:
            mark = self.tr("enough for a good voice; more helps little")
        elif progress.usable >= MINIMUM:
            mark = self.tr("enough for a first voice; {n} are better").format(n=RECOMMENDED)
        else:
            mark = self.tr("a first voice needs {n} sentences").format(n=MINIMUM)
        self.words.setText(
            self.tr("{speech} of usable speech, {mark}. {spent} today.").format(
                speech=wording.duration(progress.spoken_s),
                mark=mark,
                spent=wording.duration(spent_s),
            )
        )
        self.bar.setAccessibleDescription(sentence(progress))


def sentence(progress: ReadingProgress) -> str:
    """'37 of 120, about 11 minutes left', in the person's language."""
    counts = translate("ReadingBar", "{n} of {total}").format(n=progress.done, total=progress.total)
    if progress.done >= progress.total:
        return translate("ReadingBar", "{counts}, all done").format(counts=counts)
    minutes = round(progress.left_s / 60)
    if minutes < 1:
        return translate("ReadingBar", "{counts}, less than a minute left").format(counts=counts)
    if minutes == 1:
        return translate("ReadingBar", "{counts}, about a minute left").format(counts=counts)
    return translate("ReadingBar", "{counts}, about {n} minutes left").format(
        counts=counts, n=minutes
    )
