# SPDX-License-Identifier: GPL-3.0-or-later
"""How a sentence ends: up, as a question may, or down.

Shapes: F frames of 12.5 ms.
"""

import numpy as np

from voicevault.data.features import HOP, RATE_HZ, FloatArray
from voicevault.evaluation.prosody import SEMITONES

LAST_S = 0.3
_PART_S = 0.1


def final_rise_semitones(log_f0: FloatArray, voiced: FloatArray) -> float:
    """Pitch at the end of the last 300 ms that are voiced, above the pitch at their beginning.

    Args:
        log_f0: [F] natural log of hertz.
        voiced: [F] 0 or 1. Unvoiced frames are passed over: 300 ms of voice, not of time.

    Returns:
        Semitones between the medians of the last and the first 100 ms; below 0 it falls. nan where
        there is less voice than that.
    """
    frames, part = round(LAST_S * RATE_HZ / HOP), round(_PART_S * RATE_HZ / HOP)
    heard = log_f0[voiced > 0.5][-frames:]
    if len(heard) < frames:
        return float("nan")
    return float((np.median(heard[-part:]) - np.median(heard[:part])) * SEMITONES)
