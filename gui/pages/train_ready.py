# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a training can begin: what there is, what is missing, and the way to mend it; and where
it will run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from gui import stages, wording
from gui.columns import narrow
from gui.pages.train_recipes import NEEDS, possible
from gui.style import Space
from gui.theme import Theme
from gui.widgets import Card, Choice, IconLabel, button, field, text_label
from voicevault.records import Outlook

CONSENT_PAGE = "consent"
RECORD_PAGE = "record"


class ReadyCard(Card):
    """Two lines, each with its mark and, where something is missing, a button."""

    page_wanted = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.sentences = text_label("")
        self.consent = text_label("")
        self._marks = (IconLabel(theme, "good", "good"), IconLabel(theme, "good", "good"))
        self.record = button(self.tr("Record sentences"))
        self.permit = button(self.tr("Give your consent"))
        for mark, label, mend in (
            (self._marks[0], self.sentences, self.record),
            (self._marks[1], self.consent, self.permit),
        ):
            line = QHBoxLayout()
            line.setSpacing(Space.M)
            line.addWidget(mark)
            line.addWidget(label, 1)
            line.addWidget(mend)
            self.body.addLayout(line)
        self.record.clicked.connect(self._record)
        self.permit.clicked.connect(self._permit)

    def show_state(self, outlook: Outlook) -> None:
        """What there is now."""
        enough = NEEDS["tts_quick"].met(outlook)
        some = possible(outlook)
        icon = ("good", "good") if enough else ("warn", "warn") if some else ("bad", "bad")
        self._marks[0].set_icon(*icon)
        words = self.tr("{n} of {least} sentences, {time} of speech.")
        if outlook.sentences >= NEEDS["tts_quick"].sentences:
            words = self.tr("{n} sentences, {time} of speech.")
        text = words.format(
            n=outlook.sentences,
            least=NEEDS["tts_quick"].sentences,
            time=wording.duration(outlook.speech_s),
        )
        if outlook.left_out:
            text += " " + self.tr("{n} more are left out: they should be recorded again.").format(
                n=outlook.left_out
            )
        self.sentences.setText(text)
        self.record.setVisible(not enough)
        if outlook.consented:
            self._marks[1].set_icon("good", "good")
            self.consent.setText(self.tr("Consent given: this voice may be made."))
        else:
            self._marks[1].set_icon("bad", "bad")
            self.consent.setText(
                self.tr("A consent is missing: no voice is trained without one, not even your own.")
            )
        self.permit.setVisible(not outlook.consented)

    def _record(self) -> None:
        self.page_wanted.emit(RECORD_PAGE)

    def _permit(self) -> None:
        self.page_wanted.emit(CONSENT_PAGE)


class DeviceChoice(Card):
    """Where the training runs, and why there. The choice is made anew for every training."""

    def __init__(self) -> None:
        super().__init__()
        self.box = Choice()
        narrow(self.box)
        self.why = text_label("", "small", tone="muted")
        column = QVBoxLayout()
        column.addLayout(field(self.tr("Where it runs"), self.box))
        column.addWidget(self.why)
        self.body.addLayout(column)
        self.box.addItem(self.tr("Let VoiceVault choose"), "")
        self.wait()

    @property
    def chosen(self) -> str:
        """What the recipe setting `device` takes; empty: the recipe's own, the quickest."""
        return str(self.box.currentData() or "")

    def wait(self) -> None:
        """The test runs."""
        self.why.setText(self.tr("Testing how fast this computer is…"))

    def unknown(self) -> None:
        """Nothing could be found out."""
        self.why.setText(self.tr("The quickest device is chosen when the training starts."))

    def show_probe(self, probe: Mapping[str, Any]) -> None:
        """What `service.devices` told."""
        chosen = str(probe["training"]["device"])
        best: dict[str, float] = {}
        for one in probe["measured"]:
            if one["works"]:
                before = best.get(one["device"], float("inf"))
                best[one["device"]] = min(before, float(one["step_ms"]))
        wanted = self.chosen
        self.box.clear()
        self.box.addItem(
            self.tr("Let VoiceVault choose: {device}").format(device=stages.device(chosen)), ""
        )
        for kind in best:
            if len(best) > 1:
                self.box.addItem(stages.device(kind), kind)
        self.box.setCurrentIndex(max(0, self.box.findData(wanted)))
        self.why.setText(self._reason(chosen, best))
        self.why.setToolTip(str(probe["training"]["reason"]))
        self.box.setAccessibleDescription(self.why.text())

    def _reason(self, chosen: str, best: Mapping[str, float]) -> str:
        if len(best) < 2:
            return self.tr(
                "There is nothing else to train on in this computer. Everything stays in it."
            )
        others = [ms for kind, ms in best.items() if kind != chosen]
        return self.tr("In a short test {times} times as fast as the next best.").format(
            times=f"{min(others) / max(best.get(chosen, 1.0), 1e-6):.1f}"
        )
