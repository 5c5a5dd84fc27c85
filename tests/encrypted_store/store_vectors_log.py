# SPDX-License-Identifier: GPL-3.0-or-later
"""Vectors of HEAD, the anchor, the segment and its records."""

from __future__ import annotations

import struct
from typing import Any

from store_sealer import Segment, b64, cj, mark, mark_fields, plain_record, rnd, segment_header
from store_world import COUNT, HEADERS, LOG, OPS, A, B, Writer, build, marks, opening, path, put

DAMAGED, ROLLBACK = "CatalogueDamaged", "RollbackDetected"
NOTE = {"op": "note", "event": "x", "t": 0}
LAST = len(OPS) - 1


def write(w: Writer) -> None:
    whole = build(OPS)
    _marks(w, whole)
    _head(w, whole)
    _anchor(w, whole)
    _segment(w)
    _frames(w, whole)
    _seals(w)
    _orders(w, whole)
    _tails(w, whole)
    _content(w)
    _folder(w, whole)


def _marks(w: Writer, whole: Segment) -> None:
    """Faults that both marks can have: HEAD is refused, an anchor counts as absent."""
    fields = mark_fields(1, whole.seq, whole.tag, COUNT)
    for name, label, other, more in (
        ("HEAD", b"head-mac", b"anchor-mac", {}),
        ("anchor", b"anchor-mac", b"head-mac", {"hgen": 1, "time": 5}),
    ):
        full = fields | more
        good = mark(label, full)
        body, mac, _ = good.split(b"\n")
        faults: dict[str, bytes | None] = {
            "missing": None,
            "empty": b"",
            "no line feed at the end": good[:-1],
            "a third line": good + b"\n",
            "a byte after the end": good + b" ",
            "carriage returns": good.replace(b"\n", b"\r\n"),
            "upper-case MAC": b"%s\n%s\n" % (body, mac.upper()),
            "one digit of the MAC": b"%s\n%s\n" % (body, bytes([mac[0] ^ 1]) + mac[1:]),
            "no MAC": body + b"\n\n",
            "MAC under another key": mark(other, full),
            "a space in it": mark(label, body.replace(b":", b": ", 1)),
            "a key twice": mark(label, body.replace(b"{", b'{"count":3,', 1)),
            "a field more": mark(label, full | {"x": 1}),
            "of another vault": mark(label, full | {"vault_id": b64(rnd("another vault", 16))}),
        }
        faults |= {
            f"no {field}": mark(label, {k: v for k, v in full.items() if k != field})
            for field in full
        }
        for field in full:
            values: list[Any] = [None, -1] if isinstance(full[field], int) else [b64(bytes(15)), 7]
            for value in values:
                text = f"{field} is {cj(value).decode()}"
                faults[text] = mark(label, full | {field: value})
        for what, data in faults.items():
            if name == "HEAD":
                w.bad("head", what, {name: data}, "VaultTampered")
            else:
                w.good("anchor", f"counts as absent: {what}", {name: data})


def _head(w: Writer, whole: Segment) -> None:
    fields = mark_fields(1, whole.seq, whole.tag, COUNT)

    def head(what: str, error: str, change: dict[str, Any], **place: Any) -> None:
        w.bad("head", what, {"HEAD": mark(b"head-mac", fields | change)}, error, **place)

    for count in (COUNT - 1, COUNT + 1):
        head(f"a count of {count}", DAMAGED, {"count": count}, seq=LAST)
    head("an epoch that has no segment", DAMAGED, {"epoch": 2}, seq=0)
    head("epoch 0", DAMAGED, {"epoch": 0}, seq=0)
    head("a record beyond the last", ROLLBACK, {"seq": whole.seq + 1})
    head("another tag", ROLLBACK, {"tag": b64(rnd("tag", 16))})
    head("the tag of the record before", ROLLBACK, {"seq": whole.seq - 1})
    older = build(OPS[:4])
    w.good("head", "behind the log, as after a crash", {"HEAD": marks(older, 2)["HEAD"]})


