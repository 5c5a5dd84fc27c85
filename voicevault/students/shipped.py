# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped base: a student that speaks with many voices, checked by hash before it is used."""

import copy
import hashlib
from dataclasses import dataclass

import safetensors.torch
import torch
from torch import Tensor

from voicevault.errors import TrainingFailed, VoiceVaultError
from voicevault.runtime.base_files import base_file
from voicevault.students.tts import TtsStudent

WEIGHTS = "tts.safetensors"
ALOUD = "aloud."
"""Before the names of weights that replace the acoustic model\'s when the base speaks by itself."""


@dataclass(slots=True)
class Base:
    """The starting point of every voice."""

    student: TtsStudent
    """Not folded: wants a speaker vector."""
    speakers: Tensor
    """[V, G] vectors of the voices it was trained on."""
    sha256: str
    """Of the weights file; follows a run into its voice card."""
    aloud: dict[str, Tensor]
    """Weights of the acoustic model that are others when the base speaks by itself."""

    def speaking(self) -> TtsStudent:
        """A copy whose mels have the average spread of the recordings it learnt from.

        A personal voice gets its owner's spread at the end (``training.sharpen``) and starts from
        ``student``, which has none: spread before that would be learnt away and given back twice.
        """
        speaker = copy.deepcopy(self.student)
        speaker.acoustic.load_state_dict(speaker.acoustic.state_dict() | self.aloud)
        return speaker


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
    aloud = {
        key.removeprefix(ALOUD): tensors.pop(key) for key in list(tensors) if key.startswith(ALOUD)
    }
    student = TtsStudent()
    student.load_state_dict(tensors)
    return Base(student.eval(), speakers, hashlib.sha256(data).hexdigest(), aloud)


def load_student(weights: bytes) -> TtsStudent:
    """A folded student from the safetensors that a training left."""
    student = TtsStudent()
    student.fold(torch.zeros(student.acoustic.config.speaker_size))
    student.load(safetensors.torch.load(weights))
    return student.eval()
