# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a recording says the sentence that was drawn, down to its three random words.

The sentence as a whole is judged like a take (`audio.qc`). That does not tell one short word from
another, so each random word has to win against the whole list it was drawn from, in the stretch
of sound where the alignment puts it: a recording with other words has to be lucky three times.

Shapes: F frames, K symbols.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np

from voicevault.audio import qc
from voicevault.audio.files import decode
from voicevault.audio.qc import TextCheck
from voicevault.audio.reasons import Reason
from voicevault.consents.record import Challenge
from voicevault.consents.sentence import WORDS
from voicevault.data.features import FloatArray, prepare
from voicevault.errors import BadAudio, Refused
from voicevault.runtime.align import SILENCE, Aligner, alignment, viterbi
from voicevault.text.frontend import utterance_phonemes
from voicevault.text.symbols import BOS, EOS, SYMBOLS, framed_ids

FRAMES_AROUND = 3
"""Of 12.5 ms: the edges of a word are not sure to the frame."""
BETTER_ALLOWED = 3
"""So many of the other words may fit better: see DECISIONS.md for how often that happens."""
MAX_S = 60.0
_WHERE = (-4, -3, -1)
"""The random words among the groups of a sentence that ends "ONE, TWO and THREE"."""
_PAUSES = frozenset((SILENCE, SYMBOLS[BOS], SYMBOLS[EOS]))


def listen(audio: bytes, challenge: Challenge, aligner: Aligner) -> tuple[FloatArray, int]:
    """Samples [S] and rate in Hz of a recording that says the sentence.

    Raises:
        Refused: it does not, with the one reason and the one thing to do.
    """
    try:
        clip = decode(audio, name="the recording of the sentence")
    except BadAudio as error:
        raise Refused(f"not a consent: {error.message}", hint=error.hint) from error
    if clip.duration_s > MAX_S:
        raise Refused(
            f"not a consent: {clip.duration_s:.0f} s long; up to {MAX_S:.0f} s can be",
            hint="record the sentence alone",
        )
    check = TextCheck(aligner, utterance_phonemes, prepare)
    verdict = qc.judge(clip.samples, clip.rate_hz, challenge.text, check=check)
    if verdict.status == "redo":
        reason = verdict.reason.text
        if verdict.reason is Reason.WORDS:
            reason = "it does not say the sentence"
        raise Refused(f"not a consent: {reason}", hint=verdict.advice)
    lost = unheard(prepare(clip.samples, clip.rate_hz), challenge, aligner)
    if lost:
        raise Refused(
            "not a consent: it does not say the drawn word " + " or ".join(map(repr, lost)),
            hint="say the sentence as it is shown, the last three words clearly",
        )
    return clip.samples, clip.rate_hz


def unheard(wave: FloatArray, challenge: Challenge, aligner: Aligner) -> list[str]:
    """The random words that a prepared waveform [S] does not say."""
    posteriors = aligner.log_posteriors(wave)  # [F, K]
    scores = posteriors - aligner.log_prior
    ids = framed_ids(utterance_phonemes(challenge.text))
    spans = _groups(ids, alignment(posteriors, scores, ids).durations)
    lost = []
    for word, at in zip(challenge.words, _WHERE, strict=True):
        begin, end = spans[at]
        stretch = scores[max(0, begin - FRAMES_AROUND) : end + FRAMES_AROUND]
        own = _fit(stretch, _ids(word))
        better = sum(_fit(stretch, _ids(one)) > own for one in WORDS if one != word)
        if better > BETTER_ALLOWED:
            lost.append(word)
    return lost


def _groups(ids: Sequence[int], durations: Sequence[int]) -> list[tuple[int, int]]:
    """First frame and end of each run of letters between pauses: of each word, as it is spoken."""
    found: list[tuple[int, int]] = []
    frame, begin = 0, -1
    for symbol, length in zip(ids, durations, strict=True):
        if symbol in _PAUSES:
            if begin >= 0:
                found.append((begin, frame))
            begin = -1
        elif begin < 0:
            begin = frame
        frame += length
    return found


def _fit(scores: FloatArray, ids: Sequence[int]) -> float:
    """Mean of [F, K] scores along the best path of ``ids``."""
    durations = viterbi(scores, ids)
    if int(durations.sum()) != len(scores):
        return float("-inf")
    columns = np.repeat([SILENCE if one in _PAUSES else one for one in ids], durations)
    return float(scores[np.arange(len(scores)), columns].mean())


@functools.lru_cache(maxsize=len(WORDS))
def _ids(word: str) -> tuple[int, ...]:
    return tuple(framed_ids(utterance_phonemes(word)))
