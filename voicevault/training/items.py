# SPDX-License-Identifier: GPL-3.0-or-later
"""What training sees of one utterance, and how utterances become a batch.

Shapes: B batch, T tokens (framed symbols), F frames, M mel bins, S = F * HOP samples.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from voicevault.data.features import HOP, FloatArray, frame_count, log_mel
from voicevault.data.pitch import pitch
from voicevault.students.acoustic import (
    LOG_ENERGY_MEAN,
    LOG_ENERGY_STD,
    LOG_F0_MEAN,
    LOG_F0_STD,
    MEL_MEAN,
    MEL_STD,
)
from voicevault.text.symbols import PAUSE_MARKS, SPACE, SYMBOLS

COMMA_FRAMES = 10
"""A pause of 125 ms and more at a bare space gets a comma: texts without punctuation would
otherwise teach that every space may be a pause."""

IntArray = npt.NDArray[np.integer]


@dataclass(slots=True)
class Item:
    """One aligned utterance."""

    ids: IntArray  # [T]
    durations: IntArray  # [T] frames
    mel: npt.NDArray[np.floating]  # [F, M] natural-log mel
    log_f0: npt.NDArray[np.floating]  # [F] natural log of hertz
    voiced: npt.NDArray[np.floating]  # [F] 0 or 1
    wave: npt.NDArray[np.generic]  # [S] float32, or int16 in a corpus
    speaker: int = 0
    high: FloatArray | None = None
    """[F, H] log magnitudes above 8 kHz (``data.highband``) of a take that reaches there."""

    @property
    def frames(self) -> int:
        """F."""
        return len(self.mel)


def make_item(
    wave: FloatArray, ids: Sequence[int], durations: Sequence[int], speaker: int = 0
) -> Item:
    """Features of a prepared waveform [S] with its alignment."""
    wave = wave[: frame_count(len(wave)) * HOP]
    log_f0, voiced = pitch(wave)
    ids, durations = with_commas(ids, durations)
    return Item(np.array(ids), np.array(durations), log_mel(wave), log_f0, voiced, wave, speaker)


def thinned(items: Sequence[Item], most_frames: int) -> Sequence[Item]:
    """Every n-th item, so that not many more than ``most_frames`` frames are left."""
    return items[:: max(1, sum(item.frames for item in items) // most_frames)]


def with_commas(ids: Sequence[int], durations: Sequence[int]) -> tuple[list[int], list[int]]:
    """Write a comma before every long pause that the text does not mark."""
    marks = {SYMBOLS[m] for m in PAUSE_MARKS}
    out_ids: list[int] = []
    out_durations: list[int] = []
    for symbol, length in zip(ids, durations, strict=True):
        if symbol == SYMBOLS[SPACE] and length >= COMMA_FRAMES and out_ids[-1] not in marks:
            out_ids.append(SYMBOLS[","])
            out_durations.append(0)
        out_ids.append(int(symbol))
        out_durations.append(int(length))
    return out_ids, out_durations


@dataclass(slots=True)
class Batch:
    """Padded tensors of several items; everything normalised as the acoustic model expects."""

    ids: Tensor  # [B, T] int64, 0 = padding
    durations: Tensor  # [B, T] int64
    pitch: Tensor  # [B, T]
    energy: Tensor  # [B, T]
    mel: Tensor  # [B, F, M]
    frame_pitch: Tensor  # [B, F]
    voiced: Tensor  # [B, F]
    speaker: Tensor  # [B] int64
    frames: Tensor  # [B] int64


def token_means(values: FloatArray, weights: FloatArray, durations: IntArray) -> FloatArray:
    """Weighted mean of ``values`` [F] over each token [T]; plain mean where weights are 0."""
    ends = np.cumsum(durations)
    starts = ends - durations

    def total(x: FloatArray) -> npt.NDArray[np.float64]:
        running = np.concatenate(([0.0], np.cumsum(x, dtype=np.float64)))
        return running[ends] - running[starts]

    weight = total(weights)
    plain = total(values) / np.maximum(durations, 1)
    mean = np.where(weight > 0, total(values * weights) / np.maximum(weight, 1e-9), plain)
    return mean.astype(np.float32)


def collate(items: Sequence[Item], device: torch.device | str = "cpu") -> Batch:
    """Items -> one padded batch on ``device``."""
    size = len(items)
    tokens, frames = max(len(i.ids) for i in items), max(i.frames for i in items)
    ids = np.zeros((size, tokens), np.int64)
    durations = np.zeros((size, tokens), np.int64)
    token_pitch = np.zeros((size, tokens), np.float32)
    token_energy = np.zeros((size, tokens), np.float32)
    mel = np.zeros((size, frames, items[0].mel.shape[1]), np.float32)
    frame_pitch = np.zeros((size, frames), np.float32)
    voiced = np.zeros((size, frames), np.float32)
    for row, item in enumerate(items):
        t, f = len(item.ids), item.frames
        normal_f0 = (item.log_f0.astype(np.float32) - LOG_F0_MEAN) / LOG_F0_STD
        is_voiced = item.voiced.astype(np.float32)
        wave = item.wave.astype(np.float32) / (32768 if item.wave.dtype == np.int16 else 1)
        rms = np.sqrt((wave.reshape(f, HOP) ** 2).mean(1) + 1e-10)
        energy = (np.log(np.maximum(rms, 1e-4)) - LOG_ENERGY_MEAN) / LOG_ENERGY_STD
        timed = item.durations > 0
        ids[row, :t], durations[row, :t] = item.ids, item.durations
        token_pitch[row, :t] = token_means(normal_f0, is_voiced, item.durations) * timed
        token_energy[row, :t] = token_means(energy, np.ones_like(energy), item.durations) * timed
        mel[row, :f] = (item.mel.astype(np.float32) - MEL_MEAN) / MEL_STD
        frame_pitch[row, :f], voiced[row, :f] = normal_f0, is_voiced

    def tensor(x: npt.NDArray[np.generic]) -> Tensor:
        return torch.from_numpy(x).to(device)

    return Batch(
        tensor(ids),
        tensor(durations),
        tensor(token_pitch),
        tensor(token_energy),
        tensor(mel),
        tensor(frame_pitch),
        tensor(voiced),
        tensor(np.array([i.speaker for i in items])),
        tensor(np.array([i.frames for i in items])),
    )
