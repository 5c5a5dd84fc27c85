# SPDX-License-Identifier: GPL-3.0-or-later
"""A training that goes on without its window, and how its end is told to somebody elsewhere."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from gui_helpers import PASSPHRASE
from gui_training import begin, make_ready, stand_in
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from gui import bell as bells
from gui.desk import Tools
from gui.door import Door, Secret
from gui.main_window import MainWindow
from gui.pages.train import TrainPage
from gui.wording import told
from voicevault.service import Studio

Enter = Callable[[], MainWindow]


class FakeTray(QObject):
    """A desktop's tray that shows nothing and remembers."""

    messageClicked = Signal()
    made: ClassVar[list[FakeTray]] = []
    there = True

    def __init__(self, icon: QIcon, parent: QObject) -> None:
        super().__init__(parent)
        self.shown, self.said = False, ""
        FakeTray.made.append(self)

    @staticmethod
    def isSystemTrayAvailable() -> bool:
        return True

    @staticmethod
    def supportsMessages() -> bool:
        return FakeTray.there

    def show(self) -> None:
        self.shown = True

    def hide(self) -> None:
        self.shown = False

    def showMessage(self, title: str, text: str, icon: QIcon, stays_ms: int) -> None:
        self.said = f"{title}: {text}"


@pytest.fixture(autouse=True)
def learner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return stand_in(tmp_path, monkeypatch)


