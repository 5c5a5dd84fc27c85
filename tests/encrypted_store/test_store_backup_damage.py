# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups of damaged vaults, and onto media that damage."""

from __future__ import annotations

import dataclasses
import errno
from pathlib import Path
from typing import Any

import pytest
from store_box import ROOT, content
from store_treefs import (
    COPY,
    TAR,
    TreeFs,
    files_in,
    filled_box,
    held_by,
)

from encrypted_store import (
    CatalogueDamaged,
    Kind,
    Vault,
    VaultExists,
)
from encrypted_store.care.backup import backup
from encrypted_store.keys import KeyName
from encrypted_store.objects import LENGTHS, associated_data
from encrypted_store.stream import StreamHeader, seal

TARGETS = pytest.mark.parametrize("target", [COPY, TAR], ids=["folder", "tar"])


@TARGETS
def test_damage_in_the_vault_does_not_stop_the_backup(target: Path) -> None:
    box, vault, ids = filled_box()
    path = box.object_path(ids[1])
    data = bytearray(box.disk.read(path))
    data[70_000] ^= 1
    box.disk.write(path, bytes(data))
    box.disk.remove(box.object_path(ids[2]))
    report = backup(vault, target)
    assert report.verified
    assert (report.objects, set(report.damaged), set(report.absent)) == (1, {*ids[1:]}, {*ids[1:]})
    names = {name for name in files_in(box.disk, target) if name.startswith("obj/")}
    assert names == {f"obj/{ids[0][:2]}/{ids[0]}.vvo"}


def test_a_good_older_copy_stays_when_the_vault_loses_its_own() -> None:
    box, vault, ids = filled_box()
    backup(vault, COPY)
    path = box.object_path(ids[1])
    good = box.disk.read(path)
    box.disk.write(path, good[:-1] + b"x" + good[-1:])
    box.disk.remove(box.object_path(ids[2]))
    report = backup(vault, COPY)
    assert report.verified
    assert (report.objects, set(report.damaged), report.absent) == (3, {*ids[1:]}, ())
    assert box.disk.under(COPY)[f"obj/{ids[1][:2]}/{ids[1]}.vvo"] == good


def test_an_object_that_the_medium_cannot_read_counts_as_damaged() -> None:
    box, vault, ids = filled_box()

    class BadSector(TreeFs):
        def open_read(self, path: Path) -> int:
            if path == box.object_path(ids[0]):
                raise OSError(errno.EIO, "input/output error")
            return super().open_read(path)

        def read_at(self, fd: int, offset: int, size: int) -> bytes:
            if offset > 100_000:
                raise OSError(errno.EIO, "input/output error")
            return super().read_at(fd, offset, size)

    box.disk.__class__ = BadSector
    report = backup(vault, COPY, io=TreeFs())
    assert set(report.damaged) == {ids[0], ids[1]}
    assert report.objects == 1


@pytest.mark.parametrize("byte", [0, 4, 8, 9, 45, 60, 300, 65_600, 131_090, -1])
def test_an_object_altered_anywhere_is_not_copied(byte: int) -> None:
    box, vault, ids = filled_box()
    path = box.object_path(ids[1])
    data = bytearray(box.disk.read(path))
    data[byte] ^= 1
    box.disk.write(path, bytes(data))
    assert backup(vault, COPY).damaged == (ids[1],)


def test_an_object_of_another_entry_is_not_copied() -> None:
    """It verifies by itself; only the catalogue knows that it is the wrong content."""
    _, vault, ids = filled_box()
    with vault.working("forging") as session:
        for object_id, change in ((ids[0], {"sha256": "0" * 64}), (ids[1], {"size": 7})):
            entry = session.catalogue._entries[object_id]
            session.catalogue._entries[object_id] = dataclasses.replace(entry, **change)
    assert set(backup(vault, COPY).damaged) == {ids[0], ids[1]}


class Flipping(TreeFs):
    """Turns one bit of a file while it is written, a given number of times."""

    where = ".vvo"
    times = 1

    def replace(self, source: Path, target: Path) -> None:
        if self.times and self.where in target.name:
            self.times -= 1
            self.names[source.parent][source.name].data[-20] ^= 1
        super().replace(source, target)


