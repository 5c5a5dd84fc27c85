# SPDX-License-Identifier: GPL-3.0-or-later
"""The report card: what it compares, how it names failures, what the page lets through."""

from __future__ import annotations

import base64
import io
import json
import math
import re
import struct
import zlib
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
import soundfile
from toy_speaker import speak as buzz

from voicevault.data.dataset import Utterance
from voicevault.errors import Cancelled, VoiceVaultError
from voicevault.evaluation import html, judge, mos, pictures, report, sets, similarity, terminal
from voicevault.evaluation.card import Figure, Report
from voicevault.evaluation.report import Options, comparable, evaluate, spread
from voicevault.events import Event, Progress, Warned

EVIL = "<script>alert(1)</script>\"' onload=x <img src=//evil.example/x>\x1b[2J\u202e"
SMALL = {"unseen": 6, "word": 1}


class ToyVoice:
    """Buzzes 60 ms a letter; does something wrong with texts it is told to."""

    rate_hz = 22_050

    def __init__(self, wrong: dict[str, str] | None = None) -> None:
        self.wrong = wrong or {}

    def speak(self, text: str) -> np.ndarray:
        how = next((kind for start, kind in self.wrong.items() if text.startswith(start)), "")
        if how == "raise":
            raise VoiceVaultError("no such symbol")
        seconds = 0.06 * len(text) * {"long": 3.0, "short": 0.2}.get(how, 1.0)
        wave = buzz(max(seconds, 0.8), self.rate_hz, seed=len(text))
        return wave * 0.0 if how == "silent" else wave


class Listener:
    """A context that remembers."""

    def __init__(self, patience: int = 10**6) -> None:
        self.events: list[Event] = []
        self.patience = patience

    def emit(self, event: Event) -> None:
        self.events.append(event)

    def put_blob(self, name: str, data: bytes, meta: dict[str, Any]) -> None: ...

    def stopping(self) -> bool:
        self.patience -= 1
        return self.patience < 0


def takes(split: str, count: int = 4, text: str = "A take of the owner number") -> list[Utterance]:
    return [
        Utterance(f"{split}-{n}", f"{text} {n}", buzz(2.0, seed=n), 16_000, split)  # type: ignore[arg-type]
        for n in range(count)
    ]


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "unavailable", lambda: "no judge here")
    monkeypatch.setattr(similarity, "unavailable", lambda: "no weights here")
    monkeypatch.setattr(mos, "unavailable", lambda folder=None: "no model here")
    monkeypatch.setattr(report.prosody, "unavailable", lambda: "no praat here")


def run(
    voice: ToyVoice, owner: list[Utterance], counts: dict[str, int] = SMALL, **more: Any
) -> tuple[Report, Listener]:
    ctx = Listener()
    options = Options(counts=counts, speed=False)
    return evaluate(voice, 1_234_567, owner, ctx, options=options, **more), ctx


@pytest.mark.usefixtures("nothing_installed")
def test_what_cannot_be_measured_is_named_with_its_reason() -> None:
    found, ctx = run(ToyVoice(), takes("test"))
    assert found.missing == {
        "word error rate": "no judge here",
        "similarity": "no weights here",
        "MOS proxy": "no model here",
        "pitch and duration": "no praat here",
    }
    assert {e.hint for e in ctx.events if isinstance(e, Warned)} == set(found.missing.values())
    assert list(found.figures) == ["size"]
    assert "no judge here" in terminal.table(found)
    assert "no judge here" in html.page(found)


@pytest.mark.usefixtures("nothing_installed")
def test_a_file_that_cannot_be_counted_costs_its_table_and_nothing_else() -> None:
    found, _ = run(ToyVoice(), [], voice_bytes=b"no graph")
    assert found.parties == ()
    assert "not an ONNX file" in found.missing["teacher against student"]
    assert found.gain.missing == "no teacher taught this voice"
    assert found.training == {"energy": "not recorded"}


@pytest.mark.usefixtures("nothing_installed")
def test_failures_are_named_sentence_by_sentence() -> None:
    texts = [one.text for one in sets.chosen(SMALL) if one.set == "unseen"]
    wrong = dict(zip(texts, ["silent", "raise", "long", "short"], strict=False))
    found, _ = run(ToyVoice(wrong), [])
    named = {row.text: " ".join(row.problems) for row in found.rows}
    assert named[texts[0]] == "silent"
    assert "could not be said: no such symbol" in named[texts[1]]
    assert "much too long" in named[texts[2]]
    assert "much too short" in named[texts[3]]
    assert named[texts[4]] == named[texts[5]] == ""
    assert {row.text for row in found.failing()} == set(texts[:4])


def test_unseen_takes_come_before_seen_ones() -> None:
    whole = [*takes("train"), *takes("validation"), *takes("test")]
    assert comparable(whole, 10)[0] == "test"
    assert comparable(whole[:8], 10)[0] == "validation"
    assert comparable(whole[:4], 10)[0] == "train"
    assert comparable([], 10) == ("none", [])
    assert [one.id for one in spread(takes("train", 10), 3)] == ["train-0", "train-3", "train-6"]


