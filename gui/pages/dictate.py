# SPDX-License-Identifier: GPL-3.0-or-later
"""Dictate: what is said becomes lines of text, and a line that is right can become a take."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QFileDialog

from gui import wording
from gui.desk import Desk
from gui.dictation import Dictation
from gui.ears import Ears, Hearing
from gui.flow import Flow
from gui.page import Page
from gui.pages.dictate_lines import Line, LinesModel
from gui.pages.dictate_list import LineList
from gui.pages.dictate_taking import Taking, nothing
from gui.style import Space
from gui.widgets import Card, IconButton, button, into_view, set_tone, text_label
from voicevault.records import BASE_RECOGNISER, Level, Understood, write_text


class DictatePage(Page):
    """Microphone, lines, and the words that are being said.

    The list has the focus, so that Space, which it passes on, starts and stops wherever nothing is
    being edited. Text stays until it is cleared or the vault closes; sound until the page is left.
    """

    def __init__(self, desk: Desk, hearing: Hearing | None = None) -> None:
        super().__init__(desk)
        self.dictation = Dictation(desk, self)
        self.ears = Ears(desk, hearing)
        self.lines = LinesModel(self)
        self.list = LineList(desk.theme, self.lines)
        self.state = text_label("", "heading", tone="muted")
        self.live = text_label("", tone="muted")
        self.go = IconButton(desk.theme, "record", self.tr("Listen (Space)"), "primary")
        self.correct = button(self.tr("Correct (Enter)"))
        self.keep = IconButton(desk.theme, "takes", self.tr("Keep as a take (K)"))
        self.copy = button(self.tr("Copy the text"))
        self.save = button(self.tr("Save as text…"))
        self.clear = button(self.tr("Clear"))
        self.taking = Taking(desk, self.lines, self)
        self._cleared: list[Line] = []
        self._to_keep: Line | None = None  # as soon as its text is stored
        self._heard = 0  # lines, since it began to listen
        self.set_title(self.tr("Dictate"), " ")
        self._lay_out()
        self._connect()
        self._rest()

    # coming and going

    def refresh(self) -> None:
        """Which microphones are there, and who listens?"""
        self.ears.look()
        studio = self.desk.studio
        self.desk.run_task(lambda: studio.listening.in_use, self._who_listens)
        self.list.setFocus()

    def leave(self) -> None:
        """Close the microphone and forget every sound. The text stays until the vault closes."""
        self.dictation.forget()
        self.ears.stop()
        for one in (*self.lines.lines, *self._cleared):
            one.forget()
        self._to_keep = None
        self._rest()

    # keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space, where nothing took it."""
        if event.key() == Qt.Key.Key_Space and not event.modifiers():
            if not event.isAutoRepeat():
                self.press()
        else:
            super().keyPressEvent(event)

    def press(self) -> None:
        """Begin to listen, or stop."""
        if self.dictation.listening:
            self._show_state(self.tr("Understanding the rest…"), "muted")
            self.go.setEnabled(False)
            self.dictation.finish()
        elif not self.dictation.running:
            self._heard = 0
            self.ears.stop()
            self.go.setEnabled(False)
            self._show_state(self.tr("Wait…"), "muted")
            self.dictation.begin(self.ears.device())

    # what is heard

    def _opened(self) -> None:
        self.go.setEnabled(True)
        self.go.set_icon("stop", self.tr("Stop (Space)"))
        self._show_state(self.tr("Listening. Speak now."), "accent")
        into_view(self.said)
        self.desk.announce(self.tr("Listening."))

    def _level(self, level: Level) -> None:
        self.ears.show_level(level, "" if self.dictation.listening else " ")

    def _told(self, understood: Understood) -> None:
        if not understood.final:
            self._show_live(understood.text)
            return
        self._show_live("")
        if understood.words:
            self._heard += 1
            self.lines.add(understood)
            self._check()

    def _ended(self, gone: bool) -> None:
        """Only now are lines read out: a screen reader would talk into the microphone."""
        self._rest()
        words = [self.tr("Microphone unplugged. What was heard is here.")] if gone else []
        if self._heard:
            last = self.lines.lines[-1].text if self.lines.lines else ""
            words.append(wording.counted(self._heard, self.tr("1 line."), self.tr("{n} lines.")))
            words.append(self.tr("The last one says: {text}").format(text=last))
        elif not gone:
            words.append(self.tr("Nothing was heard."))
        if gone:
            self._show_state(self.tr("No microphone. Plug one in, or choose another."), "bad")
            self.ears.wait_for(self.ears.name)
        self.desk.announce(" ".join(words))

    def _broke(self, error: Exception) -> None:
        self._rest()
        self.desk.show_error(error)

    def _rest(self) -> None:
        """Nobody listens."""
        self.go.setEnabled(True)
        self.go.set_icon("record", self.tr("Listen (Space)"))
        self._show_live("")
        self._show_state(self.tr("The microphone is closed. Space opens it."), "muted")
        self._check()

    def _show_state(self, words: str, tone: str) -> None:
        self.state.setText(words)
        set_tone(self.state, tone)
        self.list.setAccessibleDescription(words)

    def _show_live(self, text: str) -> None:
        """Slanted, and open at its end: it may still change."""
        self.live.setText(f"{text} …" if text else "")

    # microphones

    def _chosen(self, name: str) -> None:
        if self.dictation.running:
            self.dictation.finish()
            self.desk.announce(self.tr("Another microphone: Space opens it."))

    def _came_back(self, name: str) -> None:
        self._rest()
        self.desk.announce(self.tr("The microphone is back."))

    # lines

    def _line(self) -> Line | None:
        return self.lines.line(self.list.currentIndex())

    def _edit(self) -> None:
        line = self._line()
        if line is not None and line.kept is not None:
            self.desk.announce(self.tr("This line is a take already; its text stays."))
        else:
            self.list.setFocus()
            self.list.correct()

    def keep_line(self) -> None:
        """Keep the chosen line as a take; one that nobody looked at yet is to be looked at now."""
        line = self._line()
        if line is None or line.judging:
            return
        if line.kept is not None:
            self.desk.announce(self.tr("This line is a take already; its text stays."))
        elif line.sound is None:
            self.desk.announce(
                self.tr("The sound of this line is forgotten; only its text is here.")
            )
        elif line.checked:
            self.taking.keep(line)
        else:
            self._to_keep = line
            self._edit()
            self.desk.announce(self.tr("Is this what you said? Enter keeps it, Esc does not."))

    def _corrected(self, line: Line, by_key: bool) -> None:
        wanted, self._to_keep = self._to_keep, None
        if wanted is line and by_key and line.sound is not None:
            self.taking.keep(line)
        else:
            self.desk.announce(self.tr("The line says: {text}").format(text=line.text))

    def _not_corrected(self) -> None:
        self._to_keep = None

    # all of them

    def _check(self) -> None:
        some = bool(self.lines.lines)
        for one in (self.correct, self.keep, self.copy, self.save, self.clear):
            one.setEnabled(some)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.lines.text)
        self.desk.announce(self.tr("Copied. Other programs can read the clipboard."))

    def _save(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(
            self,
            self.tr("Save the text. The file is not encrypted."),
            str(Path.home() / self.tr("dictated.txt")),
            self.tr("Text (*.txt)"),
        )
        if not chosen:
            return
        path, text = Path(chosen), self.lines.text
        agreed = bool(path.suffix)  # the dialog asked before it named an existing file
        if not agreed:
            path = path.with_name(path.name + ".txt")
        self.desk.run_task(lambda: write_text(path, text, force=agreed), self._saved)

    def _saved(self, path: Path) -> None:
        self.desk.announce(
            self.tr("Saved as {path}. It is not encrypted: anyone who has it can read it.").format(
                path=path
            )
        )

    def _clear(self) -> None:
        """Gone from the page now; gone from memory when it can no longer be taken back."""
        self._forget_cleared(None)
        cleared = self._cleared = self.lines.lines
        self.lines.show_lines([])
        self._check()
        self.list.setFocus()
        self.desk.offer_undo(
            self.tr("The lines are cleared."),
            work=nothing,
            then=self._forget_cleared,
            undo=lambda: self._bring_back(cleared),
        )

    def _bring_back(self, cleared: list[Line]) -> None:
        self._cleared = []
        self.lines.show_lines([*cleared, *self.lines.lines])
        self._check()
        self.desk.announce(self.tr("The lines are back."))

    def _forget_cleared(self, nothing: object) -> None:
        self._cleared = []

    # the page itself

    def _who_listens(self, name: str) -> None:
        whose = (
            self.tr("The recogniser of this program listens.")
            if name == BASE_RECOGNISER
            else self.tr("Your own recogniser listens.")
        )
        rest = self.tr(
            "Nothing is stored unless you keep or save it; text is forgotten when the vault closes."
        )
        self.set_title(self.tr("Dictate"), f"{whose} {rest}")

    def _fit(self) -> None:
        self.live.setStyleSheet("font-style: italic;")
        self.live.setMinimumHeight(2 * self.live.fontMetrics().lineSpacing())

    def _lay_out(self) -> None:
        self.said = Card()
        self.said.body.setSpacing(Space.S)
        self.said.body.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        self.said.body.addWidget(self.state)
        self.said.body.addWidget(self.live)
        self.live.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        doing = (self.go, self.correct, self.keep, self.copy, self.save, self.clear)
        for one in doing:
            one.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.body.addWidget(self.ears)
        self.body.addWidget(self.list, 1)
        self.body.addWidget(self.said)
        self.body.addLayout(Flow(*doing))
        self._fit()

    def _connect(self) -> None:
        self.dictation.opened.connect(self._opened)
        self.dictation.heard.connect(self._level)
        self.dictation.told.connect(self._told)
        self.dictation.ended.connect(self._ended)
        self.dictation.broke.connect(self._broke)
        self.ears.chosen.connect(self._chosen)
        self.ears.came_back.connect(self._came_back)
        self.lines.corrected.connect(self._corrected)
        self.list.delegate.left.connect(self._not_corrected)
        self.list.correct_wanted.connect(self._edit)
        self.list.doubleClicked.connect(self._edit)
        self.list.keep_wanted.connect(self.keep_line)
        self.go.clicked.connect(self.press)
        self.correct.clicked.connect(self._edit)
        self.keep.clicked.connect(self.keep_line)
        self.copy.clicked.connect(self._copy)
        self.save.clicked.connect(self._save)
        self.clear.clicked.connect(self._clear)
        self.desk.theme.changed.connect(self._fit)
