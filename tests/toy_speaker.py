# SPDX-License-Identifier: GPL-3.0-or-later
"""A made-up speaker: buzzing syllables, hissing consonants and pauses, never a recording."""

from __future__ import annotations

import numpy as np


def speak(
    seconds: float = 3.0,
    rate_hz: int = 16_000,
    *,
    peak: float = 0.4,
    noise_dbfs: float = -75.0,
    edge_s: float = 0.3,
    seed: int = 0,
) -> np.ndarray:
    """[S] float32: syllables of 0.2 s with a gap in between, quiet edges, white room noise."""
    rng = np.random.default_rng(seed)
    at = np.arange(int(seconds * rate_hz)) / rate_hz
    pitch_hz = 110 + 20 * np.sin(2 * np.pi * 0.7 * at) + rng.uniform(-5, 5)
    phase = 2 * np.pi * np.cumsum(pitch_hz) / rate_hz
    voiced = sum(np.sin(k * phase + k * k) / k for k in range(1, 25) if k * 140 < rate_hz / 2)
    hiss = rng.normal(0, 0.5, len(at))
    syllable = np.clip(1.5 * np.sin(2 * np.pi * 2.5 * at), 0, 1) ** 0.5
    consonant = np.clip(np.sin(2 * np.pi * 2.5 * at + 2.6), 0, 1) ** 8
    inside = (at >= edge_s) & (at < seconds - edge_s)
    wave = (voiced * syllable + hiss * consonant) * inside
    wave *= peak / np.abs(wave).max()
    return (wave + rng.normal(0, 10 ** (noise_dbfs / 20), len(at))).astype(np.float32)
