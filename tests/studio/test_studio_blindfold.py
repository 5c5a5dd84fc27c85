# SPDX-License-Identifier: GPL-3.0-or-later
"""A fair pair gives nothing away by loudness, rate or the silence around the words."""

from __future__ import annotations

import numpy as np
import pytest
from toy_speaker import speak

from voicevault.audio.files import Clip
from voicevault.blindfold import EDGE_S, LEVEL_DBFS, fair_pair

RATE_HZ = 24_000


def clip(samples: np.ndarray, rate_hz: int) -> Clip:
    return Clip(samples, rate_hz, 1, "WAV", len(samples) / rate_hz)


def loudness_dbfs(samples: np.ndarray) -> float:
    blocks = samples[: len(samples) // 1200 * 1200].reshape(-1, 1200)
    power = np.square(blocks).mean(axis=1)
    return float(10 * np.log10(power[power > power.max() / 316].mean()))


def above_hz(samples: np.ndarray, rate_hz: int, edge_hz: float) -> float:
    """Share of the power above `edge_hz`."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    at_hz = np.fft.rfftfreq(len(samples), 1 / rate_hz)
    return float(power[at_hz > edge_hz].sum() / power.sum())


@pytest.mark.parametrize("peak", [0.02, 0.9])
def test_both_are_as_loud_and_as_tightly_cut(peak: float) -> None:
    own = speak(2.0, 48_000, peak=peak, edge_s=0.7, seed=1, noise_dbfs=-90)
    said = speak(2.0, RATE_HZ, peak=0.3, edge_s=0.1, seed=2, noise_dbfs=-90)
    mine, other = fair_pair(clip(own, 48_000), said, RATE_HZ)
    assert loudness_dbfs(mine) == pytest.approx(loudness_dbfs(other), abs=0.5)
    assert loudness_dbfs(mine) <= LEVEL_DBFS + 1.0
    assert max(np.abs(mine).max(), np.abs(other).max()) < 0.9
    assert len(mine) / RATE_HZ < 0.7 + 2 * EDGE_S


def test_neither_has_a_band_that_the_other_lacks() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 48_000).astype(np.float32)
    said = np.random.default_rng(1).normal(0, 0.1, RATE_HZ).astype(np.float32)
    mine, other = fair_pair(clip(noise[:16_000], 16_000), said, RATE_HZ)
    assert above_hz(mine, RATE_HZ, 8_500) < 1e-4
    assert above_hz(other, RATE_HZ, 8_500) < 1e-4
    assert above_hz(said, RATE_HZ, 8_500) > 0.2


def test_silence_is_no_reason_to_fail() -> None:
    quiet = np.zeros(RATE_HZ, np.float32)
    mine, other = fair_pair(clip(quiet, RATE_HZ), quiet, RATE_HZ)
    assert not np.abs(mine).any()
    assert not np.abs(other).any()
