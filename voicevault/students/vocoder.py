# SPDX-License-Identifier: GPL-3.0-or-later
"""Vocoder half of the TTS student: log-mel + F0 + voicing -> waveform, by a harmonic source.

Shapes: B batch, F frames, M mel bins, N = N_FFT, K = N / 2 + 1 bins, S = F * HOP samples.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from voicevault.data.features import HOP, N_FFT, N_MELS, RATE_HZ
from voicevault.students.blocks import ConvNeXtBlock

BINS = N_FFT // 2 + 1
_OVERLAP = N_FFT // HOP  # 4 hop blocks a window
_EDGE = (N_FFT - HOP) // 2  # a window reaches 300 samples beyond its hop


@dataclass(frozen=True, slots=True)
class VocoderConfig:
    """Sizes of the vocoder."""

    channels: int = 192
    blocks: int = 6
    expansion: int = 3


def pulse_train(f0_hz: Tensor, voiced: Tensor) -> Tensor:
    """Band-limited pulse train of unit power a voiced frame, hop by hop.

    The sum of all harmonics below half the rate has a closed form (the Dirichlet kernel), so no
    bank of sines is needed. The running phase is kept in float64 at frame level: in float32, torch
    and onnxruntime drift apart on long text.

    Args:
        f0_hz: [B, F] continuous over unvoiced frames.
        voiced: [B, F] 0 or 1.

    Returns:
        [B, F, HOP].
    """
    before = torch.cat((f0_hz[:, :1], f0_hz[:, :-1]), 1)
    after = torch.cat((f0_hz[:, 1:], f0_hz[:, -1:]), 1)
    first, last = (before + f0_hz) * 0.5, (f0_hz + after) * 0.5  # F0 at both edges of the frame
    cycles = (first + last) * (0.5 * HOP / RATE_HZ)  # [B, F] cycles in the frame
    if f0_hz.device.type != "mps":  # which has no float64; there, crops are short
        cycles = cycles.double()
    start = cycles.cumsum(1) - cycles
    start = (start - torch.floor(start)).float().unsqueeze(-1)  # [B, F, 1]
    n = torch.arange(HOP, device=f0_hz.device, dtype=torch.float32)  # [HOP]
    first, last = first.unsqueeze(-1), last.unsqueeze(-1)
    phase = start + (first * n + (last - first) * (n * n * (0.5 / HOP))) * (1.0 / RATE_HZ)
    phase = phase - torch.floor(phase + 0.5)  # [-0.5, 0.5)
    harmonics = torch.floor((0.5 * RATE_HZ - 50.0) / torch.maximum(first, last))  # [B, F, 1]
    ratio = 2 * harmonics + 1
    angle = phase * math.pi
    below = torch.sin(angle)
    near_zero = below.abs() < 1e-3
    # There the quotient of two tiny sines loses its digits; two terms of its series do not.
    series = ratio * (1 - (ratio * ratio - 1) * (angle * angle) * (1 / 6))
    kernel = torch.sin(ratio * angle) / torch.where(near_zero, torch.ones_like(below), below)
    kernel = torch.where(near_zero, series, kernel)
    # kernel = 1 + 2 * sum of cosines: power of the sum is harmonics / 2
    pulses = (kernel - 1) * 0.5 * torch.rsqrt(harmonics * 0.5)
    return pulses * voiced.unsqueeze(-1)


def fourier_basis(device: torch.device | None = None) -> tuple[Tensor, Tensor]:
    """Windowed cosine and sine of the analysis, each [N, K].

    n * k is taken modulo N before it becomes a float, which keeps float32 exact enough. The
    exported graph makes the same matrices from a few operators (``export.basis``) in 0 bytes.
    """
    n = torch.arange(N_FFT, device=device)
    k = torch.arange(BINS, device=device)
    angle = torch.remainder(n[:, None] * k[None, :], N_FFT).float() * (
        2 * math.pi / N_FFT
    )  # [N, K]
    hann = (0.5 - 0.5 * torch.cos(n.float() * (2 * math.pi / N_FFT))).unsqueeze(-1)  # [N, 1]
    return torch.cos(angle) * hann, torch.sin(angle) * hann


def frame_hops(hops: Tensor) -> Tensor:
    """[B, F + 3, HOP] -> overlapping windows [B, F, N] as four shifted hop blocks."""
    frames = hops.shape[1] - _OVERLAP + 1
    return torch.cat([hops[:, i : i + frames] for i in range(_OVERLAP)], -1)


def overlap_add(windows: Tensor) -> Tensor:
    """Windows [B, F, N] -> [B, F * HOP]; the inverse of :func:`frame_hops`, edges cut off."""
    batch = windows.shape[0]
    total = None
    for i in range(_OVERLAP):
        part = windows[..., i * HOP : (i + 1) * HOP]  # [B, F, HOP]
        part = torch.nn.functional.pad(part, (0, 0, i, _OVERLAP - 1 - i))  # [B, F + 3, HOP]
        total = part if total is None else total + part
    assert total is not None
    flat = total.reshape(batch, -1)  # [B, (F + 3) * HOP]
    # Sum of squared Hann windows at a quarter hop is 1.5 everywhere but at the very edges.
    return flat[:, _EDGE:-_EDGE] * (1 / 1.5)


class Vocoder(nn.Module):
    """ConvNeXt trunk and a harmonic-plus-noise inverse-STFT head, 1.7 M parameters.

    A gain and a phase offset for every bin of the pulse train's spectrum, and a gain for every bin
    of a noise spectrum. Against a head that invents the phase (Vocos, arXiv 2306.00814) it needs no
    discriminators to sound clean; see DECISIONS.md. Each window is shaped on its own, so it runs at
    80 frames a second until the last step.
    """

    cosine: Tensor  # [N, K], analysis
    sine: Tensor
    cosine_back: Tensor  # [K, N], synthesis
    sine_back: Tensor

    def __init__(self, config: VocoderConfig | None = None) -> None:
        super().__init__()
        self.config = c = config or VocoderConfig()
        self.enter = nn.Conv1d(N_MELS + 2, c.channels, 7, padding=3)
        self.norm_in = nn.LayerNorm(c.channels)
        self.blocks = nn.ModuleList(ConvNeXtBlock(c.channels, c.expansion) for _ in range(c.blocks))
        self.norm_out = nn.LayerNorm(c.channels)
        self.head = nn.Linear(c.channels, 3 * BINS)
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)
        cosine, sine = fourier_basis()
        self.register_buffer("cosine", cosine, persistent=False)
        self.register_buffer("sine", sine, persistent=False)
        self.register_buffer("cosine_back", cosine.t().contiguous(), persistent=False)
        self.register_buffer("sine_back", sine.t().contiguous(), persistent=False)

    def forward(
        self, mel: Tensor, pitch: Tensor, voiced: Tensor, f0_hz: Tensor, noise: Tensor | None = None
    ) -> Tensor:
        """Waveform [B, S].

        Args:
            mel: [B, F, M] normalised log-mel; pitch: [B, F] normalised log-F0.
            voiced: [B, F] in 0..1; f0_hz: [B, F] hertz.
            noise: [B, F, 2K] of unit variance, or None to draw it.
        """
        x = torch.cat(
            (mel, (pitch * voiced).unsqueeze(-1), voiced.unsqueeze(-1)), -1
        )  # [B, F, M + 2]
        x = self.norm_in(self.enter(x.transpose(1, 2)).transpose(1, 2))
        for block in self.blocks:
            x = block(x)
        shaped = self.head(self.norm_out(x)).float()  # [B, F, 3K]
        with torch.autocast(mel.device.type, enabled=False):
            return self.synthesise(shaped, f0_hz.float(), voiced.float(), noise)

    def synthesise(
        self, shaped: Tensor, f0_hz: Tensor, voiced: Tensor, noise: Tensor | None
    ) -> Tensor:
        """Head output [B, F, 3K] -> waveform [B, S]; float32 throughout."""
        gain, phase, noise_gain = shaped.split(BINS, -1)  # each [B, F, K]
        if noise is None:
            # Uniform of unit variance: a sample sums hundreds of bins, so the sound is Gaussian all
            # the same, and a phone draws it in a third of the time.
            noise = torch.rand(*shaped.shape[:2], 2 * BINS, device=shaped.device)
            noise = (noise - 0.5) * math.sqrt(12.0)
        source = pulse_train(f0_hz, voiced)  # [B, F, HOP]
        batch, frames, _ = source.shape
        flat = torch.nn.functional.pad(source.reshape(batch, -1), (_EDGE, _EDGE))
        windows = frame_hops(flat.reshape(batch, frames + _OVERLAP - 1, HOP))  # [B, F, N]
        real, imag = windows @ self.cosine, -(windows @ self.sine)  # [B, F, K]
        harmonic = torch.exp(gain.clamp(max=6.0) - 2.0)
        turn_real, turn_imag = harmonic * torch.cos(phase), harmonic * torch.sin(phase)
        breath = torch.exp(noise_gain.clamp(max=6.0) - 4.0)
        out_real = real * turn_real - imag * turn_imag + breath * noise[..., :BINS]
        out_imag = real * turn_imag + imag * turn_real + breath * noise[..., BINS:]
        return overlap_add(self.inverse(out_real, out_imag))

    def inverse(self, real: Tensor, imag: Tensor) -> Tensor:
        """Inverse real DFT of [B, F, K] pairs times the window: [B, F, N]."""
        # Bins 0 and N/2 stand once in the spectrum, the others twice.
        edge = torch.arange(BINS, device=real.device)
        weight = torch.where((edge == 0) | (edge == BINS - 1), 1.0 / N_FFT, 2.0 / N_FFT)
        return (real * weight) @ self.cosine_back - (imag * weight) @ self.sine_back