def test_damage_while_copying_is_noticed_and_mended() -> None:
    _, vault, _ = filled_box()
    usb = Flipping()
    report = backup(vault, COPY, io=usb)
    assert (report.verified, report.copied, report.faults) == (True, 4, ())
    assert held_by(usb) == content(vault)


def test_a_medium_that_damages_every_time_is_reported() -> None:
    _, vault, ids = filled_box()
    usb = Flipping()
    usb.times = 99
    report = backup(vault, COPY, io=usb)
    assert (report.verified, set(report.faults)) == (False, set(ids))
    usb.times = 0
    assert backup(vault, COPY, io=usb).verified


@pytest.mark.parametrize("where", ["vault.json.2", "HEAD", ".vvlog"])
def test_damage_of_a_small_file_is_noticed(where: str) -> None:
    _, vault, _ = filled_box()
    usb = Flipping()
    usb.where = where
    report = backup(vault, COPY, io=usb)
    assert not report.verified
    assert where in report.faults[0]
    assert backup(vault, COPY, io=usb).verified  # the next one writes it again


def test_a_file_that_vanishes_from_the_copy_is_noticed() -> None:
    _, vault, ids = filled_box()

    class Forgetful(TreeFs):
        def durable_dir(self, path: Path) -> None:
            super().durable_dir(path)
            if path == COPY and "HEAD" in self.names[path]:
                self.names[path].pop("vault.json", None)
                self.names[COPY / "obj" / ids[0][:2]].clear()

    report = backup(vault, COPY, io=Forgetful())
    assert "vault.json" in report.faults


def test_bad_object_in_the_copy_and_none_in_the_vault_is_a_fault() -> None:
    box, vault, ids = filled_box()
    backup(vault, COPY)
    path = COPY / "obj" / ids[1][:2] / f"{ids[1]}.vvo"
    data = bytearray(box.disk.read(path))
    data[-1] ^= 1
    box.disk.write(path, bytes(data))
    box.disk.remove(box.object_path(ids[1]))
    report = backup(vault, COPY)
    assert (report.verified, report.faults, report.damaged) == (False, (ids[1],), (ids[1],))


def test_damage_in_a_tar_leaves_the_earlier_one() -> None:
    box, vault, _ = filled_box()
    backup(vault, TAR)
    old = box.disk.read(TAR)

    class Flips(TreeFs):
        def write_at(self, fd: int, offset: int, data: Any) -> None:
            if len(data) == 65_536:
                data = bytes(65_536)
            super().write_at(fd, offset, data)

    vault.put(Kind.SAMPLE, b"more", {})
    box.disk.__class__ = Flips
    report = backup(vault, TAR)
    assert not report.verified
    assert box.disk.read(TAR) == old
    assert box.disk.under(TAR.parent).keys() == {TAR.name}


