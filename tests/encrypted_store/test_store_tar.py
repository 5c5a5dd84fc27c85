# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups in a tar: readable by others, read in place, and hostile ones refused."""

from __future__ import annotations

import errno
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from store_box import PASSPHRASE, ROOT, content
from store_treefs import (
    TAR,
    TreeFs,
    filled_box,
    open_copy,
)

from encrypted_store import (
    KdfParams,
    Kind,
    Vault,
    VaultError,
)
from encrypted_store.care.backup import backup
from encrypted_store.care.tarfs import TarFs


def test_any_tar_program_reads_the_backup(tmp_path: Path, on_disk: Callable[..., Vault]) -> None:
    with on_disk() as vault:
        vault.put(Kind.SAMPLE, b"x" * 70_000, {})
        assert backup(vault, tmp_path / "ä b.TAR").verified
        held = content(vault)
    with tarfile.open(tmp_path / "ä b.TAR", "r:") as tar:
        for member in tar:
            assert member.isfile()
            assert (member.mode, member.mtime, member.uname, member.uid) == (0o600, 0, "", 0)
            path = tmp_path / "out" / member.name
            path.parent.mkdir(parents=True, exist_ok=True)
            data = tar.extractfile(member)
            assert data is not None
            path.write_bytes(data.read())
    with Vault.open(
        tmp_path / "out", passphrase=PASSPHRASE, anchors=tmp_path / "x",
        min_kdf=KdfParams.for_tests(),
    ) as again:  # fmt: skip
        assert content(again) == held


def test_a_tar_with_a_second_name_is_not_touched(
    tmp_path: Path, on_disk: Callable[..., Vault]
) -> None:
    with on_disk() as vault:
        backup(vault, tmp_path / "b.tar")
        (tmp_path / "kept.tar").hardlink_to(tmp_path / "b.tar")
        kept = (tmp_path / "kept.tar").read_bytes()
        backup(vault, tmp_path / "b.tar")
        assert (tmp_path / "kept.tar").read_bytes() == kept
        assert (tmp_path / "b.tar").read_bytes() != kept


def test_a_stale_partial_tar_is_replaced() -> None:
    box, vault, _ = filled_box()
    box.disk.write(TAR.with_name(TAR.name + ".partial"), b"x" * 10**6)
    assert backup(vault, TAR).verified
    assert box.disk.under(TAR.parent).keys() == {TAR.name}


def test_a_tar_opens_without_being_unpacked_and_refuses_writes() -> None:
    box, vault, ids = filled_box()
    backup(vault, TAR)
    before = box.disk.files()
    calls: list[Callable[[TarFs], object]] = [
        lambda tar: tar.open_update(TAR / "HEAD"),
        lambda tar: tar.open_lock(TAR / "lock"),
        lambda tar: tar.create(TAR / "x"),
        lambda tar: tar.write_at(1, 0, b"x"),
        lambda tar: tar.truncate(1, 0),
        lambda tar: tar.durable(1),
        lambda tar: tar.durable_dir(TAR),
        lambda tar: tar.replace(TAR / "HEAD", TAR / "x"),
        lambda tar: tar.unlink(TAR / "HEAD"),
        lambda tar: tar.make_dir(TAR / "x"),
        lambda tar: tar.remove_dir(TAR / "obj"),
    ]
    with TarFs(box.disk, TAR) as tar:
        for call in calls:
            with pytest.raises(OSError) as caught:
                call(tar)
            assert caught.value.errno == errno.EROFS
        assert tar.list_dir(TAR) == ["HEAD", "cat", "obj", "vault.json", "vault.json.2"]
        assert tar.list_dir(TAR / "cat") == ["00000001.vvlog"]
        assert tar.list_dir(TAR / "tmp") == tar.list_dir(ROOT) == []
        assert tar.exists(TAR)
        assert tar.exists(TAR / "obj")
        assert not tar.is_link(TAR / "obj")
        assert not tar.exists(ROOT)
        fd = tar.open_read(TAR / "HEAD")
        data = tar.read_at(fd, 0, 10**6)
        assert len(data) == tar.size(fd)
        assert tar.links(fd) == 1
        assert tar.try_lock(fd)
        assert tar.read_at(fd, len(data), 5) == b""
        tar.close(fd)
        with pytest.raises(FileNotFoundError):
            tar.open_read(ROOT / "HEAD")
        with open_copy(tar, TAR, read_only=True) as copy:  # type: ignore[arg-type]
            assert copy.get(ids[1]) == vault.get(ids[1])
    assert box.disk.files() == before


