# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups: the same ciphertext a second time, proved, and kept up to date."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from store_box import ROOT, content
from store_treefs import (
    COPY,
    TAR,
    files_in,
    filled_box,
    held,
    held_by,
)

from encrypted_store import (
    Kind,
)
from encrypted_store.care.backup import BackupReport, backup
from encrypted_store.care.moving import walk_segment
from encrypted_store.care.progress import Stopped

TARGETS = pytest.mark.parametrize("target", [COPY, TAR], ids=["folder", "tar"])


@TARGETS
def test_a_backup_is_the_same_bytes_and_proved(target: Path) -> None:
    box, vault, ids = filled_box()
    vault.delete(vault.put(Kind.SAMPLE, b"gone", {}))
    before = box.disk.under(ROOT)
    report = backup(vault, target)
    copy = files_in(box.disk, target)
    objects = {name: data for name, data in before.items() if name.startswith("obj/")}
    assert {name: data for name, data in copy.items() if name.startswith("obj/")} == objects
    assert len(objects) == len(ids)
    assert copy["vault.json"] == copy["vault.json.2"] == before["vault.json"]
    assert copy["cat/00000001.vvlog"] == before["cat/00000001.vvlog"]
    assert set(copy) == {*objects, "vault.json", "vault.json.2", "HEAD", "cat/00000001.vvlog"}
    size = sum(len(data) for data in objects.values())
    assert report == BackupReport(3, size, 3, 0, 0, report.seconds, True)
    assert held(box.disk, target) == content(vault)


def test_the_vault_remembers_its_backup_without_saying_where() -> None:
    box, vault, _ = filled_box()
    report = backup(vault, COPY)
    with vault.working("reading") as session:
        walk = walk_segment(session.keys, session.vault_id, box.disk.read(box.log))
    note = walk.records[-1].op
    assert note.pop("t")
    assert note == {
        "op": "note", "event": "backup",
        "detail": f"objects=3 bytes={report.bytes} copied=3 reused=0 removed=0",
    }  # fmt: skip
    assert dataclasses.asdict(report) == report.to_json()
    vault.close()
    box.open().close()


@TARGETS
def test_a_second_backup_has_what_changed(target: Path) -> None:
    box, vault, ids = filled_box()
    backup(vault, target)
    vault.update(ids[2], {"late": True})
    new = vault.put(Kind.SAMPLE, b"new" * 999, {})
    writes = 0

    def watch(name: str, path: Path | None) -> None:
        nonlocal writes
        writes += name == "create" and path is not None and path.name[-4:] == ".tmp"

    box.disk.before = watch
    report = backup(vault, target)
    assert (report.copied, report.reused) == ((1, 3) if target == COPY else (4, 0))
    assert writes == (1 + 2 + 1 if target == COPY else 1)  # object, segment, HEAD; the anchor
    assert held(box.disk, target) == content(vault)
    assert new in held(box.disk, target)


@TARGETS
def test_what_the_vault_deleted_is_erased_in_the_backup(target: Path) -> None:
    box, vault, ids = filled_box()
    backup(vault, target)
    sealed = box.disk.read(box.object_path(ids[1]))
    vault.delete(ids[1])
    report = backup(vault, target)
    assert report.removed == (1 if target == COPY else 0)
    assert ids[1] not in held(box.disk, target)
    assert f"obj/{ids[1][:2]}/{ids[1]}.vvo" not in files_in(box.disk, target)
    assert all(sealed[9:41] not in data for data in box.disk.files().values())


@TARGETS
def test_bytes_of_what_was_replaced_are_overwritten(target: Path) -> None:
    """An older header would open with an older passphrase; a deleted object needs its salt."""
    box, vault, ids = filled_box()
    backup(vault, target)
    disk = box.disk
    old = {path.name: disk.names[path.parent][path.name] for path in disk.files()}
    vault.delete(ids[1])
    with vault.working("changing the header") as session:
        session.header = dataclasses.replace(session.header, generation=2)
    backup(vault, target)
    if target == COPY:
        assert not any(old["vault.json.2"].data)
        assert not any(old[f"{ids[1]}.vvo"].data[:4096])
    else:
        with_id = bytes(old[TAR.name].data)
        assert b"wrapped" not in with_id
        assert b"VVC1" not in with_id
        assert with_id.count(b"VVO1") == 2  # the deleted object's start is gone


def test_compaction_takes_the_old_epoch_out_of_the_backup() -> None:
    box, vault, ids = filled_box()
    backup(vault, COPY)
    vault.delete(ids[0])
    vault.compact()
    backup(vault, COPY)
    assert [name for name in files_in(box.disk, COPY) if name[:3] == "cat"] == [
        "cat/00000002.vvlog"
    ]
    vault.compact()
    vault.compact()
    assert backup(vault, COPY).verified  # two epochs on: only the objects can say whose it is
    assert held_by(box.disk.copy()) == content(vault)


def test_progress_counts_bytes_and_ends_at_the_total() -> None:
    _, vault, _ = filled_box()
    seen: dict[str, list[tuple[int, int]]] = {}
    backup(vault, COPY, on_progress=lambda s, d, t: seen.setdefault(s, []).append((d, t)))
    total = sum(entry.size for entry in vault.list())
    assert {stage: steps[-1] for stage, steps in seen.items()} == {
        "copy": (total, total), "verify": (total, total),
    }  # fmt: skip
    assert all(steps[0] == (0, total) and steps == sorted(steps) for steps in seen.values())


@TARGETS
def test_a_stopped_backup_is_gone_on_with(target: Path) -> None:
    box, vault, _ = filled_box()
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked == 3

    with pytest.raises(Stopped):
        backup(vault, target, stop=stop)
    assert not box.disk.exists(COPY / "vault.json")
    assert not box.disk.exists(TAR)
    report = backup(vault, target, stop=lambda: False)
    assert report.reused == (2 if target == COPY else 0)
    assert held(box.disk, target) == content(vault)


@TARGETS
def test_recording_and_deleting_go_on_meanwhile(target: Path) -> None:
    box, vault, ids = filled_box()
    late: list[str] = []

    def meanwhile(stage: str, done: int, total: int) -> None:
        if stage == "copy" and done == 3 and not late:
            late.append(vault.put(Kind.SAMPLE, b"late", {}))
            vault.delete(ids[0])  # copied already
            vault.delete(ids[2])  # not yet
        if stage == "verify" and done == 0 and len(late) == 1:
            late.append(vault.put(Kind.SAMPLE, b"too late", {}))

    report = backup(vault, target, on_progress=meanwhile)
    assert report.verified
    assert held(box.disk, target).keys() == {ids[1], late[0]}
    assert not any(ids[0] in name for name in files_in(box.disk, target))
