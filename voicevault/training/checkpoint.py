# SPDX-License-Identifier: GPL-3.0-or-later
"""A training's whole state as bytes: it goes through the pipe into the vault, never onto a disk."""

import io
from typing import Any

import torch

from voicevault.errors import TrainingFailed

VERSION = 1


def pack_state(state: dict[str, Any]) -> bytes:
    """Tensors and plain values -> bytes."""
    buffer = io.BytesIO()
    torch.save({"version": VERSION, **state}, buffer)
    return buffer.getvalue()


def unpack_state(data: bytes) -> dict[str, Any]:
    """The inverse; loads tensors and plain values only, never code.

    Raises:
        TrainingFailed: not a checkpoint of this version.
    """
    try:
        state: dict[str, Any] = torch.load(io.BytesIO(data), weights_only=True, map_location="cpu")
    except Exception as error:  # torch raises a zoo of types on bad bytes
        raise TrainingFailed(
            "the checkpoint cannot be read", hint="train without --resume"
        ) from error
    if state.get("version") != VERSION:
        raise TrainingFailed(
            f"the checkpoint has version {state.get('version')}, this program reads {VERSION}",
            hint="train without --resume",
        )
    return state