def _anchor(w: Writer, whole: Segment) -> None:
    fields = mark_fields(1, whole.seq, whole.tag, COUNT) | {"hgen": 1, "time": 5}
    for what, change in {
        "a record beyond the last": {"seq": whole.seq + 1},
        "another tag": {"tag": b64(rnd("tag", 16))},
        "a later epoch": {"epoch": 2},
        "a later generation of the header": {"hgen": 2},
    }.items():
        w.bad("anchor", what, {"anchor": mark(b"anchor-mac", fields | change)}, ROLLBACK)
    older = build(OPS[:4])
    w.good("anchor", "behind the log, as after a crash", {"anchor": marks(older, 2)["anchor"]})


def _segment(w: Writer) -> None:
    good = w.base[LOG]
    for what, data in {
        "missing": None, "empty": b"", "47 bytes": good[:47], "only its header": good[:48],
        "another magic": b"VVO1" + good[4:], "version 2": good[:4] + b"\0\2" + good[6:],
        "a reserved number of 1": good[:6] + b"\0\1" + good[8:],
        "another epoch than its name": good[:15] + b"\2" + good[16:],
        "one bit of its salt": good[:16] + bytes([good[16] ^ 1]) + good[17:],
    }.items():  # fmt: skip
        w.bad("segment", what, {LOG: data}, DAMAGED, seq=0)
    foreign = Segment(segment_header(), rnd("another vault", 16))
    for op in OPS:
        foreign.add(op)
    w.bad("segment", "of another vault", {LOG: foreign.data}, DAMAGED, seq=0)
    for what, start in {
        "another magic": b"VVC2\0\1\0\0", "version 2": b"VVC1\0\2\0\0",
        "a reserved number of 1": b"VVC1\0\1\0\1",
    }.items():  # fmt: skip
        sealed = Segment(segment_header(start=start))
        for op in OPS:
            sealed.add(op)
        files = {LOG: sealed.data} | marks(sealed)
        w.bad("segment", f"{what}, all records sealed for it", files, DAMAGED, seq=0)
    second = Segment(segment_header(2)).add(opening(epoch=1))
    named = {"cat/00000002.vvlog": second.data} | marks(second, 0, epoch=2)
    w.bad("segment", "its first record opens another epoch", named, DAMAGED, seq=0)


def _frames(w: Writer, whole: Segment) -> None:
    """Bits of record 3, which both marks cover."""
    start = sum(map(len, whole.parts[:4]))
    for what, offset in (
        ("the length's top bit", 0), ("the length", 2), ("the length's last bit", 3),
        ("the length's check", 4), ("the nonce", 8), ("the ciphertext", 20), ("the tag", 291),
    ):  # fmt: skip
        data = bytearray(whole.data)
        data[start + offset] ^= 128 if offset == 0 else 1
        w.bad("record", f"one bit of {what}", {LOG: bytes(data)}, DAMAGED, seq=3)
    for length in (0, 27, 28, 283, 1_048_577, 2**32 - 1):
        segment = build(OPS[:3]).seal(plain_record(OPS[3]), said=length)
        for op in OPS[4:]:
            segment.add(op)
        what = f"a length of {length} with a right check"
        w.bad("record", what, {LOG: segment.data} | marks(segment), DAMAGED, seq=3)


def _seals(w: Writer) -> None:
    plain = plain_record(OPS[3])
    for what, options in {
        "sealed under another number": {"number": 4},
        "sealed under another link": {"previous": rnd("another link", 16)},
        "sealed under another length": {"bound": 540},
    }.items():
        segment = build(OPS[:3]).seal(plain, **options)  # type: ignore[arg-type]
        for op in OPS[4:]:
            segment.add(op)
        w.bad("record", what, {LOG: segment.data} | marks(segment), DAMAGED, seq=3)


