# SPDX-License-Identifier: GPL-3.0-or-later
"""The page Voice: a toy voice speaks, phrases are kept, reports are read, and the test is blind."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gui_helpers import FakePlayer
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QPushButton
from pytestqt.qtbot import QtBot
from toy_speaker import speak
from toy_voices import ToyVoice, export

from encrypted_store import Kind
from gui.chart import Scale
from gui.desk import Desk, Undoable
from gui.pages.train import WANTED_RUN
from gui.pages.voice import VoicePage
from gui.pages.voice_blind import by_chance
from gui.pages.voice_board import PhraseButton
from gui.pages.voice_card import Spectrogram
from voicevault.audio.files import decode, encode_wav
from voicevault.audio.qc import Verdict
from voicevault.audio.reasons import Reason
from voicevault.data.takes import add_take
from voicevault.evaluation.pictures import coloured, png
from voicevault.records import Clause, Run, Voice
from voicevault.service import Studio
from voicevault.text.symbols import SYMBOLS

CONFIG = {
    "audio": {"sample_rate": 22050},
    "espeak": {"voice": "en-us"},
    "phoneme_id_map": {name: [number] for name, number in SYMBOLS.items()},
    "inference": {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8},
    "num_symbols": len(SYMBOLS),
    "num_speakers": 1,
}
TEXT = "After the long meeting, which nobody had prepared, we walked home."


@pytest.fixture(scope="module")
def model() -> bytes:
    return export(ToyVoice())


@pytest.fixture
def run(studio: Studio, model: bytes, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A finished run whose voice is a toy."""
    monkeypatch.setattr(studio, "voice", lambda name="latest": Voice.load(model, CONFIG))
    return finished(studio)


def finished(studio: Studio) -> Run:
    made = studio._runs.begin("tts_quick", {}, {})
    return studio._runs.change(made, status="done", result={"voice_bytes": 5})


def report_of(studio: Studio, run: Run, wer: float, page: bytes = b"") -> None:
    figures = {
        "wer": {"value": wer, "low": wer / 2, "high": wer * 2, "real": 6.0},
        "similarity": {"value": 0.97, "low": 0.95, "high": 0.99, "real": 1.0},
        "mos_owner": {"value": 3.1, "low": 2.9, "high": 3.3, "real": None},
        "duration_ratio": {"value": 0.8, "low": 0.75, "high": 0.85, "real": None},
        "f0_median": {"value": 200.0, "low": None, "high": None, "real": 190.0},
        "rtf": {"value": 0.01},
        "size": {"value": 4.3},
    }
    rows = [{"id": "s1", "text": "Really?", "problems": [], "errors": 1, "heard": "oh"}]
    body = {"figures": figures, "rows": rows, "failing": ["s1"], "missing": {"MOS": "not here"}}
    studio._runs.keep(run, Kind.SETTINGS, "report", json.dumps(body).encode())
    if page:
        studio._runs.keep(run, Kind.SETTINGS, "report-html", page)


@pytest.fixture
def page(qtbot: QtBot, desk: Desk) -> VoicePage:
    made = VoicePage(desk)
    qtbot.addWidget(made)
    made.resize(1000, 900)
    made.show()
    made.activateWindow()
    return made


@pytest.fixture
def ready(qtbot: QtBot, run: Run, page: VoicePage) -> VoicePage:
    page.refresh()
    qtbot.waitUntil(lambda: page._run == run.name)
    return page


def marked(page: VoicePage) -> str:
    chosen = page.speak.text.extraSelections()
    return chosen[0].cursor.selectedText() if chosen else ""


def test_without_a_voice_the_page_sends_to_training(
    qtbot: QtBot, page: VoicePage, desk: Desk
) -> None:
    page.refresh()
    qtbot.waitUntil(page.empty.isVisible)
    with qtbot.waitSignal(desk.page_wanted) as wanted:
        qtbot.keyClick(page.train, Qt.Key.Key_Space)
    assert wanted.args == ["train"]


