# SPDX-License-Identifier: GPL-3.0-or-later
"""Melody, pace and periodicity of a voice beside the owner's recording of the same sentence.

MOS predictors over-rate buzzy small vocoders, so pitch and harmonicity are measured by themselves.
Pitch and harmonicity are Praat's (praat-parselmouth). The two renditions are laid over each other
by dynamic time warping on log-mel frames, because no two readings share their timing.

Shapes: S samples, F frames of 12.5 ms (A, B of the two renditions), M mel bins, P pairs.
"""

import importlib.util
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from voicevault.data.features import HOP, RATE_HZ, FloatArray, active_frames, log_mel, prepare
from voicevault.data.pitch import CEILING_HZ, FLOOR_HZ, pitch

_MIN_VOICED = 5
SEMITONES = 12.0 / np.log(2.0)
"""Natural log of a frequency ratio -> semitones."""


def unavailable() -> str:
    """Why there are no pitch figures; empty when there are."""
    if importlib.util.find_spec("parselmouth") is None:
        return "praat-parselmouth is not installed (extra 'train')"
    return ""


@dataclass(frozen=True, slots=True)
class Tune:
    """Pitch of one utterance; nan where it has too few voiced frames."""

    f0_hz: FloatArray
    """[F], 0 where unvoiced."""
    median_hz: float
    spread_semitones: float
    """Standard deviation of voiced F0 around its median: small means monotonous."""
    voiced_share: float
    """Voiced frames among the active ones."""
    hnr_db: float
    """Harmonics-to-noise ratio, mean over voiced frames."""
    speech_s: float
    """Active speech, without pauses."""
    wave: FloatArray
    """[S] the prepared waveform the figures are of."""


@dataclass(frozen=True, slots=True)
class ProsodyError:
    """Student against the recording of the same text; 0 (or 1.0 for the ratio) is equal."""

    f0_rmse_semitones: float
    """Over frames voiced in both, after warping, each around its own median: melody."""
    f0_shift_semitones: float
    """Median of the student above the recording's: register."""
    voicing_error: float
    """Share of warped frames voiced in one and not in the other."""
    hnr_difference_db: float
    """Below 0: the student is noisier."""
    duration_ratio: float
    """Active speech of the student / of the recording."""


def tune(samples: FloatArray, rate_hz: int) -> Tune | None:
    """Pitch and periodicity of [S] samples; None when there is no speech in them."""
    wave = prepare(np.asarray(samples, np.float32), rate_hz)
    if not len(wave):
        return None
    log_f0, voiced = pitch(wave)
    is_voiced = voiced > 0.5
    active = active_frames(wave)
    enough = int(is_voiced.sum()) >= _MIN_VOICED
    heights = log_f0[is_voiced] * SEMITONES
    return Tune(
        f0_hz=np.where(is_voiced, np.exp(log_f0), 0.0).astype(np.float32),
        median_hz=float(np.exp(np.median(log_f0[is_voiced]))) if enough else float("nan"),
        spread_semitones=float(heights.std()) if enough else float("nan"),
        voiced_share=float(is_voiced.sum() / max(int(active.sum()), 1)),
        hnr_db=_harmonicity(wave, is_voiced) if enough else float("nan"),
        speech_s=float(active.sum() * HOP / RATE_HZ),
        wave=wave,
    )


def _harmonicity(wave: FloatArray, voiced: npt.NDArray[np.bool_]) -> float:
    """Mean harmonics-to-noise ratio over the voiced frames, dB."""
    import parselmouth

    track = parselmouth.Sound(wave.astype(np.float64), RATE_HZ).to_harmonicity_cc(
        time_step=HOP / RATE_HZ, minimum_pitch=FLOOR_HZ
    )
    values = track.values[0]
    centres_s = (np.flatnonzero(voiced) + 0.5) * HOP / RATE_HZ
    nearest = np.clip(np.round((centres_s - track.x1) / track.dx).astype(int), 0, len(values) - 1)
    heard = values[nearest]
    heard = heard[heard > -100.0]  # Praat writes -200 dB for silence
    return float(heard.mean()) if len(heard) else float("nan")


def warp(left: FloatArray, right: FloatArray) -> npt.NDArray[np.intp]:
    """Cheapest monotonic path between two log-mels [A, M], [B, M]; pairs of frames [P, 2].

    Plain dynamic time warping, one anti-diagonal at a time.
    """
    a, b = len(left), len(right)
    cost = np.abs(left[:, None, ::4] - right[None, :, ::4]).mean(2)  # [A, B], every 4th band
    best = np.full((a + 1, b + 1), np.inf)
    best[0, 0] = 0.0
    for total in range(a + b - 1):
        i = np.arange(max(0, total - b + 1), min(a, total + 1))
        j = total - i
        before = np.minimum(np.minimum(best[i, j], best[i, j + 1]), best[i + 1, j])
        best[i + 1, j + 1] = cost[i, j] + before
    x, y = a - 1, b - 1
    path = [(x, y)]
    while x or y:
        steps = ((best[x, y], x - 1, y - 1), (best[x, y + 1], x - 1, y), (best[x + 1, y], x, y - 1))
        _, x, y = min(steps)
        path.append((x, y))
    return np.array(path[::-1], np.intp)


def compare(student: Tune, real: Tune) -> ProsodyError:
    """Errors of the student's rendition against the recording of the same text."""
    pairs = warp(log_mel(student.wave), log_mel(real.wave))
    f0_student, f0_real = student.f0_hz[pairs[:, 0]], real.f0_hz[pairs[:, 1]]
    both = (f0_student > 0) & (f0_real > 0)
    if int(both.sum()) >= _MIN_VOICED:
        above = np.log(f0_student[both] / student.median_hz)
        expected = np.log(f0_real[both] / real.median_hz)
        rmse = float(np.sqrt(((above - expected) ** 2).mean()) * SEMITONES)
        shift = float(np.log(student.median_hz / real.median_hz) * SEMITONES)
    else:
        rmse = shift = float("nan")
    return ProsodyError(
        f0_rmse_semitones=rmse,
        f0_shift_semitones=shift,
        voicing_error=float(((f0_student > 0) != (f0_real > 0)).mean()),
        hnr_difference_db=student.hnr_db - real.hnr_db,
        duration_ratio=student.speech_s / max(real.speech_s, HOP / RATE_HZ),
    )


PITCH_RANGE_HZ = (FLOOR_HZ, CEILING_HZ)
