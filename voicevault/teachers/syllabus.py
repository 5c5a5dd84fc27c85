# SPDX-License-Identifier: GPL-3.0-or-later
"""Which texts a teacher should say: those with phoneme pairs that the takes lack.

Candidates are the shipped prompts and the owner's own text, whose pairs count more: they are what
the voice will be asked to say. The choice is greedy and deterministic, and the first N of a longer
choice are the choice of N, so that asking for more goes on where asking for fewer ended.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from voicevault.text.coverage import (
    ENGLISH_PHONES,
    Diphone,
    diphones,
    frequencies,
    greedy_order,
    sentence_phones,
)
from voicevault.text.prompts import prompts

Source = Literal["prompts", "own"]

OWN_WEIGHT = 5
"""How many times a pair counts where the owner's own text has it."""
SHORTEST_CHARS, LONGEST_CHARS = 12, 160
"""Of a sentence of the owner's text: shorter ones teach little, longer ones are read badly."""
_ENDS = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+|\n+")


@dataclass(frozen=True, slots=True)
class Choice:
    """One text to be said."""

    text: str
    source: Source
    brings: tuple[Diphone, ...]
    """Phoneme pairs that neither the takes nor the texts before it have, sorted. Empty from where
    everything is held once: from there on, texts repeat what there is."""


def choose(taken: Sequence[str], own: Sequence[str], count: int) -> list[Choice]:
    """At most ``count`` texts for a teacher, the most useful first.

    Args:
        taken: texts of the takes; none of them is chosen.
        own: sentences of the owner's own text (:func:`sentences`).
    """
    seen = {_letters(one) for one in taken}
    candidates: list[tuple[str, Source]] = []
    listed: list[tuple[str, Source]] = [(one, "own") for one in own]
    for text, source in [*listed, *((one.text, _PROMPTS) for one in prompts())]:
        if _letters(text) and _letters(text) not in seen:
            seen.add(_letters(text))
            candidates.append((text, source))
    sequences = sentence_phones(text for text, _ in candidates)
    mine = [one for one, (_, source) in zip(sequences, candidates, strict=True) if source == "own"]
    reference = frequencies(sequences)
    for pair, times in frequencies(mine).items():
        reference[pair] += (OWN_WEIGHT - 1) * times
    held = sentence_phones(taken)
    order: list[int] = []
    known: Sequence[Sequence[str]] = held
    while len(order) < min(count, len(candidates)):
        left = [at for at in range(len(candidates)) if at not in order]
        found = greedy_order(
            [sequences[at] for at in left],
            reference,
            ENGLISH_PHONES,
            known=known,
            count=count - len(order),
        )
        if not found and not known:
            break  # what is left says nothing that can be counted
        order += [left[at] for at in found]
        known = []  # everything is held once: the next round begins from nothing
    return _told(order, candidates, sequences, held)


_PROMPTS: Source = "prompts"


def _told(
    order: Sequence[int],
    candidates: Sequence[tuple[str, Source]],
    sequences: Sequence[Sequence[str]],
    held: Sequence[Sequence[str]],
) -> list[Choice]:
    """The chosen texts, with what each brings beyond everything before it."""
    heard = set(itertools.chain.from_iterable(diphones(one) for one in held))
    out = []
    for at in order:
        new = set(diphones(sequences[at])) - heard
        heard |= new
        out.append(Choice(*candidates[at], tuple(sorted(new))))
    return out


def sentences(text: str) -> list[str]:
    """A text of the owner's as sentences that can be said one by one, each once, in order."""
    found = (" ".join(one.split()) for one in _ENDS.split(text))
    fitting = (one for one in found if SHORTEST_CHARS <= len(one) <= LONGEST_CHARS)
    return list(dict.fromkeys(one for one in fitting if _letters(one)))


def _letters(text: str) -> str:
    """What makes two texts the same."""
    return "".join(one for one in text.casefold() if one.isalnum())