def hostile(change: Callable[[tarfile.TarInfo], None], *more: str) -> bytes:
    parts = []
    for name in ("vault.json", "HEAD", *more):
        info = tarfile.TarInfo(name)
        info.size = 3
        if name == "HEAD":
            change(info)
        parts += [info.tobuf(tarfile.GNU_FORMAT), b"abc".ljust(512, b"\0") if info.size else b""]
    return b"".join(parts).ljust(10_240, b"\0")


def set_to(**fields: Any) -> Callable[[tarfile.TarInfo], None]:
    def change(info: tarfile.TarInfo) -> None:
        for name, value in fields.items():
            setattr(info, name, value)

    return change


HOSTILE = {
    "absolute": hostile(set_to(name="/etc/passwd")),
    "upwards": hostile(set_to(name="../outside")),
    "upwards inside": hostile(set_to(name="obj/../../outside")),
    "other name": hostile(set_to(name="notes.txt")),
    "lock": hostile(set_to(name="lock")),
    "wrong shard": hostile(set_to(name=f"obj/aa/{'b' * 32}.vvo")),
    "other digits": hostile(set_to(name="cat/" + "\u0661" * 8 + ".vvlog")),
    "long name": hostile(set_to(name="obj/" + "a" * 200)),
    "pax": hostile(set_to(name="HEAD"), "vault.json.2"),
    "symbolic link": hostile(set_to(type=tarfile.SYMTYPE, linkname="/etc/passwd", size=0)),
    "hard link": hostile(set_to(type=tarfile.LNKTYPE, linkname="vault.json", size=0)),
    "device": hostile(set_to(type=tarfile.CHRTYPE, size=0)),
    "fifo": hostile(set_to(type=tarfile.FIFOTYPE, size=0)),
    "folder": hostile(set_to(type=tarfile.DIRTYPE, name="obj", size=0)),
    "sparse": hostile(set_to(type=tarfile.GNUTYPE_SPARSE)),
    "contiguous": hostile(set_to(type=tarfile.CONTTYPE)),
    "duplicate": hostile(set_to(name="vault.json")),
    "huge": hostile(set_to(size=10**15)),
    "cut": hostile(set_to())[:1024],
    "cut in data": hostile(set_to())[:514],
    "no end": hostile(set_to())[:2048],
    "flipped": hostile(set_to()).replace(b"HEAD", b"HEAE"),
    "text": b"this is no tar, only a letter that somebody gave the ending" * 20,
    "empty": b"",
    "zeros": bytes(10240),
}


@pytest.mark.parametrize("kind", [name for name in HOSTILE if name != "pax"])
def test_a_hostile_tar_is_refused(kind: str) -> None:
    disk = TreeFs()
    disk.make_dir(TAR.parent)
    disk.write(TAR, HOSTILE[kind])
    with pytest.raises(VaultError) as caught:
        TarFs(disk, TAR)
    assert caught.value.code in ("NotAVault", "HeaderDamaged")
    assert disk.fds == {}


def test_a_harmless_tar_of_the_same_making_is_read() -> None:
    """So that the refusals above are for their own reasons."""
    disk = TreeFs()
    disk.make_dir(TAR.parent)
    disk.write(TAR, HOSTILE["pax"])
    with TarFs(disk, TAR) as tar:
        assert set(tar.members) == {"vault.json", "HEAD", "vault.json.2"}


def test_negative_sizes_are_refused() -> None:
    block = bytearray(hostile(set_to())[:1024])
    block[124:136] = b"\xff" * 12
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block[:512])
    disk = TreeFs()
    disk.make_dir(TAR.parent)
    disk.write(TAR, bytes(block) + bytes(10240))
    with pytest.raises(VaultError, match="cut or altered at byte 0"):
        TarFs(disk, TAR)
