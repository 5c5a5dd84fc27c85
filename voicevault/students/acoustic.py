# SPDX-License-Identifier: GPL-3.0-or-later
"""Acoustic half of the TTS student: phoneme ids -> log-mel, F0 and voicing, in parallel.

Shapes: B batch, T tokens (framed symbols), F frames, C channels, G speaker vector, M mel bins.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from voicevault.data.features import N_MELS
from voicevault.students.blocks import AdaptiveNorm, ConvNeXtBlock, SelfAttention
from voicevault.text.symbols import SYMBOLS, TIMELESS

# Statistics of the base data; constants, because they are part of what the weights mean.
MEL_MEAN, MEL_STD = -5.8, 2.0
LOG_F0_MEAN, LOG_F0_STD = 5.0, 0.35  # natural log of hertz: e^5 = 148 Hz
LOG_ENERGY_MEAN, LOG_ENERGY_STD = -3.6, 1.2  # natural log of frame RMS


@dataclass(frozen=True, slots=True)
class AcousticConfig:
    """Sizes of the acoustic model."""

    channels: int = 192
    encoder_blocks: int = 4
    variance_blocks: int = 2
    decoder_blocks: int = 5
    heads: int = 4
    speaker_size: int = 64


@dataclass(slots=True)
class AcousticOutput:
    """What one forward pass gives, normalised as the constants above say."""

    log_duration: Tensor  # [B, T] log(1 + frames)
    pitch: Tensor  # [B, T] normalised log-F0 a token
    energy: Tensor  # [B, T] normalised log-energy a token
    mel: Tensor  # [B, F, M] normalised
    frame_pitch: Tensor  # [B, F] normalised log-F0
    voicing: Tensor  # [B, F] logit


class AcousticModel(nn.Module):
    """Encoder, variance predictor, length regulator, decoder; 2.2 M parameters once folded.

    It does not know of waveforms (the vocoder does) and not of text (the front end does).
    After FastSpeech 2 (arXiv 2006.04558), with ConvNeXt blocks in place of transformers.
    """

    timeless: Tensor
    contrast: Tensor
    """[] how much every frame is set off from its neighbours; 0 while training, see
    ``training.sharpen``."""

    def __init__(self, config: AcousticConfig | None = None) -> None:
        super().__init__()
        self.config = c = config or AcousticConfig()
        self.embed = nn.Embedding(len(SYMBOLS), c.channels)
        nn.init.normal_(self.embed.weight, std=0.5)
        half = c.encoder_blocks // 2

        def block(expansion: int, kernel: int = 7) -> ConvNeXtBlock:
            return ConvNeXtBlock(c.channels, expansion, kernel=kernel, speaker_size=c.speaker_size)

        self.encoder = nn.ModuleList(block(2) for _ in range(half))
        self.encoder.append(SelfAttention(c.channels, c.heads, c.speaker_size))
        self.encoder.extend(block(2) for _ in range(c.encoder_blocks - half))
        self.variance = nn.ModuleList(block(2, 5) for _ in range(c.variance_blocks))
        self.variance_norm = AdaptiveNorm(c.channels, c.speaker_size)
        self.variance_out = nn.Linear(c.channels, 3)
        self.prosody_in = nn.Linear(2, c.channels)
        self.position_in = nn.Linear(3, c.channels)
        self.decoder = nn.ModuleList(block(3) for _ in range(c.decoder_blocks))
        self.decoder_norm = AdaptiveNorm(c.channels, c.speaker_size)
        self.decoder_out = nn.Linear(c.channels, N_MELS + 2)
        timeless = torch.zeros(len(SYMBOLS), dtype=torch.bool)
        timeless[sorted(TIMELESS)] = True
        self.register_buffer("timeless", timeless, persistent=False)
        self.register_buffer("contrast", torch.zeros(()))

    def encode(
        self, ids: Tensor, mask: Tensor | None, speaker: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """``ids`` [B, T] -> hidden [B, T, C], log-duration, pitch, energy (each [B, T])."""
        x = self.embed(ids)
        for block in self.encoder:
            x = block(x, mask, speaker)
        v = x
        for block in self.variance:
            v = block(v, mask, speaker)
        v = self.variance_out(self.variance_norm(v, speaker)).float()  # [B, T, 3]
        return x, v[..., 0], v[..., 1], v[..., 2]

    def decode(
        self,
        hidden: Tensor,
        pitch: Tensor,
        energy: Tensor,
        token_of_frame: Tensor,
        position: Tensor,
        mask: Tensor | None,
        speaker: Tensor | None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Stretch the tokens over the frames and predict each frame.

        Args:
            hidden: [B, T, C]; pitch and energy: [B, T].
            token_of_frame: [B, F] index of the token that each frame belongs to.
            position: [B, F, 3] place in the token: fraction, 1 - fraction, log duration. Without it
                the convolutions would have to count repeated vectors.
            mask: [B, F, 1] or None.
            speaker: [B, G] or None when folded.

        Returns:
            mel [B, F, M], frame pitch [B, F], voicing logit [B, F].
        """
        hidden = hidden + self.prosody_in(torch.stack((pitch, energy), -1).to(hidden.dtype))
        index = token_of_frame.unsqueeze(-1).expand(-1, -1, hidden.shape[-1])  # [B, F, C]
        x = hidden.gather(1, index) + self.position_in(position.to(hidden.dtype))
        for block in self.decoder:
            x = block(x, mask, speaker)
        out = self.decoder_out(self.decoder_norm(x, speaker)).float()  # [B, F, M + 2]
        mel = set_off(out[..., :N_MELS], self.contrast)
        return mel, out[..., N_MELS], out[..., N_MELS + 1]

    def forward(
        self, ids: Tensor, durations: Tensor, pitch: Tensor, energy: Tensor, speaker: Tensor | None
    ) -> AcousticOutput:
        """Training pass: durations (frames), pitch and energy [B, T] are the recording's own."""
        token_mask = (ids != 0).unsqueeze(-1).float()
        hidden, log_duration, pitch_hat, energy_hat = self.encode(ids, token_mask, speaker)
        token_of_frame, position, frame_mask = regulate(durations)
        mel, frame_pitch, voicing = self.decode(
            hidden, pitch, energy, token_of_frame, position, frame_mask, speaker
        )
        return AcousticOutput(log_duration, pitch_hat, energy_hat, mel, frame_pitch, voicing)


