# SPDX-License-Identifier: GPL-3.0-or-later
"""How high a recording reaches, found on speech-like sound that was cut at known frequencies."""

import numpy as np
import pytest
import scipy.signal
import soxr

from voicevault.training.soundness import BAND_HZ, bandwidth_hz


def cut(wave: np.ndarray, rate_hz: int, at_hz: float) -> np.ndarray:
    sos = scipy.signal.cheby2(12, 70, at_hz, fs=rate_hz, output="sos")
    return scipy.signal.sosfiltfilt(sos, wave)


def speech_like(rate_hz: int, seed: int = 0) -> np.ndarray:
    """Buzz, hiss and pauses in turn, 3 s, [S]."""
    count = 3 * rate_hz
    time_s = np.arange(count) / rate_hz
    buzz = 0.3 * np.sign(np.sin(2 * np.pi * 110 * time_s))
    hiss = 0.1 * np.random.default_rng(seed).normal(0, 1, count)
    turn = time_s % 0.6
    return np.select([turn < 0.2, turn < 0.35], [cut(buzz, rate_hz, 3000), hiss], 0.0)


def room(rate_hz: int, level_db: float) -> np.ndarray:
    hiss = np.random.default_rng(9).normal(0, 1, 3 * rate_hz)
    return 10 ** (level_db / 20) * hiss


@pytest.mark.parametrize("at_hz", [3400, 4200, 5500, 7000])
@pytest.mark.parametrize("noise_db", [-90.0, -45.0])
def test_the_edge_of_band_limited_speech_is_found(at_hz: int, noise_db: float) -> None:
    wave = cut(speech_like(16_000), 16_000, at_hz) + room(16_000, noise_db)
    assert bandwidth_hz(wave.astype(np.float32), 16_000) == pytest.approx(at_hz, abs=2 * BAND_HZ)


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 44_100])
def test_full_band_speech_reaches_half_the_rate(rate_hz: int) -> None:
    wave = (speech_like(rate_hz) + room(rate_hz, -60.0)).astype(np.float32)
    assert bandwidth_hz(wave, rate_hz) >= rate_hz / 2 - 2 * BAND_HZ
    upsampled = soxr.resample(wave, rate_hz, 3 * rate_hz, quality="HQ")
    edge_hz = bandwidth_hz(upsampled, 3 * rate_hz)  # a higher rate is no higher sound
    assert edge_hz == pytest.approx(rate_hz / 2, abs=3 * BAND_HZ)


def test_steady_noise_and_a_whistle_of_the_equipment() -> None:
    steady = cut(np.random.default_rng(1).normal(0, 0.1, 48_000), 16_000, 4000)
    assert bandwidth_hz(steady.astype(np.float32), 16_000) == pytest.approx(4000, abs=2 * BAND_HZ)
    speech = cut(speech_like(16_000), 16_000, 4000) + room(16_000, -80.0)
    whistle = 0.02 * np.sin(2 * np.pi * 7_125 * np.arange(48_000) / 16_000)
    found_hz = bandwidth_hz((speech + whistle).astype(np.float32), 16_000)
    assert found_hz == pytest.approx(4000, abs=2 * BAND_HZ)


def test_silence_reaches_nowhere() -> None:
    assert bandwidth_hz(np.zeros(16_000, np.float32), 16_000) == 0
    assert bandwidth_hz(np.zeros(10, np.float32), 16_000) == 0
