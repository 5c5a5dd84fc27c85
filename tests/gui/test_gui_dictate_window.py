# SPDX-License-Identifier: GPL-3.0-or-later
"""Dictating inside the whole window: when the page is there, undo, locking."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fake_microphone import FakeHearing
from gui_dictating import PHRASE, Key, compare_words
from gui_helpers import somebody_listens
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot
from toy_listening import recogniser_run

from gui import ears, registry
from gui.main_window import MainWindow
from gui.pages.dictate import DictatePage
from voicevault.records import HeardWord, Recorded, Understood
from voicevault.service import Studio

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture(autouse=True)
def misread(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Texts that the comparison of words finds wrong."""
    made: list[str] = []
    compare_words(monkeypatch, made)
    return made


Enter = Callable[[], MainWindow]


def shown(window: MainWindow) -> list[str]:
    space = window.workspace
    assert space is not None
    rows = range(space.list.count())
    return [space._specs[row].name for row in rows if not space.list.isRowHidden(row)]


def test_the_page_is_there_where_somebody_listens(
    qtbot: QtBot, open_window: Enter, studio: Studio
) -> None:
    window = open_window()
    window.tools.tasks.wait()
    qtbot.wait(50)
    space, desk = window.workspace, window.desk
    assert space is not None
    assert desk is not None
    others = [one.name for one in registry.PAGES if one.name != "dictate"]
    assert shown(window) == others
    qtbot.keyClick(window, Key.Key_8, CONTROL)
    space.show_page("dictate")
    assert space.current == "record"
    somebody_listens(studio)
    desk.runs_changed.emit()
    qtbot.waitUntil(lambda: "dictate" in shown(window))
    assert space.status.label.text() == "New among the pages: Dictate"
    qtbot.keyClick(window, Key.Key_8, CONTROL)
    assert space.current == "dictate"


def test_control_z_destroys_the_take(
    qtbot: QtBot, open_window: Enter, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    somebody_listens(studio)
    monkeypatch.setattr(ears, "Plugged", FakeHearing())
    window = open_window()
    qtbot.waitUntil(lambda: "dictate" in shown(window))
    space = window.workspace
    assert space is not None
    space.show_page("dictate")
    page = space.page("dictate")
    assert isinstance(page, DictatePage)
    page.lines.add(Understood((HeardWord("the", 0, 90, 0.9, (0.0,)),), Recorded(PHRASE, 16_000)))
    page.list.setFocus()
    page.lines.lines[0].text = "The ring is on the table."
    qtbot.keyClick(page.list, Key.Key_Return)
    editor = page.list.findChild(QPlainTextEdit)
    assert editor is not None
    qtbot.keyClick(editor, Key.Key_Return)
    qtbot.keyClick(page.list, Key.Key_K)
    qtbot.waitUntil(space.toast.isVisible)
    assert [take.text for take in studio.takes()] == ["The ring is on the table."]
    qtbot.keyClick(page.list, Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: studio.takes() == [])
    space.show_page("takes")
    qtbot.waitUntil(lambda: page.lines.lines[0].sound is None)


def test_locking_by_itself_closes_the_microphone(
    qtbot: QtBot, open_window: Enter, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    recogniser_run(studio._vault)
    hearing = FakeHearing()
    monkeypatch.setattr(ears, "Plugged", hearing)
    window = open_window()
    qtbot.waitUntil(lambda: "dictate" in shown(window))
    space = window.workspace
    assert space is not None
    space.show_page("dictate")
    page = space.page("dictate")
    assert isinstance(page, DictatePage)
    page.press()
    qtbot.waitUntil(lambda: page.dictation.listening)
    studio.presence.lock_when_idle(0.3, window.locked_elsewhere.emit)
    qtbot.waitUntil(lambda: window.workspace is None)
    window.tools.tasks.wait()
    assert all(stream.closed for stream in hearing.microphone.opened)
