# SPDX-License-Identifier: GPL-3.0-or-later
"""Learn the band above 8 kHz from the owner's own takes, in closed form.

No base speech has anything above 8 kHz, so nothing can be known of it but from the owner. What is
up there is noise whose envelope follows from the rest of the frame: ridge regression from the
mels as the voice makes them (the recordings' times and pitch given) to the log magnitudes of the
recordings. A mean of logs is too quiet and too even; each band gets its spread back, and then the
mean energy of the recordings' speech.

Shapes: F frames of one take, N frames of all, M mel bins, H bands.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from voicevault.data.features import N_MELS
from voicevault.data.highband import BANDS, BINS_A_BAND, LOG_FLOOR
from voicevault.data.highband import LEAST_RATE_HZ as LEAST_HZ
from voicevault.errors import BadDataset
from voicevault.students.highband import HighBand
from voicevault.training.items import Item, thinned
from voicevault.training.sharpen import ENOUGH_FRAMES, SPEECH_LEVEL

_RIDGE = 100.0
"""Frames' worth of shrinking; 1 to 1000 are within 0.01 of the variance explained."""
_LEAST_FRAMES = 400  # 5 s of speech, as for the spread
_LOUDEST = 0.999  # quantile of the recordings' frames that no frame exceeds

_GAIN_OF_MAGNITUDE = -0.5 * math.log(1.125)
"""Log gain of unit noise whose magnitude, heard through the analysis, has log 0: one window adds
variance (2 / 800)^2 a bin, overlap-add divides by 1.5, and the window of 1200 has power 450."""


def wanted(band: str, items: Sequence[Item]) -> bool:
    """Whether these takes make a full-band voice under the recipe's setting ``band``.

    Raises:
        BadDataset: the recipe wants it and no take reaches above 8 kHz.
    """
    wide = sum(item.frames for item in items if item.high is not None)
    if band == "full" and wide < _LEAST_FRAMES:
        raise BadDataset(
            f"band is full, and {wide * 0.0125:.0f} s of the takes reach above 8 kHz; at least "
            f"{_LEAST_FRAMES * 0.0125:.0f} s are needed, recorded at {LEAST_HZ} Hz or more",
            hint="train with band=auto, or record at 48000 Hz without noise suppression",
        )
    enough_wide = wide >= _LEAST_FRAMES and 2 * wide > sum(item.frames for item in items)
    return band == "full" or (band == "auto" and enough_wide)


def enough(items: Sequence[Item]) -> Sequence[Item]:
    """The takes that reach above 8 kHz, thinned to ten minutes."""
    return thinned([item for item in items if item.high is not None], ENOUGH_FRAMES)


def fit(made: Sequence[Tensor], mels: Sequence[Tensor], bands: Sequence[Tensor]) -> HighBand:
    """The envelope above 8 kHz as it follows from ``made``.

    Args:
        made: [F, M] normalised log-mel of each take as the voice says it.
        mels: [F, M] the recordings' own, which tell speech from pauses.
        bands: [F, H] log magnitudes of the recordings, see ``data.highband``.

    Returns:
        A band that most of the recordings lack is silent.
    """
    found = HighBand()
    floor = math.log(LOG_FLOOR)
    there = torch.stack([take.amax(0) > floor + 1e-3 for take in bands])  # [takes, H]
    for band in range(BANDS):
        rows = [i for i in range(len(bands)) if there[i, band]]
        found.bias[band] = floor
        if 2 * sum(len(bands[i]) for i in rows) <= sum(map(len, bands)):
            continue
        x = torch.cat([made[i] for i in rows]).double()
        y = torch.cat([bands[i][:, band] for i in rows]).double()
        speech = torch.cat([mels[i] for i in rows]).mean(-1) > SPEECH_LEVEL
        if int(speech.sum()) < _LEAST_FRAMES // 2:
            continue
        weight, bias = _line(x, y, speech)
        found.weight[:, band], found.bias[band] = weight.float(), bias + _GAIN_OF_MAGNITUDE
        found.bound[band] = torch.quantile(y[speech], _LOUDEST) + _GAIN_OF_MAGNITUDE
    return found


def _line(x: Tensor, y: Tensor, speech: Tensor) -> tuple[Tensor, float]:
    """Weights [M] and offset of ``y`` [N] on ``x`` [N, M]: ridge, spread and energy matched."""
    middle, mean = x.mean(0), y.mean()
    centred = x - middle
    shrunk = centred.T @ centred + _RIDGE * torch.eye(N_MELS, dtype=x.dtype)
    weight = torch.linalg.solve(shrunk, centred.T @ (y - mean))
    weight = weight * (y[speech].std() / (x[speech] @ weight).std().clamp(min=1e-6))
    energy = _log_energy(y[speech]) - _log_energy(x[speech] @ weight)
    return weight, float(energy)


def _log_energy(log: Tensor) -> Tensor:
    """Half the log of the mean power of log magnitudes."""
    return 0.5 * (torch.logsumexp(2 * log, 0) - math.log(len(log)))


def reach_hz(found: HighBand) -> int:
    """Upper edge of the highest band that is not silent."""
    heard = np.flatnonzero(found.weight.abs().amax(0).cpu().numpy() > 0)
    return 8000 + (int(heard[-1]) + 1 if len(heard) else 0) * BINS_A_BAND * 20
