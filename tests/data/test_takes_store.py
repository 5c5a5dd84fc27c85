# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes: kept byte for byte, read back whole, split by sentence."""

from __future__ import annotations

import dataclasses
import hashlib

import pytest
from toy_speaker import speak

from encrypted_store import Kind, Vault
from voicevault.audio import qc
from voicevault.audio.files import decode, encode_flac
from voicevault.audio.qc import Verdict
from voicevault.audio.reasons import Reason
from voicevault.data.takes import (
    MIN_TEXTS_TO_SPLIT,
    Take,
    add_take,
    assign_splits,
    find_duplicate,
    list_takes,
)
from voicevault.errors import BadDataset
from voicevault.text.tidy import clean_text


def take(text: str, status: str = "keep") -> Take:
    verdict = Verdict(status, Reason.FINE, "")  # type: ignore[arg-type]
    return Take("0", "p", text, 1000, 16_000, "WAV", "", verdict, "train", 0, "import")


def test_a_take_comes_back_as_it_was(vault: Vault) -> None:
    data = encode_flac(speak(rate_hz=48_000), 48_000)
    clip = decode(data)
    verdict = qc.judge(clip.samples, clip.rate_hz, "Good morning to all of you out there, friends.")
    kept = add_take(
        vault, data, clip, "Good  morning\n", verdict, prompt_id="p1", source="recorded"
    )
    assert vault.get(kept.id) == data
    assert kept.sha256 == hashlib.sha256(data).hexdigest()
    (back,) = list_takes(vault)
    assert back == kept
    assert (back.text, back.prompt_id, back.source) == ("Good morning", "p1", "recorded")
    assert (back.duration_ms, back.rate_hz, back.format) == (3000, 48_000, "FLAC")
    assert back.verdict == verdict
    assert back.verdict.measures["peak_mdbfs"] < 0
    assert find_duplicate([back], kept.sha256) == back
    assert find_duplicate([back], "0" * 64) is None


def test_other_objects_of_the_vault_are_no_takes(vault: Vault) -> None:
    vault.put(Kind.SETTINGS, b"{}", {"type": "run"})
    vault.put(Kind.SAMPLE, b"?", {"type": "something newer"})
    assert list_takes(vault) == []


def test_a_sparse_record_is_still_listed(vault: Vault) -> None:
    vault.put(Kind.SAMPLE, b"?", {"type": "take", "text": "Hello there"})
    (back,) = list_takes(vault)
    assert (back.text, back.usable, back.duration_ms) == ("Hello there", True, 0)


@pytest.mark.parametrize("text", ["", " \n\t", "...", "x" * 2001])
def test_texts_that_cannot_be_kept(vault: Vault, text: str) -> None:
    data = encode_flac(speak(1.0), 16_000)
    with pytest.raises(BadDataset):
        add_take(vault, data, decode(data), text, Verdict("keep", Reason.FINE, ""))
    assert vault.list() == []


def test_clean_text() -> None:
    assert clean_text("  Cafe\u0301\u00a0\x00 au\u200b lait\r\n") == "Café au lait"


def test_few_takes_all_teach() -> None:
    takes = [take(f"Sentence {n}") for n in range(MIN_TEXTS_TO_SPLIT - 1)]
    assert {one.split for one in assign_splits(takes)} == {"train"}


@pytest.mark.parametrize("count", [21, 50, 400])
def test_about_a_tenth_measures(count: int) -> None:
    splits = [one.split for one in assign_splits([take(f"Sentence {n}") for n in range(count)])]
    assert splits.count("validation") == pytest.approx(count / 10, abs=1)


def test_splits_follow_the_sentence_not_the_order_or_its_spelling() -> None:
    takes = [take(f"Sentence {n}") for n in range(60)]
    doubled = takes + [take(f"SENTENCE  {n}") for n in range(60)]
    ahead = {one.text: one.split for one in assign_splits(takes)}
    back = {one.text: one.split for one in assign_splits(takes[::-1])}
    assert ahead == back
    both = {}
    for one in assign_splits(doubled):
        both.setdefault(one.text.casefold().split()[1], set()).add(one.split)
    assert all(len(sides) == 1 for sides in both.values())


def test_takes_to_redo_do_not_count_for_the_split() -> None:
    takes = [take(f"Sentence {n}") for n in range(MIN_TEXTS_TO_SPLIT - 1)]
    takes += [take(f"Bad {n}", "redo") for n in range(50)]
    assert {one.split for one in assign_splits(takes)} == {"train"}


def test_a_take_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        take("x").text = "y"  # type: ignore[misc]
