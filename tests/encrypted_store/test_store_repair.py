# SPDX-License-Identifier: GPL-3.0-or-later
"""Repair: the vault opens again, nothing that verifies is lost, and nothing is deleted."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from store_box import PASSPHRASE, ROOT, flip
from store_faults import (
    FAULTS,
    LARGE,
    LOG,
    SECRETS,
    Damaged,
    acts,
    as_tree,
    check_on,
    codes,
    damaged,
    kept,
    lost,
    make_vault,
    open_on,
    repair_on,
)
from store_memfs import MemFs
from store_treefs import TreeBox, TreeFs, crash_at, failing_at
from test_store_forged import forge, layout

from encrypted_store import (
    HeaderDamaged,
    Kind,
    NotAVault,
    ObjectDamaged,
    ObjectMissing,
    ReadOnly,
    Vault,
    VaultBusy,
    VaultTampered,
    WrongPassphrase,
)
from encrypted_store.anchor import Anchor, Mark
from encrypted_store.care.progress import Stopped
from encrypted_store.care.repair import repair

END = dict[str, Any]


def end_of(disk: MemFs) -> END:
    """All that a vault holds, in terms that do not depend on the ids of salvage."""
    with open_on(disk, read_only=True) as vault:
        found: END = {}
        for entry in vault.list():
            try:
                payload: object = vault.get(entry.id)
            except (ObjectDamaged, ObjectMissing) as error:
                payload = error.code
            name = entry.meta["from"] + "!" if entry.kind is Kind.SALVAGED else entry.id
            assert name not in found
            found[name] = (payload, entry.kind, entry.meta, entry.recovered)
        with vault.working("looking") as session:
            found["tombstones"] = sorted(session.catalogue.tombstones)
        found["notices"] = vault.notices
        vault.close()
    return found


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_repaired(name: str) -> None:
    box, fault = damaged(name), FAULTS[name]
    before, original = box.disk.files(), box.disk.under(ROOT)
    dry = repair_on(box.disk)
    assert acts(dry) == fault.acts
    assert lost(dry) == fault.lost
    assert not dry.applied
    assert box.disk.files() == before
    done = repair_on(box.disk, dry_run=False)
    assert (done.actions, done.lost) == (dry.actions, dry.lost)
    assert done.applied == bool(fault.acts and "rollback-not-accepted" not in fault.acts)
    assert kept(original, box.disk.under(ROOT))
    if not done.applied:
        assert {p for p, data in box.disk.files().items() if before.get(p) != data} <= {
            ROOT / "lock"
        }
        return
    assert done.check is not None
    assert not codes(done.check, "fatal")
    after = box.disk.files()
    again = repair_on(box.disk, dry_run=False)
    assert (again.actions, again.applied, again.lost) == ((), False, _lasting(done.lost))
    assert box.disk.files() == after
    end = end_of(box.disk)
    with open_on(box.disk) as vault:
        assert not vault.notices
        vault.close()
    assert end_of(box.disk) == end


def _lasting(losses: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(one for one in losses if one.code in ("object-damaged", "object-missing"))


def test_what_verifies_of_a_damaged_object_is_kept_once() -> None:
    box = damaged("object flipped")  # in its second segment
    good = make_vault()
    assert repair_on(box.disk, dry_run=False).applied
    with open_on(box.disk) as vault:
        assert [entry.id for entry in vault.list()][:3] == [box.small, box.large, box.edited]
        (entry,) = vault.list(Kind.SALVAGED)
        payload = vault.get(entry.id)
        first = 65_480 - 12 - len('{"long":""}') - 300
        assert payload == LARGE[:first]
        assert entry.meta == {
            "type": "salvaged", "from": box.large, "kind": 3, "bytes": first, "of": len(LARGE),
        }  # fmt: skip
        assert entry.recovered  # as it would be, were it listed only after a crash
        with pytest.raises(ObjectDamaged):
            vault.get(box.large)
    box.disk.write(box.path(box.large), good.disk.read(box.path(box.large)))  # from a backup
    assert check_on(box.disk, full=True).ok
    with open_on(box.disk) as vault:
        assert vault.get(box.large) == LARGE


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("object's frame flipped", len(LARGE)),
        ("object's kind flipped", len(LARGE)),
        ("object's stream header flipped", len(LARGE)),
        ("object cut", 65_480 - 12 - 311),
        ("something appended", 5),
    ],
)
def test_how_much_is_salvaged(name: str, size: int) -> None:
    box = damaged(name)
    repair_on(box.disk, dry_run=False)
    with open_on(box.disk) as vault:
        (entry,) = vault.list(Kind.SALVAGED)
        assert entry.meta["bytes"] == len(vault.get(entry.id)) == size


@pytest.mark.parametrize("segments", [1, 2])
def test_a_file_cut_between_two_segments_loses_only_what_was_cut(segments: int) -> None:
    """The last segment left was not the stream's last: the file's size says otherwise."""
    box = make_vault()
    box.change(box.path(box.large), lambda data: data[: 8 + 65_536 * segments])
    repair_on(box.disk, dry_run=False)
    with open_on(box.disk) as vault:
        (entry,) = vault.list(Kind.SALVAGED)
        payload = vault.get(entry.id)
        assert payload == LARGE[: len(payload)]
        assert len(payload) == 65_480 - 12 - 311 + 65_520 * (segments - 1)


def test_forgetting_sets_files_aside_and_says_that_it_is_final() -> None:
    box = damaged("object flipped")
    FAULTS["object missing"].make(box)
    flip(box.disk, box.path(box.small), 20 * 8)
    bad = [box.disk.read(box.path(one)) for one in (box.small, box.large)]
    before = box.disk.under(ROOT)
    dry = repair_on(box.disk, forget=True)
    assert acts(dry) == [
        "damaged-forgotten", "object-salvaged", "damaged-forgotten", "missing-forgotten",
    ]  # fmt: skip
    assert "can then not be put back" in dry.actions[0].message
    done = repair_on(box.disk, forget=True, dry_run=False)
    assert done.actions == dry.actions
    assert lost(done) == ["object-damaged", "object-damaged", "object-missing"]
    assert done.check is not None
    assert done.check.ok
    assert kept(before, box.disk.under(ROOT))
    aside = [data for path, data in box.disk.files().items() if path.parent.name == "quarantine"]
    assert sorted(aside) == sorted(bad)
    assert check_on(box.disk, full=True).ok
    assert repair_on(box.disk, forget=True).actions == ()
    end = end_of(box.disk)
    assert set(end) == {box.large + "!", "tombstones", "notices"}
    assert end["tombstones"] == sorted([box.small, box.large, box.edited, box.deleted])


def test_a_break_in_the_middle_keeps_the_latest_metadata_before_it() -> None:
    box = make_vault()
    with open_on(box.disk) as vault:
        vault.update(box.small, {"n": "edited"})
        before = len(box.disk.read(LOG))
        vault.update(box.large, {"lost": True})
        vault.update(box.small, {"lost": True})
        vault.close(compact=False)
    flip(box.disk, LOG, (before + 100) * 8)
    report = repair_on(box.disk, dry_run=False)
    assert acts(report) == ["segment-set-aside", "catalogue-rebuilt"]
    (loss,) = report.lost
    assert "8 records are readable, of 10 that were seen" in loss.message
    end = end_of(box.disk)
    assert end[box.small][2] == {"n": "edited"}
    assert end[box.large][2] == {"long": "x" * 300}
    assert end["tombstones"] == [box.deleted]
    assert end["notices"] == ()


def test_from_objects_alone() -> None:
    box = damaged("log missing")
    box.disk.remove(ROOT / "HEAD")
    report = repair_on(box.disk, dry_run=False)
    assert "head-renewed" not in acts(report)
    end = end_of(box.disk)
    assert end[box.edited] == (b"edited", Kind.CONSENT, {"text": "first"}, True)
    assert end[box.large][0] == LARGE
    assert end["tombstones"] == []
    assert box.deleted not in end


def test_from_objects_alone_where_nothing_was_ever_seen() -> None:
    """No mark left, and file names that would lead a new epoch's number astray."""
    box = damaged("log missing")
    box.disk.remove(ROOT / "HEAD")
    box.disk.remove(box.box.anchor)
    box.disk.write(ROOT / "cat" / "99999999999999999999.vvlog", b"x")
    box.disk.write(LOG, b"VVC1" + bytes(200))
    report = repair_on(box.disk, dry_run=False)
    assert "records are readable:" in report.lost[0].message
    assert {path.name for path in box.disk.files() if path.parent.name == "cat"} == {LOG.name}
    assert len(end_of(box.disk)) == 3 + 2
    open_on(box.disk).close()


