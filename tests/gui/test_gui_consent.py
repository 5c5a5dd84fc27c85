# SPDX-License-Identifier: GPL-3.0-or-later
"""The consent page: declare, draw, say, hear why not, say again, withdraw."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from fake_microphone import GOOD, FakeHearing, room
from gui_helpers import nameless
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gui.desk import Desk
from gui.pages.consent import ConsentPage
from voicevault.audio import qc
from voicevault.audio.files import decode
from voicevault.consenting import Consenting
from voicevault.consents import keeping
from voicevault.consents.record import Challenge, Consent
from voicevault.errors import Refused
from voicevault.recording.keeping import keep_recording
from voicevault.records import BANK, Prompt
from voicevault.service import Studio


class Gate:
    """What the worker would answer: refusals first, then a record."""

    def __init__(self) -> None:
        self.refusals: list[Refused] = []
        self.heard: list[bytes] = []
        self.asked: list[Challenge] = []

    def record(self, consenting: Consenting, recording: bytes, on_event: object = None) -> Consent:
        self.heard.append(recording)
        self.asked.append(keeping.asked(consenting._vault))
        if self.refusals:
            raise self.refusals.pop(0)
        kept = Consent(self.asked[-1], self.asked[-1].text, self.asked[-1].drawn, recording)
        keeping.keep(consenting._vault, kept)
        return kept


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    made = Gate()
    monkeypatch.setattr(
        Consenting, "record", lambda self, data, on_event=None: made.record(self, data, on_event)
    )
    return made


@pytest.fixture
def page(qtbot: QtBot, desk: Desk, studio: Studio, gate: Gate) -> Iterator[ConsentPage]:
    verdict = qc.judge(GOOD, 16_000)
    prompt = Prompt("p", "A sentence of some length is here.")
    keep_recording(studio._vault, GOOD, 16_000, prompt.text, verdict, prompt=prompt)
    made = ConsentPage(desk, FakeHearing())
    made.saying._timer.setInterval(1)
    qtbot.addWidget(made)
    made.resize(1000, 800)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: bool(made.state.text()))
    yield made
    made.leave()
    desk.tasks.wait()


def say(qtbot: QtBot, page: ConsentPage, *clips: np.ndarray) -> None:
    """Space, speak, silence."""
    hearing = page.ears.hearing
    assert isinstance(hearing, FakeHearing)
    focus = page.window().focusWidget()
    assert focus is not None
    qtbot.keyClick(focus, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: page.saying.running)
    hearing.microphone.say(*clips, room(3.0))
    qtbot.waitUntil(lambda: not page.saying.running)
    hearing.microphone.queue = np.zeros(0, np.float32)


def test_from_nobody_to_a_consent_and_back(
    qtbot: QtBot, page: ConsentPage, gate: Gate, desk: Desk
) -> None:
    said: list[str] = []
    desk.announced.connect(said.append)
    assert "Nobody" in page.state.text()
    assert not page.withdraw.isVisible()
    page.draw.click()
    qtbot.waitUntil(lambda: page.challenge is not None)
    assert page.challenge is not None
    text = page.challenge.text
    assert page.sentence.text.text() == text
    assert page.sentence.accessibleName() == text
    assert page.sentence.hasFocus(), "so that a screen reader reads it"
    gate.refusals = [
        Refused("not a consent: the drawn word ladder was not heard", hint="say it again, slowly")
    ]
    say(qtbot, page, GOOD, room(1.2), GOOD)
    qtbot.waitUntil(lambda: "ladder" in page.verdict.text())
    assert "Say it again, slowly." in page.verdict.text()
    assert page.sentence.text.text() == text, "the same sentence may be said again"
    say(qtbot, page, GOOD)
    qtbot.waitUntil(page.withdraw.isVisible)
    assert "own voice" in page.state.text()
    assert [one.text for one in gate.asked] == [text, text]
    first = decode(gate.heard[0])
    assert first.duration_s > 3.0 + 1.2 + 2.7, "a breath at a full stop does not end it"
    assert any("Thank you" in one for one in said)
    page.take_back()
    qtbot.waitUntil(lambda: "Nobody" in page.state.text())
    assert any("Withdrawn" in one for one in said)


def test_a_bank_needs_its_words(qtbot: QtBot, page: ConsentPage, desk: Desk) -> None:
    failed: list[Exception] = []
    desk.failed.connect(failed.append)
    page.form.bank.setChecked(True)
    page.draw.click()
    assert len(failed) == 1
    assert page.challenge is None
    page.form.whose.setText("Anna Berg")
    page.form.relation.setText("mother")
    page.form.ground.setCurrentIndex(1)
    page.draw.click()
    qtbot.waitUntil(lambda: page.challenge is not None)
    assert page.challenge is not None
    declared = page.challenge.declaration
    assert (declared.case, declared.whose, declared.ground) == (BANK, "Anna Berg", "decide")
    assert "the recordings of Anna Berg, my mother" in page.sentence.text.text()
    say(qtbot, page, GOOD)
    qtbot.waitUntil(lambda: "Anna Berg" in page.state.text())


def test_escape_drops_what_is_said_and_then_the_sentence(
    qtbot: QtBot, page: ConsentPage, gate: Gate
) -> None:
    page.draw.click()
    qtbot.waitUntil(lambda: page.challenge is not None)
    qtbot.keyClick(page.sentence, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: page.saying.running)
    qtbot.keyClick(page.sentence, Qt.Key.Key_Escape)
    assert not page.saying.running
    hearing = page.ears.hearing
    assert isinstance(hearing, FakeHearing)
    assert hearing.microphone.opened[-1].closed
    assert page.challenge is not None
    qtbot.keyClick(page.sentence, Qt.Key.Key_Escape)
    assert page.challenge is None
    assert gate.heard == []


def test_without_takes_there_is_nothing_to_compare(qtbot: QtBot, desk: Desk) -> None:
    made = ConsentPage(desk, FakeHearing())
    qtbot.addWidget(made)
    made.refresh()
    qtbot.waitUntil(lambda: "first" in made.state_text.text())
    assert not made.draw.isEnabled()


def test_every_part_has_a_name(qtbot: QtBot, page: ConsentPage) -> None:
    page.form.bank.setChecked(True)
    for step in range(2):
        if step:
            page.form.own.setChecked(True)
            page.draw.click()
            qtbot.waitUntil(lambda: page.challenge is not None)
        assert nameless(page) == []
