# SPDX-License-Identifier: GPL-3.0-or-later
"""Vectors of objects: frame, stream and plaintext."""

from __future__ import annotations

import struct
from typing import Any

from store_sealer import cj, layout, rnd, sealed_object
from store_world import LONG, META, PAYLOAD, A, B, Writer, path

CUT = [48, 65_544, 131_080, 196_616]  # where the long object's segments start


def write(w: Writer) -> None:
    _frame(w)
    _stream(w)
    _plaintext(w)
    _metadata(w)


def damaged(w: Writer, layer: str, what: str, data: bytes, one: str = A, **place: Any) -> None:
    w.bad(layer, what, {path(one): data}, "ObjectDamaged", object=one, **place)


def _frame(w: Writer) -> None:
    good = w.base[path(A)]
    for what, at, value in (
        ("another magic", 0, b"W"), ("a segment's magic", 0, b"VVC1"), ("kind 0", 4, b"\0"),
        ("another kind", 4, b"\2"), ("kind 8", 4, b"\x08"), ("a reserved byte of 1", 5, b"\1"),
        ("version 2", 6, b"\0\2"), ("version 257", 6, b"\1\1"), ("version 0", 6, b"\0\0"),
        ("a stream header of 39 bytes", 8, b"\x27"), ("a stream header of 41 bytes", 8, b"\x29"),
    ):  # fmt: skip
        damaged(w, "object", what, good[:at] + value + good[at + len(value) :])
    for size in (0, 7, 8, 47, 48, 63, 64, 575):
        damaged(w, "object", f"cut to {size} bytes", good[:size])
    damaged(w, "object", "a byte after the end", good + b"\0", segment=0)
    damaged(w, "object", "itself once more after the end", good + good)
    damaged(w, "object", "another object's file", w.base[path(B)])
    w.bad("object", "no file", {path(A): None}, "ObjectMissing", object=A)
    plain = layout(cj(META[A]), PAYLOAD[A])
    for what, options in {
        "sealed for another vault": {"vault_id": rnd("another vault", 16)},
        "sealed as another kind": {"bound_kind": 2},
        "sealed as version 2": {"version": 2},
        "sealed under the catalogue's key": {"root": b"catalogue"},
    }.items():
        damaged(w, "object", what, sealed_object(A, plain, **options), segment=0)  # type: ignore[arg-type]
    damaged(w, "object", "sealed for another id", sealed_object(B, plain), segment=0)
    whole = sealed_object(A, plain, kind=2)
    damaged(w, "object", "a kind that the catalogue does not name", whole)
    fresh = sealed_object(A, plain, fresh="again")
    w.good("object", "sealed anew with another salt", {path(A): fresh})
    w.good("object", "the base as it is", {})


def _stream(w: Writer) -> None:
    good, long = w.base[path(A)], w.base[path(LONG)]
    for what, at in (("salt", 9), ("prefix", 41), ("ciphertext", 48), ("tag", 575)):
        bent = good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]
        damaged(w, "object", f"one bit of the {what}", bent, segment=0)
    for n, at in enumerate(CUT):
        bent = long[: at + 9] + bytes([long[at + 9] ^ 128]) + long[at + 10 :]
        damaged(w, "object", f"one bit of segment {n}", bent, LONG, segment=n)
    plain = layout(cj(META[A]), PAYLOAD[A])
    for what, options in {
        "the only segment is not marked as the last": {"flags": {0: 0}},
        "a last mark of 2": {"flags": {0: 2}},
        "segments counted from 1": {"start": 1},
    }.items():
        damaged(w, "object", what, sealed_object(A, plain, **options), segment=0)  # type: ignore[arg-type]
    edges = [*CUT, len(long)]
    head, parts = long[:48], [long[edges[n] : edges[n + 1]] for n in range(4)]
    for what, order, segment in (
        ("segments 1 and 2 swapped", [0, 2, 1, 3], 1),
        ("segment 1 once more in the place of 2", [0, 1, 1, 3], 2),
        ("segment 1 dropped", [0, 2, 3], None),
        ("segment 1 twice", [0, 1, 1, 2, 3], None),
        ("the last segment dropped", [0, 1, 2], None),
        ("the last segment twice", [0, 1, 2, 3, 3], None),
        ("only the first segment", [0], 0),
        ("the first segment dropped", [1, 2, 3], 0),
    ):
        place = {} if segment is None else {"segment": segment}
        damaged(w, "object", what, head + b"".join(parts[n] for n in order), LONG, **place)
    damaged(w, "object", "cut within segment 1", long[:100_000], LONG)
    damaged(w, "object", "cut within the last tag", long[:-1], LONG)


