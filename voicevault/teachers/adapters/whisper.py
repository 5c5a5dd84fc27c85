# SPDX-License-Identifier: GPL-3.0-or-later
"""Whisper writes down what it hears, through faster-whisper, from a folder and nothing else.

faster-whisper asks a hub for a tokenizer that is missing, so its folder is looked at first. It
decodes speech in windows of 30 s; longer recordings are cut where they are quietest. Decoding is
deterministic: a beam of five, whose five hypotheses are kept, and no sampling when they are poor:
a poor transcript says so by its confidence.

Shapes: B windows, S samples, M mel bins, F frames of 10 ms, T tokens, V vocabulary.
"""

from __future__ import annotations

import importlib
import math
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from voicevault import paths
from voicevault.errors import MissingExtra, UsageError, VoiceVaultError
from voicevault.teachers.adapters.lesson import OutOfMemory
from voicevault.teachers.adapters.memory import MEGABYTE, Probe, available_bytes, require_memory
from voicevault.teachers.adapters.whisper_windows import Window, cut, joined, too_long
from voicevault.teachers.adapters.whisper_words import silenced, to_words, token_times, tokenizer
from voicevault.teachers.layout import check, layout_of
from voicevault.teachers.protocols import (
    HeardWord,
    Hypothesis,
    OpenedTeacher,
    Recording,
    SoftTokens,
    Transcript,
)

WINDOW_FRAMES = 3_000
BEAM = 5
MAX_TOKENS = 448
"""Of Whisper's decoder, the prompt among them."""
BATCH = 8

# Peak memory of loading and decoding, by the size of model.bin as published (float16). Measured
# with networks of the real sizes and random weights, int8 and float32 on a CPU: 75 MB took 249 and
# 438 MB, 145 MB took 347 and 636, 483 MB took 678 and 2097, 1526 MB took 1972 in int8.
_LIGHT, _HEAVY = 1.15, 4.0
_LIBRARIES_BYTES = 250 * MEGABYTE


@dataclass(frozen=True, slots=True)
class Place:
    """Where a teacher computes."""

    device: str
    compute_type: str
    reason: str


