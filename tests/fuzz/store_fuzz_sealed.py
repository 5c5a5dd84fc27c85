# SPDX-License-Identifier: GPL-3.0-or-later
"""Fuzz targets behind the key: plaintext changed and sealed again with a right tag.

Only the owner can make such bytes, by a bug of an older release say. The reader still owes typed
errors, and a vault that opens must go on working.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from store_fuzz_draw import Draw, encoded, garbled, mutated
from store_fuzz_ground import (
    HEAD,
    LOG,
    ROOT,
    Ground,
    ground,
    open_vault,
    seal_object,
    seal_segment,
    segment_header,
)
from store_fuzz_targets import Target, holds_only_truth
from store_memfs import MemFs

from encrypted_store import Kind, Vault, VaultError, canon
from encrypted_store.objects import padme


def fuzz_marks_resealed(data: bytes) -> None:
    """HEAD and anchor with changed fields and right MACs: content never follows from a mark."""
    found, draw = ground(), Draw(data)
    disk = found.disk()
    for path, label in ((HEAD, b"head-mac"), (found.anchor, b"anchor-mac")):
        if draw.below(3) == 0:
            continue
        body = encoded(mutated(found.reader.mark(found.genuine(path), label), draw), draw)
        disk.write(path, body + b"\n" + found.mac(label, body) + b"\n")
    for accept in (False, True):
        try:
            with open_vault(disk, accept_rollback=accept) as vault:
                holds_only_truth(found, vault, complete=True)
                return
        except VaultError:
            pass


def fuzz_records_resealed(data: bytes) -> None:
    """Operations changed, in a segment that verifies, with marks that fit or lag or are absent."""
    found, draw = ground(), Draw(data)
    epoch = 1 + draw.below(3)
    ops = [dict(op) for op in found.ops]
    if epoch > 1:  # as a compaction writes it
        old = found.reader.mark(found.genuine(HEAD), b"head-mac")
        ops[0] |= {"epoch": epoch, "prev_epoch": 1, "prev_seq": old["seq"], "prev_tag": old["tag"]}
    first = draw.below(len(ops))
    for here in {first, (first + draw.below(2)) % len(ops)}:
        changed = mutated(ops[here], draw)
        ops[here] = changed if isinstance(changed, dict) else {"op": changed}
    plains = [_record_plain(op, draw) for op in ops]
    header = segment_header(epoch)
    segment, tags = seal_segment(found, header, plains)
    disk = found.disk()
    disk.remove(LOG)
    disk.write(ROOT / "cat" / f"{epoch:08d}.vvlog", segment)
    _mark(found, disk, draw, epoch, tags)
    for accept in (False, True):
        _still_works(disk, accept)


def _record_plain(op: Any, draw: Draw) -> bytes:
    body = encoded(op, draw)
    plain = struct.pack(">I", len(body)) + body
    plain += bytes(-len(plain) % 256)
    return garbled(plain, draw)[: 2**20 - 28] if draw.below(16) == 1 else plain[: 2**20 - 28]


def _mark(found: Ground, disk: MemFs, draw: Draw, epoch: int, tags: list[bytes]) -> None:
    """HEAD at the last record or an earlier one; the anchor there, in the old epoch, or gone."""
    seq = len(tags) - 1 - draw.below(2)
    fields = {
        "count": draw.pick((2, 1, 3)),
        "epoch": epoch,
        "seq": seq,
        "tag": canon.b64(tags[seq]),
        "vault_id": canon.b64(found.reader.vault_id),
    }
    body = canon.encode(fields)
    disk.write(HEAD, body + b"\n" + found.mac(b"head-mac", body) + b"\n")
    where = draw.below(3)
    if where == 1:
        disk.remove(found.anchor)
    elif where == 0:
        body = canon.encode(fields | {"hgen": 1, "time": 0})
        disk.write(found.anchor, body + b"\n" + found.mac(b"anchor-mac", body) + b"\n")


def _still_works(disk: MemFs, accept: bool) -> None:
    try:
        vault = open_vault(disk, accept_rollback=accept)
    except VaultError:
        return
    with vault:
        before = [(entry.id, entry.meta) for entry in vault.list()]
        for object_id, _ in before:
            _typed(vault, object_id)
        added = vault.put(Kind.SAMPLE, b"later", {})
    with open_vault(disk) as vault:
        entries = vault.list()
        assert [(entry.id, entry.meta) for entry in entries] == [*before, (added, {})]
        assert vault.get(added) == b"later"


def _typed(vault: Vault, object_id: str) -> None:
    try:
        vault.get(object_id)
        vault.ticket(object_id)
    except VaultError:
        pass


def fuzz_object_resealed(data: bytes) -> None:
    """An object's lengths, metadata, payload and padding changed, then sealed: read, salvaged."""
    found, draw = ground(), Draw(data)
    object_id = found.sample if draw.below(2) else "0f" * 16
    kind = draw.pick((1, 1, 1, 2, 0, 7, 8, 255))
    meta = encoded(mutated({"n": 1, "text": ["a"]}, draw), draw)
    payload = draw.pick((b"one", b"", b"two", b"x" * 4000, b"y" * 70_000))
    lengths = [len(meta), len(payload)]
    if draw.below(4) == 1:
        lengths[draw.below(2)] = draw.pick((0, 1, 2**20 + 1, 2**32 - 1, len(meta) + 1))
    plain = struct.pack(">IQ", *lengths) + meta + payload
    plain += bytes(padme(len(plain)) - len(plain))
    if draw.below(4) == 1:
        plain = garbled(plain, draw)
    disk = found.disk()
    disk.write(found.object_path(object_id), seal_object(found, object_id, kind, plain or b"\0"))
    with open_vault(disk) as vault:
        for entry in vault.list():
            try:
                held = vault.get(entry.id)
                assert entry.id == object_id or held == found.payloads[entry.id]
            except VaultError:
                assert entry.id == object_id
            vault.update(entry.id, dict(entry.meta))
        before = vault.list()
    with open_vault(disk) as vault:
        assert vault.notices == ()
        assert vault.list() == before


SEALED: dict[str, tuple[Target, Callable[[], list[bytes]]]] = {
    "marks-resealed": (fuzz_marks_resealed, list),
    "records-resealed": (fuzz_records_resealed, list),
    "object-resealed": (fuzz_object_resealed, list),
}
