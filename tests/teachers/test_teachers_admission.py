# SPDX-License-Identifier: GPL-3.0-or-later
"""What a teacher said is admitted, or refused with the reason that is true of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from toy_speaker import speak

from voicevault.audio.qc import TextCheck
from voicevault.data.features import FloatArray, prepare
from voicevault.runtime.align import Aligner
from voicevault.teachers.admission import Admission
from voicevault.teachers.misread import character_errors, misread
from voicevault.teachers.protocols import (
    HeardWord,
    Hypothesis,
    Recording,
    TeacherCard,
    Transcript,
)
from voicevault.text.frontend import utterance_phonemes

RATE_HZ = 16_000
TEXT = "Twelve little words are read at a usual pace."


def said(text: str = TEXT, seconds: float = 3.0, seed: int = 0) -> Recording:
    return Recording(speak(seconds, seed=seed), RATE_HZ, text)


REAL = [said(seconds=2.8 + 0.1 * seed, seed=seed) for seed in range(5)]


def by_length(samples: FloatArray, rate_hz: int) -> FloatArray:
    """A likeness that is told by the loudness alone."""
    angle = 3.0 * float(np.abs(samples).max())
    return np.array([np.cos(angle), np.sin(angle)], np.float32)


class Listener:
    """A recogniser that hears one sentence in everything."""

    card = TeacherCard("toy", "1", "asr", "MIT", True)

    def __init__(self, text: str) -> None:
        self.text = text

    def label(self, audio: Recording, text: str | None = None) -> Transcript:
        assert not audio.text, "it must not be told what it should hear"
        return Transcript(self.text, (), 1.0)


def test_what_is_usual_is_admitted_with_its_figures() -> None:
    found = Admission(REAL, embed=by_length, listener=Listener(TEXT)).judge(said(seed=9))
    assert found.reason == ""
    assert found.figures["cer_m"] == 0
    assert abs(found.figures["pace_z_m"]) < 2500
    assert found.figures["likeness_m"] > 990


def test_what_cannot_be_asked_is_not_said_to_be_passed() -> None:
    assert Admission(REAL[:2], embed=by_length).asked == ("clipped", "silent")
    assert Admission(REAL).asked == ("clipped", "silent", "pace")
    assert Admission(REAL, embed=by_length, listener=Listener("")).asked[2:] == (
        "words",
        "pace",
        "likeness",
    )
    assert Admission([]).judge(said("Yes.", 20.0)).reason == ""


def cut_off() -> Recording:
    samples = 3.0 * speak(3.0)
    return Recording(np.clip(samples, -1.0, 1.0).astype(np.float32), RATE_HZ, TEXT)


def with_a_hole() -> Recording:
    hole = np.zeros(int(1.8 * RATE_HZ), np.float32)
    return Recording(np.concatenate((speak(1.8), hole, speak(1.8))), RATE_HZ, TEXT + TEXT)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (cut_off(), "clipped"),
        (Recording(np.full(48_000, np.nan, np.float32), RATE_HZ, TEXT), "clipped"),
        (Recording(np.zeros(48_000, np.float32), RATE_HZ, TEXT), "silent"),
        (with_a_hole(), "silent: a pause of"),
        (said("Two words.", 6.0), "pace"),
        (Recording(speak(3.0, peak=0.9), RATE_HZ, TEXT), "likeness"),
    ],
)
def test_each_fault_has_its_reason(bad: Recording, why: str) -> None:
    assert Admission(REAL, embed=by_length).judge(bad).reason.startswith(why)


def test_a_recogniser_that_hears_something_else_refuses() -> None:
    near, far = TEXT.replace("usual", "usuel"), TEXT.replace("usual", "quick")
    assert Admission(REAL, listener=Listener(near)).judge(said()).reason == ""
    assert Admission(REAL, listener=Listener(far)).judge(said()).reason.startswith("words: ")


def test_the_aligner_refuses_sound_without_the_words() -> None:
    check = TextCheck(Aligner.load(), utterance_phonemes, prepare)
    found = Admission(REAL, check=check).judge(said())
    assert found.reason.startswith("words: ")  # a buzz says no sentence
    assert "align_gap_m" in found.figures


def transcript(*texts: str, probable: tuple[float, ...]) -> Transcript:
    asked = tuple(
        HeardWord(word, 0.5 * at, 0.5 * at + 0.4, one)
        for at, (word, one) in enumerate(zip(TEXT.split(), probable, strict=True))
    )
    hypotheses = tuple(Hypothesis(one, -0.1) for one in texts)
    return Transcript(texts[0], (), 0.9, hypotheses, (), asked)


def test_a_word_is_misread_when_both_witnesses_say_so() -> None:
    doubt = (0.9, 0.01, 0.9, 0.9, 0.01, 0.9, 0.9, 0.01, 0.9)
    best = "twelve big words are red at a usual pace"
    other = "Twelve large words are read at a usual pace."
    (found,) = misread(TEXT, transcript(best, other, probable=doubt))
    assert (found.word, found.heard, found.start_s) == ("little", "big", 0.5)
    sure = replace(transcript(best, probable=(0.9,) * 9))
    assert misread(TEXT, sure) == ()
    assert [one.word for one in misread(TEXT, transcript(best, probable=doubt))] == [
        "little",
        "read",
    ]


def test_a_sentence_broken_off_is_misread_to_its_end() -> None:
    doubt = (0.9,) * 6 + (0.01,) * 3
    found = misread(TEXT, transcript("Twelve little words are read at", probable=doubt))
    assert [one.word for one in found] == ["a", "usual", "pace."]
    assert {one.heard for one in found} == {""}


@pytest.mark.parametrize(
    ("wanted", "heard", "errors"),
    [("abcd", "abcd", 0.0), ("abcd", "abxd", 0.25), ("abcd", "", 1.0), ("abcd", "abcdef", 0.5)]
    + [("Kitten!", "sitting", 3 / 6), ("", "x", 1.0), ("", "", 0.0), ("A b", "ab", 0.0)],
)
def test_character_errors(wanted: str, heard: str, errors: float) -> None:
    assert character_errors(wanted, heard) == pytest.approx(errors)