def _orders(w: Writer, whole: Segment) -> None:
    start, parts = whole.parts[0], whole.parts[1:]
    for what, order, seq in (
        ("records 2 and 3 swapped", [0, 1, 3, 2, 4, 5, 6], 2),
        ("the last two swapped", [0, 1, 2, 3, 4, 6, 5], 5),
        ("record 0 dropped", [1, 2, 3, 4, 5, 6], 0),
        ("record 3 dropped", [0, 1, 2, 4, 5, 6], 3),
        ("record 3 twice", [0, 1, 2, 3, 3, 4, 5, 6], 4),
        ("record 1 replayed in the place of 4", [0, 1, 2, 3, 1, 5, 6], 4),
        ("all records backwards", [6, 5, 4, 3, 2, 1, 0], 0),
    ):
        data = start + b"".join(parts[n] for n in order)
        w.bad("record", what, {LOG: data}, DAMAGED, seq=seq)
    other = build([*OPS[:3], {"op": "upd", "id": A, "meta": {"n": 3}}, *OPS[4:]])
    data = b"".join([start, *parts[:3], other.parts[4], *parts[4:]])
    w.bad("record", "record 3 of another history", {LOG: data}, DAMAGED, seq=4)
    w.bad("record", "all of another history", {LOG: other.data}, ROLLBACK)
    for keep in (1, 3, LAST):
        data = start + b"".join(parts[:keep])
        w.bad("record", f"only the first {keep} records", {LOG: data}, ROLLBACK)
        w.bad("record", f"cut within record {keep}", {LOG: data + parts[keep][:100]}, ROLLBACK)


def _tails(w: Writer, whole: Segment) -> None:
    """What follows the last marked record, with an anchor and without."""
    more = build([*OPS, put(rnd("id unacknowledged", 16).hex())]).parts[-1]
    spoilt = more[:-1] + bytes([more[-1] ^ 1])
    unsure = spoilt[:4] + b"\0\0\0\0" + spoilt[8:]
    for what, tail, alone in (
        ("half a record", more[:100], True), ("five bytes", more[:5], True),
        ("zeros", bytes(292), True), ("a record that does not verify", spoilt, False),
        ("a record whose length fails its check", unsure, False),
        ("the last record once more", whole.parts[-1], False),
    ):  # fmt: skip
        files = {LOG: whole.data + tail}
        w.good("record", f"after the marks: {what}", files)
        files |= {"anchor": None}  # type: ignore[dict-item]
        if alone:
            w.good("record", f"after HEAD, no anchor: {what}", files)
        else:
            w.bad("record", f"after HEAD, no anchor: {what}", files, DAMAGED, seq=LAST + 1)
    files = {LOG: whole.data + spoilt + more}
    w.bad("record", "two records after the marks, the first does not verify", files, DAMAGED,
          seq=LAST + 1)  # fmt: skip


