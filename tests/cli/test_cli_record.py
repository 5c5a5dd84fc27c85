# SPDX-License-Identifier: GPL-3.0-or-later
"""record at the command line: keys, lines, files of sentences, and a process that is killed."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from fake_microphone import (
    CLIPPED,
    GOOD,
    TEXTS,
    FakeMicrophone,
    Sitting,
    opened,
    room,
    vault_at,
)

from encrypted_store import KdfParams, Vault
from voicevault import cli
from voicevault.audio import microphones
from voicevault.commands import keys, record
from voicevault.commands.stage import Stage
from voicevault.data.takes import list_takes
from voicevault.errors import BadAudio
from voicevault.recording.session import Phase, Session
from voicevault.recording.sounds import Sounds


class Silent:
    """A loudspeaker that remembers."""

    def __init__(self) -> None:
        self.played: list[int] = []

    playing = False

    def play(self, samples: np.ndarray, rate_hz: int) -> None:
        self.played.append(len(samples))

    def stop(self) -> None: ...


class Person:
    """Presses the next key when the session waits for one, and speaks when it is time."""

    single = True

    def __init__(self, session: Callable[[], Session], plan: list[str | np.ndarray]) -> None:
        self._session, self._plan = session, plan

    def pressed(self, wait_s: float) -> str:
        session = self._session()
        if session.phase not in (Phase.READY, Phase.VERDICT):
            return ""
        if session.attempt is not None and not session.attempt.settled:
            time.sleep(0.005)
            return ""
        microphone = session.listener.device
        assert isinstance(microphone, FakeMicrophone)
        microphone.queue = np.zeros(0, np.float32)
        if not self._plan:
            return "q"
        step = self._plan.pop(0)
        if isinstance(step, str):
            return step
        microphone.say(step, room(1.5))
        return "space"

    def line(self, question: str) -> str:
        said = self._plan.pop(0)
        assert isinstance(said, str)
        return said


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with vault_at(tmp_path / "v") as made:
        yield made


def test_a_session_by_single_keys(vault: Vault, capsys: pytest.CaptureFixture[str]) -> None:
    sitting = Sitting(vault, misread=[TEXTS[3]])
    plan: list[str | np.ndarray] = ["h", "i", GOOD, "i", "r", "enter", CLIPPED, "enter"]
    plan += ["backspace", GOOD, "enter", "undo", "k", "s", GOOD, "e", "What was said.", "k"]
    plan += [GOOD, "enter"]
    player = Silent()
    person = Person(lambda: sitting.session, plan)
    record.sit(sitting.session, person, Stage(), Sounds(player))
    assert plan == []
    told = capsys.readouterr().out
    for words in (
        "0 of 5, about 1 minute left",
        "a first voice needs 10",
        "Space   record",
        f"  > {TEXTS[0]}",
        f"    then: {TEXTS[1]}",
        "Keep: good.",
        "peak -8 dBFS",
        "Playing.",
        "Kept.",
        "Please redo: clipped at",
        "Not kept. Backspace records it again, S skips it. K keeps it anyway.",
        "Undone: it was kept.",
        "Skipped.",
        "the words differ",
    ):
        assert words in told, words
    assert re.search(r"^Room noise -7\d dBFS, good\.$", told, re.M)
    assert "Speak now." in told, "where no line can move"
    texts = [take.text for take in list_takes(vault)]
    assert texts == [TEXTS[0], TEXTS[1], "What was said.", TEXTS[4]]
    assert len(player.played) == 1 + 6, "a replay, and tones with each verdict"


def test_quitting_by_control_c_loses_only_the_take_in_progress(vault: Vault) -> None:
    sitting = Sitting(vault)

    class Impatient(Person):
        def pressed(self, wait_s: float) -> str:
            if sitting.session.phase is Phase.RECORDING and len(list_takes(vault)) == 1:
                raise KeyboardInterrupt
            return super().pressed(wait_s)

    person = Impatient(lambda: sitting.session, [GOOD, "enter", GOOD])
    record.sit(sitting.session, person, Stage(), Sounds(Silent()))
    assert [take.text for take in list_takes(vault)] == [TEXTS[0]]
    assert sitting.microphone.opened[-1].closed


def test_the_whole_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the shell's words to a take: own sentences, a named microphone, a real thread."""
    Vault.create(tmp_path / "V", "words", kdf=KdfParams(64 * 1024, t=3, p=4))[0].close()
    (tmp_path / "own.txt").write_text("# mine\none\tRed cups stand here.\nGreen cups, too.\n")
    sessions: list[Session] = []
    named: list[str] = []

    def microphone(name: str) -> FakeMicrophone:
        named.append(name)
        return FakeMicrophone(name)

    @contextmanager
    def keyboard() -> Iterator[Person]:
        yield Person(lambda: sessions[-1], [GOOD, "k", GOOD, "k"])

    sit = record.sit
    monkeypatch.setattr(record, "sit", lambda *all: (sessions.append(all[0]), sit(*all)))
    monkeypatch.setattr("voicevault.recording.keeping.Microphone", microphone)
    monkeypatch.setattr(record, "Loudspeaker", Silent)
    monkeypatch.setattr(record, "keyboard", keyboard)
    reader, writer = os.pipe()
    os.write(writer, b"words\n")
    os.close(writer)
    words = ["--vault", str(tmp_path / "V"), "--passphrase-fd", str(reader), "record"]
    words += ["--prompts", str(tmp_path / "own.txt"), "--device", "Røde"]
    assert cli.run(words) == 0
    told = capsys.readouterr()
    assert "recorded: 2 of 2, all done" in told.out
    assert "consent record" in told.err
    assert named == ["Røde"]
    with Vault.open(tmp_path / "V", passphrase="words") as vault:
        assert [(one.prompt_id, one.text) for one in list_takes(vault)] == [
            ("one", "Red cups stand here."),
            (list_takes(vault)[1].prompt_id, "Green cups, too."),
        ]


