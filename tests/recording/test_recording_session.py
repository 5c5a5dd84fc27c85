# SPDX-License-Identifier: GPL-3.0-or-later
"""A sitting before a scripted microphone: every key, every verdict, and what is in the vault."""

from __future__ import annotations

import numpy as np
import pytest
from fake_microphone import (
    CLIPPED,
    GOOD,
    NOISY,
    PROMPTS,
    RATE_HZ,
    TEXTS,
    Sitting,
    kinds,
    room,
)

from encrypted_store import Vault
from voicevault.audio.files import decode
from voicevault.audio.reasons import Reason
from voicevault.data.takes import list_takes
from voicevault.errors import BadDataset
from voicevault.recording.session import Phase


def test_a_good_take_ends_by_itself_and_is_kept_as_flac(sitting: Sitting, vault: Vault) -> None:
    session = sitting.session
    told = sitting.read_aloud()
    assert kinds(told) == ["speak", "judged"]
    assert told[-1][1] == "Keep: good."
    attempt = session.attempt
    assert attempt is not None
    # 0.3 s of lead-in at least, 2.4 s of speech, its edge, and the pause of 0.8 s.
    assert len(attempt.samples) / RATE_HZ == pytest.approx(2.7 + 0.8, abs=0.15)
    assert list_takes(vault) == []
    session.accept()
    assert kinds(sitting.tick()) == ["kept"]
    (take,) = list_takes(vault)
    assert (take.text, take.prompt_id, take.source, take.asked) == (TEXTS[0], "t1", "recorded", "")
    assert (take.format, take.verdict.reason) == ("FLAC", Reason.FINE)
    kept = decode(vault.get(take.id))
    assert kept.rate_hz == RATE_HZ
    assert np.abs(kept.samples - attempt.samples).max() <= 1 / 32768
    assert session.phase is Phase.READY
    assert session.prompt == PROMPTS[1]


@pytest.mark.parametrize(
    ("clip", "status", "reason"),
    [
        (CLIPPED, "redo", Reason.CLIPPED),
        (NOISY, "redo", Reason.NOISY),
        (room(9.0), "redo", Reason.SILENT),
        (0.01 * GOOD, "redo", Reason.FAINT),
        (0.12 * GOOD, "keep_but", Reason.QUIET),
    ],
)
def test_each_fault_has_its_verdict(
    sitting: Sitting, vault: Vault, clip: np.ndarray, status: str, reason: Reason
) -> None:
    sitting.microphone.noise_dbfs = -20.0 if reason is Reason.NOISY else -75.0
    sitting.tick(3.0)
    if reason is Reason.NOISY:
        sitting.session.press()
        sitting.microphone.say(clip)
        sitting.tick(3.5)
        sitting.session.press()
        sitting.until(Phase.VERDICT)
    else:
        sitting.read_aloud(clip)
    attempt = sitting.session.attempt
    assert attempt is not None
    assert attempt.verdict is not None
    assert (attempt.verdict.status, attempt.verdict.reason) == (status, reason)
    sitting.session.accept()
    told = sitting.tick()
    if status == "redo":
        assert kinds(told) == ["refused"]
        assert list_takes(vault) == []
    else:
        assert kinds(told) == ["kept"]


def test_nobody_speaks(sitting: Sitting) -> None:
    sitting.session.press()
    told = sitting.until(Phase.VERDICT)
    assert "no speech" in told[-1][1]
    assert sitting.session.attempt is not None
    assert len(sitting.session.attempt.samples) / RATE_HZ == pytest.approx(8.0, abs=0.1)
    sitting.session.keep_anyway()
    assert kinds(sitting.tick()) == ["refused"]


def test_lost_samples_are_a_redo_whatever_was_heard(sitting: Sitting) -> None:
    sitting.session.press()
    sitting.tick(0.5)
    sitting.microphone.lost = True
    sitting.microphone.say(GOOD, room(1.5))
    sitting.until(Phase.VERDICT)
    assert sitting.session.attempt is not None
    assert sitting.session.attempt.verdict is not None
    assert sitting.session.attempt.verdict.reason is Reason.LOST


@pytest.mark.parametrize("seen", [True, False])
def test_samples_lost_between_takes_do_not_matter(sitting: Sitting, seen: bool) -> None:
    """Also where nobody had looked since, because a window was busy."""
    sitting.microphone.lost = True
    if seen:
        sitting.tick()
    assert sitting.read_aloud()[-1][1] == "Keep: good."


def test_misread_words_are_a_redo_and_their_owner_may_say_what_was_said(
    vault: Vault,
) -> None:
    sitting = Sitting(vault, misread=[TEXTS[0]])
    sitting.session.open()
    assert "the words differ" in sitting.read_aloud()[-1][1]
    with pytest.raises(BadDataset):
        sitting.session.edit("  ")
    sitting.session.edit("Twelve little words  were read at a slower pace.")
    told = sitting.until(Phase.VERDICT)
    assert told[-1][1] == "Keep: good."
    sitting.session.accept()
    (take,) = list_takes(vault)
    assert take.text == "Twelve little words were read at a slower pace."
    assert take.asked == TEXTS[0]
    again = Sitting(vault)
    assert again.session.prompt == PROMPTS[1], "a corrected sentence was read too"


