# SPDX-License-Identifier: GPL-3.0-or-later
"""The recogniser: Kaldi features in, log-probabilities of word pieces out, by CTC.

ConvNeXt blocks with three layers of self-attention on 40 ms frames. Halfway up it says which
phoneme sounds, twice a frame; the upper half reads that answer, so that it can spend itself on
spelling (self-conditioning, Nozaki and Komatsu 2021, here with phonemes).

Shapes: B batch, T feature frames (10 ms), L frames out (40 ms), C channels, V pieces, P phonemes.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from voicevault.data.fbank import BANDS
from voicevault.students.blocks import ConvNeXtBlock, SelfAttention, gelu
from voicevault.text.symbols import SYMBOLS

SUBSAMPLING = 4
PHONES_A_FRAME = 2
"""Phoneme answers for each 40 ms frame."""
UNKNOWN = -100
"""Phoneme label of a moment that no alignment covers."""


@dataclass(frozen=True, slots=True)
class RecogniserConfig:
    """Size of the network."""

    pieces: int = 128
    channels: int = 256
    blocks: int = 10
    kernel: int = 11
    expansion: int = 3
    heads: int = 4
    attention_after: tuple[int, ...] = (2, 5, 8)
    """Blocks (counted from 0) that self-attention follows."""
    phonemes_after: int = 5
    """Block that the phoneme answer follows."""
    front: tuple[int, int] = (24, 32)
    """Channels of the two convolutions over time and frequency."""
    dropout: float = 0.1
    """While training, in the blocks."""


class Heard(NamedTuple):
    """What training sees."""

    log_probs: Tensor  # [B, L, V]
    early_log_probs: Tensor  # [B, L, V] the same head, some blocks earlier
    phonemes: Tensor  # [B, L * 2, P] logits
    lengths: Tensor  # [B]


def frames_out(lengths: Tensor) -> Tensor:
    """Frames out for feature frames in: two halvings, rounded up."""
    return (lengths + 3) // 4


class Recogniser(nn.Module):
    """Network of the recogniser, 5 M parameters. Does not decode: see ``runtime.recognise``.

    The mean of each band over the utterance goes first, so level and the microphone's colour do not
    matter; then a constant variance.
    """

    band_scale: Tensor

    def __init__(self, config: RecogniserConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or RecogniserConfig()
        channels, (first, second) = config.channels, config.front
        self.register_buffer("band_scale", torch.full((BANDS,), 0.35))
        self.first = nn.Conv2d(1, first, 3, 2, 1)
        self.second = nn.Conv2d(first, second, 3, 2, 1)
        self.enter = nn.Linear(second * (BANDS // 4), channels)
        self.enter_norm = nn.LayerNorm(channels)
        self.blocks = nn.ModuleList(
            ConvNeXtBlock(channels, config.expansion, kernel=config.kernel, dropout=config.dropout)
            for _ in range(config.blocks)
        )
        self.attention = nn.ModuleList(
            SelfAttention(channels, config.heads) for _ in config.attention_after
        )
        self.phoneme_norm = nn.LayerNorm(channels)
        self.phonemes = nn.Linear(channels, PHONES_A_FRAME * len(SYMBOLS))
        self.told = nn.Linear(PHONES_A_FRAME * len(SYMBOLS), channels)
        self.norm = nn.LayerNorm(channels)
        self.out = nn.Linear(channels, config.pieces)

    def forward(self, features: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """The exported graph: features [B, T, 80], lengths [B] -> log-probs [B, L, V], [B]."""
        mask, out_lengths = self._masks(features, lengths)
        x, _, _ = self._trunk(features, mask)
        return torch.log_softmax(self.out(self.norm(x)), -1), out_lengths

    def hear(self, features: Tensor, lengths: Tensor) -> Heard:
        """Everything that has a loss."""
        mask, out_lengths = self._masks(features, lengths)
        x, early, phonemes = self._trunk(features, mask)
        final, first = (torch.log_softmax(self.out(self.norm(y)).float(), -1) for y in (x, early))
        batch, length, _ = phonemes.shape
        split = phonemes.view(batch, length * PHONES_A_FRAME, len(SYMBOLS))
        return Heard(final, first, split, out_lengths)

    def _masks(self, features: Tensor, lengths: Tensor) -> tuple[list[Tensor], Tensor]:
        """Masks [B, length, 1] at 10, 20 and 40 ms; lengths out [B]."""
        masks, count = [], lengths
        steps = features.shape[1]
        for _ in range(3):
            index = torch.arange(steps, device=features.device)
            masks.append((index[None] < count[:, None]).to(features.dtype).unsqueeze(-1))
            count, steps = (count + 1) // 2, (steps + 1) // 2
        return masks, frames_out(lengths)

    def _trunk(self, features: Tensor, masks: list[Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Hidden [B, L, C] at the top and two blocks below it, phoneme logits [B, L, 2 P]."""
        x = self._front(features, masks)
        mask, config = masks[2], self.config
        early = phonemes = x
        attention = iter(self.attention)
        for number, block in enumerate(self.blocks):
            x = block(x, mask)
            if number in config.attention_after:
                x = next(attention)(x, mask)
            if number == config.phonemes_after:
                phonemes = self.phonemes(self.phoneme_norm(x))
                halves = phonemes.unflatten(-1, (PHONES_A_FRAME, len(SYMBOLS))).softmax(-1)
                x = x + self.told(halves.flatten(-2))
            if number == config.blocks - 3:
                early = x
        return x, early, phonemes

    def _front(self, features: Tensor, masks: list[Tensor]) -> Tensor:
        """[B, T, 80] -> [B, L, C]."""
        total = masks[0].sum(1, keepdim=True).clamp(min=1.0)
        mean = (features * masks[0]).sum(1, keepdim=True) / total
        x = (features - mean) * self.band_scale * masks[0]
        x = x.unsqueeze(1).contiguous(memory_format=torch.channels_last)  # [B, 1, T, 80]
        x = gelu(self.first(x)) * masks[1].unsqueeze(1)
        x = gelu(self.second(x)) * masks[2].unsqueeze(1)  # [B, c, L, 20]
        x = x.permute(0, 2, 3, 1).flatten(2)  # [B, L, 20 c]
        return self.enter_norm(self.enter(x))