def _plaintext(w: Writer) -> None:
    meta, payload = cj(META[A]), PAYLOAD[A]
    used = 12 + len(meta) + len(payload)
    zeros = bytes(512 - used)
    whole = layout(meta, payload)
    numbers = struct.pack
    for what, plain in {
        "one byte longer than padded": whole + b"\0",
        "the next padded length": layout(meta, payload, 544),
        "twice the padded length": layout(meta, payload, 1024),
        "511 bytes": whole[:-1],
        "no padding at all": whole[:used],
        "only the lengths": whole[:12],
        "11 bytes": whole[:11],
        "nothing": b"",
        "the first padding byte is 1": whole[:used] + b"\1" + zeros[1:],
        "the last padding byte is 1": whole[:-1] + b"\1",
        "padding of spaces": layout(meta, payload, fill=b" "),
        "a payload length one less": numbers(">IQ", len(meta), 2) + whole[12:],
        "a payload length one more": numbers(">IQ", len(meta), 4) + whole[12:],
        "a payload length of 2^63": numbers(">IQ", len(meta), 2**63) + whole[12:],
        "a payload length of 2^64 - 1": numbers(">IQ", len(meta), 2**64 - 1) + whole[12:],
        "a metadata length one less": numbers(">IQ", len(meta) - 1, 3) + whole[12:],
        "a metadata length one more": numbers(">IQ", len(meta) + 1, 3) + whole[12:],
        "a metadata length of 2^32 - 1": numbers(">IQ", 2**32 - 1, 3) + whole[12:],
        "a metadata length of 0": numbers(">IQ", 0, 3) + whole[12:],
        "a payload of another length than the catalogue's": layout(meta, payload + b"!"),
    }.items():
        damaged(w, "plaintext-layout", what, sealed_object(A, plain))


def _metadata(w: Writer) -> None:
    for what, meta in {
        "a space": b'{"n": 1}', "keys in another order": b'{"n":1,"a":1}',
        "a key twice": b'{"n":1,"n":1}', "a float": b'{"n":1.5}', "an exponent": b'{"n":1e3}',
        "2^53": b'{"n":9007199254740992}', "minus zero": b'{"n":-0}', "NaN": b'{"n":NaN}',
        "-2^53": b'{"n":-9007199254740992}', "half a surrogate pair": b'{"n":"\\ud800"}',
        "an escape that was not needed": b'{"n":"\\u0041"}', "a solidus escaped": b'{"n":"\\/"}',
        "upper-case hex in an escape": b'{"n":"\\u001F"}', "a raw control": b'{"n":"\x01"}',
        "a long escape where a short one exists": b'{"n":"\\u000a"}',
        "bytes that are not UTF-8": b'{"n":"\xff"}', "a byte order mark": b"\xef\xbb\xbf{}",
        "an array": b"[]", "a number": b"1", "null": b"null", "nothing": b"",
        "an object and a line feed": b"{}\n", "half an object": b'{"n":1',
        "text that is a surrogate in UTF-8": b'{"n":"\xed\xa0\x80"}',
        "nesting of 100": b'{"n":' + b"[" * 99 + b"]" * 99 + b"}",
        "nesting of 1,100": b'{"n":' + b"[" * 1100 + b"]" * 1100 + b"}",
    }.items():  # fmt: skip
        data = sealed_object(A, layout(meta, PAYLOAD[A]))
        damaged(w, "plaintext-layout", f"metadata: {what}", data)
    for what, value in {
        "all that is canonical": {"": 2**53 - 1, "a": [None, True, False, -1, "\n\x1f\x7f/\u2028"]},
        "keys by code point, not by UTF-16 unit": {"\U0001f399": 1, "\uff5e": 2},
    }.items():
        data = sealed_object(A, layout(cj(value), PAYLOAD[A]))
        w.good("plaintext-layout", f"metadata: {what}", {path(A): data})
