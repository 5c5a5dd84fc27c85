# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes as a recogniser's training reads them: features, words and phonemes, in memory only.

Shapes: T feature frames of 10 ms.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from voicevault.data.dataset import Source, Utterance
from voicevault.data.fbank import kaldi_fbank
from voicevault.data.features import RATE_HZ, FloatArray, prepare_cut
from voicevault.errors import BadDataset, Cancelled
from voicevault.events import Progress, Warned
from voicevault.runtime.align import Aligner
from voicevault.text.frontend import utterance_phonemes
from voicevault.text.pieces import words_of
from voicevault.training.base.listening import Spoken
from voicevault.training.context import Context
from voicevault.training.owner import LEAST_SPEECH_S, LONGEST_S, WORST_SCORE

OTHERS = "others"
"""Speaker of everything that the shipped voices said; whoever else is named by a source."""
_NO_LETTERS = re.compile(r"[\d&%+=@#$\u00a3\u20ac]")


@dataclass(slots=True)
class MemoryShelf:
    """Speech in memory with the face of ``training.base.listening.Shelves``."""

    records: list[Spoken] = field(default_factory=list)
    _features: list[FloatArray] = field(default_factory=list)

    def add(self, features: FloatArray, spoken: Spoken) -> None:
        """One more utterance of features [T, 80]."""
        self.records.append(replace(spoken, frames=len(features)))
        self._features.append(features)

    def features(self, number: int) -> FloatArray:
        """[T, 80] of an utterance."""
        return self._features[number]

    @property
    def frames(self) -> int:
        """Of everything: another set of takes has another number."""
        return sum(record.frames for record in self.records)

    def seconds(self, speaker: str) -> float:
        """Of speech by one source."""
        return sum(one.frames for one in self.records if one.speaker == speaker) / 100

    def numbers(self, *speakers: str) -> list[int]:
        """Places of what these said."""
        return [i for i, one in enumerate(self.records) if one.speaker in speakers]


def said_words(text: str) -> list[str]:
    """The words of ``text`` as a recogniser writes them; accents fall off their letters.

    Empty where it cannot write them: numerals and signs are said in words that the text does not
    tell, and letters that are not Latin are none of its own.
    """
    flat = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    if _NO_LETTERS.search(flat):
        return []
    words = words_of(flat)
    letters = sum(c.isalpha() for c in flat)
    return words if letters == sum(c.isalpha() for word in words for c in word) else []


def hear_takes(
    utterances: Sequence[Utterance], aligner: Aligner, espeak_voice: str, ctx: Context
) -> tuple[MemoryShelf, list[str]]:
    """Features and alignments of what is to be learnt from, and what was left out and why.

    Raises:
        BadDataset: less than eight seconds of the owner's own speech are usable.
        Cancelled: asked to stop; nothing was learnt yet.
    """
    shelf, rejected = MemoryShelf(), []
    learnt = [one for one in utterances if one.split == "train"]
    for done, utterance in enumerate(learnt):
        if ctx.stopping():
            raise Cancelled("stopped while preparing", hint="run the same command again")
        if done % 10 == 0:
            ctx.emit(Progress("prepare", done, len(learnt)))
        found = hear_take(utterance, aligner, espeak_voice)
        if isinstance(found, str):
            rejected.append(f"take {utterance.id[:8]}: {found}")  # as `takes list` names it
        else:
            shelf.add(*found)
    for reason in rejected:
        ctx.emit(Warned(f"left out {reason}"))
    real: Source = "real"
    if shelf.seconds(real) < LEAST_SPEECH_S:
        raise BadDataset(
            f"{shelf.seconds(real):.0f} s of usable speech to learn from in {len(learnt)} takes; "
            f"at least {LEAST_SPEECH_S:.0f} s are needed",
            hint="record or import more sentences; some dozens make a first recogniser",
        )
    return shelf, rejected


def hear_take(
    utterance: Utterance, aligner: Aligner, espeak_voice: str
) -> tuple[FloatArray, Spoken] | str:
    """Features [T, 80] and record of one take, or why there are none."""
    wave, cut = prepare_cut(utterance.samples, utterance.rate_hz)
    seconds = len(wave) / RATE_HZ
    if cut is None or not 0.4 <= seconds <= LONGEST_S:
        return f"{seconds:.1f} s of speech found; 0.4 to {LONGEST_S:.0f} s can be used"
    words = said_words(utterance.text)
    if not words:
        return "its text has numerals, signs or letters that a recogniser does not write"
    found = aligner.align(wave, utterance_phonemes(utterance.text, espeak_voice))
    if found.score < WORST_SCORE:
        return f"the words do not match the sound (score {found.score:.1f})"
    spoken = Spoken(" ".join(words), utterance.source, 0, 0, list(found.ids), list(found.durations))
    return kaldi_fbank(wave), spoken
