# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading an object piece by piece, for payloads that should not be in memory as a whole."""

from __future__ import annotations

from encrypted_store.objects import LENGTHS, SealedObject
from encrypted_store.stream import Opener


class ObjectStream:
    """The payload of one object in verified pieces of at most 64 KiB.

    Each piece is what was written, at its place. That nothing is missing is known only when
    `read` has returned None; a cut or altered object raises instead of doing so.
    """

    def __init__(self, sealed: SealedObject, key: bytearray) -> None:
        """Takes over the open file and the object's own key, and wipes the key at `close`."""
        self._sealed = sealed
        self._key = key
        self._opener: Opener | None = Opener(sealed.header, key, sealed.plain_size)
        self._index = 0
        self._skip = 0
        self._left = 0

    @property
    def closed(self) -> bool:
        """Whether the key is gone."""
        return self._opener is None

    def read(self) -> bytes | None:
        """The next piece, or None after the last, when padding and end have verified too.

        Raises:
            ObjectDamaged: naming the segment.
            OSError.
        """
        while self._opener is not None and self._index < self._opener.count:
            piece = self._next(self._opener)
            if piece:
                return piece
        self.close()
        return None

    def close(self) -> None:
        """Wipe the key and close the file. Safe to call twice."""
        if self._opener is not None:
            self._opener.close()
            self._opener = None
            self._key[:] = bytes(len(self._key))
            self._sealed.close()

    def _next(self, opener: Opener) -> bytes:
        piece = self._sealed.piece(opener, self._index)
        if self._index == 0:
            meta_size, self._left = self._sealed.lengths(piece)
            self._skip = LENGTHS.size + meta_size
        self._index += 1
        start = min(self._skip, len(piece))
        end = min(start + self._left, len(piece))
        self._skip -= start
        self._left -= end - start
        if any(piece[end:]):  # what follows the payload is padding
            raise self._sealed.damaged("its padding is not zero", None)
        return bytes(piece[start:end])