def test_a_rollback_needs_consent() -> None:
    box = damaged("rolled back")
    FAULTS["header 2 missing"].make(box)
    before, original = box.disk.files(), box.disk.under(ROOT)
    assert acts(repair_on(box.disk, dry_run=False)) == ["rollback-not-accepted"]
    changed = {path for path, data in box.disk.files().items() if before.get(path) != data}
    assert changed <= {ROOT / "lock"}
    dry = repair_on(box.disk, accept_rollback=True)
    done = repair_on(box.disk, accept_rollback=True, dry_run=False)
    assert done.actions == dry.actions
    assert acts(done) == [
        "rollback-accepted", "header-renewed", "segment-set-aside", "catalogue-rebuilt",
    ]  # fmt: skip
    assert kept(original, box.disk.under(ROOT))
    assert done.check is not None
    assert done.check.ok
    with open_on(box.disk) as vault:
        assert vault.notices == ()
        assert [entry.id for entry in vault.list()] == [box.small]


def test_an_older_epoch_is_a_rollback_that_can_be_accepted() -> None:
    box = damaged("older epoch")
    original = box.disk.under(ROOT)
    done = repair_on(box.disk, accept_rollback=True, dry_run=False)
    assert kept(original, box.disk.under(ROOT))
    assert {path.name for path in box.disk.files() if path.parent.name == "cat"} == {
        "00000003.vvlog"
    }
    assert done.check is not None
    assert done.check.ok
    open_on(box.disk).close()


