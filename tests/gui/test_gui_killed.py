# SPDX-License-Identifier: GPL-3.0-or-later
"""The app is killed in the middle: of a take, a training, an export. Then it is started again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from fake_microphone import GOOD, RATE_HZ, FakeHearing
from gui_keys import focused, key, tab_to
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot
from toy_voices import ToyVoice
from toy_voices import export as as_onnx

from encrypted_store import Kind
from gui import ears
from gui.main_window import MainWindow
from gui.pages.carry import CarryPage
from gui.pages.record import RecordPage
from gui.pages.train import TrainPage
from gui.preferences import Preferences
from voicevault import egress, forecast, jobs
from voicevault.audio import qc
from voicevault.consents import keeping
from voicevault.consents.record import PublishedSpeech
from voicevault.export import verify
from voicevault.export.info import VoiceInfo
from voicevault.export.piper import package
from voicevault.recording.keeping import keep_recording
from voicevault.records import Phase, Prompt
from voicevault.service import Studio
from voicevault.text.prompts import prompts

sys.path.append(str(Path(__file__).resolve().parent.parent / "privacy"))
from leak_needles import Scanner, leaks, regular_files

HERE = Path(__file__).parent
PASSPHRASE = "olive tractor mumble"
VOICE = "en_US-my_voice-medium"
GONE_S = 5.0
"""So long may what the app started live on."""
PROBE = {
    "training": {"device": "cpu", "dtype": "float32", "reason": "nothing else is here"},
    "measured": [{"device": "cpu", "dtype": "float32", "step_ms": 100.0, "works": True}],
}
TEXTS = tuple(one.text for one in prompts()[:12])


class Place:
    """A computer with one vault, of which nobody but the test knows what is in it."""

    def __init__(self, root: Path, memory: Path) -> None:
        self.root, self.memory = root, memory
        self.wish = root / "wish"
        self.vault, self.exports, self.out = root / "v", root / "exports", root / "out"
        for name in ("tmp", "exports", "out"):
            (root / name).mkdir()
        self.wish.write_text("go")

    @contextmanager
    def begun(self, scene: str) -> Iterator[tuple[subprocess.Popen[str], Callable[[str], None]]]:
        """The app in a process of its own, and how to wait for the middle of its scene."""
        child = subprocess.Popen(
            [sys.executable, str(HERE / "gui_child.py"), self.vault, self.root / "app.ini", scene],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            text=True,
        )

        def until(word: str) -> None:
            assert child.stdout is not None
            for line in child.stdout:
                if line.strip() == word:
                    return
            pytest.fail(f"the app ended with {child.wait()} before it said {word!r}")

        try:
            yield child, until
        finally:
            child.kill()
            child.wait()
            assert child.stdout is not None
            child.stdout.close()

    def secrets_in_the_open(self) -> dict[str, list[str]]:
        """Files outside of what was asked to be plain that hold speech, texts or the passphrase."""
        scanner = Scanner()
        scanner.add_text("passphrase", PASSPHRASE)
        for text in TEXTS:
            scanner.add_text("text", text)
        whole = np.round(GOOD * 32767).astype("<i2").tobytes()
        scanner.add_windows("samples", whole, 640)
        scanner.add_windows("samples", GOOD.astype("<f4").tobytes(), 1280)
        return leaks(scanner, regular_files(self.root, self.memory, without=[self.exports]))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    shared = Path("/dev/shm")
    root = shared if os.access(shared, os.W_OK) else tmp_path
    memory = root / f"test-of-voicevault-{os.getpid()}"
    memory.mkdir(mode=0o700)
    made = Place(tmp_path, memory)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(memory))
    monkeypatch.setenv("LEARNER", str(made.wish))
    monkeypatch.setenv("EXPORTS", str(made.exports))
    monkeypatch.setattr(
        jobs, "worker_command", lambda: [sys.executable, str(HERE / "gui_learner.py")]
    )
    monkeypatch.setattr(forecast.Probe, "run", lambda probe: PROBE)
    monkeypatch.setattr(keeping, "current", lambda vault: "consent")
    monkeypatch.setattr(ears, "Plugged", FakeHearing())
    yield made
    shutil.rmtree(memory)


@pytest.fixture
def reopen(
    qtbot: QtBot, window: MainWindow, place: Place, preferences: Preferences
) -> Callable[[int], object]:
    """The app started anew and unlocked by keys, at the page of this number."""

    def enter(number: int) -> object:
        preferences.vault = place.vault
        window.welcome.ask_again()
        qtbot.waitUntil(lambda: QApplication.focusWidget() is window.welcome.unlock.passphrase)
        qtbot.keyClicks(focused(), PASSPHRASE)
        key(qtbot, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: window.workspace is not None or window.welcome.banner.isVisible())
        assert window.workspace is not None, window.welcome.banner.message.text()
        key(
            qtbot,
            Qt.Key(Qt.Key.Key_0.value + number),
            held=Qt.KeyboardModifier.ControlModifier,
        )
        return window.workspace.page(window.workspace.current)

    return enter


def fill(studio: Studio, count: int) -> None:
    """Takes with a sound that can be known again, and a consent that only this process believes."""
    verdict = qc.judge(GOOD, RATE_HZ)
    for number in range(count):
        prompt = Prompt(f"p{number}", TEXTS[number])
        keep_recording(studio._vault, GOOD, RATE_HZ, prompt.text, verdict, prompt=prompt)
    studio._vault.put(Kind.CONSENT, b"a consent", {"type": keeping.RECORD})


def started_by(parent: int) -> dict[int, str]:
    """Every process below this one, and what it runs."""
    above: dict[int, int] = {}
    for one in Path("/proc").iterdir():
        if one.name.isdigit() and (fields := _stat(int(one.name))):
            above[int(one.name)] = int(fields[1])
    found: dict[int, str] = {}
    waiting = [parent]
    while waiting:
        at = waiting.pop()
        for pid in (child for child, over in above.items() if over == at):
            try:
                found[pid] = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
            except OSError:
                continue
            waiting.append(pid)
    return found


def kill(child: subprocess.Popen[str], runs: str) -> None:
    """As the system does when memory is short: and what the app started goes soon after."""
    started = started_by(child.pid)
    assert any(runs in one for one in started.values()), started
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    limit_s = time.monotonic() + GONE_S
    while left := {pid: one for pid, one in started.items() if _alive(pid)}:
        assert time.monotonic() < limit_s, f"still there: {left}"
        time.sleep(0.02)


def _stat(pid: int) -> list[str]:
    """State, parent and so on; empty where the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _alive(pid: int) -> bool:
    fields = _stat(pid)
    return bool(fields) and fields[0] not in "ZX"


