# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of an object's file is genuine, when nothing else is known or it is damaged.

Every byte that is handed on has verified: the leading segments up to the first that does not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from encrypted_store import canon
from encrypted_store.errors import VaultError
from encrypted_store.fsio import Buffer, Fsio
from encrypted_store.keys import KeyName
from encrypted_store.kinds import Kind
from encrypted_store.log import check_fits
from encrypted_store.objects import (
    FRAME,
    LENGTHS,
    SMALLEST,
    SealedObject,
    associated_data,
    open_sealed,
    padme,
)
from encrypted_store.operations import put_op
from encrypted_store.session import Session
from encrypted_store.stream import (
    FIRST_PLAIN,
    HEADER_SIZE,
    SEGMENT_SIZE,
    TAG_SIZE,
    Opener,
    SegmentError,
    StreamHeader,
)


@dataclass(slots=True)
class Content:
    """Follows the verified plaintext of one object from its start."""

    meta: bytearray
    payload: bytearray | None
    """Kept only when asked for."""
    digest: Any
    meta_left: int = 0
    payload_left: int = 0
    verified: int = 0
    """Payload bytes."""

    @classmethod
    def new(cls, keep: bool) -> Content:
        return cls(bytearray(), bytearray() if keep else None, hashlib.sha256())

    def start(self, first: memoryview) -> memoryview:
        """Take the lengths off the first piece."""
        self.meta_left, self.payload_left = LENGTHS.unpack_from(first)
        return first[LENGTHS.size :]

    def feed(self, piece: memoryview) -> bool:
        """Take the next piece. False: padding that is not zero."""
        meta = min(self.meta_left, len(piece))
        self.meta += piece[:meta]
        self.meta_left -= meta
        end = meta + min(self.payload_left, len(piece) - meta)
        self.digest.update(piece[meta:end])
        if self.payload is not None:
            self.payload += piece[meta:end]
        self.payload_left -= end - meta
        self.verified += end - meta
        return piece[end:] == bytes(len(piece) - end)


def unlisted_op(session: Session, object_id: str, path: Path) -> dict[str, Any] | None:
    """The operation that lists an object nobody listed; None when it is not whole."""
    try:
        sealed = open_sealed(session.io, path, object_id, None)
    except (VaultError, OSError):
        return None
    content = Content.new(keep=False)
    try:
        _whole(session, sealed, content)
        if sealed.kind not in Kind._value2member_map_:
            return None
        meta = canon.plain_mapping(canon.decode(bytes(content.meta)))
        size, digest = content.verified, content.digest.hexdigest()
        op = put_op(object_id, sealed.kind, size, digest, meta, recovered=True)
        check_fits(op)
        return op
    except (VaultError, canon.NotCanonical, OSError):
        return None
    finally:
        sealed.close()


def salvage(session: Session, object_id: str, kind: int, keep: bool) -> Content:
    """The payload bytes of a damaged object's file that verify, from the first on.

    The clear frame is not asked: kind and id are known from the catalogue, and the key proves
    them. So neither a damaged frame nor something appended to the file costs anything.
    """
    content = Content.new(keep)
    try:
        fd = session.io.open_read(session.paths.object(object_id))
    except OSError:
        return content
    key = session.keys.view(KeyName.SINGLE)
    try:
        start = session.io.read_at(fd, FRAME.size, HEADER_SIZE)
        header = StreamHeader.decode(bytes([HEADER_SIZE]) + start[1:])
        if header is not None:
            associated = associated_data(session.vault_id, object_id, kind)
            header.derive_key(session.keys.view(KeyName.OBJECT), associated, key)
            for piece in _leading(session.io, fd, header, key, content):
                content.feed(piece)
    except OSError:  # the medium gives no more
        return content
    finally:
        session.keys.wipe(KeyName.SINGLE)
        session.io.close(fd)
    return content


def _whole(session: Session, sealed: SealedObject, content: Content) -> None:
    """Feed all of a file to `content`. Raises ObjectDamaged."""
    key = session.keys.view(KeyName.SINGLE)
    try:
        associated = associated_data(session.vault_id, sealed.object_id, sealed.kind)
        sealed.header.derive_key(session.keys.view(KeyName.OBJECT), associated, key)
        opener = Opener(sealed.header, key, sealed.plain_size)
        for index in range(opener.count):
            piece = sealed.piece(opener, index)
            if index == 0:
                sealed.lengths(piece)
                piece = content.start(piece)
            if not content.feed(piece):
                raise sealed.damaged("its padding is not zero", index)
    finally:
        session.keys.wipe(KeyName.SINGLE)


def _leading(
    io: Fsio, fd: int, header: StreamHeader, key: Buffer, content: Content
) -> Iterator[memoryview]:
    """Verified plaintext, segment by segment, by the lengths that the first one states.

    Not by the file's size, which is wrong when the file was cut or something was appended.
    """
    for size in _first_sizes(io.size(fd) - FRAME.size - HEADER_SIZE):
        opener = Opener(header, key, size)
        try:
            first = _piece(io, fd, opener, 0)
        except SegmentError:
            continue
        rest = content.start(first)
        opener = Opener(header, key, padme(LENGTHS.size + content.meta_left + content.payload_left))
        yield rest
        for index in range(1, opener.count):
            try:
                yield _piece(io, fd, opener, index)
            except SegmentError:
                return
        return


def _first_sizes(body: int) -> Iterator[int]:
    """Lengths of plaintext to try for the first segment: a full one first, then short objects."""
    if body >= SEGMENT_SIZE - HEADER_SIZE:
        yield FIRST_PLAIN + 1
    size = padme(SMALLEST)
    while size <= min(body - TAG_SIZE, FIRST_PLAIN):
        yield size
        size = padme(size + 1)


def _piece(io: Fsio, fd: int, opener: Opener, index: int) -> memoryview:
    offset, length = opener.cipher_span(index)
    return opener.open_piece(index, io.read_at(fd, FRAME.size + offset, length))
