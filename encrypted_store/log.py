# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue's file: a chain of sealed records in one append-only segment.

    "VVC1" || u16 1 || u16 0 || u64 epoch || salt(32)            segment header, 48 bytes
    u32 L || check(4) || nonce(12) || ciphertext || tag(16)      record n, L = 28 + padded length

Knows bytes and their order; what a record means is the catalogue's, what a break means is
recovery's.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from encrypted_store import canon
from encrypted_store.errors import MetaInvalid
from encrypted_store.kdf import Buffer, hkdf
from encrypted_store.paths import PREFIX

HEADER = struct.Struct(">4sHHQ32s")
MAGIC = b"VVC1"
SEGMENT_VERSION = 1
MAX_L = 2**20
MAX_RECORDS = 2**24
"""Of one epoch. Its nonces are random: two of them meet with a chance of 2^-49 by then."""
NONCE_SIZE = 12
TAG_SIZE = 16
_BLOCK = 256
_LENGTH = struct.Struct(">I")
_PLACE = struct.Struct(">QI")  # number and length of a record
_RECORD = PREFIX + b"rec\0"
_FRAME = 8  # L and its check
_OVERHEAD = NONCE_SIZE + TAG_SIZE


def new_header(epoch: int, random: Callable[[int], bytes]) -> bytes:
    return HEADER.pack(MAGIC, SEGMENT_VERSION, 0, epoch, random(32))


def header_epoch(header: bytes) -> int | None:
    """The epoch of a well-formed segment header, else None."""
    if len(header) != HEADER.size:
        return None
    magic, version, zero, epoch, _ = HEADER.unpack(header)
    return int(epoch) if (magic, version, zero) == (MAGIC, SEGMENT_VERSION, 0) else None


def derive_key(
    catalogue_key: Buffer, vault_id: bytes, header: bytes, out: bytearray | memoryview
) -> None:
    """Fill `out` with the segment's own key."""
    hkdf(catalogue_key, header[16:], PREFIX + b"cat\0" + vault_id + header[:16], out)


def first_link(header: bytes) -> bytes:
    """What stands for the previous tag at record 0."""
    return hashlib.sha256(header).digest()[:TAG_SIZE]


@dataclass(frozen=True, slots=True)
class Record:
    """One verified record."""

    seq: int
    end: int
    """Offset of the byte after it."""
    tag: bytes
    op: dict[str, Any]


class Break(Enum):
    """How a walk can end before the end of the file."""

    CUT = "the last record is incomplete"
    ZEROS = "the rest of the file is zeros"
    LENGTH = "a record's length does not pass its check"
    LAST = "the last record does not verify"
    INNER = "a record does not verify"
    CONTENT = "a record verifies and its content is malformed"


@dataclass(frozen=True, slots=True)
class Walk:
    """Everything readable, and where and why reading stopped (None: at the end of the file)."""

    records: list[Record]
    end: int
    trouble: Break | None

    @property
    def next_seq(self) -> int:
        return len(self.records)


def encode_record(
    aead: AESGCM, nonce: bytes, seq: int, previous: bytes, op: Mapping[str, Any]
) -> bytes:
    """The bytes of record `seq`. Its last 16 are its tag, the next record's `previous`.

    Raises:
        MetaInvalid: the operation does not fit a record.
    """
    plain = _padded(op)
    length = len(plain) + _OVERHEAD
    sealed = aead.encrypt(nonce, plain, _record_ad(seq, length, previous))
    return _LENGTH.pack(length) + _length_check(previous, seq, length) + nonce + sealed


def check_fits(op: Mapping[str, Any]) -> None:
    """Raises MetaInvalid when the operation is too long for a record."""
    _padded(op)


def walk(data: bytes, aead: AESGCM) -> Walk:
    """Read a segment's records until the end or the first thing that is not one.

    Why the length has its own check: one flipped bit in L would otherwise move the end of the
    record past the end of the file and pass for the cut tail of a crash, and every acknowledged
    record after it would go with it.
    """
    records: list[Record] = []
    offset = HEADER.size
    previous = first_link(data[:offset])
    view = memoryview(data)

    def stop(trouble: Break | None) -> Walk:
        return Walk(records, offset, trouble)

    while offset < len(data):
        seq = len(records)
        if len(data) - offset < _FRAME:
            return stop(Break.CUT)
        (length,) = _LENGTH.unpack_from(data, offset)
        sound = data[offset + 4 : offset + 8] == _length_check(previous, seq, length)
        if not sound or not _OVERHEAD + _BLOCK <= length <= MAX_L:
            return stop(Break.LENGTH if any(view[offset:]) else Break.ZEROS)
        end = offset + _FRAME + length
        if end > len(data):
            return stop(Break.CUT)
        nonce = data[offset + _FRAME : offset + _FRAME + NONCE_SIZE]
        sealed = view[offset + _FRAME + NONCE_SIZE : end]
        try:
            plain = aead.decrypt(nonce, sealed, _record_ad(seq, length, previous))
        except InvalidTag:
            return stop(Break.LAST if end == len(data) else Break.INNER)
        op = _content(plain)
        if op is None:
            return stop(Break.CONTENT)
        previous = data[end - TAG_SIZE : end]
        records.append(Record(seq, end, previous, op))
        offset = end
    return stop(None)


def _padded(op: Mapping[str, Any]) -> bytes:
    body = canon.encode(op)
    used = _LENGTH.size + len(body)
    plain = _LENGTH.pack(len(body)) + body + bytes(-used % _BLOCK)
    if len(plain) + _OVERHEAD > MAX_L:
        raise MetaInvalid(
            f"the metadata takes {len(body)} bytes, a record holds {MAX_L - 2 * _BLOCK}",
            where="meta",
            hint="metadata is for a few facts; put long content in the payload",
        )
    return plain


def _content(plain: bytes) -> dict[str, Any] | None:
    (size,) = _LENGTH.unpack_from(plain)
    used = _LENGTH.size + size
    if len(plain) != used + -used % _BLOCK or plain[used:] != bytes(len(plain) - used):
        return None
    try:
        return canon.decode(plain[_LENGTH.size : used])
    except canon.NotCanonical:
        return None


def _record_ad(seq: int, length: int, previous: bytes) -> bytes:
    return _RECORD + _PLACE.pack(seq, length) + previous


def _length_check(previous: bytes, seq: int, length: int) -> bytes:
    return hashlib.sha256(previous + _PLACE.pack(seq, length)).digest()[:4]


def build_segment(
    header: bytes, aead: AESGCM, random: Callable[[int], bytes], ops: list[dict[str, Any]]
) -> tuple[bytes, bytes]:
    """A whole segment holding `ops`, and its last tag. Creation and compaction start epochs so."""
    parts = [header]
    tag = first_link(header)
    for seq, op in enumerate(ops):
        parts.append(encode_record(aead, random(NONCE_SIZE), seq, tag, op))
        tag = parts[-1][-TAG_SIZE:]
    return b"".join(parts), tag
