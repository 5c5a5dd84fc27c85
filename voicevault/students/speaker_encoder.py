# SPDX-License-Identifier: GPL-3.0-or-later
"""Who speaks: GE2E speaker embeddings, for the likeness of a voice and for consent.

The embedding is the generalised end-to-end encoder of Wan et al. 2018 (arXiv 1710.10467), with the
weights that come in the ``Resemblyzer`` wheel (Apache-2.0). Only its ``pretrained.pt`` is read:
the package itself is never imported (it pulls in a voice detector that current Pythons cannot
load), its 30 lines of network are below. It is a measure and never a training loss: a student
tuned towards a judge is no longer judged.

Shapes: S samples, F frames, N utterances, D = 256 embedding.
"""

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soxr
import torch
from torch import nn

from voicevault.data.features import HOP, FloatArray, active_frames
from voicevault.errors import MissingExtra

RATE_HZ = 16_000
_MELS, _WINDOW, _STEP = 40, 400, 160  # 25 ms every 10 ms
_PARTIAL = 160  # frames the network was trained on: 1.6 s
_PARTIALS_A_SECOND = 1.3
_COVERAGE = 0.75
_LEVEL_DBFS = -26.0
"""Of -36, -30, -26, -22 and -18 the one that tells different speakers apart best (0.563 against
0.911 for the same speaker; -30: 0.587 against 0.927)."""
_SILENCE_KEPT = 15
"""Frames of 12.5 ms around speech that are kept: pauses over 0.4 s shrink to that."""


def weights_path() -> Path | None:
    """Where the wheel keeps the weights, without importing it; None when it is not installed."""
    spec = importlib.util.find_spec("resemblyzer")
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(next(iter(spec.submodule_search_locations))) / "pretrained.pt"
    return path if path.is_file() else None


def unavailable() -> str:
    """Why similarity cannot be measured; empty when it can."""
    if weights_path() is None:
        return "speaker weights not found (pip install --no-deps Resemblyzer)"
    if importlib.util.find_spec("torchaudio") is None:
        return "torchaudio is not installed (extra 'train')"
    return ""


def condense(samples: FloatArray, rate_hz: int) -> FloatArray:
    """16 kHz, long pauses cut, speech at -26 dBFS: what the encoder is fed, [S].

    The published preprocessing only raises quiet recordings. Levels are made equal here, because
    the encoder is not level-blind: the same recordings 10 dB apart have a cosine of 0.86-0.94
    (four speakers), and a student speaks at another level than a microphone.
    """
    wave = np.asarray(samples, np.float32)
    if rate_hz != RATE_HZ:
        wave = soxr.resample(wave, rate_hz, RATE_HZ, quality="HQ").astype(np.float32)
    active = active_frames(wave)
    if len(active) > 2 * _SILENCE_KEPT:
        near = np.convolve(active, np.ones(2 * _SILENCE_KEPT + 1), "same") > 0
        wave = wave[: len(active) * HOP][np.repeat(near, HOP)]
    level = float(np.sqrt(np.mean(wave.astype(np.float64) ** 2))) if len(wave) else 0.0
    if not 1e-6 < level < np.inf:
        return np.zeros(0, np.float32)
    return (wave * (10 ** (_LEVEL_DBFS / 20) / level)).astype(np.float32)


def partial_starts(samples: int) -> list[int]:
    """First frames of the 1.6 s windows that cover an utterance; a last stub is dropped."""
    frames = -(-(samples + 1) // _STEP)
    step = round(RATE_HZ / _PARTIALS_A_SECOND / _STEP)
    starts = list(range(0, max(1, frames - _PARTIAL + step + 1), step))
    covered = (samples - starts[-1] * _STEP) / (_PARTIAL * _STEP)
    return starts[:-1] if covered < _COVERAGE and len(starts) > 1 else starts


class SpeakerEncoder(nn.Module):
    """Mel power frames -> a unit vector a speaker; weights of the Resemblyzer wheel."""

    def __init__(self) -> None:
        super().__init__()
        from voicevault.torchaudio_guard import torchaudio

        self.lstm = nn.LSTM(_MELS, 256, 3, batch_first=True)
        self.linear = nn.Linear(256, 256)
        self.mel = torchaudio.transforms.MelSpectrogram(
            RATE_HZ, _WINDOW, hop_length=_STEP, n_mels=_MELS, pad_mode="constant",
            norm="slaney", mel_scale="slaney",
        )  # fmt: skip

    @classmethod
    def load(cls) -> "SpeakerEncoder":
        """The encoder with its published weights.

        Raises:
            MissingExtra: the weights or torchaudio are not installed.
        """
        reason = unavailable()
        path = weights_path()
        if reason or path is None:
            raise MissingExtra(f"no speaker similarity: {reason}", extra="evaluate")
        state = torch.load(path, map_location="cpu", weights_only=True)["model_state"]
        encoder = cls()
        own = {k: v for k, v in state.items() if k.startswith(("lstm.", "linear."))}
        missing, _ = encoder.load_state_dict(own, strict=False)
        if any(name.startswith(("lstm.", "linear.")) for name in missing):
            raise MissingExtra("the speaker weights are of another kind", extra="evaluate")
        return encoder.eval()

    def forward(self, mels: torch.Tensor) -> torch.Tensor:
        """[N, F, M] mel power -> [N, D] unit vectors."""
        _, (hidden, _) = self.lstm(mels)
        out = torch.relu(self.linear(hidden[-1]))  # [N, D]
        return out / out.norm(dim=1, keepdim=True).clamp_min(1e-9)

    @torch.inference_mode()
    def embed_condensed(self, wave: FloatArray) -> FloatArray:
        """[S] samples of :func:`condense` -> [D]."""
        starts = partial_starts(len(wave))
        end = (starts[-1] + _PARTIAL) * _STEP
        padded = np.pad(wave, (0, max(0, end - len(wave))))
        mel = self.mel(torch.from_numpy(np.ascontiguousarray(padded, np.float32))).T  # [F, M]
        windows = torch.stack([mel[at : at + _PARTIAL] for at in starts])  # [N, 160, M]
        mean = self(windows).mean(0)
        unit: FloatArray = (mean / mean.norm().clamp_min(1e-9)).numpy()
        return unit

    def embed(self, samples: FloatArray, rate_hz: int = RATE_HZ) -> FloatArray | None:
        """[S] samples -> [D]; None when there are less than 0.3 s of sound to look at."""
        wave = condense(samples, rate_hz)
        return None if len(wave) < 0.3 * RATE_HZ else self.embed_condensed(wave)

    def embed_all(
        self, waves: Sequence[FloatArray], rate_hz: int = RATE_HZ
    ) -> list[FloatArray | None]:
        """:meth:`embed` of each, on one thread: the steps of so small an LSTM are dearer to share
        than to compute (measured: 7 s instead of 54 s beside a running training)."""
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            return [self.embed(wave, rate_hz) for wave in waves]
        finally:
            torch.set_num_threads(threads)
