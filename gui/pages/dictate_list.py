# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines as a list that is read and corrected by keys: Enter or F2, Enter again, or Esc."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QListView,
    QPlainTextEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from gui.pages.dictate_lines import MARKS, STATE, LinesModel
from gui.style import RADIUS_PX, ROLES, Space
from gui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
LEAST_ROWS = 5
_STAYS = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)


class LineDelegate(QStyledItemDelegate):
    """Draws a line over as many rows as it needs, and edits it in a box of the same width."""

    left = Signal()
    """The editor was closed without storing."""

    def __init__(self, theme: Theme, view: LineList) -> None:
        super().__init__(view)
        self._theme, self._view = theme, view
        self._edited: QPersistentModelIndex | None = None

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        width = self._view.viewport().width()
        high = self._height(index, width)
        if self._edited is not None and self._edited.row() == index.row():
            high += 2 * self._view.fontMetrics().lineSpacing()
        return QSize(width, high)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        scheme, state = self._theme.scheme, option.state
        box: QRect = option.rect.adjusted(2, 2, -2, -2)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen:
            focus = self._view.hasFocus()
            edge = QColor(scheme.text if scheme.high_contrast else scheme.accent)
            painter.setPen(QPen(edge, 2) if focus else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(scheme.tint))
            painter.drawRoundedRect(box, RADIUS_PX, RADIUS_PX)
        ink = scheme.on_tint if chosen else scheme.text
        words, icon, tone = index.data(STATE)
        x, y = box.left() + Space.M, box.top() + Space.S
        text = self._laid_out(index, self._view.viewport().width())
        painter.setPen(QColor(ink))
        text.draw(painter, QPointF(x, y))
        if words:
            y += round(text.boundingRect().height()) + Space.XS
            side = self._small().height() if icon else 0
            drawn = "on_tint" if chosen else tone
            if icon:
                painter.drawPixmap(
                    x, y, self._theme.pixmap(icon, side, drawn, self._view.devicePixelRatioF())
                )
            painter.setPen(QColor(getattr(scheme, drawn)))
            below = self._below(words, bool(icon), self._view.viewport().width())
            below.draw(painter, QPointF(x + (side + Space.S if icon else 0), y))
        painter.restore()

    def createEditor(
        self, parent: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> QPlainTextEdit:
        editor = QPlainTextEdit(parent)
        editor.setTabChangesFocus(True)
        editor.setAccessibleName(self.tr("What was said"))
        editor.setAccessibleDescription(self.tr("Enter stores it, Esc leaves it as it was."))
        self._edited = QPersistentModelIndex(index)
        self.sizeHintChanged.emit(index)
        return editor

    def destroyEditor(self, editor: QWidget, index: Index) -> None:
        self._edited = None
        self.sizeHintChanged.emit(index)
        super().destroyEditor(editor, index)

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        assert isinstance(editor, QPlainTextEdit)
        if not editor.document().isModified():  # not again whenever something is told about it
            editor.setPlainText(str(index.data(Qt.ItemDataRole.EditRole)))
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        assert isinstance(editor, QPlainTextEdit)
        model.setData(index, editor.toPlainText())

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        editor.setGeometry(option.rect.adjusted(2, 2, -2, -2))

    def eventFilter(self, editor: QObject, event: QEvent) -> bool:
        if not isinstance(editor, QPlainTextEdit):
            return False
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._close(editor, store=True, by_key=True)
                return True
            if event.key() == Qt.Key.Key_Escape:
                self._close(editor, store=False)
                return True
        elif (
            isinstance(event, QFocusEvent)
            and event.type() == QEvent.Type.FocusOut
            and event.reason() not in _STAYS
        ):
            self._close(editor, store=True)
        return False

    def _close(self, editor: QPlainTextEdit, *, store: bool, by_key: bool = False) -> None:
        model = self._view.lines
        if store:
            model.by_key = by_key
            self.commitData.emit(editor)
            model.by_key = False
        hint = QAbstractItemDelegate.EndEditHint.NoHint
        self.closeEditor.emit(editor, hint)
        if not by_key:
            self.left.emit()

    def _height(self, index: Index, width: int) -> int:
        """Of the words and what is said about them, with the room around."""
        high = self._laid_out(index, width).boundingRect().height() + 2 * Space.S + 4
        words, icon, _ = index.data(STATE)
        if words:
            high += Space.XS + self._below(words, bool(icon), width).boundingRect().height()
        return round(high + 0.5)

    def _laid_out(self, index: Index, width: int) -> QTextLayout:
        marks = []
        for first, length in index.data(MARKS):
            one = QTextLayout.FormatRange()
            one.start, one.length = first, length
            look = QTextCharFormat()
            look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DashUnderline)
            one.format = look
            marks.append(one)
        text = str(index.data(Qt.ItemDataRole.DisplayRole))
        return _lay_out(text, self._view.font(), width - 2 * Space.M - 4, marks)

    def _below(self, words: str, icon: bool, width: int) -> QTextLayout:
        room = width - 2 * Space.M - 4
        if icon:
            room -= self._small().height() + Space.S
        return _lay_out(words, self._small_font(), room, [])

    def _small_font(self) -> QFont:
        font = QFont(self._view.font())
        font.setPointSizeF(font.pointSizeF() * ROLES["small"][0])
        return font

    def _small(self) -> QFontMetrics:
        return QFontMetrics(self._small_font())


