# SPDX-License-Identifier: GPL-3.0-or-later
"""Vocoder half of the TTS student: log-mel + F0 + voicing -> waveform, by a harmonic source.

Shapes: B batch, F frames, M mel bins, N = N_FFT, K = N / 2 + 1 bins, S = F * HOP samples.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from voicevault.data import highband
from voicevault.data.features import HOP, N_FFT, N_MELS, RATE_HZ
from voicevault.students.blocks import ConvNeXtBlock
from voicevault.students.fourier import fourier_basis
from voicevault.students.highband import HighBand

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


def frame_hops(hops: Tensor) -> Tensor:
    """[B, F + 3, HOP] -> overlapping windows [B, F, N] as four shifted hop blocks."""
    frames = hops.shape[1] - _OVERLAP + 1
    return torch.cat([hops[:, i : i + frames] for i in range(_OVERLAP)], -1)


def overlap_add(windows: Tensor, hop: int = HOP) -> Tensor:
    """Windows [B, F, 4 * hop] -> [B, F * hop]; the inverse of :func:`frame_hops`, edges cut off."""
    batch = windows.shape[0]
    total = None
    for i in range(_OVERLAP):
        part = windows[..., i * hop : (i + 1) * hop]  # [B, F, hop]
        part = torch.nn.functional.pad(part, (0, 0, i, _OVERLAP - 1 - i))  # [B, F + 3, HOP]
        total = part if total is None else total + part
    assert total is not None
    flat = total.reshape(batch, -1)  # [B, (F + 3) * hop]
    edge = (_OVERLAP - 1) * hop // 2
    # Sum of squared Hann windows at a quarter hop is 1.5 everywhere but at the very edges.
    return flat[:, edge:-edge] * (1 / 1.5)


class Vocoder(nn.Module):
    """ConvNeXt trunk and a harmonic-plus-noise inverse-STFT head, 1.7 M parameters.

    A gain and a phase offset for every bin of the pulse train's spectrum, and a gain for every bin
    of a noise spectrum. Against a head that invents the phase (Vocos, arXiv 2306.00814) it needs no
    discriminators to sound clean; see DECISIONS.md. Each window is shaped on its own, so it runs at
    80 frames a second until the last step. ``high`` is the band above 8 kHz of a full-band voice,
    which then leaves at 24 kHz; None, as in the base, is the voice at 16 kHz.
    """

    cosine: Tensor  # [N, K], analysis
    sine: Tensor
    cosine_back: Tensor  # [K, N], synthesis
    sine_back: Tensor

    def __init__(self, config: VocoderConfig | None = None) -> None:
        super().__init__()
        self.high: HighBand | None = None
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

    @property
    def rate_hz(self) -> int:
        """Samples a second of what it says."""
        return RATE_HZ if self.high is None else highband.RATE_HZ

    @property
    def hop(self) -> int:
        """Samples of a frame of what it says."""
        return HOP if self.high is None else highband.HOP

    @property
    def bins(self) -> int:
        """Bins of the spectrum that it shapes: K, or 200 more."""
        return BINS if self.high is None else highband.BINS

    def forward(
        self, mel: Tensor, pitch: Tensor, voiced: Tensor, f0_hz: Tensor, noise: Tensor | None = None
    ) -> Tensor:
        """Waveform [B, F * hop].

        Args:
            mel: [B, F, M] normalised log-mel; pitch: [B, F] normalised log-F0.
            voiced: [B, F] in 0..1; f0_hz: [B, F] hertz.
            noise: [B, F, 2 * bins] of unit variance, or None to draw it.
        """
        x = torch.cat(
            (mel, (pitch * voiced).unsqueeze(-1), voiced.unsqueeze(-1)), -1
        )  # [B, F, M + 2]
        x = self.norm_in(self.enter(x.transpose(1, 2)).transpose(1, 2))
        for block in self.blocks:
            x = block(x)
        shaped = self.head(self.norm_out(x)).float()  # [B, F, 3K]
        with torch.autocast(mel.device.type, enabled=False):
            above = None if self.high is None else self.high.gains(mel)
            return self.synthesise(shaped, f0_hz.float(), voiced.float(), noise, above)

    def synthesise(
        self,
        shaped: Tensor,
        f0_hz: Tensor,
        voiced: Tensor,
        noise: Tensor | None,
        above: Tensor | None = None,
    ) -> Tensor:
        """Head output [B, F, 3K] and gains above 8 kHz [B, F, bins - K] -> waveform; float32."""
        gain, phase, noise_gain = shaped.split(BINS, -1)  # each [B, F, K]
        if noise is None:
            # Uniform of unit variance: a sample sums hundreds of bins, so the sound is Gaussian all
            # the same, and a phone draws it in a third of the time.
            noise = torch.rand(*shaped.shape[:2], 2 * self.bins, device=shaped.device)
            noise = (noise - 0.5) * math.sqrt(12.0)
        source = pulse_train(f0_hz, voiced)  # [B, F, HOP]
        batch, frames, _ = source.shape
        flat = torch.nn.functional.pad(source.reshape(batch, -1), (_EDGE, _EDGE))
        windows = frame_hops(flat.reshape(batch, frames + _OVERLAP - 1, HOP))  # [B, F, N]
        real, imag = windows @ self.cosine, -(windows @ self.sine)  # [B, F, K]
        harmonic = torch.exp(gain.clamp(max=6.0) - 2.0)
        turn_real, turn_imag = harmonic * torch.cos(phase), harmonic * torch.sin(phase)
        breath = torch.exp(noise_gain.clamp(max=6.0) - 4.0)
        noise_real, noise_imag = noise.split(self.bins, -1)  # [B, F, bins]
        out_real = real * turn_real - imag * turn_imag + breath * noise_real[..., :BINS]
        out_imag = real * turn_imag + imag * turn_real + breath * noise_imag[..., :BINS]
        if self.high is None or above is None:
            return overlap_add(self.inverse(out_real, out_imag))
        out_real = torch.cat((out_real, above * noise_real[..., BINS:]), -1)
        out_imag = torch.cat((out_imag, above * noise_imag[..., BINS:]), -1)
        return overlap_add(self.inverse(out_real, out_imag), highband.HOP)

    def inverse(self, real: Tensor, imag: Tensor) -> Tensor:
        """Inverse real DFT of [B, F, bins] pairs times the window: [B, F, 4 * hop].

        At 24 kHz with the weights of 16 kHz: the same signal, read at more places.
        """
        # Bins 0 and the last stand once in the spectrum, the others twice.
        edge = torch.arange(self.bins, device=real.device)
        weight = torch.where((edge == 0) | (edge == self.bins - 1), 1.0 / N_FFT, 2.0 / N_FFT)
        real, imag = real * weight, imag * weight
        if self.high is not None:
            return self.high.back(real, imag)
        return real @ self.cosine_back - imag @ self.sine_back
