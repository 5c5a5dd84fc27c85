# SPDX-License-Identifier: GPL-3.0-or-later
"""All fuzz targets by name, their seeds, and an endless row of inputs that a number decides."""

from __future__ import annotations

import random
from collections.abc import Iterator

from store_fuzz_draw import Draw, garbled
from store_fuzz_sealed import SEALED
from store_fuzz_targets import RAW

TARGETS = RAW | SEALED


def seeds(name: str) -> list[bytes]:
    """The genuine files a target starts from; none where its bytes are decisions."""
    return TARGETS[name][1]()


def inputs(name: str, number: int) -> Iterator[bytes]:
    """The seeds, then changed ones (or random decisions). The same number, the same row."""
    generator = random.Random(f"{name} {number}")
    corpus = seeds(name)
    yield from corpus
    while True:
        if corpus:
            yield garbled(generator.choice(corpus), Draw(generator.randbytes(24)))
        else:
            yield generator.randbytes(generator.randrange(64))