def test_an_older_header_is_a_rollback_even_when_the_catalogue_breaks() -> None:
    box = make_vault()
    old = [box.disk.read(ROOT / name) for name in ("vault.json", "vault.json.2")]
    with open_on(box.disk) as vault:
        vault.new_recovery_code(passphrase=PASSPHRASE)
        vault.close(compact=False)
    flip(box.disk, LOG, 90 * 8)
    assert "rollback-not-accepted" not in acts(repair_on(box.disk))
    for name, data in zip(("vault.json", "vault.json.2"), old, strict=True):
        box.disk.write(ROOT / name, data)
    assert acts(repair_on(box.disk)) == ["rollback-not-accepted"]
    assert codes(check_on(box.disk), "fatal") == ["catalogue-damaged", "rollback"]
    assert repair_on(box.disk, accept_rollback=True, dry_run=False).applied
    open_on(box.disk).close()


def test_segments_in_doubt_are_set_aside_when_head_is_lost() -> None:
    box = damaged("HEAD missing")
    box.disk.write(ROOT / "cat" / "00000009.vvlog", b"what is this?")
    done = repair_on(box.disk, dry_run=False)
    assert acts(done) == ["segment-set-aside", "head-renewed"]
    assert done.actions[0].subject == "cat/00000009.vvlog"
    assert end_of(box.disk) == end_of(make_vault().disk)


def test_head_of_an_epoch_whose_segment_is_gone() -> None:
    """As a repair leaves it that died between the new segment and HEAD."""
    box = damaged("log's first record flipped")
    expected = as_tree(box.disk)
    repair_on(expected, dry_run=False)
    head = box.disk.read(ROOT / "HEAD")
    done = as_tree(expected)
    done.write(ROOT / "HEAD", head)
    done.write(box.box.anchor, box.disk.read(box.box.anchor))
    report = repair_on(done, dry_run=False)
    assert acts(report) == ["head-renewed"]
    assert end_of(done) == end_of(expected)


