# SPDX-License-Identifier: GPL-3.0-or-later
"""Bytes that carry a right key and wrong content, and epochs as compaction will write them."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from store_box import PASSPHRASE, ROOT, Box, new_box
from store_decoder import Reader, hkdf

from encrypted_store import (
    CatalogueDamaged,
    Kind,
    NewerVersion,
    ObjectDamaged,
    RollbackDetected,
    log,
)
from encrypted_store.anchor import Mark, encode_head
from encrypted_store.canon import b64, encode
from encrypted_store.catalogue import Catalogue
from encrypted_store.operations import BadOperation, open_op, put_op
from encrypted_store.session import Session

P = b"voicevault/1 "
ID = "ab" * 16
SHA = "0" * 64


# objects


def forge(box: Box, object_id: str, plain: bytes) -> None:
    """Replace an object by one with this plaintext, sealed with its rightful key."""
    reader = Reader(box.disk.read(ROOT / "vault.json"), passphrase=PASSPHRASE)
    salt, prefix = os.urandom(32), os.urandom(7)
    associated = P + b"obj\0" + reader.vault_id + bytes.fromhex(object_id) + b"\x01\0\x01"
    key = hkdf(reader.key(b"object"), salt, associated, 32)
    sealed = AESGCM(key).encrypt(prefix + struct.pack(">IB", 0, 1), plain, None)
    frame = b"VVO1\x01\0\0\x01" + bytes([40]) + salt + prefix
    box.disk.write(box.object_path(object_id), frame + sealed)


def layout(meta: bytes, payload: bytes, size: int, fill: bytes = b"\0") -> bytes:
    plain = struct.pack(">IQ", len(meta), len(payload)) + meta + payload
    return plain + fill * (size - len(plain))


def test_layouts_are_exact(box: Box) -> None:
    with box.open() as vault:
        object_id = vault.put(Kind.SAMPLE, b"xyz", {})
        forge(box, object_id, layout(b"{}", b"abc", 512))
        assert vault.get(object_id) == b"abc"  # the forgery itself is sound
        for plain, why in (
            (layout(b"{}", b"abc", 512, b"\1"), "padding"),
            (layout(b"{}", b"abc", 511) + b"\1", "padding"),
            (layout(b"{}", b"abc", 544), "length"),
            (layout(b"{}", b"abc", 513), "length"),
            (layout(b"{ }", b"abc", 512), "canonical"),
            (layout(b"[]", b"abc", 512), "canonical"),
            (layout(b"\xff", b"abc", 512), "canonical"),
            (layout(b"{}", b"abcd", 512), "bytes"),  # not what the catalogue says
            (struct.pack(">IQ", 2**32 - 1, 3) + bytes(500), "length"),
            (struct.pack(">IQ", 2, 2**63) + b"{}" + bytes(498), "length"),
            (bytes(100), "whole"),
        ):
            forge(box, object_id, plain)
            with pytest.raises(ObjectDamaged, match=why):
                vault.get(object_id)


# catalogue records


@contextmanager
def opened(box: Box) -> Iterator[Session]:
    with box.open() as vault:
        session = vault._session
        assert session is not None
        yield session


@pytest.mark.parametrize(
    "plain",
    [
        struct.pack(">I", 2) + b"{}" + b"\0" * 249 + b"\1",
        struct.pack(">I", 2) + b"{}" + bytes(506),
        struct.pack(">I", 253) + b"{}" + bytes(250),
        struct.pack(">I", 3) + b"{ }" + bytes(249),
        struct.pack(">I", 2**32 - 1) + bytes(252),
    ],
    ids=["padding", "too-much-padding", "long-length", "not-canonical", "huge-length"],
)
def test_record_content_is_exact(box: Box, plain: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(box) as session:
        monkeypatch.setattr(log, "_padded", lambda op: plain)
        session.writer.append({})
        session.write_anchor()
        monkeypatch.undo()
        session.writer.append({"op": "note", "event": "x", "t": 0})
    with pytest.raises(CatalogueDamaged) as caught:
        box.open(accept_rollback=True)
    assert caught.value.seq == 1


OPENED = open_op(1, 0, 0, bytes(16), ["cd" * 16])
PUT = put_op(ID, 1, 3, SHA, {})


@pytest.mark.parametrize(
    "ops",
    [
        [PUT],
        [OPENED, OPENED],
        [{**OPENED, "epoch": -1}],
        [{**OPENED, "epoch": True}],
        [{**OPENED, "prev_tag": "AA"}],
        [{**OPENED, "epoch": 2, "prev_tag": "AA"}],
        [{**OPENED, "tombstones": ["x"]}],
        [{**OPENED, "tombstones": "no"}],
        [OPENED, {**PUT, "extra": 1}],
        [OPENED, {k: v for k, v in PUT.items() if k != "sha256"}],
        [OPENED, {**PUT, "kind": 0}],
        [OPENED, {**PUT, "kind": 8}],
        [OPENED, {**PUT, "size": -1}],
        [OPENED, {**PUT, "size": "3"}],
        [OPENED, {**PUT, "sha256": SHA.upper().replace("0", "A")}],
        [OPENED, {**PUT, "sha256": 3}],
        [OPENED, {**PUT, "meta": []}],
        [OPENED, {**PUT, "recovered": 1}],
        [OPENED, {**PUT, "id": ID.upper()}],
        [OPENED, {**PUT, "id": ID + "\n"}],
        [OPENED, {**PUT, "id": "cd" * 16}],  # a tombstone
        [OPENED, PUT, PUT],
        [OPENED, {"op": "upd", "id": ID, "meta": {}}],
        [OPENED, {"op": "del", "id": [], "t": 0}],
        [OPENED, PUT, {"op": "del", "id": ID, "t": 0}, {"op": "del", "id": ID, "t": 0}],
        [OPENED, PUT, {"op": "del", "id": ID, "t": 0}, PUT],
    ],
)
def test_operations_that_make_no_sense(ops: list[dict[str, Any]]) -> None:
    catalogue = Catalogue()
    for seq, op in enumerate(ops[:-1]):
        catalogue.apply(seq, op)
    with pytest.raises(BadOperation):
        catalogue.apply(len(ops) - 1, ops[-1])


@pytest.mark.parametrize("op", [{"op": "x", "must": True}, {"op": 3}, {}, {"op": "x", "must": 0}])
def test_unknown_operations_need_a_newer_reader(op: dict[str, Any]) -> None:
    catalogue = Catalogue()
    catalogue.apply(0, OPENED)
    skipped = {"op": "x", "must": False}
    assert catalogue.check(1, skipped) is False
    catalogue.apply(1, skipped)
    assert not catalogue.notes
    with pytest.raises(NewerVersion):
        catalogue.apply(2, op)


# epochs


def compact(session: Session, epoch: int, *, head: bool = True, base: Mark | None = None) -> None:
    """Write the next epoch by the order of FORMAT.md, stopping early when told to."""
    from encrypted_store.fsio import atomic_write
    from encrypted_store.keys import KeyName

    mark = base or session.mark()
    header = log.new_header(epoch, session.io.random)
    key = bytearray(32)
    log.derive_key(session.keys.view(KeyName.CATALOGUE), session.vault_id, header, key)
    tombstones = sorted(session.catalogue.tombstones)
    ops = [open_op(epoch, mark.epoch, mark.seq, mark.tag, tombstones)]
    for entry in session.catalogue.entries():
        ops.append(put_op(entry.id, entry.kind, entry.size, entry.sha256, dict(entry.meta)))
    data, tag = log.build_segment(header, AESGCM(key), session.io.random, ops)
    atomic_write(session.io, session.paths.tmp, session.paths.segment(epoch), [data])
    if head:
        state = Mark(epoch, len(ops) - 1, tag, len(session.catalogue))
        sealed = encode_head(state, session.vault_id, session.keys)
        atomic_write(session.io, session.paths.tmp, session.paths.head, [sealed])


def with_history() -> tuple[Box, list[str]]:
    box, vault = new_box()
    with vault:
        ids = [vault.put(Kind.SAMPLE, b"%d" % n, {"n": n}) for n in range(3)]
        vault.update(ids[0], {"n": "edited"})
        vault.delete(ids[1])
        vault.close(compact=False)
    return box, ids


@pytest.mark.parametrize("switched", [False, True], ids=["before-head", "after-head"])
def test_a_compaction_that_stops_anywhere_leaves_one_epoch(switched: bool) -> None:
    box, ids = with_history()
    with box.open() as vault:
        session = vault._session
        assert session is not None
        sealed = box.disk.read(box.object_path(ids[0]))
        compact(session, 2, head=switched)
        disk = box.disk.copy()  # stopped here: anchor not moved, old segment not removed
    for _ in range(2):
        with box.open(disk) as vault:
            assert vault.notices == ()
            assert [entry.id for entry in vault.list()] == [ids[0], ids[2]]
            assert vault.entry(ids[0]).meta == {"n": "edited"}
            assert vault.get(ids[2]) == b"2"
            vault.put(Kind.SAMPLE, b"later", {})
            vault.delete(vault.list()[-1].id)
            vault.close(compact=False)
        assert disk.list_dir(ROOT / "cat") == [f"0000000{1 + switched}.vvlog"]
    disk.write(box.object_path(ids[1]), sealed)  # the tombstone came along
    with box.open(disk) as vault:
        assert [notice.code for notice in vault.notices] == ["deletion-finished"]


def test_going_back_an_epoch_is_a_rollback() -> None:
    box, ids = with_history()
    old = box.disk.copy()
    with opened(box) as session:
        compact(session, 2)
        disk = box.disk.copy()
    box.open(disk).close()
    newest = disk.read(box.anchor)
    old.write(box.anchor, newest)
    with pytest.raises(RollbackDetected, match="epoch"):
        box.open(old)
    old.write(ROOT / "cat" / "00000002.vvlog", disk.read(ROOT / "cat" / "00000002.vvlog"))
    with box.open(old, accept_rollback=True) as vault:
        assert [entry.id for entry in vault.list()] == [ids[0], ids[2]]
    assert any("00000002" in name for name in old.list_dir(ROOT / "quarantine"))


def test_an_epoch_made_from_an_older_state_is_a_rollback() -> None:
    """Compaction of a restored backup: every byte is genuine, and acknowledged takes are gone."""
    box, _ = with_history()
    with opened(box) as session:
        base = Mark(1, 2, session.mark().tag, 3)
        compact(session, 2, base=base)
        disk = box.disk.copy()
    with pytest.raises(RollbackDetected, match="made from record 2"):
        box.open(disk)


def test_a_segment_renamed_to_another_epoch(box: Box) -> None:
    with opened(box) as session:
        state = Mark(2, 0, session.mark().tag, 0)
        head = encode_head(state, session.vault_id, session.keys)
        data = box.disk.read(box.log)
        disk = box.disk.copy()
    disk.write(ROOT / "HEAD", head)
    with pytest.raises(CatalogueDamaged):
        box.open(disk)
    disk.write(ROOT / "cat" / "00000002.vvlog", data)
    with pytest.raises(CatalogueDamaged):
        box.open(disk)
    assert b64(encode({})) == "e30"
