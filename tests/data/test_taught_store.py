# SPDX-License-Identifier: GPL-3.0-or-later
"""What teachers made: kept once, read back, and gone with the takes it came from."""

from __future__ import annotations

import json
from typing import Any

import pytest

from encrypted_store import Kind, Vault
from voicevault import forgetting
from voicevault.data import taught
from voicevault.data.takes import list_takes
from voicevault.data.taught import Provenance
from voicevault.errors import VaultCorrupt
from voicevault.runs import DONE, RunBook

TEACHER = Provenance("whisper-tiny", "tiny 1", "MIT", True, "f" * 64)


def said(vault: Vault, text: str, **more: Any) -> str:
    return taught.keep_taught(
        vault, b"fLaC", key=taught.key_of("f", text, {}), text=text, teacher=TEACHER, **more
    )


def test_what_was_said_comes_back(vault: Vault) -> None:
    one = said(vault, "Hello.", figures={"similarity_m": 912}, takes=["b", "a"])
    (back,) = taught.list_taught(vault)
    assert (back.id, back.text, back.teacher, back.usable) == (one, "Hello.", TEACHER, True)
    assert back.figures == {"similarity_m": 912}
    assert vault.get(one) == b"fLaC"
    assert taught.held_keys(vault) == {back.key}
    assert list_takes(vault) == []


def test_what_was_refused_keeps_its_reason_and_no_sound(vault: Vault) -> None:
    one = said(vault, "Hello.", refused="clipped")
    assert vault.get(one) == b""
    assert taught.newest(taught.list_taught(vault)) == []
    assert taught.held_keys(vault)  # it is not asked for again


def test_training_gets_each_text_once_and_the_newest(vault: Vault) -> None:
    said(vault, "Hello.")
    said(vault, "Another one.")
    last = said(vault, "Hello.")
    assert [one.text for one in taught.newest(taught.list_taught(vault))] == [
        "Another one.",
        "Hello.",
    ]
    assert taught.newest(taught.list_taught(vault))[1].id == last


@pytest.mark.parametrize(
    ("teacher", "what", "settings"), [("g", "x", {}), ("f", "y", {}), ("f", "x", {"beam": 5})]
)
def test_another_teacher_text_or_setting_is_another_question(
    teacher: str, what: str, settings: dict[str, Any]
) -> None:
    assert taught.key_of(teacher, what, settings) != taught.key_of("f", "x", {})
    assert taught.key_of("f", "x", {"a": 1, "b": 2}) == taught.key_of("f", "x", {"b": 2, "a": 1})


def test_a_fingerprint_knows_files_and_not_their_order() -> None:
    assert taught.fingerprint({"a": "1", "b": "2"}) == taught.fingerprint({"b": "2", "a": "1"})
    assert taught.fingerprint({"a": "1"}) != taught.fingerprint({"a": "2"})


def test_terms_that_nobody_wrote_down_allow_nothing() -> None:
    assert Provenance.of({}).commercial is False
    assert Provenance.of({"commercial": "yes"}).commercial is False


def test_labels_are_replaced_and_read_back(vault: Vault) -> None:
    for text in ("first", "second"):
        taught.keep_labels(
            vault, json.dumps({"text": text}).encode(), key="k", take_id="t", teacher=TEACHER
        )
    (back,) = taught.list_labels(vault)
    assert (back.take_id, back.body["text"], back.teacher) == ("t", "second", TEACHER)
    assert taught.list_labels(vault, ["other"]) == []


def test_labels_that_cannot_be_read_say_so(vault: Vault) -> None:
    vault.put(Kind.FEATURES, b"[]", {"type": "labels", "key": "k", "derived_from": ["t"]})
    with pytest.raises(VaultCorrupt, match="labels"):
        taught.list_labels(vault)


def test_a_take_takes_with_it_what_was_taught_from_it(vault: Vault) -> None:
    takes = [vault.put(Kind.SAMPLE, b"speech", {"type": "take", "n": n}) for n in range(2)]
    runs = RunBook(vault)
    learnt = [runs.begin(f"r{n}", {}, {one: "train"}) for n, one in enumerate(takes)]
    for run in learnt:
        runs.change(run, status=DONE)
    said(vault, "by a student of the first", run=learnt[0].name)
    kept = [
        said(vault, "by a student of the second", run=learnt[1].name),
        said(vault, "by a teacher who heard the second", takes=[takes[1]]),
    ]
    said(vault, "by a teacher who heard both", takes=takes)
    taught.keep_labels(vault, b"{}", key="a", take_id=takes[0], teacher=TEACHER)
    kept.append(taught.keep_labels(vault, b"{}", key="b", take_id=takes[1], teacher=TEACHER))
    receipt = forgetting.forget_take(vault, runs, takes[0], with_voices=False)
    assert sorted(item.what for item in receipt.destroyed) == ["labels", "take", "taught", "taught"]
    assert [one.id for one in vault.list(Kind.FEATURES)] == kept
