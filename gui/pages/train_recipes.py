# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be trained, in plain words: what it is good for, what it needs, how long it takes."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Signal

from gui import stages, wording
from gui.style import Space
from gui.theme import Theme
from gui.widgets import Card, IconLabel, button, row, set_tone, text_label
from voicevault.records import Chance, Forecast, Outlook

translate = QCoreApplication.translate  # under this name its texts are found

LEAST_SENTENCES = 3
LEAST_SPEECH_S = 8.0
"""Below these training refuses."""


@dataclass(frozen=True, slots=True)
class Need:
    """From what on a recipe is worth it."""

    sentences: int = 0
    speech_s: float = 0.0

    def met(self, outlook: Outlook) -> bool:
        """Whether there is so much."""
        return outlook.sentences >= self.sentences and outlook.speech_s >= self.speech_s


NEEDS = {"tts_quick": Need(sentences=10), "tts_standard": Need(speech_s=300.0)}


def possible(outlook: Outlook) -> bool:
    """Whether there is anything to learn from at all."""
    return outlook.sentences >= LEAST_SENTENCES and outlook.speech_s >= LEAST_SPEECH_S


def recommended(outlook: Outlook) -> str:
    """The most demanding voice that the recordings are enough for."""
    return "tts_standard" if NEEDS["tts_standard"].met(outlook) else "tts_quick"


class RecipeCard(Card):
    """One recipe."""

    wanted = Signal(str)
    """Its name: somebody wants to start it."""

    def __init__(self, theme: Theme, chance: Chance) -> None:
        super().__init__(stages.recipe(chance.name, chance.title))
        self.name = chance.name
        self._icon = IconLabel(theme, "good", "good")
        self._needs = text_label("")
        self._clock = IconLabel(theme, "info", "muted")
        self.time = text_label("", tone="muted")
        title = stages.recipe(chance.name, chance.title)
        self.start = button(self.tr("Start training"), name=self.tr("Train: {what}").format(
            what=title))  # fmt: skip
        self.body.addWidget(text_label(_about(chance)))
        for icon, label in ((self._icon, self._needs), (self._clock, self.time)):
            line = row(icon, stretch="none", spacing=Space.S)
            line.addWidget(label, 1)
            self.body.addLayout(line)
        self.body.addStretch(1)
        self.body.addLayout(row(self.start))
        self.start.clicked.connect(self._wish)

    def show_state(
        self, chance: Chance, outlook: Outlook, *, busy: bool, first: bool, probing: bool
    ) -> None:
        """Fit it to what there is now.

        Args:
            busy: something else runs.
            first: it is what a person would take.
        """
        met = NEEDS.get(self.name, Need()).met(outlook)
        self._icon.set_icon("good" if met else "warn", "good" if met else "warn")
        self._needs.setText(_needs(self.name, outlook))
        some = possible(outlook)  # how long nothing takes is nobody's question
        self.time.setText(_time(chance.forecast, probing) if some else "")
        for widget in (self._clock, self.time):
            widget.setVisible(some)
        self.start.setEnabled(possible(outlook) and outlook.consented and not busy)
        kind = "primary" if first else ""
        if self.start.property("kind") != kind:
            self.start.setProperty("kind", kind)
            set_tone(self.start, "")
        self.start.setAccessibleDescription(f"{self._needs.text()} {self.time.text()}")

    def _wish(self) -> None:
        self.wanted.emit(self.name)


def _about(chance: Chance) -> str:
    return {
        "tts_quick": translate(
            "Recipes",
            "Hear early what is possible. It sounds like you already; words and melody are still "
            "a little plain.",
        ),
        "tts_standard": translate(
            "Recipes",
            "Nearer to you in tone and melody. Train it when you have recorded for a while.",
        ),
        "asr_quick": translate(
            "Recipes", "Understands you better than a recogniser made for everybody."
        ),
        "asr_standard": translate("Recipes", "The same with more time for learning."),
    }.get(chance.name, chance.title)


def _needs(name: str, outlook: Outlook) -> str:
    need = NEEDS.get(name)
    if need is None:
        return translate("Recipes", "You have {n} sentences.").format(n=outlook.sentences)
    if need.sentences:
        have = translate("Recipes", "Needs {need} sentences; you have {n}.").format(
            need=need.sentences, n=outlook.sentences
        )
    else:
        have = translate("Recipes", "Needs about {need} of speech; you have {time}.").format(
            need=_minutes(need.speech_s), time=wording.duration(outlook.speech_s)
        )
    if not need.met(outlook) and possible(outlook):
        have += " " + translate("Recipes", "You can try it now; with more it will be better.")
    return have


def _minutes(seconds: float) -> str:
    return translate("Recipes", "{n} minutes").format(n=round(seconds / 60))


def _time(found: Forecast | None, probing: bool) -> str:
    if found is None:
        if probing:
            return translate("Recipes", "Testing how fast this computer is…")
        return translate("Recipes", "How long it takes is known once it has run here.")
    said = wording.duration(_rounded(found.seconds))
    if found.measured:
        return translate("Recipes", "Takes about {time}, as your last training here.").format(
            time=said
        )
    return translate("Recipes", "Takes about {time}: an estimate from a short test.").format(
        time=said
    )


def _rounded(seconds: float) -> float:
    """To what a forecast is worth."""
    step = 5 if seconds < 60 else 30 if seconds < 600 else 60
    return max(step, round(seconds / step) * step)
