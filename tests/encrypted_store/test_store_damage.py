# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects, catalogue, HEAD and anchor: every kind of damage gets its own answer, none is silent."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest
from store_box import ANCHORS, PASSPHRASE, ROOT, Box, new_box
from store_decoder import Reader
from store_memfs import MemFs

from encrypted_store import (
    CatalogueDamaged,
    Kind,
    NewerVersion,
    ObjectDamaged,
    ObjectMissing,
    RollbackDetected,
    Vault,
    VaultError,
    VaultTampered,
)

HEAD = ROOT / "HEAD"
HISTORY = 5  # records in `filled`: open, put, put, upd, put


@pytest.fixture
def filled() -> tuple[Box, list[str]]:
    """Three small objects, one updated; closed."""
    box, vault = new_box()
    with vault:
        ids = [vault.put(Kind.SAMPLE, b"one", {"n": 1}), vault.put(Kind.CONSENT, b"two", {})]
        vault.update(ids[0], {"n": 2})
        ids.append(vault.put(Kind.SAMPLE, b"three", {}))
    return box, ids


def content(vault: Vault) -> dict[str, tuple[bytes, object]]:
    return {entry.id: (vault.get(entry.id), entry.meta) for entry in vault.list()}


def flip(disk: MemFs, path: Path, bit: int) -> None:
    data = bytearray(disk.read(path))
    data[bit // 8] ^= 1 << bit % 8
    disk.write(path, bytes(data))


# objects


def test_every_flipped_bit_of_an_object(filled: tuple[Box, list[str]]) -> None:
    box, ids = filled
    path = box.object_path(ids[0])
    with box.open() as vault:
        for bit in range(len(box.disk.read(path)) * 8):
            flip(box.disk, path, bit)
            with pytest.raises(ObjectDamaged):
                vault.get(ids[0])
            flip(box.disk, path, bit)
        assert vault.get(ids[0]) == b"one"


def test_every_truncation_and_extension_of_an_object(filled: tuple[Box, list[str]]) -> None:
    box, ids = filled
    path = box.object_path(ids[0])
    good = box.disk.read(path)
    with box.open() as vault:
        for bad in [good[:size] for size in range(len(good))] + [good + b"\0", good + good]:
            box.disk.write(path, bad)
            with pytest.raises(ObjectDamaged):
                vault.get(ids[0])
        box.disk.remove(path)
        with pytest.raises(ObjectMissing):
            vault.get(ids[0])
        assert vault.get(ids[1]) == b"two"  # the rest stays usable
        assert len(vault.list()) == 3


def test_the_damaged_segment_is_named(box: Box) -> None:
    with box.open() as vault:
        object_id = vault.put(Kind.CHECKPOINT, os.urandom(200_000), {})
        path = box.object_path(object_id)
        for place, segment in ((8 + 40 + 5, 0), (8 + 65_536 + 5, 1), (8 + 3 * 65_536 + 5, 3)):
            flip(box.disk, path, place * 8)
            with pytest.raises(ObjectDamaged) as caught:
                vault.get(object_id)
            assert caught.value.segment == segment
            assert caught.value.object_id == object_id
            flip(box.disk, path, place * 8)


def test_swapped_objects(filled: tuple[Box, list[str]]) -> None:
    """Same vault, same key, same size, same kind: only the id in the associated data differs."""
    box, ids = filled
    one, three = box.object_path(ids[0]), box.object_path(ids[2])
    first, second = box.disk.read(one), box.disk.read(three)
    assert len(first) == len(second)
    box.disk.write(one, second)
    box.disk.write(three, first)
    with box.open() as vault:
        for object_id in (ids[0], ids[2]):
            with pytest.raises(ObjectDamaged):
                vault.get(object_id)


def test_object_of_another_vault(filled: tuple[Box, list[str]]) -> None:
    box, ids = filled
    other, vault = new_box()
    foreign = vault.put(Kind.SAMPLE, b"one", {"n": 1})
    vault.close()
    box.disk.write(box.object_path(ids[0]), other.disk.read(other.object_path(foreign)))
    with box.open() as vault, pytest.raises(ObjectDamaged):
        vault.get(ids[0])


def test_a_forged_size_costs_no_memory(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    with box.open() as vault:
        object_id = vault.put(Kind.SAMPLE, b"x", {})
        monkeypatch.setattr(box.disk, "size", lambda fd: 2**50)
        with pytest.raises(ObjectDamaged):
            vault.get(object_id)


# catalogue


def test_every_flipped_bit_of_the_catalogue(filled: tuple[Box, list[str]]) -> None:
    box, _ = filled
    size = len(box.disk.read(box.log))
    for bit in range(0, size * 8, 11):
        disk = box.disk.copy()
        flip(disk, box.log, bit)
        with pytest.raises(CatalogueDamaged):
            box.open(disk)


def test_every_flipped_length_bit_without_an_anchor(filled: tuple[Box, list[str]]) -> None:
    """The four-byte check: a flipped length must not pass for the torn tail of a crash."""
    box, _ = filled
    box.disk.remove(box.anchor)
    box.disk.write(HEAD, b"")  # nor may HEAD be what saves us
    data = box.disk.read(box.log)
    at = 48
    while at < len(data):
        for bit in range(64):
            disk = box.disk.copy()
            flip(disk, box.log, at * 8 + bit)
            with pytest.raises(CatalogueDamaged):
                box.open(disk, accept_rollback=True)
        at += 8 + int.from_bytes(data[at : at + 4])


def test_every_truncation_of_the_catalogue(filled: tuple[Box, list[str]]) -> None:
    box, _ = filled
    good = box.disk.read(box.log)
    for size in range(0, len(good), 7):
        disk = box.disk.copy()
        disk.write(box.log, good[:size])
        before = disk.files()
        with pytest.raises((RollbackDetected, CatalogueDamaged)):
            box.open(disk)
        after = disk.files()
        assert {path for path in after if before[path] != after[path]} <= {ROOT / "lock"}


def test_a_cut_record_below_the_marks_is_set_aside_once_accepted(
    filled: tuple[Box, list[str]],
) -> None:
    box, ids = filled
    with box.open() as vault:
        last = vault.put(Kind.SAMPLE, b"x", {"long": "x" * 5000})
    data = box.disk.read(box.log)
    box.disk.write(box.log, data[:-100])
    with pytest.raises(RollbackDetected):
        box.open()
    with box.open(accept_rollback=True) as vault:
        codes = [notice.code for notice in vault.notices]
        assert codes == ["torn-tail", "rollback-accepted", "object-salvaged"]
        assert [entry.id for entry in vault.list()] == [*ids, last]
    with box.open() as vault:
        assert vault.notices == ()


def test_spliced_records(filled: tuple[Box, list[str]]) -> None:
    """Records dropped, repeated, swapped, or taken from another vault."""
    box, _ = filled
    data = box.disk.read(box.log)
    edges = [48]
    while edges[-1] < len(data):
        edges.append(edges[-1] + 8 + int.from_bytes(data[edges[-1] : edges[-1] + 4]))
    records = [data[a:b] for a, b in itertools.pairwise(edges)]
    assert len(records) == HISTORY
    other, vault = new_box()
    vault.close()
    forged = [
        [records[i] for i in order]
        for order in ([1, 2, 3, 4], [0, 2, 3, 4], [0, 2, 1, 3, 4], [0, 1, 1, 2, 3], [4, 3, 2, 1])
    ]
    forged.append([other.disk.read(other.log)[48:], *records[1:]])
    for parts in forged:
        disk = box.disk.copy()
        disk.write(box.log, data[:48] + b"".join(parts))
        with pytest.raises(CatalogueDamaged):
            box.open(disk)
    # Past the last acknowledged record anything is a crash's leftover, even a replayed record.
    box.disk.write(box.log, data + records[-1])
    with box.open() as vault:
        assert [notice.code for notice in vault.notices] == ["torn-tail"]
        assert len(vault.list()) == 3


def test_a_torn_tail_is_set_aside(filled: tuple[Box, list[str]]) -> None:
    box, ids = filled
    with box.open() as vault:
        before = content(vault)
    crashed, good = box.disk.copy(), box.disk.read(box.log)
    with box.open() as vault:
        vault.update(ids[0], {"n": 3})
    record = box.disk.read(box.log)[len(good) :]
    blank = bytes(len(record))
    tails = [record[:size] for size in range(1, len(record), 23)]
    tails += [blank, blank[:9], record[:-1] + b"\0", blank[:64] + record[64:]]
    tails += [record[:200] + blank[200:], blank[:8] + record[8:]]
    for tail in tails:
        disk = crashed.copy()
        disk.write(box.log, good + tail)
        with box.open(disk) as vault:
            assert content(vault) == before, len(tail)
            assert [notice.code for notice in vault.notices] == ["torn-tail"]
            vault.update(ids[1], {"after": True})
        aside = [data for path, data in disk.files().items() if path.parent == ROOT / "quarantine"]
        assert aside == ([tail] if any(tail) else [])
        with box.open(disk) as vault:
            assert vault.notices == ()
            assert vault.entry(ids[1]).meta == {"after": True}


def test_an_unreadable_last_record_without_an_anchor_is_not_dropped(
    filled: tuple[Box, list[str]],
) -> None:
    box, _ = filled
    disk = box.disk.copy()
    with box.open(disk) as vault:
        vault.put(Kind.SAMPLE, b"acked", {})
        disk = disk.copy()  # no clean close: HEAD is behind
    disk.remove(box.anchor)
    flip(disk, box.log, len(disk.read(box.log)) * 8 - 1)
    with pytest.raises(CatalogueDamaged) as caught:
        box.open(disk)
    assert caught.value.seq == HISTORY


def test_an_operation_of_a_newer_writer(box: Box) -> None:
    with box.open() as vault:
        session = vault._session
        assert session is not None
        session.commit({"op": "sparkle", "must": False, "x": 1})
        vault.put(Kind.SAMPLE, b"x", {})
    with box.open() as vault:
        assert len(vault.list()) == 1
        session = vault._session
        assert session is not None
        with pytest.raises(NewerVersion):
            session.commit({"op": "sparkle", "x": 1})
    with pytest.raises(NewerVersion):
        box.open()


# HEAD, anchor, older states


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
        from dataclasses import replace

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


# things that do not belong


def test_unlisted_objects(filled: tuple[Box, list[str]]) -> None:
    box, ids = filled
    strange = "ab" * 16
    box.disk.write(box.object_path(strange), b"not an object")
    box.disk.write(ROOT / "obj" / "00" / "notes.txt", b"hm")
    box.disk.write(box.object_path("cd" * 16), box.disk.read(box.object_path(ids[0])))
    box.disk.write(ROOT / "tmp" / "left.tmp", b"half")
    box.disk.write(ROOT / "cat" / "00000002.vvlog", b"half a compaction")
    with box.open() as vault:
        codes = sorted(notice.code for notice in vault.notices)
        assert codes == ["foreign-file", "object-quarantined", "object-quarantined"]
        assert [entry.id for entry in vault.list()] == ids
    names = {path.relative_to(ROOT).parts[0] for path in box.disk.files() if ROOT in path.parents}
    assert "tmp" not in names
    aside = [path for path in box.disk.files() if path.parent == ROOT / "quarantine"]
    assert len(aside) == 3
    assert not box.disk.exists(ROOT / "cat" / "00000002.vvlog")


def test_missing_objects_are_counted_and_folders_restored(filled: tuple[Box, list[str]]) -> None:
    box, ids = filled
    folder = box.object_path(ids[1]).parent
    box.disk.names.pop(folder)
    box.disk.durable_names.pop(folder)
    with box.open() as vault:
        assert [notice.code for notice in vault.notices] == ["objects-missing"]
        with pytest.raises(ObjectMissing):
            vault.get(ids[1])
        vault.delete(ids[1])
        assert [entry.id for entry in vault.list()] == [ids[0], ids[2]]
    assert folder in box.disk.names


def test_any_two_files_swapped(filled: tuple[Box, list[str]]) -> None:
    box, ids = filled
    with box.open() as vault:
        held = content(vault)
    paths = [path for path in box.disk.files() if path.name != "lock"]
    for i, one in enumerate(paths):
        for two in paths[i + 1 :]:
            disk = box.disk.copy()
            first, second = disk.read(one), disk.read(two)
            disk.write(one, second)
            disk.write(two, first)
            try:
                with box.open(disk) as vault:
                    assert [entry.id for entry in vault.list()] == ids
                    assert content(vault) == held
                    assert first == second or "vault.json" in one.name + two.name
            except VaultError:
                pass
