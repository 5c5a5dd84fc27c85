# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways round the consent, each tried: from the Python API, the command line and the worker.

One vault for the module, with takes of a person who does not exist, and their true consent. The
checks of the worker run in this process: a start of each would cost seconds.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from consent_home import (
    OWNER,
    PASSPHRASE,
    STRANGER,
    TEXTS,
    TRIES,
    Home,
    Quiet,
    create,
    here,
    says,
)

from encrypted_store import KdfParams, Kind, Vault
from voicevault import cli, consenting, jobs, paths, tasks
from voicevault.audio.files import decode
from voicevault.consents import keeping
from voicevault.consents.record import Challenge, Consent
from voicevault.consents.sentence import BANK, WORD_COUNT, WORDS, Declaration
from voicevault.data.dataset import Utterance
from voicevault.errors import MissingExtra, Refused, UsageError
from voicevault.events import Warned
from voicevault.runs import DONE, RunBook
from voicevault.service import Studio
from voicevault.students import speaker_encoder
from voicevault.training import permission, stamps
from voicevault.training.personalise import personalise
from voicevault.training.recipe import load_recipe

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        not (paths.base_dir() / "tts.safetensors").is_file(), reason="no base is shipped here"
    ),
    pytest.mark.skipif(bool(speaker_encoder.unavailable()), reason="no speaker weights"),
]


def drawn(source: random.Random) -> Callable[[], tuple[str, ...]]:
    return lambda: tuple(source.sample(WORDS, WORD_COUNT))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    root = tmp_path_factory.mktemp("consent")
    with pytest.MonkeyPatch.context() as patched:
        # Words nobody can foresee pass for others once in a hundred draws: here they are foreseen.
        patched.setattr(keeping, "draw_words", drawn(random.Random(3)))
        patched.setenv("XDG_STATE_HOME", str(root / "state"))
        create(root / "V", OWNER)
        with Vault.open(root / "V", passphrase=PASSPHRASE) as vault:
            consent = keeping.current(vault)
            assert consent is not None
            yield Home(vault, root / "V", consent)


@pytest.fixture(scope="module")
def utterances() -> list[Utterance]:
    clips = {name: decode(data) for name, data in says(TEXTS, OWNER).items()}
    return [Utterance(n, TEXTS[n], one.samples, one.rate_hz) for n, one in clips.items()]


@pytest.fixture(scope="module")
def strangers() -> list[Utterance]:
    clips = {name: decode(data) for name, data in says(TEXTS, STRANGER).items()}
    return [Utterance(f"s{n}", TEXTS[n], one.samples, one.rate_hz) for n, one in clips.items()]


def recipe() -> Any:
    return load_recipe((paths.recipes_dir() / "tts_quick.toml").read_text(), "tts_quick", [])


# the Python API


@pytest.mark.parametrize("consent", [None, True, {"case": "own"}, "I am the speaker"])
def test_nothing_stands_in_for_a_consent(consent: Any, utterances: list[Utterance]) -> None:
    with pytest.raises(Refused, match="consent") as caught:
        personalise(utterances, recipe(), Quiet(), consent=consent)
    assert caught.value.exit_code == 5


def test_a_true_consent_covers_its_takes(home: Home, utterances: list[Utterance]) -> None:
    stamp, kept = permission.require(home.consent, utterances, Quiet())
    assert (stamp.case, stamp.sha256) == ("own", home.consent.sha256)
    assert kept == utterances


def test_a_record_around_another_sound_is_heard(home: Home, utterances: list[Utterance]) -> None:
    take = says({"p1": TEXTS["p1"]}, OWNER)["p1"]
    digest = hashlib.sha256(take).hexdigest()
    forged = dataclasses.replace(home.consent, audio=take, audio_sha256=digest)
    forged.check()  # nothing on paper is wrong with it
    with pytest.raises(Refused, match="not a consent"):
        personalise(utterances, recipe(), Quiet(), consent=forged)


def test_the_sentence_with_other_words_is_heard(home: Home, utterances: list[Utterance]) -> None:
    words = tuple(word for word in WORDS if word not in home.consent.challenge.words)[:3]
    challenge = dataclasses.replace(home.consent.challenge, words=words)
    forged = dataclasses.replace(home.consent, challenge=challenge, text=challenge.text)
    forged.check()
    with pytest.raises(Refused, match="does not say"):
        personalise(utterances, recipe(), Quiet(), consent=forged)


