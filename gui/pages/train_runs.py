# SPDX-License-Identifier: GPL-3.0-or-later
"""Trainings so far, newest first: how each ended, what it took, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget

from gui import stages, wording
from gui.style import Space
from gui.widgets import Card, button, row, text_label
from voicevault.records import Run

translate = QCoreApplication.translate  # under this name its texts are found

SHOWN = 5
CUT_OFF = "cut off"
"""The reason in the record of a run whose program ended under it."""


def resumable(runs: Sequence[Run]) -> dict[str, Run]:
    """The run that resuming a recipe goes on with, by recipe: the newest unfinished one."""
    return {one.recipe: one for one in runs if one.status in ("cancelled", "failed")}


def interrupted(runs: Sequence[Run]) -> Run | None:
    """The newest run, where it has not come to its end."""
    last = runs[-1] if runs else None
    return last if last is not None and last.status in ("cancelled", "failed") else None


def how_far(run: Run) -> str:
    """The last step that is kept, in words."""
    if not run.steps or not run.step:
        return translate("Runs", "at the beginning")
    return translate("Runs", "after {step} of {steps} steps").format(step=run.step, steps=run.steps)


def ended(run: Run) -> str:
    """How a run stands, in a sentence."""
    if run.status == "done":
        return " · ".join([stages.status(run.status), *facts(run)])
    if run.status == "cancelled" and run.result.get("reason") == CUT_OFF:
        return translate("Runs", "cut off {where}: VoiceVault was closed").format(
            where=how_far(run)
        )
    if run.status == "failed":
        reason = str(run.result.get("reason", ""))
        return translate("Runs", "stopped by an error {where}: {why}").format(
            where=how_far(run), why=reason
        )
    return f"{stages.status(run.status)} {how_far(run)}".strip()


def facts(run: Run) -> list[str]:
    """What a finished run took and made."""
    out = []
    took_s = _number(run, "training_s")
    if took_s:
        out.append(translate("Runs", "took {time}").format(time=wording.duration(took_s)))
    speech_s = _number(run, "seconds_of_speech")
    if speech_s:
        out.append(
            translate("Runs", "from {time} of speech").format(time=wording.duration(speech_s))
        )
    voice_bytes = _number(run, "voice_bytes")
    if voice_bytes:
        out.append(wording.size(round(voice_bytes)))
    energy_wh = _number(run, "energy_wh")
    if energy_wh:
        out.append(wording.energy(energy_wh))
    return out


class RunsCard(Card):
    """The list; without runs it is hidden."""

    resume_wanted = Signal(str)
    """A recipe."""
    listen_wanted = Signal(str)
    """A run."""

    def __init__(self) -> None:
        super().__init__(self.tr("Trainings so far"))
        self._runs: tuple[Run, ...] = ()
        self._busy = False
        self._all = False
        self._rows: QWidget | None = None
        self.more = button(self.tr("Show all"), "link")
        self.more.clicked.connect(self._show_all)
        self.body.addLayout(row(self.more))
        self.hide()

    def show_runs(self, runs: Sequence[Run], *, busy: bool) -> None:
        """These, of which the one that runs just now has no buttons."""
        self._runs, self._busy = tuple(runs), busy
        self._fill()

    def _fill(self) -> None:
        if self._rows is not None:
            self.body.removeWidget(self._rows)
            self._rows.hide()
            self._rows.deleteLater()
        newest = list(reversed(self._runs))
        shown = newest if self._all else newest[:SHOWN]
        self._rows = QWidget()
        grid = QGridLayout(self._rows)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(Space.XL)
        grid.setVerticalSpacing(Space.S)
        grid.setColumnStretch(1, 1)
        again = resumable(self._runs)
        for number, run in enumerate(shown):
            grid.addWidget(
                text_label(wording.moment(run.created), tone="muted", wrap=False), number, 0
            )
            words = f"{stages.recipe(run.recipe)}: {ended(run)}"
            grid.addWidget(text_label(words), number, 1)
            made = self._button(run, again)
            if made is not None:
                grid.addWidget(made, number, 2)
        self.body.insertWidget(1, self._rows)
        self.more.setVisible(len(newest) > len(shown))
        self.setVisible(bool(newest))

    def _button(self, run: Run, again: dict[str, Run]) -> QPushButton | None:
        name = f"{stages.recipe(run.recipe)}, {wording.moment(run.created)}"
        if run.status == "done" and "voice_bytes" in run.result:  # not a recogniser's
            made = button(self.tr("Listen"), name=self.tr("Listen: {run}").format(run=name))
            made.setProperty("run", run.name)
            made.clicked.connect(self._listen)
            return made
        if again.get(run.recipe) is run and not self._busy:
            made = button(self.tr("Resume"), name=self.tr("Resume: {run}").format(run=name))
            made.setProperty("recipe", run.recipe)
            made.clicked.connect(self._resume)
            return made
        return None

    def _listen(self) -> None:
        self.listen_wanted.emit(self.sender().property("run"))

    def _resume(self) -> None:
        self.resume_wanted.emit(self.sender().property("recipe"))

    def _show_all(self) -> None:
        self._all = True
        self._fill()


def _number(run: Run, key: str) -> float:
    """A figure of the result; the record keeps fractions as text."""
    try:
        return float(run.result[key])
    except (KeyError, TypeError, ValueError):
        return 0.0
