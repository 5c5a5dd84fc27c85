# SPDX-License-Identifier: GPL-3.0-or-later
"""The monotonic search, on posteriors made by hand."""

import itertools

import numpy as np
import pytest

from voicevault.runtime.align import SILENCE, alignment, viterbi
from voicevault.text.symbols import SYMBOLS, framed_ids


def posteriors_of(sequence: list[int], certainty: float = 0.9) -> np.ndarray:
    """[F, K] log-posteriors that say ``sequence`` [F], each frame with ``certainty``."""
    out = np.full((len(sequence), len(SYMBOLS)), (1 - certainty) / (len(SYMBOLS) - 1))
    out[np.arange(len(sequence)), sequence] = certainty
    return np.log(out).astype(np.float32)


def test_finds_the_times_it_was_given() -> None:
    ids = framed_ids(list("hˈat ten"))
    h, a, t, e, n = (SYMBOLS[s] for s in "haten")
    truth = [SILENCE] * 4 + [h] * 3 + [a] * 6 + [t] * 2 + [SILENCE] * 5 + [t] + [e] * 4 + [n] * 3
    durations = viterbi(posteriors_of(truth), ids)
    #               BOS h  ˈ  a  t  sp t  e  n  EOS
    assert list(durations) == [4, 3, 0, 6, 2, 5, 1, 4, 3, 0]
    assert durations.sum() == len(truth)


def test_is_the_best_of_all_paths() -> None:
    ids = framed_ids(list("a b"))
    random = np.random.default_rng(3)
    scores = random.standard_normal((7, len(SYMBOLS))).astype(np.float32)
    columns = [SILENCE, SYMBOLS["a"], SILENCE, SYMBOLS["b"], SILENCE]

    def value(lengths: tuple[int, ...]) -> float:
        names = np.repeat(columns, lengths)
        return float(scores[np.arange(7), names].sum())

    valid = [
        lengths
        for lengths in itertools.product(range(8), repeat=5)
        if sum(lengths) == 7 and lengths[1] and lengths[3]
    ]
    best = max(valid, key=value)
    assert tuple(viterbi(scores, ids)) == best


@pytest.mark.parametrize("frames", [0, 1, 2])
def test_too_few_frames_do_not_crash(frames: int) -> None:
    ids = framed_ids(list("hat"))
    scores = np.zeros((frames, len(SYMBOLS)), np.float32)
    assert viterbi(scores, ids).sum() == frames


def test_wrong_words_score_worse() -> None:
    spoken = [SYMBOLS[s] for s in "hhhaaattt"]
    log_posteriors = posteriors_of(spoken)
    right = alignment(log_posteriors, log_posteriors, framed_ids(list("hat")))
    wrong = alignment(log_posteriors, log_posteriors, framed_ids(list("dog")))
    assert right.score > -0.2
    assert wrong.score < right.score - 3
