# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped base: a student that speaks with many voices, checked by hash before it is used."""

import hashlib
import json
from dataclasses import dataclass
from importlib import resources

import safetensors.torch
from torch import Tensor

from voicevault.errors import TrainingFailed
from voicevault.students.tts import TtsStudent

INDEX = "base.json"
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
    folder = resources.files("voicevault.base")
    try:
        index = json.loads(folder.joinpath(INDEX).read_text("utf-8"))
        data = folder.joinpath(WEIGHTS).read_bytes()
    except OSError as error:
        raise TrainingFailed(
            "the base weights are not installed", hint="install voicevault again"
        ) from error
    digest = hashlib.sha256(data).hexdigest()
    if digest != index["sha256"][WEIGHTS]:
        raise TrainingFailed(
            f"the base weights are damaged: SHA-256 {digest[:12]}..., "
            f"{index['sha256'][WEIGHTS][:12]}... expected",
            hint="install voicevault again",
        )
    tensors = {k: v.float() for k, v in safetensors.torch.load(data).items()}
    speakers = tensors.pop("speakers")
    student = TtsStudent()
    tensors.setdefault("acoustic.contrast", student.acoustic.contrast)  # bases before it had none
    student.load_state_dict(tensors)
    return Base(student.eval(), speakers, digest)
