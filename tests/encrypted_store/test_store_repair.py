# SPDX-License-Identifier: GPL-3.0-or-later
"""Repair: the vault opens again, nothing that verifies is lost, and nothing is deleted."""

from __future__ import annotations

from typing import Any

import pytest
from store_box import ROOT
from store_faults import (
    FAULTS,
    acts,
    codes,
    damaged,
    kept,
    lost,
    open_on,
    repair_on,
)
from store_memfs import MemFs

from encrypted_store import Kind, ObjectDamaged, ObjectMissing

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