def test_a_text_is_spoken_and_its_words_are_marked(
    qtbot: QtBot, ready: VoicePage, player: FakePlayer
) -> None:
    assert not ready.speak.speak.isEnabled()
    ready.speak.text.setFocus()
    qtbot.keyClicks(ready.speak.text, TEXT)
    qtbot.keyClick(ready.speak.text, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(player.played))
    assert ready.speak.speak.accessibleName() == "Stop"
    seen = []
    for _ in range(200):  # through all sounds, as a loudspeaker would
        words = ready.speech._now.times if ready.speech._now else []
        for at_s, start, end in list(words):
            player.position_s = at_s + 0.001
            qtbot.waitUntil(lambda start=start, end=end: marked(ready) == TEXT[start:end])
            seen.append(marked(ready))
        count = len(player.played)
        player.playing = False
        qtbot.waitUntil(lambda count=count: len(player.played) > count or not ready.speech.speaking)
        if not ready.speech.speaking:
            break
    assert seen == TEXT.split()
    assert marked(ready) == ""
    assert ready.speak.speak.accessibleName() == "Speak"
    whole = Voice.load(ready.desk.studio.voice()._model or export(ToyVoice()), CONFIG)
    assert sum(n for n, _ in player.played) == sum(len(one) for one in whole.stream(TEXT))


def test_a_word_after_a_wide_character_is_marked_whole(
    qtbot: QtBot, ready: VoicePage, player: FakePlayer
) -> None:
    ready.speak.text.setPlainText("🙂 Hello there.")
    ready.speak._speak_or_stop()
    qtbot.waitUntil(lambda: bool(player.played))
    player.position_s = 60.0
    qtbot.waitUntil(lambda: marked(ready) == "there.")


@pytest.mark.parametrize("how", ["escape", "button", "leave", "tab"])
def test_everything_that_stops_stops(
    qtbot: QtBot, ready: VoicePage, player: FakePlayer, how: str
) -> None:
    ready.speak.text.setPlainText(TEXT)
    ready.speak.speak.click()
    qtbot.waitUntil(lambda: player.playing)
    if how == "escape":
        qtbot.keyClick(ready.speak.text, Qt.Key.Key_Escape)
    elif how == "button":
        ready.speak.speak.click()
    elif how == "leave":
        ready.leave()
        assert ready.speech._held is None
    else:
        ready.tabs.setCurrentIndex(2)
    assert not player.playing
    assert not ready.speech.speaking
    assert not ready.speak.text.isReadOnly()


def test_text_and_phrases_are_said_as_fast_and_as_high_as_chosen(
    qtbot: QtBot, ready: VoicePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[float, float]] = []

    class Heard(Voice):
        def narrate(self, text: str, *, speed: float, pitch_semitones: float) -> Iterator[Clause]:
            asked.append((speed, pitch_semitones))
            return super().narrate(text, speed=speed, pitch_semitones=pitch_semitones)

    made = ready.desk.studio.voice()
    made.__class__ = Heard
    monkeypatch.setattr(ready.desk.studio, "voice", lambda name="latest": made)
    ready.speak.text.setPlainText(TEXT)
    ready.speak.speed.setCurrentIndex(ready.speak.speed.findData(2.0))
    ready.speak.pitch.setFocus()
    for _ in range(2):
        qtbot.keyClick(ready.speak.pitch, Qt.Key.Key_Down)
    assert ready.speak.pitch.currentText() == "2 semitones lower"
    ready.speak.speak.click()
    qtbot.waitUntil(lambda: asked == [(2.0, -2.0)])
    ready.board.show_phrases(("Yes.",))
    ready.board.board.parts[0].click()  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: asked[1:] == [(2.0, -2.0)])
    ready.speak.pitch.setCurrentIndex(ready.speak.pitch.findData(6.0))
    ready.speak.speak.setFocus()
    qtbot.keyClick(ready.speak.speak, Qt.Key.Key_1)
    qtbot.waitUntil(lambda: asked[2:] == [(2.0, 6.0)])


def test_a_sound_is_saved_where_the_person_says_and_replaces_nothing_unasked(
    qtbot: QtBot, ready: VoicePage, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = desk.studio
    tone = np.ones(100, np.float32) / 2
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(studio, "speak", lambda _, **how: asked.append(how) or (tone, 22_050))
    ready.speak.pitch.setCurrentIndex(ready.speak.pitch.findData(3.0))
    ready.speak.text.setPlainText(TEXT)
    chosen = [str(tmp_path / "said.wav")]
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (chosen[0], ""))
    ready.speak.save.click()
    qtbot.waitUntil(lambda: "not encrypted" in ready.speak.state.text())
    assert len(decode((tmp_path / "said.wav").read_bytes()).samples) == 100
    assert asked[0]["pitch_semitones"] == 3.0
    (tmp_path / "other.wav").write_bytes(b"somebody's")
    chosen[0] = str(tmp_path / "other")  # the dialog asked about this name, not about other.wav
    with qtbot.waitSignal(desk.failed):
        ready.speak.save.click()
    assert (tmp_path / "other.wav").read_bytes() == b"somebody's"
    chosen[0] = ""
    ready.speak.save.click()
    assert sorted(one.name for one in tmp_path.glob("*.wav")) == ["other.wav", "said.wav"]


