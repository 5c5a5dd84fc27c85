# SPDX-License-Identifier: GPL-3.0-or-later
"""A training that listens to teachers: what it is given, what its record says, what it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from encrypted_store import KdfParams, Kind, Vault
from voicevault import jobs
from voicevault.data import taught
from voicevault.data.takes import list_takes
from voicevault.data.taught import Provenance
from voicevault.errors import BadDataset, UsageError
from voicevault.export.card import model_card, voice_card
from voicevault.export.info import VoiceInfo
from voicevault.export.ownership import make_manifest
from voicevault.lessons import Lesson
from voicevault.runs import RunBook

EMBEDDED = Provenance("embedded", "base run", "GPL-3.0-or-later", True, "e")
XTTS = Provenance("xtts-v2", "2.0", "CPML-1.0", False, "x")


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    made, _ = Vault.create(
        tmp_path / "V", "words", kdf=KdfParams.for_tests(), anchors=tmp_path / "anchors"
    )
    with made:
        for number in range(30):  # enough for some to be held back
            text = f"This is sentence number {number}."
            made.put(Kind.SAMPLE, b"sound", {"type": "take", "text": text, "created": number})
        # The parent asks that there is a consent; whether it holds is the worker's to hear.
        made.put(Kind.CONSENT, b"said", {"type": "consent", "case": "own", "day": "2026-01-31"})
        yield made


def said(vault: Vault, text: str, teacher: Provenance, refused: str = "") -> str:
    key = taught.key_of(teacher.fingerprint, text, {})
    return taught.keep_taught(vault, b"fLaC", key=key, text=text, teacher=teacher, refused=refused)


def lesson(vault: Vault) -> Lesson:
    return Lesson(vault, RunBook(vault), list_takes(vault))


def asked(vault: Vault, *settings: str) -> jobs.Request:
    """What the worker would be sent."""
    requests: list[jobs.Request] = []

    def work(request: jobs.Request, on_event: Any, on_blob: jobs.OnBlob) -> dict[str, Any]:
        requests.append(request)
        on_blob("student", b"s", {})
        on_blob("voice", b"v", {})
        return dict(request.spec.get("ledger", {}))

    one = lesson(vault)
    overrides = dict(setting.split("=") for setting in settings)
    run = one.hold(one.begin("tts_quick", overrides), work, None)
    assert run.result == requests[0].spec.get("ledger", {})
    return requests[0]


def test_unasked_for_nothing_of_a_teacher_is_sent(vault: Vault) -> None:
    said(vault, "Said by a teacher.", XTTS)
    request = asked(vault)
    assert set(request.tickets) == {"takes", "consent"}
    assert "ledger" not in request.spec


def test_sources_are_switched_one_by_one_and_named(vault: Vault) -> None:
    first, second = said(vault, "By a student.", EMBEDDED), said(vault, "From elsewhere.", XTTS)
    said(vault, "Too fast.", XTTS, refused="pace: +3.0")

    def sources(*settings: str) -> dict[str, str]:
        request = asked(vault, *settings)
        return {one["meta"]["id"]: one["meta"]["source"] for one in request.tickets["taught"]}

    assert sources("mix.replay=0.2") == {first: "replay"}
    assert sources("mix.taught=0.2") == {second: "taught"}
    both = asked(vault, "mix.taught=0.2", "mix.replay=0.2").spec["ledger"]
    assert [one["name"] for one in both["teachers"]] == ["embedded", "xtts-v2"]
    assert both["commercial"] is False
    assert asked(vault, "mix.replay=0.2").spec["ledger"]["commercial"] is True


def test_sentences_that_measure_the_voice_are_not_taught_to_it(vault: Vault) -> None:
    measures = next(one.text for one in list_takes(vault) if one.split == "validation")
    said(vault, measures.upper(), XTTS)
    other = said(vault, "Another sentence.", XTTS)
    request = asked(vault, "mix.taught=1")
    assert [one["meta"]["id"] for one in request.tickets["taught"]] == [other]


def test_a_source_that_said_nothing_is_not_passed_over(vault: Vault) -> None:
    said(vault, "From elsewhere.", XTTS)
    with pytest.raises(BadDataset, match="embedded teacher has said nothing") as error:
        lesson(vault).begin("tts_quick", {"mix.replay": "0.5"})
    assert "label --tts" in error.value.hint


def test_a_run_whose_lessons_are_gone_is_not_resumed(vault: Vault) -> None:
    one = said(vault, "From elsewhere.", XTTS)
    lesson(vault).begin("tts_quick", {"mix.taught": "0.5"})
    assert lesson(vault).resume("tts_quick", {}).overrides == {"mix.taught": "0.5"}
    vault.delete(one)
    with pytest.raises(UsageError, match="not in the vault any more"):
        lesson(vault).resume("tts_quick", {})


def test_an_exported_voice_names_its_teachers() -> None:
    free = VoiceInfo("v", teachers=("embedded (GPL-3.0-or-later)",))
    bound = VoiceInfo("v", teachers=("xtts-v2 (CPML-1.0)",), commercial=False)
    for made in (model_card(bound), voice_card(bound, 1, "")):
        assert "xtts-v2 (CPML-1.0)" in made
        assert "no: the licence of a teacher forbids it" in made
    assert "forbids" not in voice_card(free, 1, "") + model_card(free)
    assert "teacher" not in model_card(VoiceInfo("v")).lower()
    manifest = json.loads(make_manifest({}, bound, None)["manifest.json"])
    assert (manifest["teachers"], manifest["commercial"]) == (["xtts-v2 (CPML-1.0)"], False)
