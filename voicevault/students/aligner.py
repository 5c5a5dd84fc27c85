# SPDX-License-Identifier: GPL-3.0-or-later
"""The aligner: which phoneme sounds in which frame. Trained once for the base, run as ONNX.

Shapes: B batch, F frames, M mel bins, K classes (= symbol ids; PAD is the CTC blank and SPACE is
silence, so that no second numbering exists).
"""

import torch
from torch import Tensor, nn

from voicevault.data.features import N_MELS
from voicevault.students.blocks import ConvNeXtBlock
from voicevault.text.symbols import SYMBOLS

BLANK = SYMBOLS["_"]
SILENCE = SYMBOLS[" "]
_DILATIONS = (1, 1, 2, 2, 3, 1)


class AlignerNet(nn.Module):
    """ConvNeXt frame classifier, 1 M parameters, no language model inside.

    Two heads on one trunk: ``ctc`` bootstraps from (audio, phonemes) pairs without any times;
    ``frame`` is trained afterwards on the alignments found with the first. One head for both would
    make "blank" mean silence and let silence swallow a third of the speech.
    """

    def __init__(self, channels: int = 192) -> None:
        super().__init__()
        self.enter = nn.Linear(N_MELS, channels)
        self.blocks = nn.ModuleList(ConvNeXtBlock(channels, 2, dilation=d) for d in _DILATIONS)
        self.norm = nn.LayerNorm(channels)
        self.ctc = nn.Linear(channels, len(SYMBOLS))
        self.frame = nn.Linear(channels, len(SYMBOLS))

    def trunk(self, log_mel: Tensor, mask: Tensor | None = None) -> Tensor:
        """[B, F, M] log-mel -> [B, F, C]. The utterance's mean goes: microphones differ."""
        if mask is None:
            x = log_mel - log_mel.mean(1, keepdim=True)
        else:
            x = (log_mel - (log_mel * mask).sum(1, keepdim=True) / mask.sum(1, keepdim=True)) * mask
        x = self.enter(x * 0.5)
        for block in self.blocks:
            x = block(x, mask)
        normed: Tensor = self.norm(x)
        return normed

    def forward(self, log_mel: Tensor) -> Tensor:
        """Log-posteriors of the frame head, [B, F, K]."""
        return torch.log_softmax(self.frame(self.trunk(log_mel)), -1)
