# SPDX-License-Identifier: GPL-3.0-or-later
"""Random stretches of utterances: what a vocoder is trained on.

Shapes: B batch, S samples.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from voicevault.data.features import HOP
from voicevault.training.items import Item


def crop(item: Item, frames: int, random: np.random.Generator) -> Item | None:
    """A random stretch of ``frames`` frames; None when the utterance is shorter."""
    if item.frames < frames:
        return None
    first = int(random.integers(item.frames - frames + 1))
    rows = slice(first, first + frames)
    return Item(
        np.zeros(1, np.int64),
        np.array([frames]),
        item.mel[rows],
        item.log_f0[rows],
        item.voiced[rows],
        item.wave[first * HOP : (first + frames) * HOP],
        item.speaker,
    )


def waves_of(items: Sequence[Item], device: str) -> Tensor:
    """[B, S] float waveforms of equally long crops."""
    stacked = np.stack([i.wave for i in items])
    scale = 1 / 32768 if stacked.dtype == np.int16 else 1.0
    return torch.from_numpy(stacked.astype(np.float32) * scale).to(device)
