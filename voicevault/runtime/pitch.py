# SPDX-License-Identifier: GPL-3.0-or-later
"""Higher or lower: a voice speaks at another length and is then played at another rate.

An exported voice has three scales, for variation, length and rhythm, and none for its pitch; what
every Piper host loads stays that way. So a sentence that is to sound f times as high is spoken f
times as long and resampled by f: the length is what it would have been, and the pitch is f times
what it was. Pauses are cut to measure afterwards, and words are timed by the sound that comes out.

The formants move along, as if the throat were another one too: two semitones sound like the same
person in another mood, six like another person. That was chosen over PSOLA and phase vocoders,
which keep the formants, because resampling is exact, invents no periods, needs nothing that is not
here (Praat comes with training only), and costs a thousandth of the speaking. Lower also means
duller: a voice of 16 kHz six semitones down ends at 5.7 kHz.

Shapes: S samples.
"""

import soxr

from voicevault.errors import UsageError
from voicevault.runtime.clauses import Samples

PITCHES = (-6.0, 6.0)
"""Semitones; beyond them nobody would say that it is the same person."""


def factor(semitones: float) -> float:
    """How many times as high: 2 for twelve semitones.

    Raises:
        UsageError: out of range, or not a number.
    """
    if not PITCHES[0] <= semitones <= PITCHES[1]:  # also false for NaN
        raise UsageError(
            f"pitch is {semitones} semitones; {PITCHES[0]:g} to +{PITCHES[1]:g} is possible",
            hint="0 is the voice as it is, 2 a little higher, -2 a little lower",
        )
    return float(2.0 ** (semitones / 12.0))


def played_at(samples: Samples, rate_hz: int, times: float) -> Samples:
    """Samples [S] played ``times`` as fast: higher and shorter by it, at the same ``rate_hz``."""
    if times == 1.0 or not samples.size:
        return samples
    moved: Samples = soxr.resample(samples, rate_hz * times, rate_hz, quality="HQ")
    return moved
