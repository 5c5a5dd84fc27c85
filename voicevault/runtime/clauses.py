# SPDX-License-Identifier: GPL-3.0-or-later
"""Cutting phonemes into clauses and joining their audio again: streaming without seams."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voicevault.text.symbols import MODIFIERS, PAUSE_MARKS, PUNCTUATION, SPACE

Samples = NDArray[np.float32]

CLAUSE_MARKS = frozenset(",;:")
SENTENCE_MARKS = frozenset(".!?")

MIN_SOUNDS = 10
"""A clause with fewer sounds is joined to a neighbour: alone, "Well," sounds clipped."""
MAX_PHONEMES = 400
"""Longer pieces (about 25 s) are cut at a space, so that memory and waiting stay bounded."""

PAUSE_S = {"clause": 0.12, "sentence": 0.32}
"""Silence between two pieces. The silence that the voice itself put at the joint counts."""
LEAD_S = 0.03
"""Quiet kept before a piece: what looks quiet may be the onset of an f or th."""
TAIL_S = 0.2
FADE_S = 0.004
FLOOR_DB = -46.0
"""Quieter than this below the peak is silence; breath and the tail of an s are above it."""

PEAK_LIMIT = 10.0 ** (-1.0 / 20.0)
"""-1 dBFS: room for the reconstruction filters of cheap sound cards and lossy codecs."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Phonemes synthesised in one call, and the pause that follows them."""

    phonemes: list[str]
    pause: str
    """"clause" or "sentence"."""


def pieces(sentences: Sequence[Sequence[str]], *, by_clause: bool) -> list[Piece]:
    """Cuts sentences into pieces: whole sentences, or clauses for an early first sound."""
    out: list[Piece] = []
    for sentence in sentences:
        parts = _clauses(sentence) if by_clause else [list(sentence)]
        short = [cut for part in parts for cut in _bounded(part)]
        short = [part for part in short if sounds(part)]
        out += [Piece(part, "clause") for part in short[:-1]]
        out += [Piece(part, "sentence") for part in short[-1:]]
    return out


def sounds(phonemes: Sequence[str]) -> int:
    """How many of the symbols are sounds (no space, mark or modifier)."""
    return sum(p != SPACE and p not in PUNCTUATION and p not in MODIFIERS for p in phonemes)


def _clauses(sentence: Sequence[str]) -> list[list[str]]:
    out: list[list[str]] = []
    current: list[str] = []
    for index, phoneme in enumerate(sentence):
        current.append(phoneme)
        # espeak puts a space after a clause mark: "10:30" inside a word is no place to cut.
        at_mark = phoneme in CLAUSE_MARKS and list(sentence[index + 1 : index + 2]) == [SPACE]
        if at_mark and sounds(current) >= MIN_SOUNDS:
            out.append(current)
            current = []
    if out and sounds(current) < MIN_SOUNDS:
        out[-1] += current
    elif current:
        out.append(current)
    return out


def _bounded(phonemes: list[str]) -> list[list[str]]:
    out: list[list[str]] = []
    while len(phonemes) > MAX_PHONEMES:
        head = phonemes[:MAX_PHONEMES]
        marks = [i + 1 for i, p in enumerate(head) if p in PAUSE_MARKS]
        gaps = [i for i, p in enumerate(head) if p == SPACE]
        late = [i for i in marks if i > MAX_PHONEMES // 2] or [i for i in gaps if i > 0]
        cut = late[-1] if late else MAX_PHONEMES
        out.append(phonemes[:cut])
        phonemes = phonemes[cut:]
    return [*out, phonemes]


class Joiner:
    """Audio of pieces in order -> audio to play: pauses of one length, no clicks, no overload.

    It never changes the inside of a piece, except for one gain when the piece is too loud.
    """

    def __init__(self, rate_hz: int, speed: float) -> None:
        self._rate_hz = rate_hz
        self._speed = speed
        self._gain = 1.0

    def add(self, audio: Samples, pause: str, *, last: bool) -> Samples:
        """Joins the next piece; ``last`` keeps its natural end instead of a pause."""
        if not audio.size:
            return audio
        peak = float(np.max(np.abs(audio)))
        # The gain never rises again within one text: later pieces must not jump up in level.
        self._gain = min(self._gain, PEAK_LIMIT / peak if peak > PEAK_LIMIT else 1.0)
        lead, tail = quiet_edges(audio, self._rate_hz)
        lead_kept = min(lead, self._count(LEAD_S))
        wanted = self._count(TAIL_S if last else PAUSE_S[pause] / self._speed - LEAD_S)
        tail_kept = min(tail, max(wanted, 0))
        body = audio[lead - lead_kept : audio.size - (tail - tail_kept)] * np.float32(self._gain)
        body = self._faded(body)
        if not last and wanted > tail_kept:
            body = np.concatenate([body, np.zeros(wanted - tail_kept, dtype=np.float32)])
        return np.clip(body, -PEAK_LIMIT, PEAK_LIMIT).astype(np.float32)

    def _count(self, seconds: float) -> int:
        return round(seconds * self._rate_hz)

    def _faded(self, audio: Samples) -> Samples:
        n = min(self._count(FADE_S), audio.size // 2)
        ramp = (0.5 - 0.5 * np.cos(np.pi * (np.arange(n) + 0.5) / max(n, 1))).astype(np.float32)
        out = audio.copy()
        out[:n] *= ramp
        out[audio.size - n :] *= ramp[::-1]
        return out


def quiet_edges(audio: Samples, rate_hz: int) -> tuple[int, int]:
    """Samples of silence at the start and at the end, in steps of 5 ms.

    A piece without any sound counts as all start.
    """
    step = max(1, rate_hz // 200)
    peak = float(np.max(np.abs(audio))) if audio.size else 0.0
    if peak == 0.0:
        return int(audio.size), 0
    count = -(-audio.size // step)
    padded = np.zeros(count * step, dtype=np.float32)
    padded[: audio.size] = np.abs(audio)
    loud = np.flatnonzero(padded.reshape(count, step).max(axis=1) > peak * 10 ** (FLOOR_DB / 20))
    return int(loud[0]) * step, max(0, audio.size - (int(loud[-1]) + 1) * step)
