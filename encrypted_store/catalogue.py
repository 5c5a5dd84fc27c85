# SPDX-License-Identifier: GPL-3.0-or-later
"""What the log's records mean: entries, deletions, and the operations that change them."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from encrypted_store import canon
from encrypted_store.kinds import Entry, Kind
from encrypted_store.operations import BadOperation, require_well_formed

MAX_NOTES = 64


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
            Entry(one.id, one.kind, one.size, one.sha256, canon.clone(one.meta), one.recovered)
            for one in self._entries.values()
            if kind is None or one.kind == kind
        ]

    def check(self, seq: int, op: Mapping[str, Any]) -> bool:
        """Whether an operation changes anything here. Asked before it is written, too.

        Raises:
            BadOperation: it does not fit the state or its schema.
            NewerVersion: an operation this version does not know and may not skip.
        """
        if not require_well_formed(op):
            return False
        name = op["op"]
        if (name == "open") != (seq == 0):
            raise BadOperation(f"{name} cannot be record {seq}")
        if name in ("upd", "del") and op["id"] not in self._entries:
            raise BadOperation(f"{name} names no live entry")
        if name == "put" and (op["id"] in self._entries or op["id"] in self.tombstones):
            raise BadOperation("put names an id that is taken")
        if name == "tomb" and not self._entries.keys().isdisjoint(op["ids"]):
            raise BadOperation("tomb names a live entry")
        return True

    def apply(self, seq: int, op: Mapping[str, Any]) -> None:
        """Take one operation in. Raises like `check`, and has changed nothing then."""
        if not self.check(seq, op):
            return
        match op["op"]:
            case "open":
                self.tombstones = set(op["tombstones"])
                self.opening = dict(op)
            case "put":
                self._entries[op["id"]] = Entry(
                    op["id"],
                    Kind(op["kind"]),
                    op["size"],
                    op["sha256"],
                    op["meta"],
                    recovered=op.get("recovered", False),
                )
            case "upd":
                self._entries[op["id"]] = replace(self._entries[op["id"]], meta=op["meta"])
            case "del":
                del self._entries[op["id"]]
                self.tombstones.add(op["id"])
                self.deletions += 1
            case "tomb":
                self.tombstones.update(op["ids"])
            case _:
                self.notes.append(dict(op))
