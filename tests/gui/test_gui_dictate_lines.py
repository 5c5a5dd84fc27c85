# SPDX-License-Identifier: GPL-3.0-or-later
"""Dictated lines: corrected by keys, kept as takes, refused with a reason."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from fake_microphone import room
from gui_dictating import PAUSE, PHRASE, Key, Visit, compare_words, visiting
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCharFormat
from pytestqt.qtbot import QtBot
from toy_speaker import speak

from gui.desk import Desk
from gui.main_window import MainWindow
from gui.pages import dictate_lines
from voicevault.audio.files import decode
from voicevault.records import HeardWord
from voicevault.service import Studio


@pytest.fixture(autouse=True)
def misread(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Texts that the comparison of words finds wrong."""
    made: list[str] = []
    compare_words(monkeypatch, made)
    return made


@pytest.fixture
def visit(qtbot: QtBot, desk: Desk, studio: Studio) -> Iterator[Visit]:
    yield from visiting(qtbot, desk, studio)


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


def shown(window: MainWindow) -> list[str]:
    space = window.workspace
    assert space is not None
    rows = range(space.list.count())
    return [space._specs[row].name for row in rows if not space.list.isRowHidden(row)]
