# SPDX-License-Identifier: GPL-3.0-or-later
"""The base by itself speaks with the spread of recordings; personal voices start without it."""

import numpy as np
import pytest
import torch

from voicevault.data.features import RATE_HZ, log_mel, prepare
from voicevault.runtime.align import Aligner
from voicevault.students.shipped import Base, load_base
from voicevault.students.tts import TtsStudent
from voicevault.text.frontend import utterance_phonemes
from voicevault.text.symbols import framed_ids

TEXT = "The old man carried bread and candles over the hill."
WEAK = 140
"""A voice of 90 seconds of speech, hard to understand when it is averaged."""


@pytest.fixture(scope="module")
def base() -> Base:
    return load_base()


def spoken(base: Base, student: TtsStudent, text: str, voice: int) -> np.ndarray:
    """What one voice makes of a text, [S]."""
    ids = torch.tensor([framed_ids(utterance_phonemes(text))])
    torch.manual_seed(0)
    wave: np.ndarray = student.speak(ids, speaker=base.speakers[voice][None])[0].numpy()
    return prepare(wave, RATE_HZ)


def test_what_personal_voices_start_from_stays(base: Base) -> None:
    before = {name: value.clone() for name, value in base.student.state_dict().items()}
    aloud = base.speaking().state_dict()
    after = base.student.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    other = {name for name in before if not torch.equal(before[name], aloud[name])}
    names = ("contrast", "decoder_out.bias", "decoder_out.weight")
    assert other == {f"acoustic.{name}" for name in names}


def test_pitch_and_voicing_are_left_alone(base: Base) -> None:
    mine, aloud = (one.acoustic.decoder_out for one in (base.student, base.speaking()))
    assert torch.equal(mine.weight[-2:], aloud.weight[-2:])
    assert torch.equal(mine.bias[-2:], aloud.bias[-2:])


def test_mels_move_more_from_frame_to_frame(base: Base) -> None:
    flat, wide = (
        np.diff(log_mel(spoken(base, student, TEXT, WEAK)), axis=0).std()
        for student in (base.student, base.speaking())
    )
    assert wide > 1.05 * flat


def test_the_aligner_is_surer_of_the_words_of_a_weak_voice(base: Base) -> None:
    aligner, phonemes = Aligner.load(), utterance_phonemes(TEXT)
    scores = [
        aligner.align(spoken(base, student, TEXT, WEAK), phonemes).score
        for student in (base.student, base.speaking())
    ]
    assert scores[1] > scores[0] + 0.05
