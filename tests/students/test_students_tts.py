# SPDX-License-Identifier: GPL-3.0-or-later
"""The TTS student: length regulator, norms, harmonic source, overlap-add, folding."""

import numpy as np
import pytest
import torch

from voicevault.data.features import HOP, RATE_HZ
from voicevault.students.acoustic import AcousticModel, regulate
from voicevault.students.blocks import AdaptiveNorm, SelfAttention
from voicevault.students.tts import TtsStudent
from voicevault.students.vocoder import Vocoder, frame_hops, overlap_add, pulse_train
from voicevault.text.symbols import framed_ids


@pytest.fixture
def student() -> TtsStudent:
    """A small-voiced student with random weights that speaks some frames a letter."""
    torch.manual_seed(0)
    student = TtsStudent().eval()
    torch.nn.init.constant_(student.acoustic.variance_out.bias, 1.8)
    return student


def test_regulator_repeats_tokens_and_skips_empty_ones() -> None:
    token, position, mask = regulate(torch.tensor([[2, 0, 3], [1, 1, 0]]))
    assert token[0].tolist() == [0, 0, 2, 2, 2]
    assert token[1, :2].tolist() == [0, 1]
    assert mask[..., 0].tolist() == [[1] * 5, [1, 1, 0, 0, 0]]
    assert torch.allclose(position[0, 2:, 0], torch.tensor([1 / 6, 0.5, 5 / 6]))


def test_padding_does_not_change_an_utterance() -> None:
    torch.manual_seed(0)
    model = AcousticModel().eval()
    ids, durations = torch.tensor([[1, 20, 30, 2]]), torch.tensor([[3, 4, 5, 2]])
    zeros, speaker = torch.zeros(1, 4), torch.randn(1, 64)
    alone = model(ids, durations, zeros, zeros, speaker)
    pad = torch.zeros(1, 3, dtype=torch.long)
    longer = torch.tensor([[1, 20, 30, 40, 50, 60, 2]])
    ids2 = torch.cat((torch.cat((ids, pad), 1), longer))
    durations2 = torch.cat((torch.cat((durations, pad), 1), torch.full((1, 7), 6)))
    zeros2 = torch.zeros(2, 7)
    both = model(ids2, durations2, zeros2, zeros2, speaker.expand(2, -1))
    assert torch.allclose(alone.mel[0], both.mel[0, :14], atol=1e-4)
    assert torch.allclose(alone.log_duration[0], both.log_duration[0, :4], atol=1e-4)


def test_folding_changes_nothing_but_the_size() -> None:
    torch.manual_seed(0)
    model = AcousticModel().eval()
    for module in model.modules():
        if isinstance(module, AdaptiveNorm) and module.condition is not None:
            torch.nn.init.normal_(module.condition.weight, std=0.1)
    speaker = torch.randn(1, 64)
    arguments = (torch.tensor([[1, 20, 30, 2]]), torch.tensor([[3, 4, 5, 2]]))
    prosody = torch.zeros(1, 4)
    before = model(*arguments, prosody, prosody, speaker)
    weights = sum(p.numel() for p in model.parameters())
    for module in model.modules():
        if isinstance(module, AdaptiveNorm):
            module.fold(speaker[0])
    after = model(*arguments, prosody, prosody, None)
    assert torch.allclose(before.mel, after.mel, atol=1e-5)
    assert sum(p.numel() for p in model.parameters()) < weights


def test_attention_ignores_padding() -> None:
    torch.manual_seed(0)
    attention = SelfAttention(16, 4)
    x = torch.randn(1, 5, 16)
    mask = torch.tensor([1.0, 1, 1, 0, 0])[None, :, None]
    assert torch.allclose(attention(x, mask)[:, :3], attention(x[:, :3]), atol=1e-5)


@pytest.mark.parametrize("f0_hz", [73.0, 150.0, 333.0])
def test_pulse_train_has_its_pitch_its_power_and_no_aliases(f0_hz: float) -> None:
    frames = 80
    wave = pulse_train(torch.full((1, frames), f0_hz), torch.ones(1, frames)).reshape(-1)
    assert wave.pow(2).mean().item() == pytest.approx(1.0, abs=0.1)
    spectrum = np.abs(np.fft.rfft(wave.numpy() * np.hanning(len(wave))))
    bins_hz = np.arange(len(spectrum)) * RATE_HZ / len(wave)
    harmonics = bins_hz / f0_hz
    between = np.abs(harmonics - np.round(harmonics)) > 0.25
    assert spectrum[between].max() < 0.02 * spectrum.max()


def test_pulse_train_phase_is_exact_after_a_minute() -> None:
    frames = 60 * RATE_HZ // HOP
    f0 = torch.full((1, frames), 123.456)
    wave = pulse_train(f0, torch.ones(1, frames)).reshape(-1).numpy()
    tail = wave[-RATE_HZ:]
    period = RATE_HZ / 123.456
    peaks = np.flatnonzero(tail > 0.5 * tail.max())
    first = len(wave) - RATE_HZ + peaks
    away = np.abs(first / period - np.round(first / period)) * period
    assert away.max() < 2.0  # samples


def test_unvoiced_frames_are_silent_in_the_source() -> None:
    voiced = torch.tensor([[1.0, 0.0, 1.0]])
    assert pulse_train(torch.full((1, 3), 100.0), voiced)[0, 1].abs().max() == 0


def test_overlap_add_inverts_framing() -> None:
    torch.manual_seed(0)
    vocoder = Vocoder()
    wave = torch.randn(1, HOP * 20)
    flat = torch.nn.functional.pad(wave, (300, 300)).reshape(1, 23, HOP)
    windows = frame_hops(flat)
    back = overlap_add(vocoder.inverse(windows @ vocoder.cosine, -(windows @ vocoder.sine)))
    assert back.shape == wave.shape
    assert torch.allclose(back[:, 800:-800], wave[:, 800:-800], atol=1e-4)


def test_marks_take_no_time_and_pace_scales(student: TtsStudent) -> None:
    student.fold(torch.zeros(64))
    ids = torch.tensor([framed_ids(list("hˈat, tˈen."))])
    wave, durations = student.speak(ids)
    assert len(wave) == int(durations.sum()) * HOP
    assert all(
        d == 0 for i, d in zip(ids[0], durations, strict=True) if student.acoustic.timeless[i]
    )
    slower = student.speak(ids, length_scale=2.0)[1]
    assert float(slower.sum()) == pytest.approx(2 * float(durations.sum()), rel=0.2)


def test_speaking_without_noise_scales_is_repeatable_in_time(student: TtsStudent) -> None:
    student.fold(torch.zeros(64))
    ids = torch.tensor([framed_ids(list("hˈat"))])
    assert torch.equal(student.speak(ids)[1], student.speak(ids)[1])
