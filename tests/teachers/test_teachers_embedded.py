# SPDX-License-Identifier: GPL-3.0-or-later
"""The embedded teacher: a run's student speaks what was never read, the same each time."""

from __future__ import annotations

import numpy as np
import pytest
import safetensors.torch

from voicevault.errors import UsageError
from voicevault.runtime.align import Aligner
from voicevault.students.shipped import load_base
from voicevault.teachers.adapters.embedded import EmbeddedTeacher
from voicevault.text.frontend import utterance_phonemes

TEXT = "Please put the yellow cups beside the kitchen window."


def student(voice: int = 0) -> bytes:
    """The base as one of its voices, as a training would leave it."""
    base = load_base()
    base.student.fold(base.speakers[voice])
    state = {name: one.contiguous() for name, one in base.student.state_dict().items()}
    return safetensors.torch.save(state)


@pytest.fixture(scope="module")
def teacher() -> EmbeddedTeacher:
    return EmbeddedTeacher(student(), "run-1", load_base().sha256)


def test_it_says_the_text_and_the_same_each_time(teacher: EmbeddedTeacher) -> None:
    first, again = teacher.synthesise(TEXT), teacher.synthesise(TEXT)
    assert np.array_equal(first.samples, again.samples)
    assert first.rate_hz == 16_000
    assert 0.05 < np.abs(first.samples).max() <= 0.98
    aligner = Aligner.load()
    told = aligner.align(first.samples, utterance_phonemes(TEXT)).score
    other = aligner.align(first.samples, utterance_phonemes("Nobody goes to that museum.")).score
    assert told > other + 1.0  # -0.9 against -5


def test_its_card_names_base_run_and_weights(teacher: EmbeddedTeacher) -> None:
    card = teacher.card
    assert card.version == f"{load_base().sha256[:12]} run-1"
    assert (card.name, card.kind, card.commercial) == ("embedded", "tts", True)
    other = EmbeddedTeacher(student(3), "run-1", load_base().sha256)
    assert other.card.files != card.files


def test_a_student_is_no_freer_than_its_teachers() -> None:
    taught = (("MIT", True), ("CPML-1.0", False), ("MIT", True))
    card = EmbeddedTeacher(student(), "run-1", load_base().sha256, inherited=taught).card
    assert (card.licence, card.commercial) == ("GPL-3.0-or-later, MIT, CPML-1.0", False)


@pytest.mark.parametrize("text", ["", "...", " \n"])
def test_nothing_to_say_is_an_error(teacher: EmbeddedTeacher, text: str) -> None:
    with pytest.raises(UsageError, match="nothing to say"):
        teacher.synthesise(text)
