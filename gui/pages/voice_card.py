# SPDX-License-Identifier: GPL-3.0-or-later
"""The report card: what was measured in plain words, with drawings; everything else on request."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from gui.chart import Scale
from gui.desk import Desk
from gui.flow import Flow
from gui.pages.voice_words import Picture, Shown, Statement, exhibits, statements
from gui.style import Space
from gui.widgets import Card, IconButton, Tick, button, framed, row, text_label

PICTURE_PX = (640.0, 120.0)
WORST = 4


class Spectrogram(QWidget):
    """A picture out of the report with the line of its pitch."""

    def __init__(self, picture: Picture, name: str) -> None:
        super().__init__()
        self._image = QImage.fromData(picture.png)
        self._pitch = picture.pitch
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(320, 90)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 90)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(self.rect()), self._image)
        line = QPainterPath()
        wide, high = self.width() / PICTURE_PX[0], self.height() / PICTURE_PX[1]
        for begins, x, y in self._pitch:
            at = QPointF(x * wide, y * high)
            if begins:
                line.moveTo(at)
            else:
                line.lineTo(at)
        # On a spectrogram, which is dark in every scheme: a halo and a white line are always seen.
        painter.setPen(QPen(Qt.GlobalColor.black, 4))
        painter.drawPath(line)
        painter.setPen(QPen(Qt.GlobalColor.white, 1.8))
        painter.drawPath(line)
        painter.end()


class ReportCard(Card):
    """One run's report, or the way to one."""

    measure_wanted = Signal(bool)
    """True: on fewer sentences."""
    say_wanted = Signal(str)
    """Hear the voice say a sentence of the report."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(self.tr("Report card"))
        self._desk = desk
        self.summary = text_label("", tone="muted")
        self.quick = Tick(self.tr("Fewer sentences: a quarter of the time"))
        self.quick.setChecked(True)
        self.measure = button(self.tr("Measure this voice"), "primary")
        self._shown: QWidget | None = None
        self.body.addWidget(self.summary)
        self.body.addWidget(framed(Flow(self.measure, self.quick)))
        self.measure.clicked.connect(self._measure)
        self.show_report(None, None)

    def set_busy(self, busy: bool) -> None:
        """Something runs: a measurement would have to wait."""
        self.measure.setEnabled(not busy)

    def show_report(self, report: dict[str, Any] | None, page: bytes | None) -> None:
        """This one in place of the one before."""
        if self._shown is not None:
            self.body.removeWidget(self._shown)
            self._shown.hide()
            self._shown.deleteLater()
            self._shown = None
        if report is None:
            self.summary.setText(
                self.tr(
                    "Not measured yet. The voice reads sentences nobody recorded; a recogniser "
                    "listens, and it is compared with you. This takes some minutes, and everything "
                    "stays on this computer."
                )
            )
            self.measure.setText(self.tr("Measure this voice"))
            return
        self.measure.setText(self.tr("Measure it again"))
        self.summary.setText(
            self.tr("The dot is the voice, the box what chance allows, the stroke you yourself.")
        )
        self._shown = QWidget()
        column = QVBoxLayout(self._shown)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.L)
        column.addWidget(_figures(statements(report)))
        for part in (self._worst(report), self._pictures(exhibits(page)), self._missing(report)):
            if part is not None:
                column.addWidget(part)
        self.body.addWidget(self._shown)

    def _measure(self) -> None:
        self.measure_wanted.emit(self.quick.isChecked())

    def _worst(self, report: dict[str, Any]) -> QWidget | None:
        rows = {one["id"]: one for one in report.get("rows", [])}
        bad = [rows[one] for one in report.get("failing", []) if one in rows][:WORST]
        if not bad:
            return None
        part = QWidget()
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(text_label(self.tr("Where it fails"), "heading"))
        for one in bad:
            why = "; ".join(one.get("problems", []))
            heard = one.get("heard") if one.get("errors") else one.get("heard_harder")
            if not why and heard is not None:
                why = self.tr("understood as: {words}").format(words=heard)
            column.addLayout(self._sentence(str(one["text"]), why))
        return part

    def _pictures(self, shown: list[Shown]) -> QWidget | None:
        if not shown:
            return None
        part, folded = QWidget(), QWidget()
        outer, column = QVBoxLayout(part), QVBoxLayout(folded)
        for one in (outer, column):
            one.setContentsMargins(0, 0, 0, 0)
        unfold = button(self.tr("How it sounds, in pictures"))
        unfold.setCheckable(True)
        unfold.toggled.connect(folded.setVisible)
        folded.hide()
        outer.addLayout(row(unfold))
        outer.addWidget(folded)
        column.addWidget(
            text_label(
                self.tr("Time runs to the right, pitch upwards; the white line is the melody."),
                "small",
                tone="muted",
            )
        )
        names = (self.tr("The voice"), self.tr("You"))
        for exhibit in shown:
            column.addLayout(self._sentence(exhibit.text, ""))
            for picture, name in zip(exhibit.pictures, names, strict=False):
                if len(exhibit.pictures) > 1:
                    column.addWidget(text_label(name, "small"))
                column.addWidget(Spectrogram(picture, f"{name}: {exhibit.text}"))
        return part

    def _sentence(self, text: str, why: str) -> QVBoxLayout:
        listen = IconButton(self._desk.theme, "play", self.tr("Hear it"), words=False)
        listen.setAccessibleName(self.tr("Hear: {text}").format(text=text))
        listen.setProperty("sentence", text)
        listen.clicked.connect(self._say)
        line = row(listen, stretch="none")
        line.addWidget(text_label(text), 1)
        column = QVBoxLayout()
        column.addLayout(line)
        if why:
            column.addWidget(text_label(why, "small", tone="warn"))
        return column

    def _missing(self, report: dict[str, Any]) -> QWidget | None:
        missing = report.get("missing", {})
        if not missing:
            return None
        lines = [f"{name}: {why}" for name, why in missing.items()]
        words = "\n".join([self.tr("Not measured:"), *lines])
        return text_label(words, "small", tone="muted")

    def _say(self) -> None:
        self.say_wanted.emit(self.sender().property("sentence"))


def _figures(found: list[Statement]) -> QWidget:
    part = QWidget()
    grid = QGridLayout(part)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(Space.XL)
    grid.setVerticalSpacing(Space.XS)
    for column, share in enumerate((3, 3, 5)):
        grid.setColumnStretch(column, share)
    for number, one in enumerate(found):
        line = 2 * number
        grid.addWidget(text_label(one.name), line, 0)
        grid.addWidget(text_label(one.value, "heading"), line, 1)
        if one.mark is not None:
            grid.addWidget(Scale(one.name, f"{one.value}. {one.said}", one.mark), line, 2)
        note = text_label(one.said, "small", tone="muted")
        note.setContentsMargins(0, 0, 0, Space.M)
        grid.addWidget(note, line + 1, 0, 1, 3)
    return part
