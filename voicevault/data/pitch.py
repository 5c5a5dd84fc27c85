# SPDX-License-Identifier: GPL-3.0-or-later
"""Pitch of a prepared waveform: Praat's autocorrelation method through praat-parselmouth.

Shapes: S samples, F frames.
"""

import numpy as np

from voicevault.data.features import HOP, RATE_HZ, FloatArray, frame_count

FLOOR_HZ, CEILING_HZ = 65.0, 450.0
"""A deep man to a small child. Wider limits buy octave errors, not voices."""

_UNVOICED_HZ = 148.0


def pitch(wave: FloatArray) -> tuple[FloatArray, FloatArray]:
    """F0 of each frame.

    Args:
        wave: [S] prepared waveform at 16 kHz.

    Returns:
        log_f0 [F]: natural log of hertz, carried across unvoiced stretches by straight lines, so
        that a model can learn it everywhere; voiced [F]: 1.0 or 0.0.
    """
    import parselmouth

    frames = frame_count(len(wave))
    if len(wave) < 0.05 * RATE_HZ:
        return np.full(frames, np.log(_UNVOICED_HZ), np.float32), np.zeros(frames, np.float32)
    track = parselmouth.Sound(wave.astype(np.float64), RATE_HZ).to_pitch_ac(
        time_step=HOP / RATE_HZ, pitch_floor=FLOOR_HZ, pitch_ceiling=CEILING_HZ
    )
    f0_hz = track.selected_array["frequency"]
    centres_s = (np.arange(frames) + 0.5) * HOP / RATE_HZ
    nearest = np.clip(np.round((centres_s - track.x1) / track.dx).astype(int), 0, len(f0_hz) - 1)
    inside = (centres_s >= track.x1 - track.dx) & (centres_s <= track.x1 + len(f0_hz) * track.dx)
    values = np.where(inside, f0_hz[nearest], 0.0)
    voiced = values > 0
    if not voiced.any():
        return np.full(frames, np.log(_UNVOICED_HZ), np.float32), np.zeros(frames, np.float32)
    where = np.flatnonzero(voiced)
    log_f0 = np.interp(np.arange(frames), where, np.log(values[where]))
    return log_f0.astype(np.float32), voiced.astype(np.float32)
