# SPDX-License-Identifier: GPL-3.0-or-later
"""A vault with takes, a consent and a finished run, for lessons."""

from __future__ import annotations

import datetime
import hashlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from toy_school import TAKES, student

from encrypted_store import KdfParams, Kind, Vault
from voicevault.audio import qc
from voicevault.audio.files import decode, encode_flac
from voicevault.consents import keeping
from voicevault.consents.hearing import listen
from voicevault.consents.record import Challenge, Consent
from voicevault.consents.sentence import Declaration, draw_words
from voicevault.data.takes import add_take, list_takes
from voicevault.errors import Refused
from voicevault.runs import DONE, RunBook
from voicevault.runtime.align import Aligner
from voicevault.schooling import Schooling
from voicevault.teachers.adapters.embedded import EmbeddedTeacher
from voicevault.text.prompts import prompts


@pytest.fixture(scope="module")
def spoken() -> list[tuple[str, bytes]]:
    """Takes of somebody who sounds like a voice of the base."""
    teacher = EmbeddedTeacher(student(), "r", "0" * 64)
    said = [teacher.synthesise(one.text, ()) for one in prompts()[:TAKES]]
    return [(one.text, encode_flac(one.samples, one.rate_hz)) for one in said]


@pytest.fixture(scope="module")
def consent(spoken: list[tuple[str, bytes]]) -> Consent:
    """What they said to allow it: the first sentence whose drawn words are understood."""
    teacher, aligner = EmbeddedTeacher(student(), "r", "0" * 64), Aligner.load()
    for _ in range(8):
        today = datetime.date.today().isoformat()
        challenge = Challenge(Declaration().checked(), today, draw_words(), int(time.time()))
        said = teacher.synthesise(challenge.text, ())
        audio = encode_flac(said.samples, said.rate_hz)
        digest = hashlib.sha256(audio).hexdigest()
        try:
            listen(audio, challenge, aligner)
        except Refused:
            continue
        return Consent(challenge, challenge.text, int(time.time()), audio, digest)
    pytest.fail("none of eight sentences was understood")


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vault]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    made, _ = Vault.create(
        tmp_path / "V", "words", kdf=KdfParams.for_tests(), anchors=tmp_path / "anchors"
    )
    with made:
        yield made


@pytest.fixture
def school(
    vault: Vault, spoken: list[tuple[str, bytes]], consent: Consent
) -> Callable[[], Schooling]:
    """Takes with the consent of who speaks, and a finished run that learnt from them."""
    keeping.keep(vault, consent)
    for text, data in spoken:
        clip = decode(data)
        verdict = qc.judge(clip.samples, clip.rate_hz, text)
        add_take(vault, data, clip, text, verdict)
    runs = RunBook(vault)
    learnt = {one.id: "train" for one in list_takes(vault)}
    run = runs.begin("tts_quick", {}, learnt)
    runs.keep(run, Kind.MODEL, "student", student())
    runs.change(run, status=DONE)
    return lambda: Schooling(vault, runs, list_takes(vault))
