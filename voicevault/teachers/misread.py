# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a recording does not say its text, by what a recogniser heard.

Two witnesses have to agree on a misread word: none of the n best transcripts has it at its place,
and the recogniser, asked about the text itself, finds it improbable there. The first alone reports
every odd spelling, the second every rare name. The bound is a choice, not yet measured on real
misreadings.
"""

from __future__ import annotations

import difflib
import unicodedata
from dataclasses import dataclass

from voicevault.errors import MissingExtra
from voicevault.teachers.protocols import Transcript

IMPROBABLE = 0.1
"""Probability under which a word of the text counts as not said."""


@dataclass(frozen=True, slots=True)
class Misread:
    """A word of the text that was probably not said."""

    word: str
    start_s: float
    """Where it would be."""
    probability: float
    heard: str
    """What the best transcript has in its place; empty where nothing."""


def misread(text: str, heard: Transcript) -> tuple[Misread, ...]:
    """The words of ``text`` that were probably not said, in order.

    ``heard`` has to come from asking about this text.
    """
    words = text.split()
    if not words or len(heard.asked) != len(words):
        return ()  # the recogniser cuts words otherwise: nothing can be said of a single one
    plain = [letters(one) for one in words]
    unsaid = set(range(len(words)))
    instead: dict[int, str] = {}
    for rank, one in enumerate(heard.hypotheses or ()):
        other = one.text.split()
        matcher = difflib.SequenceMatcher(None, plain, [letters(w) for w in other], autojunk=False)
        for kind, start, end, from_, to in matcher.get_opcodes():
            if kind == "equal":
                unsaid -= set(range(start, end))
            elif rank == 0 and kind == "replace":
                instead |= dict.fromkeys(range(start, end), " ".join(other[from_:to]))
    return tuple(
        Misread(words[at], one.start_s, one.probability, instead.get(at, ""))
        for at, one in enumerate(heard.asked)
        if at in unsaid and plain[at] and one.probability < IMPROBABLE
    )


def letters(text: str) -> str:
    """Letters and digits alone, without case: what counts as the same word."""
    flat = unicodedata.normalize("NFKC", text).casefold()
    return "".join(one for one in flat if one.isalnum())


def character_errors(wanted: str, heard: str) -> float:
    """Letters to insert, delete or replace, for each letter of ``wanted``.

    Raises:
        MissingExtra: jiwer is not installed.
    """
    try:
        import jiwer
    except ImportError as error:
        raise MissingExtra("letters cannot be compared without jiwer", extra="teachers") from error
    one, other = letters(wanted), letters(heard)
    if not one:
        return float(bool(other))
    return float(jiwer.cer(one, other))
