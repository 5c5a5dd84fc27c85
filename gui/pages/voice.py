# SPDX-License-Identifier: GPL-3.0-or-later
"""Voice: let a finished run speak, keep phrases at hand, see how good it is, and test it blind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QTabBar, QVBoxLayout, QWidget

from gui import stages
from gui.columns import narrow
from gui.desk import Desk
from gui.job_panel import JobPanel
from gui.page import Page
from gui.pages.voice_blind import BlindTest
from gui.pages.voice_board import PhraseBoard
from gui.pages.voice_card import ReportCard
from gui.pages.voice_compare import CompareCard
from gui.pages.voice_speak import SpeakCard
from gui.speech import Speech
from gui.style import Space
from gui.widgets import Choice, Empty, FittingStack, button, field, framed
from gui.wording import moment
from voicevault.errors import Cancelled, UsageError
from voicevault.events import Event
from voicevault.records import Run, Take

if TYPE_CHECKING:
    from voicevault.service import Studio

JOB = "evaluate"
WANTED_RUN = "wanted_run"
"""A property of the desk: the run that another page sent a person to hear."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the vault said when it was last asked."""

    runs: tuple[Run, ...]
    """Finished voices, newest first."""
    takes: tuple[Take, ...]
    phrases: tuple[str, ...]
    asked: int
    """Counts the looks: an answer that was overtaken by a later one is not shown."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A run's report, and its page with the pictures."""

    run: str
    report: dict[str, Any] | None
    page: bytes | None


