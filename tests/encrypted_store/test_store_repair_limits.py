# SPDX-License-Identifier: GPL-3.0-or-later
"""Repair where it must refuse, stop, or make do with part of what it wants."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from store_box import ROOT, flip
from store_faults import (
    FAULTS,
    LARGE,
    LOG,
    SECRETS,
    acts,
    as_tree,
    check_on,
    damaged,
    end_of,
    make_vault,
    open_on,
    repair_on,
)
from store_treefs import TreeBox, crash_at, failing_at
from test_store_forged import forge, layout

from encrypted_store import (
    HeaderDamaged,
    Kind,
    NotAVault,
    ReadOnly,
    Vault,
    VaultBusy,
    VaultTampered,
    WrongPassphrase,
)
from encrypted_store.anchor import Anchor, Mark
from encrypted_store.care.progress import Stopped
from encrypted_store.care.repair import repair


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
