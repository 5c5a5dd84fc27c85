# SPDX-License-Identifier: GPL-3.0-or-later
"""Another voice: pitch and formants move by the factor, the tempo stays, the bytes are the same."""

import numpy as np
import pytest

from voicevault.data.pitch import pitch
from voicevault.training.pseudo import another_voice

RATE_HZ = 16_000


def vowel(f0_hz: float, formant_hz: float) -> np.ndarray:
    """Two stretches of harmonics under one formant with a hiss between, 1.5 s, [S]."""
    time_s = np.arange(RATE_HZ * 3 // 2) / RATE_HZ
    wave = np.zeros(len(time_s))
    phase = 2 * np.pi * f0_hz * (time_s + 0.001 * np.sin(2 * np.pi * 5 * time_s))
    for k in range(1, int(7000 / f0_hz)):
        gain = np.exp(-(((k * f0_hz - formant_hz) / 300) ** 2)) + 0.6 / k
        wave += gain * np.sin(k * phase)
    hiss = np.random.default_rng(0).normal(0, 0.3, len(time_s))
    middle = (time_s > 0.6) & (time_s < 0.9)
    return (0.1 * np.where(middle, hiss, wave)).astype(np.float32)


def median_f0_hz(wave: np.ndarray) -> float:
    log_f0, voiced = pitch(wave)
    return float(np.exp(np.median(log_f0[voiced > 0])))


def formant_hz(wave: np.ndarray) -> float:
    """Centre of the energy of the first half second, between 800 and 3000 Hz."""
    spectrum = np.abs(np.fft.rfft(wave[: RATE_HZ // 2])) ** 2
    hz = np.fft.rfftfreq(RATE_HZ // 2, 1 / RATE_HZ)
    near = (hz > 800) & (hz < 3000)
    return float((hz[near] * spectrum[near]).sum() / spectrum[near].sum())


@pytest.mark.parametrize("factor", [0.8, 1.25])
def test_pitch_and_formant_move_and_the_tempo_stays(factor: float) -> None:
    wave = vowel(125.0, 1600.0)
    other = another_voice(wave, RATE_HZ, factor)
    assert len(other) == pytest.approx(len(wave), abs=RATE_HZ // 100)
    assert median_f0_hz(other) == pytest.approx(125.0 * factor, rel=0.03)
    assert formant_hz(other) == pytest.approx(formant_hz(wave) * factor, rel=0.05)
    hiss = other[round(0.65 * RATE_HZ) : round(0.85 * RATE_HZ)]  # it has not moved in time
    _, voiced = pitch(hiss)
    assert voiced.mean() < 0.2


def test_the_same_clip_gives_the_same_bytes() -> None:
    wave = vowel(125.0, 1600.0)
    assert np.array_equal(another_voice(wave, RATE_HZ, 1.2), another_voice(wave, RATE_HZ, 1.2))


def test_factor_one_is_the_clip_itself_and_wild_factors_are_refused() -> None:
    wave = vowel(125.0, 1600.0)
    assert another_voice(wave, RATE_HZ, 1.0) is wave
    with pytest.raises(ValueError, match=r"0\.75 to 1\.3"):
        another_voice(wave, RATE_HZ, 1.5)
