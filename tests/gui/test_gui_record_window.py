# SPDX-License-Identifier: GPL-3.0-or-later
"""Recording inside the whole window: whose Ctrl+Z it is, leaving, locking."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from fake_microphone import GOOD, FakeAligner, FakeHearing, FakeMicrophone, room
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gui import ears
from gui.main_window import MainWindow
from gui.pages.record import RecordPage
from voicevault.audio.qc import TextCheck
from voicevault.recording.keeping import Recorder
from voicevault.records import Phase
from voicevault.service import Studio

OpenWindow = Callable[[], MainWindow]


@pytest.fixture
def microphone(monkeypatch: pytest.MonkeyPatch) -> FakeMicrophone:
    made = FakeMicrophone("Desk")

    def check() -> TextCheck:
        return TextCheck(FakeAligner(), list, lambda samples, rate_hz: samples)

    session = Recorder.session
    monkeypatch.setattr(ears, "Plugged", FakeHearing(made))
    monkeypatch.setattr(
        Recorder, "session", lambda self, prompts, device, settings: session(
            self, prompts, device, settings, check)
    )  # fmt: skip
    return made


def record(qtbot: QtBot, window: MainWindow) -> RecordPage:
    """The page with an open microphone."""
    assert window.workspace is not None
    window.workspace.show_page("record")
    page = window.workspace.page("record")
    assert isinstance(page, RecordPage)
    page.sitting._timer.setInterval(1)
    qtbot.waitUntil(lambda: page.sitting.session is not None)
    return page


def keep_one(qtbot: QtBot, page: RecordPage, microphone: FakeMicrophone) -> None:
    page.act("press")
    microphone.say(GOOD, room(1.5))
    qtbot.waitUntil(lambda: page.sitting.phase is Phase.VERDICT, timeout=10_000)
    microphone.queue = np.zeros(0, np.float32)
    page.act("accept")
    qtbot.waitUntil(lambda: page.sitting.phase is Phase.READY and not page.sitting.busy)


def test_undo_belongs_to_the_page_that_is_seen(
    qtbot: QtBot, open_window: OpenWindow, microphone: FakeMicrophone, studio: Studio
) -> None:
    window = open_window()
    page = record(qtbot, window)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    keep_one(qtbot, page, microphone)
    assert len(studio.takes()) == 1
    page.prompt.setFocus()
    qtbot.keyClick(page.prompt, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: page.sitting.phase is Phase.VERDICT and not page.sitting.busy)
    assert studio.takes() == []


def test_another_page_gives_the_microphone_back(
    qtbot: QtBot, open_window: OpenWindow, microphone: FakeMicrophone, studio: Studio
) -> None:
    window = open_window()
    page = record(qtbot, window)
    keep_one(qtbot, page, microphone)
    page.act("press")
    assert window.workspace is not None
    window.workspace.show_page("takes")
    qtbot.waitUntil(lambda: microphone.opened[-1].closed)
    assert len(studio.takes()) == 1
    window.workspace.show_page("record")
    qtbot.waitUntil(lambda: page.sitting.session is not None)
    assert page.sitting.session is not None
    assert page.sitting.session.progress.done == 1


def test_a_lock_in_the_middle_of_a_take_loses_that_one_only(
    qtbot: QtBot, open_window: OpenWindow, microphone: FakeMicrophone, studio: Studio
) -> None:
    window = open_window()
    page = record(qtbot, window)
    keep_one(qtbot, page, microphone)
    page.act("press")
    with qtbot.waitSignal(window.vault_closed, timeout=10_000):
        window.lock()
    assert microphone.opened[-1].closed
    again = Studio.open(studio.path, "olive tractor mumble")
    with again:
        assert len(again.takes()) == 1


def test_a_vault_that_closes_by_itself_closes_the_microphone(
    qtbot: QtBot, open_window: OpenWindow, microphone: FakeMicrophone, studio: Studio
) -> None:
    window = open_window()
    record(qtbot, window)
    studio.presence.lock_when_idle(0.3, window.locked_elsewhere.emit)
    qtbot.waitUntil(lambda: window.workspace is None)
    qtbot.waitUntil(lambda: all(one.closed for one in microphone.opened), timeout=10_000)
