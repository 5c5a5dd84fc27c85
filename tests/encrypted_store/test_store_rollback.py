# SPDX-License-Identifier: GPL-3.0-or-later
"""HEAD, anchor and older states: an old copy of a vault, or of a part of it, is seen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from store_box import ANCHORS, PASSPHRASE, ROOT, Box, content, flip, new_box
from store_decoder import Reader
from store_memfs import MemFs

from encrypted_store import Kind, RollbackDetected, VaultTampered

HEAD = ROOT / "HEAD"


def test_head_damage_is_tampering_until_accepted(filled: tuple[Box, list[str]]) -> None:
    box, ids = filled
    good = box.disk.read(HEAD)
    for bit in range(0, len(good) * 8, 7):
        disk = box.disk.copy()
        flip(disk, HEAD, bit)
        with pytest.raises(VaultTampered):
            box.open(disk)
    disk = box.disk.copy()
    disk.remove(HEAD)
    with pytest.raises(VaultTampered):
        box.open(disk)
    with box.open(disk, accept_rollback=True) as vault:
        assert vault.get(ids[0]) == b"one"
    box.open(disk).close()


def test_anchor_damage_renews_it(filled: tuple[Box, list[str]]) -> None:
    """Whoever can damage the anchor can delete it; neither may lock the owner out."""
    box, _ = filled
    anchor = box.anchor
    for bit in range(0, len(box.disk.read(anchor)) * 8, 97):
        disk = box.disk.copy()
        flip(disk, anchor, bit)
        with box.open(disk) as vault:
            assert [notice.code for notice in vault.notices] == ["anchor-damaged"]
        with box.open(disk) as vault:
            assert vault.notices == ()
    box.disk.remove(anchor)
    box.open().close()
    assert box.disk.exists(anchor)


def snapshots() -> tuple[Box, list[tuple[MemFs, dict[str, tuple[bytes, object]]]]]:
    """A vault's disk after each of several sessions, with what it held then."""
    box, vault = new_box()
    vault.close()
    found = []
    for n in range(4):
        with box.open() as vault:
            object_id = vault.put(Kind.SAMPLE, b"%d" % n, {"n": n})
            vault.update(object_id, {"n": n + 100})
            held = content(vault)
        found.append((box.disk.copy(), held))
    return box, found


def test_an_older_copy_of_the_vault_is_a_rollback() -> None:
    box, found = snapshots()
    newest = box.disk.read(box.anchor)
    for disk, held in found[:-1]:
        disk.write(box.anchor, newest)  # the vault goes back, this machine's memory does not
        before = disk.files()
        with pytest.raises(RollbackDetected):
            box.open(disk)
        assert {p for p, data in disk.files().items() if before.get(p) != data} <= {ROOT / "lock"}
        with box.open(disk, accept_rollback=True) as vault:
            assert [notice.code for notice in vault.notices] == ["rollback-accepted"]
            assert content(vault) == held
            vault.put(Kind.SAMPLE, b"more", {})
        with box.open(disk) as vault:
            assert vault.notices == ()
            assert len(vault.list()) == len(held) + 1
        reader = Reader(disk.read(ROOT / "vault.json"), passphrase=PASSPHRASE)
        ops = [op for _, op in reader.records(disk.read(box.log))]
        assert [op["event"] for op in ops if op["op"] == "note"] == ["rollback-accepted"]


def test_any_file_replaced_by_its_older_version() -> None:
    """The attack that encrypted databases accept: stale parts under fresh ones."""
    box, found = snapshots()
    newest, held = found[-1]
    for old, _ in found[:-1]:
        for path, data in old.files().items():
            if newest.files()[path] == data or path == ROOT / "lock":
                continue
            disk = newest.copy()
            disk.write(path, data)
            try:
                with box.open(disk) as vault:
                    assert content(vault) == held, path  # harmless: HEAD or the anchor was behind
                    assert path == HEAD or path.parent == ANCHORS
            except RollbackDetected:
                assert path == box.log


def test_an_older_header_brings_no_old_passphrase_back(filled: tuple[Box, list[str]]) -> None:
    box, _ = filled
    with box.open() as vault:
        session = vault._session
        assert session is not None
        session.header = replace(session.header, generation=2)
        old = box.disk.read(ROOT / "vault.json")
        session.write_header([0, 1])
        session.write_anchor()
    box.open().close()
    for path in (ROOT / "vault.json", ROOT / "vault.json.2"):
        box.disk.write(path, old)
    with pytest.raises(RollbackDetected, match="generation"):
        box.open()


def test_a_fork_of_the_vault_is_seen() -> None:
    """Two copies went different ways; the anchor knows only one of them."""
    box, found = snapshots()
    disk = found[1][0]
    disk.remove(box.anchor)
    with box.open(disk) as vault:
        for n in range(9):
            vault.put(Kind.SAMPLE, b"other %d" % n, {})
    disk.write(box.anchor, box.disk.read(box.anchor))
    with pytest.raises(RollbackDetected, match="not the one"):
        box.open(disk)


def test_an_anchor_several_epochs_old_is_renewed(filled: tuple[Box, list[str]]) -> None:
    """It was kept from a machine that did not see the compactions; nothing contradicts it."""
    box, ids = filled
    early = box.disk.read(box.anchor)
    with box.open() as vault:
        vault.compact()
        once = box.disk.read(box.anchor)
        vault.compact()
    latest = box.disk.read(box.anchor)
    for anchor in (early, once):
        box.disk.write(box.anchor, anchor)
        with box.open() as vault:
            assert vault.notices == ()
            assert [entry.id for entry in vault.list()] == ids
        assert box.disk.read(box.anchor) != anchor
    assert len(box.disk.read(box.anchor)) == len(latest)
