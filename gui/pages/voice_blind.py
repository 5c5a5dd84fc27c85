# SPDX-License-Identifier: GPL-3.0-or-later
"""The blind test: a recording of the person and the voice say the same; which is the person?

Rate, loudness and edges are made alike (`voicevault.blindfold`), the order is drawn, and guessing
is reckoned with.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout

from gui.desk import Desk
from gui.flow import Flow
from gui.speech import Speech
from gui.widgets import Card, FittingStack, IconButton, button, framed, row, text_label
from voicevault.records import Take, fair_pair

ROUNDS = 8
LEAST_ROUNDS = 3
SURE = 0.05


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sounds of one sentence; `mine` is the place of the recording, 0 or 1."""

    text: str
    sounds: tuple[NDArray[np.float32], NDArray[np.float32]]
    rate_hz: int
    mine: int


def by_chance(right: int, rounds: int) -> float:
    """The probability of at least so many right answers for somebody who guesses."""
    return float(sum(math.comb(rounds, k) for k in range(right, rounds + 1)) / 2**rounds)


class BlindTest(Card):
    """Start, up to eight rounds, a result. Nothing of it is kept."""

    def __init__(self, desk: Desk, speech: Speech, chance: random.Random | None = None) -> None:
        super().__init__(
            self.tr("Blind test"),
            self.tr(
                "One of your recordings and the voice say the same sentence, made equally loud. "
                "Can you tell which one is you? Others may try it too."
            ),
        )
        self._desk, self._speech = desk, speech
        self._chance = chance or random.SystemRandom()
        self._run = ""
        self._all: list[Take] = []
        self._takes: list[Take] = []
        self.pair: Pair | None = None
        self._heard: set[int] = set()
        self.rounds = self.right = 0
        self._make()
        self._connect()

    def use(self, run: str, takes: Sequence[Take]) -> None:
        """Test this run's voice against these recordings; a test of another voice ends."""
        if run != self._run:
            self._run = run
            self.stop()
        self._all = [one for one in takes if one.usable]
        self.start.setEnabled(bool(run) and len(self._all) >= LEAST_ROUNDS)
        if len(self._all) < LEAST_ROUNDS:
            self.start_note.setText(self.tr("Three recordings at least are needed for it."))
        else:
            self.start_note.setText(self.tr("The keys A and B play, 1 and 2 answer."))

    def stop(self) -> None:
        """Back to the start; sounds are forgotten."""
        if self.pair is not None:
            self._desk.player.stop()
        self.pair, self._takes = None, []
        self.parts.show_part(self._begin)

    def _make(self) -> None:
        self.parts = FittingStack()
        self.start = button(self.tr("Start the blind test"), "primary")
        self.start_note = text_label("", "small", tone="muted")
        first = QVBoxLayout()
        first.addLayout(row(self.start))
        first.addWidget(self.start_note)
        self._begin = framed(first)
        self.count = text_label("", "small", tone="muted")
        self.sentence = text_label("", "heading")
        theme = self._desk.theme
        self.plays = (
            IconButton(theme, "play", self.tr("Play A")),
            IconButton(theme, "play", self.tr("Play B")),
        )
        self.answers = (button(self.tr("A is my recording")), button(self.tr("B is my recording")))
        self.end = button(self.tr("Stop the test"), "quiet")
        middle = QVBoxLayout()
        middle.addWidget(self.count)
        middle.addWidget(self.sentence)
        middle.addWidget(framed(Flow(*self.plays)))
        middle.addWidget(framed(Flow(*self.answers, self.end)))
        self._asking = framed(middle)
        self.result = text_label("", "heading")
        self.meaning = text_label("")
        self.again = button(self.tr("Once more"))
        last = QVBoxLayout()
        last.addWidget(self.result)
        last.addWidget(self.meaning)
        last.addLayout(row(self.again))
        self._ending = framed(last)
        for part in (self._begin, self._asking, self._ending):
            self.parts.add(part)
        self.body.addWidget(self.parts)

    def _connect(self) -> None:
        self.start.clicked.connect(self._start)
        self.again.clicked.connect(self._start)
        self.end.clicked.connect(self._finish)
        for number, (play, answer) in enumerate(zip(self.plays, self.answers, strict=True)):
            for widget in (play, answer):
                widget.setProperty("number", number)
            play.clicked.connect(self._play)
            answer.clicked.connect(self._answer)
            for key, target in (("AB"[number], play), ("12"[number], answer)):
                QShortcut(QKeySequence(key), self._asking).activated.connect(target.click)

    def _start(self) -> None:
        unseen = [one for one in self._all if one.split != "train"]
        rest = [one for one in self._all if one.split == "train"]
        self._chance.shuffle(unseen)
        self._chance.shuffle(rest)
        self._takes = (unseen + rest)[:ROUNDS]
        self.rounds = self.right = 0
        self._next()

    def _next(self) -> None:
        self.pair = None
        self._heard = set()
        for widget in (*self.plays, *self.answers):
            widget.setEnabled(False)
        if self.rounds == len(self._takes):
            self._finish()
            return
        take, studio, run = self._takes[self.rounds], self._desk.studio, self._run
        mine = self._chance.randrange(2)
        self.parts.show_part(self._asking)
        self.count.setText(
            self.tr("Sentence {n} of {all}").format(n=self.rounds + 1, all=len(self._takes))
        )
        self.sentence.setText(take.text)

        def work() -> Pair:
            voice = self._speech.voice(run)
            said = self._speech.whole(voice, take.text)
            own, other = fair_pair(studio.sound(take.id), said, voice.rate_hz)
            sounds = (own, other) if mine == 0 else (other, own)
            return Pair(take.text, sounds, voice.rate_hz, mine)

        self._desk.run_task(work, self._ready, self._broke)

    def _ready(self, pair: Pair) -> None:
        if not self._takes:  # stopped meanwhile
            return
        self.pair = pair
        for widget in self.plays:
            widget.setEnabled(True)
        self.plays[0].setFocus()
        self._desk.announce(f"{self.count.text()}: {pair.text}")

    def _broke(self, error: Exception) -> None:
        self.stop()
        self._desk.show_error(error)

    def _play(self) -> None:
        number = int(self.sender().property("number"))
        if self.pair is None:
            return
        self._speech.stop()
        try:
            self._desk.player.play(self.pair.sounds[number], self.pair.rate_hz)
        except Exception as error:
            self._broke(error)
            return
        self._heard.add(number)
        for widget in self.answers:
            widget.setEnabled(len(self._heard) == 2)

    def _answer(self) -> None:
        if self.pair is None:
            return
        number = int(self.sender().property("number"))
        self._desk.player.stop()
        self.rounds += 1
        self.right += number == self.pair.mine
        self._next()

    def _finish(self) -> None:
        rounds, right = self.rounds, self.right
        self.stop()
        if not rounds:
            return
        self.result.setText(
            self.tr("{right} of {all} recordings recognised").format(right=right, all=rounds)
        )
        if by_chance(right, rounds) < SURE:
            meaning = self.tr("The voice can still be told from you.")
        elif rounds < ROUNDS:
            meaning = self.tr("That is within what guessing gives, and these were few sentences.")
        else:
            meaning = self.tr("That is within what guessing gives: half of them on average.")
        self.meaning.setText(meaning)
        self.parts.show_part(self._ending)
        self.again.setFocus()
        self._desk.announce(f"{self.result.text()}. {meaning}")