def test_phrases_are_added_spoken_by_number_changed_and_removed(
    qtbot: QtBot, ready: VoicePage, desk: Desk, player: FakePlayer
) -> None:
    board, studio = ready.board, desk.studio
    board.new.setFocus()
    qtbot.keyClicks(board.new, "Thank you 2 times.")  # a digit typed is a digit, not a phrase
    qtbot.keyClick(board.new, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: studio.phrases.all() == ("Thank you 2 times.",))
    ready.speak.text.setPlainText("Wait, please.")
    ready.speak.keep.click()
    qtbot.waitUntil(lambda: len(board.phrases) == 2)
    assert not player.played
    ready.speak.speak.setFocus()
    qtbot.keyClick(ready.speak.speak, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: bool(player.played))
    assert marked(ready) == ""
    ready.speech.stop()
    board.edit.click()
    board._rows[1].up.click()
    qtbot.waitUntil(lambda: studio.phrases.all() == ("Wait, please.", "Thank you 2 times."))
    board._rows[0].text.setText("Wait a little.")
    board._rows[0].text.editingFinished.emit()
    qtbot.waitUntil(lambda: studio.phrases.all()[0] == "Wait a little.")
    with qtbot.waitSignal(desk.offered) as offered:
        board._rows[1].remove.click()
    what = offered.args[0]
    assert isinstance(what, Undoable)
    ready.refresh()  # reads the phrase that is in the vault still, and does not bring it back
    qtbot.wait(300)
    assert board.phrases == ("Wait a little.",)
    assert len(studio.phrases.all()) == 2
    board.keep("No.")  # something else meanwhile
    what.undo()
    qtbot.waitUntil(lambda: board.phrases == ("Wait a little.", "Thank you 2 times.", "No."))
    with qtbot.waitSignal(desk.offered) as offered:
        board._rows[1].remove.click()
    offered.args[0].work()
    assert studio.phrases.all() == ("Wait a little.", "No.")


def test_the_board_has_large_named_buttons_for_long_phrases(qtbot: QtBot, ready: VoicePage) -> None:
    long = "Could you wait a moment, please? I am looking for the words. " * 3
    ready.board.show_phrases(("Yes.", long))
    qtbot.wait(50)
    first, second = (one for one in ready.board.board.parts if isinstance(one, PhraseButton))
    assert first.accessibleName() == "Yes."
    assert "1" in first.accessibleDescription()
    assert second.height() >= second._words.heightForWidth(second._words.width())
    assert first.height() >= 2 * first.fontMetrics().lineSpacing()


def test_the_run_another_page_asked_for_is_chosen(
    qtbot: QtBot, ready: VoicePage, studio: Studio, desk: Desk, run: Run
) -> None:
    newer = finished(studio)
    ready.refresh()
    qtbot.waitUntil(lambda: ready.choice.count() == 2)
    assert ready.choice.currentData() == run.name  # not torn away from what the person chose
    desk.setProperty(WANTED_RUN, newer.name)
    ready.refresh()
    qtbot.waitUntil(lambda: ready.choice.currentData() == newer.name)


def test_the_report_is_told_in_words_and_pictures(
    qtbot: QtBot, ready: VoicePage, studio: Studio, run: Run
) -> None:
    picture = base64.b64encode(png(coloured(np.zeros((8, 8), np.float32)))).decode()
    svg = (
        f'<svg><image href="data:image/png;base64,{picture}"/>'
        '<path class="f0" d="M1.0 2.0L3.0 4.0"/></svg>'
    )
    html = f'<figure><figcaption>Salt &amp; pepper <span class="soft">x</span>{svg}{svg}</figure>'
    report_of(studio, run, 5.0, html.encode())
    ready.refresh()
    ready.tabs.setCurrentIndex(1)
    qtbot.waitUntil(lambda: ready.card.measure.text() == "Measure it again")
    scales = {one.accessibleName(): one for one in ready.card.findChildren(Scale)}
    assert "95 of 100" in scales["Words understood"].accessibleDescription()
    assert "94" in scales["Words understood"].accessibleDescription()
    assert "25 % faster" in scales["Pace"].accessibleDescription()
    names = [one.accessibleName() for one in ready.card.findChildren(Spectrogram)]
    assert names == ["The voice: Salt & pepper", "You: Salt & pepper"]
    hear = [one for one in ready.card.findChildren(QPushButton) if one.property("sentence")]
    assert [one.accessibleName() for one in hear] == ["Hear: Really?", "Hear: Salt & pepper"]