class WhisperTeacher:
    """An AsrTeacher. Holds the network; nothing of what it hears is kept."""

    def __init__(
        self,
        opened: OpenedTeacher,
        *,
        device: str = "auto",
        compute_type: str = "auto",
        threads: int = 0,
        language: str = "en",
        probe: Probe = available_bytes,
    ) -> None:
        """Load it.

        Args:
            device: auto, cpu or cuda.
            compute_type: auto (int8 on a CPU, float16 on a GPU), or one that CTranslate2 has here.
            threads: of a CPU; 0 leaves it to CTranslate2.
            language: of the recordings; it is not guessed.

        Raises:
            MissingExtra: faster-whisper is not installed.
            OutOfMemory: it does not fit.
            UsageError: no such device, compute type or language.
            VoiceVaultError: the folder is not complete, or its parts do not belong together.
        """
        check(opened.folder, layout_of("whisper-ct2"))
        self.card = opened.card
        engine, library = _libraries()
        self.place = choose(engine, device, compute_type)
        size = (opened.folder / "model.bin").stat().st_size
        require_memory(need_bytes(size, self.place), f"the teacher {self.card.name}", probe)
        with _told(f"the teacher {self.card.name}"):
            self._model: Any = library.WhisperModel(
                str(opened.folder),
                device=self.place.device,
                compute_type=self.place.compute_type,
                cpu_threads=threads,
                local_files_only=True,
            )
        self._tokens = tokenizer(self._model, opened, language)
        self._silenced = silenced(self._tokens, self._model.hf_tokenizer.get_vocab_size())
        self._engine = engine

    def label(self, audio: Recording, text: str | None = None) -> Transcript:
        """What was said; with ``text``, also how probable each of its tokens and words is.

        Raises:
            BadAudio: nothing to hear, or a text is asked about and the recording has over 30 s.
            OutOfMemory: it does not fit.
        """
        return self.label_batch([replace(audio, text=text or "")])[0]

    def label_batch(self, batch: Sequence[Recording]) -> list[Transcript]:
        """The same for several at once; each is asked about its own ``text``, where it has one."""
        windows = [one for at, audio in enumerate(batch) for one in cut(at, audio)]
        heard: list[list[tuple[Window, Transcript]]] = [[] for _ in batch]
        for start in range(0, len(windows), BATCH):
            part = windows[start : start + BATCH]
            for window, transcript in zip(part, self._hear(part), strict=True):
                heard[window.owner].append((window, transcript))
        return [joined(pieces) for pieces in heard]

    def soft_tokens(self, audio: Recording) -> SoftTokens:
        """Its most probable tokens, one by one, and what else each might have been.

        Raises:
            BadAudio: nothing to hear, or over 30 s.
        """
        windows = list(cut(0, audio))
        if len(windows) > 1:
            raise too_long(audio)
        with _told("soft labels"):
            [result] = self._model.model.generate(
                self._encoded(windows), [self._prompt], beam_size=1, max_length=MAX_TOKENS,
                return_logits_vocab=True, suppress_blank=False, suppress_tokens=[],
            )  # fmt: skip
        views = [np.array(self._on_cpu(view), dtype=np.float32) for view in result.logits[0]]
        scores = np.stack(views)  # [T, V], not yet normalised
        scores -= scores.max(axis=-1, keepdims=True)
        scores -= np.log(np.exp(scores).sum(axis=-1, keepdims=True))
        return SoftTokens(tuple(int(one) for one in scores.argmax(axis=-1)), scores)

    # helpers

    @property
    def _prompt(self) -> list[int]:
        return [*self._tokens.sot_sequence, self._tokens.no_timestamps]

    def _hear(self, windows: Sequence[Window]) -> list[Transcript]:
        with _told("transcribing"):
            encoded = self._encoded(windows)
            results = self._model.model.generate(
                encoded, [self._prompt] * len(windows), beam_size=BEAM, num_hypotheses=BEAM,
                max_length=MAX_TOKENS, return_scores=True, return_no_speech_prob=True,
                suppress_blank=True, suppress_tokens=self._silenced,
            )  # fmt: skip
            best = [list(one.sequences_ids[0]) for one in results]
            asked = [self._tokens.encode(f" {one.text}") if one.text else [] for one in windows]
            words = self._aligned(encoded, best, windows)
            checked = self._aligned(encoded, asked, windows)
        return [
            self._transcript(result, found, probable)
            for result, (found, _), probable in zip(results, words, checked, strict=True)
        ]

    def _transcript(
        self,
        result: Any,
        words: tuple[HeardWord, ...],
        asked: tuple[tuple[HeardWord, ...], tuple[float, ...]],
    ) -> Transcript:
        hypotheses: dict[str, Hypothesis] = {}
        for tokens, score in zip(result.sequences_ids, result.scores, strict=True):
            text = self._tokens.decode(tokens).strip()
            # CTranslate2 divides by the tokens without the end, whose probability it counts.
            mean = score * len(tokens) / (len(tokens) + 1)
            hypotheses.setdefault(text, Hypothesis(text, mean))
        ranked = sorted(hypotheses.values(), key=lambda one: -one.score)
        return Transcript(
            text=ranked[0].text,
            words=words,
            confidence=math.exp(min(ranked[0].score, 0.0)),
            hypotheses=tuple(ranked),
            token_probabilities=asked[1],
            asked=asked[0],
            no_speech=float(result.no_speech_prob),
        )

    def _encoded(self, windows: Sequence[Window]) -> Any:
        features = np.zeros((len(windows), self._model.model.n_mels, WINDOW_FRAMES), np.float32)
        for row, window in zip(features, windows, strict=True):
            found = self._model.feature_extractor(window.samples)[:, :WINDOW_FRAMES]  # [M, F]
            row[:, : found.shape[1]] = found
        return self._model.encode(features)

    def _aligned(
        self, encoded: Any, texts: Sequence[list[int]], windows: Sequence[Window]
    ) -> list[tuple[tuple[HeardWord, ...], tuple[float, ...]]]:
        """Words of each text with times and probabilities, and the tokens' probabilities."""
        if not any(texts):
            return [((), ())] * len(texts)
        nothing = self._tokens.encode(" .")  # an empty text has no path; its result is left out
        frames = [min(WINDOW_FRAMES, max(2, round(one.seconds * 100))) for one in windows]
        results = self._model.model.align(
            encoded, self._tokens.sot_sequence, [one or nothing for one in texts], frames
        )
        out: list[tuple[tuple[HeardWord, ...], tuple[float, ...]]] = []
        for tokens, result, window in zip(texts, results, windows, strict=True):
            if not tokens:
                out.append(((), ()))
                continue
            probable = tuple(min(1.0, float(one)) for one in result.text_token_probs)
            begins = token_times(result.alignments, len(tokens), window.seconds)
            out.append((to_words(self._tokens, tokens, probable, begins, window.start_s), probable))
        return out

    def _on_cpu(self, view: Any) -> Any:
        if self.place.device == "cpu":
            return view
        return view.to_device(self._engine.Device.cpu)


