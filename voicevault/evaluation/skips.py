# SPDX-License-Identifier: GPL-3.0-or-later
"""Words that a voice left out, said twice or got stuck in: found by the aligner, without a judge.

Forced alignment must give every sound a frame, so a word that was never said still gets its place:
one frame a sound, of a poor score. That is how a lost word is known. For words said twice the path
may go back, at a price, from the end of a word to the start of one of the last few, and what it
finds there must look like a word that was said. Words are those of the phonemes: espeak-ng writes
"of the" as one.

The limits were set on 57 recordings of five people (910 words) and 40 sentences of the base (330),
as they are and with words cut out or doubled. In the base's speech 7 of 8 lost words and 19 of 20
doubled ones of four sounds and more are found (4 of 5 of three). False findings: none in those 330
words, about five "repeated" and no "skipped" in another 1046, at pauses; in people's reading one in
a hundred. So one "repeated" that the judge did not hear is no proof. Words of one or two sounds
leave too little to go by: never named.

Shapes: F frames, N states (sounds, and a silence before, between and after the words), W words,
K classes (= symbol ids), S samples.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from voicevault.data.features import HOP, RATE_HZ, FloatArray, active_frames
from voicevault.runtime.align import SILENCE, Aligner
from voicevault.text.symbols import BOS, EOS, SYMBOLS, TIMELESS, framed_ids

LOST_FRAMES, LOST_SCORE = 1.75, 0.9
"""A word is lost below both: frames a sound, and mean score (nats over the prior) of its sounds."""
LEAST_SOUNDS = 3
"""Shorter words are never called lost or repeated."""
REPEAT = 20.0
"""Nats that going back costs."""
FURTHEST = 3
"""Words that it may go back over, at most."""
PAUSE = 2.0
"""Nats by which quiet frames are made silence and no sound: breath looks like some sound."""
STUCK_S = 0.6
"""A sound held for longer than this was not meant to be."""

_NEVER = -1e9
_LETTERS = {number: symbol for symbol, number in SYMBOLS.items()}
GAPS = frozenset((SILENCE, SYMBOLS[BOS], SYMBOLS[EOS]))
"""Symbols between words."""
Kind = Literal["skipped", "repeated", "stuck"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that went wrong."""

    kind: Kind
    word: str
    """Its phonemes."""
    index: int
    """Its place among the words, from 0."""
    at_s: float
    """When, in the prepared waveform."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How the words of one text were said."""

    words: tuple[str, ...]
    """[W] phonemes of each."""
    findings: tuple[Finding, ...]

    def count(self, kind: Kind) -> int:
        """Findings of one kind."""
        return sum(one.kind == kind for one in self.findings)


@dataclass(frozen=True, slots=True)
class _States:
    """The text as states: silence, sounds of word 0, silence, sounds of word 1, ..., silence."""

    columns: npt.NDArray[np.intp]  # [N] class of each state
    first: npt.NDArray[np.intp]  # [W] first sound of each word
    gaps: npt.NDArray[np.intp]  # [W + 1] the silences; gaps[w] stands before word w
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Visit:
    """One saying of a word."""

    word: int
    start: int
    """Frame."""
    lengths: tuple[int, ...]
    """Frames of each of its sounds."""
    score: float
    """Mean over the sounds of their mean score a frame."""

    @property
    def said(self) -> bool:
        """Whether there is such a word in the sound at all."""
        return float(np.mean(self.lengths)) >= LOST_FRAMES or self.score >= LOST_SCORE


def check(aligner: Aligner, wave: FloatArray, phonemes: Sequence[str]) -> Delivery:
    """How ``phonemes`` were said in a prepared waveform [S] (``features.prepare``)."""
    if not len(wave):
        return deliver(np.zeros((0, len(SYMBOLS)), np.float32), framed_ids(phonemes))
    scores = aligner.log_posteriors(wave) - aligner.log_prior
    quiet = ~active_frames(wave)
    scores[quiet] -= PAUSE
    scores[quiet, SILENCE] += 2 * PAUSE
    return deliver(scores, framed_ids(phonemes))


