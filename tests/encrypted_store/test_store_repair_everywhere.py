# SPDX-License-Identifier: GPL-3.0-or-later
"""Repair after a flip of every byte of the log, and killed at every step: always the same end."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from store_box import ROOT, flip
from store_faults import (
    END,
    FAULTS,
    LOG,
    SECRETS,
    Damaged,
    acts,
    as_tree,
    check_on,
    damaged,
    end_of,
    kept,
    make_vault,
    open_on,
    repair_on,
)
from store_treefs import TreeFs, crash_at

from encrypted_store import (
    Kind,
    Vault,
)
from encrypted_store.care.repair import repair

# every byte


def flipped_log(byte: int, base: Damaged, whole: END) -> str:
    """Flip one byte of the log, repair, and judge the result; the kind of repair it took."""
    disk = as_tree(base.disk)
    flip(disk, LOG, byte * 8 + byte % 8)
    with open_on(disk, read_only=True) as vault:
        prefix = {entry.id: entry.meta for entry in vault.list()}
        vault.close()
    original = disk.under(ROOT)
    dry = repair_on(disk)
    done = repair_on(disk, dry_run=False)
    assert (done.actions, done.lost) == (dry.actions, dry.lost)
    assert kept(original, disk.under(ROOT))
    assert repair_on(disk).actions == ()
    assert check_on(disk, full=True).counts.damaged == 0
    with open_on(disk) as vault:
        assert {one.code for one in vault.notices} <= {"objects-missing"}
        vault.close()
    end = end_of(disk)
    for object_id in (base.small, base.large, base.edited):
        payload, kind, meta, recovered = end[object_id]
        assert (payload, kind) == whole[object_id][:2]
        assert recovered == (object_id not in prefix)
        assert meta == prefix.get(object_id, meta)
    gone = end.pop(base.deleted, None)  # its deletion came after the break
    assert gone is None or gone[0] == "ObjectMissing"
    assert len(end) == 5
    return ",".join(sorted(set(acts(done))))


def test_a_flip_anywhere_in_the_log() -> None:
    base = make_vault()
    whole = end_of(base.disk)
    size = len(base.disk.read(LOG))
    found = {flipped_log(byte, base, whole) for byte in range(0, size, 199)}
    assert found == {
        "catalogue-rebuilt,object-listed,segment-set-aside",
        "catalogue-rebuilt,segment-set-aside",
    }


@pytest.mark.exhaustive
def test_a_flip_of_every_third_byte_of_the_log() -> None:
    base = make_vault()
    whole = end_of(base.disk)
    for byte in range(0, len(base.disk.read(LOG)), 3):
        flipped_log(byte, base, whole)


# every step


def everything() -> Damaged:
    box = damaged("object flipped")
    for name in (
        "header 1 flipped", "object missing", "unlisted object", "foreign file in obj",
        "foreign file in cat", "another segment",
    ):  # fmt: skip
        FAULTS[name].make(box)
    box.disk.write(box.path("00" * 16), b"garbage")
    return box


STORIES: dict[str, tuple[list[str], dict[str, Any]]] = {
    "broken log": (["log flipped"], {}),
    "broken log, forgetting": (["log flipped"], {"forget": True}),
    "no log": (["log missing"], {}),
    "no log, no HEAD": (["log missing", "HEAD missing"], {}),
    "first record": (["log's first record flipped"], {}),
    "no HEAD": (["HEAD missing"], {"forget": True}),
    "torn": (["torn tail"], {"forget": True}),
    "nothing more": ([], {}),
    "rolled back": (["rolled back"], {"accept_rollback": True}),
    "older epoch": (["older epoch"], {"accept_rollback": True}),
}


def killed_everywhere(name: str, every: int) -> None:
    """Die at each step, lose power or not, repair again: always the same end."""
    faults, options = STORIES[name]
    box = everything() if "accept_rollback" not in options else make_vault()
    for fault in faults:
        FAULTS[fault].make(box)
    original = box.disk.under(ROOT)
    expected_disk = as_tree(box.disk)
    assert repair_on(expected_disk, dry_run=False, **options).applied
    expected = end_of(expected_disk)
    step = 0
    while True:
        disk = as_tree(box.disk)
        died = crash_at(disk, step, partial(repair_on, disk, dry_run=False, **options))
        for left in (disk.copy(), disk.after_power_loss()):
            assert isinstance(left, TreeFs)
            assert kept(original, left.under(ROOT)), step
            repair_on(left, dry_run=False, **options)
            assert end_of(left) == expected, step
            assert kept(original, left.under(ROOT)), step
            with open_on(left) as vault:
                assert not [one for one in vault.notices if one.code != "objects-missing"], step
                vault.close(compact=False)
        if not died:
            break
        step += every
    assert step > 13


@pytest.mark.parametrize(
    "name", ["broken log, forgetting", "no log, no HEAD", "torn", "older epoch"]
)
def test_killed_at_some_steps(name: str) -> None:
    killed_everywhere(name, 13)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", STORIES)
def test_killed_at_every_step(name: str) -> None:
    killed_everywhere(name, 1)


def test_on_a_real_disk_with_links_and_folders_in_the_way(
    on_disk: Callable[..., Vault], tmp_path: Path
) -> None:
    with on_disk() as vault:
        ids = [vault.put(Kind.SAMPLE, b"%d" % n * 900, {"n": n}) for n in range(4)]
        root = vault.path
    outside = tmp_path / "outside"
    outside.write_bytes(b"not ours")
    link, folder = (root / "obj" / one[:2] / f"{one}.vvo" for one in ids[:2])
    link.unlink()
    link.symlink_to(outside)
    folder.unlink()
    (folder / "inside").mkdir(parents=True)
    (root / "obj" / "00" / "strange").mkdir()
    log = root / "cat" / LOG.name
    data = bytearray(log.read_bytes())
    data[-400] ^= 1  # in the record before the last
    log.write_bytes(data)
    secrets = {**SECRETS, "anchors": tmp_path / "anchors"}
    dry = repair(root, forget=True, **secrets)
    done = repair(root, forget=True, dry_run=False, **secrets)
    assert done.actions == dry.actions
    assert acts(done) == [
        "segment-set-aside", "foreign-set-aside", "catalogue-rebuilt", "object-listed",
        "object-listed", "damaged-forgotten", "damaged-forgotten",
    ]  # fmt: skip
    assert done.check is not None
    assert done.check.ok
    assert outside.read_bytes() == b"not ours"
    aside = list((root / "quarantine").iterdir())
    assert len(aside) == 4
    assert bytes(data) in [path.read_bytes() for path in aside if path.is_file()]
    with on_disk() as vault:
        assert sorted(entry.id for entry in vault.list()) == sorted(ids[2:])
        assert {vault.get(one)[:1] for one in ids[2:]} == {b"2", b"3"}
