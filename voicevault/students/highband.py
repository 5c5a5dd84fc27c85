# SPDX-License-Identifier: GPL-3.0-or-later
"""The band above 8 kHz of a voice whose owner's recordings have one: noise with a learnt envelope.

It hangs below the vocoder (``Vocoder.high``): 200 bins more for the same frames, and an inverse
transform at 24 kHz. A voice without it is the 16 kHz voice to the last bit.

Shapes: B batch, F frames, M mel bins, H bands, K = 601 bins, N = 1200 samples of a window, of which
the first K are computed.
"""

import numpy as np
import torch
from torch import Tensor, nn

from voicevault.data.features import N_MELS
from voicevault.data.highband import BANDS, BINS, LOW_BINS, N_FFT, band_centres
from voicevault.students.fourier import fourier_basis


class HighBand(nn.Module):
    """Log gains of eight bands, linear in the mel frame; fitted by ``training.highband``.

    ``bound`` keeps a frame the fit never saw from bursting out. Neighbouring frames and voicing
    explain nothing more, a network of 64 units hardly anything; see DECISIONS.md.
    """

    weight: Tensor  # [M, H]
    bias: Tensor  # [H]
    bound: Tensor  # [H] largest log gain
    spread: Tensor  # [H, K - LOW_BINS], bands to bins
    cosine_back: Tensor  # [K, K]
    sine_back: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("weight", torch.zeros(N_MELS, BANDS))
        self.register_buffer("bias", torch.full((BANDS,), -20.0))
        self.register_buffer("bound", torch.zeros(BANDS))
        centres = band_centres()
        bins = np.arange(BINS - LOW_BINS)
        # Straight lines between the middles of the bands, level beyond the outermost.
        rows = [np.interp(bins, centres, row) for row in np.eye(BANDS)]
        spread = torch.from_numpy(np.array(rows, np.float32))
        self.register_buffer("spread", spread, persistent=False)
        cosine, sine = (half[:BINS] for half in fourier_basis(N_FFT))
        self.register_buffer("cosine_back", cosine.t().contiguous(), persistent=False)
        self.register_buffer("sine_back", sine.t().contiguous(), persistent=False)

    def gains(self, mel: Tensor) -> Tensor:
        """Normalised mel [B, F, M] -> gain of the noise of each bin above: [B, F, K - LOW_BINS]."""
        bands = torch.minimum(mel.float() @ self.weight + self.bias, self.bound)  # [B, F, H]
        return torch.exp(bands @ self.spread)

    def back(self, real: Tensor, imag: Tensor) -> Tensor:
        """Weighted spectrum pairs [B, F, K] -> windows [B, F, N].

        Cosines are even about the middle of the window and sines odd: half of the product is the
        other half read backwards.
        """
        even, odd = real @ self.cosine_back, imag @ self.sine_back  # [B, F, K]
        return torch.cat((even - odd, (even + odd)[..., 1:-1].flip(-1)), -1)
