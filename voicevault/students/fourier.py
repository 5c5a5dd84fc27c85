# SPDX-License-Identifier: GPL-3.0-or-later
"""Windowed Fourier matrices: the students' spectra are matrix products that every runtime has.

Shapes: N samples of a window, K = N / 2 + 1 bins.
"""

import math

import torch
from torch import Tensor

from voicevault.data.features import N_FFT


def fourier_basis(n_fft: int = N_FFT, device: torch.device | None = None) -> tuple[Tensor, Tensor]:
    """Cosine and sine of the analysis under a Hann window, each [N, K].

    n * k is taken modulo N before it becomes a float, which keeps float32 exact enough. The
    exported graph makes the same matrices from a few operators (``export.basis``) in 0 bytes.
    """
    n = torch.arange(n_fft, device=device)
    k = torch.arange(n_fft // 2 + 1, device=device)
    angle = torch.remainder(n[:, None] * k[None, :], n_fft).float() * (
        2 * math.pi / n_fft
    )  # [N, K]
    hann = (0.5 - 0.5 * torch.cos(n.float() * (2 * math.pi / n_fft))).unsqueeze(-1)  # [N, 1]
    return torch.cos(angle) * hann, torch.sin(angle) * hann
