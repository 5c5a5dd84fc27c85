# SPDX-License-Identifier: GPL-3.0-or-later
"""A sitting of dictation: two threads, the microphone's own sound, and what is kept of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from fake_microphone import FakeAligner, FakeMicrophone, vault_at
from toy_listening import RATE_HZ, talk
from toy_speaker import speak

from encrypted_store import Vault
from voicevault.audio.capture import Heard, Recorded
from voicevault.audio.files import decode
from voicevault.audio.qc import TextCheck
from voicevault.audio.reasons import Reason
from voicevault.data.takes import list_takes
from voicevault.errors import BadAudio, BadDataset
from voicevault.recording import dictating
from voicevault.recording.dictating import Dictating, Understood
from voicevault.recording.keeping import Recorder
from voicevault.runs import RunBook
from voicevault.runtime.recognise import HeardWord, Recognised


class Ear:
    """Hears one word a second of sound."""

    def __init__(self) -> None:
        self.given: list[np.ndarray] = []
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def recognise(self, samples: np.ndarray, rate_hz: int) -> Recognised:
        self.given.append(samples)
        assert self.may_go_on.wait(20)
        starts = range(0, len(samples) * 1000 // rate_hz, 1000)
        words = tuple(HeardWord(f"w{at}", at, at + 900, 0.9, (-0.1,)) for at in starts)
        return Recognised(" ".join(word.text for word in words), words)


def dictated(
    microphone: FakeMicrophone, ear: Ear | None = None, unplug: bool = False
) -> list[Understood]:
    """All that was queued, and then the end."""
    found: list[Understood] = []
    sitting = Dictating(microphone)
    sitting.open()
    thread = threading.Thread(target=lambda: found.extend(sitting.understood(ear or Ear())))  # type: ignore[arg-type]
    thread.start()
    while len(microphone.queue):
        sitting.hear()
    if unplug:
        microphone.plugged = False
        sitting.hear()
        assert sitting.gone
        assert not sitting.open_now
    else:
        sitting.finish()
    thread.join(20)
    sitting.close()
    assert microphone.opened[-1].closed
    return found


def within(part: np.ndarray, whole: np.ndarray) -> bool:
    """Whether `part` [S] is somewhere in `whole`, sample by sample."""
    starts = np.flatnonzero(whole == part[0])
    return any(np.array_equal(whole[at : at + len(part)], part) for at in starts)


def alike(sound: np.ndarray, heard: np.ndarray) -> bool:
    """The same sound, but for the millisecond that times are rounded to."""
    return abs(len(sound) - len(heard)) <= 16 and within(heard[16:-16], sound)


@pytest.fixture
def microphone() -> FakeMicrophone:
    made = FakeMicrophone()
    made.say(talk(3.0, 4.0))
    return made


@pytest.mark.parametrize("unplug", [False, True])
def test_each_utterance_has_the_sound_that_was_heard(
    microphone: FakeMicrophone, unplug: bool
) -> None:
    ear, spoken = Ear(), microphone.queue
    final = [one for one in dictated(microphone, ear, unplug) if one.final]
    given = [one for one in ear.given if len(one) > 2.9 * RATE_HZ]
    assert len(final) == 2
    for one in final:
        assert one.sound is not None
        assert any(alike(one.sound.samples, heard) for heard in given)
        assert within(one.sound.samples, spoken)
        assert not one.sound.lost
        assert one.text.startswith("w0 w1000")


def test_a_long_dictation_holds_little_and_cuts_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dictating, "HELD_S", 8.0)
    tapes: list[dictating._Tape] = []
    hold = dictating._Tape._hold
    longest = 0

    def watched(tape: dictating._Tape, heard: Heard) -> None:
        nonlocal longest
        hold(tape, heard)
        tapes[:] = [tape]
        longest = max(longest, sum(len(one.samples) for one in tape._held))

    monkeypatch.setattr(dictating._Tape, "_hold", watched)
    microphone, ear = FakeMicrophone(), Ear()
    microphone.say(talk(*[2.0] * 12))
    final = [one for one in dictated(microphone, ear) if one.final]
    assert len(final) == 12
    assert longest <= 8.2 * RATE_HZ
    assert tapes[0]._passed > 20 * RATE_HZ
    for one in final:
        assert one.sound is not None
        assert any(alike(one.sound.samples, heard) for heard in ear.given)


def test_another_rate_is_kept_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fake_microphone.FakeStream.rate_hz", 44_100)
    microphone = FakeMicrophone()
    rest = np.random.default_rng(0).normal(0, 2e-4, 66_150).astype(np.float32)
    microphone.say(rest, spoken := speak(3.0, 44_100, edge_s=0.05), rest)
    (final,) = [one for one in dictated(microphone) if one.final]
    assert final.sound is not None
    assert final.sound.rate_hz == 44_100
    (at,) = np.flatnonzero(final.sound.samples == spoken[30_000])
    assert np.array_equal(final.sound.samples[at - 20_000 : at + 90_000], spoken[10_000:120_000])


def test_only_the_utterance_that_lost_samples_says_so(microphone: FakeMicrophone) -> None:
    microphone.lost = True
    first, second = (one.sound for one in dictated(microphone) if one.final)
    assert first is not None
    assert not first.lost, "lost in the pause before it"
    assert second is not None
    assert not second.lost
    microphone = FakeMicrophone(queue=talk(3.0, 4.0))
    sitting = Dictating(microphone)
    sitting.open()
    while len(microphone.queue) > 5 * RATE_HZ:
        sitting.hear()
    microphone.lost = True
    sitting.hear()
    while len(microphone.queue):
        sitting.hear()
    sitting.finish()
    found = [one.sound for one in sitting.understood(Ear()) if one.final]  # type: ignore[arg-type]
    sitting.close()
    assert [one.lost for one in found if one] == [False, True]


def test_to_forget_is_to_understand_nothing_more(microphone: FakeMicrophone) -> None:
    ear, found = Ear(), list[Understood]()
    ear.may_go_on.clear()
    sitting = Dictating(microphone)
    sitting.open()
    thread = threading.Thread(target=lambda: found.extend(sitting.understood(ear)))  # type: ignore[arg-type]
    thread.start()
    while len(microphone.queue):
        sitting.hear()
    while not ear.given:
        time.sleep(0.001)
    sitting.forget()
    ear.may_go_on.set()
    thread.join(20)
    assert not thread.is_alive()
    assert len(found) <= 1, "what was being heard, and nothing after it"
    assert len(ear.given) == 1
    sitting.close()


def test_hearing_never_waits_for_understanding(microphone: FakeMicrophone) -> None:
    with closing(Dictating(microphone)) as sitting:
        sitting.hear()
        assert sitting.level.zone == "none", "not open yet"
        sitting.open()
        while len(microphone.queue) > 4 * RATE_HZ:
            sitting.hear()
        assert sitting.level.zone in ("good", "loud")
        assert sitting.open_now
    assert not sitting.open_now


def test_no_microphone_is_told_and_broken_numbers_are_survived() -> None:
    with pytest.raises(BadAudio, match="no microphone"):
        Dictating(FakeMicrophone(plugged=False)).open()
    microphone = FakeMicrophone(queue=talk(3.0))
    microphone.queue[2 * RATE_HZ : 2 * RATE_HZ + 3] = np.nan, np.inf, -np.inf
    (final,) = [one for one in dictated(microphone) if one.final]
    assert final.sound is not None
    assert np.isfinite(final.sound.samples).all()


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with vault_at(tmp_path / "V") as made:
        yield made


TEXT = "Twelve little words are read at a usual pace."


def check(*misread: str) -> TextCheck:
    return TextCheck(FakeAligner(misread), list, lambda samples, rate_hz: samples)


def test_what_is_kept_is_a_take_like_any_other(vault: Vault) -> None:
    recorder = Recorder(vault, RunBook(vault))
    sound = Recorded(speak(3.0), RATE_HZ)
    kept = recorder.keep_dictated(sound, f"  {TEXT}\n", check)
    assert kept.verdict.status == "keep"
    (take,) = list_takes(vault)
    assert kept.take is not None
    assert (take.id, take.text, take.source) == (kept.take.id, TEXT, "recorded")
    assert np.abs(decode(vault.get(take.id)).samples - sound.samples).max() < 1e-4
    recorder.forget(kept.take)
    assert list_takes(vault) == []


def test_what_is_no_take_has_its_reason_and_is_not_stored(vault: Vault) -> None:
    recorder = Recorder(vault, RunBook(vault))
    good = speak(3.0)
    for sound, misread, reason in (
        (Recorded(good, RATE_HZ), (TEXT,), Reason.WORDS),
        (Recorded(good, RATE_HZ, lost=True), (), Reason.LOST),
        (Recorded(np.clip(good * 8, -1, 1), RATE_HZ), (), Reason.CLIPPED),
        (Recorded(np.zeros(32_000, np.float32), RATE_HZ), (), Reason.SILENT),
    ):
        kept = recorder.keep_dictated(sound, TEXT, lambda misread=misread: check(*misread))
        assert (kept.take, kept.verdict.reason) == (None, reason)
    with pytest.raises(BadDataset, match="no text"):
        recorder.keep_dictated(Recorded(good, RATE_HZ), " ... ", check)
    assert list_takes(vault) == []


def test_an_utterance_tells_nobody_its_words() -> None:
    word = HeardWord("grandmother", 0, 90, 0.9, (0.0,))
    assert "grandmother" not in repr(Understood((word,), Recorded(np.ones(3, np.float32), 16_000)))
