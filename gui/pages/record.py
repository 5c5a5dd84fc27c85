# SPDX-License-Identifier: GPL-3.0-or-later
"""Read sentences aloud: a session of `voicevault.recording` with a face."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QScrollArea, QWidget

from gui import reading_bar, recording_words
from gui.coverage_map import CoverageMap
from gui.desk import Desk
from gui.ears import Ears, Hearing
from gui.flow import Flow
from gui.page import Page
from gui.prompt_view import PromptView
from gui.reading_bar import ReadingBar
from gui.recording_keys import KeyList, action_of
from gui.recording_options import RecordingOptions
from gui.sitting import RUNNING, Sitting
from gui.style import Space
from gui.verdict_card import VerdictCard
from gui.widgets import Card, IconButton, button, text_label
from voicevault.errors import VoiceVaultError
from voicevault.records import (
    Coverage,
    Happening,
    HappeningKind,
    Phase,
    Prompt,
    RecordingSession,
    Sounds,
    read_prompts,
)

COVERAGE_EVERY = 5  # kept takes
SIZE = "record/size"
_QUIET = (HappeningKind.SPEAK, HappeningKind.LISTENING)
"""Shown and not said: a screen reader would talk into the take."""


class RecordPage(Page):
    """Device and meter, the sentence, the verdict, and how far it has come.

    Keys that no button and no box takes are the page's (`gui.recording_keys`); the sentence has the
    focus so that there is none. The session itself is `gui.sitting`'s.
    """

    def __init__(self, desk: Desk, hearing: Hearing | None = None) -> None:
        super().__init__(desk)
        self.sitting = Sitting(desk, self)
        self.ears = Ears(desk, hearing)
        self.room = text_label("", "small", tone="muted")
        self.room.hide()
        self.check = button(self.tr("Check the room (C)"))
        self.more = button(self.tr("How you record"), "link")
        self.keys = button(self.tr("Keys (F1)"), "link")
        self.options = RecordingOptions(desk.preferences)
        self.prompt = PromptView(desk.theme)
        self.go = IconButton(desk.theme, "record", self.tr("Record (Space)"), "primary")
        self.skip = IconButton(desk.theme, "skip", self.tr("Skip (S)"))
        self.drop = IconButton(desk.theme, "close", self.tr("Drop it (Esc)"))
        self.undo_button = IconButton(desk.theme, "undo", self.tr("Undo (Ctrl+Z)"), "quiet")
        self.verdict = VerdictCard(desk.theme)
        self.reading = ReadingBar(desk.theme)
        self.sounds_held = text_label("", "small", tone="muted")
        self.map = CoverageMap(desk.theme)
        self.sounds = Sounds(desk.player)
        self._prompts: tuple[Prompt, ...] = ()
        self._kept = 0
        self._shown: tuple[object, ...] = ()
        self.set_title(self.tr("Record"), " ")
        self._lay_out()
        self._connect()

    # coming and going

    def refresh(self) -> None:
        """Listen, and go on where the reading was left."""
        self.prompt.setFocus()
        if self.sitting.session is None and not self.sitting.busy:
            self._begin(self._prompts)
            self.ears.look()

    def take_keyboard(self) -> None:
        """The sentence, where Space records."""
        self.prompt.setFocus()

    def leave(self) -> None:
        """Give the microphone back; a take in progress is lost, kept ones are safe."""
        self.sitting.end()
        self.ears.stop()
        self.sounds.stop()
        self.verdict.forget()
        self.verdict.hide()
        self._shown = ()

    def read_file(self, path: Path) -> None:
        """Read the sentences of a file in place of ours."""
        self.desk.run_task(lambda: read_prompts(path), self._restart)

    # keys

    def event(self, event: QEvent) -> bool:
        """Keys that are shortcuts elsewhere, as Ctrl+Z is, belong to this page while it is seen."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and action_of(event)
            and not self.verdict.editing
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that no button and no box took."""
        name = action_of(event)
        if not name:
            super().keyPressEvent(event)
            return
        self.act(name)

    def act(self, name: str) -> None:
        """Do what a key or a button asks for: a name of `gui.recording_keys`."""
        own: dict[str, Callable[[], object]] = {
            "hear": self._hear,
            "correct": self._correct,
            "figures": self.verdict.toggle_figures,
            "show_keys": self._show_keys,
            "larger": lambda: self._resize(1),
            "smaller": lambda: self._resize(-1),
            "usual_size": lambda: self._resize(0),
        }
        if name in own:
            own[name]()
            return
        self.sounds.stop()
        self.sitting.do(name)
        self.prompt.setFocus()

    # inside: the session

    def _begin(self, prompts: Sequence[Prompt]) -> None:
        self._prompts = tuple(prompts)
        self.options.shipped.setVisible(bool(prompts))
        self.sitting.begin(prompts, self.ears.device(), self.options.settings())

    def _restart(self, prompts: tuple[Prompt, ...]) -> None:
        self.leave()
        self._begin(prompts)

    def _began(self) -> None:
        session, self._kept = self.sitting.session, 0
        self.sounds.signals = self.options.signals
        if session is not None and not session.listener.open_now:
            self.ears.wait_for(self.ears.name)
        self._count_sounds()
        there = QApplication.focusWidget()
        if there is None or self.isAncestorOf(there):  # it came late: somebody may be elsewhere
            self.prompt.setFocus()

    def _told(self, happening: Happening) -> None:
        session, kind = self.sitting.session, happening.kind
        assert session is not None
        words = recording_words.told(happening, session.attempt)
        if kind is HappeningKind.ROOM_CHECKED:
            self.room.setText(words)
            self.room.show()
        if kind is HappeningKind.JUDGED:
            self.sounds.verdict(session.attempt)
        if kind is HappeningKind.KEPT:
            self._kept += 1
            self.desk.takes_changed.emit()
            if self._kept % COVERAGE_EVERY == 0:
                self._count_sounds()
        if kind is HappeningKind.UNDONE:
            self.desk.takes_changed.emit()
        if kind is HappeningKind.UNPLUGGED:
            self.ears.wait_for(self.ears.name)
        if kind not in _QUIET and not (session.settings.continuous and kind is HappeningKind.KEPT):
            self.desk.announce(words)

    # inside: what is seen

    def _show(self) -> None:
        """The meter every time, the rest when it changed."""
        session = self.sitting.session
        assert session is not None
        listener = session.listener
        gone = "" if listener.open_now else self.tr("No microphone")
        self.ears.show_level(listener.level, gone)
        attempt = session.attempt if session.phase is Phase.VERDICT else None
        if attempt is not None:
            self.verdict.show_attempt(attempt)
        about = (attempt.ended_s, attempt.good) if attempt else ()
        now = (session.phase, session.prompt, session.following, about, gone, listener.speaking)
        if now == self._shown:
            return
        self._shown = now
        self.prompt.show_prompt(session.prompt, session.following)
        self.prompt.show_state(*self._state(session, bool(gone)))
        self.verdict.setVisible(attempt is not None)
        if attempt is None:
            self.verdict.forget()
        self._bring_up(self.prompt if attempt is None else self.verdict)
        running = session.phase in RUNNING
        if running:
            self.go.set_icon("stop", self.tr("Stop (Space)"))
        elif attempt is not None and not attempt.good:
            self.go.set_icon("record", self.tr("Record again (Space)"))
        elif attempt is not None:
            self.go.set_icon("record", self.tr("Keep and go on (Space)"))
        else:
            self.go.set_icon("record", self.tr("Record (Space)"))
        self.go.setEnabled(session.phase not in (Phase.FINISHED, Phase.ROOM, Phase.JUDGING))
        self.skip.setVisible(attempt is None and not running)
        self.drop.setVisible(running)
        self.check.setEnabled(session.phase is Phase.READY)
        progress = session.progress
        self.set_title(self.tr("Record"), reading_bar.sentence(progress))
        self.reading.show_progress(progress, session.spent_s)

    def _state(self, session: RecordingSession, gone: bool) -> tuple[str, str]:
        phase = session.phase
        if phase is Phase.READY and gone:
            return self.tr("No microphone. Plug one in, or choose another."), "bad"
        if phase is Phase.RECORDING and session.listener.speaking:
            return self.tr("Recording"), "accent"
        return {
            Phase.READY: (self.tr("Ready. Nothing is kept until you press Space."), "muted"),
            Phase.ROOM: (self.tr("Be silent for three seconds."), "warn"),
            Phase.LEAD_IN: (self.tr("Wait…"), "muted"),
            Phase.RECORDING: (self.tr("Speak now"), "accent"),
            Phase.JUDGING: (self.tr("Listening to it…"), "muted"),
            Phase.VERDICT: (self.tr("Your decision"), "muted"),
            Phase.FINISHED: (self.tr("Done. Thank you."), "good"),
        }[phase]

    def _bring_up(self, part: QWidget) -> None:
        """Scroll to what matters now, where the window is small or the text large."""
        above = self.parentWidget()
        while above is not None and not isinstance(above, QScrollArea):
            above = above.parentWidget()
        if above is not None:
            area = above

            def bring() -> None:  # a part taller than the window: its head
                area.ensureWidgetVisible(part, 0, Space.L)
                head = self.verdict.words if part is self.verdict else self.prompt.text
                area.ensureWidgetVisible(head, 0, Space.L)

            QTimer.singleShot(0, area, bring)

    def _count_sounds(self) -> None:
        if self.sitting.session is not None:
            self.desk.run_task(self.sitting.session.script.sounds, self._sounds_counted)

    def _sounds_counted(self, found: Coverage) -> None:
        self.map.show_coverage(found)
        self.sounds_held.setText(self.map.words)

    # inside: what buttons do

    def _hear(self) -> None:
        if self.desk.player.playing:
            self.sounds.stop()
        elif self.sitting.session is not None and self.sitting.session.phase not in RUNNING:
            self.desk.announce(self.sounds.replay(self.sitting.session.hearable))

    def _correct(self) -> None:
        if self.sitting.session is not None and self.sitting.session.phase is Phase.VERDICT:
            assert self.sitting.session.attempt is not None
            self.verdict.start_editing(self.sitting.session.attempt.text)

    def _corrected(self, text: str) -> None:
        if self.sitting.session is None:
            return
        try:
            self.sitting.session.edit(text)
        except VoiceVaultError as error:
            self.desk.show_error(error)

    def _chosen(self, name: str) -> None:
        session, device = self.sitting.session, self.ears.hearing.device(name)
        if session is not None and not self.sitting.busy:
            self.sitting.work(lambda: session.choose(device))

    def _came_back(self, name: str) -> None:
        self._chosen(name)
        self.desk.announce(self.tr("The microphone is back."))

    def _set_options(self) -> None:
        if self.sitting.session is not None:
            self.sitting.session.settings = self.options.settings()
        self.sounds.signals = self.options.signals

    def _toggle_options(self) -> None:
        self.options.setVisible(self.options.isHidden())

    def _choose_file(self) -> None:
        named, _ = QFileDialog.getOpenFileName(self, self.tr("Sentences, one a line"))
        if named:
            self.read_file(Path(named))

    def _use_shipped(self) -> None:
        self._restart(())

    def _resize(self, steps: int) -> None:
        size = self.prompt.larger(steps) if steps else 100
        self.prompt.set_size(size)
        self.desk.preferences.set_word(SIZE, str(size))

    def _show_keys(self) -> None:
        KeyList(self).open()

    def _lay_out(self) -> None:
        size = self.desk.preferences.word(SIZE)
        self.prompt.set_size(int(size) if size.isdigit() else 100)
        self.buttons.addWidget(self.keys)
        self.ears.line.addWidget(self.check)
        self.ears.line.addWidget(self.more)
        self.body.addWidget(self.ears)
        self.body.addWidget(self.room)
        self.body.addWidget(self.options)
        self.body.addWidget(self.prompt, 1)
        doing = (self.go, self.skip, self.drop, self.undo_button)
        for one in (*doing, self.check, self.more, self.keys):
            one.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.body.addLayout(Flow(*doing))
        self.body.addWidget(self.verdict)
        far = Card(self.tr("How far you are"))
        for part in (self.reading, self.sounds_held, self.map):
            far.body.addWidget(part)
        self.body.addWidget(far)
        self.options.hide()
        self.drop.hide()
        self.verdict.hide()

    def _connect(self) -> None:
        self.sitting.began.connect(self._began)
        self.sitting.told.connect(self._told)
        self.sitting.ticked.connect(self._show)
        self.sitting.broke.connect(self.desk.show_error)
        self.ears.chosen.connect(self._chosen)
        self.ears.came_back.connect(self._came_back)
        self.options.changed.connect(self._set_options)
        self.options.file_wanted.connect(self._choose_file)
        self.options.shipped_wanted.connect(self._use_shipped)
        self.more.clicked.connect(self._toggle_options)
        self.keys.clicked.connect(self._show_keys)
        card = self.verdict
        for source, name in (
            (self.go.clicked, "press"),
            (self.skip.clicked, "skip"),
            (self.drop.clicked, "escape"),
            (self.undo_button.clicked, "undo"),
            (self.check.clicked, "check_room"),
            (card.keep_wanted, "accept"),
            (card.keep_anyway_wanted, "keep_anyway"),
            (card.again_wanted, "redo"),
            (card.skip_wanted, "skip"),
            (card.hear_wanted, "hear"),
        ):
            source.connect(self._wish(name))
        card.correct.clicked.connect(self._correct)
        card.text_corrected.connect(self._corrected)
        card.edit_ended.connect(self.prompt.setFocus)

    def _wish(self, name: str) -> Callable[[], None]:
        def wish() -> None:
            self.act(name)

        return wish
