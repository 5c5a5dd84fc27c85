# SPDX-License-Identifier: GPL-3.0-or-later
"""What the log's records mean: entries, deletions, and the operations that change them."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from encrypted_store import canon
from encrypted_store.errors import NewerVersion
from encrypted_store.kinds import Entry, Kind

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_FIELDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    # operation: (required, optional)
    "open": (frozenset({"epoch", "prev_epoch", "prev_seq", "prev_tag", "tombstones"}), frozenset()),
    "put": (frozenset({"id", "kind", "size", "sha256", "meta"}), frozenset({"recovered"})),
    "upd": (frozenset({"id", "meta"}), frozenset()),
    "del": (frozenset({"id", "t"}), frozenset()),
    "tomb": (frozenset({"ids"}), frozenset()),
    "note": (frozenset({"event", "t"}), frozenset({"detail"})),
}


MAX_NOTES = 64


class BadOperation(ValueError):
    """A record that verifies and makes no sense here: a writer's mistake, or a splice."""


class Catalogue:
    """The live entries in the order they were put, and the ids that must never come back."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self.tombstones: set[str] = set()
        self.opening: dict[str, Any] = {}
        self.notes: deque[dict[str, Any]] = deque(maxlen=MAX_NOTES)
        self.deletions = 0
        """In this epoch: what was deleted is still described in its segment."""

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, object_id: str) -> bool:
        return object_id in self._entries

    def ids(self) -> list[str]:
        return list(self._entries)

    def get(self, object_id: str) -> Entry | None:
        """The entry with its own copy of the metadata."""
        entry = self._entries.get(object_id)
        return None if entry is None else replace(entry, meta=canon.clone(entry.meta))

    def entries(self, kind: Kind | None = None) -> list[Entry]:
        return [
            replace(entry, meta=canon.clone(entry.meta))
            for entry in self._entries.values()
            if kind is None or entry.kind == kind
        ]

    def apply(self, seq: int, op: Mapping[str, Any]) -> None:
        """Take one operation in.

        Raises:
            BadOperation: it does not fit the state or its schema.
            NewerVersion: an operation this version does not know and may not skip.
        """
        name = op.get("op")
        if not isinstance(name, str) or name not in _FIELDS:
            if op.get("must") is False:
                return
            raise NewerVersion(
                f"the catalogue uses the operation {name!r}, unknown to this version",
                found=str(name),
            )
        required, optional = _FIELDS[name]
        if not required <= op.keys() - {"op"} <= required | optional:
            raise BadOperation(f"{name} has the wrong fields")
        if (name == "open") != (seq == 0):
            raise BadOperation(f"{name} cannot be record {seq}")
        match name:
            case "open":
                self._open(op)
            case "put":
                self._put(op)
            case "upd":
                entry = self._live(op)
                self._entries[entry.id] = replace(entry, meta=_meta(op))
            case "del":
                entry = self._live(op)
                if not _is_count(op["t"]):
                    raise BadOperation("del has a malformed time")
                del self._entries[entry.id]
                self.tombstones.add(entry.id)
                self.deletions += 1
            case "tomb":
                self._tomb(op)
            case "note":
                self._note(op)

    def _open(self, op: Mapping[str, Any]) -> None:
        tombstones = op["tombstones"]
        if not isinstance(tombstones, list) or not all(_is_id(item) for item in tombstones):
            raise BadOperation("open lists something that is not an id")
        numbers = (op["epoch"], op["prev_epoch"], op["prev_seq"])
        if not all(_is_count(number) for number in numbers):
            raise BadOperation("open counts with something that is not a number")
        try:
            canon.unb64(op["prev_tag"], 16)
        except canon.NotCanonical as error:
            raise BadOperation("open names no previous tag") from error
        self.tombstones = set(tombstones)
        self.opening = dict(op)

    def _tomb(self, op: Mapping[str, Any]) -> None:
        ids = op["ids"]
        if not isinstance(ids, list) or not all(_is_id(item) for item in ids):
            raise BadOperation("tomb lists something that is not an id")
        if any(item in self._entries for item in ids):
            raise BadOperation("tomb names a live entry")
        self.tombstones.update(ids)

    def _note(self, op: Mapping[str, Any]) -> None:
        if not isinstance(op["event"], str) or not isinstance(op.get("detail", ""), str):
            raise BadOperation("note holds something that is not text")
        if not _is_count(op["t"]):
            raise BadOperation("note has a malformed time")
        self.notes.append(dict(op))

    def _put(self, op: Mapping[str, Any]) -> None:
        object_id, kind, size, sha256 = op["id"], op["kind"], op["size"], op["sha256"]
        if not _is_id(object_id) or object_id in self._entries or object_id in self.tombstones:
            raise BadOperation("put names an id that is malformed or taken")
        if not _is_count(kind) or kind not in Kind._value2member_map_ or not _is_count(size):
            raise BadOperation("put has a malformed kind or size")
        if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
            raise BadOperation("put has a malformed digest")
        recovered = op.get("recovered", False)
        if not isinstance(recovered, bool):
            raise BadOperation("put has a malformed flag")
        self._entries[object_id] = Entry(
            object_id, Kind(kind), size, sha256, _meta(op), recovered=recovered
        )

    def _live(self, op: Mapping[str, Any]) -> Entry:
        entry = self._entries.get(op["id"]) if isinstance(op["id"], str) else None
        if entry is None:
            raise BadOperation(f"{op['op']} names no live entry")
        return entry


def put_op(
    object_id: str, kind: int, size: int, sha256: str, meta: dict[str, Any], recovered: bool = False
) -> dict[str, Any]:
    op: dict[str, Any] = {
        "op": "put", "id": object_id, "kind": int(kind), "size": size, "sha256": sha256,
        "meta": meta,
    }  # fmt: skip
    return {**op, "recovered": True} if recovered else op


def open_op(
    epoch: int, prev_epoch: int, prev_seq: int, prev_tag: bytes, tombstones: list[str]
) -> dict[str, Any]:
    return {
        "op": "open", "epoch": epoch, "prev_epoch": prev_epoch, "prev_seq": prev_seq,
        "prev_tag": canon.b64(prev_tag), "tombstones": tombstones,
    }  # fmt: skip


def _meta(op: Mapping[str, Any]) -> dict[str, Any]:
    meta = op["meta"]
    if not isinstance(meta, dict):
        raise BadOperation("metadata is not an object")
    return meta


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
