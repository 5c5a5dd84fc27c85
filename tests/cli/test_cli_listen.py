# SPDX-License-Identifier: GPL-3.0-or-later
"""transcribe and dictate through the command line, with a tiny recogniser and made-up speech."""

from __future__ import annotations

import io
import json
import os
import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from toy_listening import RATE_HZ, FakeDevice, recogniser_run, shipped_base, talk

from encrypted_store import Vault
from voicevault import cli
from voicevault.audio import capture
from voicevault.audio.files import encode_wav
from voicevault.errors import BadAudio, MissingExtra
from voicevault.terminal import Teller

WORDS = "an invented passphrase"
ODD = "e\u0301\u200b\U0001f3a4 \u05d0.wav"


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    told: str


Run = Callable[..., Ended]


@pytest.fixture
def voicevault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Run]:
    """The command line in this process, in an empty folder, with a base that listens."""
    shipped_base(tmp_path / "base", monkeypatch)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TERM", "dumb")
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "VOICEVAULT_VAULT"):
        monkeypatch.delenv(name, raising=False)

    def run(*words: str, vault: bool = False) -> Ended:
        reader, writer = os.pipe()
        os.write(writer, WORDS.encode() + b"\n")
        os.close(writer)
        capfd.readouterr()
        opening = ["--vault", "V", "--passphrase-fd", str(reader)] if vault else []
        try:
            code = cli.run([*opening, *words])
        finally:
            os.close(reader)
        out, told = capfd.readouterr()
        assert "Traceback" not in out + told
        assert "should not have happened" not in told, told
        return Ended(code, out, told)

    before = signal.getsignal(signal.SIGINT)
    yield run
    assert signal.getsignal(signal.SIGINT) is before


def recording(name: str = "talk.wav", *phrases_s: float) -> str:
    Path(name).write_bytes(encode_wav(talk(*(phrases_s or (3.0, 4.0))), RATE_HZ))
    return name


def test_the_four_formats_say_the_same(voicevault: Run) -> None:
    name = recording()
    text, srt, vtt, found = (
        voicevault("transcribe", name, "--base", "--format", form)
        for form in ("text", "srt", "vtt", "json")
    )
    assert (text.code, srt.code, vtt.code, found.code) == (0, 0, 0, 0)
    words = text.out.split()
    assert len(words) > 3
    body = json.loads(found.out)
    assert body["text"].split() == [one["word"] for one in body["words"]] == words
    assert (body["recogniser"], body["complete"], body["duration_s"]) == ("base", True, 11.5)
    starts = [one["start_s"] for one in body["words"]]
    assert starts == sorted(starts)
    for one in body["words"]:
        assert 1.1 < one["start_s"] < one["end_s"] < 10.6
        assert one["unsure"] == (one["confidence"] < 0.5)
    cue = r"\d\d:\d\d:\d\d{0}\d{{3}} --> \d\d:\d\d:\d\d{0}\d{{3}}"
    for ended, point in ((srt, ","), (vtt, r"\.")):
        times = re.findall(cue.format(point), ended.out)
        assert len(times) >= 2
        shown = re.sub(r"(?m)^(WEBVTT|\d+|.*-->.*)$", "", ended.out)
        assert shown.split() == words
        assert max(map(len, shown.splitlines())) <= 42
    assert srt.out.startswith("1\n00:00:01,")
    assert vtt.out.startswith("WEBVTT\n\n00:00:01.")
    assert "recogniser: base" in text.told


