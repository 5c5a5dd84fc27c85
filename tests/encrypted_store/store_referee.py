# SPDX-License-Identifier: GPL-3.0-or-later
"""The second reader's judgement over a whole folder, by FORMAT.md's Opening. Not the product's.

Takes a folder as a mapping of names to bytes, with the anchor under the name `anchor`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from store_decoder import Reader, Rejected, Walk, exactly, read_header, unb64, whole

Files = Mapping[str, bytes]
Listing = dict[str, dict[str, Any]]
HEX32 = re.compile(r"[0-9a-f]{32}", re.ASCII)
HEX64 = re.compile(r"[0-9a-f]{64}", re.ASCII)
PATH = re.compile(r"obj/([0-9a-f]{2})/(\1[0-9a-f]{30})\.vvo", re.ASCII)


class Referee:
    """A folder that was judged: `entries` lists it, `read` gives an object's payload."""

    def __init__(
        self,
        files: Files,
        passphrase: str | None = None,
        recovery: bytes | None = None,
        least: tuple[int, int, int] = (65_536, 1, 1),
    ) -> None:
        self.files = files
        self.reader = _unlocked(files, passphrase, recovery, least)
        self.entries: Listing = {}
        self.graves: set[str] = set()
        self._judge()
        self._reconcile()

    def read(self, object_id: str) -> bytes:
        entry = self.entries[object_id]
        data = self.files.get(f"obj/{object_id[:2]}/{object_id}.vvo")
        if data is None:
            raise Rejected("ObjectMissing")
        kind, _, payload = self.reader.object(data, object_id)
        if kind != entry["kind"] or len(payload) != entry["size"]:
            raise Rejected("ObjectDamaged", "not what the catalogue says")
        return payload

    def _judge(self) -> None:
        head = self._mark("HEAD", b"head-mac")
        anchor = self._mark("anchor", b"anchor-mac")
        if head is None:
            raise Rejected("VaultTampered", "HEAD")
        epoch = head["epoch"]
        data = self.files.get(f"cat/{epoch:08d}.vvlog", b"")
        if data[8:16] != epoch.to_bytes(8, "big"):
            raise Rejected("CatalogueDamaged", "segment header", 0)
        walk = self.reader.walk(data)
        marks = [mark for mark in (head, anchor) if mark and mark["epoch"] == epoch]
        _require_tail(walk, len(data), marks, anchor if anchor in marks else None)
        reached = len(walk.records)
        for mark in marks:
            if mark["seq"] >= reached or walk.records[mark["seq"]][0] != unb64(mark["tag"], 16):
                raise Rejected("RollbackDetected", "mark")
        if anchor:
            self._not_older(anchor, epoch, walk.records[0][1])
        for seq, (tag, op, _) in enumerate(walk.records):
            try:
                self._apply(seq, op, epoch)
                here = seq == head["seq"] and unb64(head["tag"], 16) == tag
                if here and len(self.entries) != head["count"]:
                    raise ValueError("count")
            except (ValueError, KeyError, TypeError) as error:
                if isinstance(error, Rejected):
                    raise
                raise Rejected("CatalogueDamaged", repr(error), seq) from None

    def _not_older(self, anchor: dict[str, Any], epoch: int, opening: dict[str, Any]) -> None:
        if anchor["epoch"] > epoch or anchor["hgen"] > self.reader.header["generation"]:
            raise Rejected("RollbackDetected", "anchor")
        if anchor["epoch"] < epoch and opening.get("prev_epoch") == anchor["epoch"]:
            base, seen = opening["prev_seq"], anchor["seq"]
            if base < seen or (base == seen and opening["prev_tag"] != anchor["tag"]):
                raise Rejected("RollbackDetected", "ancestry")

    def _mark(self, name: str, label: bytes) -> dict[str, Any] | None:
        try:
            return self.reader.mark(self.files[name], label)
        except (KeyError, ValueError):
            return None

    def _apply(self, seq: int, op: dict[str, Any], epoch: int) -> None:
        rules: dict[str, Callable[..., None]] = {
            "open": self._open, "tomb": self._tomb, "put": self._put,
            "upd": self._upd, "del": self._del, "note": _note,
        }  # fmt: skip
        name = op.get("op")
        if not isinstance(name, str) or name not in rules:
            if op.get("must") is not False:
                raise Rejected("NewerVersion")
            return
        if (name == "open") != (seq == 0):
            raise ValueError("open")
        rules[name](op, epoch)

    def _open(self, op: dict[str, Any], epoch: int) -> None:
        exactly(op, "op", "epoch", "prev_epoch", "prev_seq", "prev_tag", "tombstones")
        before = (whole(op["prev_epoch"]), whole(op["prev_seq"]), unb64(op["prev_tag"], 16))
        if whole(op["epoch"]) != epoch or (epoch == 1 and before != (0, 0, bytes(16))):
            raise ValueError("epoch")
        self.graves |= _ids(op["tombstones"])

    def _tomb(self, op: dict[str, Any], epoch: int) -> None:
        exactly(op, "op", "ids")
        if _ids(op["ids"]) & set(self.entries):
            raise ValueError("live")
        self.graves |= _ids(op["ids"])

    def _put(self, op: dict[str, Any], epoch: int) -> None:
        more = ("recovered",) if "recovered" in op else ()
        exactly(op, "op", "id", "kind", "size", "sha256", "meta", *more)
        (object_id,) = _ids([op["id"]])
        if object_id in self.entries or object_id in self.graves:
            raise ValueError("id taken")
        if not 1 <= whole(op["kind"]) <= 7 or not HEX64.fullmatch(op["sha256"]):
            raise ValueError("kind or digest")
        whole(op["size"])
        if not isinstance(op["meta"], dict) or not isinstance(op.get("recovered", True), bool):
            raise ValueError("meta")
        self.entries[object_id] = {name: op[name] for name in ("kind", "size", "meta")}

    def _upd(self, op: dict[str, Any], epoch: int) -> None:
        exactly(op, "op", "id", "meta")
        if not isinstance(op["meta"], dict):
            raise ValueError("meta")
        self.entries[op["id"]]["meta"] = op["meta"]

    def _del(self, op: dict[str, Any], epoch: int) -> None:
        exactly(op, "op", "id", "t")
        whole(op["t"])
        del self.entries[op["id"]]
        self.graves.add(op["id"])

    def _reconcile(self) -> None:
        """Whole objects that nobody lists are listed after the others."""
        for name in sorted(self.files):
            found = PATH.fullmatch(name)
            if found and found[2] not in self.entries and found[2] not in self.graves:
                try:
                    kind, meta, payload = self.reader.object(self.files[name], found[2])
                except Rejected:
                    continue
                if 1 <= kind <= 7:
                    size = len(payload)
                    self.entries[found[2]] = {"kind": kind, "size": size, "meta": meta}


