# SPDX-License-Identifier: GPL-3.0-or-later
"""Known answers: a vault made from fixed randomness, kept forever, and a second decoder for it.

`kat.json` was written once by this test's `build` and is never regenerated for format v1: a
difference means that the format changed, and then it needs another name.
"""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest
from store_box import ANCHORS, PASSPHRASE, ROOT, Box, new_box
from store_decoder import Reader
from store_memfs import MemFs

from encrypted_store import Kind, recovery

KAT = Path(__file__).with_name("kat.json")
BIG = hashlib.shake_256(b"big payload").digest(150_000)


def build() -> tuple[Box, list[str]]:
    """Every operation of v1 that this package writes, from SHAKE-256 of a label."""
    box, vault = new_box(seed="voicevault format v1")
    with vault:
        ids = [
            vault.put(Kind.SAMPLE, b"a take", {"prompt": "p-001", "text": "Grüße", "ms": 4200}),
            vault.put(Kind.CONSENT, b"", {}),
            vault.put(Kind.CHECKPOINT, BIG, {"step": 100}),
        ]
        vault.update(ids[0], {"prompt": "p-001", "text": "edited", "nested": {"a": [None, True]}})
        vault.delete(ids[1])
        vault.close(compact=False)
    box.disk.remove(ROOT / "lock")  # holds a pid, which no seed fixes
    return box, ids


def names(disk: MemFs) -> dict[str, bytes]:
    return {str(path.relative_to(ROOT.parent)): data for path, data in disk.files().items()}


@pytest.fixture(scope="module")
def kat() -> dict[str, dict[str, str]]:
    data: dict[str, dict[str, str]] = json.loads(KAT.read_text())
    return data


def test_the_writer_gives_the_known_bytes(kat: dict[str, dict[str, str]]) -> None:
    box, _ = build()
    found = {name: hashlib.sha256(data).hexdigest() for name, data in names(box.disk).items()}
    assert found == kat["sha256"]
    assert box.code == kat["secrets"]["recovery_code"]


def test_the_kept_vault_opens(kat: dict[str, dict[str, str]]) -> None:
    disk = MemFs()
    _, ids = build()
    for name, text in kat["files"].items():
        path = ROOT.parent / name
        disk.make_dir(path.parent)
        disk.write(path, base64.b64decode(text))
    for option in ({}, {"recovery_code": kat["secrets"]["recovery_code"]}):
        with Box(disk).open(disk.copy(), **option) as vault:
            assert [notice.code for notice in vault.notices] == ["objects-missing"]  # the big one
            assert [entry.id for entry in vault.list()] == [ids[0], ids[2]]
            assert vault.get(ids[0]) == b"a take"
            assert vault.entry(ids[0]).meta["text"] == "edited"


def test_the_second_decoder_reads_what_the_writer_wrote(kat: dict[str, dict[str, str]]) -> None:
    box, ids = build()
    header = box.disk.read(ROOT / "vault.json")
    code = recovery.from_code(box.code)
    assert header == box.disk.read(ROOT / "vault.json.2")
    reader = Reader(header, passphrase=PASSPHRASE)
    assert Reader(header, recovery=code).master == reader.master
    assert reader.master.hex() == kat["secrets"]["master_key"]
    records = reader.records(box.disk.read(box.log))
    assert [op["op"] for _, op in records] == ["open", "put", "put", "put", "upd", "del"]
    opening = records[0][1]
    assert (opening["epoch"], opening["prev_epoch"], opening["tombstones"]) == (1, 0, [])
    assert records[3][1]["sha256"] == hashlib.sha256(BIG).hexdigest()
    assert [op["id"] for _, op in records[1:]] == [*ids, ids[0], ids[1]]
    assert reader.object(box.disk.read(box.object_path(ids[0])), ids[0]) == (
        1,
        {"prompt": "p-001", "text": "Grüße", "ms": 4200},
        b"a take",
    )
    assert reader.object(box.disk.read(box.object_path(ids[2])), ids[2])[2] == BIG
    head = reader.mark(box.disk.read(ROOT / "HEAD"), b"head-mac")
    anchor = reader.mark(box.disk.read(ANCHORS / reader.vault_id.hex()), b"anchor-mac")
    assert (anchor.pop("hgen"), anchor.pop("time")) == (1, 1_700_000_000)
    assert head == anchor
    assert (head["epoch"], head["seq"], head["count"]) == (1, 5, 2)
    assert base64.urlsafe_b64decode(head["tag"] + "==") == records[-1][0]
