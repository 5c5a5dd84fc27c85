# SPDX-License-Identifier: GPL-3.0-or-later
"""From whom a step of the acoustic stages learns: the owner, a teacher, or an earlier student.

    real     the owner's takes: everything
    taught   speech of a teacher from elsewhere: everything, at half the weight
    replay   speech of the embedded teacher: durations, pitch and energy. Never its mels: it is a
             student of the same form, and its spectrum holds its own mistakes.

A source with share 0 is not drawn from. With one source left nothing is drawn at all, so that a
training without teachers is, bit for bit, what it was before there were any.
"""

import numpy as np
from torch import Tensor

from voicevault.data.dataset import Source
from voicevault.errors import BadDataset
from voicevault.students.acoustic import AcousticOutput
from voicevault.training.items import Batch, Item
from voicevault.training.losses import acoustic_loss
from voicevault.training.owner import OwnerData
from voicevault.training.recipe import Mix

SOURCES: tuple[Source, ...] = ("real", "taught", "replay")


def items_of(data: OwnerData, source: Source) -> list[Item]:
    """What a source has to teach."""
    return data.train if source == "real" else data.made[source]


def shares(mix: Mix, data: OwnerData) -> dict[Source, float]:
    """Share of the steps for each source that is switched on and has something; they sum to 1.

    Raises:
        BadDataset: nothing is left to learn from.
    """
    wanted = {one: float(getattr(mix, one)) for one in SOURCES if items_of(data, one)}
    total = sum(wanted.values())
    if not total:
        raise BadDataset(
            "every source with something to learn from is switched off",
            hint="give mix.real, mix.taught or mix.replay a share",
        )
    return {one: share / total for one, share in wanted.items() if share}


def pick_source(mix: Mix, data: OwnerData, random: np.random.Generator) -> Source:
    """Whom this step learns from."""
    odds = shares(mix, data)
    if len(odds) == 1:
        return next(iter(odds))
    return list(odds)[int(random.choice(len(odds), p=list(odds.values())))]


def weighted_loss(
    mix: Mix, source: Source, out: AcousticOutput, batch: Batch, timeless: Tensor
) -> Tensor:
    """The loss of a batch from one source."""
    found = acoustic_loss(out, batch, timeless)
    if source == "real":
        return found.total
    if source == "taught":
        return mix.taught_weight * found.total
    return mix.replay_weight * found.prosody
