# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes as training sees them, in memory: decrypted, decoded, never written anywhere."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from voicevault.data.features import FloatArray

Split = Literal["train", "validation", "test"]
Source = Literal["real", "taught", "replay"]
"""Who speaks: the owner, a teacher from elsewhere, or an earlier student of this vault."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One recording with its text."""

    id: str
    text: str
    samples: FloatArray
    """[S] mono in [-1, 1], as recorded."""
    rate_hz: int
    split: Split = "train"
    source: Source = "real"


def held_for_hearing(texts: Sequence[str]) -> list[Split]:
    """Which texts judge a recogniser: a fifth, and six at least; none of fewer than twelve.

    More than judge a voice, because whole words are counted. The rule ranks as :func:`split_of`
    does, so what is held back from a voice is held back here, too.
    """
    share = max(0.2, 6 / max(1, len(set(texts))))
    return split_of(texts, validation_share=share, smallest=12)


def split_of(texts: Sequence[str], *, validation_share: float, smallest: int) -> list[Split]:
    """Which texts are held back for validation.

    The choice follows a hash of each text, so it does not depend on the order of recording and the
    same sentence read twice never stands on both sides. Below ``smallest`` texts all are trained
    on: with ten sentences, each is worth more to the voice than to a figure.
    """
    if len(set(texts)) < smallest:
        return ["train"] * len(texts)
    ranked = sorted(set(texts), key=lambda text: hashlib.sha256(text.encode()).digest())
    held_back = set(ranked[: max(1, round(validation_share * len(ranked)))])
    return ["validation" if text in held_back else "train" for text in texts]
