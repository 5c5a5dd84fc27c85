# SPDX-License-Identifier: GPL-3.0-or-later
"""A text as the recogniser would write it: words of a-z and apostrophes, sentence by sentence.

What it cannot write (digits, other scripts) becomes a gap, so that words on its two sides are
never taken for neighbours.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

_LIKE = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O", "ł": "l",
     "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i",
     "\u2018": "'", "\u2019": "'", "\u02bc": "'"}
)  # fmt: skip
_SENTENCE_ENDS = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|\n\s*\n")
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_WRITABLE = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)*")
_ADDRESS = re.compile(r"\b(?:https?://|www\.)\S+|\S+@\S+\.\S+")
GAP = ""


class Token(NamedTuple):
    """One word of a text; ``word`` is GAP where the recogniser has no letters for it."""

    word: str
    capital: bool
    """Written with a capital first."""


def latin(text: str) -> str:
    """Accents off and ligatures apart: 'Jörg Łuczak' is heard, and written, as 'Jorg Luczak'."""
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFKD", text.translate(_LIKE))
    return "".join(one for one in plain if not unicodedata.combining(one))


def sentences(text: str) -> Iterator[list[Token]]:
    """Tokens of each sentence; addresses of pages and mail are gaps."""
    plain = latin(_ADDRESS.sub(" 0 ", text))
    for sentence in _SENTENCE_ENDS.split(plain):
        found = [_token(one) for one in _TOKEN.findall(sentence)]
        if any(one.word for one in found):
            yield found


def spoken_words(text: str) -> list[str]:
    """The words of a name or a phrase; empty if any part of it cannot be written."""
    tokens = [_token(one) for one in _TOKEN.findall(latin(text))]
    return [one.word for one in tokens] if all(one.word for one in tokens) else []


def _token(written: str) -> Token:
    word = written.lower() if _WRITABLE.fullmatch(written) else GAP
    return Token(word, written[0].isupper())
