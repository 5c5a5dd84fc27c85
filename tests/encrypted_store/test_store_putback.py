# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged and missing objects put back from a backup: only what verifies, nothing deleted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from store_box import ROOT, Box, content, flip
from store_memfs import Crash

from encrypted_store import NotAVault, ReadOnly
from encrypted_store.care.backup import backup
from encrypted_store.care.check import check
from encrypted_store.care.progress import Stopped
from encrypted_store.care.putback import put_back

COPY = Path("/mem/copy")


@pytest.fixture
def saved(filled: tuple[Box, list[str]]) -> tuple[Box, list[str], dict[str, Any]]:
    """A vault with a proved backup beside it."""
    box, ids = filled
    box.disk.make_dir(COPY)
    with box.open() as vault:
        assert backup(vault, COPY).verified
        return box, ids, content(vault)


def copied(object_id: str) -> Path:
    return COPY / "obj" / object_id[:2] / f"{object_id}.vvo"


def test_bad_and_missing_objects_come_back(saved: tuple[Box, list[str], dict[str, Any]]) -> None:
    box, ids, held = saved
    flip(box.disk, box.object_path(ids[0]), 900)
    box.disk.remove(box.object_path(ids[1]))
    bad = box.disk.read(box.object_path(ids[0]))
    told: list[tuple[str, int, int]] = []
    with box.open() as vault:
        report = put_back(vault, COPY, on_progress=lambda *now: told.append(now))
        assert sorted(report.put_back) == sorted(ids[:2])
        assert report.still_bad == ()
        assert report.to_json() == {"put_back": report.put_back, "still_bad": ()}
        assert content(vault) == held
        assert check(vault, full=True).ok
        assert [one.event for one in vault.history()] == ["backup", "put-back"]
        assert put_back(vault, COPY).put_back == ()
        assert len(vault.history()) == 2
    assert told[-1][0] == "put back"
    assert told[-1][1] == told[-1][2] > 0
    aside = [data for path, data in box.disk.files().items() if path.parent == ROOT / "quarantine"]
    assert aside == [bad]


def test_what_is_bad_in_the_backup_too_is_left_alone(
    saved: tuple[Box, list[str], dict[str, Any]],
) -> None:
    box, ids, _ = saved
    flip(box.disk, box.object_path(ids[0]), 900)
    bad = box.disk.read(box.object_path(ids[0]))
    for damage in (
        lambda: flip(box.disk, copied(ids[0]), 901),
        lambda: box.disk.remove(copied(ids[0])),
    ):
        damage()
        with box.open() as vault:
            report = put_back(vault, COPY)
        assert (report.put_back, report.still_bad) == ((), (ids[0],))
        assert box.disk.read(box.object_path(ids[0])) == bad
    # Another object of the same size and keys is not taken for it.
    box.disk.write(copied(ids[0]), box.disk.read(copied(ids[2])))
    with box.open() as vault:
        assert put_back(vault, COPY).put_back == ()


def test_where_it_must_refuse(saved: tuple[Box, list[str], dict[str, Any]]) -> None:
    box, _, _ = saved
    with box.open() as vault:
        with pytest.raises(NotAVault):
            put_back(vault, Path("/mem/nothing"))
        with pytest.raises(Stopped):
            put_back(vault, COPY, stop=lambda: True)
    with box.open(read_only=True) as vault, pytest.raises(ReadOnly):
        put_back(vault, COPY)


def test_killed_at_every_step_a_second_call_finishes(
    saved: tuple[Box, list[str], dict[str, Any]],
) -> None:
    box, ids, held = saved
    flip(box.disk, box.object_path(ids[0]), 900)
    for step in range(1, 40):
        disk, count = box.disk.copy(), 0
        vault = box.open(disk)

        def die(call: str, path: Path | None, step: int = step) -> None:
            nonlocal count
            count += 1
            if count >= step:
                raise Crash

        disk.before = die
        try:
            put_back(vault, COPY)
        except Crash:
            disk.before = lambda call, path: None
        with box.open(disk.copy()) as again:
            put_back(again, COPY)
            assert content(again) == held
        if count < step:
            return
    pytest.fail("it never came to an end")
