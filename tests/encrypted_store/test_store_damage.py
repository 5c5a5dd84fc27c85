# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects, and files that do not belong: each kind of damage gets its own answer."""

from __future__ import annotations

import os

import pytest
from store_box import ROOT, Box, content, flip, new_box

from encrypted_store import Kind, ObjectDamaged, ObjectMissing, VaultError


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
