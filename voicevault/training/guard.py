# SPDX-License-Identifier: GPL-3.0-or-later
"""The intelligibility guard: a tuned voice must still say what it is told.

Mel loss does not see lost words: a voice tuned on 35 seconds can come closer to its owner's sound
and say "seventy" as "seven". So the student speaks fixed sentences, the aligner (which it was not
trained against) says how certain it is of the phonemes, and the tuned weights are blended back
towards the untuned ones until that is near enough to where it started. Blending fine-tuned with
original weights: Wortsman et al. 2022 (arXiv 2109.01903).
"""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch

from voicevault.data.features import FloatArray, prepare
from voicevault.runtime.align import Aligner
from voicevault.students.tts import TtsStudent
from voicevault.text.frontend import utterance_phonemes
from voicevault.text.symbols import framed_ids

SENTENCES = (
    "The quick ferry leaves the island at a quarter past seven.",
    "Could you please bring me a glass of water and my blue jacket?",
    "Thirty children were watching the juggler behind the old theatre.",
    "Yes, I think we should join them for a measure of good music.",
    "My young cousin chose a rough path through the shadowy garden.",
    "Nothing here belongs to us, so leave the boxes where you found them.",
)

BLENDS = (1.0, 0.85, 0.7, 0.5, 0.3)


@dataclass(frozen=True, slots=True)
class GuardResult:
    """What the guard decided."""

    blend: float
    """Share of the tuned weights kept: 1.0 is all."""
    reference: float
    """Certainty (nats a frame) before tuning."""
    score: float
    """Certainty of what is kept."""


def say(student: TtsStudent, espeak_voice: str) -> Iterator[tuple[list[str], FloatArray]]:
    """Phonemes and waveform [S] of each fixed sentence, said by a folded student.

    The breath is drawn from a fixed seed: guard and level come out the same in a resumed run.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        for text in SENTENCES:
            phonemes = utterance_phonemes(text, espeak_voice)
            ids = torch.tensor([framed_ids(phonemes)], device=student.level.device)
            yield phonemes, student.speak(ids)[0].float().cpu().numpy()


def certainty(student: TtsStudent, aligner: Aligner, espeak_voice: str) -> float:
    """Mean log-posterior a letter of the fixed sentences as ``student`` (folded) says them."""
    scores = []
    for phonemes, wave in say(student, espeak_voice):
        speech = prepare(wave, student.rate_hz)
        scores.append(aligner.align(speech, phonemes).score if len(speech) else -10.0)
    return float(np.mean(scores))


def loudest(student: TtsStudent, espeak_voice: str) -> float:
    """Peak (99.95th percentile of |sample|) of the fixed sentences, before ``level``."""
    return max(float(np.percentile(np.abs(wave), 99.95)) for _, wave in say(student, espeak_voice))


@torch.no_grad()
def blend_back(
    student: TtsStudent, untuned: TtsStudent, score: Callable[[TtsStudent], float], margin: float
) -> GuardResult:
    """Blend ``student``'s acoustic weights, in place, as far back as the guard asks."""
    reference = score(untuned)
    tuned = copy.deepcopy(student.acoustic.state_dict())
    start = untuned.acoustic.state_dict()
    best = (-np.inf, BLENDS[-1])
    for share in BLENDS:
        student.acoustic.load_state_dict({k: start[k].lerp(tuned[k], share) for k in tuned})
        now = score(student)
        best = max(best, (now, share))
        if now >= reference - margin:
            return GuardResult(share, reference, now)
    # None is near enough: keep the most certain of them.
    share = best[1]
    student.acoustic.load_state_dict({k: start[k].lerp(tuned[k], share) for k in tuned})
    return GuardResult(share, reference, best[0])