def test_words_that_come_late_bring_the_sentence_back(vault: Vault) -> None:
    sitting = Sitting(vault, misread=[TEXTS[0]])
    sitting.session.open()
    sitting.session.press()
    sitting.executor.held = []
    sitting.microphone.say(GOOD, room(1.5))
    sitting.until(Phase.JUDGING)
    sitting.executor.release(1)  # the sound is judged, no words yet
    began_s = sitting.now_s
    told = sitting.until(Phase.VERDICT)
    assert told == [("judged", "Keep: good.")]
    assert 0.2 <= sitting.now_s - began_s <= 0.3, "words get their chance before the verdict"
    sitting.session.accept()
    sitting.tick()
    assert list_takes(vault)[0].usable
    sitting.executor.release()
    told = sitting.tick()
    assert kinds(told) == ["words differed"]
    (take,) = list_takes(vault)
    assert (take.usable, take.verdict.reason) == (False, Reason.WORDS)
    for _ in PROMPTS[1:]:
        assert sitting.session.prompt != PROMPTS[0]
        sitting.read_aloud()
        sitting.session.accept()
    assert sitting.session.prompt == PROMPTS[0]


def test_a_redo_of_the_sound_is_told_at_once(sitting: Sitting) -> None:
    sitting.session.press()
    sitting.executor.held = []
    sitting.microphone.say(CLIPPED, room(1.5))
    sitting.until(Phase.JUDGING)
    sitting.executor.release(1)
    assert kinds(sitting.tick()) == ["judged"]


def test_their_owner_may_keep_what_a_machine_would_not(vault: Vault) -> None:
    sitting = Sitting(vault, misread=[TEXTS[0]])
    sitting.session.open()
    sitting.read_aloud()
    sitting.session.keep_anyway()
    (take,) = list_takes(vault)
    assert (take.verdict.status, take.verdict.reason, take.usable) == (
        "keep_but",
        Reason.WORDS,
        True,
    )


def test_escape_drops_only_this_take_and_undo_brings_it_back(
    sitting: Sitting, vault: Vault
) -> None:
    session = sitting.session
    sitting.read_aloud()
    session.accept()
    session.press()
    sitting.microphone.say(GOOD)
    sitting.tick(3.3)
    session.escape()
    assert (session.phase, session.prompt) == (Phase.READY, PROMPTS[1])
    assert len(list_takes(vault)) == 1
    session.undo()
    sitting.until(Phase.VERDICT)
    assert session.attempt is not None
    assert session.attempt.prompt == PROMPTS[1]
    session.accept()
    assert len(list_takes(vault)) == 2


def test_undo_of_a_kept_take_destroys_it_and_shows_it_again(sitting: Sitting, vault: Vault) -> None:
    session = sitting.session
    for _ in range(2):
        sitting.read_aloud()
        session.accept()
    sitting.read_aloud()  # the third waits for a decision
    third = session.attempt
    session.undo()
    assert [take.prompt_id for take in list_takes(vault)] == ["t1"]
    assert session.prompt == PROMPTS[1]
    assert (session.phase, session.progress.done) == (Phase.VERDICT, 1)
    session.accept()
    assert session.attempt is third, "what waited waits again"
    session.undo()
    session.redo()
    assert session.phase is Phase.READY
    session.undo()
    assert session.phase is Phase.VERDICT
    session.undo()
    assert list_takes(vault) == []
    assert session.prompt == PROMPTS[0]
    session.undo()
    assert kinds(sitting.tick())[-1] == "refused"


def test_skip_comes_back_at_the_end(sitting: Sitting, vault: Vault) -> None:
    session = sitting.session
    session.skip()
    sitting.read_aloud()
    session.skip()
    assert session.prompt == PROMPTS[2]
    session.undo()
    assert (session.phase, session.prompt) == (Phase.VERDICT, PROMPTS[1])
    session.accept()
    for _ in PROMPTS[2:]:
        sitting.read_aloud()
        session.accept()
    assert session.prompt == PROMPTS[0]
    sitting.read_aloud()
    session.accept()
    assert session.phase is Phase.FINISHED
    assert kinds(sitting.tick())[-1] == "finished"
    assert {take.prompt_id for take in list_takes(vault)} == {one.id for one in PROMPTS}


def test_one_key_is_enough(sitting: Sitting, vault: Vault) -> None:
    """For a person with a single switch."""
    for clip in (GOOD, CLIPPED, GOOD, GOOD, GOOD, GOOD):
        sitting.session.press()
        sitting.microphone.say(clip, room(1.5))
        sitting.until(Phase.VERDICT)
        sitting.microphone.queue = np.zeros(0, np.float32)
    sitting.session.press()
    assert sitting.session.phase is Phase.FINISHED
    assert len(list_takes(vault)) == 5
