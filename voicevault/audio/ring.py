# SPDX-License-Identifier: GPL-3.0-or-later
"""A ring of samples between the sound card's thread and ours: one writer, one reader, no lock."""

from __future__ import annotations

import numpy as np

from voicevault.audio.files import Samples


class Ring:
    """The newest `size` samples; the writer never waits and never makes an array.

    `write` runs in the sound card's callback: it copies into memory that was there before and ends
    with one assignment, which is what `read` looks at. It takes no lock of ours, so that nothing
    the reader does can hold the sound card up.
    """

    def __init__(self, size: int) -> None:
        if size < 1:
            raise ValueError(f"a ring of {size} samples; it needs 1 or more")
        self._data = np.zeros(size, np.float32)  # [size]
        self._taken = 0  # the reader's
        self.written = 0
        """Samples since the beginning; the writer's."""

    def write(self, block: Samples) -> None:
        """Copy a block [S] in, over the oldest samples."""
        data, size = self._data, len(self._data)
        if len(block) > size:
            self.written += len(block) - size  # never read: `read` tells that they are lost
            block = block[-size:]
        at = self.written % size
        fits = min(len(block), size - at)
        data[at : at + fits] = block[:fits]
        if fits < len(block):
            data[: len(block) - fits] = block[fits:]
        self.written += len(block)

    def read(self) -> tuple[Samples, bool]:
        """Samples [S] since the last call, and whether some before them are lost."""
        data, size, written = self._data, len(self._data), self.written
        waiting = min(written - self._taken, size)
        lost = written - self._taken > size
        places = np.arange(written - waiting, written) % size
        out = data[places]
        # What the writer did meanwhile: the oldest samples of `out` may be newer than they seem.
        lost = lost or self.written - (written - waiting) > size
        self._taken = written
        return out, lost

    def forget(self) -> None:
        """Zeros over everything heard."""
        self._data.fill(0.0)
