# SPDX-License-Identifier: GPL-3.0-or-later
"""The app in a process of its own, for tests that kill it: its window, its vault, its own keys.

    python gui_child.py VAULT SETTINGS SCENE

It unlocks the vault, does the scene by keys and says on stdout when it is in the middle of it; it
goes on until somebody ends it. The microphone, what hears whether the words are right, and what a
worker learns are not real. Whoever starts it gives it the test folders as PYTHONPATH.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from fake_microphone import GOOD, FakeAligner, FakeHearing, FakeMicrophone, room
from gui_helpers import FakePlayer
from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from encrypted_store import KdfParams
from gui import ears
from gui.app import make_tools
from gui.door import Door
from gui.main_window import MainWindow
from gui.pages.carry import CarryPage
from gui.pages.record import RecordPage
from gui.pages.train import TrainPage
from gui.pages.train_recipes import RecipeCard
from gui.preferences import Preferences
from voicevault import forecast, jobs
from voicevault.audio.qc import TextCheck
from voicevault.consents import keeping
from voicevault.events import Metric, Progress
from voicevault.recording.keeping import Recorder
from voicevault.records import Phase

PASSPHRASE = "olive tractor mumble"
LEARNER = Path(__file__).with_name("gui_learner.py")
PROBE = {
    "training": {"device": "cpu", "dtype": "float32", "reason": "nothing else is here"},
    "measured": [{"device": "cpu", "dtype": "float32", "step_ms": 100.0, "works": True}],
}
LOOK_MS = 10


def stand_in() -> FakeMicrophone:
    """The microphone and the words' check; a worker that only pretends to learn."""
    microphone = FakeMicrophone("Desk")

    session = Recorder.session
    ears.Plugged = FakeHearing(microphone)  # type: ignore[misc, assignment]
    Recorder.session = lambda self, prompts, device, settings: session(  # type: ignore
        self, prompts, device, settings,
        lambda: TextCheck(FakeAligner(), list, lambda samples, rate_hz: samples),
    )  # fmt: skip
    jobs.worker_command = lambda: [sys.executable, str(LEARNER)]
    keeping.current = lambda vault: "consent"  # type: ignore[assignment, return-value]
    forecast.Probe.run = lambda probe: PROBE  # type: ignore[assignment, method-assign]
    return microphone


class Scene:
    """One thing after the other: waits for what is seen, then presses a key, by a timer."""

    def __init__(self, window: MainWindow, microphone: FakeMicrophone) -> None:
        self.window, self.microphone = window, microphone
        self._steps: list[tuple[Callable[[], object], Callable[[], object]]] = []
        self._timer = QTimer(window)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def then(self, seen: Callable[[], object], do: Callable[[], object]) -> None:
        """Once something is seen, do this."""
        self._steps.append((seen, do))

    def _look(self) -> None:
        if self._steps and self._steps[0][0]():
            self._steps.pop(0)[1]()

    def unlock(self) -> None:
        line = self.window.welcome.unlock.passphrase

        def enter() -> None:
            QTest.keyClicks(line, PASSPHRASE)
            QTest.keyClick(line, Qt.Key.Key_Return)

        self.then(lambda: QApplication.focusWidget() is line, enter)

    def page(self, number: int) -> None:
        """Ctrl and its number."""
        which = Qt.Key(Qt.Key.Key_0.value + number)
        control = Qt.KeyboardModifier.ControlModifier
        self.then(
            lambda: self.window.workspace is not None and QApplication.focusWidget(),
            lambda: QTest.keyClick(QApplication.focusWidget(), which, control),
        )

    def push(self, find: Callable[[], QWidget | None]) -> None:
        """Space on a button, when it is there to be pressed."""

        def there() -> bool:
            found = find()
            return found is not None and found.isVisible() and found.isEnabled()

        def space() -> None:
            found = find()
            assert found is not None
            found.setFocus()
            QTest.keyClick(found, Qt.Key.Key_Space)

        self.then(there, space)

    def shown(self, name: str) -> QWidget:
        assert self.window.workspace is not None
        return self.window.workspace.page(name)


def take(scene: Scene) -> None:
    """Two takes are kept; the third runs."""
    scene.page(1)

    def page() -> RecordPage:
        found = scene.shown("record")
        assert isinstance(found, RecordPage)
        return found

    def ready(*phases: Phase) -> Callable[[], bool]:
        return lambda: not page().sitting.busy and page().sitting.phase in phases

    def key(which: Qt.Key) -> Callable[[], None]:
        return lambda: QTest.keyClick(page().prompt, which)

    def speak() -> None:
        scene.microphone.say(GOOD, room(1.5))

    def hurry() -> None:
        page().sitting._timer.setInterval(1)  # this microphone is quicker than time

    scene.then(ready(Phase.READY), hurry)
    for _ in range(2):
        scene.then(ready(Phase.READY), key(Qt.Key.Key_Space))
        scene.then(ready(Phase.LEAD_IN, Phase.RECORDING), speak)
        scene.then(ready(Phase.VERDICT), key(Qt.Key.Key_Return))
    scene.then(ready(Phase.READY), key(Qt.Key.Key_Space))
    scene.then(ready(Phase.LEAD_IN, Phase.RECORDING), speak)
    scene.then(lambda: page().sitting.session.listener.recorded_s > 1.0, now)  # type: ignore


def train(scene: Scene) -> None:
    """A checkpoint came, and steps after it."""
    scene.page(4)

    def start() -> QWidget | None:
        page = scene.shown("train")
        assert isinstance(page, TrainPage)
        cards = [one for one in page.cards.parts if isinstance(one, RecipeCard)]
        return next((one.start for one in cards if one.name == "tts_quick"), None)

    def watch() -> None:
        assert scene.window.desk is not None
        scene.window.desk.jobs.job_told.connect(told)

    def told(name: str, event: object) -> None:
        if isinstance(event, Metric) and event.name == "after the checkpoint":
            now()

    scene.then(lambda: scene.window.desk is not None, watch)
    scene.push(start)


def export(scene: Scene) -> None:
    """The files are made, and an engine tries them."""
    scene.page(6)

    def make() -> QWidget | None:
        page = scene.shown("carry")
        assert isinstance(page, CarryPage)
        return page.make

    def watch() -> None:
        assert scene.window.desk is not None
        scene.window.desk.jobs.job_told.connect(told)

    def told(name: str, event: object) -> None:
        if isinstance(event, Progress) and event.stage in ("export", "check"):
            now(event.stage)

    scene.then(lambda: scene.window.desk is not None, watch)
    scene.push(make)


def now(what: str = "now") -> None:
    """Tell who watches that this is the middle."""
    print(what, flush=True)


def main(vault: str, settings: str, scene: str) -> None:
    app = QApplication([])
    microphone = stand_in()
    preferences = Preferences(QSettings(settings, QSettings.Format.IniFormat))
    preferences.language, preferences.vault = "en", Path(vault)
    window = MainWindow(make_tools(app, preferences, FakePlayer()), Door(KdfParams.floor))
    window.show()
    window.activateWindow()
    played = Scene(window, microphone)
    played.unlock()
    {"take": take, "train": train, "export": export}[scene](played)
    app.exec()


if __name__ == "__main__":
    main(*sys.argv[1:])