class LineList(QListView):
    """Space and other keys of the page pass through; the newest line is shown as it comes."""

    correct_wanted = Signal()
    keep_wanted = Signal()

    def __init__(self, theme: Theme, lines: LinesModel) -> None:
        super().__init__()
        self.lines = lines
        self._theme = theme
        self.setModel(lines)
        self.delegate = LineDelegate(theme, self)
        self.setItemDelegate(self.delegate)
        self.setAccessibleName(self.tr("What you said"))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        lines.rowsInserted.connect(self._came)
        theme.changed.connect(self._fit)
        self._fit()

    def correct(self) -> None:
        """Edit the line that is chosen."""
        index = self.currentIndex()
        if index.isValid() and bool(index.flags() & Qt.ItemFlag.ItemIsEditable):
            self.scrollTo(index)
            self.edit(index)

    @property
    def editing(self) -> bool:
        """Whether a line is being corrected."""
        return self.state() == QAbstractItemView.State.EditingState

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, plain = event.key(), not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if plain and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2):
            self.correct_wanted.emit()
        elif plain and key == Qt.Key.Key_K:
            self.keep_wanted.emit()
        elif plain and key == Qt.Key.Key_Space:
            event.ignore()  # the page's
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters look for nothing here: they are keys."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self.lines.lines:
            self.setCurrentIndex(self.lines.index(len(self.lines.lines) - 1))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.lines.lines:
            return
        painter = QPainter(self.viewport())
        painter.setPen(QColor(self._theme.scheme.muted))
        room = self.viewport().rect().adjusted(Space.XL, Space.M, -Space.XL, -Space.M)
        wrap = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
        painter.drawText(
            room, wrap, self.tr("What you say is written here, a line after each pause.")
        )

    def _came(self, parent: QModelIndex, first: int, last: int) -> None:
        """Follow the newest line, unless the person is at another one."""
        there = self.currentIndex().row()
        if not self.editing and there in (-1, first - 1):
            index = self.lines.index(last)
            self.setCurrentIndex(index)
            self.scrollTo(index)

    def _fit(self) -> None:
        self.setMinimumHeight(LEAST_ROWS * 2 * self.fontMetrics().lineSpacing())
        self.scheduleDelayedItemsLayout()


def _lay_out(
    text: str, font: QFont, width: int, marks: list[QTextLayout.FormatRange]
) -> QTextLayout:
    """`text` in lines of at most `width` pixels."""
    made = QTextLayout(text, font)
    how = QTextOption()
    how.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    made.setTextOption(how)
    made.setFormats(marks)
    made.beginLayout()
    high = 0.0
    while (line := made.createLine()).isValid():
        line.setLineWidth(max(1, width))
        line.setPosition(QPointF(0, high))
        high += line.height()
    made.endLayout()
    return made
