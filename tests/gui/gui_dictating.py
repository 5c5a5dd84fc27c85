# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody before the page Dictate: a scripted microphone quicker than time, and keys."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from fake_microphone import FakeAligner, FakeHearing, FakeMicrophone, room
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot
from toy_listening import recogniser_run
from toy_speaker import speak

from gui.desk import Desk, Undoable
from gui.pages.dictate import DictatePage
from gui.pages.dictate_lines import Line
from voicevault.audio.qc import TextCheck
from voicevault.recording import keeping
from voicevault.service import Studio

Key = Qt.Key
PHRASE = speak(3.0, edge_s=0.05, seed=3)
PAUSE = room(1.2)


class Visit:
    """The page on the screen and somebody before it."""

    def __init__(self, qtbot: QtBot, page: DictatePage, hearing: FakeHearing) -> None:
        self.qtbot, self.page, self.hearing = qtbot, page, hearing
        self.said: list[str] = []
        self.offers: list[Undoable] = []
        self.failed: list[Exception] = []
        self.live: list[str] = []
        self.before: list[int] = []
        """So many lines were there when that showed."""
        page.desk.announced.connect(self.said.append)
        page.desk.offered.connect(self.offers.append)
        page.desk.failed.connect(self.failed.append)
        page.dictation.told.connect(self._told)

    @property
    def lines(self) -> list[Line]:
        return self.page.lines.lines

    @property
    def microphone(self) -> FakeMicrophone:
        return self.hearing.microphone

    def key(self, key: Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key where the focus is."""
        focus = self.page.window().focusWidget()
        assert focus is not None
        self.qtbot.keyClick(focus, key, held)

    def type(self, text: str) -> None:
        """In the line that is being corrected, in place of all of it."""
        editor = self.page.window().focusWidget()
        assert isinstance(editor, QPlainTextEdit)
        editor.selectAll()
        self.qtbot.keyClicks(editor, text)

    def listen(self) -> None:
        self.key(Key.Key_Space)
        self.qtbot.waitUntil(lambda: self.page.dictation.listening)

    def dictate(self, *clips: np.ndarray) -> None:
        """Space, speak, a pause, and the line is there; the microphone stays open."""
        if not self.page.dictation.running:
            self.listen()
        count = len(self.lines) + 1
        self.microphone.say(*(clips or (PHRASE,)), PAUSE)
        self.qtbot.waitUntil(lambda: len(self.lines) == count)
        self.microphone.queue = np.zeros(0, np.float32)

    def stop(self) -> None:
        if self.page.dictation.listening:
            self.key(Key.Key_Space)
        self.qtbot.waitUntil(lambda: not self.page.dictation.running)

    def settled(self) -> None:
        self.qtbot.waitUntil(lambda: not any(one.judging for one in self.lines))

    def _told(self, understood: object) -> None:
        if self.page.live.text():
            self.live.append(self.page.live.text())
            self.before.append(len(self.lines))


def compare_words(monkeypatch: pytest.MonkeyPatch, misread: list[str]) -> None:
    """Words are compared as a test says, not by the aligner."""

    def check() -> TextCheck:
        return TextCheck(FakeAligner(misread), list, lambda samples, rate_hz: samples)

    keep = keeping.Recorder.keep_dictated
    monkeypatch.setattr(
        keeping.Recorder, "keep_dictated", lambda self, sound, text: keep(self, sound, text, check)
    )


def visiting(qtbot: QtBot, desk: Desk, studio: Studio) -> Iterator[Visit]:
    """The page on the screen, with a tiny recogniser in the vault."""
    recogniser_run(studio._vault)
    page = DictatePage(desk, hearing := FakeHearing())
    page.dictation._timer.setInterval(2)
    qtbot.addWidget(page)
    page.resize(1000, 800)
    page.show()
    page.activateWindow()
    page.refresh()
    yield Visit(qtbot, page, hearing)
    page.leave()
    desk.tasks.wait()
