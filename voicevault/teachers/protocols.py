# SPDX-License-Identifier: GPL-3.0-or-later
"""What a teacher is: it speaks a text, turns one voice into another, or writes down what it hears.

Shapes: S samples, mono float32 in [-1, 1].
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
TeacherKind = Literal["tts", "vc", "asr"]


@dataclass(frozen=True, slots=True)
class TeacherCard:
    """Who taught: it follows every run into the student's voice card."""

    name: str
    version: str
    kind: TeacherKind
    licence: str
    """SPDX identifier, or the name of a licence that has none."""
    commercial: bool
    """Whether what it makes may be used commercially."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Path inside the teacher's folder -> SHA-256."""


@dataclass(frozen=True, slots=True)
class OpenedTeacher:
    """A teacher's folder after its files were checked and its licence was accepted."""

    card: TeacherCard
    folder: Path


@dataclass(frozen=True, slots=True)
class Recording:
    """Speech in memory."""

    samples: FloatArray
    """[S]"""
    rate_hz: int
    text: str = ""
    """What was said; empty where nobody knows."""


@dataclass(frozen=True, slots=True)
class HeardWord:
    """One word as a recogniser placed it."""

    text: str
    start_s: float
    end_s: float
    probability: float


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One thing that may have been said."""

    text: str
    score: float
    """Mean log-probability a token, natural logarithm."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What a recogniser heard in one recording."""

    text: str
    words: tuple[HeardWord, ...]
    confidence: float
    """0..1: the geometric mean of its tokens' probabilities."""
    hypotheses: tuple[Hypothesis, ...] = ()
    """The n best, best first."""
    token_probabilities: tuple[float, ...] = ()
    """Of the text that was asked about (``label(..., text=...)``), token by token."""
    asked: tuple[HeardWord, ...] = ()
    """The words of that text, where they would be and how probable each is: a misread word, one
    left out, and everything after a sentence that was broken off, are improbable."""
    no_speech: float = 0.0
    """0..1: how probable it is that nobody speaks."""


@dataclass(frozen=True, slots=True)
class SoftTokens:
    """What a recogniser thought of every token it might have written, at each token it wrote."""

    tokens: tuple[int, ...]
    """[T], the most probable ones; the last is the end of the text."""
    log_probabilities: FloatArray
    """[T, V], natural logarithm, over the recogniser's own V tokens."""


class TtsTeacher(Protocol):
    """Speaks any text as the person of the reference recordings."""

    card: TeacherCard

    def synthesise(self, text: str, reference: Sequence[Recording]) -> Recording: ...


class VoiceConverter(Protocol):
    """Says the same thing, at the same times, as the person of the reference recordings."""

    card: TeacherCard

    def convert(self, audio: Recording, reference: Sequence[Recording]) -> Recording: ...


class AsrTeacher(Protocol):
    """Writes down what it hears; with ``text``, says how probable that text is."""

    card: TeacherCard

    def label(self, audio: Recording, text: str | None = None) -> Transcript: ...