def test_no_header_no_repair() -> None:
    box = make_vault()
    for name in ("vault.json", "vault.json.2"):
        flip(box.disk, ROOT / name, 333)
    with pytest.raises(HeaderDamaged) as caught:
        repair_on(box.disk)
    assert "any backup made since" in caught.value.hint


def test_a_header_forged_between_reading_and_locking() -> None:
    box = make_vault()
    data = box.disk.read(ROOT / "vault.json")

    def tamper(name: str, path: Path | None) -> None:
        for copy in ("vault.json", "vault.json.2"):
            box.disk.write(ROOT / copy, data[:-65] + b"0" * 64 + b"\n")

    box.disk.before = tamper
    with pytest.raises(VaultTampered):
        repair_on(box.disk, dry_run=False)


def test_other_ways_to_fail(on_disk: Callable[..., Vault], tmp_path: Path) -> None:
    box = make_vault()
    with pytest.raises(WrongPassphrase):
        repair_on(box.disk, passphrase="wrong")
    with pytest.raises(NotAVault):
        repair(tmp_path, **SECRETS)
    with on_disk() as vault, pytest.raises(VaultBusy):
        repair(vault.path, **SECRETS)
    assert repair(vault.path, dry_run=False, **SECRETS).actions == ()
    with_code = {"passphrase": None, "recovery_code": box.box.code}
    assert repair_on(box.disk, **with_code).actions == ()


def test_a_medium_that_is_only_read() -> None:
    box = damaged("log flipped")
    FAULTS["object cut"].make(box)
    expected = repair_on(as_tree(box.disk), dry_run=False)
    failing_at(box.disk, 0, OSError(errno.EROFS, "read-only"))
    assert repair_on(box.disk).actions == expected.actions
    before = box.disk.under(ROOT)
    with pytest.raises(ReadOnly):
        repair_on(box.disk, dry_run=False)
    assert box.disk.under(ROOT) == before


def test_the_report_is_plain_json() -> None:
    box = damaged("object flipped")
    dry = repair_on(box.disk).to_json()
    assert dry == {
        "actions": [
            {
                "code": "object-salvaged",
                "subject": box.large,
                "message": "65157 of 150000 bytes verify and are kept as an object of their own",
            }
        ],
        "applied": False,
        "lost": [
            {
                "code": "object-damaged",
                "subject": box.large,
                "message": "damaged: 65157 of 150000 bytes verify, from the first on",
            }
        ],
        "check": None,
    }
    done = repair_on(box.disk, dry_run=False).to_json()
    assert json.loads(json.dumps(done)) == done
    assert {**dry, "applied": True, "check": done["check"]} == done


def test_the_catalogue_remembers_the_repair() -> None:
    box = damaged("object flipped")
    FAULTS["unlisted object"].make(box)
    repair_on(box.disk, dry_run=False)
    with open_on(box.disk) as vault, vault.working("looking") as session:
        note = session.catalogue.notes[-1]
        assert note["event"] == "repaired"
        assert note["detail"] == "object-listed=1 object-salvaged=1"
        vault.close(compact=False)


def test_progress_and_stopping() -> None:
    box = damaged("object flipped")
    FAULTS["object missing"].make(box)
    told: list[tuple[str, int, int]] = []
    with pytest.raises(Stopped):
        repair_on(
            box.disk, dry_run=False, forget=True,
            on_progress=lambda *what: told.append(what),
            stop=lambda: told[-1][:2] == ("repair", 1),
        )  # fmt: skip
    total = 5 + 6 + len(LARGE)
    assert told == [
        *(("read", done, total) for done in (0, 5, 5 + len(LARGE), total)),
        ("repair", 0, 3),
        ("repair", 1, 3),
    ]
    repair_on(box.disk, dry_run=False, forget=True)
    assert set(end_of(box.disk)) == {box.small, box.large + "!", "tombstones", "notices"}


