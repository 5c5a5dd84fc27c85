# SPDX-License-Identifier: GPL-3.0-or-later
"""A running job on a page: what it does, how far it is, how long it takes, and a way to stop it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout

from gui import stages, wording
from gui.desk import Desk
from gui.style import Space
from gui.widgets import Card, button, row, text_label
from voicevault.events import Progress, Started, Warned


class JobPanel(Card):
    """Shows itself while one of `names` runs and hides after it. Any page may have one.

    Not its job: starting the job, and what became of it.
    """

    def __init__(self, desk: Desk, names: Sequence[str]) -> None:
        super().__init__()
        self._desk, self._names = desk, frozenset(names)
        self.title = text_label("", "heading")
        self.detail = text_label("", "small", tone="muted")
        self.warning = text_label("", "small", tone="warn")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.stop = button(self.tr("Stop"))
        head = QHBoxLayout()
        words = QVBoxLayout()
        words.setSpacing(Space.XS)
        words.addWidget(self.title)
        words.addWidget(self.detail)
        head.addLayout(words, 1)
        head.addLayout(row(self.stop, stretch="none"))
        self.body.addLayout(head)
        self.body.addWidget(self.bar)
        self.body.addWidget(self.warning)
        desk.jobs.job_started.connect(self._started)
        desk.jobs.job_told.connect(self._told)
        desk.jobs.job_ended.connect(self._ended)
        self.stop.clicked.connect(self._stop)
        if desk.jobs.name in self._names:  # made while one runs; it is shown with its page
            self._describe(desk.jobs.name)
        else:
            self.hide()

    def _started(self, name: str) -> None:
        if name in self._names:
            self._describe(name)
            self.show()
            self._desk.announce(self.title.text())

    def _describe(self, name: str) -> None:
        title = job_title(name)
        self.title.setText(title)
        self.bar.setAccessibleName(title)
        self.detail.setText(self.tr("Starting…"))
        self.warning.clear()
        self.warning.hide()
        self.bar.setRange(0, 0)
        self.stop.setEnabled(True)
        self.stop.setText(self.tr("Stop"))

    def _told(self, name: str, event: object) -> None:
        if name not in self._names:
            return
        if isinstance(event, Progress):
            self.bar.setRange(0, max(event.total, 0))
            self.bar.setValue(event.done)
            parts = [stages.stage(event.stage)]
            if event.total > 1:
                parts.append(self.tr("{done} of {total}").format(**_counts(event)))
            if event.eta_s is not None and event.done < event.total:
                parts.append(wording.time_left(event.eta_s))
            if event.message:
                parts.append(event.message)
            self.detail.setText(" · ".join(parts))
        elif isinstance(event, Started) and event.device:
            self.detail.setText(self.tr("On {device}").format(device=event.device))
        elif isinstance(event, Warned):
            self.warning.setText(f"{event.message}. {event.hint}".rstrip())
            self.warning.show()

    def _ended(self, ended: object) -> None:
        self.hide()

    def _stop(self) -> None:
        self.stop.setText(self.tr("Stopping…"))
        self.stop.setEnabled(False)
        self._desk.announce(self.tr("Stopping, and keeping what is done."))
        self._desk.jobs.cancel()


def job_title(name: str) -> str:
    """What a job does, in words."""
    translate = QCoreApplication.translate
    return {
        "import": translate("Jobs", "Importing recordings"),
        "backup": translate("Jobs", "Making a backup"),
        "train": translate("Jobs", "Training your voice"),
        "evaluate": translate("Jobs", "Measuring the voice"),
        "export": translate("Jobs", "Exporting the voice"),
        "send": translate("Jobs", "Sending to the phone"),
        "label": translate("Jobs", "Asking the teacher"),
        "consent": translate("Jobs", "Listening to the sentence"),
    }.get(name, name)


def _counts(event: Progress) -> dict[str, int]:
    return {"done": event.done, "total": event.total}
