# SPDX-License-Identifier: GPL-3.0-or-later
"""Restoring: the same content again, a vault only when it is proved, nothing outside the target."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from store_box import PASSPHRASE, ROOT, content
from store_memfs import MemFs
from store_treefs import (
    COPY,
    ELSEWHERE,
    SAME_STEPS,
    TAR,
    Content,
    TreeBox,
    TreeFs,
    crash_at,
    failing_at,
    filled_box,
    held_by,
    open_copy,
    steps_of,
)

from encrypted_store import (
    CatalogueDamaged,
    DiskFull,
    Fsio,
    HeaderDamaged,
    IoError,
    KdfParams,
    Kind,
    NotAVault,
    RollbackDetected,
    Vault,
    VaultError,
    VaultExists,
    WrongPassphrase,
)
from encrypted_store.care.backup import backup
from encrypted_store.care.erase import erase
from encrypted_store.care.progress import Stopped
from encrypted_store.care.restore import RestoreReport, restore

BACK = Path("/mem/home/zurück – 声 🎙/vault")
SOURCES = pytest.mark.parametrize("source", [COPY, TAR], ids=["folder", "tar"])
STRIDES = pytest.mark.parametrize("stride", [12, pytest.param(1, marks=pytest.mark.exhaustive)])


def saved() -> tuple[TreeBox, Content]:
    """A vault with a backup in a folder and one in a tar; closed."""
    box, vault, _ = filled_box(SAME_STEPS)
    vault.delete(vault.put(Kind.SAMPLE, b"gone", {}))
    with vault:
        backup(vault, COPY)
        backup(vault, TAR)
        return box, content(vault)


def bring_back(disk: MemFs, source: Path = COPY, **options: Any) -> RestoreReport:
    if "recovery_code" not in options:
        options.setdefault("passphrase", PASSPHRASE)
    options.setdefault("anchors", ELSEWHERE)
    return restore(source, BACK, io=disk, min_kdf=KdfParams.for_tests(), **options)


@SOURCES
def test_what_was_saved_comes_back(source: Path) -> None:
    box, held = saved()
    saved_bytes = box.disk.under(source if source == COPY else source.parent)
    report = bring_back(box.disk, source)
    assert held_by(box.disk, BACK) == held
    back = box.disk.under(BACK)
    assert {name: data for name, data in back.items() if name.startswith("obj/")} == {
        name: data for name, data in box.disk.under(ROOT).items() if name.startswith("obj/")
    }
    assert back["vault.json"] == back["vault.json.2"] == box.disk.read(ROOT / "vault.json")
    size = sum(len(data) for name, data in back.items() if name.startswith("obj/"))
    assert report == RestoreReport(3, size, report.seconds, True, (), ())
    assert report.to_json()["objects"] == 3
    after = box.disk.under(source if source == COPY else source.parent)
    assert after == saved_bytes
    with open_copy(box.disk, BACK) as vault:
        assert vault.notices == ()


@SOURCES
def test_the_machine_that_saw_newer_states_accepts_it(source: Path) -> None:
    box, held = saved()
    with box.open() as vault:
        vault.put(Kind.SAMPLE, b"after the backup", {})
    bring_back(box.disk, source, anchors=None or box.anchor.parent)
    options: dict[str, Any] = {"anchors": box.anchor.parent}
    with open_copy(box.disk, BACK, **options) as vault:
        assert vault.notices == ()
        assert content(vault) == held
    with pytest.raises(RollbackDetected):  # now the old place is the other branch
        box.open()


def test_the_recovery_code_will_do() -> None:
    box, held = saved()
    bring_back(box.disk, recovery_code=box.code)
    assert held_by(box.disk, BACK) == held


def test_a_wrong_secret_restores_nothing() -> None:
    box, _ = saved()
    for options in ({"passphrase": "wrong"}, {"passphrase": None}):
        with pytest.raises((WrongPassphrase, TypeError)):
            bring_back(box.disk, **options)  # type: ignore[arg-type]
    assert not box.disk.exists(BACK)


def test_the_target_must_be_new_or_empty(tmp_path: Path, on_disk: Callable[..., Vault]) -> None:
    box, _ = saved()
    box.disk.make_dir(BACK)
    box.disk.write(BACK / "letter.txt", b"mine")
    with pytest.raises(VaultExists):
        bring_back(box.disk)
    assert box.disk.under(BACK) == {"letter.txt": b"mine"}
    with on_disk() as vault:
        backup(vault, tmp_path / "b")
    (tmp_path / "file").write_text("mine")
    for target in (tmp_path / "file", tmp_path / "vault", tmp_path / "b" / "inner"):
        with pytest.raises(VaultExists):
            restore(tmp_path / "b", target, passphrase=PASSPHRASE)
    assert (tmp_path / "file").read_text() == "mine"
    assert not (tmp_path / "b" / "inner").exists()


def test_no_backup_there(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for source in (tmp_path / "empty", tmp_path / "absent"):
        with pytest.raises(NotAVault):
            restore(source, tmp_path / "v", passphrase=PASSPHRASE)
    assert not (tmp_path / "v").exists()


def test_a_read_only_medium_will_do(tmp_path: Path, on_disk: Callable[..., Vault]) -> None:
    with on_disk() as vault:
        vault.put(Kind.SAMPLE, b"x" * 70_000, {})
        backup(vault, tmp_path / "b")
        backup(vault, tmp_path / "ä b.tar")
        held = content(vault)

    class ReadOnlyDisc(Fsio):
        def _no(self, *_: object) -> Any:
            raise OSError(errno.EROFS, "read-only file system")

        open_update = open_lock = create = write_at = truncate = durable = durable_dir = _no
        replace = unlink = make_dir = _no

    options: dict[str, Any] = {"min_kdf": KdfParams.for_tests(), "passphrase": PASSPHRASE}
    for number, name in enumerate(["b", "ä b.tar"]):
        target, anchors = tmp_path / f"v {number}", tmp_path / f"a{number}"
        restore(tmp_path / name, target, source_io=ReadOnlyDisc(), anchors=anchors, **options)
        with Vault.open(target, anchors=anchors, **options) as vault:
            assert content(vault) == held
            assert vault.notices == ()


@SOURCES
def test_objects_that_the_backup_lost_are_named(source: Path) -> None:
    box, held = saved()
    size = {len(payload): object_id for object_id, (payload, _) in held.items()}
    big = size[max(size)]
    if source == COPY:
        path = COPY / "obj" / big[:2] / f"{big}.vvo"
        data = bytearray(box.disk.read(path))
        data[70_000] ^= 1
        box.disk.write(path, bytes(data))
    else:
        data = bytearray(box.disk.read(TAR))
        data[data.index(b"VVO1\x03") + 70_000] ^= 1
        box.disk.write(TAR, bytes(data))
    report = bring_back(box.disk, source)
    assert (report.objects, report.absent) == (2, (big,))
    with open_copy(box.disk, BACK) as vault:
        assert [notice.code for notice in vault.notices] == ["objects-missing"]
        assert {entry.id for entry in vault.list()} == set(held)


def test_what_else_was_wrong_with_the_backup_is_said() -> None:
    box, held = saved()
    box.disk.write(COPY / "vault.json", b"rot")
    box.disk.write(COPY / "HEAD", b"rot")
    report = bring_back(box.disk)
    assert report.notices == ("head-unreadable", "header-copy-damaged")
    assert held_by(box.disk, BACK) == held


def test_a_damaged_catalogue_restores_nothing() -> None:
    box, _ = saved()
    path = COPY / "cat" / "00000001.vvlog"
    data = bytearray(box.disk.read(path))
    data[1000] ^= 1
    box.disk.write(path, bytes(data))
    with pytest.raises(CatalogueDamaged):
        bring_back(box.disk)
    assert not box.disk.exists(BACK)


class Flipping(TreeFs):
    """Damages one kind of file whenever it is written."""

    where = ""

    def replace(self, source: Path, target: Path) -> None:
        if target.is_relative_to(BACK) and self.where in target.name:
            self.names[source.parent][source.name].data[-20] ^= 1
        super().replace(source, target)


@pytest.mark.parametrize("where", [".vvo", ".vvlog", "HEAD", "vault.json.2"])
def test_a_target_that_damages_what_is_written_becomes_no_vault(where: str) -> None:
    box, _ = saved()
    box.disk.__class__ = Flipping
    box.disk.where = where  # type: ignore[attr-defined]
    with pytest.raises(IoError, match="do not read back"):
        bring_back(box.disk)
    assert not box.disk.exists(BACK)


def test_a_stopped_restore_leaves_nothing() -> None:
    box, _ = saved()
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked == 4

    seen: list[str] = []
    box.disk.make_dir(BACK)
    with pytest.raises(Stopped):
        bring_back(box.disk, stop=stop, on_progress=lambda stage, done, total: seen.append(stage))
    assert box.disk.list_dir(BACK) == []  # it was there before
    assert set(seen) == {"copy", "verify"}


def restore_steps(*, folders: bool) -> list[int]:
    box, _ = saved()
    return steps_of(box.disk, lambda: bring_back(box.disk), folders=folders)


@STRIDES
def test_a_full_disk_at_any_step_leaves_no_half_vault(stride: int) -> None:
    for step in restore_steps(folders=stride == 1)[stride // 2 :: stride]:
        box, held = saved()
        source = box.disk.under(COPY)
        count = iter(range(10**9))

        def full(name: str, path: Path | None, count: Any = count, step: int = step) -> None:
            # What frees space works on a full disk.
            grows = name not in ("unlink", "remove_dir", "truncate")
            if next(count) >= step and grows:
                raise OSError(errno.ENOSPC, "no space left")

        box.disk.before = full
        try:
            bring_back(box.disk)
        except DiskFull:
            box.disk.before = lambda name, path: None
            if box.disk.exists(BACK):  # all was proved; only its first opening failed
                with open_copy(box.disk, BACK, accept_rollback=True) as vault:
                    assert content(vault) == held
                erase(BACK, io=box.disk, anchors=ELSEWHERE)
            bring_back(box.disk)
        box.disk.before = lambda name, path: None
        assert held_by(box.disk, BACK) == held
        assert box.disk.under(COPY) == source


@STRIDES
def test_death_at_any_step_leaves_no_half_vault(stride: int) -> None:
    box, held = saved()
    for step in restore_steps(folders=stride == 1)[stride // 2 :: stride]:
        died = box.disk.copy()
        assert isinstance(died, TreeFs)
        assert crash_at(died, step, partial(bring_back, died))
        for disk in (died.copy(), died.after_power_loss()):
            try:
                with open_copy(disk, BACK, accept_rollback=True) as vault:
                    assert content(vault) == held
            except NotAVault:
                pass
            if disk.list_dir(BACK):
                erase(BACK, io=disk, anchors=ELSEWHERE)
            bring_back(disk)
            assert held_by(disk, BACK) == held


def test_a_disk_that_is_full_from_the_start_gets_nothing() -> None:
    box, _ = saved()

    def full(name: str, path: Path | None) -> None:
        if name == "make_dir" and path is not None and path.name == "c0":
            raise OSError(errno.ENOSPC, "no space left")

    box.disk.before = full
    with pytest.raises(DiskFull):
        bring_back(box.disk)
    assert not box.disk.exists(BACK)


def test_a_cleanup_that_fails_hides_no_error() -> None:
    box, _ = saved()
    steps = restore_steps(folders=False)
    failing_at(box.disk, 256 + len(steps) // 2, OSError(errno.EIO, "broken"))
    with pytest.raises(IoError):
        bring_back(box.disk)


@pytest.mark.parametrize("error", [NotAVault, HeaderDamaged])
def test_a_hostile_tar_writes_nothing_anywhere(error: type[VaultError]) -> None:
    """Every kind of it is in test_store_tar; here, that none gets as far as the target."""
    box, _ = saved()
    data = bytearray(box.disk.read(TAR))
    if error is NotAVault:
        first = bytearray(data[:512])
        first[0:60] = b"../../home/evil".ljust(60, b"\0")
        first[148:156] = b" " * 8
        first[148:156] = b"%06o\0 " % sum(first)
        data[:512] = first
    else:
        del data[-20_000:]
    box.disk.write(TAR, bytes(data))
    before = box.disk.files()
    with pytest.raises(error):
        bring_back(box.disk, TAR)
    assert box.disk.files() == before
    assert not box.disk.exists(BACK)


def test_a_tar_under_another_name_is_still_a_tar(
    tmp_path: Path, on_disk: Callable[..., Vault]
) -> None:
    with on_disk() as vault:
        vault.put(Kind.SAMPLE, b"x", {})
        backup(vault, tmp_path / "b.tar")
        held = content(vault)
    (tmp_path / "b.tar").rename(tmp_path / "b (copy)")
    options: dict[str, Any] = {"min_kdf": KdfParams.for_tests(), "passphrase": PASSPHRASE}
    restore(tmp_path / "b (copy)", tmp_path / "v", anchors=tmp_path / "x", **options)
    with Vault.open(tmp_path / "v", anchors=tmp_path / "x", **options) as vault:
        assert content(vault) == held


def test_every_payload_is_the_one_that_was_recorded() -> None:
    box, held = saved()
    bring_back(box.disk)
    with open_copy(box.disk, BACK) as vault:
        for entry in vault.list():
            assert hashlib.sha256(vault.get(entry.id)).hexdigest() == entry.sha256
            assert vault.get(entry.id) == held[entry.id][0]
