# SPDX-License-Identifier: GPL-3.0-or-later
"""Vectors of operations: each is the last record of a log whose marks name it."""

from __future__ import annotations

from typing import Any

from store_sealer import Json, Segment, b64, cj, layout, sealed_object, segment_header
from store_world import DEAD, LOG, LONG, OPS, A, B, Writer, build, marks, opening, path, put

NEW, GRAVE = "ab" * 16, "cd" * 16
UPD: Json = {"op": "upd", "id": A, "meta": {}}
DEL: Json = {"op": "del", "id": A, "t": 5}
NOTE: Json = {"op": "note", "event": "x", "t": 5}
TOMB: Json = {"op": "tomb", "ids": [GRAVE]}
COUNTS = ["1", -1, True, None]
IDS = ["", NEW[:-1], NEW + "a", NEW.upper(), NEW[:-1] + "g", NEW + "\n", 7, None, [NEW]]
WRONG: dict[str, dict[str, list[Any]]] = {
    "open": {
        "epoch": [*COUNTS, 2], "prev_epoch": [*COUNTS, 1], "prev_seq": [*COUNTS, 1],
        "prev_tag": [b64(bytes(15)), b64(bytes(16)) + "==", 7, None, b64(b"\1" * 16)],
        "tombstones": ["no", {}, None, [7], [GRAVE.upper()], [GRAVE[:-1]], [[]]],
    },
    "put": {
        "id": IDS, "kind": ["1", 0, 8, -1, True, None], "size": COUNTS,
        "sha256": ["0" * 63, "0" * 65, "A" * 64, "g" * 64, 7, None],
        "meta": [[], None, "{}", 1], "recovered": [1, "true", None],
    },
    "upd": {"id": [NEW, DEAD, *IDS[:1], 7, None], "meta": [[], None, "{}"]},
    "del": {"id": [NEW, DEAD, 7, None], "t": COUNTS},
    "note": {"event": [7, None, {}], "t": COUNTS, "detail": [7, None, []]},
    "tomb": {"ids": ["no", {}, None, [7], [GRAVE.upper()], [A]]},
}  # fmt: skip


def write(w: Writer) -> None:
    for op in (opening(), put(NEW), UPD, DEL, NOTE, TOMB):
        _shapes(w, op)
    _sequences(w)
    _unknown(w)
    _positives(w)


def _bad(w: Writer, what: str, ops: list[Any], error: str = "CatalogueDamaged") -> None:
    segment = build(ops)
    place = {"seq": segment.seq} if error == "CatalogueDamaged" else {}
    files = {LOG: segment.data}
    if ops[: len(OPS)] != OPS:  # else the base's marks are behind the log, as after a crash
        files |= marks(segment, sum(op["op"] == "put" for op in ops))
    w.bad("catalogue-op", what, files, error, **place)


def _shapes(w: Writer, op: Json) -> None:
    name = op["op"]
    before = [] if name == "open" else OPS
    for field in op:
        if field != "op":
            _bad(w, f"{name} without {field}", [*before, {k: op[k] for k in op if k != field}])
    _bad(w, f"{name} with a further field", [*before, op | {"x": 1}])
    _bad(w, f'{name} with a further "must"', [*before, op | {"must": False}])
    for field, values in WRONG[name].items():
        for value in values:
            text = cj(value).decode()
            _bad(w, f"{name}: {field} is {text}", [*before, op | {field: value}])


def _sequences(w: Writer) -> None:
    _bad(w, "a log that begins with put", [put(NEW)])
    _bad(w, "a log that begins with note", [NOTE])
    _bad(w, "open once more", [*OPS, opening()])
    _bad(w, "put of a live id", [*OPS, put(A)])
    _bad(w, "put of an id deleted in this epoch", [*OPS, put(DEAD)])
    _bad(w, "put of an id that open buried", [opening(tombstones=[GRAVE]), put(GRAVE)])
    _bad(w, "put of an id that tomb buried", [*OPS, TOMB, put(GRAVE)])
    _bad(w, "upd after del", [*OPS, DEL, UPD])
    _bad(w, "del after del", [*OPS, DEL, DEL])
    _bad(w, "put after del", [*OPS, DEL, put(A)])


def _unknown(w: Writer) -> None:
    for what, op in {
        "without must": {"op": "sparkle", "x": 1},
        "with must true": {"op": "sparkle", "must": True},
        "with must 0": {"op": "sparkle", "must": 0},
        "with must null": {"op": "sparkle", "must": None},
        'with must "false"': {"op": "sparkle", "must": "false"},
        "a known name in upper case": put(NEW) | {"op": "PUT"},
    }.items():  # fmt: skip
        _bad(w, f"an unknown operation {what}", [*OPS, op], "NewerVersion")


def _positives(w: Writer) -> None:
    listed = [(A, {"n": 2}), (B, {}), (LONG, {"step": 7})]

    def good(
        what: str, ops: list[Any], shown: list[Any], files: Any = None, unlisted: int = 0
    ) -> None:
        segment = build(ops)
        changed = {LOG: segment.data} | marks(segment, len(shown) - unlisted) | (files or {})
        w.good("catalogue-op", what, changed, shown)

    good("an unknown operation with must false", [*OPS, {"op": "x", "must": False}], listed)
    good("a note", [*OPS, NOTE | {"detail": "y"}], listed)
    good("tomb", [*OPS, TOMB], listed)
    good("upd", [*OPS, UPD], [(A, {}), *listed[1:]])
    good("del", [*OPS, DEL], listed[1:])
    deep: Any = []
    for _ in range(62):
        deep = [deep]
    good(
        "metadata nested 64 deep",
        [*OPS, UPD | {"meta": {"n": deep}}],
        [(A, {"n": deep}), *listed[1:]],
    )
    strange = {"": 2**53 - 1, "a": [None, True, -(2**53 - 1)], "\x7f/\u2028": '\n\x1f"\\'}
    good("all that is canonical", [*OPS, UPD | {"meta": strange}], [(A, strange), *listed[1:]])
    grave = [opening(tombstones=[GRAVE]), *OPS[1:]]
    data = sealed_object(GRAVE, layout(b"{}", b""))
    good("a buried object that came back is not listed", grave, listed, {path(GRAVE): data})
    good("a whole object without a record is listed", OPS[:6], listed, unlisted=1)  # the long one
    empty = Segment(segment_header()).add(opening())
    gone = {path(one): None for one in (A, B, LONG)}
    w.good("catalogue-op", "an empty vault", {LOG: empty.data, **gone} | marks(empty, 0), [])
