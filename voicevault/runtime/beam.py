# SPDX-License-Identifier: GPL-3.0-or-later
"""From a recogniser's log-probabilities to pieces: greedy, or by prefix beam with word chances.

Prefix beam search after Hannun et al. 2014 (arXiv 1408.2873); the chance of a word counts when the
next one begins. Where each piece sounds is found afterwards, by aligning the winner.

Shapes: L frames of 40 ms, V pieces, N pieces of a text.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from voicevault.data.features import FloatArray
from voicevault.runtime.words import START, WordModel
from voicevault.text.pieces import START as MARK
from voicevault.text.pieces import Pieces

_NEVER = -math.inf
_SURE_BLANK = -0.02
"""ln of a blank so likely that nothing else is tried in its frame."""


@dataclass(frozen=True, slots=True)
class Search:
    """How widely to look, and how much words count against sound."""

    beam: int = 64
    candidates: int = 16
    """Pieces tried in a frame, at most."""
    floor: float = -7.0
    """ln of the least likely piece tried."""
    margin: float = 18.0
    """Prefixes this far below the best are dropped."""
    word_weight: float = 1.0
    word_bonus: float = 3.0
    """For each word: without it a language model prefers few of them."""


class _Prefix:
    """A text so far: its probability ending in blank or in its last piece, and its words."""

    __slots__ = (
        "ahead", "blank", "children", "history", "ids", "last", "next_blank", "next_piece",
        "partial", "piece", "words",
    )  # fmt: skip

    def __init__(self, ids: tuple[int, ...], last: int, history: tuple[str, ...]) -> None:
        self.ids, self.last, self.history = ids, last, history
        self.partial, self.words, self.ahead = "", 0.0, 0.0
        self.blank = self.piece = self.next_blank = self.next_piece = _NEVER
        self.children: dict[int, _Prefix] = {}

    def turn(self) -> None:
        """The next frame becomes this one."""
        self.blank, self.piece = self.next_blank, self.next_piece
        self.next_blank = self.next_piece = _NEVER


def _add(a: float, b: float) -> float:
    """ln(e^a + e^b)."""
    if a < b:
        a, b = b, a
    return a if b == _NEVER else a + math.log1p(math.exp(b - a))


def greedy(log_probs: FloatArray) -> list[int]:
    """Best piece in each frame of [L, V], repeats and blanks dropped."""
    best = log_probs.argmax(-1)
    kept = best[np.concatenate(([True], best[1:] != best[:-1]))] if len(best) else best
    return [int(i) for i in kept if i]


def prefix_beam(
    log_probs: FloatArray, pieces: Pieces, model: WordModel, search: Search | None = None
) -> list[int]:
    """Pieces of the text that sound and words together make most likely.

    Args:
        log_probs: [L, V].
        pieces: their texts.
        model: chances of words.
        search: widths and weights.
    """
    return _Beam(pieces, model, search or Search()).run(log_probs)


class _Beam:
    def __init__(self, pieces: Pieces, model: WordModel, search: Search) -> None:
        self._texts, self._model, self._search = pieces.pieces, model, search

    def run(self, log_probs: FloatArray) -> list[int]:
        root = _Prefix((), 0, (START,))
        root.blank = 0.0
        beam = [root]
        for row in log_probs:
            blank = float(row[0])
            if blank > _SURE_BLANK:
                for prefix in beam:
                    prefix.next_blank = _add(prefix.blank, prefix.piece) + blank
                    prefix.turn()
                continue
            beam = self._frame(beam, row, blank)
        best = max(beam, key=self._final)
        return list(best.ids)

    def _frame(self, beam: list[_Prefix], row: FloatArray, blank: float) -> list[_Prefix]:
        search = self._search
        order = np.argpartition(row[1:], -search.candidates)[-search.candidates :] + 1
        tried = [(int(i), float(row[i])) for i in order if row[i] > search.floor]
        active = {id(prefix): prefix for prefix in beam}
        for prefix in beam:
            total = _add(prefix.blank, prefix.piece)
            prefix.next_blank = _add(prefix.next_blank, total + blank)
            if prefix.last:
                same = prefix.piece + float(row[prefix.last])
                prefix.next_piece = _add(prefix.next_piece, same)
            for piece, chance in tried:
                child = prefix.children.get(piece)
                if child is None:
                    child = prefix.children[piece] = self._child(prefix, piece)
                before = prefix.blank if piece == prefix.last else total
                if before != _NEVER:
                    child.next_piece = _add(child.next_piece, before + chance)
                    active[id(child)] = child
        for prefix in active.values():
            prefix.turn()
        scored = [(_add(p.blank, p.piece) + p.words + p.ahead, p) for p in active.values()]
        scored.sort(key=lambda pair: pair[0], reverse=True)
        least = scored[0][0] - search.margin
        kept = [prefix for score, prefix in scored[: search.beam] if score > least]
        for _, prefix in scored[len(kept) :]:
            prefix.blank = prefix.piece = _NEVER
        return kept

    def _child(self, prefix: _Prefix, piece: int) -> _Prefix:
        """``words``: what complete words count; ``ahead``: the best that the last can become."""
        child = _Prefix((*prefix.ids, piece), piece, prefix.history)
        child.partial, child.words = prefix.partial, prefix.words
        text = self._texts[piece]
        if text.startswith(MARK):
            if prefix.partial:
                child.words += self._word(prefix)
                child.history = (*prefix.history[-2:], prefix.partial)
            child.partial = text.removeprefix(MARK)
        else:
            child.partial += text
        if child.partial:
            child.ahead = self._search.word_weight * self._model.beginning(child.partial)
        return child

    def _word(self, prefix: _Prefix) -> float:
        chance = self._model.log_chance(prefix.history, prefix.partial)
        return self._search.word_weight * chance + self._search.word_bonus

    def _final(self, prefix: _Prefix) -> float:
        words = prefix.words + (self._word(prefix) if prefix.partial else 0.0)
        return _add(prefix.blank, prefix.piece) + words


def place(log_probs: FloatArray, ids: Sequence[int]) -> npt.NDArray[np.int64]:
    """First and last frame of each piece on the best path through [L, V]; [N, 2].

    Where the text has more pieces than the sound has frames, the last pieces share the last frame.
    """
    frames, count = len(log_probs), len(ids)
    out = np.zeros((count, 2), np.int64)
    if not count or not frames:
        return out
    states = np.zeros(2 * count + 1, np.int64)  # blank, piece, blank, piece, ..., blank
    states[1::2] = ids
    skip = np.zeros(len(states), bool)
    skip[3::2] = states[3::2] != states[1:-2:2]
    emit = log_probs[:, states].astype(np.float64)
    best = np.full(len(states), -1e30)
    best[:2] = emit[0, :2]
    moves = np.zeros((frames, len(states)), np.int8)
    for frame in range(1, frames):
        one = np.concatenate(([-1e30], best[:-1]))
        two = np.where(skip, np.concatenate(([-1e30, -1e30], best[:-2])), -1e30)
        choices = np.stack((best, one, two))
        moves[frame] = choices.argmax(0)
        best = choices.max(0) + emit[frame]
    state = len(states) - 1 if best[-1] >= best[-2] else len(states) - 2
    path = np.zeros(frames, np.int64)
    for frame in range(frames - 1, -1, -1):
        path[frame] = state
        state -= int(moves[frame, state])
    last = frames - 1
    for number in range(count):
        found = np.flatnonzero(path == 2 * number + 1)
        out[number] = (found[0], found[-1]) if len(found) else (last, last)
    return out
