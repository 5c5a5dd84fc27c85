# SPDX-License-Identifier: GPL-3.0-or-later
"""The recogniser's features are Kaldi's, by the formula that sherpa-onnx's front end follows."""

import numpy as np
import pytest

from voicevault.data.fbank import BANDS, FLOOR, kaldi_fbank

RNG = np.random.default_rng(0)
NOISE = RNG.normal(0, 0.1, 16_037).astype(np.float32)


def formula(samples: np.ndarray) -> np.ndarray:
    """Kaldi's filter bank written down in numpy: an oracle, slow and plain."""
    count, start = (len(samples) + 80) // 160, 80 - 200
    at = np.arange(count)[:, None] * 160 + start + np.arange(400)
    at = np.where(at < 0, -at - 1, at)
    at = np.where(at >= len(samples), 2 * len(samples) - 1 - at, at)
    x = samples.astype(np.float64)[at]
    x = x - x.mean(1, keepdims=True)
    x = np.concatenate([x[:, :1] * 0.03, x[:, 1:] - 0.97 * x[:, :-1]], 1)
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 399)) ** 0.85
    power = np.abs(np.fft.rfft(x * window, 512)) ** 2

    def mel(hz: np.ndarray) -> np.ndarray:
        return 1127 * np.log1p(np.asarray(hz) / 700)

    edges = np.linspace(mel(20.0), mel(7600.0), BANDS + 2)
    place = mel(np.arange(257) * 16_000 / 512)
    rise = (place - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - place) / (edges[2:] - edges[1:-1])[:, None]
    bank = np.maximum(0, np.minimum(rise, fall))
    bank[:, 256] = 0
    return np.log(np.maximum(power @ bank.T, np.finfo(np.float32).eps))


def test_equal_to_the_formula() -> None:
    tone = np.sin(np.arange(8000) * 0.3).astype(np.float32) * 0.2
    for samples in (NOISE, np.concatenate([tone, NOISE * 0.01])):
        found = kaldi_fbank(samples)
        assert found.dtype == np.float32
        assert np.abs(found - formula(samples)).max() < 2e-3


@pytest.mark.parametrize("samples", [79, 80, 239, 240, 400, 16_000])
def test_a_frame_each_ten_milliseconds_rounded(samples: int) -> None:
    assert kaldi_fbank(NOISE[:samples]).shape == ((samples + 80) // 160, BANDS)


def test_silence_is_the_floor() -> None:
    np.testing.assert_allclose(kaldi_fbank(np.zeros(3200, np.float32)), FLOOR, atol=1e-4)


def test_the_level_is_kept() -> None:
    difference = kaldi_fbank(NOISE) - kaldi_fbank(NOISE / 10)
    np.testing.assert_allclose(difference, np.log(100), atol=2e-2)


def test_two_channels_and_broken_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="one channel"):
        kaldi_fbank(NOISE[:100].reshape(2, 50))
    with pytest.raises(ValueError, match="not finite"):
        kaldi_fbank(np.array([0.0, np.nan] * 100, np.float32))