class VoicePage(Page):
    """One voice at a time; three views of it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.set_title(self.tr("Voice"))
        self._run = ""
        self._asked = self._shown = 0
        self._takes: tuple[Take, ...] = ()
        self.speech = Speech(desk, self)
        self.train = button(self.tr("Go to training"), "primary")
        self.empty = Empty(
            desk.theme,
            "voice",
            self.tr("No voice yet"),
            self.tr("When a training has finished, your voice speaks here."),
            (self.train,),
        )
        self.choice = Choice()
        narrow(self.choice)
        self.tabs = QTabBar()
        self.tabs.setAccessibleName(self.tr("Views of the voice"))
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        for name in (self.tr("Speak"), self.tr("Report card"), self.tr("Blind test")):
            self.tabs.addTab(name)
        self.speak = SpeakCard(desk, self.speech)
        self.board = PhraseBoard(desk, self.speech)
        self.progress = JobPanel(desk, (JOB,))
        self.card = ReportCard(desk)
        self.compare = CompareCard(desk)
        self.blind = BlindTest(desk, self.speech)
        self.views = FittingStack()
        self._views = [
            _stacked(self.speak, self.board),
            _stacked(self.progress, self.card, self.compare),
            _stacked(self.blind),
        ]
        for view in self._views:
            self.views.add(view)
        self._whole = framed(QVBoxLayout())
        column = self._whole.layout()
        assert isinstance(column, QVBoxLayout)
        column.setSpacing(Space.L)
        column.addLayout(field(self.tr("Which voice"), self.choice))
        column.addWidget(self.tabs)
        column.addWidget(self.views)
        column.addStretch(1)
        self.body.addWidget(self.empty)
        self.body.addWidget(self._whole)
        self.empty.hide()
        self._whole.hide()
        self._connect()

    def refresh(self) -> None:
        """Read voices, takes and phrases again."""
        self._asked += 1
        studio, asked = self.desk.studio, self._asked
        self.desk.run_task(lambda: _look(studio, asked), self._show)

    def leave(self) -> None:
        """Silence; the voice and what it said are forgotten."""
        self.blind.stop()
        self.speech.forget()

    def _connect(self) -> None:
        self.train.clicked.connect(self._go_to_training)
        self.choice.currentIndexChanged.connect(self._chosen)
        self.tabs.currentChanged.connect(self._turn_to)
        self.speak.phrase_wanted.connect(self.board.keep)
        self.speak.speed.currentIndexChanged.connect(self._manner_chosen)
        self.speak.pitch.currentIndexChanged.connect(self._manner_chosen)
        self.card.measure_wanted.connect(self._measure)
        self.card.say_wanted.connect(self._say)
        jobs = self.desk.jobs
        jobs.job_started.connect(self._job_changed)
        jobs.job_ended.connect(self._job_changed)
        for changed in (self.desk.runs_changed, self.desk.takes_changed):
            changed.connect(self.refresh_if_seen)
        QShortcut(QKeySequence("Escape"), self).activated.connect(self.speech.stop)

    def _show(self, seen: Seen) -> None:
        if seen.asked < self._shown:
            return
        self._shown = seen.asked
        self.empty.setVisible(not seen.runs)
        self._whole.setVisible(bool(seen.runs))
        self.set_title(self.tr("Voice"), self._about(seen) if seen.runs else "")
        names = [(one.name, _title(one)) for one in seen.runs]
        wanted = str(self.desk.property(WANTED_RUN) or "") or self._run
        self.desk.setProperty(WANTED_RUN, "")
        self.choice.blockSignals(True)
        self.choice.clear()
        for name, title in names:
            self.choice.addItem(title, name)
        self.choice.setCurrentIndex(max(0, self.choice.findData(wanted)) if names else -1)
        self.choice.blockSignals(False)
        self._takes = seen.takes
        self.board.show_phrases(seen.phrases)
        self.compare.show_runs(names)
        self._chosen()
        self._job_changed()

    def _about(self, seen: Seen) -> str:
        return self.tr("It speaks on this computer, without a network. Nothing it says is kept.")

    def _chosen(self) -> None:
        run = str(self.choice.currentData() or "")
        if run != self._run:
            self.speech.forget()
            self.card.show_report(None, None)
        self._run = run
        self.speak.use(run)
        self.board.use(run)
        self.blind.use(run, self._takes)
        if run:
            self._read_report()

    def _read_report(self) -> None:
        studio, run = self.desk.studio, self._run
        self.desk.run_task(
            lambda: Measured(run, studio.report(run), studio.report_page(run)), self._show_report
        )

    def _show_report(self, found: Measured) -> None:
        if found.run == self._run:
            self.card.show_report(found.report, found.page)

    def _turn_to(self, number: int) -> None:
        self.speech.stop()
        self.blind.stop()
        self.views.show_part(self._views[number])

    def _manner_chosen(self) -> None:
        self.board.set_manner(self.speak.rate, self.speak.semitones)

    def _say(self, text: str) -> None:
        self.speech.say(self._run, text)

    def _go_to_training(self) -> None:
        self.desk.page_wanted.emit("train")

    # measuring

    def _measure(self, quick: bool) -> None:
        studio, run = self.desk.studio, self._run

        def call(on_event: Callable[[Event], None]) -> dict[str, Any]:
            return studio.evaluate(run, quick=quick, on_event=on_event)

        started = self.desk.jobs.start(
            JOB, call, cancel=studio.cancel, then=self._measured, failed=self._not_measured
        )
        if not started:
            self.desk.show_error(UsageError("something else is running", hint="wait for its end"))

    def _measured(self, report: dict[str, Any]) -> None:
        self.desk.announce(self.tr("The voice is measured."))
        self._read_report()

    def _not_measured(self, error: Exception) -> None:
        if isinstance(error, Cancelled):
            self.desk.announce(self.tr("The measurement was stopped; it keeps nothing."))
        else:
            self.desk.show_error(error)

    def _job_changed(self, what: object = None) -> None:
        self.card.set_busy(bool(self.desk.jobs.name))


def _look(studio: Studio, asked: int) -> Seen:
    done = [one for one in studio.runs() if one.status == "done"]
    found = [one for one in done if "voice_bytes" in one.result]  # not a recogniser's
    return Seen(tuple(reversed(found)), tuple(studio.takes()), studio.phrases.all(), asked)


def _title(run: Run) -> str:
    return f"{stages.recipe(run.recipe)}, {moment(run.created)}"


def _stacked(*parts: QWidget) -> QWidget:
    column = QVBoxLayout()
    column.setSpacing(Space.L)
    for part in parts:
        column.addWidget(part)
    return framed(column)
