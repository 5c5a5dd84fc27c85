# SPDX-License-Identifier: GPL-3.0-or-later
"""The sentence a person says to allow a voice: plain words, today's date, three random words.

Nobody has recorded it before, because nobody knew the words. The text follows from its parts and
from nothing else, so that a record with another text is not a consent.
"""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from voicevault.errors import UsageError
from voicevault.text.tidy import clean_text


def _split(words: str) -> tuple[str, ...]:
    return tuple(words.split())


OWN, BANK = "own", "bank"
GROUNDS = {
    "agreed": "This person agreed that a computer voice is made from them.",
    "decide": "I may decide for this person, and I allow a computer voice to be made from them.",
}
"""Why a bank of recordings may become a voice, as its keeper says it."""

# Two or three syllables, known to every child, with sounds that differ from each other's.
WORDS = _split(
    "apple basket candle dolphin engine forest garden hammer island jacket kitchen lemon marble "
    "needle orange pepper rabbit saddle tiger umbrella velvet window yellow button camel dragon "
    "feather ginger honey ladder monkey napkin ocean pencil river silver tomato violin whistle "
    "zebra bottle carpet donkey finger guitar helmet magnet number pillow ribbon shadow tunnel "
    "walnut banana cabin"
)
WORD_COUNT = 3
MAX_NAME_CHARS = 60

_MONTHS = _split(
    "January February March April May June July August September October November December"
)
_DAYS = _split("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
_ONES = _split(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_TENS = {20: "twenty", 30: "thirty", 40: "forty", 50: "fifty"}
_TENS |= {60: "sixty", 70: "seventy", 80: "eighty", 90: "ninety"}
_FIRSTS = _split(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)


@dataclass(frozen=True, slots=True)
class Declaration:
    """Who allows what. For one's own voice nothing has to be named."""

    case: str = OWN
    whose: str = ""
    """Name of the person on the recordings, as it is spoken; `bank` only, like the next two."""
    relation: str = ""
    """What that person is to the speaker: mother, husband, client."""
    ground: str = ""
    """A key of `GROUNDS`."""

    def checked(self) -> Declaration:
        """The same with clean text.

        Raises:
            UsageError: an unknown case, or something that is missing or too long to be said.
        """
        if self.case == OWN:
            if self.whose or self.relation or self.ground:
                raise UsageError("whose, relation and ground belong to a bank of recordings")
            return self
        if self.case != BANK:
            raise UsageError(f"no case {self.case!r} of consent; there are {OWN} and {BANK}")
        whose, relation = clean_text(self.whose), clean_text(self.relation)
        for name, value in (("whose", whose), ("relation", relation)):
            if not any(one.isalpha() for one in value) or len(value) > MAX_NAME_CHARS:
                raise UsageError(
                    f"{name} is {value!r}; 1 to {MAX_NAME_CHARS} characters with a letter are "
                    "needed",
                    hint='for example --whose "Anna Berg" --relation mother',
                )
        if self.ground not in GROUNDS:
            raise UsageError(
                f"ground is {self.ground!r}; it is one of {', '.join(GROUNDS)}",
                hint="agreed: the person agreed; decide: you may decide for the person",
            )
        return Declaration(BANK, whose, relation, self.ground)


def draw_words() -> tuple[str, ...]:
    """Three different words that nobody can foresee: one of 157,410 orders of them."""
    return tuple(secrets.SystemRandom().sample(WORDS, WORD_COUNT))


def sentence(declaration: Declaration, day: datetime.date, words: Sequence[str]) -> str:
    """What has to be said, every word written as it is spoken."""
    first, second, third = words
    if declaration.case == OWN:
        body = (
            "This is my own voice, and I allow a computer voice to be made from my recordings. "
            f"My three words are {first}, {second} and {third}."
        )
    else:
        body = (
            f"I speak about the recordings of {declaration.whose}, my {declaration.relation}. "
            f"{GROUNDS[declaration.ground]} The three words are {first}, {second} and {third}."
        )
    return f"Today is {date_in_words(day)}. {body}"


def date_in_words(day: datetime.date) -> str:
    """Sunday, the twenty-second of November, twenty twenty-six."""
    return (
        f"{_DAYS[day.weekday()]}, the {_ordinal(day.day)} of {_MONTHS[day.month - 1]}, "
        f"{_year(day.year)}"
    )


def _ordinal(number: int) -> str:
    if number <= len(_FIRSTS):
        return _FIRSTS[number - 1]
    tens, ones = number // 10 * 10, number % 10
    return f"{_TENS[tens]}-{_FIRSTS[ones - 1]}" if ones else "thirtieth"


def _year(number: int) -> str:
    century, rest = divmod(number, 100)
    if rest < 10:
        return f"two thousand and {_ONES[rest]}" if rest else "two thousand"
    return f"{_number(century)} {_number(rest)}"


def _number(number: int) -> str:
    if number < len(_ONES):
        return _ONES[number]
    tens, ones = number // 10 * 10, number % 10
    return f"{_TENS[tens]}-{_ONES[ones]}" if ones else _TENS[tens]
