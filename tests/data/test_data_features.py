# SPDX-License-Identifier: GPL-3.0-or-later
"""What the students see of a recording: log-mel, preparation, pitch, splits."""

import numpy as np
import pytest

from voicevault.data.dataset import split_of
from voicevault.data.features import (
    HOP,
    LOG_FLOOR,
    N_FFT,
    N_MELS,
    RATE_HZ,
    SPEECH_RMS,
    active_frames,
    log_mel,
    mel_filters,
    prepare,
)
from voicevault.data.pitch import pitch


def buzz(seconds: float, f0_hz: float, rate_hz: int = RATE_HZ, level: float = 0.1) -> np.ndarray:
    """A voice-like pulse train [S]: twenty harmonics falling by 1/k."""
    t = np.arange(int(seconds * rate_hz)) / rate_hz
    wave = sum(np.sin(2 * np.pi * f0_hz * k * t) / k for k in range(1, 21))
    return (level * wave).astype(np.float32)


def test_mel_filters_are_torchaudios() -> None:
    from voicevault.torchaudio_guard import torchaudio

    wanted = torchaudio.functional.melscale_fbanks(
        N_FFT // 2 + 1, 0.0, RATE_HZ / 2, N_MELS, RATE_HZ, norm="slaney", mel_scale="slaney"
    )
    assert np.abs(mel_filters() - wanted.numpy()).max() < 1e-6


def test_log_mel_shape_floor_and_place() -> None:
    wave = np.zeros(HOP * 40, np.float32)
    wave[HOP * 20 + HOP // 2] = 1.0  # a click at the centre of frame 20
    mel = log_mel(wave)
    assert mel.shape == (40, N_MELS)
    assert mel.min() == pytest.approx(np.log(LOG_FLOOR))
    assert int(mel.sum(1).argmax()) == 20


def test_log_mel_does_not_depend_on_block_size() -> None:
    wave = np.random.default_rng(0).standard_normal(HOP * 600).astype(np.float32)
    whole, part = log_mel(wave), log_mel(wave[: HOP * 100])
    assert np.abs(whole[:95] - part[:95]).max() < 1e-5


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 48_000])
def test_prepare_levels_trims_and_resamples(rate_hz: int) -> None:
    speech = buzz(1.0, 120, rate_hz, level=0.3)
    quiet = np.zeros(rate_hz, np.float32)
    wave = prepare(np.concatenate((quiet, speech, quiet)), rate_hz)
    assert 1.0 < len(wave) / RATE_HZ < 1.5
    active = wave[: len(wave) // HOP * HOP].reshape(-1, HOP)[active_frames(wave)]
    assert np.sqrt((active**2).mean()) == pytest.approx(SPEECH_RMS, rel=0.1)


def test_prepare_of_nothing_is_nothing() -> None:
    assert len(prepare(np.zeros(16_000, np.float32), RATE_HZ)) == 0
    assert len(prepare(np.zeros(10, np.float32), RATE_HZ)) == 0


@pytest.mark.parametrize("f0_hz", [80.0, 130.0, 220.0, 380.0])
def test_pitch_finds_a_known_pitch(f0_hz: float) -> None:
    log_f0, voiced = pitch(buzz(1.0, f0_hz))
    inside = slice(10, -10)
    assert voiced[inside].mean() > 0.95
    assert np.exp(np.median(log_f0[inside])) == pytest.approx(f0_hz, rel=0.01)


def test_pitch_of_noise_is_unvoiced_and_finite() -> None:
    noise = np.random.default_rng(0).standard_normal(RATE_HZ).astype(np.float32) * 0.1
    log_f0, voiced = pitch(noise)
    assert voiced.mean() < 0.3
    assert np.isfinite(log_f0).all()
    assert len(pitch(np.zeros(HOP, np.float32))[0]) == 1


def test_split_follows_texts_not_order() -> None:
    texts = [f"sentence {i}" for i in range(40)]
    split = dict(zip(texts, split_of(texts, validation_share=0.2, smallest=16), strict=True))
    assert list(split.values()).count("validation") == 8
    mixed = texts[::-1] + texts[:5]
    again = split_of(mixed, validation_share=0.2, smallest=16)
    assert all(split[t] == s for t, s in zip(mixed, again, strict=True))
    assert set(split_of(texts[:10], validation_share=0.2, smallest=16)) == {"train"}
