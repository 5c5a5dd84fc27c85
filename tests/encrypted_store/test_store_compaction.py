# SPDX-License-Identifier: GPL-3.0-or-later
"""Compaction: what is live stays, what was deleted leaves the catalogue's file."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest
from store_box import ROOT, Box, content, new_box

from encrypted_store import DiskFull, IoError, Kind, ReadOnly, compaction, log
from encrypted_store.catalogue import MAX_NOTES


def segments(box: Box) -> list[str]:
    return box.disk.list_dir(ROOT / "cat")


def test_content_order_flags_and_tombstones_survive(filled: tuple[Box, list[str]]) -> None:
    box, ids = filled
    with box.open() as vault:
        kept = box.disk.read(box.object_path(ids[1]))
        vault.delete(ids[1])
        planted = "ab" * 16
        with vault.working("planting") as session:
            session.write_object(planted, 1, b"{}", memoryview(b"lost"))
        vault.close(compact=False)
    with box.open() as vault:
        assert vault.entry(planted).recovered
        before = content(vault)
        order = [entry.id for entry in vault.list()]
        vault.compact()
        assert content(vault) == before
        vault.update(ids[0], {"n": 3})
    assert segments(box) == ["00000002.vvlog"]
    box.disk.write(box.object_path(ids[1]), kept)
    with box.open() as vault:
        assert [entry.id for entry in vault.list()] == order
        assert vault.entry(planted).recovered
        assert vault.entry(ids[0]).meta == {"n": 3}
        assert [notice.code for notice in vault.notices] == ["deletion-finished"]


def test_closing_compacts_after_a_deletion_only(filled: tuple[Box, list[str]]) -> None:
    box, ids = filled
    with box.open() as vault:
        vault.update(ids[0], {})
    assert segments(box) == ["00000001.vvlog"]
    old = box.disk.names[ROOT / "cat"]["00000001.vvlog"]
    with box.open() as vault:
        vault.delete(ids[0])
    assert segments(box) == ["00000002.vvlog"]
    assert bytes(old.data[:4096]) == bytes(min(4096, len(old.data)))  # its key's salt is gone
    with box.open() as vault:
        vault.update(ids[1], {})
    assert segments(box) == ["00000002.vvlog"]


def test_a_deletion_of_a_session_that_died_is_compacted_by_the_next(
    filled: tuple[Box, list[str]],
) -> None:
    box, ids = filled
    with box.open() as vault:
        vault.delete(ids[0])
        disk = box.disk.copy()
    with Box(disk, box.code).open(disk) as vault:
        assert len(vault.list()) == 2
    assert disk.list_dir(ROOT / "cat") == ["00000002.vvlog"]


def test_a_mostly_dead_catalogue_is_compacted(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "_FEW", 8)
    with box.open() as vault:
        first = vault.put(Kind.SAMPLE, b"1", {})
        for number in range(6):
            vault.update(first, {"n": number})
    assert segments(box) == ["00000001.vvlog"]
    with box.open() as vault:
        vault.update(first, {"n": 7})
    assert segments(box) == ["00000002.vvlog"]
    with box.open() as vault:
        assert vault.entry(first).meta == {"n": 7}


def test_an_epoch_ends_in_time(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "MAX_RECORDS", 4)
    with box.open() as vault:
        ids = [vault.put(Kind.SAMPLE, b"x", {"n": n}) for n in range(3)]
        assert segments(box) == ["00000001.vvlog"]
        vault.update(ids[0], {"n": 9})
        assert segments(box) == ["00000002.vvlog"]
        vault.delete(ids[1])
    with box.open() as vault:
        assert [entry.meta["n"] for entry in vault.list()] == [9, 2]


def test_more_tombstones_than_a_record_holds(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "_IDS_A_RECORD", 2)
    with box.open() as vault:
        ids = [vault.put(Kind.SAMPLE, b"x", {}) for _ in range(6)]
        sealed = {one: box.disk.read(box.object_path(one)) for one in ids}
        for one in ids[:5]:
            vault.delete(one)
    with box.open() as vault, vault.working("looking") as session:
        assert session.writer.next_seq == 1 + 2 + 1  # open, two tomb, one put
        assert session.catalogue.tombstones == set(ids[:5])
    for one in ids[:5]:
        box.disk.write(box.object_path(one), sealed[one])
    with box.open() as vault:
        assert [entry.id for entry in vault.list()] == ids[5:]


def test_a_full_record_of_tombstones_fits() -> None:
    op = {"op": "tomb", "ids": ["0" * 32] * compaction._IDS_A_RECORD}
    log.check_fits(op)
    log.check_fits({**op, "op": "open", "epoch": 2**40, "prev_epoch": 2**40, "prev_seq": 2**24,
                    "prev_tag": "A" * 22})  # fmt: skip


def test_the_newest_notes_come_along(box: Box) -> None:
    with box.open() as vault, vault.working("noting") as session:
        for number in range(MAX_NOTES + 3):
            session.commit({"op": "note", "event": f"e{number}", "t": 1, "detail": "x"})
        vault.compact()
    with box.open() as vault, vault.working("looking") as session:
        events = [note["event"] for note in session.catalogue.notes]
    assert events == [f"e{number}" for number in range(3, MAX_NOTES + 3)]


def test_a_failure_at_every_step(filled: tuple[Box, list[str]]) -> None:
    box, ids = filled
    seen = set()
    for code, kind in ((errno.ENOSPC, DiskFull), (errno.EIO, IoError)):
        for step in range(1, 60):
            disk = box.disk.copy()
            vault = box.open(disk)
            before = content(vault)
            count = 0

            def fail(call: str, path: Path | None, step: int = step, code: int = code) -> None:
                nonlocal count
                count += 1
                if count == step:
                    raise OSError(code, "injected")

            disk.before = fail
            try:
                vault.compact()
                failed = False
            except kind:
                failed = True
            disk.before = lambda call, path: None
            assert content(vault) == before
            try:
                vault.update(ids[0], {"n": step})
                seen.add(("goes on", failed))
                before[ids[0]] = (before[ids[0]][0], {"n": step})
            except ReadOnly:
                seen.add(("stops", failed))
            vault.close()
            with box.open(disk) as again:
                assert content(again) == before
                assert len(disk.list_dir(ROOT / "cat")) == 1
            if count < step:
                break
    assert seen == {("goes on", True), ("goes on", False), ("stops", True)}


def test_a_head_that_cannot_be_read_back_ends_writing(
    filled: tuple[Box, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    box, ids = filled
    with box.open() as vault:

        def fail(call: str, path: Path | None) -> None:
            if call == "replace" and path is not None and path.name == "HEAD":
                raise OSError(errno.EIO, "injected")

        def unreadable(path: Path) -> int:
            raise OSError(errno.EIO, "injected")

        box.disk.before = fail
        monkeypatch.setattr(box.disk, "open_read", unreadable)
        with pytest.raises(IoError):
            vault.compact()
        monkeypatch.undo()
        box.disk.before = lambda call, path: None
        with pytest.raises(ReadOnly):
            vault.update(ids[0], {})
    with box.open() as vault:
        assert len(vault.list()) == 3


def test_no_space_for_compaction_does_not_stop_closing(filled: tuple[Box, list[str]]) -> None:
    box, ids = filled
    vault = box.open()
    vault.delete(ids[0])

    def fail(call: str, path: Path | None) -> None:
        if call == "create" and path is not None and path.name.startswith("0000"):
            raise OSError(errno.ENOSPC, "injected")

    box.disk.before = fail
    vault.close()
    box.disk.before = lambda call, path: None
    assert segments(box) == ["00000001.vvlog"]
    with box.open() as vault:
        assert vault.notices == ()
        assert len(vault.list()) == 2


def test_the_old_key_serves_until_the_new_segment_does(filled: tuple[Box, list[str]]) -> None:
    """Both ciphers read their keys from the page: a failed compaction must not mix them up."""
    box, ids = filled

    def fail(call: str, path: Path | None) -> None:
        if call == "replace" and path is not None and path.name == "HEAD":
            raise OSError(errno.ENOSPC, "injected")

    with box.open() as vault:
        box.disk.before = fail
        with pytest.raises(DiskFull):
            vault.compact()
        box.disk.before = lambda call, path: None
        vault.update(ids[0], {"n": "after"})
    with box.open() as vault:
        assert vault.entry(ids[0]).meta == {"n": "after"}


def test_epochs_go_on(box: Box) -> None:
    with box.open() as vault:
        one = vault.put(Kind.SAMPLE, b"x", {})
        for number in range(3):
            vault.compact()
            vault.update(one, {"n": number})
    assert segments(box) == ["00000004.vvlog"]
    with box.open() as vault:
        assert vault.entry(one).meta == {"n": 2}
        assert vault.notices == ()


def forged(**op: Any) -> None:
    _, vault = new_box()
    with vault, vault.working("forging") as session:
        vault.put(Kind.SAMPLE, b"x", {})
        session.catalogue.apply(9, op)


@pytest.mark.parametrize(
    "op",
    [
        {"op": "tomb", "ids": "no list"},
        {"op": "tomb", "ids": ["short"]},
        {"op": "note", "event": 1, "t": 1},
        {"op": "note", "event": "e", "t": -1},
        {"op": "note", "event": "e", "t": 1, "detail": []},
    ],
)
def test_malformed_operations(op: dict[str, Any]) -> None:
    from encrypted_store.operations import BadOperation

    with pytest.raises(BadOperation):
        forged(**op)


def test_a_tombstone_for_something_live_is_refused(filled: tuple[Box, list[str]]) -> None:
    from encrypted_store.operations import BadOperation

    box, ids = filled
    with box.open() as vault, vault.working("forging") as session:
        with pytest.raises(BadOperation):
            session.catalogue.apply(9, {"op": "tomb", "ids": [ids[0]]})
        with pytest.raises(BadOperation):
            session.catalogue.apply(9, {"op": "del", "id": ids[0], "t": "now"})
