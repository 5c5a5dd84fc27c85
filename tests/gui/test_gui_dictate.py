# SPDX-License-Identifier: GPL-3.0-or-later
"""The page Dictate: a tiny recogniser, a scripted microphone quicker than time, and keys alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from fake_microphone import FakeAligner, FakeMicrophone, room
from gui_helpers import LIMIT_MS, Steady, somebody_listens
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QTextCharFormat
from PySide6.QtWidgets import QFileDialog, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from toy_listening import recogniser_run
from toy_speaker import speak

from gui import ears, registry
from gui.desk import Desk, Undoable
from gui.main_window import MainWindow
from gui.pages import dictate_lines
from gui.pages.dictate import DictatePage
from gui.pages.dictate_lines import Line
from voicevault.audio.files import decode
from voicevault.audio.qc import TextCheck
from voicevault.recording import keeping
from voicevault.records import HeardWord, Input
from voicevault.service import Studio

Key = Qt.Key
CONTROL = Qt.KeyboardModifier.ControlModifier
PHRASE = speak(3.0, edge_s=0.05, seed=3)
PAUSE = room(1.2)


class Hearing:
    """One microphone, in or out."""

    def __init__(self) -> None:
        self.microphone = FakeMicrophone("Desk")

    def microphones(self) -> list[Input]:
        return [Input("Desk", 48_000, True)] if self.microphone.plugged else []

    def device(self, name: str) -> FakeMicrophone:
        return self.microphone


class Visit:
    """The page on the screen and somebody before it."""

    def __init__(self, qtbot: QtBot, page: DictatePage, hearing: Hearing) -> None:
        self.qtbot, self.page, self.hearing = qtbot, page, hearing
        self.said: list[str] = []
        self.offers: list[Undoable] = []
        self.failed: list[Exception] = []
        self.live: list[str] = []
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


@pytest.fixture
def misread() -> list[str]:
    return []


@pytest.fixture
def visit(
    qtbot: QtBot, desk: Desk, studio: Studio, misread: list[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Visit]:
    recogniser_run(studio._vault)

    def check() -> TextCheck:
        return TextCheck(FakeAligner(misread), list, lambda samples, rate_hz: samples)

    keep = keeping.Recorder.keep_dictated
    monkeypatch.setattr(
        keeping.Recorder, "keep_dictated", lambda self, sound, text: keep(self, sound, text, check)
    )
    page = DictatePage(desk, hearing := Hearing())
    page.dictation._timer.setInterval(2)
    qtbot.addWidget(page)
    page.resize(1000, 800)
    page.show()
    page.activateWindow()
    page.refresh()
    yield Visit(qtbot, page, hearing)
    page.leave()
    desk.tasks.wait()


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
    assert visit.live[0].removesuffix(" …").split()[0] in visit.lines[0].text
    assert page.lines.text == "".join(f"{line.text}\n" for line in visit.lines)
    assert visit.said[0] == "Listening."
    assert visit.said[-1] == f"2 lines. The last one says: {visit.lines[1].text}"
    assert steady.worst_ms < LIMIT_MS
    assert "recogniser listens" in page.subtitle.text()


def test_a_corrected_line_becomes_a_take_with_its_own_sound(visit: Visit, studio: Studio) -> None:
    visit.dictate(speak(4.0, edge_s=0.05, seed=8))
    visit.dictate()
    visit.stop()
    heard = [line.text for line in visit.lines]
    sounds = [line.sound for line in visit.lines]
    assert visit.page.list.currentIndex().row() == 1, "the newest"
    visit.key(Key.Key_Up)
    visit.key(Key.Key_F2)
    visit.type("We met on the bridge over the little river.")
    visit.key(Key.Key_Return)
    assert [line.text for line in visit.lines] == [
        "We met on the bridge over the little river.",
        heard[1],
    ]
    assert visit.said[-1] == "The line says: We met on the bridge over the little river."
    assert studio.takes() == [], "nothing is stored unasked"
    visit.key(Key.Key_K)
    visit.settled()
    (take,) = studio.takes()
    assert (take.text, take.source, take.prompt_id, take.asked) == (
        "We met on the bridge over the little river.", "recorded", "", "",
    )  # fmt: skip
    assert take.verdict.status == "keep"
    clip = decode(studio._vault.get(take.id))
    sound = sounds[0]
    assert sound is not None
    assert clip.rate_hz == sound.rate_hz
    assert np.abs(clip.samples - sound.samples).max() < 1e-4
    assert 4.0 <= len(sound.samples) / sound.rate_hz <= 4.8, "the utterance and a little around it"
    assert "Kept as a take." in visit.said
    assert visit.offers[-1].text == "The line is kept as a take."
    visit.key(Key.Key_Return)
    assert not visit.page.list.editing
    assert "take already" in visit.said[-1]
    visit.offers[-1].undo()
    visit.qtbot.waitUntil(lambda: "Undone" in visit.said[-1])
    assert studio.takes() == []
    visit.key(Key.Key_K)
    visit.settled()
    assert len(studio.takes()) == 1, "and kept again after all"


def test_the_sound_is_the_microphones_own(
    visit: Visit, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """48 kHz come in, 16 are listened to, 48 are kept."""
    monkeypatch.setattr("fake_microphone.FakeStream.rate_hz", 48_000)
    monkeypatch.setattr("fake_microphone.RATE_HZ", 48_000)
    spoken = speak(3.0, 48_000, edge_s=0.05, seed=4)
    visit.dictate(room(0.6), spoken)
    visit.stop()
    sound = visit.lines[0].sound
    assert sound is not None
    assert sound.rate_hz == 48_000
    (at,) = np.flatnonzero(sound.samples == spoken[24_000])
    assert np.array_equal(sound.samples[at : at + 60_000], spoken[24_000:84_000])
    assert 2.8 < len(sound.samples) / 48_000 < 3.8


def test_a_line_that_nobody_looked_at_is_looked_at_first(visit: Visit, studio: Studio) -> None:
    visit.dictate()
    visit.stop()
    visit.key(Key.Key_K)
    assert visit.page.list.editing
    assert "Is this what you said?" in visit.said[-1]
    visit.key(Key.Key_Escape)
    assert not visit.page.list.editing
    assert studio.takes() == []
    visit.key(Key.Key_Return)
    visit.type("A sentence that is left again.")
    visit.key(Key.Key_Return)
    visit.qtbot.wait(50)
    assert studio.takes() == [], "a correction alone keeps nothing: Esc forgot the wish"
    visit.key(Key.Key_K)
    visit.settled()
    assert [take.text for take in studio.takes()] == ["A sentence that is left again."]


def test_enter_alone_confirms(visit: Visit, studio: Studio) -> None:
    visit.dictate()
    visit.stop()
    line = visit.lines[0]
    line.text = "The other ring is the ring."
    visit.key(Key.Key_K)
    visit.key(Key.Key_Return)
    visit.settled()
    assert [take.text for take in studio.takes()] == [line.text]


def test_a_misfit_says_why_and_is_not_kept(
    visit: Visit, studio: Studio, misread: list[str]
) -> None:
    misread.append("Somebody else said that.")
    visit.dictate()
    visit.dictate(np.clip(PHRASE * 8, -1, 1).astype(np.float32))
    visit.stop()
    visit.key(Key.Key_Up)
    visit.key(Key.Key_Return)
    visit.type(misread[0])
    visit.key(Key.Key_Return)
    visit.key(Key.Key_K)
    visit.settled()
    told = "Not kept: the words differ from the text. Correct the line to what you said."
    assert visit.said[-1] == told
    assert visit.lines[0].remark == told
    index = visit.page.lines.index(0)
    assert told in str(index.data(Qt.ItemDataRole.AccessibleTextRole))
    assert index.data(dictate_lines.STATE) == (told, "bad", "bad"), "words and icon, not a colour"
    visit.key(Key.Key_Down)
    visit.key(Key.Key_Return)
    visit.type("Much too loud for a take.")
    visit.key(Key.Key_Return)
    visit.key(Key.Key_K)
    visit.settled()
    assert visit.said[-1].startswith("Not kept: clipped at ")
    assert studio.takes() == []
    assert visit.offers == []


def test_lost_samples_are_no_take(visit: Visit, studio: Studio) -> None:
    visit.listen()
    visit.microphone.say(PHRASE[:20_000])
    visit.qtbot.waitUntil(lambda: not len(visit.microphone.queue))
    visit.microphone.lost = True
    visit.microphone.say(PHRASE[20_000:], PAUSE)
    visit.qtbot.waitUntil(lambda: len(visit.lines) == 1)
    visit.dictate()
    visit.stop()
    lost = [line.sound.lost for line in visit.lines if line.sound]
    assert lost == [True, False]


def test_editing_by_keys(visit: Visit) -> None:
    visit.dictate()
    visit.stop()
    before = visit.lines[0].text
    visit.key(Key.Key_Return)
    visit.type("Something else")
    visit.key(Key.Key_Space)
    assert not visit.page.dictation.running, "a space belongs to the text"
    visit.key(Key.Key_Escape)
    assert visit.lines[0].text == before
    visit.key(Key.Key_Return)
    visit.type(" ... ")
    visit.key(Key.Key_Return)
    assert visit.lines[0].text == before, "a line is what somebody said"
    visit.key(Key.Key_Return)
    visit.type("Half a")
    visit.page.copy.setFocus(Qt.FocusReason.TabFocusReason)
    visit.qtbot.waitUntil(lambda: not visit.page.list.editing)
    assert visit.lines[0].text == "Half a", "what was typed is not lost"


def test_a_line_that_comes_leaves_the_one_that_is_edited_alone(visit: Visit) -> None:
    visit.dictate()
    visit.key(Key.Key_Return)
    visit.type("I am still typing")
    visit.dictate()
    assert visit.page.list.editing
    visit.key(Key.Key_Return)
    assert visit.lines[0].text == "I am still typing"
    assert visit.page.list.currentIndex().row() == 0
    visit.stop()


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


def test_unsure_words_are_marked_until_somebody_looked(visit: Visit) -> None:
    visit.dictate()
    visit.stop()
    words = (HeardWord("the", 0, 90, 0.9, (0.0,)), HeardWord("ring", 90, 200, 0.3, (-3.0,)))
    line = visit.lines[0]
    line.words, line.text = words, "the ring"
    index = visit.page.lines.index(0)
    assert index.data(dictate_lines.MARKS) == ((4, 4),)
    assert "Not sure of: ring" in str(index.data(Qt.ItemDataRole.AccessibleTextRole))
    layout = visit.page.list.delegate._laid_out(index, 400)
    (drawn,) = layout.formats()
    assert (drawn.start, drawn.length) == (4, 4)
    assert drawn.format.underlineStyle() != QTextCharFormat.UnderlineStyle.NoUnderline
    visit.key(Key.Key_Return)
    visit.key(Key.Key_Return)
    assert index.data(dictate_lines.MARKS) == ()


def test_everything_has_a_name_and_is_reached_by_tab(visit: Visit) -> None:
    visit.dictate()
    visit.stop()
    visit.key(Key.Key_Return)
    nameless = []
    for widget in visit.page.findChildren(QWidget):
        spoken = QAccessible.queryAccessibleInterface(widget)
        bar = spoken is not None and spoken.role() == QAccessible.Role.ProgressBar
        reachable = widget.focusPolicy() != Qt.FocusPolicy.NoFocus and widget.isVisible()
        if spoken is not None and (bar or reachable) and not spoken.text(QAccessible.Text.Name):
            nameless.append(f"{type(widget).__name__} {widget.objectName()}")
    assert nameless == []
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


def test_locking_by_itself_closes_the_microphone(
    qtbot: QtBot, open_window: Enter, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    recogniser_run(studio._vault)
    hearing = Hearing()
    monkeypatch.setattr(ears, "Plugged", lambda desk: hearing)
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