@pytest.mark.usefixtures("nothing_installed")
def test_trained_sentences_are_owned_up_to() -> None:
    found, _ = run(ToyVoice(), takes("train"))
    assert found.owner_split == "train"
    assert any("trained on" in note for note in found.notes)
    assert "trained on" in terminal.table(found)


@pytest.mark.usefixtures("nothing_installed")
def test_it_stops_when_asked() -> None:
    with pytest.raises(Cancelled):
        evaluate(ToyVoice(), 1, [], Listener(patience=3), options=Options(counts=SMALL))


def test_everything_at_once_and_the_same_twice() -> None:
    for reason in (judge.unavailable(), similarity.unavailable(), report.prosody.unavailable()):
        if reason:
            pytest.skip(reason)
    owner, about = [*takes("train"), *takes("test", 2)], {"run": "r1", "recipe": "tts_quick"}
    found, ctx = run(ToyVoice(), owner, {"unseen": 1}, run=about)
    body = found.to_dict()
    text = json.dumps(body, allow_nan=False)
    again = run(ToyVoice(), owner, {"unseen": 1}, run=about)[0].to_dict()
    assert {**json.loads(text), "created": ""} == {**again, "created": ""}
    assert {"wer", "wer_harder", "wer_excess", "similarity", "f0_rmse", "size"} <= set(
        body["figures"]
    )
    owned = [row for row in body["rows"] if row["set"] == "owner"]
    assert len(owned) == 2
    assert all(row["real_errors"] is not None and row["duration_ratio"] for row in owned)
    assert body["figures"]["size"]["value"] == pytest.approx(1.234567)
    assert {"speaking", "listening", "likeness"} <= {
        e.stage for e in ctx.events if isinstance(e, Progress)
    }
    # one speaker buzzes for both: as near as one more recording
    assert 0.8 < body["figures"]["similarity"]["value"] < 1.1


# the page


class Seen(HTMLParser):
    """Collects tags, attributes and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.said = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.said += data


@pytest.fixture
def evil(monkeypatch: pytest.MonkeyPatch) -> Report:
    if report.prosody.unavailable():
        pytest.skip(report.prosody.unavailable())
    monkeypatch.setattr(judge, "unavailable", lambda: EVIL)
    monkeypatch.setattr(similarity, "unavailable", lambda: EVIL)
    monkeypatch.setattr(mos, "unavailable", lambda folder=None: EVIL)
    owner = [Utterance(EVIL, EVIL, buzz(2.0), 16_000, "test")]
    return run(ToyVoice(), owner, run={"run": EVIL, "recipe": EVIL})[0]


def test_the_page_is_alone_and_lets_nothing_through(evil: Report) -> None:
    page = html.page(evil)
    seen = Seen(page)
    assert "script" not in seen.tags
    assert not {"img", "link", "iframe", "object", "base", "form"} & set(seen.tags)
    assert not [name for name, _ in seen.attributes if name.startswith("on")]
    links = [value for name, value in seen.attributes if name in ("src", "href", "xlink:href")]
    assert links
    assert all(value.startswith("data:") for value in links)
    assert "url(" not in page
    assert "@import" not in page
    assert EVIL.partition("\x1b")[0] in seen.said  # shown as text, not lost
    policies = [value for name, value in seen.attributes if name == "content"]
    assert policies[0].startswith("default-src 'none'")


def test_the_page_holds_sound_and_pictures(evil: Report) -> None:
    page = html.page(evil)
    sounds = re.findall(r"data:audio/flac;base64,([A-Za-z0-9+/=]+)", page)
    assert len(sounds) == len(evil.exhibits) > 3
    samples, rate_hz = soundfile.read(io.BytesIO(base64.b64decode(sounds[0])), dtype="float32")
    assert rate_hz == ToyVoice.rate_hz
    assert np.abs(samples - evil.exhibits[0].samples).max() < 1e-3
    assert page.count("data:image/png") == sum(2 if e.real else 1 for e in evil.exhibits)
    assert 'class="f0" d="M' in page
    assert len(page) < 3_000_000


def test_the_terminal_shows_no_control_characters(evil: Report) -> None:
    table = terminal.table(evil)
    assert "\x1b" not in table
    assert "\u202e" not in table


def test_the_png_is_one() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    data = pictures.png(pixels)
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    at, chunks = 8, {}
    while at < len(data):
        size = struct.unpack_from(">I", data, at)[0]
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        assert struct.unpack_from(">I", data, at + 8 + size)[0] == zlib.crc32(kind + body)
        chunks[kind], at = body, at + 12 + size
    assert struct.unpack(">IIBBBBB", chunks[b"IHDR"]) == (7, 5, 8, 2, 0, 0, 0)
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(5, 22)
    assert (rows[:, 0] == 0).all()
    assert (rows[:, 1:].reshape(5, 7, 3) == pixels).all()


def test_numbers_are_printed_with_the_digits_they_deserve() -> None:
    printed = [terminal.number(v, u) for v, u in ((3.14159, "%"), (0.00534, ""), (203.4, "Hz"))]
    assert printed == ["3.1 %", "0.0053", "203 Hz"]
    assert terminal.number(math.nan, "%") == "-"
    assert terminal.interval(Figure("t", 1.0, "%", "lower", low=0.5, high=2.25)) == "0.5 to 2.2 %"
    assert terminal.interval(Figure("t", 1.0, "", "lower")) == ""