def decoded(studio: Studio) -> list[str]:
    """Texts of all takes, each of which can be heard."""
    for one in studio.takes():
        clip = studio.sound(one.id)
        assert clip.rate_hz == RATE_HZ
        assert np.abs(clip.samples).max() > 0.3
    return [one.text for one in studio.takes()]


def test_killed_in_a_take(
    qtbot: QtBot, place: Place, studio: Studio, reopen: Callable[[int], object]
) -> None:
    studio.close()
    with place.begun("take") as (child, until):
        until("now")
        child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
    assert place.secrets_in_the_open() == {}
    page = reopen(1)
    assert isinstance(page, RecordPage)
    assert decoded(page.desk.studio) == list(TEXTS[:2])
    qtbot.waitUntil(lambda: page.sitting.phase is Phase.READY and not page.sitting.busy)
    assert page.prompt.text.text() == TEXTS[2], "the one that ran is asked for again"


def test_killed_in_a_training(
    qtbot: QtBot, place: Place, studio: Studio, reopen: Callable[[int], object]
) -> None:
    fill(studio, 12)
    studio.close()
    place.wish.write_text("keep")
    with place.begun("train") as (child, until):
        until("now")
        kill(child, "gui_learner.py")
    assert place.secrets_in_the_open() == {}
    place.wish.write_text("go")
    page = reopen(4)
    assert isinstance(page, TrainPage)
    qtbot.waitUntil(page.outcome.resume.isVisible)
    assert page.outcome.title.text() == "A training was cut off"
    assert "after 10 of 20 steps" in page.outcome.text.text()
    tab_to(qtbot, page.outcome.resume)
    key(qtbot, Qt.Key.Key_Space)
    qtbot.waitUntil(page.outcome.listen.isVisible)
    (run,) = page.desk.studio.runs()
    assert (run.status, run.result["began_at"]) == ("done", 10)
    assert decoded(page.desk.studio) == list(TEXTS)


@pytest.fixture(scope="module")
def toy() -> dict[str, bytes]:
    """An exported voice that engines can load."""
    info = VoiceInfo(VOICE, consent=PublishedSpeech("nobody", "CC0-1.0").stamp())
    return package(as_onnx(ToyVoice()), info, ["The quick brown fox jumps."], word_groups=1)


@pytest.mark.parametrize("stage", ["export", "check"])
def test_killed_in_an_export(
    stage: str, toy: dict[str, bytes], qtbot: QtBot, place: Place, studio: Studio,
    reopen: Callable[[int], object], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    fill(studio, 3)
    run = studio._runs.begin("tts_quick", {}, {one.id: one.split for one in studio.takes()})
    for piece in ("student", "voice"):
        studio._runs.keep(run, Kind.MODEL, piece, b"learnt")
    studio._runs.change(run, status="done", result={"voice_bytes": 6})
    studio.close()
    for name, data in toy.items():
        (place.exports / name).write_bytes(data)
    stuck = place.root / "runtimes" / "piper"
    stuck.mkdir(parents=True)
    (stuck / "piper.py").write_text("import time\ntime.sleep(600)\n")
    monkeypatch.setenv(verify.ENVIRONMENT, str(stuck.parent))
    place.wish.write_text("wait" if stage == "export" else "go")
    with place.begun("export") as (child, until):
        until(stage)
        if stage == "check":
            while not any("host_probe.py" in one for one in started_by(child.pid).values()):
                assert child.poll() is None
        kill(child, "gui_learner.py" if stage == "export" else "host_probe.py")
    assert list(place.out.iterdir()) == []
    place.wish.write_text("go")
    monkeypatch.delenv(verify.ENVIRONMENT)
    page = reopen(6)
    assert isinstance(page, CarryPage)
    assert list(place.memory.iterdir()) == [], "what was tried is nobody's any more"
    assert place.secrets_in_the_open() == {}

    goal = place.out / "voice.zip"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *words: (str(goal), ""))
    qtbot.waitUntil(lambda: page.run.count() == 1)
    tab_to(qtbot, page.make)
    key(qtbot, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: page.bundle is not None)
    if egress.memory_folder() is not None:
        assert "Piper" in page.check.text()
    assert focused() is page.agree
    key(qtbot, Qt.Key.Key_Space)
    tab_to(qtbot, page.save)
    key(qtbot, Qt.Key.Key_Space)
    qtbot.waitUntil(page.told.isVisible)
    assert list(place.out.iterdir()) == [goal]
    with zipfile.ZipFile(goal) as packed:
        assert packed.testzip() is None
        assert packed.read(next(one for one in packed.namelist() if one.endswith(".onnx")))
