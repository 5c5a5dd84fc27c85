# SPDX-License-Identifier: GPL-3.0-or-later
"""Pitch: as high as asked by Praat's measure, as long as before, and words where they are heard."""

import dataclasses
from pathlib import Path

import numpy as np
import parselmouth
import pytest
from toy_voices import ToyVoice, export

from voicevault import cli
from voicevault.audio.files import decode
from voicevault.errors import UsageError
from voicevault.export import onnx as onnx_export
from voicevault.export.info import VoiceInfo
from voicevault.export.piper import with_metadata
from voicevault.runtime.clauses import Samples
from voicevault.runtime.voice import Voice
from voicevault.service import Studio
from voicevault.students.shipped import load_base

TEXT = "Nothing here belongs to us, so leave the boxes where you found them."
WHO = 10
"""A shipped voice of 196 Hz: six semitones either way stay inside what Praat looks for."""


@pytest.fixture(scope="module")
def voice() -> Voice:
    base = load_base()
    base.student.fold(base.speakers[WHO])
    graph = onnx_export.voice_onnx(base.student.eval(), {})
    made = Voice.load(with_metadata(graph, VoiceInfo("en_US-somebody-low")))
    # Chance would vary the lengths by more than what is measured here.
    made.config = dataclasses.replace(made.config, noise_scale=0.0, noise_w=0.0)
    return made


def say(voice: Voice, semitones: float, text: str = TEXT) -> Samples:
    return voice.speak(text, seed=3, pitch_semitones=semitones)


def octaves(samples: Samples, rate_hz: int) -> float:
    """Mean log2 F0 of what is voiced."""
    sound = parselmouth.Sound(samples.astype(np.float64), rate_hz)
    track = sound.to_pitch_ac(pitch_floor=65, pitch_ceiling=600).selected_array["frequency"]
    return float(np.log2(track[track > 0]).mean())


@pytest.mark.parametrize("semitones", [-6.0, -2.0, 1.0, 6.0])
def test_the_pitch_moves_as_asked_and_the_length_does_not(voice: Voice, semitones: float) -> None:
    plain, moved = say(voice, 0.0), say(voice, semitones)
    rose = 12 * (octaves(moved, voice.rate_hz) - octaves(plain, voice.rate_hz))
    assert rose == pytest.approx(semitones, abs=0.3)
    assert len(moved) == pytest.approx(len(plain), rel=0.02)


def test_no_pitch_is_the_same_to_the_sample(voice: Voice) -> None:
    assert np.array_equal(say(voice, 0.0), voice.speak(TEXT, seed=3))


def test_pauses_between_sentences_keep_their_length(voice: Voice) -> None:
    """They are cut to measure after the resampling, so the whole is as long as before."""
    text = "Wait for me. I am nearly there."
    lengths = [len(say(voice, semitones, text)) for semitones in (0.0, 5.0)]
    assert lengths[1] == pytest.approx(lengths[0], rel=0.02)


def test_words_are_heard_when_they_were(voice: Voice) -> None:
    """The times that light the words up belong to the sound that is played."""

    def told(semitones: float) -> tuple[list[float], float]:
        times, at_s = [], 0.0
        for clause in voice.narrate(TEXT, pitch_semitones=semitones):
            times += [at_s + one.at_s for one in clause.words]
            at_s += len(clause.samples) / voice.rate_hz
        return times, at_s

    (plain, plain_s), (high, high_s) = told(0.0), told(6.0)
    assert len(high) == len(plain) == len(TEXT.split())
    assert high_s == pytest.approx(plain_s, rel=0.02)
    assert high == pytest.approx(plain, abs=0.1)
    assert high[-1] < high_s


@pytest.mark.parametrize("semitones", [-6.1, 7.0, float("nan"), float("inf")])
def test_a_pitch_beyond_belief_is_refused_with_a_hint(semitones: float) -> None:
    toy = with_metadata(export(ToyVoice()), VoiceInfo("en_US-toy-low"))
    voice = Voice.load(toy)
    for call in (voice.speak, voice.stream):
        with pytest.raises(UsageError, match=r"-6 to \+6") as refused:
            call("Hello.", pitch_semitones=semitones)  # at once, not at the first chunk
        assert "a little higher" in refused.value.hint


def test_the_studio_hands_the_pitch_on(voice: Voice, monkeypatch: pytest.MonkeyPatch) -> None:
    studio = object.__new__(Studio)
    monkeypatch.setattr(studio, "voice", lambda run: voice)
    said, rate_hz = studio.speak(TEXT, pitch_semitones=3.0)
    plain, _ = studio.speak(TEXT)
    assert 12 * (octaves(said, rate_hz) - octaves(plain, rate_hz)) == pytest.approx(3.0, abs=0.5)


def test_the_command_speaks_lower_and_says_what_is_possible(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, out = tmp_path / "toy.onnx", tmp_path / "said.wav"
    model.write_bytes(with_metadata(export(ToyVoice()), VoiceInfo("en_US-toy-low")))
    words = ["speak", "Hello there.", "--voice", str(model), "--out", str(out), "--pitch"]
    assert cli.run([*words, "9"]) == 2
    assert "-6 to +6" in capsys.readouterr().err
    assert not out.exists()
    assert cli.run([*words, "-6"]) == 0
    # The toy knows no length: what is played at 0.71 of its rate is longer by 1.41.
    spoken = len(decode(out.read_bytes()).samples)
    assert spoken == pytest.approx(2**0.5 * len(Voice.load(model).speak("Hello there.")), rel=0.05)