def test_a_consent_is_for_one_voice(home: Home, strangers: list[Utterance]) -> None:
    with pytest.raises(Refused, match="not of the voice"):
        personalise(strangers, recipe(), Quiet(), consent=home.consent)


def test_a_take_of_another_voice_is_left_out(
    home: Home, utterances: list[Utterance], strangers: list[Utterance]
) -> None:
    ctx = Quiet()
    _, kept = permission.require(home.consent, [*utterances, strangers[0]], ctx)
    assert kept == utterances
    said = [event.message for event in ctx.events if isinstance(event, Warned)]
    assert said == ["left out take sp1: it is not the voice that consented"]


def test_without_the_weights_nothing_is_let_through(
    home: Home, utterances: list[Utterance], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(permission, "unavailable", lambda: "not installed")
    with pytest.raises(MissingExtra, match="cannot be compared"):
        permission.require(home.consent, utterances, Quiet())


def test_a_bank_is_declared_by_another_voice(
    home: Home, utterances: list[Utterance], strangers: list[Utterance]
) -> None:
    declaration = Declaration(BANK, "Anna Berg", "mother", "agreed")
    for again in range(TRIES):
        challenge = dataclasses.replace(
            home.consent.challenge, declaration=declaration, words=WORDS[3 * again : 3 * again + 3]
        )
        audio = says({"c": challenge.text}, STRANGER)["c"]
        said = Consent(
            challenge, challenge.text, int(time.time()), audio, hashlib.sha256(audio).hexdigest()
        )
        try:
            kept = permission.examine(said, utterances, Quiet())
            break
        except Refused as error:
            if "drawn word" not in error.message or again == TRIES - 1:
                raise
    stamp, covered = permission.require(kept, utterances, Quiet())
    assert (stamp.case, len(covered)) == (BANK, len(utterances))
    with pytest.raises(Refused, match="not of the voice"):  # it is for these recordings only
        permission.require(kept, strangers, Quiet())


# recording one


def test_a_sentence_is_used_once(home: Home) -> None:
    with pytest.raises(Refused, match="no sentence to be said"):
        home.consenting.record(home.consent.audio)


def test_yesterdays_sentence_is_refused(home: Home) -> None:
    challenge = home.consenting.ask()
    entry = next(
        one for one in home.vault.list(Kind.SETTINGS) if one.meta["type"] == keeping.CHALLENGE
    )
    old = dataclasses.replace(challenge, drawn=challenge.drawn - 86_400).to_json()
    home.vault.delete(entry.id)
    home.vault.put(Kind.SETTINGS, json.dumps(old).encode(), {"type": keeping.CHALLENGE})
    with pytest.raises(Refused, match="minutes old"):
        home.consenting.record(home.consent.audio)
    spec = {"challenge": old}
    with pytest.raises(Refused, match="minutes old"):  # and by a worker fed by hand
        here(jobs.Request("consent", spec, {"takes": home.takes()}, (("recording", b"x"),)))


def test_recordings_of_something_else_are_refused(home: Home) -> None:
    challenge = home.consenting.ask()
    take = says(TEXTS, OWNER)["p1"]
    other = Challenge(Declaration(), challenge.day, WORDS[:3], challenge.drawn)
    if set(other.words) & set(challenge.words):
        other = dataclasses.replace(other, words=WORDS[-3:])
    tried = {
        "one of the takes": take,
        "used before": home.consent.audio,
        "not a consent": says({"x": "Dinner will be on the table at seven, come in time."}, OWNER)[
            "x"
        ],
        "does not say": says({"x": other.text}, OWNER)["x"],
    }
    for reason, data in tried.items():
        with pytest.raises(Refused, match=reason) as caught:
            home.consenting.record(data)
        assert caught.value.hint
    with pytest.raises(Refused):
        home.consenting.record(b"no sound at all")
    reasons = []
    while not any("not of the voice" in one for one in reasons):
        assert len(reasons) < TRIES, reasons
        text = home.consenting.ask().text
        with pytest.raises(Refused) as caught:
            home.consenting.record(says({"x": text}, STRANGER)["x"])
        reasons.append(caught.value.message)
    assert keeping.current(home.vault) == home.consent


def test_without_takes_there_is_nothing_to_compare(home: Home) -> None:
    home.consenting.ask()
    with pytest.raises(UsageError, match="no usable take"):
        consenting.Consenting(home.vault, [], here).record(b"x")


# the worker, fed by hand


@pytest.mark.parametrize("job", ["train", "export"])
def test_a_worker_without_a_ticket_refuses(job: str, home: Home) -> None:
    with pytest.raises(Refused, match="nobody consented"):
        home.job(job, None, student=b"")
    with pytest.raises(Refused, match="nobody consented"):
        home.job(job, "{}", student=b"")


@pytest.mark.parametrize("job", ["train", "export"])
def test_a_ticket_for_something_else_is_refused(job: str, home: Home) -> None:
    with pytest.raises(Refused, match="a sample is no consent"):
        home.job(job, home.takes()[0]["ticket"], student=b"")


def test_another_vaults_consent_is_refused(home: Home, tmp_path: Path) -> None:
    vault, _ = Vault.create(tmp_path / "W", PASSPHRASE, kdf=KdfParams(64 * 1024, t=3, p=4))
    with vault:
        object_id = vault.put(Kind.CONSENT, home.consent.to_bytes(), {"type": "consent"})
        with pytest.raises(Refused, match="another vault"):
            home.job("train", vault.ticket(object_id).to_json())


def test_a_record_with_its_sound_replaced_is_refused(home: Home) -> None:
    forged = dataclasses.replace(home.consent, audio=home.consent.audio[:-1] + b"\0")
    object_id = home.vault.put(Kind.CONSENT, forged.to_bytes(), {"type": "none"})
    with pytest.raises(Refused, match="its recording is another one"):
        home.job("train", home.vault.ticket(object_id).to_json())
    home.vault.delete(object_id)


def test_a_student_without_a_stamp_is_not_exported(home: Home) -> None:
    import safetensors.torch
    import torch

    entry = keeping.entry(home.vault)
    assert entry is not None
    ticket = home.vault.ticket(entry.id).to_json()
    bare = safetensors.torch.save({"x": torch.zeros(1)})
    for student in (bare, b"", b"\xff" * 40):
        with pytest.raises(Refused, match="without a consent"):
            home.job("export", ticket, student=student)


def test_a_student_of_another_persons_consent_is_not_exported(
    home: Home, strangers: list[Utterance], monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    other = dataclasses.replace(home.consent.stamp(), sha256="ab" * 32)
    student = stamps.pack({"x": torch.zeros(1)}, other)
    assert stamps.stamp_of(student) == other
    entry = keeping.entry(home.vault)
    assert entry is not None
    ticket = home.vault.ticket(entry.id).to_json()
    monkeypatch.setattr(tasks, "utterances", lambda assignment: strangers)
    with pytest.raises(Refused, match="not of the voice"):
        home.job("export", ticket, student=student)
    monkeypatch.setattr(tasks, "utterances", lambda assignment: [])
    with pytest.raises(Refused, match="no take is left"):
        home.job("export", ticket, student=student)


# the command line; last, because the consent is withdrawn here


def voicevault(home: Home, *words: str) -> int:
    reader, writer = os.pipe()
    os.write(writer, PASSPHRASE.encode() + b"\n")
    os.close(writer)
    try:
        return cli.run(["--vault", str(home.path), "--passphrase-fd", str(reader), *words])
    finally:
        os.close(reader)


def test_after_a_withdrawal_every_front_end_refuses(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = RunBook(home.vault)
    done = runs.begin("tts_quick", {}, {})
    runs.change(done, status=DONE)
    runs.begin("tts_quick", {}, {})
    home.vault.close()
    assert voicevault(home, "consent", "show", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["sha256"] == home.consent.sha256
    assert voicevault(home, "consent", "withdraw") != 0  # nobody said yes
    assert voicevault(home, "consent", "withdraw", "--yes") == 0
    assert done.name in capsys.readouterr().out
    asked = {
        "train": ("train", "tts_quick"),
        "resume": ("train", "tts_quick", "--resume"),
        "export": ("export", "latest", "--out", str(tmp_path / "D"), "--no-check"),
    }
    for what, words in asked.items():
        assert voicevault(home, *words) == 5, what
        assert "consent record" in capsys.readouterr().err
    assert not (tmp_path / "D").exists()
    assert voicevault(home, "train", "tts_quick", "--i-am-the-speaker") == 2
    with Studio.open(home.path, PASSPHRASE) as studio:
        for call in (
            lambda: studio.train("tts_quick"),
            lambda: studio.train("tts_quick", resume=True),
            lambda: studio.export(done.name, tmp_path / "D"),
        ):
            with pytest.raises(Refused, match="nobody consented"):
                call()
