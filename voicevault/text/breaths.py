# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a reader would breathe in a long stretch of English without punctuation.

A comma is all that the voice needs to pause and to end a phrase. Readers pause before a
conjunction, a relative pronoun or a preposition rather than elsewhere (Gee and Grosjean 1983);
without this, text that has no commas is said in one breath.
"""

import re

LONGEST_WORDS = 11
"""A stretch with more words than this is cut, and so are its parts."""
LONGEST_PHRASE_WORDS = 17
"""Prepositions serve only beyond this: before them a pause may part what belongs together."""
SHORTEST_WORDS = 4
"""No part is shorter than this."""

_WORDS = {
    3.0: "and but or nor yet because although though while whereas unless until if when where",
    2.5: "which who whom whose that than since before after so",
    1.0: "with without from into through under between among against during in on at by for",
}
_WEIGHT = {word: weight for weight, words in _WORDS.items() for word in words.split()}
_STRETCH = re.compile(r"[^.,;:!?()\[\]{}\"“”—–\n]+")
_WORD = re.compile(r"\S+")


def with_breaths(text: str) -> str:
    """``text`` with a comma wherever a long stretch should be cut; otherwise unchanged."""
    return _STRETCH.sub(lambda found: _cut(found.group()), text)


def _cut(stretch: str) -> str:
    words = list(_WORD.finditer(stretch))
    place = _place([word.group().lower() for word in words])
    if place is None:
        return stretch
    end = words[place - 1].end()
    return _cut(stretch[:end]) + "," + _cut(stretch[end:])


def _place(words: list[str]) -> int | None:
    """Index of the word to pause before; None when the stretch is short or has no such place."""
    if len(words) <= LONGEST_WORDS:
        return None
    least = 1.0 if len(words) > LONGEST_PHRASE_WORDS else 2.0
    best: tuple[float, int] | None = None
    for index in range(SHORTEST_WORDS, len(words) - SHORTEST_WORDS + 1):
        weight = _WEIGHT.get(words[index], 0.0)
        # "out of which", "and that": the pause comes before the first of them.
        if weight < least or words[index - 1] in _WEIGHT:
            continue
        off_centre = abs(2 * index - len(words)) / len(words)  # 0 in the middle, 1 at the ends
        score = weight - 2.0 * off_centre
        if best is None or score > best[0]:
            best = (score, index)
    return None if best is None else best[1]
