# SPDX-License-Identifier: GPL-3.0-or-later
"""How the last stage of the vocoder hears a waveform beside the mel that was asked for."""

import numpy as np
import pytest
import torch
from torch import Tensor

from voicevault.data.features import HOP, log_mel
from voicevault.students.acoustic import MEL_MEAN, MEL_STD
from voicevault.training.base.adversarial import mel_faith

FRAMES = 64


def hiss(seed: int) -> np.ndarray:
    """Noise that swells, [FRAMES * HOP]."""
    samples = np.random.default_rng(seed).normal(0.0, 0.05, FRAMES * HOP)
    return (samples * np.linspace(0.2, 1.0, len(samples))).astype(np.float32)


def mel_of(wave: np.ndarray) -> Tensor:
    """[1, F, M] normalised."""
    return torch.from_numpy((log_mel(wave) - MEL_MEAN) / MEL_STD)[None]


def test_a_waveform_is_faithful_to_its_own_mel_alone() -> None:
    wave = hiss(1)
    made = torch.from_numpy(wave)[None]
    assert mel_faith(made, mel_of(wave)).item() < 1e-3
    assert mel_faith(made, mel_of(hiss(2))).item() > 0.1
    assert mel_faith(made, mel_of(wave).roll(1, 1)).item() > 0.1


def test_loudness_counts_in_nats_and_the_edges_do_not() -> None:
    wave = hiss(1)
    mel = mel_of(wave)
    louder = torch.from_numpy(2.0 * wave)[None]
    assert mel_faith(louder, mel).item() == pytest.approx(np.log(2.0) / MEL_STD, abs=1e-3)
    mel[:, :2], mel[:, -2:] = 9.0, 9.0
    assert mel_faith(torch.from_numpy(wave)[None], mel).item() < 1e-3
