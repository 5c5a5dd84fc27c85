# SPDX-License-Identifier: GPL-3.0-or-later
"""Small parts that pages are made of: labels, buttons, cards, rows, a word for an empty page."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QVBoxLayout,
    QWidget,
)

from gui.style import Space
from gui.theme import Theme

ICON_PX = 20


def text_label(text: str, role: str = "body", *, tone: str = "", wrap: bool = True) -> QLabel:
    """A label with a role and a tone of `gui.style`; plain text, whatever it holds."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    label.setProperty("tone", tone)
    label.setWordWrap(wrap)
    return label


def set_tone(widget: QWidget, tone: str) -> None:
    """Another tone for a label or frame that is shown already."""
    widget.setProperty("tone", tone)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def button(text: str, kind: str = "", *, name: str = "") -> QPushButton:
    """A push button; `kind` is primary, danger, quiet, link or nothing.

    Args:
        name: what assistive tools say where the text alone does not tell.
    """
    made = QPushButton(text)
    made.setProperty("kind", kind)
    made.setAccessibleName(name or text.replace("&", ""))
    made.setAutoDefault(False)
    return made


class IconButton(QPushButton):
    """A button with one of our drawings, which keeps the colour of the theme in force."""

    def __init__(
        self, theme: Theme, icon: str, text: str, kind: str = "", *, words: bool = True
    ) -> None:
        super().__init__(f" {text}" if words else "")  # the style leaves no gap by itself
        self._theme, self._icon = theme, icon
        self.setProperty("kind", kind)
        self.setAccessibleName(text)
        self.setAutoDefault(False)
        if not words:
            self.setToolTip(text)
        theme.changed.connect(self._draw)
        self._draw()

    def set_icon(self, icon: str, text: str) -> None:
        """Become another button, as play becomes stop."""
        self._icon = icon
        if self.text():
            self.setText(f" {text}")
        else:
            self.setToolTip(text)
        self.setAccessibleName(text)
        self._draw()

    def set_words(self, shown: bool) -> None:
        """Icon and words, or the icon alone, which keeps its name."""
        self.setText(f" {self.accessibleName()}" if shown else "")

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.EnabledChange:
            self._draw()

    def _draw(self) -> None:
        kind = self.property("kind")
        tone = {"primary": "on_accent", "danger": "bad", "link": "accent"}.get(kind, "text")
        self.setIcon(self._theme.icon(self._icon, tone if self.isEnabled() else "muted"))
        self.setIconSize(QSize(self._theme.icon_px, self._theme.icon_px))


class IconLabel(QLabel):
    """One of our drawings as a picture; decoration unless `name` says what it means."""

    def __init__(
        self, theme: Theme, icon: str, tone: str = "text", size_px: int = ICON_PX, name: str = ""
    ) -> None:
        super().__init__()
        self._theme, self._icon, self._tone, self._size_px = theme, icon, tone, size_px
        self.setAccessibleName(name)
        theme.changed.connect(self._draw)
        self._draw()

    def set_icon(self, icon: str, tone: str) -> None:
        """Show another drawing."""
        self._icon, self._tone = icon, tone
        self._draw()

    def _draw(self) -> None:
        ratio = self.devicePixelRatioF()
        scale = self._theme.body_pt / 10.5
        size_px = round(self._size_px * scale)
        self.setPixmap(self._theme.pixmap(self._icon, size_px, self._tone, ratio))
        self.setFixedSize(size_px, size_px)


class Choice(QComboBox):
    """A box to choose from, with an arrow of ours: the style sheet takes the style's away."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.WindowText), 1.6))
        x, y, reach = self.width() - 16, self.height() / 2, self.fontMetrics().height() / 4
        tip = QPointF(x, y + reach / 2)
        painter.drawPolyline(
            [QPointF(x - reach, y - reach / 2), tip, QPointF(x + reach, y - reach / 2)]
        )


class Tick(QCheckBox):
    """A box to tick, with a tick of ours."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.isChecked():
            return
        option = QStyleOptionButton()
        self.initStyleOption(option)
        box = self.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = self.palette().color(QPalette.ColorRole.HighlightedText)
        painter.setPen(QPen(colour, max(1.6, box.width() / 9)))
        x, y, side = float(box.x()), float(box.y()), float(box.width())
        points = [(0.24, 0.52), (0.43, 0.71), (0.77, 0.31)]
        painter.drawPolyline([QPointF(x + a * side, y + b * side) for a, b in points])


