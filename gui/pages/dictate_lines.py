# SPDX-License-Identifier: GPL-3.0-or-later
"""What was dictated, line by line: text, unsure words, and the sound until it is forgotten."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from gui import verdicts
from voicevault.records import UNSURE, HeardWord, Kept, Recorded, Take, Understood

HELD_S = 600.0
"""Of sound, in the newest lines: 115 MB from a microphone of 48 kHz."""
MARKS = Qt.ItemDataRole.UserRole
"""Where words are unsure: a tuple of (first, length) in the text."""
STATE = Qt.ItemDataRole.UserRole + 1
"""What is to be said about a line: (words, icon, tone), all empty where there is nothing."""
Index = QModelIndex | QPersistentModelIndex


@dataclass(slots=True, eq=False)
class Line:
    """One utterance. Its text is a person's as soon as they stored it."""

    text: str
    words: tuple[HeardWord, ...] = field(default=(), repr=False)
    """As they were heard; none once a person looked at them."""
    sound: Recorded | None = field(default=None, repr=False)
    checked: bool = False
    judging: bool = False
    kept: Take | None = None
    remark: str = ""
    """What the verdict said about it."""

    @property
    def unsure(self) -> list[str]:
        """Words that are worth a second look."""
        return [one.text for one in self.words if one.confidence < UNSURE]

    def marks(self) -> tuple[tuple[int, int], ...]:
        """Where they are in the text."""
        found, at = [], 0
        for word in self.words:
            if word.confidence < UNSURE:
                found.append((at, len(word.text)))
            at += len(word.text) + 1
        return tuple(found)

    def forget(self) -> None:
        """Let go of the sound."""
        self.sound = None


class LinesModel(QAbstractListModel):
    """The lines, newest last."""

    corrected = Signal(object, bool)
    """A Line whose text was stored; True: by a person who looked at it and pressed Enter."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lines: list[Line] = []
        self.by_key = False
        """Whether the text that is being stored was sent off with Enter."""

    def add(self, understood: Understood) -> Line:
        """One more; the oldest lose their sound where it is too much."""
        made = Line(understood.text, understood.words, understood.sound)
        self.beginInsertRows(QModelIndex(), len(self.lines), len(self.lines))
        self.lines.append(made)
        self.endInsertRows()
        held_s = 0.0
        for one in reversed(self.lines):
            if one.sound is not None:
                held_s += len(one.sound.samples) / one.sound.rate_hz
                if held_s > HELD_S:
                    one.forget()
        return made

    def show_lines(self, lines: list[Line]) -> None:
        """These in place of what was there."""
        self.beginResetModel()
        self.lines = lines
        self.endResetModel()

    def forget_sounds(self) -> None:
        """The text stays, no sound does."""
        for one in self.lines:
            one.forget()

    def changed(self, line: Line) -> None:
        """Something else is to be said about a line."""
        if line in self.lines:
            index = self.index(self.lines.index(line))
            self.dataChanged.emit(index, index)

    def told(self, line: Line, kept: Kept) -> str:
        """What came of keeping a line; one sentence for the person."""
        line.kept = kept.take
        if kept.take is None:
            line.remark = verdicts.refusal(kept.verdict)
        elif kept.verdict.status == "keep":
            line.remark = self.tr("Kept as a take.")
        else:
            line.remark = verdicts.sentence(kept.verdict)
        return line.remark

    @property
    def text(self) -> str:
        """All of it, a line each."""
        return "".join(f"{one.text}\n" for one in self.lines)

    def line(self, index: Index) -> Line | None:
        """The one at a place."""
        row = index.row() if index.isValid() else -1
        return self.lines[row] if 0 <= row < len(self.lines) else None

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.lines)

    def flags(self, index: Index) -> Qt.ItemFlag:
        line = self.line(index)
        if line is None:
            return Qt.ItemFlag.NoItemFlags
        usual = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        fixed = line.kept is not None or line.judging
        return usual if fixed else usual | Qt.ItemFlag.ItemIsEditable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line = self.line(index)
        if line is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return line.text
        if role == MARKS:
            return line.marks()
        if role == STATE:
            return self._state(line)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            words, _, _ = self._state(line)
            return f"{line.text}. {words}".strip()
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        line = self.line(index)
        text = " ".join(str(value).split())
        if line is None or role != Qt.ItemDataRole.EditRole:
            return False
        if not any(one.isalnum() for one in text):  # a line is what somebody said
            return False
        if text != line.text or self.by_key:
            line.text, line.words, line.remark, line.checked = text, (), "", True
            self.changed(line)
            self.corrected.emit(line, self.by_key)
        return True

    def _state(self, line: Line) -> tuple[str, str, str]:
        if line.judging:
            return self.tr("Listening to it…"), "", "muted"
        if line.kept is not None:
            look = verdicts.look(line.kept.verdict.status)
            return line.remark, look.icon, look.tone
        if line.remark:
            return line.remark, "bad", "bad"
        if line.checked:
            return self.tr("Checked."), "", "muted"
        if unsure := line.unsure:
            words = ", ".join(unsure)
            return self.tr("Not sure of: {words}").format(words=words), "", "muted"
        return "", "", ""
