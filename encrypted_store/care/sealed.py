# SPDX-License-Identifier: GPL-3.0-or-later
"""A sealed object's own bytes, each proved before it is handed on, in bounded memory."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from encrypted_store import canon
from encrypted_store.errors import ObjectDamaged
from encrypted_store.fsio import Fsio
from encrypted_store.keys import KeyName, KeyPage
from encrypted_store.kinds import Entry
from encrypted_store.objects import (
    FRAME,
    LENGTHS,
    MAGIC,
    MAX_META,
    OBJECT_VERSION,
    SealedObject,
    associated_data,
    open_sealed,
    padme,
)
from encrypted_store.stream import (
    FIRST_PLAIN,
    HEADER_SIZE,
    NEXT_PLAIN,
    TAG_SIZE,
    plain_span,
    segment_count,
)


def sealed_chunks(
    io: Fsio, path: Path, keys: KeyPage, vault_id: bytes, entry: Entry
) -> Generator[bytes, None, None]:
    """Yield the bytes of an object's file, in order.

    What is yielded is what was verified: nothing is read twice. Only the end of the iteration
    says that the object is whole and the one that the catalogue lists. Meant for one turn of the
    vault: the object's key is in the page's SINGLE place until the iteration ends or is closed.

    Raises:
        ObjectMissing, ObjectDamaged: also when the medium cannot read it. No OSError.
    """
    try:
        sealed = open_sealed(io, path, entry.id, entry.kind)
    except OSError as error:
        raise _unreadable(entry, error) from error
    key = keys.view(KeyName.SINGLE)
    plain = memoryview(bytearray(max(FIRST_PLAIN, NEXT_PLAIN)))
    try:
        associated = associated_data(vault_id, entry.id, entry.kind)
        sealed.header.derive_key(keys.view(KeyName.OBJECT), associated, key)
        yield FRAME.pack(MAGIC, entry.kind, 0, OBJECT_VERSION) + sealed.header.encode()
        yield from _segments(sealed, AESGCM(key), _Content(entry, sealed.plain_size), plain)
    except OSError as error:
        raise _unreadable(entry, error) from error
    finally:
        keys.wipe(KeyName.SINGLE)
        plain[:] = bytes(len(plain))
        sealed.close()


def _segments(
    sealed: SealedObject, aead: AESGCM, content: _Content, plain: memoryview
) -> Iterator[bytes]:
    count = segment_count(sealed.plain_size)
    for index in range(count):
        start, end = plain_span(index)
        length = min(end, sealed.plain_size) - start
        offset = FRAME.size + HEADER_SIZE + start + TAG_SIZE * index
        data = sealed.io.read_at(sealed.fd, offset, length + TAG_SIZE)
        try:
            if len(data) != length + TAG_SIZE:
                raise InvalidTag
            nonce = sealed.header.nonce(index, index == count - 1)
            aead.decrypt_into(nonce, data, None, plain[:length])
        except InvalidTag:
            raise content.damaged(f"segment {index} does not verify", index) from None
        content.feed(index, plain[:length])
        yield data
    content.finish()


class _Content:
    """Follows the plaintext as it passes and compares it with the catalogue's line."""

    def __init__(self, entry: Entry, plain_size: int) -> None:
        self._entry = entry
        self._plain_size = plain_size
        self._digest = hashlib.sha256()
        self._meta = bytearray()
        self._body = self._used = self._at = 0

    def feed(self, index: int, piece: memoryview) -> None:
        """Take the next segment's plaintext."""
        if index == 0:
            self._lengths(piece)
        meta, body, used = (
            min(max(edge - self._at, 0), len(piece))
            for edge in (LENGTHS.size, self._body, self._used)
        )
        self._meta += piece[meta:body]
        self._digest.update(piece[body:used])
        if piece[used:] != bytes(len(piece) - used):
            raise self.damaged("its padding is not zero", index)
        self._at += len(piece)

    def finish(self) -> None:
        """Judge what only the whole can tell."""
        try:
            canon.decode(bytes(self._meta))
        except canon.NotCanonical:
            raise self.damaged("its metadata is not canonical", 0) from None
        if self._digest.hexdigest() != self._entry.sha256:
            raise self.damaged("its content is not what the catalogue lists", None)

    def damaged(self, why: str, segment: int | None) -> ObjectDamaged:
        object_id = self._entry.id
        return ObjectDamaged(f"object {object_id}: {why}", object_id=object_id, segment=segment)

    def _lengths(self, first: memoryview) -> None:
        meta_size, payload_size = LENGTHS.unpack_from(first)
        self._body = LENGTHS.size + meta_size
        self._used = self._body + payload_size
        if meta_size > MAX_META or self._plain_size != padme(self._used):
            raise self.damaged("its length is not the padded length of what it holds", 0)
        if payload_size != self._entry.size:
            raise self.damaged("its length is not what the catalogue lists", 0)


def _unreadable(entry: Entry, error: OSError) -> ObjectDamaged:
    why = error.strerror or type(error).__name__
    return ObjectDamaged(f"object {entry.id} cannot be read: {why}", object_id=entry.id)
