# SPDX-License-Identifier: GPL-3.0-or-later
"""A voice without weights whose audio spells the symbols it was given, for tests of the runtimes.

Every framed id becomes one block of 600 samples at a level that only this id has; BOS is the
loudest, so hosts that normalise loudness can be read too. Nothing in it is quiet: sherpa-onnx
shortens silence.
"""

import io
import warnings

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from voicevault.export.framing import Framing, durations_at_input
from voicevault.text.symbols import BOS, EOS, SYMBOLS

BLOCK = 600
HOP = 200
LOUDEST = 0.88
_LOW, _SPAN = 0.2, 0.6
_NAMES = {number: symbol for symbol, number in SYMBOLS.items()}


class ToyVoice(nn.Module):
    """ids [1, N], lengths [1], scales [3] -> audio [1, 1, M * 600], durations [1, N]."""

    def __init__(self, noise: float = 0.0) -> None:
        super().__init__()
        self.framing = Framing()
        self.noise = noise

    def forward(self, ids: Tensor, lengths: Tensor, scales: Tensor) -> tuple[Tensor, Tensor]:
        index = torch.cumsum(torch.ones_like(ids), dim=1)
        ids = torch.where(index <= lengths[:, None], ids, torch.zeros_like(ids))
        framed, source = self.framing(ids)  # [1, M], [M]
        level = _LOW + _SPAN * framed.to(torch.float32) / len(SYMBOLS)
        level = torch.where(framed == SYMBOLS[BOS], torch.full_like(level, LOUDEST), level)
        audio = level[:, :, None].expand(-1, -1, BLOCK).reshape(1, 1, -1)
        if self.noise:
            audio = audio + self.noise * scales[0] * torch.randn_like(audio)
        audio = audio + 0.0 * scales.sum()
        frames = torch.ones_like(framed).to(torch.float32) * (BLOCK / HOP)
        return audio, durations_at_input(frames, source, ids)


class HeavyVoice(ToyVoice):
    """The same with an embedding and layers large enough to be quantised."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(5)
        self.embed = nn.Embedding(len(SYMBOLS), 64)
        self.conv = nn.Conv1d(64, 96, 5, padding=2)
        self.linear = nn.Linear(96, 256)
        self.up = nn.ConvTranspose1d(256, 32, 8, stride=4, padding=2)
        self.out = nn.Linear(32, HOP // 4)

    def forward(self, ids: Tensor, lengths: Tensor, scales: Tensor) -> tuple[Tensor, Tensor]:
        _, durations = super().forward(ids, lengths, scales)
        framed, _ = self.framing(ids)
        x = torch.relu(self.conv(self.embed(framed).transpose(1, 2)))  # [1, 96, M]
        x = torch.relu(self.linear(x.transpose(1, 2)))  # [1, M, 256]
        x = self.out(torch.relu(self.up(x.transpose(1, 2))).transpose(1, 2))  # [1, 4 M, 50]
        audio = 0.5 * torch.tanh(x).reshape(1, 1, -1) + 0.0 * scales.sum() + 0.0 * lengths.sum()
        return audio, durations


def export(voice: nn.Module) -> bytes:
    """The ONNX file of a toy voice (legacy exporter, opset 15), without metadata."""
    out = io.BytesIO()
    example = (
        torch.tensor([[1, 0, 20, 0, 3, 0, 59, 0, 8, 0, 3, 0, 24, 0, 2]]),
        torch.tensor([15]),
        torch.tensor([0.667, 1.0, 0.8]),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            voice.eval(),
            example,
            out,
            opset_version=15,
            dynamo=False,
            input_names=["input", "input_lengths", "scales"],
            output_names=["output", "durations"],
            dynamic_axes={
                "input": {0: "batch_size", 1: "phonemes"},
                "input_lengths": {0: "batch_size"},
                "output": {0: "batch_size", 2: "time"},
                "durations": {0: "batch_size", 1: "phonemes"},
            },
        )
    return out.getvalue()


def read_symbols(audio: NDArray[np.float32]) -> list[str]:
    """The symbol sequences spoken by :class:`ToyVoice`, one string a sentence, frame removed."""
    assert audio.size % BLOCK == 0, f"{audio.size} samples are no whole blocks"
    levels = np.median(audio.reshape(-1, BLOCK), axis=1)
    sentences: list[str] = []
    for level in levels * (LOUDEST / levels[0]):
        if level > (LOUDEST + _LOW + _SPAN) / 2:
            sentences.append("")
            continue
        symbol = _NAMES[round(float(level - _LOW) / _SPAN * len(SYMBOLS))]
        sentences[-1] += "" if symbol == EOS else symbol
    return sentences
