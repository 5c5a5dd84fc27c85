# SPDX-License-Identifier: GPL-3.0-or-later
"""The band above 8 kHz: the same voice below, noise of the right strength above."""

import numpy as np
import pytest
import safetensors.torch
import soxr
import torch

from voicevault.data import highband
from voicevault.data.features import HOP, N_MELS
from voicevault.students.highband import HighBand
from voicevault.students.shipped import load_student
from voicevault.students.tts import TtsStudent
from voicevault.students.vocoder import BINS, Vocoder
from voicevault.text.symbols import framed_ids
from voicevault.training.highband import _GAIN_OF_MAGNITUDE

FRAMES = 120


def band(log_gain: float = -3.0) -> HighBand:
    """Noise of one strength everywhere above."""
    high = HighBand()
    high.bias.fill_(log_gain)
    return high


def say(vocoder: Vocoder, noise: torch.Tensor | None = None) -> np.ndarray:
    """Some frames of half-voiced speech."""
    torch.manual_seed(3)
    mel, pitch = 0.3 * torch.randn(1, FRAMES, N_MELS), torch.zeros(1, FRAMES)
    voiced = (torch.arange(FRAMES) % 30 < 20).float()[None]
    with torch.no_grad():
        wave: np.ndarray = vocoder(mel, pitch, voiced, torch.full((1, FRAMES), 131.0), noise)[0]
    return np.asarray(wave)


@pytest.fixture
def vocoder() -> Vocoder:
    torch.manual_seed(0)
    return Vocoder().eval()


def test_below_8_khz_it_is_the_same_voice(vocoder: Vocoder) -> None:
    noise = torch.randn(1, FRAMES, 2 * highband.BINS)
    low = torch.cat((noise[..., :BINS], noise[..., highband.BINS : highband.BINS + BINS]), -1)
    narrow = say(vocoder, low)
    vocoder.high = band()
    wide = say(vocoder, noise)
    assert len(wide) * 2 == len(narrow) * 3 == FRAMES * HOP * 3
    again = soxr.resample(wide, 24_000, 16_000, quality="VHQ")
    spectrum, other = (np.fft.rfft(one[HOP * 4 : -HOP * 4]) for one in (narrow, again))
    below = slice(0, round(len(spectrum) * 7_500 / 8_000))  # the resampler ends before 8 kHz
    away = np.abs(spectrum[below] - other[below])
    assert np.sqrt((away**2).mean()) < 2e-3 * np.sqrt((np.abs(spectrum[below]) ** 2).mean())


def test_noise_above_is_as_strong_as_said(vocoder: Vocoder) -> None:
    """What the analysis hears of a voice is the magnitude that the fit asked for."""
    vocoder.high = band(-1.0 + _GAIN_OF_MAGNITUDE)
    heard, _ = highband.powers(say(vocoder, torch.randn(1, FRAMES, 2 * highband.BINS)))
    level = 0.5 * np.log(heard[5:-5].mean(0))
    assert level == pytest.approx(np.full(highband.BANDS, -1.0), abs=0.05)


def test_gains_follow_the_mel_up_to_their_bound() -> None:
    high = band(-4.0)
    high.weight[7, 2] = 2.0
    high.bound.fill_(-1.0)
    mel = torch.zeros(1, 3, N_MELS)
    mel[0, 1, 7], mel[0, 2, 7] = 1.0, 9.0
    log = torch.log(high.gains(mel))[0]  # [3, 200]
    middle = round(float(highband.band_centres()[2]))
    assert log[:, middle].tolist() == pytest.approx([-4.0, -2.0, -1.0], abs=1e-4)
    assert log[:, -1].tolist() == pytest.approx([-4.0] * 3, abs=1e-4)
    steps = log[2].diff()
    assert steps.abs().max() < 3.0 / highband.BINS_A_BAND + 1e-4  # no steps between bands


def test_an_untouched_band_is_silent(vocoder: Vocoder) -> None:
    vocoder.high = HighBand()
    heard, middle = highband.powers(say(vocoder))
    # The first band's edge hears the window's slope from below.
    assert heard[5:-5, 1:].mean() < 1e-9 * middle[5:-5].mean()


def test_the_file_remembers_the_band() -> None:
    student = TtsStudent().eval()
    torch.nn.init.constant_(student.acoustic.variance_out.bias, 1.8)
    student.fold(torch.zeros(64))
    plain = {k: v.contiguous() for k, v in student.state_dict().items()}
    assert not [name for name in plain if "high" in name]
    narrow = load_student(safetensors.torch.save(plain))
    assert (narrow.rate_hz, narrow.hop, narrow.vocoder.high) == (16_000, 200, None)
    student.vocoder.high = band(-2.5)
    kept = {k: v.contiguous() for k, v in student.state_dict().items()}
    extra = sum(kept[k].nbytes for k in kept.keys() - plain.keys())
    assert extra < 4_000
    full = load_student(safetensors.torch.save(kept))
    assert (full.rate_hz, full.hop) == (24_000, 300)
    assert full.vocoder.high is not None
    assert torch.equal(full.vocoder.high.bias, student.vocoder.high.bias)
    ids = torch.tensor([framed_ids(list("hˈat"))])
    wave, durations = full.speak(ids)
    assert len(wave) == int(durations.sum()) * 300
    assert torch.equal(durations, narrow.speak(ids)[1])
