# SPDX-License-Identifier: GPL-3.0-or-later
"""Building blocks shared by the students: adaptive layer norm, ConvNeXt block, attention.

Shapes: B batch, L length (tokens or frames), C channels, G speaker vector size.
Everything is channels-last [B, L, C]: more than 95 % of the work is then MatMul, the operator that
every CPU, browser and phone runs well.
"""

import functools

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_MASKS = 1 << 23
"""Numbers drawn once for dropout on a processor."""


class AdaptiveNorm(nn.Module):
    """Layer norm whose scale and shift come from the speaker vector (conditional layer norm).

    ``fold`` replaces the speaker network by its two resulting vectors. A personal voice thus costs
    no bytes and no time, and they are the natural thing to tune: ``2 * C`` numbers a layer.
    """

    def __init__(self, channels: int, speaker_size: int = 0) -> None:
        super().__init__()
        self.channels = channels
        self.scale = nn.Parameter(torch.ones(channels))
        self.shift = nn.Parameter(torch.zeros(channels))
        self.condition = nn.Linear(speaker_size, 2 * channels, bias=False) if speaker_size else None
        if self.condition is not None:
            nn.init.zeros_(self.condition.weight)

    def forward(self, x: Tensor, speaker: Tensor | None = None) -> Tensor:
        if self.condition is None or speaker is None:
            return F.layer_norm(x, (self.channels,), self.scale, self.shift)  # [B, L, C]
        x = F.layer_norm(x, (self.channels,))
        scale, shift = self.condition(speaker).unsqueeze(1).chunk(2, -1)  # each [B, 1, C]
        return x * (self.scale + scale) + self.shift + shift

    @torch.no_grad()
    def fold(self, speaker: Tensor) -> None:
        """Bake ``speaker`` [G] in and drop the speaker network."""
        if self.condition is not None:
            scale, shift = self.condition(speaker).chunk(2, -1)
            self.scale.add_(scale)
            self.shift.add_(shift)
            self.condition = None


def gelu(x: Tensor) -> Tensor:
    """GELU by its tanh formula.

    While exporting, the formula is spelled with a power: that is the pattern which onnxruntime
    fuses into one operator. The exporter's own spelling stays ten operators, a fifth of the time.
    """
    if torch.onnx.is_in_onnx_export():
        return 0.5 * x * (1.0 + torch.tanh(0.7978845608028654 * (x + 0.044715 * torch.pow(x, 3.0))))
    return F.gelu(x, approximate="tanh")


class ConvNeXtBlock(nn.Module):
    """Depthwise convolution, norm, two-layer perceptron with tanh-GELU, layer scale, residual.

    After Liu et al. 2022 (arXiv 2201.03545), one-dimensional as in Vocos (arXiv 2306.00814).
    """

    def __init__(
        self,
        channels: int,
        expansion: int,
        *,
        kernel: int = 7,
        dilation: int = 1,
        speaker_size: int = 0,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.dropout = dropout
        self.depthwise = nn.Conv1d(
            channels,
            channels,
            kernel,
            padding=dilation * (kernel // 2),
            dilation=dilation,
            groups=channels,
        )
        self.norm = AdaptiveNorm(channels, speaker_size)
        self.expand = nn.Linear(channels, expansion * channels)
        self.contract = nn.Linear(expansion * channels, channels)
        self.layer_scale = nn.Parameter(torch.full((channels,), 0.25))

    def forward(
        self, x: Tensor, mask: Tensor | None = None, speaker: Tensor | None = None
    ) -> Tensor:
        """``x`` [B, L, C]; ``mask`` [B, L, 1] keeps padding out of the convolution."""
        if mask is not None:
            x = x * mask
        y = self.depthwise(x.transpose(1, 2)).transpose(1, 2)  # [B, L, C] -> [B, C, L] -> [B, L, C]
        y = self._dropped(gelu(self.expand(self.norm(y, speaker))))
        return x + self._dropped(self.contract(y)) * self.layer_scale

    def _dropped(self, x: Tensor) -> Tensor:
        return dropped(x, self.dropout) if self.dropout and self.training else x


def dropped(x: Tensor, chance: float) -> Tensor:
    """``x`` with each number zeroed by ``chance``, the others raised so that the mean stays.

    On a processor drawing a number takes longer than what the network does with it (a fifth of a
    recogniser's step), so they are drawn once and every call starts reading somewhere else.
    """
    size = x.numel()
    if x.device.type != "cpu" or size > _MASKS // 2:
        return F.dropout(x, chance)
    start = int(torch.randint(_MASKS - size, ()))
    return x * _masks(chance, x.dtype)[start : start + size].view(x.shape)


@functools.cache
def _masks(chance: float, dtype: torch.dtype) -> Tensor:
    """[_MASKS] of 0 and 1 / (1 - chance); the same ones in every process."""
    random = torch.Generator().manual_seed(0)
    return (torch.rand(_MASKS, generator=random) >= chance).to(dtype) / (1.0 - chance)


class SelfAttention(nn.Module):
    """Multi-head self-attention over tokens, residual, with adaptive norm.

    Written with MatMul and Softmax only, so that the legacy exporter gives a small plain graph.
    """

    def __init__(self, channels: int, heads: int, speaker_size: int = 0) -> None:
        super().__init__()
        self.heads, self.head_size = heads, channels // heads
        self.norm = AdaptiveNorm(channels, speaker_size)
        self.query_key_value = nn.Linear(channels, 3 * channels)
        self.out = nn.Linear(channels, channels)

    def forward(
        self, x: Tensor, mask: Tensor | None = None, speaker: Tensor | None = None
    ) -> Tensor:
        batch, length, channels = x.shape
        mixed = self.query_key_value(self.norm(x, speaker))  # [B, L, 3C]
        mixed = mixed.view(batch, length, 3 * self.heads, self.head_size).transpose(
            1, 2
        )  # [B, 3H, L, D]
        query, key, value = mixed.chunk(3, 1)  # each [B, H, L, D]
        scores = query @ key.transpose(2, 3) * self.head_size**-0.5  # [B, H, L, L]
        if mask is not None:
            scores = scores.masked_fill(mask.transpose(1, 2).unsqueeze(1) == 0, -1e4)
        y = (scores.softmax(-1) @ value).transpose(1, 2).reshape(batch, length, channels)
        return x + self.out(y)


def fold_speaker(module: nn.Module, speaker: Tensor) -> None:
    """Bake the speaker vector [G] into every adaptive norm of ``module``."""
    for child in module.modules():
        if isinstance(child, AdaptiveNorm):
            child.fold(speaker)
