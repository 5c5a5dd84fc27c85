# SPDX-License-Identifier: GPL-3.0-or-later
"""A fair pair for a blind test: a recording and the voice, alike in all but who speaks.

Sample rate, loudness and the silence around the words would each give the recording away.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voicevault.audio.files import Clip, resample
from voicevault.runtime.clauses import PEAK_LIMIT, quiet_edges

Samples = npt.NDArray[np.float32]  # [S], mono
LEVEL_DBFS = -23.0
EDGE_S = 0.12
_BLOCK_S = 0.05
_SPEECH_DB = 25.0  # below the loudest block: pauses, which do not count as speech


def fair_pair(own: Clip, said: Samples, rate_hz: int) -> tuple[Samples, Samples]:
    """Recording and voice, both at the lower of the two rates as the voice's rate allows.

    Args:
        said: [S] the voice's sound at `rate_hz`.

    Returns:
        float32 [S1] and [S2] at `rate_hz`, of the same level, with equally short edges.
    """
    mine = own.samples
    narrow_hz = min(own.rate_hz, rate_hz)
    mine = resample(resample(mine, own.rate_hz, narrow_hz), narrow_hz, rate_hz)
    said = resample(resample(said, rate_hz, narrow_hz), narrow_hz, rate_hz)
    pair = [_trimmed(one, rate_hz) for one in (mine, said)]
    levels = [_level(one, rate_hz) for one in pair]
    goal = 10 ** (LEVEL_DBFS / 20)
    gains = [goal / level if level > 0 else 1.0 for level in levels]
    peaks = [float(np.abs(one).max(initial=0.0)) * g for one, g in zip(pair, gains, strict=True)]
    room = min(1.0, PEAK_LIMIT / max(*peaks, 1e-9))  # one factor for both, or they would differ
    first, second = (
        np.asarray(one * np.float32(g * room), np.float32)
        for one, g in zip(pair, gains, strict=True)
    )
    return first, second


def _trimmed(samples: Samples, rate_hz: int) -> Samples:
    lead, tail = quiet_edges(samples, rate_hz)
    edge = round(EDGE_S * rate_hz)
    return samples[max(0, lead - edge) : len(samples) - max(0, tail - edge)]


def _level(samples: Samples, rate_hz: int) -> float:
    """Root mean square of the blocks in which somebody speaks."""
    block = max(1, round(_BLOCK_S * rate_hz))
    count = len(samples) // block
    if not count:
        return float(np.sqrt(np.mean(np.square(samples)))) if len(samples) else 0.0
    power = np.square(samples[: count * block]).reshape(count, block).mean(axis=1)
    loud = power[power >= power.max() * 10 ** (-_SPEECH_DB / 10)]
    return float(np.sqrt(loud.mean()))