def test_measuring_is_a_job_that_ends_in_a_report(
    qtbot: QtBot, ready: VoicePage, studio: Studio, desk: Desk, run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    asked: list[tuple[str, bool]] = []

    def evaluate(name: str, *, quick: bool, on_event: Callable[[Any], None]) -> dict[str, Any]:
        asked.append((name, quick))
        report_of(studio, run, 3.0)
        return {}

    monkeypatch.setattr(studio, "evaluate", evaluate)
    ready.tabs.setCurrentIndex(1)
    with qtbot.waitSignal(desk.jobs.job_ended):
        qtbot.keyClick(ready.card.measure, Qt.Key.Key_Space)
        assert not ready.card.measure.isEnabled()
    assert asked == [(run.name, True)]
    qtbot.waitUntil(lambda: ready.card.measure.text() == "Measure it again")
    assert ready.card.measure.isEnabled()


def test_two_runs_are_compared(qtbot: QtBot, ready: VoicePage, studio: Studio, run: Run) -> None:
    other = finished(studio)
    report_of(studio, run, 5.0)
    ready.refresh()
    ready.tabs.setCurrentIndex(1)
    qtbot.waitUntil(ready.compare.isVisible)
    qtbot.waitUntil(lambda: "not measured" in ready.compare.note.text())
    report_of(studio, other, 2.0)
    ready.refresh()
    table = ready.compare.table
    qtbot.waitUntil(lambda: table.rowCount() > 3)
    cells = {table.item(0, column).text() for column in (1, 2)}  # type: ignore[union-attr]
    assert cells == {"95 of 100", "98 of 100"}


def add_recordings(studio: Studio, count: int) -> None:
    for number in range(count):
        data = encode_wav(speak(1.0, seed=number), 16_000)
        verdict = Verdict("keep", Reason.FINE, "")
        add_take(studio._vault, data, decode(data), f"This is sentence {number}.", verdict)


def test_the_blind_test_counts_by_keys_and_knows_chance(
    qtbot: QtBot, studio: Studio, ready: VoicePage, player: FakePlayer, desk: Desk
) -> None:
    add_recordings(studio, 9)
    ready.blind._chance = random.Random(4)  # type: ignore[assignment]
    ready.refresh()
    ready.tabs.setCurrentIndex(2)
    qtbot.waitUntil(ready.blind.start.isEnabled)
    qtbot.keyClick(ready.blind.start, Qt.Key.Key_Space)
    places = []
    for number in range(8):
        qtbot.waitUntil(lambda: ready.blind.pair is not None, timeout=10_000)
        pair = ready.blind.pair
        assert pair is not None
        assert not ready.blind.answers[0].isEnabled()
        qtbot.keyClick(ready, "1")  # nobody answers unheard
        assert ready.blind.rounds == number
        before = len(player.played)
        for key in ("a", "b"):
            qtbot.keyClick(ready, key)
        assert [n for n, _ in player.played[before:]] == [len(one) for one in pair.sounds]
        places.append(pair.mine)
        qtbot.keyClick(ready, "12"[pair.mine])
    assert set(places) == {0, 1}
    qtbot.waitUntil(ready.blind.again.isVisible)
    assert ready.blind.result.text() == "8 of 8 recordings recognised"
    assert "told from you" in ready.blind.meaning.text()
    assert ready.blind.pair is None


def test_a_blind_test_needs_recordings(qtbot: QtBot, ready: VoicePage) -> None:
    ready.tabs.setCurrentIndex(2)
    assert not ready.blind.start.isEnabled()
    assert "Three" in ready.blind.start_note.text()


def test_guessing_is_reckoned_with() -> None:
    assert by_chance(8, 8) == pytest.approx(1 / 256)
    assert by_chance(0, 8) == 1.0
    assert by_chance(6, 8) == pytest.approx(37 / 256)
