# SPDX-License-Identifier: GPL-3.0-or-later
"""Take it with you: a finished voice as a file, on the phone, and whose it is."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRegularExpression
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import (
    QFileDialog,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from gui import stages, wording
from gui.desk import Desk
from gui.flow import Flow
from gui.job_panel import JobPanel
from gui.page import Page
from gui.pages.carry_record import RecordCard
from gui.pages.carry_send import SendPanel
from gui.pages.carry_words import APPS, app_title, checked_in_words, steps
from gui.style import Space
from gui.widgets import (
    Card,
    Choice,
    Empty,
    FittingStack,
    IconButton,
    Tick,
    button,
    field,
    into_view,
    set_tone,
    text_label,
)
from voicevault.errors import Cancelled, UsageError
from voicevault.records import Bundle, Run, write_file

JOB = "export"
DONE = "done"


class CarryPage(Page):
    """Choose, make the file, agree, take it: one card after the other.

    The file is in memory until it is saved or fetched, and forgotten when the page goes to the
    back.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.set_title(
            self.tr("Take it with you"),
            self.tr("Your voice as one file, for your phone and other programs."),
        )
        self.bundle: Bundle | None = None
        self._zip = b""
        self._parts = FittingStack()
        self._make_choice()
        self._make_result()
        self._make_ways()
        self.record = RecordCard(desk)
        self._lay_out()
        self._connect()

    def refresh(self) -> None:
        """Read again which voices there are."""
        self.desk.run_task(self.desk.studio.runs, self._show_runs)

    def leave(self) -> None:
        """The link dies with the page's going; so does the file in memory."""
        self._forget()

    # its parts

    def _make_choice(self) -> None:
        self.to_training = button(self.tr("Go to training"), "primary")
        self.run = Choice()
        self.app = Choice()
        for box in (self.run, self.app):  # as narrow as the window asks, whatever is in it
            box.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(8)
            box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for one in APPS:
            self.app.addItem(app_title(one), one)
        self.name = QLineEdit("my_voice")
        self.name.setMaxLength(40)
        allowed = QRegularExpression("[A-Za-z0-9][A-Za-z0-9_]*")
        self.name.setValidator(QRegularExpressionValidator(allowed, self.name))
        self.make = button(self.tr("Make the file"), "primary")
        self.job = JobPanel(self.desk, [JOB])
        self._choice = Card(self.tr("Which voice, and where to"))
        self._choice.body.addLayout(field(self.tr("Voice"), self.run))
        self._choice.body.addLayout(field(self.tr("It will speak in"), self.app))
        self._choice.body.addLayout(
            field(
                self.tr("Its name there"),
                self.name,
                self.tr("Letters, digits and _; others may see it."),
            )
        )
        self._choice.body.addLayout(Flow(self.make))
        self._choice.body.addWidget(self.job)

    def _make_result(self) -> None:
        self.check = text_label("")
        self.missing = text_label("", "small", tone="muted")
        self.agree = Tick(self.tr("I know, and I want it"))
        self._result = Card(self.tr("The file is made"))
        self._result.body.addWidget(self.check)
        self._result.body.addWidget(self.missing)
        self._result.body.addWidget(
            text_label(
                self.tr(
                    "It is not encrypted. Anyone with this file can make your voice say anything, "
                    "and nobody can take it back."
                ),
                tone="warn",
            )
        )
        self._result.body.addWidget(self.agree)

    def _make_ways(self) -> None:
        theme = self.desk.theme
        self.save = IconButton(theme, "folder", self.tr("Save the file…"))
        self.send = IconButton(theme, "carry", self.tr("To the phone by QR code"))
        self.how = IconButton(theme, "info", self.tr("What to do there"))
        self.told = text_label("", tone="good")
        self.sending = SendPanel(self.desk)
        self.steps = QWidget()
        self._steps = QVBoxLayout(self.steps)
        self._steps.setContentsMargins(0, Space.M, 0, 0)
        self._steps.setSpacing(Space.S)
        self._ways = Card(self.tr("Take it"))
        self._ways.body.addLayout(Flow(self.save, self.send, self.how))
        self._ways.body.addWidget(self.told)
        self._ways.body.addWidget(self.sending)
        self._ways.body.addWidget(self.steps)

    def _lay_out(self) -> None:
        empty = Empty(
            self.desk.theme,
            "carry",
            self.tr("There is no voice yet"),
            self.tr("Train one first; then it can leave with you."),
            [self.to_training],
        )
        made = QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.L)
        for card in (self._choice, self._result, self._ways, self.record):
            column.addWidget(card)
        column.addStretch(1)
        self._empty, self._made = empty, made
        for part in (empty, made):
            self._parts.add(part)
        self.body.addWidget(self._parts, 1)
        self._forget()

    def _connect(self) -> None:
        self.to_training.clicked.connect(self._go_to_training)
        self.run.currentIndexChanged.connect(self._forget)
        self.name.textChanged.connect(self._forget)
        self.name.returnPressed.connect(self._export)
        self.app.currentIndexChanged.connect(self._app_changed)
        self.make.clicked.connect(self._export)
        self.agree.toggled.connect(self._agreed)
        self.save.clicked.connect(self._ask_where)
        self.send.clicked.connect(self._show_sending)
        self.how.clicked.connect(self._show_steps)
        self.record.saved.connect(self._saved)
        self.sending.delivered.connect(self._delivered)
        self.desk.jobs.job_started.connect(self._jobs_changed)
        self.desk.jobs.job_ended.connect(self._jobs_changed)

    # choosing and making

    def _show_runs(self, runs: list[Run]) -> None:
        chosen = self.run.currentData()
        done = [one for one in reversed(runs) if one.status == DONE]
        self.run.blockSignals(True)
        self.run.clear()
        for one in done:
            label = f"{stages.recipe(one.recipe)}, {wording.moment(one.created)}"
            self.run.addItem(label, one.name)
        self.run.setCurrentIndex(max(0, self.run.findData(chosen)))
        self.run.blockSignals(False)
        self._parts.show_part(self._made if done else self._empty)
        self._jobs_changed()

    def _export(self) -> None:
        run, studio = self.run.currentData(), self.desk.studio
        if not run or not self.make.isEnabled():
            return
        self._forget()
        voice = f"en_US-{self.name.text()}-medium"

        def call(on_event: object) -> tuple[Bundle, bytes]:
            made = studio.bundle(run, voice_name=voice, on_event=on_event)  # type: ignore[arg-type]
            return made, made.zipped()

        started = self.desk.jobs.start(
            JOB, call, cancel=studio.cancel, then=self._exported, failed=self._not_exported
        )
        if not started:
            self.desk.show_error(
                UsageError(
                    self.tr("something else is running"),
                    hint=self.tr("wait until it has ended, or stop it first"),
                )
            )

    def _exported(self, made: tuple[Bundle, bytes]) -> None:
        if not self.isVisible():  # the page went to the back meanwhile: nothing is kept there
            return
        self.bundle, self._zip = made
        found = checked_in_words(self.bundle.checked, len(self._zip))
        self.check.setText(found.text)
        set_tone(self.check, found.tone)
        self.missing.setText(found.missing)
        self.missing.setVisible(bool(found.missing))
        self.record.show_record(self.bundle)
        for card in (self._result, self._ways, self.record):
            card.show()
        self._agreed()
        self.agree.setFocus()
        into_view(self._result)
        self.desk.announce(found.text)

    def _not_exported(self, error: Exception) -> None:
        if isinstance(error, Cancelled):
            self.desk.announce(self.tr("Stopped; no file was made."))
        else:
            self.desk.show_error(error)

    def _forget(self) -> None:
        """No file any more: neither here, nor at a link."""
        self.sending.end()
        self.bundle, self._zip = None, b""
        self.agree.setChecked(False)
        self.record.forget()
        self.told.clear()
        for one in (self.told, self.sending, self.steps):
            one.hide()
        for card in (self._result, self._ways, self.record):
            card.hide()
        self._jobs_changed()

    def _jobs_changed(self) -> None:
        free = not self.desk.jobs.name
        self.make.setEnabled(free and bool(self.name.text()) and self.run.count() > 0)
        for one in (self.run, self.name):
            one.setEnabled(self.desk.jobs.name != JOB)

    # taking it

    def _agreed(self) -> None:
        allowed = self.bundle is not None and self.agree.isChecked()
        for one in (self.save, self.send):
            one.setEnabled(allowed)
        if self.bundle is not None and allowed:
            self.sending.give(self._zip, self.bundle.zip_name)
        else:
            self.sending.end()
            self.sending.hide()

    def _ask_where(self) -> None:
        if self.bundle is None:
            return
        start = str(Path.home() / self.bundle.zip_name)
        named, _ = QFileDialog.getSaveFileName(self, self.tr("Where the file goes"), start)
        if named:
            self.save_to(Path(named))

    def save_to(self, path: Path) -> None:
        """Write the zip; the person was asked before anything is replaced."""
        data = self._zip
        self.desk.run_task(lambda: write_file(path, data), self._saved)

    def _saved(self, path: Path) -> None:
        self._tell(self.tr("Saved as {path}.").format(path=path))

    def _show_sending(self) -> None:
        self.sending.show()
        self.sending.ask()

    def _delivered(self) -> None:
        self._tell(self.tr("It is on the phone. What to do there:"))
        self._show_steps()

    def _show_steps(self) -> None:
        if self.bundle is None:
            return
        while (item := self._steps.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        title = app_title(self.app.currentData())
        self._steps.addWidget(text_label(title, "heading"))
        for number, text in enumerate(steps(self.app.currentData(), self.bundle.name), start=1):
            self._steps.addWidget(text_label(f"{number}.  {text}"))
        self._steps.addWidget(
            text_label(
                self.tr(
                    "Menus are named as we know them; a newer version may name them otherwise."
                ),
                "small",
                tone="muted",
            )
        )
        self.steps.show()
        into_view(self.steps)

    def _app_changed(self) -> None:
        if not self.steps.isHidden():
            self._show_steps()

    def _go_to_training(self) -> None:
        self.desk.page_wanted.emit("train")

    def _tell(self, text: str) -> None:
        self.told.setText(text)
        self.told.show()
        self.desk.announce(text)
