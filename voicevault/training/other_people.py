# SPDX-License-Identifier: GPL-3.0-or-later
"""Other people's speech on a machine that has none: the shipped voices read texts.

A personal recogniser hears it while it learns, so that it stays good for others, and is judged by
voices that it did not hear. The last fifth of the voices is kept out for that: the corpus lists a
reader's own voice and those made of it side by side, so that none of them falls on both sides.

Shapes: T feature frames of 10 ms, V voices, G speaker vector.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from torch import Tensor

from voicevault.data.features import FloatArray
from voicevault.errors import Cancelled
from voicevault.events import Progress
from voicevault.students.shipped import Base
from voicevault.text.prompts import prompts
from voicevault.training.base.listening import Spoken
from voicevault.training.base.rendering import UTTERANCES, render
from voicevault.training.base.sentences import SentenceMaker
from voicevault.training.context import Context
from voicevault.training.heard_takes import OTHERS, said_words

Side = Literal["learnt", "judged"]
_ENOUGH_TEXTS = 40
_KEPT_OUT = 5
"""One voice in so many."""


def voices(speakers: Tensor, side: Side) -> Tensor:
    """Those of [V, G] that may be heard on one side; with four voices or fewer all of them."""
    kept = len(speakers) // _KEPT_OUT
    if not kept:
        return speakers
    return speakers[:-kept] if side == "learnt" else speakers[-kept:]


def texts(own: Iterable[str], held_back: Iterable[str]) -> list[str]:
    """What others may say: the shipped prompts and the owner's texts, never what is held back."""
    secret = {tuple(said_words(text)) for text in held_back}
    wanted = [*(one.text for one in prompts()), *own]
    return [text for text in dict.fromkeys(wanted) if tuple(said_words(text)) not in secret]


def judged_texts(own: Iterable[str]) -> list[str]:
    """What voices say that judge: prompts the owner has not read, or all where too few are left."""
    left = texts((), own)
    return left if len(left) >= _ENOUGH_TEXTS else texts((), ())


def others_say(
    base: Base, sentences: Sequence[str], count: int, side: Side, seed: int, ctx: Context
) -> list[tuple[FloatArray, Spoken]]:
    """Features [T, 80] and records of ``count`` utterances; the same arguments give the same.

    Raises:
        Cancelled: asked to stop.
    """
    out: list[tuple[FloatArray, Spoken]] = []
    student, maker = base.speaking().eval(), SentenceMaker(sentences)
    found = voices(base.speakers, side)
    rounds = (
        render(student, found, maker, 2 * (1000 * seed + number) + (side == "judged"))
        for number in range(-(-count // UTTERANCES) + 1)  # a sentence too long is left out
    )
    for features, spoken in itertools.islice(itertools.chain.from_iterable(rounds), count):
        if ctx.stopping():
            raise Cancelled("stopped while others spoke", hint="run the same command again")
        if len(out) % 10 == 0:
            ctx.emit(Progress("others", len(out), count))
        out.append((features, replace(spoken, speaker=OTHERS)))
    return out
