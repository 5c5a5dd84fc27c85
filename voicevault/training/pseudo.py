# SPDX-License-Identifier: GPL-3.0-or-later
"""Another voice out of a recording: pitch and formants moved together, the tempo kept.

Played at another speed a voice has another throat and another larynx, and another pace; the pace is
put back by PSOLA (Moulines and Charpentier 1990), which repeats or drops whole periods. Praat's is
the one used, because Praat is here for the pitch already; compared in DECISIONS.md.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import soxr

from voicevault.data.features import FloatArray
from voicevault.data.pitch import CEILING_HZ, FLOOR_HZ

NARROWEST, WIDEST = 0.75, 1.3
"""Factors beyond these no longer sound like a person."""

_SEED = 1


def another_voice(samples: FloatArray, rate_hz: int, factor: float) -> FloatArray:
    """Samples [S] at ``rate_hz`` with pitch and formants times ``factor``, as long as before."""
    if not NARROWEST <= factor <= WIDEST:
        raise ValueError(f"factor {factor:g}; valid are {NARROWEST:g} to {WIDEST:g}")
    if factor == 1.0:
        return samples
    import parselmouth

    moved = soxr.resample(samples, rate_hz * factor, rate_hz, quality="HQ")
    sound = parselmouth.Sound(moved.astype(np.float64), rate_hz)
    with same_draws():
        # The pitch has moved, so the limits of its search move too.
        longer = parselmouth.praat.call(
            sound, "Lengthen (overlap-add)", FLOOR_HZ * factor, CEILING_HZ * factor, factor
        )
    out: FloatArray = longer.values[0].astype(np.float32)
    return out


@contextmanager
def same_draws() -> Iterator[None]:
    """Inside, Praat's overlap-add gives the same clip the same bytes.

    Where nothing is voiced it draws its pieces at random.
    """
    import parselmouth

    parselmouth.praat.run(f"random_initializeWithSeedUnsafelyButPredictably ({_SEED})")
    try:
        yield
    finally:
        parselmouth.praat.run("random_initializeSafelyAndUnpredictably ()")
