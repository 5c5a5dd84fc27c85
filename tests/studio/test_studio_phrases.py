# SPDX-License-Identifier: GPL-3.0-or-later
"""Quick phrases in the vault, and the sound that a person saves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from encrypted_store import KdfParams, Kind, Vault
from voicevault.audio.files import decode
from voicevault.errors import Refused, UsageError, VaultCorrupt
from voicevault.phrases import MAX_CHARS, MAX_PHRASES
from voicevault.service import Studio

PASSPHRASE = "an invented passphrase"


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with Studio.create(tmp_path / "v", PASSPHRASE, kdf=KdfParams.floor())[0] as made:
        yield made


def test_phrases_outlive_the_program_and_are_one_record(studio: Studio) -> None:
    assert studio.phrases.all() == ()
    assert studio.phrases.keep(["  Thank   you. ", "Wait, please!"]) == (
        "Thank you.",
        "Wait, please!",
    )
    studio.phrases.keep(["Wait, please!", "Thank you.", "Yes."])
    studio.close()
    with Vault.open(studio.path, passphrase=PASSPHRASE) as vault:
        kept = [one for one in vault.list(Kind.SETTINGS) if one.meta.get("type") == "phrases"]
        assert len(kept) == 1
        assert b"Thank" not in repr(dict(kept[0].meta)).encode()
    with Studio.open(studio.path, PASSPHRASE) as again:
        assert again.phrases.all() == ("Wait, please!", "Thank you.", "Yes.")


@pytest.mark.parametrize(
    "phrases", [["..."], [""], ["a" * (MAX_CHARS + 1)], ["yes"] * (MAX_PHRASES + 1)]
)
def test_a_phrase_that_cannot_be_said_changes_nothing(studio: Studio, phrases: list[str]) -> None:
    studio.phrases.keep(["Hello."])
    with pytest.raises(UsageError) as told:
        studio.phrases.keep(phrases)
    assert told.value.hint
    assert studio.phrases.all() == ("Hello.",)


@pytest.mark.parametrize("payload", [b"\xff", b'{"a": 1}', b"[1, 2]"])
def test_a_damaged_record_is_told(studio: Studio, payload: bytes) -> None:
    studio._vault.put(Kind.SETTINGS, payload, {"type": "phrases"})
    with pytest.raises(VaultCorrupt):
        studio.phrases.all()


def test_a_sound_is_written_once_and_replaced_only_on_purpose(
    studio: Studio, tmp_path: Path
) -> None:
    tone = np.sin(np.arange(1600) / 5).astype(np.float32) / 2
    goal = tmp_path / "said.wav"
    assert studio.save_sound(goal, tone, 16_000) == goal
    with pytest.raises(Refused):
        studio.save_sound(goal, tone[:800], 16_000)
    assert len(decode(goal.read_bytes()).samples) == 1600
    studio.save_sound(goal, tone[:800], 16_000, force=True)
    assert len(decode(goal.read_bytes()).samples) == 800
    with pytest.raises(UsageError):
        studio.save_sound(tmp_path / "said.mp3", tone, 16_000)
