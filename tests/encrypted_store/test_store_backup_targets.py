# SPDX-License-Identifier: GPL-3.0-or-later
"""What a backup may be written to, and what it never overwrites."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from store_box import PASSPHRASE, ROOT, content
from store_treefs import (
    COPY,
    TAR,
    TreeFs,
    files_in,
    filled_box,
    held_by,
    open_copy,
    tree_box,
)

from encrypted_store import (
    Fsio,
    KdfParams,
    Kind,
    NewerVersion,
    Vault,
    VaultBusy,
    VaultExists,
)
from encrypted_store.care.backup import backup

TARGETS = pytest.mark.parametrize("target", [COPY, TAR], ids=["folder", "tar"])


def refused(vault: Vault, target: Path, io: Fsio | None = None) -> VaultExists:
    with pytest.raises(VaultExists) as caught:
        backup(vault, target, io=io)
    assert caught.value.hint
    return caught.value


def test_the_target_must_be_new_empty_or_an_earlier_backup() -> None:
    box, vault, _ = filled_box()
    disk = box.disk
    disk.make_dir(COPY)
    disk.write(COPY / "letter.txt", b"mine")
    refused(vault, COPY)
    assert disk.under(COPY) == {"letter.txt": b"mine"}
    disk.remove(COPY / "letter.txt")
    assert backup(vault, COPY).verified
    disk.write(COPY / "letter.txt", b"mine")  # beside a backup it is left alone
    disk.write(COPY / "cat" / "letter.txt", b"mine")
    disk.write(COPY / "obj" / "00" / "letter.txt", b"mine")
    assert backup(vault, COPY).verified
    assert disk.under(COPY)["letter.txt"] == b"mine"
    other, theirs, _ = filled_box()
    refused(theirs, COPY, io=disk)
    assert other.disk.under(ROOT)


def test_another_vault_stays_even_when_it_is_empty() -> None:
    """None of its files would be in the way, and its header would be gone."""
    box, vault, _ = filled_box()
    other, theirs = tree_box()
    theirs.close()
    before = other.disk.files()
    moved = other.disk.copy()
    for path, data in before.items():
        if path.is_relative_to(ROOT):
            moved.make_dir((COPY / path.relative_to(ROOT)).parent)
            moved.write(COPY / path.relative_to(ROOT), data)
    here = moved.files()
    refused(vault, COPY, io=moved)
    assert moved.files() == here
    assert box.disk.under(ROOT)


def test_a_tar_that_is_no_backup_stays() -> None:
    box, vault, _ = filled_box()
    box.disk.write(TAR, b"a letter" * 100)
    refused(vault, TAR)
    assert box.disk.read(TAR) == b"a letter" * 100
    _, theirs, _ = filled_box()
    box.disk.remove(TAR)
    backup(theirs, TAR, io=box.disk)
    refused(vault, TAR)


@pytest.mark.parametrize(
    "target", [ROOT, ROOT.parent, ROOT / "tmp" / "b", ROOT / "b.tar", ROOT / ".." / "v" / "b"]
)
def test_vault_and_backup_are_not_inside_one_another(target: Path) -> None:
    box, vault, _ = filled_box()
    before = box.disk.files()
    refused(vault, target)
    assert box.disk.files() == before


def test_a_second_name_of_the_vault_is_seen(tmp_path: Path, on_disk: Callable[..., Vault]) -> None:
    with on_disk() as vault:
        (tmp_path / "link").symlink_to(tmp_path / "vault")
        refused(vault, tmp_path / "link" / "b")
        refused(vault, tmp_path / "link")
        (tmp_path / "file").write_text("x")
        refused(vault, tmp_path / "file")
        assert backup(vault, tmp_path / "b").verified
        refused(vault, tmp_path / "b" / "inner")  # inside the backup


def test_a_backup_that_is_open_is_not_written(
    tmp_path: Path, on_disk: Callable[..., Vault]
) -> None:
    with on_disk() as vault:
        backup(vault, tmp_path / "b")
        assert backup(vault, tmp_path / "b").verified  # each lets go of its lock
        with Vault.open(
            tmp_path / "b", passphrase=PASSPHRASE, anchors=tmp_path / "x",
            min_kdf=KdfParams.for_tests(),
        ), pytest.raises(VaultBusy):  # fmt: skip
            backup(vault, tmp_path / "b")


def test_a_lock_on_the_vault_under_another_mount_is_noticed() -> None:
    """Its names would not give it away: the lock does."""
    box, vault, _ = filled_box()

    class Locked(TreeFs):
        def try_lock(self, fd: int, shared: bool = False) -> bool:
            return False

    usb = Locked()
    for path, data in box.disk.files().items():
        if path.is_relative_to(ROOT):
            usb.make_dir((COPY / path.relative_to(ROOT)).parent)
            usb.write(COPY / path.relative_to(ROOT), data)
    with pytest.raises(VaultBusy):
        backup(vault, COPY, io=usb)


@TARGETS
def test_a_backup_with_more_than_the_vault_knows_is_not_overwritten(target: Path) -> None:
    """The vault was restored from an older backup; the newer backup is the only good one."""
    box, vault, _ = filled_box()
    vault.close()
    old = box.disk.copy()
    with box.open() as vault:
        vault.put(Kind.SAMPLE, b"newer", {})
        backup(vault, target)
    newer = files_in(box.disk, target)
    for path, data in old.files().items():
        if path.is_relative_to(ROOT):
            box.disk.write(path, data)
    with box.open(accept_rollback=True) as vault:
        refused(vault, target)
        assert files_in(box.disk, target) == newer
        assert backup(vault, COPY.with_name("another")).verified


def test_a_backup_that_went_its_own_way_is_not_overwritten() -> None:
    box, vault, ids = filled_box()
    backup(vault, COPY)
    same = box.disk.copy()
    with open_copy(box.disk) as copy:
        copy.update(ids[0], {"only": "here"})
    refused(vault, COPY)
    assert held_by(same) is not None

    backup(vault, COPY.with_name("two"))
    with open_copy(box.disk, COPY.with_name("two"), anchors=Path("/mem/2")) as copy:
        copy.compact()
    refused(vault, COPY.with_name("two"))  # a later epoch

    backup(vault, COPY.with_name("three"))
    with open_copy(box.disk, COPY.with_name("three"), anchors=Path("/mem/3")) as copy:
        for _ in range(9):
            copy.update(ids[0], {"only": "here"})
    vault.compact()
    refused(vault, COPY.with_name("three"))  # further in the epoch than ours ended


def test_newer_passphrases_in_the_backup_are_kept() -> None:
    box, vault, _ = filled_box()
    backup(vault, COPY)
    with open_copy(box.disk) as copy:
        copy.change_passphrase("another", passphrase=PASSPHRASE, kdf=KdfParams.for_tests())
    refused(vault, COPY)


def test_rotten_headers_in_the_backup_are_written_again() -> None:
    box, vault, _ = filled_box()
    backup(vault, COPY)
    for name in ("vault.json", "vault.json.2"):
        box.disk.write(COPY / name, b"rot")
    assert backup(vault, COPY).verified
    forged = box.disk.read(COPY / "vault.json").replace(b'"generation":1', b'"generation":9')
    body = forged.split(b"\n")[0]
    digest = hashlib.sha256(body).hexdigest().encode()
    box.disk.write(COPY / "vault.json", b"\n".join([body, digest, b"0" * 64, b""]))
    assert backup(vault, COPY).verified
    assert held_by(box.disk.copy()) == content(vault)


def test_a_newer_format_is_left_alone() -> None:
    box, vault, _ = filled_box()
    body = b'{"format":"voicevault/2"}'
    digest = hashlib.sha256(body).hexdigest().encode()
    box.disk.make_dir(COPY)
    box.disk.write(COPY / "vault.json", b"\n".join([body, digest, b"0" * 64, b""]))
    with pytest.raises(NewerVersion):
        backup(vault, COPY)


def test_a_foreign_catalogue_without_a_header_is_left_alone() -> None:
    _, vault, _ = filled_box()
    for epoch in ("00000001", "00000000"):
        usb = TreeFs()
        usb.make_dir(COPY / "cat")
        usb.write(COPY / "cat" / f"{epoch}.vvlog", b"VVC1" + bytes(300))
        refused(vault, COPY, io=usb)
