# SPDX-License-Identifier: GPL-3.0-or-later
"""What to read aloud: our own sentences, in an order that brings all sounds early.

`prompts_en.txt` holds `id<TAB>sentence` a line. An id stays with its sentence for ever, since takes
carry it; the order of the lines is the order of reading and is made by `recipes/order_prompts.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

from voicevault.errors import UsageError
from voicevault.text.coverage import Coverage, coverage, frequencies, sentence_phones

LANGUAGES = ("en",)
_HEADER = "#"


@dataclass(frozen=True, slots=True)
class Prompt:
    """One sentence to read."""

    id: str
    text: str


def prompts(language: str = "en") -> tuple[Prompt, ...]:
    """The shipped sentences in reading order.

    Raises:
        UsageError: there is no list for `language`.
    """
    if language not in LANGUAGES:
        raise UsageError(
            f"no prompts for {language!r}; there are prompts for {', '.join(LANGUAGES)}",
            hint="import a folder with your own texts instead",
        )
    text = resources.files("voicevault.text").joinpath(f"prompts_{language}.txt").read_text("utf-8")
    return parse(text)


def parse(text: str) -> tuple[Prompt, ...]:
    """Prompts of a file's text; lines that begin with `#` are for its readers."""
    rows = [one.split("\t") for one in text.splitlines() if one and not one.startswith(_HEADER)]
    return tuple(Prompt(name, sentence) for name, sentence in rows)


def prompt_coverage(first: int | None = None, language: str = "en") -> Coverage:
    """What the first so many prompts hold, measured against the whole list."""
    sequences = sentence_phones(one.text for one in prompts(language))
    return coverage(sequences[:first], frequencies(sequences))
