# SPDX-License-Identifier: GPL-3.0-or-later
"""Tink's AES256-GCM-HKDF streaming AEAD: the wire format, byte for byte, and nothing else.

Source: Tink "AES-GCM-HKDF Streaming AEAD" with HKDF-SHA256, 32-byte derived keys and 64 KiB
ciphertext segments; analysed by Hoang and Shen (CCS 2020). A stream is

    u8 40 || salt(32) || nonce prefix(7) || segment 0 || segment 1 || ...

and segment i is AES-256-GCM under HKDF(key, salt, associated data) with the nonce
prefix || u32 i || u8 (1 on the last segment, else 0).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from encrypted_store.kdf import Buffer, hkdf

SALT_SIZE = 32
PREFIX_SIZE = 7
HEADER_SIZE = 1 + SALT_SIZE + PREFIX_SIZE
TAG_SIZE = 16
SEGMENT_SIZE = 65_536
FIRST_PLAIN = SEGMENT_SIZE - HEADER_SIZE - TAG_SIZE
NEXT_PLAIN = SEGMENT_SIZE - TAG_SIZE


class SegmentError(Exception):
    """Segment `index` is absent, cut or altered."""

    def __init__(self, index: int) -> None:
        super().__init__(f"segment {index} does not verify")
        self.index = index


@dataclass(frozen=True, slots=True)
class StreamHeader:
    """The clear start of a stream. Authenticated indirectly: salt makes the key, prefix nonces."""

    salt: bytes
    prefix: bytes

    @classmethod
    def new(cls, random: Callable[[int], bytes]) -> StreamHeader:
        return cls(salt=random(SALT_SIZE), prefix=random(PREFIX_SIZE))

    @classmethod
    def decode(cls, data: bytes) -> StreamHeader | None:
        if len(data) != HEADER_SIZE or data[0] != HEADER_SIZE:
            return None
        return cls(salt=data[1 : 1 + SALT_SIZE], prefix=data[1 + SALT_SIZE :])

    def encode(self) -> bytes:
        return bytes([HEADER_SIZE]) + self.salt + self.prefix

    def derive_key(self, key: Buffer, associated: bytes, out: bytearray | memoryview) -> None:
        """Fill `out` (32 bytes) with this stream's own key."""
        hkdf(key, self.salt, associated, out)

    def nonce(self, index: int, last: bool) -> bytes:
        return self.prefix + struct.pack(">IB", index, last)


def plain_span(index: int) -> tuple[int, int]:
    """Where segment `index` starts and ends in the plaintext, were it full."""
    if index == 0:
        return 0, FIRST_PLAIN
    start = FIRST_PLAIN + (index - 1) * NEXT_PLAIN
    return start, start + NEXT_PLAIN


def segment_count(plain_size: int) -> int:
    """Segments a plaintext of this size takes; an empty one still takes one."""
    return 1 + max(0, -((FIRST_PLAIN - plain_size) // NEXT_PLAIN))


def stream_size(plain_size: int) -> int:
    """Bytes of the whole stream, header included."""
    return HEADER_SIZE + plain_size + TAG_SIZE * segment_count(plain_size)


def plain_size_of(size: int) -> int | None:
    """Plaintext bytes in a stream of `size` bytes, or None when no plaintext gives that size."""
    body = size - HEADER_SIZE
    if body < TAG_SIZE:
        return None
    count = 1 + max(0, -((SEGMENT_SIZE - HEADER_SIZE - body) // SEGMENT_SIZE))
    plain = body - TAG_SIZE * count
    return plain if plain >= 0 and stream_size(plain) == size else None


def seal(header: StreamHeader, key: Buffer, parts: Sequence[Buffer]) -> Iterator[bytes]:
    """Yield the stream that carries the concatenated `parts`, piece by piece.

    Args:
        key: the stream's own key from `StreamHeader.derive_key`.
        parts: plaintext buffers; they are sliced in place, never joined as a whole.
    """
    aead = AESGCM(key)
    views = [memoryview(part) for part in parts]
    total = sum(len(view) for view in views)
    count = segment_count(total)
    yield header.encode()
    for index in range(count):
        start, end = plain_span(index)
        piece = _cut(views, start, min(end, total))
        yield aead.encrypt(header.nonce(index, index == count - 1), piece, None)


class Opener:
    """Opens segments of one stream in any order. Not its job: deciding when to release them."""

    def __init__(self, header: StreamHeader, key: Buffer, plain_size: int) -> None:
        self._aead: AESGCM | None = AESGCM(key)
        self._header = header
        self._plain_size = plain_size
        self.count = segment_count(plain_size)

    def close(self) -> None:
        """Drop the cipher: an exception's traceback would keep it, and with it the key."""
        self._aead = None

    def cipher_span(self, index: int) -> tuple[int, int]:
        """Offset within the stream and length in bytes of a sealed segment."""
        start, end = plain_span(index)
        length = min(end, self._plain_size) - start + TAG_SIZE
        return HEADER_SIZE + start + TAG_SIZE * index, length

    def open_into(self, index: int, sealed: bytes, out: memoryview) -> None:
        """Verify segment `index` and write its plaintext to its place in `out`.

        Args:
            out: the buffer of the whole plaintext.

        Raises:
            SegmentError: cut or altered; nothing may be used.
        """
        start, end = plain_span(index)
        self._decrypt(index, sealed, out[start : min(end, self._plain_size)])

    def open_piece(self, index: int, sealed: bytes) -> memoryview:
        """Verify segment `index` and return its plaintext alone. Raises SegmentError."""
        start, end = plain_span(index)
        piece = memoryview(bytearray(min(end, self._plain_size) - start))
        self._decrypt(index, sealed, piece)
        return piece

    def _decrypt(self, index: int, sealed: bytes, target: memoryview) -> None:
        if len(sealed) != len(target) + TAG_SIZE:
            raise SegmentError(index)
        assert self._aead is not None
        nonce = self._header.nonce(index, index == self.count - 1)
        try:
            self._aead.decrypt_into(nonce, sealed, None, target)
        except InvalidTag:
            raise SegmentError(index) from None


def _cut(views: Sequence[memoryview], start: int, end: int) -> Buffer:
    pieces: list[memoryview] = []
    for view in views:
        if start < len(view) and end > 0:
            pieces.append(view[max(start, 0) : max(end, 0)])
        start -= len(view)
        end -= len(view)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
