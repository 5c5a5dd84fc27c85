# SPDX-License-Identifier: GPL-3.0-or-later
"""The sentence to read, as large as a person wants it, and the next one below it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout

from gui.style import ROLES, Space
from gui.theme import Theme
from gui.widgets import set_tone, text_label
from voicevault.records import Prompt

SIZES = (75, 100, 125, 150, 200, 250, 300)
"""Per cent of the usual prompt, which is twice the body's text."""


class PromptView(QFrame):
    """Has the focus while somebody records, so that keys reach the page and no button."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._size = 100
        self.setProperty("card", "true")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        column.setSpacing(Space.M)
        self.state = text_label("", "heading", tone="muted")
        self.text = text_label("", "prompt")
        self.following = text_label("", tone="muted")
        column.addWidget(self.state)
        column.addStretch(1)
        column.addWidget(self.text)
        column.addStretch(1)
        column.addWidget(self.following)
        theme.changed.connect(self._fit)
        self._fit()

    @property
    def size_per_cent(self) -> int:
        """How large the sentence is."""
        return self._size

    def set_size(self, per_cent: int) -> None:
        """One of `SIZES`; anything else is the usual one."""
        self._size = per_cent if per_cent in SIZES else 100
        self._fit()

    def larger(self, steps: int = 1) -> int:
        """The next size up, or down; what it is now."""
        at = SIZES.index(self._size) + steps
        self.set_size(SIZES[min(max(at, 0), len(SIZES) - 1)])
        return self._size

    def show_prompt(self, prompt: Prompt | None, following: Prompt | None) -> None:
        """Another sentence."""
        self.text.setText(prompt.text if prompt else self.tr("Every sentence is recorded."))
        self.following.setText(
            self.tr("Then: {text}").format(text=following.text) if following else ""
        )
        self.setAccessibleName(self.text.text())

    def show_state(self, words: str, tone: str) -> None:
        """What is going on: ready, speak now, listening."""
        if words != self.state.text():
            self.state.setText(words)
            set_tone(self.state, tone)
            self.setAccessibleDescription(words)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._edge()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._edge()

    def _edge(self) -> None:
        colour = self._theme.scheme.accent
        edge = f"border: 2px solid {colour};" if self.hasFocus() else ""
        self.setStyleSheet(f'PromptView[card="true"] {{ {edge} }}')

    def _fit(self) -> None:
        times, weight = ROLES["prompt"]
        pt = self._theme.body_pt * times * self._size / 100
        self.text.setStyleSheet(f"font-size: {pt:.1f}pt; font-weight: {weight};")
        self._edge()
