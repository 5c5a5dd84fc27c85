# SPDX-License-Identifier: GPL-3.0-or-later
"""From nothing to a voice on another machine and back again, by keys alone, nothing stood in for.

The window, the vault, the check of every take, the consent, the training and the export are what a
person gets. Only the microphone, the loudspeaker and the file dialog are ours.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from fake_microphone import RATE_HZ, FakeHearing, FakeMicrophone, room
from gui_keys import focused
from gui_person import CONTROL, ROOM_DBFS, Ear, Person, Voice
from gui_reading import Reading
from PySide6.QtCore import QEvent, QSettings, Qt
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from gui import ears
from gui.app import make_tools
from gui.door import Door
from gui.main_window import MainWindow
from gui.pages.carry import CarryPage
from gui.pages.consent import ConsentPage
from gui.pages.takes import TakesPage
from gui.pages.train import TrainPage
from gui.pages.train_recipes import RecipeCard
from gui.pages.voice import VoicePage
from gui.preferences import Preferences
from voicevault import paths
from voicevault.audio.reasons import Reason
from voicevault.students import speaker_encoder
from voicevault.text.frontend import utterance_phonemes
from voicevault.text.prompts import prompts

OWNER = 20
PHRASE = "olive tractor mumble"
TAKES = 10
FAN_DBFS = -17.0  # louder than a voice: whatever is heard of it, the noise is the reason
TRIES = 8  # a true sentence is not always understood: a person says another one
SENTENCE = "I was never recorded, and still this is my voice."
Key = Qt.Key

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        not (paths.base_dir() / "tts.safetensors").is_file(), reason="no base is shipped here"
    ),
    pytest.mark.skipif(bool(speaker_encoder.unavailable()), reason="no speaker weights"),
]


@pytest.fixture(scope="module")
def voice() -> Voice:
    made = Voice(OWNER)
    made.learn([one.text for one in prompts()[: TAKES + 2]])
    return made


@pytest.fixture
def microphone(monkeypatch: pytest.MonkeyPatch) -> FakeMicrophone:
    made = FakeMicrophone("Desk", noise_dbfs=ROOM_DBFS)
    monkeypatch.setattr(ears, "Plugged", FakeHearing(made))
    return made


@pytest.fixture
def start(
    qtbot: QtBot, qapp: QApplication, microphone: FakeMicrophone, door: Door, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[Ear], object]:  # fmt: skip
    """Starts the app: what it remembers of the last time lies in one file."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    store = str(tmp_path / "app.ini")

    @contextmanager
    def run(ear: Ear) -> Iterator[Person]:
        font = qapp.font()
        preferences = Preferences(QSettings(store, QSettings.Format.IniFormat))
        preferences.language = "en"
        tools = make_tools(qapp, preferences, ear)
        window = MainWindow(tools, door)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        try:
            yield Person(qtbot, window, microphone)
        finally:
            if window.desk is not None:  # it failed on the way
                window.desk.jobs.cancel()
            tools.tasks.wait()
            if window.desk is not None:
                window.desk.studio.close()
                window.desk = None
            window.close()
            window.deleteLater()
            tools.tasks.deleteLater()
            tools.theme.deleteLater()
            qapp.setFont(font)
            qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    return run


def make_vault(person: Person) -> None:
    """Where the app proposes it, with a code that was written down."""
    page = person.window.welcome
    person.push(page.start.make)
    person.until(lambda: bool(page.new.place.text()))
    assert focused() is page.new.pair.one
    person.type(PHRASE)
    assert not page.new.make.isEnabled()
    person.reach(page.new.pair.two)
    person.type(PHRASE)
    person.press(Key.Key_Return)
    person.until(lambda: page.stack.shown is page.code)
    groups = page.code.shown.text().split()
    for line, label in zip(page.code.lines, page.code.labels, strict=True):
        number = int("".join(one for one in label.text() if one.isdigit()))
        person.reach(line)
        person.type(groups[number - 1])
    person.press(Key.Key_Return)
    person.until(lambda: person.window.workspace is not None)


