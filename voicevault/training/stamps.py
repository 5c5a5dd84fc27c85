# SPDX-License-Identifier: GPL-3.0-or-later
"""A student's weights with the stamp of its consent: they may travel without their info."""

import json

import safetensors.torch
from torch import Tensor

from voicevault.consents.record import Stamp
from voicevault.errors import Refused

KEY = "voicevault.consent"
"""Where the metadata of safetensors keep it."""


def pack(weights: dict[str, Tensor], stamp: Stamp) -> bytes:
    """safetensors of a student and of whose consent it was trained with."""
    return safetensors.torch.save(weights, {KEY: json.dumps(stamp.to_json(), sort_keys=True)})


def stamp_of(weights: bytes) -> Stamp:
    """The consent that a student was trained with.

    Raises:
        Refused: it does not say.
    """
    try:
        end = 8 + int.from_bytes(weights[:8], "little")
        body = json.loads(json.loads(weights[8:end])["__metadata__"][KEY])
    except (ValueError, KeyError, TypeError):
        raise Refused(
            "this voice was trained without a consent", hint="give one, then train it again"
        ) from None
    return Stamp.from_json(body)