def choose(engine: Any, device: str, compute_type: str) -> Place:
    """Where to compute, and why there.

    Raises:
        UsageError: no such device or compute type here.
    """
    if device not in ("auto", "cpu", "cuda"):
        raise UsageError(f"no device {device!r}; auto, cpu and cuda are possible for this teacher")
    gpus = engine.get_cuda_device_count()
    if device == "cuda" and not gpus:
        raise UsageError(
            "no GPU that CTranslate2 can use is here", hint="device cpu works anywhere"
        )
    chosen = "cuda" if gpus and device != "cpu" else "cpu"
    why = "as asked" if device != "auto" else "a GPU is here" if gpus else "no GPU is here"
    here = engine.get_supported_compute_types(chosen)
    if compute_type == "auto":
        wanted = ("float16", "int8_float16") if chosen == "cuda" else ("int8",)
        compute_type = next((one for one in wanted if one in here), "float32")
    if compute_type not in here:
        raise UsageError(f"{chosen} has no {compute_type!r}; it has {', '.join(sorted(here))}")
    return Place(chosen, compute_type, why)


def need_bytes(model_bytes: int, place: Place) -> int:
    """Memory for a model.bin of this size, above what was seen with networks of the real sizes."""
    factor = _HEAVY if place.device == "cpu" and place.compute_type == "float32" else _LIGHT
    return int(factor * model_bytes) + _LIBRARIES_BYTES


def _libraries() -> tuple[Any, Any]:
    """CTranslate2 and faster-whisper, told to stay at home before they are imported."""
    os.environ.update(paths.OFFLINE_SWITCHES)
    try:
        return importlib.import_module("ctranslate2"), importlib.import_module("faster_whisper")
    except ModuleNotFoundError as error:
        raise MissingExtra(f"this teacher needs {error.name}", extra="teachers") from error


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Turn what CTranslate2 raises into errors for people."""
    try:
        yield
    except MemoryError as error:
        raise OutOfMemory(f"{what}: the memory is used up", hint=_SMALLER) from error
    except (RuntimeError, ValueError) as error:
        said = str(error)
        if "out of memory" in said.lower() or "bad_alloc" in said:
            raise OutOfMemory(f"{what}: the memory is used up", hint=_SMALLER) from error
        raise VoiceVaultError(f"{what}: {said}") from error


_SMALLER = "close other programs, or use a smaller teacher"