def _unlocked(
    files: Files, passphrase: str | None, recovery: bytes | None, least: tuple[int, int, int]
) -> Reader:
    copies: list[tuple[dict[str, Any], bytes, str]] = []
    fault: Rejected | None = None
    for name in ("vault.json", "vault.json.2"):
        try:
            if name in files:
                copies.append(read_header(files[name]))
        except Rejected as error:
            if error.error == "NewerVersion":
                raise
            fault = fault or error
    if not copies:
        raise fault or Rejected("NotAVault")
    best = max(copies, key=lambda copy: copy[0]["generation"])
    reader = Reader.__new__(Reader)
    reader.header, reader.body, reader.tag = best
    reader.vault_id = unb64(best[0]["vault_id"], 16)
    reader.master = reader._master(passphrase, recovery, least)
    reader.require_mac([tag for _, body, tag in copies if body == reader.body])
    return reader


def _require_tail(
    walk: Walk, size: int, marks: list[dict[str, Any]], anchor: dict[str, Any] | None
) -> None:
    """Whether what follows the last good record is a crash's."""
    seq = len(walk.records)
    beyond = seq > max(mark["seq"] for mark in marks)
    fits = {
        "": True,
        "cut": True,
        "zeros": beyond,
        "seal-last": beyond and anchor is not None,
        "length": beyond
        and anchor is not None
        and seq == anchor["seq"] + 1
        and size - walk.end <= 2**20 + 8,
    }
    if seq == 0 or not fits.get(walk.trouble, False):
        raise Rejected("CatalogueDamaged", walk.trouble, seq)


def _note(op: dict[str, Any], epoch: int) -> None:
    exactly(op, "op", "event", "t", *(("detail",) if "detail" in op else ()))
    whole(op["t"])
    if not isinstance(op["event"], str) or not isinstance(op.get("detail", ""), str):
        raise ValueError("note")


def _ids(value: Any) -> set[str]:
    if not isinstance(value, list) or not all(HEX32.fullmatch(item) for item in value):
        raise ValueError("ids")
    return set(value)