def recognition_loss(
    heard: Heard, pieces: list[list[int]], phonemes: Tensor, phoneme_share: float
) -> tuple[Tensor, Tensor, Tensor]:
    """(total, CTC, phoneme cross-entropy).

    Args:
        heard: of a batch.
        pieces: piece numbers of each utterance.
        phonemes: [B, 2 L] symbol ids, UNKNOWN where no alignment says.
        phoneme_share: weight of the cross-entropy.

    CTC is summed over the batch and divided by the pieces in it; an utterance with more pieces than
    its frames can carry counts as nothing.
    """
    targets = torch.tensor([i for row in pieces for i in row])
    counts = torch.tensor([len(row) for row in pieces])

    def ctc(log_probs: Tensor) -> Tensor:
        return F.ctc_loss(
            log_probs.transpose(0, 1),
            targets.to(log_probs.device),
            heard.lengths,
            counts.to(log_probs.device),
            reduction="sum",
            zero_infinity=True,
        ) / counts.sum().clamp(min=1)

    last, early = ctc(heard.log_probs), ctc(heard.early_log_probs)
    spoken = F.cross_entropy(
        heard.phonemes.float().transpose(1, 2),
        phonemes,
        ignore_index=UNKNOWN,
        label_smoothing=0.05,
        reduction="sum",
    ) / (phonemes != UNKNOWN).sum().clamp(min=1)
    return 0.75 * last + 0.25 * early + phoneme_share * spoken, last, spoken