def test_a_catalogue_that_rots_while_open_replaces_nothing() -> None:
    box, vault, _ = filled_box()
    backup(vault, COPY)
    before = box.disk.under(COPY)
    for bit in (30 * 8, 1000 * 8):
        data = bytearray(box.disk.read(box.log))
        data[bit // 8] ^= 1
        box.disk.names[box.log.parent][box.log.name].data[:] = data
        with pytest.raises((CatalogueDamaged, VaultExists)):
            backup(vault, COPY)
        with pytest.raises(CatalogueDamaged):
            backup(vault, COPY.with_name("new"))
        assert box.disk.under(COPY) == before


def test_a_damaged_catalogue_makes_no_backup() -> None:
    box, vault, _ = filled_box()
    vault.close(compact=False)
    data = bytearray(box.disk.read(box.log))
    data[1000] ^= 1
    box.disk.write(box.log, bytes(data))
    with box.open(read_only=True) as broken, pytest.raises(CatalogueDamaged):
        backup(broken, COPY)
    assert not box.disk.exists(COPY)


def test_a_vault_opened_for_reading_is_backed_up_without_a_note() -> None:
    box, vault, _ = filled_box()
    vault.close()
    before = box.disk.under(ROOT)
    with box.open(read_only=True) as reader:
        assert backup(reader, COPY).verified
        assert held_by(box.disk.copy()) == content(reader)
    assert box.disk.under(ROOT) == before


def test_a_note_that_cannot_be_written_does_not_spoil_the_backup() -> None:
    box, vault, _ = filled_box()

    def full(name: str, path: Path | None) -> None:
        if name in ("write", "create"):
            raise OSError(errno.ENOSPC, "no space left")

    box.disk.before = full
    assert backup(vault, COPY, io=TreeFs()).verified
    assert [notice.code for notice in vault.notices] == ["backup-not-noted"]


def test_an_object_deleted_before_it_is_proved_is_not_mended() -> None:
    _, vault, ids = filled_box()
    usb = Flipping()
    gone: list[object] = []

    def meanwhile(stage: str, done: int, total: int) -> None:
        if stage == "verify" and not gone:
            gone.append(vault.delete(ids[0]))

    assert backup(vault, COPY, io=usb, on_progress=meanwhile).faults == (ids[0],)


def forged(vault: Vault, object_id: str, plain: bytes) -> bytes:
    """An object file with this plaintext, sealed with the object's rightful key."""
    with vault.working("forging") as session:
        kind = vault.entry(object_id).kind
        header, key = StreamHeader.new(session.io.random), bytearray(32)
        associated = associated_data(session.vault_id, object_id, kind)
        header.derive_key(session.keys.view(KeyName.OBJECT), associated, key)
        return b"VVO1" + bytes([kind, 0, 0, 1]) + b"".join(seal(header, key, [plain]))


@pytest.mark.parametrize(
    ("plain", "whole"),
    [
        (LENGTHS.pack(2, 3) + b"{}one", True),
        (LENGTHS.pack(2, 3) + b"{}two", False),
        (LENGTHS.pack(3, 3) + b"{ }one", False),
        (LENGTHS.pack(2, 3) + b"{}one" + b"x", False),
        (LENGTHS.pack(2, 999) + b"{}one", False),
        (LENGTHS.pack(2**20 + 1, 3), False),
        (LENGTHS.pack(2, 4) + b"{}one", False),
    ],
)
def test_what_an_object_holds_is_judged_to_the_last_byte(plain: bytes, whole: bool) -> None:
    """Sealed with the right key, so that only the content is wrong."""
    box, vault, ids = filled_box()
    box.disk.write(box.object_path(ids[0]), forged(vault, ids[0], plain.ljust(512, b"\0")))
    assert backup(vault, COPY).damaged == (() if whole else (ids[0],))


def test_metadata_longer_than_a_segment_is_followed() -> None:
    box, vault, _ = filled_box()
    vault.put(Kind.SAMPLE, b"x" * 100_000, {"long": "y" * 200_000})
    assert backup(vault, COPY).damaged == ()
    assert held_by(box.disk.copy()) == content(vault)


def test_a_copy_that_the_medium_cannot_read_is_a_fault() -> None:
    _, vault, ids = filled_box()

    class Unreadable(TreeFs):
        def open_read(self, path: Path) -> int:
            if path.name == f"{ids[0]}.vvo" and path.name in self.names[path.parent]:
                raise OSError(errno.EIO, "input/output error")
            return super().open_read(path)

    assert backup(vault, COPY, io=Unreadable()).faults == (ids[0],)


def test_an_object_that_appears_in_the_copy_meanwhile_is_a_fault() -> None:
    _, vault, _ = filled_box()
    usb = TreeFs()
    name = f"obj/00/{'0' * 32}.vvo"

    def meanwhile(stage: str, done: int, total: int) -> None:
        if stage == "verify":
            usb.write(COPY / name, b"from elsewhere")

    assert backup(vault, COPY, io=usb, on_progress=meanwhile).faults == (name,)
    with pytest.raises(VaultExists, match="1 objects"):  # nor is it taken for ours later
        backup(vault, COPY, io=usb)


def test_an_interrupted_copy_leaves_its_folder_tidy() -> None:
    box, vault, _ = filled_box()
    backup(vault, COPY)
    box.disk.write(COPY / "tmp" / "a.tmp", b"sealed")
    box.disk.write(COPY / "tmp" / "letter.txt", b"mine")
    backup(vault, COPY)
    assert box.disk.list_dir(COPY / "tmp") == ["letter.txt"]


def test_an_object_that_is_cut_while_it_is_read_is_damaged() -> None:
    box, vault, ids = filled_box()

    class Shrinking(TreeFs):
        def read_at(self, fd: int, offset: int, size: int) -> bytes:
            return super().read_at(fd, offset, size if offset < 100_000 else size // 2)

    box.disk.__class__ = Shrinking
    assert backup(vault, COPY, io=TreeFs()).damaged == (ids[1],)