def test_words_below_a_confidence_are_marked(voicevault: Run) -> None:
    name = recording()
    bodies = [
        json.loads(voicevault("transcribe", name, "--base", "--format", "json", *more).out)
        for more in ((), ("--unsure", "0"), ("--unsure", "1"))
    ]
    assert [sum(one["unsure"] for one in body["words"]) > 0 for body in bodies][1:] == [False, True]
    sure = sorted(one["confidence"] for one in bodies[0]["words"])
    middle = str(sure[len(sure) // 2])
    body = json.loads(
        voicevault("transcribe", name, "--base", "--format", "json", "--unsure", middle).out
    )
    assert 0 < sum(one["unsure"] for one in body["words"]) < len(sure)


def test_only_the_named_file_is_written_and_never_over_another(voicevault: Run) -> None:
    name = recording()
    printed = voicevault("transcribe", name, "--base", "--format", "srt").out
    ended = voicevault("transcribe", name, "--base", "--out", "talk.srt")
    assert (ended.code, ended.out) == (0, "")
    assert Path("talk.srt").read_text() == printed, "the format follows from the name"
    Path("mine.txt").write_text("mine")
    refused = voicevault("transcribe", name, "--base", "--out", "mine.txt")
    assert (refused.code, Path("mine.txt").read_text()) == (5, "mine")
    assert voicevault("transcribe", name, "--base", "--out", "mine.txt", "--force").code == 0
    assert Path("mine.txt").read_text() != "mine"
    assert sorted(path.name for path in Path().iterdir()) == ["mine.txt", "talk.srt", name]
    assert not Path("../home").exists()


def test_bad_recordings_have_one_clear_line(voicevault: Run) -> None:
    sound = talk(3.0)
    nan = sound.copy()
    nan[30_000] = np.nan
    sf.write("nan.wav", nan, RATE_HZ, subtype="FLOAT")
    Path("empty.wav").write_bytes(b"")
    Path("zero.wav").write_bytes(encode_wav(sound[:0], RATE_HZ))
    Path("film.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + bytes(99))
    for name, told in (("nan.wav", "not numbers"), ("empty.wav", "is empty"),
                       ("zero.wav", "no sound"), ("film.mp4", "is MP4")):  # fmt: skip
        ended = voicevault("transcribe", name, "--base", "--out", "x.txt")
        assert (ended.code, ended.out) == (1, ""), name
        assert re.search(f"error: {name} .*{told}", ended.told)
        assert "voicevault: hint: " in ended.told
        assert not Path("x.txt").exists()


def test_odd_recordings_are_written_down(voicevault: Run) -> None:
    recording(ODD)
    plain = voicevault("transcribe", recording(), "--base").out
    ended = voicevault("transcribe", ODD, "--base", "--format", "json")
    assert json.loads(ended.out)["file"].startswith("e\u0301?\U0001f3a4")
    assert json.loads(ended.out)["text"].split() == plain.split()
    both = np.stack((talk(3.0, 4.0),) * 2, 1)
    sf.write("stereo.wav", both, RATE_HZ, subtype="PCM_16")
    stereo = voicevault("transcribe", "stereo.wav", "--base").out
    # A random network is unsure of everything: rounding may turn a letter.
    assert SequenceMatcher(None, stereo, plain).ratio() > 0.95
    for name, silence in (("silent.wav", np.zeros(48_000)), ("short.wav", np.zeros(5))):
        Path(name).write_bytes(encode_wav(silence.astype(np.float32), RATE_HZ))
        ended = voicevault("transcribe", name, "--base")
        assert (ended.code, ended.out) == (0, "")
        assert "no words were heard" in ended.told
    whole = Path("talk.wav").read_bytes()
    Path("cut.wav").write_bytes(whole[: len(whole) // 2])
    ended = voicevault("transcribe", "cut.wav", "--base", "--format", "json")
    assert ended.code == 0
    assert "warning: cut.wav is cut off" in ended.told
    body = json.loads(ended.out)
    assert not body["complete"]
    assert body["text"]
    assert plain.startswith(" ".join(body["text"].split()[:2]))


def test_ctrl_c_leaves_nothing_half_written(
    voicevault: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = recording("long.wav", *[6.0] * 6)
    whole = voicevault("transcribe", name, "--base").out.splitlines()
    from voicevault.runtime.recognise import Recogniser

    heard, count = Recogniser.recognise, []

    def pressed(*words: object, **named: object) -> object:
        count.append(1)
        if len(count) == 3:
            raise KeyboardInterrupt
        return heard(*words, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Recogniser, "recognise", pressed)
    ended = voicevault("transcribe", name, "--base")
    assert ended.code == 130
    assert 0 < len(ended.out.splitlines()) < len(whole)
    assert whole[: len(ended.out.splitlines())] == ended.out.splitlines(), "what was heard is there"
    count.clear()
    assert voicevault("transcribe", name, "--base", "--out", "x.txt").code == 130
    assert [path.name for path in Path().iterdir()] == [name]


def test_a_run_listens_with_the_owners_words(voicevault: Run, tmp_path: Path) -> None:
    name = recording("talk.wav", 6.0, 6.0)
    assert voicevault("vault", "create", "--kdf-memory", "64", vault=True).code == 0
    anchors = next((tmp_path / "home").rglob("anchors"))
    with Vault.open(Path("V"), passphrase=WORDS, anchors=anchors) as vault:
        run = recogniser_run(vault)
    before = voicevault("transcribe", name, vault=True)
    assert f"recogniser: {run.name}\n" in before.told
    assert voicevault("words", "add", "--word", "Grbavica", vault=True).code == 0
    with_word = voicevault("transcribe", name, "--run", run.name, vault=True)
    assert f"recogniser: {run.name}, with 0 words of yours, 1 listened for" in with_word.told
    assert with_word.out == before.out, "nothing like it was said"
    # What sounds nearly like it becomes a word that the owner gave.
    assert "thepoth" not in before.out.split()
    assert voicevault("words", "add", "--word", "Thepoth", vault=True).code == 0
    assert "thepoth" in voicevault("transcribe", name, vault=True).out.split()
    assert voicevault("transcribe", name, "--run", "nothing", vault=True).code == 2
    nowhere = voicevault("transcribe", name)
    assert nowhere.code == 2
    assert "there is no vault at" in nowhere.told
    assert "--base" in nowhere.told
    for path in tmp_path.rglob("*"):
        if path.is_file():
            data = path.read_bytes().lower()
            assert not [one for one in (b"grbavica", b"thepoth", b"hotword") if one in data], path


def test_dictation_prints_phrases_and_appends_them(
    voicevault: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = FakeDevice(talk(3.0, 4.0), ctrl_c_at=0)
    monkeypatch.setattr(capture, "Microphone", lambda: device)
    Path("notes.txt").write_text("before\n")
    ended = voicevault("dictate", "--base", "--out", "notes.txt")
    assert ended.code == 0
    assert len(ended.out.splitlines()) == 2
    assert Path("notes.txt").read_text() == "before\n" + ended.out
    assert "listening: speak" in ended.told
    assert f"{len(ended.out.split())} words" in ended.told
    assert [path.name for path in Path().iterdir()] == ["notes.txt"]
    assert not device.is_open


def test_dictation_ends_with_ctrl_c_and_keeps_the_last_phrase(
    voicevault: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = FakeDevice(talk(9.0, 3.0), ctrl_c_at=40)  # in the middle of the first phrase
    monkeypatch.setattr(capture, "Microphone", lambda: device)
    ended = voicevault("dictate", "--base")
    assert ended.code == 0
    assert len(ended.out.splitlines()) == 1
    assert device.taken <= 42
    assert not device.is_open


def test_a_microphone_that_is_lost_or_absent(
    voicevault: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = FakeDevice(talk(3.0))
    monkeypatch.setattr(capture, "Microphone", lambda: lost)
    ended = voicevault("dictate", "--base", "--out", "notes.txt")
    assert ended.code == 1
    assert len(ended.out.splitlines()) == 1, "what was said is not lost"
    assert Path("notes.txt").read_text() == ended.out
    assert "error: the microphone is gone" in ended.told
    assert not lost.is_open
    for error in (BadAudio("no microphone"), MissingExtra("PortAudio is not installed")):
        absent = FakeDevice(talk(3.0)[:0], absent=error)
        monkeypatch.setattr(capture, "Microphone", lambda absent=absent: absent)
        ended = voicevault("dictate", "--base")
        assert (ended.code, ended.out) == (1, "")
        assert (
            "hint: connect a microphone, or give a recording: voicevault transcribe" in ended.told
        )


def test_words_in_progress_show_on_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm")
    screen, pipe = Screen(), io.StringIO()
    for stream in (screen, pipe):
        teller = Teller(stream)
        teller.live("one " * 40)
        teller.live("two")
        teller.done()
    shown = screen.getvalue().split("\r")
    assert [part.strip() for part in shown] == [("one " * 40)[-79:].strip(), "", "two", "", ""]
    assert pipe.getvalue() == ""


def test_a_build_without_a_recogniser_opens_no_microphone(
    voicevault: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shipped_base(tmp_path / "bare", monkeypatch, listens=False)
    device = FakeDevice(talk(3.0))
    monkeypatch.setattr(capture, "Microphone", lambda: device)
    for words in (("dictate", "--base"), ("transcribe", recording(), "--base", "--out", "x.txt")):
        ended = voicevault(*words)
        assert (ended.code, ended.out) == (1, "")
        assert "error: this build ships no recogniser" in ended.told
        assert "hint: train your own" in ended.told
    assert device.taken == 0
    assert not Path("x.txt").exists()
