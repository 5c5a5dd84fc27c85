# SPDX-License-Identifier: GPL-3.0-or-later
"""Which recogniser listens: the newest run that passed its gate, one by name, or the base."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from toy_listening import CALIBRATION, recogniser_run, shipped_base
from toy_speaker import speak

from encrypted_store import KdfParams, Kind, Vault
from voicevault.data.documents import Documents
from voicevault.errors import MissingExtra, UsageError, VaultCorrupt
from voicevault.listening import BASE, Listening, open_recogniser
from voicevault.runs import DONE, RunBook
from voicevault.runtime.owner_words import OwnerWords
from voicevault.runtime.recognise import Calibration
from voicevault.runtime.words import Bigram

SOUND = speak(3.0)


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    opened, _ = Vault.create(
        tmp_path / "V", "words", kdf=KdfParams.for_tests(), anchors=tmp_path / "anchors"
    )
    with opened:
        yield opened


def test_the_newest_run_that_passed_else_the_base(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped_base(tmp_path / "base", monkeypatch)
    listening = Listening(vault, runs := RunBook(vault))
    assert listening.open().name == listening.in_use == BASE
    voice = runs.begin("tts_quick", {}, {})
    runs.change(voice, status=DONE, result={"voice_bytes": 5})
    assert listening.open().name == BASE, "a voice hears nothing"
    first, second = recogniser_run(vault), recogniser_run(vault)
    failed = recogniser_run(vault, deployed=False)
    assert listening.open().name == listening.in_use == second.name != first.name
    assert listening.open(first.name).name == first.name
    assert listening.open().note == ""
    unproven = listening.open("latest")
    assert unproven.name == failed.name
    assert "not shown" in unproven.note
    assert listening.open(BASE).name == open_recogniser().name == BASE
    for wrong, told in ((voice.name, "trained a voice"), ("nothing", "no run 'nothing'")):
        with pytest.raises(UsageError, match=told):
            listening.open(wrong)
    with pytest.raises(UsageError, match="none is open"):
        open_recogniser(name=first.name)


def test_a_build_without_a_recogniser_says_so(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped_base(tmp_path / "base", monkeypatch, listens=False)
    listening = Listening(vault, RunBook(vault))
    for attempt in (listening.open, open_recogniser):
        with pytest.raises(MissingExtra, match="ships no recogniser") as caught:
            attempt()
        assert "voicevault train" in caught.value.hint
    failed = recogniser_run(vault, deployed=False)
    assert listening.in_use == "", "nobody is offered who has not passed the gate"
    with pytest.raises(MissingExtra) as caught:
        listening.open()
    assert f"--run {failed.name}" in caught.value.hint
    made = recogniser_run(vault)
    opened = listening.open()
    assert opened.name == listening.in_use == made.name
    assert opened.recogniser._words is None, "nothing is known about words: greedy"
    assert opened.recogniser._calibration == Calibration(*CALIBRATION)
    assert opened.recogniser.recognise(SOUND).text


def test_the_owners_words_come_along(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped_base(tmp_path / "base", monkeypatch)
    listening = Listening(vault, RunBook(vault))
    assert isinstance(listening.open().recogniser._words, Bigram)
    (tmp_path / "a.txt").write_text("We met Ottilie. The ring is hers.")
    listening.documents.add_file(tmp_path / "a.txt")
    listening.documents.add_word("Grbavica")
    opened = listening.open()
    words = opened.recogniser._words
    assert isinstance(words, OwnerWords)
    assert (opened.own_words, opened.hotwords) == (7, len(words.hot))
    assert {"ottilie", "grbavica"} <= words.hot
    assert isinstance(open_recogniser().recogniser._words, Bigram), "no vault, no words of anybody"
    vault.close()
    assert opened.recogniser.recognise(SOUND).words == opened.recogniser.recognise(SOUND).words


def test_a_listener_whose_files_are_not_whole(vault: Vault) -> None:
    listening, runs = Listening(vault, RunBook(vault)), RunBook(vault)
    for broken in (b"{}", b"no json", b'{"calibration": [1, 2]}', b'{"calibration": [1, 2, NaN]}'):
        run = recogniser_run(vault)
        runs.keep(run, Kind.SETTINGS, "asr.json", broken)
        with pytest.raises(VaultCorrupt, match=run.name):
            listening.open(run.name)
    run = recogniser_run(vault)
    runs.drop(run, Kind.MODEL, "asr.onnx")
    with pytest.raises(VaultCorrupt, match=r"asr\.onnx is not in the vault"):
        listening.open()
    assert Documents(vault).all() == []
