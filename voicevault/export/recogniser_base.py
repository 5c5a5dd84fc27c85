# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped recogniser as a network to go on training, read back from the file that runs."""

import dataclasses
import hashlib
from typing import Any

from voicevault.errors import TrainingFailed, VoiceVaultError
from voicevault.export.ctc import read_recogniser
from voicevault.runtime.base_files import base_file, base_index
from voicevault.runtime.recognise import MODEL, TOKENS
from voicevault.students.recogniser import RecogniserConfig
from voicevault.text.pieces import read_tokens
from voicevault.training.recogniser_personal import RecogniserBase

NETWORK = "network"
"""In the index, under "recogniser": sizes that the weights do not tell."""


def load_recogniser_base() -> RecogniserBase:
    """Read ``voicevault/base``.

    Raises:
        TrainingFailed: there is no recogniser, or its files are damaged.
    """
    try:
        model, tokens = base_file(MODEL), base_file(TOKENS).decode("utf-8")
        config = network_config(base_index().get("recogniser", {}).get(NETWORK, {}))
        pieces = read_tokens(tokens)
        network = read_recogniser(model, dataclasses.replace(config, pieces=len(pieces)))
    except VoiceVaultError as error:
        raise TrainingFailed(
            f"there is no recogniser to start from: {error.message}", hint=error.hint
        ) from error
    return RecogniserBase(network, pieces, hashlib.sha256(model).hexdigest())


def network_config(values: dict[str, Any]) -> RecogniserConfig:
    """Sizes from JSON; what it does not name is the default."""
    lists: dict[str, Any] = {
        key: tuple(one) if isinstance(one, list) else one for key, one in values.items()
    }
    return RecogniserConfig(**lists)
