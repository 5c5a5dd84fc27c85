# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped base: a student that speaks with many voices, checked by hash before it is used."""

import hashlib
from dataclasses import dataclass

import safetensors.torch
import torch
from torch import Tensor

from voicevault.errors import TrainingFailed, VoiceVaultError
from voicevault.runtime.base_files import base_file
from voicevault.students.tts import TtsStudent

WEIGHTS = "tts.safetensors"


@dataclass(slots=True)
class Base:
    """The starting point of every voice."""

    student: TtsStudent
    """Not folded: wants a speaker vector."""
    speakers: Tensor
    """[V, G] vectors of the voices it was trained on."""
    sha256: str
    """Of the weights file; follows a run into its voice card."""


def load_base() -> Base:
    """Read ``voicevault/base``.

    Raises:
        TrainingFailed: a file is missing or is not the one that the index names.
    """
    try:
        data = base_file(WEIGHTS)
    except VoiceVaultError as error:
        raise TrainingFailed(error.message, hint=error.hint) from error
    tensors = {k: v.float() for k, v in safetensors.torch.load(data).items()}
    speakers = tensors.pop("speakers")
    student = TtsStudent()
    student.load_state_dict(tensors)
    return Base(student.eval(), speakers, hashlib.sha256(data).hexdigest())


def load_student(weights: bytes) -> TtsStudent:
    """A folded student from the safetensors that a training left."""
    student = TtsStudent()
    student.fold(torch.zeros(student.acoustic.config.speaker_size))
    student.load(safetensors.torch.load(weights))
    return student.eval()