class Card(QFrame):
    """A quiet box for things that belong together, with an optional heading."""

    def __init__(self, heading: str = "", explanation: str = "") -> None:
        super().__init__()
        self.setProperty("card", "true")
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(Space.XL, Space.L, Space.XL, Space.XL)
        self.body.setSpacing(Space.M)
        if heading:
            self.body.addWidget(text_label(heading, "heading"))
        if explanation:
            self.body.addWidget(text_label(explanation, tone="muted"))


class FittingStack(QWidget):
    """One of several parts at a time, and as large as that one, not as the largest of all."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[QWidget] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    def add(self, part: QWidget) -> None:
        """One more; the first is shown."""
        self._column.addWidget(part)  # first: shown without a parent it would be a window
        part.setVisible(not self._parts)
        self._parts.append(part)

    def show_part(self, part: QWidget) -> None:
        """Show this one and hide the others."""
        for one in self._parts:
            one.setVisible(one is part)

    @property
    def shown(self) -> QWidget:
        """The one that is shown."""
        return next(one for one in self._parts if not one.isHidden())


class Empty(QWidget):
    """What a page says before there is anything on it: a picture, a sentence, the next step."""

    def __init__(
        self, theme: Theme, icon: str, title: str, text: str, actions: Sequence[QWidget] = ()
    ) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setSpacing(Space.M)
        column.addStretch(2)
        column.addWidget(
            IconLabel(theme, icon, "muted", 48), alignment=Qt.AlignmentFlag.AlignHCenter
        )
        for label in (text_label(title, "heading"), text_label(text, tone="muted")):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(label)
        row_of = row(*actions, stretch="both")
        column.addLayout(row_of)
        column.addStretch(3)


def row(*parts: QWidget | QLayout, stretch: str = "after", spacing: int = Space.S) -> QHBoxLayout:
    """Parts side by side; `stretch` is where the free space goes: before, after, both or none."""
    line = QHBoxLayout()
    line.setSpacing(spacing)
    if stretch in ("before", "both"):
        line.addStretch(1)
    for part in parts:
        if isinstance(part, QWidget):
            line.addWidget(part)
        else:
            line.addLayout(part)
    if stretch in ("after", "both"):
        line.addStretch(1)
    return line


def field(
    label: str, widget: QWidget, note: str = "", *, beside: Sequence[QWidget] = ()
) -> QVBoxLayout:
    """A labelled input, the label above it as its buddy and its accessible name."""
    column = QVBoxLayout()
    column.setSpacing(Space.XS)
    above = text_label(label)
    above.setBuddy(widget)
    widget.setAccessibleName(label.replace("&", ""))
    column.addWidget(above)
    column.addLayout(row(widget, *beside, stretch="none"))
    if note:
        column.addWidget(text_label(note, "small", tone="muted"))
        widget.setAccessibleDescription(note)
    return column


def framed(layout: QLayout) -> QWidget:
    """A layout that can be hidden as one."""
    frame = QWidget()
    layout.setContentsMargins(0, 0, 0, 0)
    frame.setLayout(layout)
    return frame


def secret_input() -> QLineEdit:
    """A line for a passphrase: hidden, and out of every history and completion."""
    line = QLineEdit()
    line.setEchoMode(QLineEdit.EchoMode.Password)
    line.setInputMethodHints(
        Qt.InputMethodHint.ImhHiddenText
        | Qt.InputMethodHint.ImhSensitiveData
        | Qt.InputMethodHint.ImhNoPredictiveText
        | Qt.InputMethodHint.ImhNoAutoUppercase
    )
    line.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return line


def into_view(part: QWidget) -> None:
    """Scroll the page to a part that has just been shown, once it has its place."""

    def scroll() -> None:
        above = part.parentWidget()
        while above is not None and not isinstance(above, QScrollArea):
            above = above.parentWidget()
        if isinstance(above, QScrollArea):
            above.ensureWidgetVisible(part, 0, 2 * Space.L)

    QTimer.singleShot(0, part, scroll)