def _content(w: Writer) -> None:
    """Record 7 verifies, and what it holds is malformed."""

    def holds(what: str, plain: bytes) -> None:
        segment = build(OPS).seal(plain)
        # Marked, where a reader that sees a mere bad length would take it for a crash's leftover.
        known = marks(segment) if len(plain) < 256 else {}
        w.bad("record", what, {LOG: segment.data} | known, DAMAGED, seq=LAST + 1)

    body = cj(NOTE)
    deep = cj(put("ab" * 16, meta={"n": 0}))
    size = struct.pack(">I", len(body))
    filled = size + body + bytes(252 - len(body))
    for what, plain in {
        "an empty plaintext": b"",
        "255 bytes": filled[:-1],
        "257 bytes": filled + b"\0",
        "a block of padding too much": filled + bytes(256),
        "padding that is not zero": filled[:-1] + b"\1",
        "a length one less": struct.pack(">I", len(body) - 1) + filled[4:],
        "a length one more": struct.pack(">I", len(body) + 1) + filled[4:],
        "a length beyond the record": struct.pack(">I", 253) + filled[4:],
        "a length of 2^32 - 1": b"\xff" * 4 + filled[4:],
        "nothing but zeros": bytes(256),
    }.items():
        holds(what, plain)
    for what, raw in {
        "a space": body.replace(b",", b", ", 1),
        "keys in another order": b'{"op":"note","event":"x","t":0}',
        "a key twice": body[:-1] + b',"t":0}', "a float": body.replace(b":0", b":0.0"),
        "2^53": body.replace(b":0", b":9007199254740992"),
        "minus zero": body.replace(b":0", b":-0"),
        "half a surrogate pair": body.replace(b'"x"', b'"\\udfff"'),
        "an escape that was not needed": body.replace(b'"x"', b'"\\u0078"'),
        "bytes that are not UTF-8": body.replace(b'"x"', b'"\xfe"'),
        "an array": b"[" + body + b"]", "a string": b'"note"',
        "nesting of 100": deep.replace(b'"n":0', b'"n":' + b"[" * 99 + b"]" * 99),
        "nesting of 1,100": deep.replace(b'"n":0', b'"n":' + b"[" * 1100 + b"]" * 1100),
    }.items():  # fmt: skip
        holds(f"content: {what}", plain_record(raw))


def _folder(w: Writer, whole: Segment) -> None:
    swapped = {"HEAD": w.base["anchor"], "anchor": w.base["HEAD"]}
    w.bad("folder", "HEAD and anchor swapped", dict(swapped), "VaultTampered")
    w.bad("folder", "header and HEAD swapped", {HEADERS[0]: w.base["HEAD"], HEADERS[1]: None,
          "HEAD": w.base[HEADERS[0]]}, "HeaderDamaged")  # fmt: skip
    older = build(OPS[:4])
    w.bad("folder", "an older log", {LOG: older.data}, ROLLBACK)
    w.bad("folder", "an older log and HEAD, the anchor newer",
          {LOG: older.data, "HEAD": marks(older, 2)["HEAD"]}, ROLLBACK)  # fmt: skip
    listed = [put(A, meta={"n": 2}), put(B)]
    for what, base_seq, base_tag, good in (
        ("made from the last record", whole.seq, whole.tag, True),
        ("made from an older record", whole.seq - 1, whole.tag, False),
        ("made from another last record", whole.seq, rnd("tag", 16), False),
    ):
        segment = Segment(segment_header(2))
        segment.add(opening(epoch=2, prev_epoch=1, prev_seq=base_seq, prev_tag=b64(base_tag)))
        for op in [*listed, OPS[6]]:
            segment.add(op)
        files: dict[str, bytes | None] = {"cat/00000002.vvlog": segment.data}
        files["HEAD"] = marks(segment, epoch=2)["HEAD"]  # the anchor was not moved yet
        if good:
            w.good("folder", f"epoch 2, {what}", files)
            w.good("folder", "epoch 2, HEAD not moved yet", files | {"HEAD": w.base["HEAD"]})
            newer = files | {LOG: None, "anchor": marks(segment, epoch=2)["anchor"]}
            w.good("folder", "epoch 2, complete", newer)
            w.bad("folder", "HEAD back to an epoch that is gone",
                  newer | {"HEAD": w.base["HEAD"]}, DAMAGED, seq=0)  # fmt: skip
            w.bad("folder", "back to epoch 1, the anchor knows 2",
                  newer | {LOG: w.base[LOG], "HEAD": w.base["HEAD"]}, ROLLBACK)  # fmt: skip
        else:
            w.bad("folder", f"epoch 2, {what}", files, ROLLBACK)
    short = path(A).replace(".vvo", ".vv")
    w.good("folder", "a file that is no object", {short: b"hm"})
    w.good("folder", "an unlisted object that does not verify", {path("ab" * 16): b"VVO1"})