def test_list_devices(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = [microphones.Input("Desk", 48_000, True), microphones.Input("Headset", 16_000, False)]
    monkeypatch.setattr(record, "microphones", lambda: found)
    assert cli.run(["record", "--list-devices"]) == 0
    assert "Desk        48000 Hz  by the system" in capsys.readouterr().out
    assert cli.run(["record", "--list-devices", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[1] == {
        "name": "Headset",
        "rate_hz": 16_000,
        "default": False,
    }
    found.clear()
    assert cli.run(["record", "--list-devices"]) == 1
    assert "there is no microphone" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["record", "--pause", "0.1"], 2, "0.4 to 10 s"),
        (["record", "--pause", "0", "--continuous"], 2, "needs a pause"),
        (["record", "--json"], 2, "--list-devices"),
        (["record", "--prompts", "nowhere.txt"], 2, "cannot be read"),
    ],
)
def test_misuse(
    words: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(words) == code
    told = capsys.readouterr().err
    assert message in told
    assert "hint" in told


def test_without_a_microphone_it_says_so(vault: Vault) -> None:
    sitting = Sitting(vault)
    sitting.microphone.plugged = False
    with pytest.raises(BadAudio):
        record.sit(sitting.session, keys.LineKeys(sys.stdin), Stage(), Sounds(Silent()))


def test_keys_of_a_terminal_come_one_by_one() -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "r") as stream, keys.keyboard(stream) as keyboard:
        assert keyboard.single
        assert keyboard.pressed(0) == ""
        for typed, name in [
            (b" ", "space"),
            (b"\r", "enter"),
            (b"\x7f", "backspace"),
            (b"\x1b", "escape"),
            (b"\x1a", "undo"),
            (b"S", "s"),
            (b"\x1b[A", ""),
        ]:
            os.write(ours, typed)
            assert keyboard.pressed(2) == name, typed
    os.close(ours)


def test_lines_do_where_keys_cannot() -> None:
    reader, writer = os.pipe()
    os.write(writer, b"\nr\nB\nundo\nquit\n")
    os.close(writer)
    with os.fdopen(reader) as stream, keys.keyboard(stream) as keyboard:
        assert not keyboard.single
        pressed = [keyboard.pressed(1) for _ in range(6)]
    assert pressed == ["space", "r", "backspace", "u", "q", "q"]


KILLED = """
import sys, time
sys.path[:0] = sys.argv[2:]
from pathlib import Path
from fake_microphone import GOOD, Sitting, opened, room
from voicevault.recording.session import Phase
with opened(Path(sys.argv[1])) as vault:
    sitting = Sitting(vault)
    sitting.session.open()
    for _ in range(2):
        sitting.read_aloud()
        sitting.session.accept()
    print("kept", flush=True)
    sitting.session.press()
    sitting.microphone.say(GOOD)
    sitting.tick(2.0)
    assert sitting.session.phase is Phase.RECORDING
    print("recording", flush=True)
    time.sleep(60)
"""


def test_a_killed_process_loses_only_the_take_in_progress(tmp_path: Path) -> None:
    vault_at(tmp_path / "v").close()
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path / "v"), str(Path(__file__).parent.parent)],
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        assert child.stdout is not None
        assert [child.stdout.readline() for _ in range(2)] == ["kept\n", "recording\n"]
        child.send_signal(signal.SIGKILL)
    assert not [path for path in tmp_path.rglob("*") if path.suffix in (".wav", ".flac", ".tmp")]
    with opened(tmp_path / "v") as vault:
        takes = list_takes(vault)
        assert [take.text for take in takes] == list(TEXTS[:2])
        assert all(vault.get(take.id)[:4] == b"fLaC" for take in takes)
