# SPDX-License-Identifier: GPL-3.0-or-later
"""Repair: the vault opens again, nothing that verifies is lost, and nothing is deleted."""

from __future__ import annotations

from typing import Any

import pytest
from store_box import PASSPHRASE, ROOT, flip
from store_faults import (
    FAULTS,
    LARGE,
    LOG,
    acts,
    as_tree,
    check_on,
    codes,
    damaged,
    end_of,
    kept,
    lost,
    make_vault,
    open_on,
    repair_on,
)

from encrypted_store import (
    Kind,
    ObjectDamaged,
)


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