def record(person: Person, voice: Voice) -> None:
    """Ten sentences, four of them at the second try."""
    reading = Reading(person, voice)
    reading.keep()

    reading.sees_bad(Reason.CLIPPED, reading.read(np.clip(reading.said() * 12, -1, 1)))
    reading.keep()

    person.microphone.noise_dbfs = FAN_DBFS
    person.until(lambda: reading.page.sitting.session.listener.noise_dbfs > FAN_DBFS - 3)
    said = reading.said()
    fan = room(len(said) / RATE_HZ + 0.1, FAN_DBFS)[: len(said)]
    found = reading.read(said + fan)
    person.microphone.noise_dbfs = ROOM_DBFS
    reading.sees_bad(Reason.NOISY, found)
    person.until(lambda: reading.page.sitting.session.listener.noise_dbfs < -55)
    reading.keep()

    reading.sees_bad(Reason.SILENT, reading.read(room(9.0, ROOM_DBFS)))
    reading.keep()

    other = voice.says(prompts()[TAKES + 1].text)
    reading.sees_bad(Reason.WORDS, reading.read(other))
    reading.keep()

    for _ in range(TAKES - 5):
        reading.keep()
    assert "enough for a first voice" in reading.page.reading.words.text()


def consent(person: Person, voice: Voice) -> str:
    """Where the page Train sends who has not consented; another sentence until one is heard."""
    train = person.go_to("train")
    assert isinstance(train, TrainPage)
    person.until(train.ready.permit.isVisible)
    person.push(train.ready.permit)
    page = person.sees("consent")
    assert isinstance(page, ConsentPage)
    page.saying._timer.setInterval(1)
    person.until(page.draw.isEnabled)
    person.push(page.draw)
    for _ in range(TRIES):
        person.until(lambda: page.challenge is not None and page.say.isEnabled())
        assert focused() is page.sentence
        text = page.sentence.text.text()
        sound = voice.says(text)
        person.press(Key.Key_Space)
        person.until(lambda: page.saying.running)
        person.speak(sound)
        person.until(lambda: not page.saying.running)
        person.microphone.queue = np.zeros(0, np.float32)
        person.until(lambda: page.withdraw.isVisible() or page.verdict.isVisible())
        if page.withdraw.isVisible():
            assert page.state.text().startswith("Consent for your own voice")
            assert page.state_text.text() == text
            return text
        assert page.verdict.text().startswith("Not a consent")
        person.push(page.another)
        person.until(lambda: page.sentence.text.text() != text)  # noqa: B023
    pytest.fail(f"none of {TRIES} sentences was understood")


def train(person: Person) -> None:
    """The recipe as it is shipped, to its end."""
    page = person.go_to("train")
    assert isinstance(page, TrainPage)
    person.until(lambda: "Consent given" in page.ready.consent.text())
    card = next(
        one for one in page.cards.parts if isinstance(one, RecipeCard) and one.name == "tts_quick"
    )
    person.until(card.start.isEnabled)
    person.push(card.start)
    person.until(page.progress.isVisible)
    assert focused() is page.progress.pause
    person.until(lambda: page.outcome.isVisible() or not person.window.desk.jobs.name, 600_000)
    person.until(page.outcome.isVisible)
    assert "ready" in page.outcome.title.text()
    assert page.progress.curve.stretches
    assert focused() is page.outcome.listen
    person.press(Key.Key_Space)


def speak(person: Person, ear: Ear) -> None:
    """The page Voice is on the screen: a sentence is typed and heard."""
    page = person.sees("voice")
    assert isinstance(page, VoicePage)
    person.until(lambda: page.choice.count() == 1 and page.speak.isVisible())
    person.reach(page.speak.text)
    person.type(SENTENCE)
    person.until(page.speak.speak.isEnabled)
    ear.heard.clear()
    person.press(Key.Key_Return, CONTROL)
    person.until(lambda: bool(ear.heard) and not page.speech.speaking)
    rates = {rate for _, rate in ear.heard}
    sound = np.concatenate([one for one, _ in ear.heard])
    assert rates == {page.speech._held[1].rate_hz}
    sounds_like_speech(sound, rates.pop())


