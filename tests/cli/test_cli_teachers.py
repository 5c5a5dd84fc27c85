# SPDX-License-Identifier: GPL-3.0-or-later
"""teachers add, list, fetch, rm on the command line, with folders that only look like teachers."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from voicevault import cli
from voicevault.teachers import catalogue
from voicevault.teachers import fetch as fetching
from voicevault.teachers.manifest import Entry, Mark, Terms

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def voicevault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv("TERM", "dumb")

    def run(*words: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = cli.run(list(words))
        told = capfd.readouterr()
        return code, told.out, told.err

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As much of a Whisper folder as a look at it can tell."""
    made = tmp_path / "mine"
    made.mkdir()
    (made / "model.bin").write_bytes(struct.pack("<IH", 6, 12) + b"WhisperSpec\0" + bytes(5000))
    for name in ("config.json", "tokenizer.json", "vocabulary.json"):
        (made / name).write_text("{}")
    return made


def test_a_folder_comes_is_listed_and_goes(voicevault: Run, folder: Path, tmp_path: Path) -> None:
    code, _, told = voicevault("teachers", "add", "mine")
    assert (code, "nothing says under which licence" in told) == (5, True)
    code, out, _ = voicevault("teachers", "add", "mine", "--licence", "MIT", "--name", "house")
    assert code == 0
    assert "teacher  house" in out
    place = tmp_path / "home" / ".local" / "share" / "voicevault" / "teachers" / "house"
    assert (place / "model.bin").is_file()
    code, out, told = voicevault("teachers", "list")
    assert (code, told) == (0, "")
    assert out.splitlines()[1].split()[:4] == ["house", "hears", "here", "MIT"]
    _, out, _ = voicevault("teachers", "list", "--json")
    here = json.loads(out)["here"][0]
    assert (here["name"], here["commercial"], len(here["files"])) == ("house", True, 4)
    code, _, told = voicevault("teachers", "rm", "house")
    assert (code, "Nobody can answer" in told) == (5, True)
    assert voicevault("teachers", "rm", "house", "--yes")[0] == 0
    assert not place.exists()


def test_a_damaged_one_is_listed_with_its_fault(voicevault: Run, folder: Path) -> None:
    voicevault("teachers", "add", "mine", "--accept-licence", "unknown", "--json")
    next(folder.parent.rglob("teacher.json")).write_text("{")
    code, _, told = voicevault("teachers", "list")
    assert code == 0
    assert "warning: mine: " in told
    assert voicevault("teachers", "rm", "mine", "--yes")[0] == 0


def test_fetch_hands_the_answers_on_and_tells_what_nobody_published(
    voicevault: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network is the fetch room's own test; here is what reaches it, and what is told."""
    asked: dict[str, object] = {}

    def fetch(known: catalogue.Known, **settings: object) -> Entry:
        asked.update(settings, name=known.name)
        offer = fetching.Offer(known, Path("there"), 2_000_000, 1_000_000, ("one.test", "two.test"))
        assert settings["ask"](offer) is True  # type: ignore[operator]
        files = {"a.pth": Mark(1, "0", published=True), "b.pth": Mark(1, "1")}
        return Entry(known.name, known.family, "1", Terms("CPML-1.0", False, "CPML-1.0"), files)

    monkeypatch.setattr(fetching, "fetch", fetch)
    line = ("teachers", "fetch", "xtts-v2", "--yes", "--accept-licence", "CPML-1.0")
    code, out, told = voicevault(*line)
    assert code == 0
    assert "licence  CPML-1.0, not commercial" in out
    assert "xtts-v2: 2.0 MB from one.test and two.test, 1.0 MB of it here already" in told
    assert "nobody published a hash of b.pth" in told
    assert (asked["name"], asked["accepted"]) == ("xtts-v2", "CPML-1.0")
    assert "schemes" not in asked, "the command line reaches nothing but https"
