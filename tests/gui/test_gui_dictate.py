# SPDX-License-Identifier: GPL-3.0-or-later
"""The page Dictate: text while it is said, lines, what is forgotten; by keys alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from gui_dictating import PHRASE, Key, Visit, visiting
from gui_helpers import LIMIT_MS, Steady, nameless
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from gui.desk import Desk
from gui.pages import dictate_lines
from voicevault.service import Studio


@pytest.fixture
def visit(qtbot: QtBot, desk: Desk, studio: Studio) -> Iterator[Visit]:
    yield from visiting(qtbot, desk, studio)


def test_words_show_while_they_are_said_and_silence_ends_a_line(
    visit: Visit, steady: Steady
) -> None:
    page = visit.page
    assert "closed" in page.state.text()
    with steady.watching():
        visit.dictate(np.concatenate([PHRASE] * 3))
        visit.dictate()
        assert page.dictation.listening, "a pause ends the line, not the dictation"
        visit.stop()
    assert visit.live
    assert all(one.endswith(" …") for one in visit.live), "open at its end"
    assert page.live.fontInfo().italic(), "and slanted, whatever the colours"
    assert page.live.text() == ""
    assert all(line.text and line.words for line in visit.lines)
    assert visit.before[0] == 0, "before there is a line"
    assert page.lines.text == "".join(f"{line.text}\n" for line in visit.lines)
    assert visit.said[0] == "Listening."
    assert visit.said[-1] == f"2 lines. The last one says: {visit.lines[1].text}"
    assert steady.worst_ms < LIMIT_MS
    assert "recogniser listens" in page.subtitle.text()


def test_leaving_forgets_the_sound_and_not_the_text(visit: Visit, studio: Studio) -> None:
    visit.dictate()
    text = visit.lines[0].text
    visit.page._clear()
    visit.dictate()
    visit.page.leave()
    visit.page.desk.tasks.wait()
    assert all(stream.closed for stream in visit.microphone.opened)
    assert not visit.page.dictation.running
    assert visit.page.dictation._held is None
    assert all(line.sound is None for line in visit.lines)
    visit.offers[-1].undo()
    assert visit.lines[0].text == text
    assert all(line.sound is None for line in visit.lines), "cleared ones too"
    visit.page.list.setFocus()
    visit.page.list.setCurrentIndex(visit.page.lines.index(0))
    visit.key(Key.Key_K)
    assert "forgotten" in visit.said[-1]
    assert studio.takes() == []


def test_only_so_much_sound_is_held(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dictate_lines, "HELD_S", 7.5)
    for _ in range(3):
        visit.dictate()
    visit.stop()
    assert [line.sound is not None for line in visit.lines] == [False, True, True]


def test_unplugged_and_back(visit: Visit) -> None:
    visit.listen()
    visit.microphone.say(PHRASE)
    visit.qtbot.waitUntil(lambda: not len(visit.microphone.queue))
    visit.microphone.plugged = False
    visit.qtbot.waitUntil(lambda: not visit.page.dictation.running)
    assert len(visit.lines) == 1, "what was said is here"
    assert visit.lines[0].sound is not None
    assert "unplugged" in visit.said[-1]
    assert visit.lines[0].text in visit.said[-1]
    assert "No microphone" in visit.page.state.text()
    visit.key(Key.Key_Space)
    visit.qtbot.waitUntil(lambda: bool(visit.failed))
    assert "no microphone" in str(visit.failed[0])
    visit.page.ears.wait_for("Desk")
    visit.page.ears._timer.setInterval(20)
    visit.microphone.plugged = True
    visit.qtbot.waitUntil(lambda: visit.said[-1] == "The microphone is back.")
    assert not visit.page.dictation.running, "it opens for a key, not by itself"
    visit.dictate()
    visit.stop()


def test_the_end_by_hand_keeps_what_is_being_said(visit: Visit) -> None:
    visit.listen()
    visit.microphone.say(PHRASE)
    visit.qtbot.waitUntil(lambda: not len(visit.microphone.queue))
    visit.stop()
    assert len(visit.lines) == 1
    visit.listen()
    visit.stop()
    assert visit.said[-1] == "Nothing was heard."


def test_somebody_who_speaks_is_there(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    touched: list[bool] = []
    monkeypatch.setattr("voicevault.presence.Presence.touch", lambda self: touched.append(True))
    visit.dictate()
    visit.stop()
    assert touched, "a vault does not lock in the middle of a sentence"


def test_copy_save_and_clear(visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not visit.page.copy.isEnabled()
    visit.dictate()
    visit.dictate()
    visit.stop()
    text = visit.page.lines.text
    assert text.count("\n") == 2
    visit.page.copy.click()
    assert QGuiApplication.clipboard().text() == text
    titles: list[str] = []

    def dialog(parent: QWidget, title: str, place: str, kinds: str) -> tuple[str, str]:
        titles.append(title)
        return str(tmp_path / "notes"), kinds

    monkeypatch.setattr(QFileDialog, "getSaveFileName", dialog)
    visit.page.save.click()
    visit.qtbot.waitUntil(lambda: "not encrypted" in visit.said[-1])
    assert (tmp_path / "notes.txt").read_text() == text
    assert "not encrypted" in titles[0]
    visit.page.save.click()
    visit.qtbot.waitUntil(lambda: bool(visit.failed))
    assert "there already" in str(visit.failed[0]), "the dialog asked about another name"
    visit.page.clear.click()
    assert visit.lines == []
    visit.offers[-1].undo()
    assert visit.page.lines.text == text
    visit.page.clear.click()
    visit.offers[-1].then(visit.offers[-1].work())
    assert visit.page._cleared == []


def test_everything_has_a_name_and_is_reached_by_tab(visit: Visit) -> None:
    visit.dictate()
    visit.stop()
    visit.key(Key.Key_Return)
    assert nameless(visit.page) == []
    visit.key(Key.Key_Escape)
    met: set[str] = set()
    for _ in range(20):
        visit.key(Key.Key_Tab)
        focus = visit.page.window().focusWidget()
        assert focus is not None
        met.add(focus.accessibleName())
    doing = {"Correct (Enter)", "Keep as a take (K)", "Copy the text", "Save as text…", "Clear"}
    assert met >= {"What you said", "Microphone", "Look again", "Listen (Space)", *doing}
    spoken = QAccessible.queryAccessibleInterface(visit.page.list)
    assert visit.lines[0].text in spoken.child(0).text(QAccessible.Text.Name)
    for one in visit.page.findChildren(QPushButton):
        if one is not visit.page.ears.rescan:
            assert one.focusPolicy() == Qt.FocusPolicy.TabFocus, one.text()
    visit.page.list.setFocus()
    visit.qtbot.mouseClick(visit.page.go, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    visit.qtbot.waitUntil(lambda: visit.page.dictation.listening)
    assert visit.page.list.hasFocus(), "keys go on where they were"
    visit.stop()
