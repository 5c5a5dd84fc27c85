# SPDX-License-Identifier: GPL-3.0-or-later
"""Losses of the TTS student.

Shapes: B batch, T tokens, F frames, M mel bins, S samples.
"""

import functools
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from voicevault.data.features import RATE_HZ
from voicevault.students.acoustic import AcousticOutput
from voicevault.torchaudio_guard import torchaudio
from voicevault.training.items import Batch


@dataclass(slots=True)
class AcousticLoss:
    """Parts of the acoustic loss, each a scalar tensor."""

    total: Tensor
    mel: Tensor
    duration: Tensor
    frame_pitch: Tensor
    prosody: Tensor
    """Durations, pitch and energy alone, as they are weighted in the total."""


def _mean(values: Tensor, weight: Tensor) -> Tensor:
    return (values * weight).sum() / weight.sum().clamp(min=1e-6)


def acoustic_loss(out: AcousticOutput, batch: Batch, timeless: Tensor) -> AcousticLoss:
    """L1 on mel and on its slope, and the variance losses; all masked.

    The slope term (weight 0.5) punishes what plain L1 forgives most: onsets drawn out over frames.
    """
    frame_mask = (
        torch.arange(batch.mel.shape[1], device=batch.mel.device)[None] < batch.frames[:, None]
    ).float()  # [B, F]
    mel = _mean((out.mel - batch.mel).abs().mean(-1), frame_mask)
    slope = (out.mel.diff(dim=1) - batch.mel.diff(dim=1)).abs().mean(-1)
    slope_loss = _mean(slope, frame_mask[:, 1:])
    token_mask = ((batch.ids != 0) & ~timeless[batch.ids]).float()  # [B, T]
    timed = (batch.durations > 0).float()
    duration = _mean((out.log_duration - batch.durations.float().log1p()) ** 2, token_mask)
    pitch = _mean((out.pitch - batch.pitch).abs(), timed)
    energy = _mean((out.energy - batch.energy).abs(), timed)
    frame_pitch = _mean((out.frame_pitch - batch.frame_pitch).abs(), batch.voiced * frame_mask)
    voicing = F.binary_cross_entropy_with_logits(out.voicing, batch.voiced, reduction="none")
    total = (
        mel
        + 0.5 * slope_loss
        + duration
        + 0.3 * pitch
        + 0.3 * energy
        + 0.5 * frame_pitch
        + 0.3 * _mean(voicing, frame_mask)
    )
    prosody = duration + 0.3 * pitch + 0.3 * energy
    return AcousticLoss(total, mel.detach(), duration.detach(), frame_pitch.detach(), prosody)


@functools.lru_cache(maxsize=8)
def mel_bank(n_fft: int, device: str) -> Tensor:
    """Slaney filters as in ``data.features``, [n_fft // 2 + 1, 80]."""
    bank: Tensor = torchaudio.functional.melscale_fbanks(
        n_fft // 2 + 1, 0.0, RATE_HZ / 2, 80, RATE_HZ, norm="slaney", mel_scale="slaney"
    )
    return bank.to(device)


def _magnitudes(wave: Tensor, n_fft: int) -> Tensor:
    window = torch.hann_window(n_fft, device=wave.device)
    spectrum = torch.stft(
        wave,
        n_fft,
        n_fft // 4,
        window=window,
        return_complex=True,
        center=True,
        pad_mode="constant",
    )
    return spectrum.abs()  # [B, K, F]


def spectral_loss(made: Tensor, real: Tensor) -> Tensor:
    """Multi-resolution STFT loss on waveforms [B, S]: log-magnitude L1 plus spectral convergence,
    and a mel L1 at two of the resolutions (Yamamoto et al. 2020, arXiv 1910.11480).
    """
    total = made.new_zeros(())
    for n_fft in (256, 512, 1024, 2048):
        a, b = _magnitudes(made, n_fft), _magnitudes(real, n_fft)
        convergence = (a - b).flatten(1).norm(dim=1) / b.flatten(1).norm(dim=1).clamp(min=1e-3)
        total = total + (a.clamp(min=1e-3).log() - b.clamp(min=1e-3).log()).abs().mean()
        total = total + convergence.clamp(max=3.0).mean()
        if n_fft in (512, 1024):
            bank = mel_bank(n_fft, str(made.device))
            mel_a = (a.transpose(1, 2) @ bank).clamp(min=1e-4).log()
            mel_b = (b.transpose(1, 2) @ bank).clamp(min=1e-4).log()
            total = total + 2.0 * (mel_a - mel_b).abs().mean()
    return total
