# SPDX-License-Identifier: GPL-3.0-or-later
"""A training that runs: what it does just now, how long it still takes, its curve, and Pause."""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QProgressBar

from gui import stages, wording
from gui.chart import Curve
from gui.desk import Desk
from gui.jobs import TRAINING
from gui.pages.train_preview import PreviewBar
from gui.style import Space
from gui.widgets import Card, IconButton, row, text_label
from voicevault.errors import VoiceVaultError
from voicevault.events import EnergyUsed, Metric, Preview, Progress, Started, Warned

BEFORE_STEPS = ("prepare", "consent", "others", "gate")
CLOCK_MS = 1_000


class ProgressCard(Card):
    """Shows the job "train" from its start to its end; it hides itself otherwise."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(self.tr("Your voice is being trained"))
        self._desk = desk
        self.stage = text_label("")
        self.left = text_label("", tone="muted")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress of the training"))
        self.curve = Curve(self.tr("How the error falls"))
        self.where = text_label("", "small", tone="muted")
        self.warning = text_label("", "small", tone="warn")
        self.preview = PreviewBar(desk)
        self.pause = IconButton(desk.theme, "pause", self.tr("Pause"))
        head = row(self.stage, stretch="none", spacing=Space.M)
        head.setStretch(0, 1)
        head.addWidget(self.pause)
        self.body.addLayout(head)
        self.body.addWidget(self.bar)
        self.body.addWidget(self.left)
        self.body.addWidget(self.preview)
        self.body.addWidget(self.curve)
        self.body.addWidget(
            text_label(
                self.tr(
                    "The line falls while the voice learns; each part has a scale of its own. You "
                    "can use other pages meanwhile. Pausing keeps what was learnt."
                ),
                "small",
                tone="muted",
            )
        )
        self.body.addWidget(self.where)
        self.body.addWidget(self.warning)
        self._clock = QTimer(self)
        self._clock.setInterval(CLOCK_MS)
        self._began_s = 0.0
        self._eta_s: float | None = None
        self._told_s = 0.0
        self._used_wh = math.nan
        self._stage = ""
        self._reset()
        self.hide()
        self._connect()

    def expect(self, seconds: float | None) -> None:
        """What the forecast said, shown until the training knows better."""
        self._eta_s, self._told_s = seconds, time.monotonic()
        self._tick()

    def _connect(self) -> None:
        jobs = self._desk.jobs
        jobs.job_started.connect(self._started)
        jobs.job_told.connect(self._told)
        jobs.job_ended.connect(self._ended)
        self.pause.clicked.connect(self._pause)
        self._clock.timeout.connect(self._tick)
        if jobs.name == TRAINING:  # the page was made while it runs
            self._started(TRAINING)

    def _reset(self) -> None:
        self._began_s = time.monotonic()
        self._eta_s, self._stage, self._used_wh = None, "", math.nan
        self.left.setToolTip("")
        self.stage.setText(self.tr("Starting…"))
        self.left.clear()
        self.where.clear()
        self.where.hide()
        self.warning.clear()
        self.warning.hide()
        self.bar.setRange(0, 0)
        self.curve.clear()
        self.preview.forget()
        self.pause.setEnabled(True)

    def _started(self, name: str) -> None:
        if name != TRAINING:
            return
        self._reset()
        self._clock.start()
        self.show()

    def _ended(self, ended: object) -> None:
        self._clock.stop()
        self.preview.forget()
        self.hide()

    def _told(self, name: str, event: object) -> None:
        if name != TRAINING:
            return
        if isinstance(event, Started):
            self.where.setText(self.tr("On {device}.").format(device=stages.device(event.device)))
            self.where.setToolTip(event.detail)
            self.where.show()
        elif isinstance(event, Progress):
            self._progress(event)
        elif isinstance(event, Metric):
            self._metric(event)
        elif isinstance(event, EnergyUsed):
            self._energy(event)
        elif isinstance(event, Preview):
            self.preview.offer(event)
        elif isinstance(event, Warned):
            self.warning.setText(wording.told(VoiceVaultError(event.message)).message)
            self.warning.show()

    def _progress(self, event: Progress) -> None:
        if event.stage != self._stage:
            self._stage = event.stage
            said = stages.stage(event.stage)
            if self.pause.isEnabled():
                self.stage.setText(said)
            self._desk.announce(said)
        if event.total > 1 and event.stage not in BEFORE_STEPS:
            self.bar.setRange(0, event.total)
            self.bar.setValue(event.done)
            self.curve.set_end(event.total)
            if event.eta_s is not None:
                self._eta_s, self._told_s = event.eta_s, time.monotonic()
        self._tick()

    def _metric(self, event: Metric) -> None:
        name = stages.short_stage(event.name)
        said = self.tr("{stage}: the error is {value} after {step} steps.").format(
            stage=name, value=f"{event.value:.3g}", step=event.step
        )
        self.curve.add(name, event.step, event.value, said)

    def _energy(self, event: EnergyUsed) -> None:
        """The figure stands beside the time; what counted it, or why nothing can, is a detail."""
        self._used_wh = event.wh
        if math.isfinite(event.wh):
            self.left.setToolTip(self.tr("Energy: {method}").format(method=event.method))
        else:
            why = event.missing
            self.left.setToolTip(self.tr("The energy is not known: {why}").format(why=why))
        self._tick()

    def _tick(self) -> None:
        """Once a second: what is left gets less between two tellings."""
        parts = []
        if self._eta_s is not None:
            left_s = self._eta_s - (time.monotonic() - self._told_s)
            parts.append(wording.time_left(max(1.0, left_s)))
        spent_s = time.monotonic() - self._began_s
        parts.append(self.tr("{time} so far").format(time=wording.duration(spent_s)))
        if math.isfinite(self._used_wh):
            parts.append(wording.energy(self._used_wh))
        self.left.setText(" · ".join(parts))
        self.bar.setAccessibleDescription(self.left.text())

    def _pause(self) -> None:
        self.pause.setEnabled(False)
        self.stage.setText(self.tr("Pausing, and keeping what was learnt…"))
        self._desk.announce(self.stage.text())
        self._desk.jobs.cancel()
