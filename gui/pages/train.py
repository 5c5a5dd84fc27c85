# SPDX-License-Identifier: GPL-3.0-or-later
"""Train: what can be made of the recordings, a training while it runs, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gui import stages
from gui.columns import Columns
from gui.desk import Desk
from gui.jobs import TRAINING
from gui.page import Page
from gui.pages.train_outcome import OutcomeCard
from gui.pages.train_progress import ProgressCard
from gui.pages.train_ready import DeviceChoice, ReadyCard
from gui.pages.train_recipes import RecipeCard, recommended
from gui.pages.train_runs import RunsCard, interrupted
from gui.widgets import text_label
from voicevault.errors import Cancelled, UsageError
from voicevault.events import Event, Preview
from voicevault.records import Outlook, Probe, Run

WANTED_RUN = "wanted_run"
"""A property of the desk: the run that the page Voice should show first."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the vault said when it was last asked."""

    outlook: Outlook
    runs: tuple[Run, ...]
    asked: int
    """Counts the looks: an answer that was overtaken by a later one is not shown."""


class TrainPage(Page):
    """Starts trainings and follows them. The job belongs to the desk and outlives a page switch."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._seen: Seen | None = None
        self._asked = 0
        self._probe: Probe | None = None
        self._told: dict[str, Any] | None = None
        self._began = 0
        self._failure: Exception | None = None
        self._offered = False
        self.set_title(
            self.tr("Train"),
            self.tr("Your recordings become a voice, on this computer and nowhere else."),
        )
        self.progress = ProgressCard(desk)
        self.outcome = OutcomeCard(desk.theme)
        self.ready = ReadyCard(desk.theme)
        self.cards = Columns(least_chars=52, most=2)
        self.device = DeviceChoice()
        self.runs = RunsCard()
        self.wait = text_label("", tone="muted")
        self.wait.hide()
        for part in (
            self.progress, self.outcome, self.ready, self.wait, self.cards, self.device, self.runs
        ):  # fmt: skip
            self.body.addWidget(part)
        self.body.addStretch(1)
        self._connect()

    def refresh(self) -> None:
        """Read the vault, and test the computer where that was not done yet."""
        self.progress.preview.listen()
        self._look_again()
        if self._told is None and self._probe is None and not self.desk.jobs.name:
            self._probe = Probe()
            self.device.wait()
            self.desk.run_task(self._probe.run, self._probed, self._probe_failed)

    def leave(self) -> None:
        """The test is not worth waiting for; what was heard of a training is forgotten."""
        self.progress.preview.leave()
        if self._probe is not None:
            self._probe.stop()

    def _connect(self) -> None:
        self.ready.page_wanted.connect(self.desk.page_wanted)
        self.runs.resume_wanted.connect(self._resume)
        self.runs.listen_wanted.connect(self._listen)
        self.outcome.resume_wanted.connect(self._resume)
        self.outcome.listen_wanted.connect(self._listen)
        self.desk.jobs.job_started.connect(self._job_started)
        self.desk.jobs.job_ended.connect(self._job_ended)
        for changed in (self.desk.takes_changed, self.desk.consent_changed):
            changed.connect(self.refresh_if_seen)

    # what there is

    def _look_again(self) -> None:
        self._asked += 1
        studio, told, asked = self.desk.studio, self._told, self._asked
        self.desk.run_task(
            lambda: Seen(studio.outlook(told), tuple(studio.runs()), asked), self._show
        )

    def _show(self, seen: Seen) -> None:
        if self._seen is not None and seen.asked < self._seen.asked:
            return
        self._seen = seen
        busy = bool(self.desk.jobs.name)
        training = self.desk.jobs.name == TRAINING
        self.ready.show_state(seen.outlook)
        self._show_cards(seen.outlook, busy)
        self.cards.setVisible(not training)
        self.device.setVisible(not training)
        self.ready.setVisible(not training)
        self.wait.setVisible(busy and not training)
        self.wait.setText(self.tr("Something else is running. A training can start after it."))
        self.runs.show_runs(seen.runs, busy=busy)
        if not busy:
            self._offer(seen)

    def _show_cards(self, outlook: Outlook, busy: bool) -> None:
        names = [one.name for one in outlook.chances]
        shown = [one for one in self.cards.parts if isinstance(one, RecipeCard)]
        if [one.name for one in shown] != names:
            shown = [RecipeCard(self.desk.theme, one) for one in outlook.chances]
            for card in shown:
                card.wanted.connect(self._start)
            self.cards.show_parts(shown)
        first = recommended(outlook)
        probing = self._probe is not None
        for card, chance in zip(shown, outlook.chances, strict=True):
            card.show_state(chance, outlook, busy=busy, first=card.name == first, probing=probing)

    def _offer(self, seen: Seen) -> None:
        """An unfinished run is offered, once when the page is new and after each that stops."""
        if self._offered:
            return
        self._offered = True
        run = interrupted(seen.runs)
        failure, self._failure = self._failure, None
        began = run is not None and (failure is None or run.updated >= self._began)
        if failure is not None and not (began and self.isVisible()):
            self.desk.show_error(failure)
        if run is None or not began:
            return
        if run.status == "failed":
            self.outcome.show_broken(run, failure)
        else:
            self.outcome.show_paused(run)
        self.outcome.resume.setFocus()

    def _probed(self, told: dict[str, Any]) -> None:
        self._probe, self._told = None, told
        self.device.show_probe(told)
        self._look_again()

    def _probe_failed(self, error: Exception) -> None:
        """Stopped, or training is not installed: nothing here depends on it."""
        self._probe = None
        self.device.unknown()
        self._look_again()

    # a training

    def _start(self, recipe: str) -> None:
        device = self.device.chosen
        self._run(recipe, {"device": device} if device else {}, resume=False)

    def _resume(self, recipe: str) -> None:
        self._run(recipe, {}, resume=True)

    def _run(self, recipe: str, settings: dict[str, str], *, resume: bool) -> None:
        studio = self.desk.studio

        def call(tell: Callable[[Event | Preview], None]) -> Run:
            return studio.train(recipe, settings, resume=resume, on_event=tell, on_preview=tell)

        if self._probe is not None:
            self._probe.stop()  # the training would have to share the processor with it
        self._began, self._failure = int(time.time()), None
        started = self.desk.jobs.start(
            TRAINING, call, cancel=studio.cancel, then=self._trained, failed=self._stopped
        )
        if not started:
            self.desk.show_error(UsageError("something else is running", hint="wait for its end"))
            return
        self.progress.expect(None if resume else self._forecast_s(recipe))
        self.progress.pause.setFocus()
        self.desk.announce(
            self.tr("The training has started: {what}.").format(what=stages.recipe(recipe))
        )

    def _forecast_s(self, recipe: str) -> float | None:
        if self._seen is None:
            return None
        found = {one.name: one.forecast for one in self._seen.outlook.chances}.get(recipe)
        return found.seconds if found else None

    def _job_started(self, name: str) -> None:
        if name == TRAINING:
            self.outcome.hide()
        self._look_again()

    def _job_ended(self, ended: object) -> None:
        self._look_again()

    def _trained(self, run: Run) -> None:
        self._offered = True
        self.outcome.show_done(run)
        self.outcome.listen.setFocus()
        self.desk.announce(self.tr("Your voice is ready. Go to Voice to hear it."))
        self.desk.runs_changed.emit()

    def _stopped(self, error: Exception) -> None:
        """Paused, broken, or refused before it began; the runs tell which."""
        self._offered = False
        self.desk.runs_changed.emit()
        if isinstance(error, Cancelled):
            self.desk.announce(self.tr("The training is paused. It can be resumed at any time."))
            return
        self._failure = error
        self.desk.announce(self.tr("The training stopped."))

    def _listen(self, run: str) -> None:
        self.desk.setProperty(WANTED_RUN, run)
        self.desk.page_wanted.emit("voice")
