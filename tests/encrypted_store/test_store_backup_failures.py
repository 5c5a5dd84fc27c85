# SPDX-License-Identifier: GPL-3.0-or-later
"""Full disks and deaths in a backup: the vault and the earlier backup stay."""

from __future__ import annotations

import dataclasses
import errno
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from store_box import ROOT, content
from store_memfs import MemFs
from store_treefs import (
    COPY,
    SAME_STEPS,
    TAR,
    TreeBox,
    crash_at,
    failing_at,
    filled_box,
    held,
    held_by,
    open_copy,
    steps_of,
)

from encrypted_store import (
    DiskFull,
    Kind,
    Vault,
)
from encrypted_store.care.backup import backup

TARGETS = pytest.mark.parametrize("target", [COPY, TAR], ids=["folder", "tar"])


def earlier_backup() -> tuple[TreeBox, Vault, list[str], Any]:
    box, vault, ids = filled_box(SAME_STEPS)
    backup(vault, COPY)
    backup(vault, TAR)
    before = content(vault)
    vault.delete(ids[2])
    vault.put(Kind.SAMPLE, b"new" * 50_000, {})
    vault.update(ids[0], {"n": 3})
    with vault.working("changing the header") as session:
        session.header = dataclasses.replace(session.header, generation=2)
        session.write_header([0, 1])
    vault.compact()
    return box, vault, ids, before


def usable(disk: MemFs, target: Path, before: Any, after: Any) -> None:
    """The copy opens, and every entry reads as before or as after."""
    if target == TAR:
        assert held(disk, TAR) in (before, after)
        return
    with open_copy(disk, accept_rollback=True) as copy:
        for entry in copy.list():
            values = {before.get(entry.id, (None,))[0], after.get(entry.id, (None,))[0]}
            assert copy.get(entry.id) in values
        assert set(before) & set(after) <= {entry.id for entry in copy.list()}


STRIDES = pytest.mark.parametrize("stride", [9, pytest.param(1, marks=pytest.mark.exhaustive)])


def steps_for(target: Path, alone: bool) -> list[int]:
    """Of the second backup, on the vault's own disk or on another."""
    box, vault, _, _ = earlier_backup()
    disk = box.disk.copy() if alone else box.disk
    return steps_of(disk, lambda: backup(vault, target, io=disk), folders=True)


@TARGETS
@STRIDES
def test_a_full_disk_at_any_step_leaves_vault_and_earlier_backup(target: Path, stride: int) -> None:
    for step in steps_for(target, alone=True)[stride // 2 :: stride]:
        box, vault, _, before = earlier_backup()
        after = content(vault)
        usb = box.disk.copy()
        source = box.disk.under(ROOT)
        failing_at(usb, step, OSError(errno.ENOSPC, "no space left"))
        with suppress(DiskFull):  # past the last rename it only means less shredding
            assert backup(vault, target, io=usb).verified
        usb.before = lambda name, path: None
        changed = {name for name, data in box.disk.under(ROOT).items() if source[name] != data}
        assert all(name.startswith("cat/") for name in changed)  # its note
        usable(usb.copy(), target, before, after)
        assert backup(vault, target, io=usb).verified
        assert held(usb, target) == after


@TARGETS
@STRIDES
def test_death_at_any_step_leaves_vault_and_earlier_backup(target: Path, stride: int) -> None:
    for step in steps_for(target, alone=False)[stride // 2 :: stride]:
        box, vault, _, before = earlier_backup()
        after = content(vault)
        assert crash_at(box.disk, step, partial(backup, vault, target))
        for disk in (box.disk.copy(), box.disk.after_power_loss()):
            usable(disk.copy(), target, before, after)
            with box.open(disk) as again:
                assert content(again) == after
                assert backup(again, target).verified
                assert held(disk, target) == after


@STRIDES
def test_death_in_a_first_backup_leaves_no_vault_or_a_whole_one(stride: int) -> None:
    first, vault, _ = filled_box(SAME_STEPS)
    steps = steps_of(first.disk, lambda: backup(vault, COPY), folders=stride == 1)
    for step in steps[stride // 2 :: stride]:
        box, vault, _ = filled_box(SAME_STEPS)
        after = content(vault)
        assert crash_at(box.disk, step, partial(backup, vault, COPY))
        disk = box.disk.after_power_loss()
        if any(disk.exists(COPY / name) for name in ("vault.json", "vault.json.2")):
            assert held_by(disk.copy()) == after
        with box.open(disk) as again:
            assert backup(again, COPY).verified
        assert held_by(disk) == after
