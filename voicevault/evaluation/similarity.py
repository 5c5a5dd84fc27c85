# SPDX-License-Identifier: GPL-3.0-or-later
"""Does it sound like the owner: the similarity ratio, from speaker embeddings.

The embeddings are those of ``students.speaker_encoder``.
The **similarity ratio** of a voice, with c(X) the centroid (normalised mean) of the set X:

    numerator    mean over student utterances s of   cos(s, c(all real utterances))
    denominator  mean over real utterances r of      cos(r, c(all real utterances but r))
    ratio        numerator / denominator

1.0 is as near to the owner's recordings as one more recording of the owner would be. Cosines of
different speakers are about 0.5-0.6 here, not 0, so a ratio of 0.65 means "somebody else".

Shapes: N utterances, D = 256 embedding.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from voicevault.data.features import FloatArray
from voicevault.students.speaker_encoder import RATE_HZ as RATE_HZ
from voicevault.students.speaker_encoder import SpeakerEncoder as SpeakerEncoder
from voicevault.students.speaker_encoder import condense as condense
from voicevault.students.speaker_encoder import partial_starts as partial_starts
from voicevault.students.speaker_encoder import unavailable as unavailable
from voicevault.students.speaker_encoder import weights_path as weights_path

MIN_REAL = 3
"""Fewer real utterances have no meaningful centroid without one of them."""


@dataclass(frozen=True, slots=True)
class Similarity:
    """See the module for the definition; cosines are between -1 and 1."""

    ratio: float
    student: float
    real: float
    rows: tuple[float, ...]
    """Cosine of each student utterance with the owner's centroid, in order; nan for silence."""
    real_rows: tuple[float, ...] = ()


def _unit(vector: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    return vector / max(float(np.linalg.norm(vector)), 1e-9)


def leave_one_out(real: Sequence[FloatArray]) -> list[float]:
    """cos of each [D] embedding with the centroid of the others."""
    total = np.sum(real, axis=0)
    return [float(one @ _unit(total - one)) for one in real]


def similarity(student: Sequence[FloatArray | None], real: Sequence[FloatArray]) -> Similarity:
    """The ratio from embeddings [D] of the student's and of the owner's utterances.

    Raises:
        ValueError: fewer than three real utterances.
    """
    if len(real) < MIN_REAL:
        raise ValueError(f"{len(real)} real utterances; a centroid needs at least {MIN_REAL}")
    centre = _unit(np.mean(real, axis=0))
    rows = tuple(float("nan") if one is None else float(one @ centre) for one in student)
    real_rows = tuple(leave_one_out(real))
    spoken = [row for row in rows if row == row]
    mean_student = float(np.mean(spoken)) if spoken else float("nan")
    mean_real = float(np.mean(real_rows))
    ratio = mean_student / mean_real if mean_real > 0 else float("nan")
    return Similarity(ratio, mean_student, mean_real, rows, real_rows)