@pytest.fixture(autouse=True)
def alerts(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Windows that asked for attention; and no tray of the machine this runs on."""
    asked: list[object] = []
    monkeypatch.setattr(QApplication, "alert", asked.append)
    monkeypatch.setattr(FakeTray, "made", [])
    monkeypatch.setattr(FakeTray, "there", True)
    monkeypatch.setattr(bells, "QSystemTrayIcon", FakeTray)
    monkeypatch.setattr(bells, "STAYS_MS", 200)
    return asked


@pytest.fixture
def training(
    qtbot: QtBot, open_window: Enter, studio: Studio, learner: Path, monkeypatch: pytest.MonkeyPatch
) -> MainWindow:
    """The app with a training that waits at its tenth step."""
    learner.write_text("wait")
    window = open_window()
    assert window.workspace is not None
    window.workspace.show_page("train")
    page = window.workspace.page("train")
    assert isinstance(page, TrainPage)
    make_ready(qtbot, studio, page, monkeypatch)
    begin(qtbot, page, studio, 10)
    return window


def choose(monkeypatch: pytest.MonkeyPatch, words: str) -> list[list[str]]:
    """Answer the question by the button that says `words`; what could have been said."""
    offered: list[list[str]] = []

    def answer(box: QMessageBox) -> int:
        offered.append([one.text() for one in box.buttons()])
        next(one for one in box.buttons() if one.text() == words).click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", answer)
    return offered


def test_the_window_closes_and_the_training_goes_on_to_its_end(
    qtbot: QtBot, training: MainWindow, studio: Studio, learner: Path,
    alerts: list[object], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    offered = choose(monkeypatch, "Close the window, go on training")
    training.close()
    assert not training.isVisible()
    assert training.tools.preferences.geometry.size() > 0
    qtbot.wait(200)
    assert training.desk is not None, "it only looks closed"
    assert training.desk.jobs.name == "train"
    assert not studio._vault.locked
    assert not QApplication.quitOnLastWindowClosed()
    training.close()  # as at the end of a session: nobody is asked again
    assert len(offered) == 1
    with qtbot.waitSignal(training.ended, timeout=40_000):
        learner.write_text("go")
    assert QApplication.quitOnLastWindowClosed()
    assert studio._vault.locked
    assert not training.isVisible()
    assert [one.said for one in FakeTray.made] == ["VoiceVault: The training is finished."]
    assert not FakeTray.made[0].shown, "an icon was left behind"
    with Studio.open(studio.path, PASSPHRASE) as again:
        assert [one.status for one in again.runs()] == ["done"]


def test_a_training_that_breaks_without_its_window_closes_the_vault_too(
    qtbot: QtBot, training: MainWindow, studio: Studio, learner: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    choose(monkeypatch, "Close the window, go on training")
    training.close()
    with qtbot.waitSignal(training.ended, timeout=40_000):
        learner.write_text("crash")
    assert studio._vault.locked
    assert FakeTray.made[0].said == "VoiceVault: The training has stopped."
    with Studio.open(studio.path, PASSPHRASE) as again:
        assert [one.status for one in again.runs()] == ["failed"]


def test_meanwhile_the_vault_is_said_to_be_open_in_another_window(
    qtbot: QtBot, training: MainWindow, tools: Tools, door: Door, studio: Studio,
    learner: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    choose(monkeypatch, "Close the window, go on training")
    training.close()
    with pytest.raises(Exception) as refused:
        door.open(studio.path, Secret(PASSPHRASE))
    assert "another window" in told(refused.value).message
    second = MainWindow(tools, door)
    qtbot.addWidget(second)
    second.show()
    second.welcome._open(studio.path, Secret(PASSPHRASE))
    qtbot.waitUntil(second.welcome.banner.isVisible)
    assert "another window or program" in second.welcome.banner.message.text()
    assert "by itself" in second.welcome.banner.hint.text()
    assert second.workspace is None
    with qtbot.waitSignal(training.ended, timeout=40_000):
        learner.write_text("go")
    second.welcome._open(studio.path, Secret(PASSPHRASE))
    qtbot.waitUntil(lambda: second.workspace is not None)
    assert second.lock()
    qtbot.waitUntil(lambda: second.workspace is None)


def test_stopping_and_staying_are_offered_too(
    qtbot: QtBot, training: MainWindow, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered = choose(monkeypatch, "Keep the window open")
    training.close()
    assert training.isVisible()
    assert len(offered[0]) == 3
    choose(monkeypatch, "Stop and lock")
    training.close()
    qtbot.waitUntil(lambda: not training.isVisible())
    assert studio._vault.locked
    with Studio.open(studio.path, PASSPHRASE) as again:
        assert [one.status for one in again.runs()] == ["cancelled"]


def test_nothing_else_can_go_on_without_a_window(
    qtbot: QtBot, open_window: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, gate = open_window(), []
    assert window.desk is not None

    def work(on_event: Callable[[Any], None]) -> None:
        while not gate:
            pass

    window.desk.jobs.start("import", work, cancel=lambda: None)
    offered = choose(monkeypatch, "Keep it running")
    window.close()
    assert sorted(offered[0]) == ["Keep it running", "Stop and lock"]
    gate.append(True)
    qtbot.waitUntil(lambda: not window.desk or not window.desk.jobs.name)


def test_who_is_there_is_not_disturbed(
    qtbot: QtBot, training: MainWindow, learner: Path, alerts: list[object]
) -> None:
    assert training.desk is not None
    assert QApplication.activeWindow() is training
    with qtbot.waitSignal(training.desk.jobs.job_ended, timeout=40_000):
        learner.write_text("go")
    assert not alerts
    assert not FakeTray.made


@pytest.mark.parametrize("tray", [True, False])
def test_who_is_elsewhere_is_told_once_and_nothing_private(
    tray: bool, qtbot: QtBot, training: MainWindow, learner: Path,
    alerts: list[object], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    assert training.desk is not None
    monkeypatch.setattr(FakeTray, "there", tray)
    monkeypatch.setattr(QApplication, "activeWindow", lambda: None)
    with qtbot.waitSignal(training.desk.jobs.job_ended, timeout=40_000):
        learner.write_text("go")
    assert alerts == [training]
    assert [one.said for one in FakeTray.made] == ["VoiceVault: The training is finished."] * tray
    qtbot.waitUntil(lambda: not training.bell.ringing)
    assert not any(one.shown for one in FakeTray.made)
    assert training.isVisible()


def test_a_click_on_the_message_leads_back(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(QApplication, "activeWindow", lambda: None)
        window.bell.ring("The training is finished.", QIcon())
    FakeTray.made[0].messageClicked.emit()
    assert not window.bell.ringing
    assert window.isActiveWindow()


def test_an_open_vault_is_entered_once(studio: Studio, door: Door) -> None:
    """The second of two programs is told so before anything is asked of the passphrase."""
    with pytest.raises(Exception) as refused:
        door.open(studio.path, Secret("not the passphrase"))
    assert "another window" in told(refused.value).message


PROGRAM = """
import gui.app
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
real = gui.app.start
def start(app):
    window = real(app)
    window.hide()
    window._hidden = True
    QApplication.setQuitOnLastWindowClosed(False)
    QTimer.singleShot(300, window._end)
    return window
gui.app.start = start
gui.app.main([])
"""


def test_the_program_ends_when_it_has_done_what_it_went_on_for() -> None:
    """A hidden window closes no program by itself."""
    ended = subprocess.run([sys.executable, "-c", PROGRAM], timeout=100, check=False)
    assert ended.returncode == 0
