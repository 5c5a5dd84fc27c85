# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings as a teacher hears them, and what it makes as a recording; all of it in memory."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import soxr

from voicevault.errors import BadAudio, UsageError
from voicevault.teachers.protocols import FloatArray, Recording


def at_rate(recording: Recording, rate_hz: int) -> FloatArray:
    """A recording as a teacher hears it. [S] at ``rate_hz``

    Raises:
        BadAudio: empty, not mono, not finite, or silent.
    """
    samples = np.asarray(recording.samples, dtype=np.float32)
    if samples.ndim != 1 or not samples.size:
        raise BadAudio(f"a recording of shape {samples.shape}", hint="one channel, some samples")
    if not np.isfinite(samples).all():
        raise BadAudio("a recording with samples that are no numbers")
    if not np.any(np.abs(samples) > 1e-4):
        raise BadAudio("a recording of silence", hint="check the microphone, or leave it out")
    if recording.rate_hz == rate_hz:
        return samples
    return np.asarray(soxr.resample(samples, recording.rate_hz, rate_hz), dtype=np.float32)


def references_at_rate(
    references: Sequence[Recording], rate_hz: int, at_least_s: float
) -> list[FloatArray]:
    """The recordings that say whose voice it shall be.

    Raises:
        UsageError: none were given.
        BadAudio: together they are too short.
    """
    if not references:
        raise UsageError("no recordings of the voice to speak in", hint="give one or more")
    voices = [at_rate(one, rate_hz) for one in references]
    length_s = sum(map(len, voices)) / rate_hz
    if length_s < at_least_s:
        raise BadAudio(
            f"{length_s:.1f} s of the voice to speak in; {at_least_s:.1f} s or more are needed"
        )
    return voices


def sounding(samples: Any, rate_hz: int, text: str = "") -> Recording:
    """What a teacher made, as a recording. Samples above full scale are brought back to it.

    Raises:
        BadAudio: the teacher made nothing, or something that is no sound.
    """
    made = np.asarray(samples, dtype=np.float32).reshape(-1)
    if not made.size or not np.isfinite(made).all():
        raise BadAudio("the teacher made no sound of this")
    return Recording(np.clip(made, -1.0, 1.0), rate_hz, text)
