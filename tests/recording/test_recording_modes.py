# SPDX-License-Identifier: GPL-3.0-or-later
"""Sittings that go on by themselves, lose their microphone, pause, resume, or fill a disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_microphone import (
    CLIPPED,
    GOOD,
    PROMPTS,
    RATE_HZ,
    STEP_S,
    TEXTS,
    Sitting,
    kinds,
    opened,
    room,
    vault_at,
)

from encrypted_store import Vault
from voicevault.data.takes import list_takes
from voicevault.errors import UsageError, VoiceVaultError
from voicevault.recording import session as sessions
from voicevault.recording.session import Phase, Settings


def test_continuous_goes_on_by_itself(vault: Vault) -> None:
    sitting = Sitting(vault, settings=Settings(continuous=True))
    sitting.session.open()
    sitting.tick(1.0)
    sitting.session.press()
    for _ in PROMPTS:
        sitting.until(Phase.RECORDING)
        sitting.microphone.say(GOOD)
        sitting.until(Phase.JUDGING, Phase.VERDICT, Phase.LEAD_IN, Phase.FINISHED)
    sitting.until(Phase.FINISHED)
    assert [take.text for take in list_takes(vault)] == list(TEXTS)


def test_continuous_pauses_where_nobody_is_there(vault: Vault) -> None:
    sitting = Sitting(vault, settings=Settings(continuous=True))
    sitting.session.open()
    sitting.session.press()
    told = sitting.until(Phase.VERDICT)
    told += sitting.tick(5.0)
    assert kinds(told).count("paused") == 1
    assert sitting.session.phase is Phase.VERDICT
    sitting.session.press()
    for _ in range(2):  # a fault is read for a while, then the sentence comes again
        sitting.until(Phase.RECORDING)
        sitting.microphone.say(CLIPPED)
        sitting.until(Phase.VERDICT)
        read_s = sitting.now_s
        sitting.until(Phase.LEAD_IN)
        assert sitting.now_s - read_s == pytest.approx(sessions.RETRY_S, abs=0.1)
    sitting.until(Phase.RECORDING)
    sitting.microphone.say(CLIPPED)
    sitting.until(Phase.VERDICT)
    assert "paused" in kinds(sitting.tick(4.0)) or sitting.told[-1][0] == "paused"
    assert sitting.session.phase is Phase.VERDICT


def test_unplugged_keeps_what_was_recorded_and_comes_back(sitting: Sitting, vault: Vault) -> None:
    session, microphone = sitting.session, sitting.microphone
    session.press()
    microphone.say(GOOD)
    sitting.tick(3.0)
    microphone.plugged = False
    told = sitting.until(Phase.VERDICT)
    assert "unplugged" in kinds(told) or "unplugged" in kinds(sitting.tick())
    assert not session.listener.open_now
    assert microphone.opened[-1].closed
    assert session.attempt is not None
    assert len(session.attempt.samples) / RATE_HZ == pytest.approx(3.0, abs=0.1)
    session.accept()
    assert len(list_takes(vault)) == 1
    session.press()
    assert "connect it" in sitting.tick()[-1][1]
    assert session.phase is Phase.READY
    microphone.plugged = True
    assert sitting.read_aloud()[-1][1] == "Keep: good."


@pytest.mark.parametrize(
    ("noise_dbfs", "words"),
    [(-60.0, "good"), (-45.0, "noisy"), (-30.0, "too noisy"), (-120.0, "gives no sound")],
)
def test_the_room(vault: Vault, noise_dbfs: float, words: str) -> None:
    sitting = Sitting(vault)
    sitting.microphone.noise_dbfs = noise_dbfs
    sitting.session.open()
    sitting.session.check_room()
    told = sitting.until(Phase.READY)
    assert words in told[-1][1]
    assert sitting.now_s == pytest.approx(3.0, abs=0.2)
    room = sitting.session.room
    assert room is not None
    assert room.ok == (words == "good")


def test_a_voice_in_the_room_is_no_room(sitting: Sitting) -> None:
    sitting.session.check_room()
    sitting.microphone.say(GOOD)
    assert "Something was heard" in sitting.until(Phase.READY)[-1][1]


def test_progress_and_resuming(sitting: Sitting, vault: Vault) -> None:
    assert sitting.session.progress.sentence() == "0 of 5, about 1 minute left"
    sitting.read_aloud()
    sitting.session.accept()
    progress = sitting.session.progress
    assert (progress.done, progress.total, progress.usable) == (1, 5, 1)
    assert progress.spoken_s == pytest.approx(3.5, abs=0.2)
    assert progress.mark() == "a first voice needs 10 sentences"
    sitting.session.close()
    again = Sitting(vault).session
    assert (again.progress.done, again.prompt) == (1, PROMPTS[1])
    before = again.script.sounds()
    assert 0 < before.phones < before.phones_wanted


def test_a_break_after_25_minutes(vault: Vault) -> None:
    sitting = Sitting(vault, prompts=PROMPTS)
    sitting.session.open()
    told: list[tuple[str, str]] = []
    for _ in range(14):
        sitting.session.press()
        told += sitting.tick(1.0)
        sitting.session.escape()
        sitting.now_s += 120  # reading, thinking, coughing: not long enough to be a break
        told += sitting.tick()
    assert kinds(told).count("break due") == 1


def test_a_pause_of_ones_own(vault: Vault) -> None:
    sitting = Sitting(vault, settings=Settings(pause_s=2.0))
    sitting.session.open()
    sitting.tick(1.0)
    sitting.session.press()
    sitting.microphone.say(GOOD, room(1.0), GOOD, room(3.0))
    sitting.until(Phase.VERDICT)
    assert sitting.session.attempt is not None
    assert len(sitting.session.attempt.samples) / RATE_HZ > 3.0 + 1.0 + 2.7
    with pytest.raises(UsageError, match=r"0\.4 to 10"):
        Settings(pause_s=0.1).checked()


def test_without_a_pause_only_a_key_ends_a_take(vault: Vault) -> None:
    sitting = Sitting(vault, settings=Settings(pause_s=None))
    sitting.session.open()
    sitting.session.press()
    sitting.microphone.say(GOOD)
    sitting.tick(20.0)
    assert sitting.session.phase is Phase.RECORDING
    sitting.session.press()
    sitting.until(Phase.VERDICT)


def test_a_full_disk_leaves_the_take_to_be_kept(
    sitting: Sitting, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    from encrypted_store.errors import DiskFull

    sitting.read_aloud()

    def full(*args: object, **named: object) -> str:
        raise DiskFull("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(vault, "put", full)
        with pytest.raises(VoiceVaultError, match="full"):
            sitting.session.accept()
    assert sitting.session.phase is Phase.VERDICT
    sitting.session.accept()
    assert len(list_takes(vault)) == 1


def test_another_microphone_in_the_middle(sitting: Sitting) -> None:
    from fake_microphone import FakeMicrophone

    sitting.session.press()
    sitting.tick(1.0)
    other = FakeMicrophone("other")
    sitting.session.choose(other)
    assert sitting.microphone.opened[-1].closed
    assert sitting.session.phase is Phase.READY
    assert sitting.session.listener.device is other
    sitting.tick(STEP_S)
    sitting.microphone = other
    assert sitting.read_aloud()[-1][1] == "Keep: good."


def test_takes_are_there_for_the_next_who_opens(tmp_path: Path) -> None:
    with vault_at(tmp_path / "w") as vault:
        sitting = Sitting(vault)
        sitting.session.open()
        sitting.read_aloud()
        sitting.session.accept()
        sitting.session.press()
        sitting.session.close()
    with opened(tmp_path / "w") as vault:
        assert [take.text for take in list_takes(vault)] == [TEXTS[0]]