def deliver(scores: FloatArray, ids: Sequence[int]) -> Delivery:
    """The same from scores [F, K] (posterior over prior) and framed symbol ids."""
    states = _states(ids)
    if len(scores) < len(states.columns) - len(states.gaps):  # fewer frames than sounds
        lost = tuple(Finding("skipped", word, n, 0.0) for n, word in enumerate(states.words))
        return Delivery(states.words, lost)
    visits = list(_visits(scores, states, _walk(scores[:, states.columns], states)))
    said = {visit.word for visit in visits if visit.said}
    findings: list[Finding] = []
    heard: set[int] = set()
    for visit in visits:
        kinds: list[Kind] = []
        if len(visit.lengths) < LEAST_SOUNDS:
            pass
        elif visit.word not in said:
            kinds += ["skipped"]
        elif visit.said and visit.word in heard:
            kinds += ["repeated"]
        if visit.said:
            heard.add(visit.word)
        if max(visit.lengths) * HOP / RATE_HZ > STUCK_S:
            kinds += ["stuck"]
        at_s, word = visit.start * HOP / RATE_HZ, states.words[visit.word]
        findings += [Finding(kind, word, visit.word, at_s) for kind in kinds]
    return Delivery(states.words, tuple(findings))


def _states(ids: Sequence[int]) -> _States:
    columns, first, gaps, words = [SILENCE], [], [0], [""]
    for symbol in [*ids, SILENCE]:
        if symbol in GAPS and words[-1]:
            gaps.append(len(columns))
            columns.append(SILENCE)
            words.append("")
        elif symbol not in GAPS and symbol not in TIMELESS:
            if not words[-1]:
                first.append(len(columns))
            columns.append(symbol)
            words[-1] += _LETTERS[symbol]
    return _States(np.array(columns), np.array(first, np.intp), np.array(gaps), tuple(words[:-1]))


def _prices(words: int) -> FloatArray:
    """[W + 1, W] price of going on with word ``column`` when word ``row`` is due."""
    back = np.arange(words + 1)[:, None] - np.arange(words)[None]
    allowed = np.where((back > 0) & (back <= FURTHEST), -REPEAT, _NEVER)
    return np.where(back == 0, 0.0, allowed).astype(np.float32)


def _walk(emit: FloatArray, states: _States) -> npt.NDArray[np.intp]:
    """State of each frame [F] on the best path through ``emit`` [F, N]."""
    frames, count = emit.shape
    gaps, first = states.gaps, states.first
    prices, which = _prices(len(first)), np.arange(len(first))
    sounds = np.maximum(gaps - 1, 0)  # last sound of the word before each silence
    best = np.full(count, _NEVER, np.float32)
    best[:2] = emit[0, :2]
    came = np.zeros((frames, count), np.int32)  # state of the frame before
    here = np.arange(count)
    for f in range(1, frames):
        before = np.concatenate(([np.float32(_NEVER)], best[:-1]))
        origin = here - 1
        ends = np.where(best[gaps] >= best[sounds], gaps, sounds)  # [W + 1] word w is due
        entries = best[ends][:, None] + prices  # [W + 1, W]
        due = entries.argmax(0)
        before[first], origin[first] = entries[due, which], ends[due]
        move = before > best
        came[f] = np.where(move, origin, here)
        best = np.where(move, before, best) + emit[f]
    state = count - 1 if best[-1] >= best[-2] else count - 2
    path = np.zeros(frames, np.intp)
    for f in range(frames - 1, -1, -1):
        path[f] = state
        state = int(came[f, state])
    return path


def _visits(scores: FloatArray, states: _States, path: npt.NDArray[np.intp]) -> Iterator[_Visit]:
    """The words as the path [F] passes them."""
    starts = np.flatnonzero(np.diff(path, prepend=-1))
    runs = [
        (int(path[a]), int(a), int(b))
        for a, b in zip(starts, [*starts[1:], len(path)], strict=True)
    ]
    firsts = set(states.first.tolist())
    lengths: list[int] = []
    marks: list[float] = []
    begin = 0
    for n, (state, start, stop) in enumerate(runs):
        if states.columns[state] == SILENCE:
            continue
        if state in firsts:
            lengths, marks, begin = [], [], start
        lengths.append(stop - start)
        marks.append(float(scores[start:stop, states.columns[state]].mean()))
        following = runs[n + 1][0] if n + 1 < len(runs) else -1
        if following != state + 1 or states.columns[following] == SILENCE:
            word = int(np.searchsorted(states.first, state, "right")) - 1
            yield _Visit(word, begin, tuple(lengths), float(np.mean(marks)))
