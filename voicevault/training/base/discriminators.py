# SPDX-License-Identifier: GPL-3.0-or-later
"""Critics of base training: networks that tell recorded waveforms from made ones.

Periods after HiFi-GAN (Kong et al. 2020, arXiv 2010.05646), resolutions after UnivNet (Jang et al.
2021, arXiv 2106.07889), both at a quarter of the published width and with frequency halved in
every layer: at full size a critic's step costs seven of the vocoder's on a CPU.

Shapes: B batch, S samples, P period, K bins, F frames, C channels.
"""

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import weight_norm

PERIODS = (2, 3, 5, 7, 11)
RESOLUTIONS = (256, 512, 1024)

_INPUT_GAIN = 12.0
"""Speech has an RMS of 0.06 here; unscaled, the first layers see nothing and the critic stays at
chance (seen: 0.50 for a thousand steps)."""
_SLOPE = 0.1

Judgement = tuple[Tensor, list[Tensor]]
"""Scores of any shape [B, ...], 1 for recorded and 0 for made; and the features of each layer."""


def _conv(inward: int, outward: int, kernel: tuple[int, int], stride: tuple[int, int]) -> nn.Conv2d:
    padding = (kernel[0] // 2, kernel[1] // 2)
    layer = nn.Conv2d(inward, outward, kernel, stride, padding)
    nn.init.kaiming_normal_(layer.weight, _SLOPE)
    return weight_norm(layer)


def _run(layers: nn.ModuleList, out: nn.Module, x: Tensor) -> Judgement:
    features = []
    for layer in layers:
        x = F.leaky_relu(layer(x), _SLOPE)
        features.append(x)
    return out(x), features


class PeriodCritic(nn.Module):
    """Looks at every P-th sample: what repeats, and what should not."""

    def __init__(self, period: int) -> None:
        super().__init__()
        self.period = period
        widths = (1, 16, 64, 128, 128)
        self.layers = nn.ModuleList(
            _conv(a, b, (5, 1), (3, 1)) for a, b in itertools.pairwise(widths)
        )
        self.out = _conv(widths[-1], 1, (3, 1), (1, 1))

    def forward(self, wave: Tensor) -> Judgement:
        """[B, S] -> scores and features."""
        missing = -wave.shape[1] % self.period
        x = F.pad(wave * _INPUT_GAIN, (0, missing), mode="reflect")
        return _run(self.layers, self.out, x.view(len(x), 1, -1, self.period))  # [B, 1, S/P, P]


class ResolutionCritic(nn.Module):
    """Looks at a magnitude spectrogram of one window length."""

    def __init__(self, n_fft: int) -> None:
        super().__init__()
        self.n_fft = n_fft
        widths = (1, 16, 16, 32, 32)
        self.layers = nn.ModuleList(
            _conv(a, b, (3, 5), (1, 2)) for a, b in itertools.pairwise(widths)
        )
        self.out = _conv(widths[-1], 1, (3, 3), (1, 1))
        self.register_buffer("window", torch.hann_window(n_fft), persistent=False)

    def forward(self, wave: Tensor) -> Judgement:
        """[B, S] -> scores and features."""
        with torch.autocast(wave.device.type, enabled=False):
            spectrum = torch.stft(
                wave.float() * _INPUT_GAIN,
                self.n_fft,
                self.n_fft // 4,
                window=self.window,  # type: ignore[arg-type]
                return_complex=True,
                pad_mode="constant",
            )
            # The square root of a magnitude is between what is loud and what is heard.
            x = (spectrum.abs() + 1e-4).sqrt().transpose(1, 2).unsqueeze(1)  # [B, 1, F, K]
        return _run(self.layers, self.out, x)


class Critics(nn.Module):
    """All of them; a step draws a few (two periods and one resolution cost a third of all)."""

    def __init__(self) -> None:
        super().__init__()
        self.periods = nn.ModuleList(PeriodCritic(p) for p in PERIODS)
        self.resolutions = nn.ModuleList(ResolutionCritic(n) for n in RESOLUTIONS)

    def forward(self, wave: Tensor, drawn: Sequence[int]) -> list[Judgement]:
        """Judgements of [B, S] by the critics numbered ``drawn``, periods first."""
        everyone = [*self.periods, *self.resolutions]
        return [everyone[n](wave) for n in drawn]


def critic_loss(real: Sequence[Judgement], made: Sequence[Judgement]) -> Tensor:
    """Least squares towards 1 for recorded and 0 for made; 0.5 is chance."""
    parts = [
        ((1 - r.float()) ** 2).mean() + (m.float() ** 2).mean()
        for (r, _), (m, _) in zip(real, made, strict=True)
    ]
    return torch.stack(parts).mean()


def deceiving_loss(made: Sequence[Judgement]) -> Tensor:
    """What the vocoder wants: scores of 1 for what it made."""
    return torch.stack([((1 - score.float()) ** 2).mean() for score, _ in made]).mean()


def feature_loss(real: Sequence[Judgement], made: Sequence[Judgement]) -> Tensor:
    """L1 between the features of recorded and made, each layer by its own level."""
    parts = []
    for (_, ours), (_, theirs) in zip(real, made, strict=True):
        for a, b in zip(ours, theirs, strict=True):
            a = a.detach().float()
            parts.append((a - b.float()).abs().mean() / a.abs().mean().clamp(min=1e-4))
    return torch.stack(parts).mean()
