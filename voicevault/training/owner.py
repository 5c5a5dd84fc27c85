# SPDX-License-Identifier: GPL-3.0-or-later
"""The owner's takes as training items: prepared, aligned, and the unusable ones named."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from voicevault.data.dataset import Source, Utterance
from voicevault.data.features import HOP, RATE_HZ, active_frames, prepare_cut
from voicevault.data.highband import high_band
from voicevault.errors import BadDataset, Cancelled
from voicevault.events import Progress, Warned
from voicevault.runtime.align import Aligner
from voicevault.text.frontend import utterance_phonemes
from voicevault.training.context import Context
from voicevault.training.items import Item, make_item

WORST_SCORE = -3.5
"""Mean log-posterior below which the sound is not the text; the same limit as for the base."""

LEAST_SPEECH_S = 8.0
LONGEST_S = 30.0


@dataclass(slots=True)
class OwnerData:
    """What can be learnt from, and what was left out and why."""

    train: list[Item] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    made: dict[Source, list[Item]] = field(default_factory=lambda: {"taught": [], "replay": []})
    """What teachers said, by source."""

    @property
    def frames(self) -> int:
        """Of everything: another set of takes or lessons has another number."""
        return sum(i.frames for i in [*self.train, *self.made["taught"], *self.made["replay"]])

    @property
    def speech_s(self) -> float:
        """Seconds to train on, edges included."""
        return sum(i.frames for i in self.train) * HOP / RATE_HZ


def prepare_owner(
    utterances: Sequence[Utterance], aligner: Aligner, espeak_voice: str, ctx: Context
) -> OwnerData:
    """Prepare and align the takes.

    Raises:
        BadDataset: less than eight seconds of usable speech.
        Cancelled: asked to stop; nothing is lost, because nothing was learnt yet.
    """
    data = OwnerData()
    for done, utterance in enumerate(utterances):
        if ctx.stopping():
            raise Cancelled("stopped while preparing", hint="run the same command again")
        if done % 10 == 0:
            ctx.emit(Progress("prepare", done, len(utterances)))
        if utterance.split != "train":  # held back: they measure the voice, they do not make it
            continue
        item = prepare_one(utterance, aligner, espeak_voice)
        if isinstance(item, str):
            data.rejected.append(f"take {utterance.id[:8]}: {item}")  # as `takes list` names it
        elif utterance.source != "real":
            data.made[utterance.source].append(item)
        else:
            data.train.append(item)
    for reason in data.rejected:
        ctx.emit(Warned(f"left out {reason}"))
    if data.speech_s < LEAST_SPEECH_S:
        raise BadDataset(
            f"{data.speech_s:.0f} s of usable speech in {len(utterances)} takes; "
            f"at least {LEAST_SPEECH_S:.0f} s are needed",
            hint="record or import more sentences; ten make a first voice",
        )
    return data


def prepare_one(utterance: Utterance, aligner: Aligner, espeak_voice: str) -> Item | str:
    """One take as an item, or why not."""
    wave, cut = prepare_cut(utterance.samples, utterance.rate_hz)
    seconds = len(wave) / RATE_HZ
    if cut is None or not 0.4 <= seconds <= LONGEST_S:
        return f"{seconds:.1f} s of speech found; 0.4 to {LONGEST_S:.0f} s can be used"
    phonemes = utterance_phonemes(utterance.text, espeak_voice)
    if not phonemes:
        return "its text has nothing to say"
    wave = wave[: len(wave) // HOP * HOP]
    found = aligner.align(wave, phonemes)
    if found.score < WORST_SCORE:
        return f"the words do not match the sound (score {found.score:.1f})"
    item = make_item(wave, found.ids, found.durations)
    item.high = high_band(utterance.samples, utterance.rate_hz, cut, active_frames(wave))
    return item


def pick_batch(items: Sequence[Item], frames: int, random: np.random.Generator) -> list[Item]:
    """Items of about ``frames`` frames together, in random order, each at most once."""
    batch: list[Item] = []
    longest = 0
    for index in random.permutation(len(items)):
        item = items[int(index)]
        longest = max(longest, item.frames)
        if batch and longest * (len(batch) + 1) > frames:
            break
        batch.append(item)
    return batch