def set_off(mel: Tensor, contrast: Tensor | float) -> Tensor:
    """[B, F, M] with each frame moved away from the mean of itself and its two neighbours."""
    wide = torch.cat((mel[:, :1], mel, mel[:, -1:]), 1)
    around = (wide[:, :-2] + mel + wide[:, 2:]) * (1 / 3)
    return mel + contrast * (mel - around)


def regulate(durations: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Length regulator.

    Args:
        durations: [B, T] whole frames a token, zero allowed.

    Returns:
        token_of_frame [B, F] int64, position [B, F, 3] float, mask [B, F, 1] float, where F is the
        longest utterance of the batch.
    """
    ends = durations.cumsum(1)  # [B, T]
    # No int(): the exporter has to see the number of frames as a value, not as a constant.
    frames = torch.arange(ends[:, -1].max(), device=durations.device)  # type: ignore[call-overload]
    # A frame belongs to the first token whose end lies beyond it.
    token = (frames[None, :, None] >= ends[:, None, :]).sum(-1)  # [B, F]
    mask = (frames[None] < ends[:, -1:]).unsqueeze(-1).float()  # [B, F, 1]
    token = token.clamp(max=durations.shape[1] - 1)
    length = durations.gather(1, token).clamp(min=1).float()
    start = ends.gather(1, token).float() - length
    fraction = ((frames[None] - start + 0.5) / length).clamp(0, 1)
    position = torch.stack((fraction, 1 - fraction, length.log()), -1)  # [B, F, 3]
    return token, position * mask, mask