def sounds_like_speech(sound: np.ndarray, rate_hz: int) -> None:
    """More than a second in which more is heard than a hum or nothing."""
    assert rate_hz in (16_000, 24_000)
    blocks = sound[: len(sound) // 320 * 320].reshape(-1, 320)
    loud = np.sqrt((blocks**2).mean(axis=1)) > 0.01
    assert loud.sum() * 320 / rate_hz > 1.0
    assert loud.mean() < 1.0
    assert np.isfinite(sound).all()


def take_along(person: Person, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that was tried, agreed to and saved; it speaks without us."""
    folder.mkdir()
    asked: list[str] = []

    def where(parent: object, title: str, start: str) -> tuple[str, str]:
        asked.append(start)
        return str(folder / Path(start).name), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", where)
    page = person.go_to("carry")
    assert isinstance(page, CarryPage)
    person.until(lambda: page.run.count() == 1 and page.make.isEnabled())
    person.push(page.make)
    person.until(lambda: page.bundle is not None or person.window.workspace.banner.isVisible())
    assert page.bundle is not None, person.window.workspace.banner.message.text()
    assert page.check.text().startswith("Checked with ")
    assert "Piper" in page.check.text()
    assert focused() is page.agree
    assert not page.save.isEnabled()
    person.press(Key.Key_Space)
    person.push(page.save)
    person.until(page.told.isVisible)
    (saved,) = folder.iterdir()
    assert saved.name == Path(asked[0]).name == page.bundle.zip_name
    with zipfile.ZipFile(saved) as packed:
        assert packed.testzip() is None
        packed.extractall(folder / "there")
    speaks_elsewhere(folder / "there")


def speaks_elsewhere(folder: Path) -> None:
    """In onnxruntime, by the contract of Piper's files and with nothing of ours in between."""
    (model,) = folder.rglob("*.onnx")
    config = json.loads(model.with_suffix(".onnx.json").read_text())
    known = config["phoneme_id_map"]
    ids = [*known["^"]]
    for one in utterance_phonemes(SENTENCE):
        ids += [*known[one], *known["_"]]
    ids += known["$"]
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    (sound,) = session.run(
        [session.get_outputs()[0].name],
        {
            "input": np.array([ids], np.int64),
            "input_lengths": np.array([len(ids)], np.int64),
            "scales": np.array([0.667, 1.0, 0.8], np.float32),
        },
    )
    sounds_like_speech(sound.reshape(-1), config["audio"]["sample_rate"])


def quit_app(person: Person) -> None:
    person.press(Key.Key_Q, CONTROL)
    person.until(lambda: not person.window.isVisible())
    assert person.window.desk is None


def find_it_all(person: Person, ear: Ear, said: str) -> None:
    """The passphrase, and everything is as it was left: takes, consent, run and voice."""
    form = person.window.welcome.unlock
    person.until(lambda: QApplication.focusWidget() is form.passphrase)
    person.type(PHRASE)
    person.press(Key.Key_Return)
    person.until(lambda: person.window.workspace is not None)
    takes = person.go_to("takes")
    assert isinstance(takes, TakesPage)
    person.until(lambda: takes.model.rowCount() == TAKES)
    studio = takes.desk.studio
    assert [one.text for one in studio.takes()] == [one.text for one in prompts()[:TAKES]]
    for one in studio.takes():
        sounds_like_speech(studio.sound(one.id).samples, RATE_HZ)
    given = person.go_to("consent")
    assert isinstance(given, ConsentPage)
    person.until(given.withdraw.isVisible)
    assert given.state_text.text() == said
    made = person.go_to("train")
    assert isinstance(made, TrainPage)
    person.until(made.runs.isVisible)
    assert [one.status for one in studio.runs()] == ["done"]
    assert not made.outcome.isVisible(), "nothing is unfinished"
    person.go_to("voice")
    speak(person, ear)


def test_the_whole_way_by_keys_alone(
    start: Callable[[Ear], object], voice: Voice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ear = Ear()
    with start(ear) as person:
        make_vault(person)
        record(person, voice)
        said = consent(person, voice)
        train(person)
        speak(person, ear)
        take_along(person, tmp_path / "taken", monkeypatch)
        quit_app(person)
    ear = Ear()
    with start(ear) as person:
        find_it_all(person, ear, said)
        quit_app(person)