def test_a_medium_that_gives_only_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    box = make_vault()
    node = box.disk.names[box.path(box.large).parent][box.path(box.large).name]
    read_at = box.disk.read_at

    def fail(fd: int, offset: int, size: int) -> bytes:
        if box.disk.fds[fd] is node and offset + size > 100_000:
            raise OSError(errno.EIO, "I/O error")
        return read_at(fd, offset, size)

    monkeypatch.setattr(box.disk, "read_at", fail)
    assert acts(repair_on(box.disk, dry_run=False)) == ["object-salvaged"]
    with open_on(box.disk) as vault:
        assert vault.list(Kind.SALVAGED)[0].meta["bytes"] == 65_157
    open_read = box.disk.open_read

    def refuse(path: Path) -> int:
        if path == box.path(box.small):
            raise OSError(errno.ELOOP, "a link")
        return open_read(path)

    monkeypatch.setattr(box.disk, "open_read", refuse)
    report = repair_on(box.disk)
    assert report.lost[0].message == "damaged: 0 of 5 bytes verify, from the first on"


def test_padding_of_an_unlisted_object_is_proved() -> None:
    box = make_vault()
    extra = "00" * 16
    for fill, found in ((b"\0", "object-listed"), (b"\1", "object-set-aside")):
        disk = as_tree(box.disk)
        forge(TreeBox(disk), extra, layout(b"{}", b"abc", 512, fill))
        assert acts(repair_on(disk)) == [found]


def test_a_torn_tail_longer_than_what_is_written_after_it() -> None:
    box = make_vault()
    good = box.disk.read(LOG)
    ahead = as_tree(box.disk)
    with open_on(ahead) as vault:
        vault.update(box.small, {"long": "x" * 5000})
        vault.close(compact=False)
    box.disk.write(LOG, ahead.read(LOG)[:-9])
    FAULTS["foreign file in obj"].make(box)
    repair_on(box.disk, dry_run=False)
    assert len(box.disk.read(LOG)) < len(good) + 1000
    open_on(box.disk).close()


def test_folders_that_a_synchroniser_dropped_come_back() -> None:
    box = damaged("object flipped")
    for folder, held in list(box.disk.names.items()):
        if not held and folder.is_relative_to(ROOT):
            del box.disk.names[folder], box.disk.durable_names[folder]
    assert check_on(box.disk).ok
    repair_on(box.disk, dry_run=False)
    assert len(box.disk.list_dir(ROOT / "obj")) == 256
    assert {"tmp", "quarantine"} <= set(box.disk.list_dir(ROOT))


@pytest.mark.parametrize("name", ["log flipped", "log's first record flipped", "log missing"])
def test_an_anchor_that_was_not_renewed_does_not_call_the_repair_a_rollback(name: str) -> None:
    box = damaged(name)
    anchor = box.disk.read(box.box.anchor)
    repair_on(box.disk, dry_run=False)
    box.disk.write(box.box.anchor, anchor)
    open_on(box.disk).close()


def test_another_history_before_a_break_is_a_rollback() -> None:
    box = make_vault()
    with open_on(box.disk) as vault, vault.working("forging") as session:
        mark = Mark(1, 2, b"another history!", 1)
        session.anchors.write(Anchor(mark, 1, 0), session.keys)
        session.abandon()
    flip(box.disk, LOG, (len(box.disk.read(LOG)) - 50) * 8)
    assert acts(repair_on(box.disk)) == ["rollback-not-accepted"]


def test_repeated_deaths_leave_one_copy_of_the_log() -> None:
    box = damaged("log flipped")
    log = box.disk.read(LOG)

    def copies() -> int:
        held = [
            data for path, data in box.disk.files().items() if path.parent == ROOT / "quarantine"
        ]
        return held.count(log)

    step = 0
    while not copies():
        crash_at(box.disk, step, partial(repair_on, box.disk, dry_run=False))
        step += 1
    for _ in range(3):
        crash_at(box.disk, step, partial(repair_on, box.disk, dry_run=False))
    repair_on(box.disk, dry_run=False)
    assert copies() == 1


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
