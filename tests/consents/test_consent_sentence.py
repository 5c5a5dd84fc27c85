# SPDX-License-Identifier: GPL-3.0-or-later
"""The sentence and the record of a consent: what they say, and what they refuse to be."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
import time
from collections.abc import Callable

import numpy as np
import pytest

from voicevault.audio import capture
from voicevault.consents.record import VALID_S, Challenge, Consent, PublishedSpeech, Stamp
from voicevault.consents.sentence import (
    BANK,
    WORDS,
    Declaration,
    date_in_words,
    draw_words,
    sentence,
)
from voicevault.errors import BadAudio, Refused, UsageError

ANNA = Declaration(BANK, "Anna Berg", "mother", "agreed")


def record(declaration: Declaration | None = None, age_s: int = 60) -> Consent:
    """A record that holds, as far as its text goes."""
    now = int(time.time())
    challenge = Challenge(
        declaration or Declaration(),
        datetime.date.today().isoformat(),
        ("marble", "window", "cabin"),
        now - age_s,
    )
    voice = () if declaration is None else (5,) * 256
    digest = hashlib.sha256(b"sound").hexdigest()
    return Consent(challenge, challenge.text, now, b"sound", digest, voice)


def test_dates_are_said_in_words() -> None:
    said = {
        datetime.date(2026, 11, 22): "Sunday, the twenty-second of November, twenty twenty-six",
        datetime.date(2027, 1, 30): "Saturday, the thirtieth of January, twenty twenty-seven",
        datetime.date(2030, 5, 31): "Friday, the thirty-first of May, twenty thirty",
        datetime.date(2101, 2, 20): "Sunday, the twentieth of February, two thousand and one",
        datetime.date(2045, 3, 8): "Wednesday, the eighth of March, twenty forty-five",
    }
    said[datetime.date(2001, 2, 20)] = said.pop(datetime.date(2101, 2, 20)).replace(
        "Sunday", "Tuesday"
    )
    assert {day: date_in_words(day) for day in said} == said


def test_every_sentence_ends_with_its_words_and_names_no_more_than_it_has_to() -> None:
    words = draw_words()
    assert len(set(words)) == 3
    own = sentence(Declaration(), datetime.date(2026, 11, 22), words)
    assert own.endswith(f"{words[0]}, {words[1]} and {words[2]}.")
    bank = sentence(ANNA, datetime.date(2026, 11, 22), words)
    assert "the recordings of Anna Berg, my mother" in bank
    assert "This person agreed" in bank
    decided = dataclasses.replace(ANNA, ground="decide")
    assert "I may decide" in sentence(decided, datetime.date(2026, 11, 22), words)


def test_words_are_drawn_from_the_whole_list() -> None:
    seen = {word for _ in range(400) for word in draw_words()}
    assert seen == set(WORDS)
    assert len(WORDS) == len(set(WORDS)) == 55


@pytest.mark.parametrize(
    "declaration",
    [
        Declaration("somebody"),
        Declaration(BANK),
        Declaration(BANK, "Anna", "mother", "wants"),
        Declaration(BANK, "...", "mother", "agreed"),
        Declaration(BANK, "A" * 61, "mother", "agreed"),
        Declaration("own", "Anna"),
    ],
)
def test_half_a_declaration_is_refused(declaration: Declaration) -> None:
    with pytest.raises(UsageError):
        declaration.checked()


@pytest.mark.parametrize("declaration", [None, ANNA])
def test_a_record_survives_the_vault(declaration: Declaration | None) -> None:
    made = record(declaration)
    again = Consent.from_bytes(made.to_bytes())
    assert again == made
    assert again.sha256 == made.sha256
    again.check()


def other(consent: Consent, **changes: object) -> Consent:
    return dataclasses.replace(consent, challenge=dataclasses.replace(consent.challenge, **changes))


def said_anew(consent: Consent) -> Consent:
    return dataclasses.replace(consent, text=consent.challenge.text)


FORGED: dict[str, Callable[[Consent], Consent]] = {
    "another text": lambda one: dataclasses.replace(one, text="I allow everything."),
    "another day": lambda one: said_anew(other(one, day="2026-01-01")),
    "no day": lambda one: other(one, day="today"),
    "words nobody drew": lambda one: said_anew(other(one, words=("I", "do", "agree"))),
    "one word": lambda one: said_anew(other(one, words=("marble", "marble", "marble"))),
    "too few words": lambda one: other(one, words=("marble",)),
    "too late": lambda one: other(one, drawn=one.recorded - VALID_S - 1),
    "said before it was drawn": lambda one: other(one, drawn=one.recorded + 3_600),
    "tomorrow's": lambda one: dataclasses.replace(
        other(one, drawn=one.recorded + 3_600), recorded=one.recorded + 3_600
    ),
    "another recording": lambda one: dataclasses.replace(one, audio=b"other sound"),
    "a bank without its voice": lambda one: said_anew(other(one, declaration=ANNA)),
    "an own voice told": lambda one: dataclasses.replace(one, voice=(1,) * 256),
    "a case nobody knows": lambda one: other(one, declaration=Declaration("mine")),
}


@pytest.mark.parametrize("how", FORGED)
def test_a_record_made_by_hand_does_not_hold(how: str) -> None:
    forged = FORGED[how](record())
    with pytest.raises(Refused) as caught:
        forged.check()
    assert caught.value.exit_code == 5
    assert caught.value.hint


@pytest.mark.parametrize("data", [b"", b"\0\0\0\x02{}", b"\xff" * 9, b"\0\0\0\x04null", b"fLaC"])
def test_bytes_that_are_no_record_are_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        Consent.from_bytes(data)


def test_a_stamp_names_nobody() -> None:
    made = record(ANNA)
    told = json.dumps(made.stamp().to_json()) + made.stamp().sentence()
    assert "Anna" not in told
    assert "mother" not in told
    assert made.sha256 in told
    assert Stamp.from_json(made.stamp().to_json()) == made.stamp()
    for body in ({}, None, {"case": "mine"}, {"case": "own", "more": "1"}):
        with pytest.raises(Refused):
            Stamp.from_json(body)


def test_published_speech_names_its_source_and_licence() -> None:
    assert "LJ Speech" in PublishedSpeech("LJ Speech", "public domain").stamp().sentence()
    for empty in (PublishedSpeech("", "CC0"), PublishedSpeech("LJ Speech", " ")):
        with pytest.raises(Refused):
            empty.stamp()


class Tape:
    """A microphone that plays what it was given, block by block, and is gone then."""

    name = ""
    rate_hz = 16_000

    def __init__(self, blocks: list[np.ndarray]) -> None:
        self.blocks = list(blocks)
        self.closed = False

    def open(self) -> Tape:
        return self

    @property
    def alive(self) -> bool:
        return bool(self.blocks)

    def read(self) -> capture.Heard:
        if not self.blocks:
            return capture.Heard(np.zeros(0, np.float32))
        return capture.Heard(self.blocks.pop(0), lost=len(self.blocks) == 6)

    def close(self) -> None:
        self.closed = True


def test_a_capture_ends_when_it_is_told_to() -> None:
    tape = Tape([np.full(1_600, at, np.float32) for at in range(9)])
    asked: list[int] = []
    heard = capture.capture(lambda: asked.append(1) is None and len(asked) == 4, tape)
    assert heard.samples[::1_600].tolist() == [0, 1, 2]
    assert (heard.rate_hz, heard.lost) == (16_000, True)
    assert tape.closed


def test_a_capture_ends_after_a_minute() -> None:
    tape = Tape([np.zeros(160_000, np.float32)] * 9)
    assert len(capture.capture(lambda: False, tape).samples) == 60 * 16_000


def test_a_microphone_without_sound_is_an_error() -> None:
    tape = Tape([])
    with pytest.raises(BadAudio, match="nothing"):
        capture.capture(lambda: False, tape)
    assert tape.closed
