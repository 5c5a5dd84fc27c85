# SPDX-License-Identifier: GPL-3.0-or-later
"""What the recogniser writes: pieces of words, learnt by byte-pair encoding (Sennrich et al. 2016).

Letters alone come too fast for a network that answers every 40 ms: fast speech has 18 a second,
and a doubled letter needs a blank between. A few hundred merged pairs ("th", "ing", "▁the") halve
the rate and make English spelling more regular, and still spell any word.

A piece that begins a word begins with ``▁``. Piece 0 is CTC's blank. ``tokens.txt`` is the file
that sherpa-onnx reads: one ``piece id`` a line.
"""

import functools
import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from voicevault.errors import UsageError

BLANK = "<blk>"
START = "▁"
LETTERS = "abcdefghijklmnopqrstuvwxyz'"
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)*")


def words_of(text: str) -> list[str]:
    """Lower-case words of a text as the recogniser can write them; anything else is left out."""
    return _WORD.findall(text.lower().replace("\u2019", "'"))


def learn(counts: Mapping[str, float], size: int) -> list[str]:
    """Pieces from words and how often each is said.

    Args:
        counts: word -> weight; words of a-z and apostrophes.
        size: pieces wanted, blank and single letters included.

    Returns:
        [size] pieces: blank, ``▁``, letters, then merges in the order in which they were learnt.
        Fewer when the words give no more pairs.
    """
    pieces = [BLANK, START, *LETTERS]
    words = {word: [START, *word] for word in sorted(counts)}
    while len(pieces) < size:
        pairs: defaultdict[tuple[str, str], float] = defaultdict(float)
        for word, parts in words.items():
            for pair in itertools.pairwise(parts):
                pairs[pair] += counts[word]
        if not pairs:
            break
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        pieces.append("".join(best))
        for parts in words.values():
            _merge(parts, best)
    return pieces


def _merge(parts: list[str], pair: tuple[str, str]) -> None:
    """Join every ``pair`` in ``parts``, from the left, in place."""
    at = 0
    while at < len(parts) - 1:
        if (parts[at], parts[at + 1]) == pair:
            parts[at : at + 2] = ["".join(pair)]
        at += 1


class Pieces:
    """A learnt set of pieces: words to numbers and back."""

    def __init__(self, pieces: Sequence[str]) -> None:
        if not pieces or pieces[0] != BLANK or not {START, *LETTERS} <= set(pieces):
            raise UsageError(
                "these are not the pieces of a recogniser",
                hint=f"piece 0 must be {BLANK}, and {START} and every letter must be there",
            )
        self.pieces = tuple(pieces)
        self._ids = {piece: i for i, piece in enumerate(pieces)}
        self._word = functools.lru_cache(100_000)(self._cut)

    def __len__(self) -> int:
        return len(self.pieces)

    def _cut(self, word: str) -> tuple[int, ...]:
        parts = [START, *word]
        while len(parts) > 1:
            known = [
                (self._ids[left + right], left, right)
                for left, right in itertools.pairwise(parts)
                if left + right in self._ids
            ]
            if not known:
                break
            _, left, right = min(known)  # earliest learnt first, as while learning
            _merge(parts, (left, right))
        return tuple(self._ids[part] for part in parts)

    def encode(self, words: Iterable[str]) -> list[int]:
        """Piece numbers of lower-case words (see :func:`words_of`)."""
        return [i for word in words for i in self._word(word)]

    def decode(self, ids: Iterable[int]) -> str:
        """Text of piece numbers; blanks say nothing."""
        return "".join(self.pieces[i] for i in ids if i).replace(START, " ").strip()

    def tokens_txt(self) -> str:
        """The content of ``tokens.txt``."""
        return "".join(f"{piece} {i}\n" for i, piece in enumerate(self.pieces))


def read_tokens(text: str) -> Pieces:
    """Pieces from the content of a ``tokens.txt``.

    Raises:
        UsageError: a line is no ``piece id``, or the numbers are not 0, 1, 2, ...
    """
    found = []
    for number, line in enumerate(text.splitlines()):
        piece, _, index = line.rpartition(" ")
        if not piece or index != str(number):
            raise UsageError(f"tokens.txt line {number + 1} is not '<piece> {number}': {line!r}")
        found.append(piece)
    return Pieces(found)
