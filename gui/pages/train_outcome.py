# SPDX-License-Identifier: GPL-3.0-or-later
"""What came of the last training, with the one step that follows: listen to it, or resume it."""

from __future__ import annotations

from PySide6.QtCore import Signal

from gui import wording
from gui.pages.train_runs import CUT_OFF, facts, how_far
from gui.theme import Theme
from gui.widgets import Card, IconLabel, button, row, text_label
from voicevault.records import Run


class OutcomeCard(Card):
    """Hidden until there is something to say; "Not now" hides it again."""

    resume_wanted = Signal(str)
    listen_wanted = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._run: Run | None = None
        self._icon = IconLabel(theme, "good", "good")
        self.title = text_label("", "heading")
        self.text = text_label("")
        self.hint = text_label("", "small", tone="muted")
        self.listen = button(self.tr("Listen"), "primary", name=self.tr("Listen to the new voice"))
        self.resume = button(self.tr("Resume"), "primary", name=self.tr("Resume the training"))
        self.later = button(self.tr("Not now"), "quiet")
        head = row(self._icon, stretch="none")
        head.addWidget(self.title, 1)
        self.body.addLayout(head)
        self.body.addWidget(self.text)
        self.body.addWidget(self.hint)
        self.body.addLayout(row(self.listen, self.resume, self.later))
        self.listen.clicked.connect(self._listen)
        self.resume.clicked.connect(self._resume)
        self.later.clicked.connect(self.hide)
        self.hide()

    def show_done(self, run: Run) -> None:
        """It came to its end."""
        self._show(run, "good", self.tr("Your voice is ready"), "")
        said = [*facts(run), self.tr("it is in your vault and nowhere else")]
        self.text.setText(" · ".join(said))
        self.listen.show()
        self.resume.hide()

    def show_paused(self, run: Run) -> None:
        """It can go on: somebody paused it, or the program ended under it."""
        if run.result.get("reason") == CUT_OFF:
            title = self.tr("A training was cut off")
            text = self.tr("VoiceVault was closed while it ran. It is kept {where}.")
        else:
            title = self.tr("The training is paused")
            text = self.tr("What was learnt is kept {where}.")
        self._show(run, "info", title, self.tr("It goes on with the same recordings and settings."))
        self.text.setText(text.format(where=how_far(run)))
        self.listen.hide()
        self.resume.show()

    def show_broken(self, run: Run, error: Exception | None = None) -> None:
        """An error ended it; what was kept before is there still."""
        told = wording.told(error) if error is not None else None
        why = told.message if told else str(run.result.get("reason", ""))
        title = self.tr("The training stopped")
        self._show(run, "bad", title, told.hint if told else "")
        kept = self.tr("What was learnt is kept {where}.").format(where=how_far(run))
        self.text.setText(f"{why} {kept}".strip())
        self.listen.hide()
        self.resume.show()

    def _show(self, run: Run, icon: str, title: str, hint: str) -> None:
        self._run = run
        self._icon.set_icon(icon, {"info": "accent"}.get(icon, icon))
        self.title.setText(title)
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))
        self.setAccessibleName(title)
        self.show()

    def _listen(self) -> None:
        if self._run is not None:
            self.listen_wanted.emit(self._run.name)

    def _resume(self) -> None:
        if self._run is not None:
            self.resume_wanted.emit(self._run.recipe)
