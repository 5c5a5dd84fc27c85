# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech to text with onnxruntime and numpy: words, when they were said, how sure they are.

Shapes: S samples, T feature frames (10 ms), L frames out (40 ms), V pieces.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from voicevault.audio.files import resample
from voicevault.data.fbank import RATE_HZ, kaldi_fbank
from voicevault.data.features import FloatArray
from voicevault.errors import UsageError
from voicevault.runtime.base_files import base_file, base_index
from voicevault.runtime.beam import Search, greedy, place, prefix_beam
from voicevault.runtime.words import WordModel, read_words
from voicevault.text.pieces import START, Pieces, read_tokens

MODEL, TOKENS, WORDS = "asr.onnx", "asr_tokens.txt", "asr_words.txt.gz"
FRAME_MS = 40
UNSURE = 0.5
"""A word less sure than this is worth a second look: it is wrong more often than right."""
LONGEST_S = 180.0
"""Attention looks at everything at once: memory grows with the square of the length."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How sure a word is, from the ln-probabilities of its pieces: a logistic regression."""

    constant: float = 2.0
    mean: float = 1.5
    """Weight of the mean over the word's pieces."""
    worst: float = 0.5
    """Weight of the least of them."""

    def confidence(self, chances: Sequence[float]) -> float:
        """Probability that the word is right, from its pieces' ln-probabilities."""
        x = self.constant + self.mean * sum(chances) / len(chances) + self.worst * min(chances)
        return 1.0 / (1.0 + math.exp(-min(max(x, -30.0), 30.0)))


@dataclass(frozen=True, slots=True)
class HeardWord:
    """One word of a recording."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float
    """Calibrated: of words with 0.8, four of five are right."""
    chances: tuple[float, ...]
    """ln-probability of each piece where it sounds: what the confidence is made from."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """What was said."""

    text: str
    words: tuple[HeardWord, ...]


class Recogniser:
    """An exported recogniser. Does: text, times, confidence. Does not: train, store, capitalise."""

    def __init__(
        self,
        model: bytes,
        tokens: str,
        *,
        words: WordModel | None = None,
        calibration: Calibration | None = None,
    ) -> None:
        """``model``: ONNX file of the ``zipformer_ctc`` contract; ``tokens``: its tokens.txt.

        Raises:
            UsageError: tokens and model do not belong together.
        """
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(model, options, ["CPUExecutionProvider"])
        self._names = [i.name for i in self._session.get_inputs()]
        self.pieces: Pieces = read_tokens(tokens)
        answers = self._session.get_outputs()[0].shape[-1]
        if answers != len(self.pieces):
            raise UsageError(
                f"the model answers {answers} pieces, tokens.txt has {len(self.pieces)}"
            )
        self._words, self._calibration = words, calibration or Calibration()

    @classmethod
    def load(cls, *, words: bool = True) -> "Recogniser":
        """The shipped recogniser, with its word pairs or without.

        Raises:
            VoiceVaultError: a file of the base is missing or damaged.
        """
        model, constants = base_file(MODEL), base_index()["recogniser"]
        return cls(
            model,
            base_file(TOKENS).decode("utf-8"),
            words=read_words(base_file(WORDS)) if words else None,
            calibration=Calibration(*constants["calibration"]),
        )

    def log_probs(self, features: FloatArray) -> FloatArray:
        """[L, V] of Kaldi features [T, 80]."""
        if not len(features):
            return np.zeros((0, len(self.pieces)), np.float32)
        lengths = np.array([len(features)], np.int64)
        feed = dict(zip(self._names, (features[None], lengths), strict=True))
        out: FloatArray = self._session.run(None, feed)[0][0]
        return out

    def recognise(
        self, samples: FloatArray, rate_hz: int = RATE_HZ, *, search: Search | None = None
    ) -> Recognised:
        """Words of a recording [S]: by beam where word chances were given, else greedily.

        Raises:
            UsageError: longer than LONGEST_S.
        """
        if len(samples) > LONGEST_S * rate_hz:
            raise UsageError(
                f"{len(samples) / rate_hz:.0f} s at once; at most {LONGEST_S:.0f} s",
                hint="cut the recording at a pause",
            )
        features = kaldi_fbank(resample(samples, rate_hz, RATE_HZ))
        return self.recognise_features(features, search=search)

    def recognise_features(
        self, features: FloatArray, *, search: Search | None = None
    ) -> Recognised:
        """The same from Kaldi features [T, 80] (``data.fbank``)."""
        log_probs = self.log_probs(features)
        if self._words is None:
            ids = greedy(log_probs)
        else:
            ids = prefix_beam(log_probs, self.pieces, self._words, search)
        return self._described(log_probs, ids)

    def _described(self, log_probs: FloatArray, ids: Sequence[int]) -> Recognised:
        """Times and confidence of pieces ``ids`` in [L, V]."""
        places = place(log_probs, ids)
        words: list[HeardWord] = []
        letters, first, last, chances = "", 0, 0, list[float]()

        def finish() -> None:
            if letters:
                sure = self._calibration.confidence(chances)
                times = int(first) * FRAME_MS, (int(last) + 1) * FRAME_MS
                words.append(HeardWord(letters, *times, sure, tuple(chances)))

        for piece, (start, end) in zip(ids, places, strict=True):
            text = self.pieces.pieces[piece]
            if text.startswith(START):
                finish()
                letters, first, chances = "", start, []
            letters += text.removeprefix(START)
            last = end
            chances.append(float(log_probs[start : end + 1, piece].max()))
        finish()
        return Recognised(" ".join(word.text for word in words), tuple(words))
