# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of a language's sound a list of sentences holds, and an order that holds it early.

Counted are phones: letters with their length mark, affricates and diphthongs as one, stress left
out. A diphone is two phones in a row, across words too, as speech runs on; a pause at the ends and
at punctuation counts as a phone of its own, because a voice must learn to begin and to stop.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from voicevault.text.frontend import utterance_phonemes
from voicevault.text.symbols import PUNCTUATION, SPACE

Diphone = tuple[str, str]
PAUSE = "#"
# Added to a length before dividing by it: long sentences hold more, short ones are easier to read.
_LENGTH_GRACE = 40
_ATTACHED = frozenset("ː\u0329\u0303")  # length, syllabic, nasal: part of the phone before them
_UNCOUNTED = frozenset("ˈˌʲ")  # stress, and the glide between two vowels
_PAIRS = frozenset({"tʃ", "dʒ", "aɪ", "aʊ", "ɔɪ", "oʊ", "eɪ"})

# All that espeak-ng's en-us voice makes of three thousand sentences of novels and news, but for one
# foreign r. The glide it writes between two vowels (the_ʲ_apple) is part of both and not counted.
_CONSONANTS = "p b t d k ɡ f v θ ð s z ʃ ʒ tʃ dʒ h m n ŋ l ɹ j w ɾ ʔ n̩"
_VOWELS = "iː i ɪ ᵻ eɪ ɛ æ ɑː ɔː ɔ oʊ ʊ uː ʌ ə ɐ ɚ ɜː aɪ aʊ ɔɪ"
ENGLISH_PHONES = frozenset(_CONSONANTS.split()) | frozenset(_VOWELS.split())


@dataclass(frozen=True, slots=True)
class Coverage:
    """What some sentences hold of all phones and of all diphone occurrences of a reference."""

    sentences: int
    phones: int  # of phones_wanted
    phones_wanted: int
    missing: tuple[str, ...]
    diphones: int  # kinds
    diphone_share: float  # of the reference's diphones, each weighted by how often it occurs


def phones(phonemes: Iterable[str]) -> list[str]:
    """Phones of a phoneme sequence, with PAUSE where punctuation stands and at both ends."""
    out = [PAUSE]
    joined = False  # whether the phone before may still take a second letter
    for symbol in phonemes:
        if symbol in _UNCOUNTED:
            joined = False
        elif symbol == SPACE or symbol in PUNCTUATION:
            joined = False
            if symbol != SPACE and out[-1] != PAUSE:
                out.append(PAUSE)
        elif symbol in _ATTACHED and out[-1] != PAUSE:
            out[-1] += symbol
        elif joined and out[-1] + symbol in _PAIRS:
            out[-1] += symbol
            joined = False
        else:
            out.append(symbol)
            joined = True
    if out[-1] != PAUSE:
        out.append(PAUSE)
    return out


def diphones(sequence: Sequence[str]) -> Counter[Diphone]:
    """Neighbours in a phone sequence and how often each pair occurs."""
    return Counter(itertools.pairwise(sequence))


def sentence_phones(
    sentences: Iterable[str], phonemise: Callable[[str], Sequence[str]] = utterance_phonemes
) -> list[list[str]]:
    """The phones of each sentence."""
    return [phones(phonemise(one)) for one in sentences]


def frequencies(sequences: Iterable[Sequence[str]]) -> Counter[Diphone]:
    """Diphone counts over many sentences."""
    total: Counter[Diphone] = Counter()
    for one in sequences:
        total.update(diphones(one))
    return total


def coverage(
    sequences: Sequence[Sequence[str]],
    reference: Mapping[Diphone, int],
    wanted: frozenset[str] = ENGLISH_PHONES,
) -> Coverage:
    """What `sequences` hold of the `wanted` phones and of the `reference` diphones."""
    held = {phone for one in sequences for phone in one}
    pairs = set(frequencies(sequences))
    total = sum(reference.values())
    share = sum(n for pair, n in reference.items() if pair in pairs) / total if total else 0.0
    missing = tuple(sorted(wanted - held))
    return Coverage(
        len(sequences), len(wanted) - len(missing), len(wanted), missing, len(pairs), share
    )


def greedy_order(
    sequences: Sequence[Sequence[str]],
    reference: Mapping[Diphone, int],
    wanted: frozenset[str] = ENGLISH_PHONES,
    *,
    known: Iterable[Sequence[str]] = (),
    count: int | None = None,
) -> list[int]:
    """Indices of `sequences` so that few sentences hold much.

    First whatever brings most missing phones, until none is missing; then whatever brings most of
    the reference's diphones not heard yet, for its length. Ties keep the given order.

    Args:
        known: sequences that are held already; what they have is not missing.
        count: how many are wanted, all where None. Those that would bring nothing are left out
            then, so that there may be fewer.
    """
    left = list(range(len(sequences)))
    missing, heard = set(wanted), set[Diphone]()
    for one in known:
        missing -= set(one)
        heard |= set(diphones(one))
    pairs = [set(diphones(one)) for one in sequences]
    order: list[int] = []

    def gain(index: int) -> tuple[int, float]:
        new = sum(reference.get(pair, 0) for pair in pairs[index] - heard)
        return len(missing & set(sequences[index])), new / (len(sequences[index]) + _LENGTH_GRACE)

    while left and (count is None or len(order) < count):
        best = max(left, key=gain)
        if count is not None and gain(best) == (0, 0.0):
            break
        left.remove(best)
        order.append(best)
        missing -= set(sequences[best])
        heard |= pairs[best]
    return order
