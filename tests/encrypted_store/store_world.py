# SPDX-License-Identifier: GPL-3.0-or-later
"""The small vault that the vectors start from, and how a vector is written down against it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from store_sealer import (
    Json,
    Segment,
    b64,
    cj,
    header,
    header_body,
    layout,
    mark,
    mark_fields,
    rnd,
    sealed_object,
    segment_header,
)

A, B, LONG, DEAD = (rnd(f"id {name}", 16).hex() for name in ("a", "b", "long", "dead"))
HEADERS = ["vault.json", "vault.json.2"]
LOG = "cat/00000001.vvlog"
META = {A: {"n": 1, "text": "Grüße"}, B: {}, LONG: {"step": 7}, DEAD: {}}
PAYLOAD = {A: b"one", B: b"", LONG: rnd("long payload", 196_500), DEAD: b"gone"}
KIND = {A: 1, B: 4, LONG: 3, DEAD: 1}
WINDOW = 16  # bytes that must agree before a vector refers to the base instead of repeating it


def path(object_id: str) -> str:
    return f"obj/{object_id[:2]}/{object_id}.vvo"


def put(object_id: str, **change: Any) -> Json:
    payload = PAYLOAD.get(object_id, b"")
    return {
        "op": "put",
        "id": object_id,
        "kind": KIND.get(object_id, 1),
        "size": len(payload),
        "sha256": hashlib.sha256(payload).hexdigest(),
        "meta": META.get(object_id, {}),
    } | change


def opening(**change: Any) -> Json:
    return {
        "op": "open",
        "epoch": 1,
        "prev_epoch": 0,
        "prev_seq": 0,
        "prev_tag": b64(bytes(16)),
        "tombstones": [],
    } | change


OPS: list[Json] = [
    opening(),
    put(A),
    put(B),
    {"op": "upd", "id": A, "meta": {"n": 2}},
    put(DEAD),
    {"op": "del", "id": DEAD, "t": 1_700_000_001},
    put(LONG),
]
COUNT = 3


def build(ops: list[Any]) -> Segment:
    """Records from operations; bytes are bodies, a Segment method call is the caller's."""
    segment = Segment(segment_header())
    for op in ops:
        segment.add(op)
    return segment


def marks(segment: Segment, count: int = COUNT, epoch: int = 1) -> dict[str, bytes]:
    """HEAD and anchor that name the segment's last record."""
    fields = mark_fields(epoch, segment.seq, segment.tag, count)
    return {
        "HEAD": mark(b"head-mac", fields),
        "anchor": mark(b"anchor-mac", fields | {"hgen": 1, "time": 1_700_000_002}),
    }


def base_files() -> dict[str, bytes]:
    segment = build(OPS)
    files = {name: header(header_body()) for name in HEADERS}
    files |= {LOG: segment.data} | marks(segment)
    for object_id in (A, B, LONG):
        plain = layout(cj(META[object_id]), PAYLOAD[object_id])
        files[path(object_id)] = sealed_object(object_id, plain, kind=KIND[object_id])
    return files


@dataclass
class Writer:
    """Collects vectors: each is a change of some files of the base and what must come of it."""

    base: dict[str, bytes] = field(default_factory=base_files)
    vectors: list[Json] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._windows: dict[str, dict[bytes, int]] = {}

    def bad(
        self,
        layer: str,
        what: str,
        files: Mapping[str, bytes | None],
        error: str,
        with_: Json | None = None,
        **place: Any,
    ) -> None:
        """A negative vector. `place`: seq, segment or object."""
        self._add("bad", layer, what, files, {"error": error} | place, with_)

    def good(
        self,
        layer: str,
        what: str,
        files: Mapping[str, bytes | None],
        listed: list[tuple[str, Json]] | None = None,
        with_: Json | None = None,
    ) -> None:
        """A positive vector. `listed`: (id, metadata) in order, with the base's payloads."""
        shown = [(A, {"n": 2}), (B, {}), (LONG, {"step": 7})] if listed is None else listed
        held = [
            [one, KIND.get(one, 1), hashlib.sha256(PAYLOAD.get(one, b"")).hexdigest(), meta]
            for one, meta in shown
        ]
        self._add("good", layer, what, files, {"content": content_hash(held)}, with_)

    def _add(
        self,
        sort: str,
        layer: str,
        what: str,
        files: Mapping[str, bytes | None],
        expect: Json,
        with_: Json | None,
    ) -> None:
        changed = {
            name: data if data is None else self._pieces(name, data)
            for name, data in files.items()
            if data != self.base.get(name)
        }
        made: Json = {"id": f"{layer}-{len(self.vectors):03d}", "layer": layer, "what": what}
        made |= {"files": changed, "expect": expect}
        if with_:
            made["with"] = with_
        self.vectors.append(made)

    def _pieces(self, name: str, data: bytes) -> list[Any]:
        """The file as stretches of the base's files and literal bytes."""
        source = name if name in self.base else LOG
        base = self.base[source]
        windows = self._windows.setdefault(source, {})
        if not windows:
            for at in range(len(base) - WINDOW, -1, -1):
                windows[base[at : at + WINDOW]] = at
        pieces: list[Any] = []
        literal, at = b"", 0
        while at < len(data):
            found = windows.get(data[at : at + WINDOW])
            if found is None:
                literal += data[at : at + 1]
                at += 1
                continue
            if literal:
                pieces.append(b64(literal))
                literal = b""
            size = _common(data, at, base, found)
            pieces.append([source, found, found + size])
            at += size
        return pieces + ([b64(literal)] if literal else [])


def _common(data: bytes, at: int, base: bytes, found: int) -> int:
    """How many bytes agree from the two places on."""
    low, high = WINDOW, min(len(data) - at, len(base) - found)
    while low < high:
        middle = (low + high + 1) // 2
        if data[at : at + middle] == base[found : found + middle]:
            low = middle
        else:
            high = middle - 1
    return low


def content_hash(held: list[Any]) -> str:
    """SHA-256 of the canonical JSON of [[id, kind, hex SHA-256 of the payload, metadata], ...]."""
    return hashlib.sha256(cj(held)).hexdigest()


def put_together(pieces: list[Any] | None, base: Mapping[str, bytes]) -> bytes | None:
    """A vector's file from its pieces: None means that it is absent."""
    if pieces is None:
        return None
    return b"".join(
        base64.urlsafe_b64decode(piece + "=" * (-len(piece) % 4))
        if isinstance(piece, str)
        else base[piece[0]][piece[1] : piece[2]]
        for piece in pieces
    )
