# SPDX-License-Identifier: GPL-3.0-or-later
"""What `label` prints of a lesson: every text with its fate, reasons counted, misread words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from voicevault import cli
from voicevault.commands.session import Session
from voicevault.schooling import Asked, Summary, Suspect

SAID = Summary(
    "embedded",
    "GPL-3.0-or-later",
    commercial=True,
    made=2,
    known=1,
    usable=1,
    refused={"pace": 1, "words": 1},
    checks=("clipped", "pace"),
    texts=(
        Asked("Kept.", "prompts", 12),
        Asked("Too fast.", "own", 3, "pace: +3.1 deviations from the takes"),
        Asked("Mumbled.", "prompts", 0, "words: the words differ from the text"),
    ),
)
HEARD = Summary(
    "tiny",
    "CPML-1.0",
    made=2,
    usable=2,
    refused={"too long": 1},
    misread=(Suspect("a" * 32, "p1", "seven", "eleven", 1.25, 0.004),
             Suspect("b" * 32, "", "pace.", "", 2.0, 0.01)),
)  # fmt: skip


class Toy:
    """A studio whose teachers have answered already."""

    asked: list[tuple[Any, ...]]

    def label_tts(self, *words: Any, on_event: Any) -> Summary:
        self.asked = [words]
        return SAID

    def label_asr(self, *words: Any, on_event: Any) -> Summary:
        self.asked = [words]
        return HEARD


@pytest.fixture
def studio(monkeypatch: pytest.MonkeyPatch) -> Toy:
    toy = Toy()

    @contextmanager
    def opened(self: Session, *, stoppable: bool = False) -> Iterator[Toy]:
        assert stoppable, "Ctrl-C has to keep what came"
        yield toy

    monkeypatch.setattr(Session, "studio", opened)
    return toy


def test_what_was_said_is_told_text_by_text(
    studio: Toy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "mine.txt"
    own.write_text("My own words.")
    assert cli.run(["label", "--tts", "3", "--own", str(own)]) == 0
    assert studio.asked == [(3, "embedded", "My own words.")]
    told = " ".join(capsys.readouterr().out.split())
    assert "Too fast. own 3 pace: +3.1 deviations" in told
    assert "embedded: 2 new, 1 known, 1 usable" in told
    assert "refused: pace 1, words 1" in told
    assert "asked of each: clipped, pace" in told
    assert told.endswith("licence: GPL-3.0-or-later")


def test_misread_words_end_the_answer(studio: Toy, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["label", "--asr", "--teacher", "tiny"]) == 0
    assert studio.asked == [("tiny",)]
    told = " ".join(capsys.readouterr().out.split())
    assert "aaaaaaaa p1 1.2 s seven eleven 0.004" in told
    assert "bbbbbbbb - 2.0 s pace. nothing 0.010" in told
    assert "not labelled: too long 1" in told
    assert "probably misread: 2 words in 2 of 2 takes" in told


def test_programs_get_everything(studio: Toy, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["label", "--tts", "3", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["made"], told["refused"], told["commercial"]) == (2, SAID.refused, True)
    assert [one["text"] for one in told["texts"]] == ["Kept.", "Too fast.", "Mumbled."]


@pytest.mark.parametrize(
    ("content", "said"), [(b"\xff\xfe", "not UTF-8"), (b"a" * (5 << 20), "larger than 4 MiB")]
)
def test_texts_that_cannot_be_read_are_named(
    studio: Toy, tmp_path: Path, content: bytes, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "mine.txt"
    own.write_bytes(content)
    assert cli.run(["label", "--tts", "3", "--own", str(own)]) == 2
    assert said in capsys.readouterr().err
