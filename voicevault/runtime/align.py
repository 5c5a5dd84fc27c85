# SPDX-License-Identifier: GPL-3.0-or-later
"""Forced alignment without torch: the shipped aligner and a monotonic Viterbi search.

Shapes: F frames, T tokens (framed symbols), N states, K classes (= symbol ids), S samples.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from voicevault.data.features import FloatArray, log_mel
from voicevault.runtime.base_files import base_file
from voicevault.text.symbols import BOS, EOS, SPACE, SYMBOLS, TIMELESS, framed_ids

MODEL, PRIOR = "aligner.onnx", "aligner_log_prior.f32"
"""Names in the shipped base."""
SILENCE = SYMBOLS[SPACE]
_SILENT = frozenset((SILENCE, SYMBOLS[BOS], SYMBOLS[EOS]))
_NEVER = np.float32(-1e9)


@dataclass(frozen=True, slots=True)
class Alignment:
    """Where each symbol of an utterance sounds."""

    ids: tuple[int, ...]
    """[T] framed symbol ids: BOS, canonical phonemes, EOS."""

    durations: tuple[int, ...]
    """[T] frames of 12.5 ms; their sum is F. Punctuation and modifiers have 0, silences may."""

    token_scores: tuple[float, ...]
    """[T] mean log-posterior a frame of each letter; 0 for tokens without frames."""

    score: float
    """Mean of the letters' scores: near 0 is certain, far below says other words were spoken."""


def viterbi(scores: FloatArray, ids: Sequence[int]) -> npt.NDArray[np.int64]:
    """Best monotonic assignment of frames to tokens.

    Args:
        scores: [F, K] score of each symbol in each frame (posterior over prior, say).
        ids: [T] framed symbol ids. Letters take at least one frame, silences (BOS, space, EOS) may
            take none, the rest takes none.

    Returns:
        [T] frames a token, summing to F. When there are fewer frames than letters, the letters
        share them as far as they go (the caller sees a useless score then).
    """
    states = [t for t, i in enumerate(ids) if i not in TIMELESS]
    optional = np.array([ids[t] in _SILENT for t in states])
    columns = np.array([SILENCE if ids[t] in _SILENT else ids[t] for t in states])
    frames, count = len(scores), len(states)
    durations = np.zeros(len(ids), np.int64)
    if frames < int((~optional).sum()):
        durations[[t for t, o in zip(states, optional, strict=True) if not o][:frames]] = 1
        return durations
    emit = scores[:, columns]  # [F, N]
    best = np.full(count, _NEVER, np.float32)
    best[0] = emit[0, 0]
    if optional[0] and count > 1:
        best[1] = emit[0, 1]
    step = np.zeros((frames, count), np.int8)  # 0 stay, 1 from the one before, 2 over a silence
    can_skip = np.zeros(count, bool)
    can_skip[2:] = optional[1:-1]
    one, two = np.full(count, _NEVER, np.float32), np.full(count, _NEVER, np.float32)
    for f in range(1, frames):
        one[1:] = best[:-1]
        two[2:] = np.where(can_skip[2:], best[:-2], _NEVER)
        back = np.maximum(one, two)
        move = back > best
        step[f] = np.where(move, np.where(two > one, 2, 1), 0)
        best = np.where(move, back, best) + emit[f]
    state = count - 1
    if optional[-1] and count > 1 and best[-2] > best[-1]:
        state = count - 2
    for f in range(frames - 1, -1, -1):
        durations[states[state]] += 1
        state -= int(step[f, state])
    return durations


class Aligner:
    """The shipped aligner. Does: times, and how well words and sound agree. Does not: recognise."""

    def __init__(self, model: bytes, log_prior: FloatArray) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(model, options, ["CPUExecutionProvider"])
        self.log_prior = log_prior
        """[K] log of how often each symbol sounds, for posterior over prior."""

    @classmethod
    def load(cls) -> "Aligner":
        """The aligner of the shipped base.

        Raises:
            VoiceVaultError: it, or its prior, is missing or is not the one that the index names.
        """
        return cls(*_shipped())

    def log_posteriors(self, wave: FloatArray) -> FloatArray:
        """[F, K] log-probability of each symbol in each frame of a prepared waveform [S]."""
        out: FloatArray = self._session.run(None, {"log_mel": log_mel(wave)[None]})[0][0]
        return out

    def align(self, wave: FloatArray, phonemes: Sequence[str]) -> Alignment:
        """Times and agreement of ``phonemes`` in a prepared waveform [S] (``features.prepare``)."""
        ids = framed_ids(phonemes)
        posteriors = self.log_posteriors(wave)
        return alignment(posteriors, posteriors - self.log_prior, ids)


def alignment(posteriors: FloatArray, scores: FloatArray, ids: Sequence[int]) -> Alignment:
    """Viterbi on ``scores`` [F, K]; agreement read from ``posteriors`` [F, K]."""
    durations = viterbi(scores, ids)
    token_scores, start, letters = [], 0, []
    for symbol, length in zip(ids, durations, strict=True):
        score = 0.0
        if length and symbol not in _SILENT:
            score = float(posteriors[start : start + length, symbol].mean())
            letters.append(score)
        token_scores.append(score)
        start += int(length)
    total = float(np.mean(letters)) if letters else float(_NEVER)
    return Alignment(tuple(ids), tuple(int(d) for d in durations), tuple(token_scores), total)


@functools.lru_cache(maxsize=1)
def _shipped() -> tuple[bytes, FloatArray]:
    return base_file(MODEL), np.frombuffer(base_file(PRIOR), "<f4").astype(np.float32)
