# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of an import or a deletion, as a card that stays until it is read."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout

from gui import wording
from gui.style import Space
from gui.theme import Theme
from gui.widgets import Card, IconButton, IconLabel, text_label
from voicevault.records import ImportSummary, Receipt

SHOWN = 6


class Note(Card):
    """A heading and lines of text, with a button that puts it away."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.body.setContentsMargins(Space.L, Space.M, Space.M, Space.M)
        self.body.setSpacing(Space.XS)
        self._icon = IconLabel(theme, "good", "good")
        self.title = text_label("", "body")
        self.lines = text_label("", "small", tone="muted")
        self.dismiss = IconButton(theme, "close", self.tr("Dismiss"), "quiet", words=False)
        self.dismiss.clicked.connect(self.hide)
        head = QHBoxLayout()
        head.setSpacing(Space.S)
        head.addWidget(self._icon)
        head.addWidget(self.title, 1)
        head.addWidget(self.dismiss)
        self.body.addLayout(head)
        self.body.addWidget(self.lines)
        self.hide()

    def show_import(self, done: ImportSummary) -> None:
        """Counts, then what was not used and what should be recorded again."""
        parts = [
            self.tr("{n} good").format(n=done.kept),
            self.tr("{n} usable with a remark").format(n=done.kept_but),
            self.tr("{n} to record again").format(n=done.redo),
        ]
        if done.duplicates:
            parts.append(self.tr("{n} known already").format(n=done.duplicates))
        if done.failed:
            parts.append(self.tr("{n} not usable").format(n=len(done.failed)))
        lines = [f"{one.name}: {one.message}" for one in done.failed]
        lines += [f"{name}: {verdict}" for name, verdict in done.to_redo]
        count = wording.counted(done.stored, self.tr("1 recording"), self.tr("{n} recordings"))
        title = self.tr("Imported {count}: {parts}.").format(count=count, parts=", ".join(parts))
        self._show("warn" if lines else "good", title, lines)

    def show_receipts(self, receipts: Sequence[Receipt]) -> None:
        """What was destroyed, what still remembers it, and what nobody can promise."""
        items = [item for one in receipts for item in one.destroyed]
        takes = wording.counted(len(receipts), self.tr("1 take"), self.tr("{n} takes"))
        made = len(items) - len(receipts)
        if made:
            more = wording.counted(made, self.tr("1 thing"), self.tr("{n} things"))
            takes = self.tr("{takes} with {more} made of them").format(takes=takes, more=more)
        title = self.tr("Deleted for good: {takes}; {size} overwritten.").format(
            takes=takes, size=wording.size(sum(one.bytes for one in items))
        )
        voices = sorted({name for one in receipts for name in one.voices})
        lines = []
        if voices:
            lines.append(
                self.tr("These voices learned from them and are still here: {names}.").format(
                    names=", ".join(voices)
                )
            )
        lines += [
            self.tr("Backups made before still hold them until they are brought up to date."),
            self.tr("Voice files that were exported before are out of reach."),
        ]
        self._show("good", title, lines)

    def _show(self, tone: str, title: str, lines: Sequence[str]) -> None:
        self._icon.set_icon("good" if tone == "good" else "info", tone)
        self.title.setText(title)
        shown = list(lines[:SHOWN])
        if len(lines) > SHOWN:
            shown.append(self.tr("… and {n} more").format(n=len(lines) - SHOWN))
        self.lines.setText("\n".join(shown))
        self.lines.setVisible(bool(shown))
        self.setAccessibleName(title)
        self.show()
