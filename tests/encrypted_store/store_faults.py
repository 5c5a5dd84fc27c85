# SPDX-License-Identifier: GPL-3.0-or-later
"""Vaults with one real fault each, and what checking and repairing must say of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from store_box import ANCHORS, PASSPHRASE, ROOT, flip
from store_memfs import MemFs
from store_treefs import TreeBox, TreeFs, tree_box

from encrypted_store import KdfParams, Kind, ObjectDamaged, ObjectMissing, Vault
from encrypted_store.care.check import check_folder
from encrypted_store.care.repair import repair
from encrypted_store.care.report import CheckReport, RepairReport

LOG = ROOT / "cat" / "00000001.vvlog"
HEAD = ROOT / "HEAD"
LARGE = hashlib.shake_256(b"large").digest(150_000)  # three segments
SECRETS: dict[str, Any] = {
    "passphrase": PASSPHRASE, "anchors": ANCHORS, "min_kdf": KdfParams.for_tests(),
}  # fmt: skip


@dataclass
class Damaged:
    """A closed vault: a small, a large and an updated object, one deleted, and spare parts."""

    disk: TreeFs
    box: TreeBox
    small: str
    large: str
    edited: str
    deleted: str
    grave: bytes
    """The deleted object's file."""
    extra: str
    spare: bytes
    """The file of `extra`, an object that was never listed."""
    record: bytes
    """A record that fits the end of the log."""
    older: TreeFs
    """The disk one session earlier."""

    def path(self, object_id: str) -> Path:
        return self.box.object_path(object_id)

    def change(self, path: Path, edit: Callable[[bytes], bytes]) -> None:
        self.disk.write(path, edit(self.disk.read(path)))


def make_vault() -> Damaged:
    """A copy of the one vault that all tests begin with."""
    base = _base()
    disk = as_tree(base.disk)
    return replace(base, disk=disk, box=TreeBox(disk, base.box.code), older=as_tree(base.older))


@cache
def _base() -> Damaged:
    box, vault = tree_box()
    with vault:
        small = vault.put(Kind.SAMPLE, b"small", {"n": 1})
        deleted = vault.put(Kind.SAMPLE, b"gone" * 200, {"secret": 1})
        grave = box.disk.read(box.object_path(deleted))
        vault.delete(deleted)
        older = as_tree(box.disk)
        large = vault.put(Kind.CHECKPOINT, LARGE, {"long": "x" * 300})
        edited = vault.put(Kind.CONSENT, b"edited", {"text": "first"})
        vault.update(edited, {"text": "second"})
        vault.close(compact=False)
    disk = as_tree(box.disk)
    with open_on(box.disk) as vault:
        extra = vault.put(Kind.SAMPLE, b"never listed", {"n": "extra"})
        spare = box.disk.read(box.object_path(extra))
        record = box.disk.read(LOG)[len(disk.read(LOG)) :]
        vault.close(compact=False)
    box.disk = disk
    return Damaged(disk, box, small, large, edited, deleted, grave, extra, spare, record, older)


def as_tree(disk: MemFs) -> TreeFs:
    copy = disk.copy()
    assert isinstance(copy, TreeFs)
    return copy


def open_on(disk: MemFs, **options: Any) -> Vault:
    return Vault.open(ROOT, io=disk, **(SECRETS | options))


def check_on(disk: MemFs, **options: Any) -> CheckReport:
    return check_folder(ROOT, io=disk, **(SECRETS | options))


def repair_on(disk: MemFs, **options: Any) -> RepairReport:
    return repair(ROOT, io=disk, **(SECRETS | options))


def codes(report: CheckReport, *levels: str) -> list[str]:
    """Codes of all findings but "ok", or of those of some levels."""
    return [
        one.code
        for one in report.findings
        if (one.level in levels if levels else one.level != "ok")
    ]


def acts(report: RepairReport) -> list[str]:
    return [one.code for one in report.actions]


def lost(report: RepairReport) -> list[str]:
    return [one.code for one in report.lost]


@dataclass(frozen=True)
class Fault:
    """One fault, what a quick and a full check find, what repair does and calls lost."""

    make: Callable[[Damaged], None]
    quick: list[str]
    full: list[str]
    acts: list[str]
    lost: list[str]
    ok: bool = False


def _flip(path: Path, byte: int) -> Callable[[Damaged], None]:
    return lambda box: flip(box.disk, path, byte * 8 + 3)


def _both(code: str, acts: list[str], lost: list[str], ok: bool = False) -> dict[str, Any]:
    return {"quick": [code], "full": [code], "acts": acts, "lost": lost, "ok": ok}


def _header_of_older_generation(box: Damaged) -> None:
    old = box.disk.read(ROOT / "vault.json.2")
    with open_on(box.disk) as vault:
        vault.add_passphrase("second", passphrase=PASSPHRASE, kdf=KdfParams.for_tests())
        vault.close(compact=False)
    box.disk.write(ROOT / "vault.json.2", old)


def _wrong_mac(box: Damaged) -> None:
    box.change(ROOT / "vault.json", lambda data: data[:-65] + b"0" * 64 + b"\n")


def _rolled_back(box: Damaged) -> None:
    anchor = box.disk.read(box.box.anchor)
    name = box.box.anchor
    box.disk.names, box.disk.durable_names = box.older.names, box.older.durable_names
    box.disk.write(name, anchor)


def _older_epoch_left(box: Damaged) -> None:
    """HEAD and anchor name epoch 2, whose segment is garbage; epoch 1 lies beside it."""
    first = box.disk.read(LOG)
    with open_on(box.disk) as vault:
        vault.compact()
        vault.close()
    box.disk.write(LOG, first)
    flip(box.disk, ROOT / "cat" / "00000002.vvlog", 20 * 8)


def _objects(*names: str, edit: Callable[[bytes], bytes]) -> Callable[[Damaged], None]:
    def make(box: Damaged) -> None:
        for name in names:
            box.change(box.path(getattr(box, name)), edit)

    return make


def _remove(path: Path) -> Callable[[Damaged], None]:
    return lambda box: box.disk.remove(path)


def _write(name: str, data: bytes = b"x") -> Callable[[Damaged], None]:
    return lambda box: box.disk.write(ROOT / name, data)


def _flipped(place: int) -> Callable[[bytes], bytes]:
    return lambda data: data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


_REBUILT = ["segment-set-aside", "catalogue-rebuilt"]
_NOTHING = [*_REBUILT, "object-listed", "object-listed", "object-listed"]
_NOTHING_LOST = ["records-unreadable", "tombstones-lost", *["metadata-of-recording"] * 3]
_HALF = ["segment-set-aside", "catalogue-rebuilt", "object-listed"]
_DAMAGED = ["object-damaged"]
_SAVED = {"acts": ["object-salvaged"], "lost": _DAMAGED}

FAULTS: dict[str, Fault] = {
    "none": Fault(lambda box: None, [], [], [], [], ok=True),
    "header 1 flipped": Fault(
        _flip(ROOT / "vault.json", 40), **_both("header-copy-damaged", ["header-renewed"], [])
    ),
    "header 2 missing": Fault(
        _remove(ROOT / "vault.json.2"), **_both("header-copy-damaged", ["header-renewed"], [])
    ),
    "header 2 older": Fault(
        _header_of_older_generation, **_both("header-copy-damaged", ["header-renewed"], [])
    ),
    "header 1 wrong mac": Fault(_wrong_mac, **_both("header-copy-damaged", ["header-renewed"], [])),
    "HEAD missing": Fault(_remove(HEAD), **_both("head-unreadable", ["head-renewed"], [])),
    "HEAD flipped": Fault(_flip(HEAD, 30), **_both("head-unreadable", ["head-renewed"], [])),
    "anchor missing": Fault(
        lambda box: box.disk.remove(box.box.anchor), **_both("anchor-absent", [], [], ok=True)
    ),
    "anchor flipped": Fault(
        lambda box: flip(box.disk, box.box.anchor, 99),
        **_both("anchor-damaged", ["anchor-renewed"], [], ok=True),
    ),
    "torn tail": Fault(
        lambda box: box.change(LOG, lambda data: data + box.record[:-9]),
        **_both("torn-tail", ["tail-set-aside"], [], ok=True),
    ),
    "log flipped": Fault(
        _flip(LOG, 48 + 4 * 300),
        quick=["catalogue-damaged", "object-unlisted", "object-unlisted"],
        full=["catalogue-damaged", "object-unlisted", "object-unlisted"],
        acts=[*_REBUILT, "object-listed", "object-listed"],
        lost=["records-unreadable", *["metadata-of-recording"] * 2],
    ),
    "log's first record flipped": Fault(
        _flip(LOG, 90),
        quick=["catalogue-damaged", *["object-unlisted"] * 3],
        full=["catalogue-damaged", *["object-unlisted"] * 3],
        acts=_NOTHING,
        lost=_NOTHING_LOST,
    ),
    "log's header flipped": Fault(
        _flip(LOG, 5),
        quick=["catalogue-damaged", *["object-unlisted"] * 3],
        full=["catalogue-damaged", *["object-unlisted"] * 3],
        acts=_NOTHING,
        lost=_NOTHING_LOST,
    ),
    "log missing": Fault(
        _remove(LOG),
        quick=["catalogue-damaged", *["object-unlisted"] * 3],
        full=["catalogue-damaged", *["object-unlisted"] * 3],
        acts=_NOTHING[1:],
        lost=_NOTHING_LOST,
    ),
    "rolled back": Fault(_rolled_back, **_both("rollback", ["rollback-not-accepted"], [])),
    "older epoch": Fault(
        _older_epoch_left,
        quick=["rollback", "rollback", "other-epoch"],
        full=["rollback", "rollback", "other-epoch"],
        acts=["rollback-not-accepted", "rollback-not-accepted"],
        lost=[],
    ),
    "object flipped": Fault(
        _objects("large", edit=_flipped(70_000)), quick=[], full=["object-damaged"], **_SAVED
    ),
    "object's frame flipped": Fault(
        _objects("large", edit=_flipped(1)), ["object-damaged"], ["object-damaged"], **_SAVED
    ),
    "object's kind flipped": Fault(
        _objects("large", edit=_flipped(4)), ["object-damaged"], ["object-damaged"], **_SAVED
    ),
    "object's stream header flipped": Fault(
        _objects("large", edit=_flipped(8)), ["object-damaged"], ["object-damaged"], **_SAVED
    ),
    "object's salt flipped": Fault(
        _objects("large", edit=_flipped(20)), [], ["object-damaged"], [], _DAMAGED
    ),
    "object cut": Fault(
        _objects("large", edit=lambda data: data[:100_000]),
        ["object-damaged"],
        ["object-damaged"],
        **_SAVED,
    ),
    "object cut in its header": Fault(
        _objects("large", edit=lambda data: data[:30]),
        ["object-damaged"],
        ["object-damaged"],
        [],
        _DAMAGED,
    ),
    "object cut to another possible size": Fault(
        _objects("large", edit=lambda data: data[: 8 + 40 + 512 + 16]),
        ["object-damaged"],
        ["object-damaged"],
        [],
        _DAMAGED,
    ),
    "something appended": Fault(
        _objects("small", edit=lambda data: data + bytes(3000)),
        ["object-damaged"],
        ["object-damaged"],
        **_SAVED,
    ),
    "object missing": Fault(
        lambda box: box.disk.remove(box.path(box.edited)),
        **_both("object-missing", [], ["object-missing"]),
    ),
    "unlisted object": Fault(
        lambda box: box.disk.write(box.path(box.extra), box.spare),
        **_both("object-unlisted", ["object-listed"], [], ok=True),
    ),
    "unlisted garbage": Fault(
        lambda box: box.disk.write(box.path(box.extra), b"garbage"),
        ["object-unlisted"],
        ["unlisted-damaged"],
        ["object-set-aside"],
        ["unlisted-damaged"],
        ok=True,
    ),
    "unlisted and flipped": Fault(
        lambda box: box.disk.write(box.path(box.extra), _flipped(300)(box.spare)),
        ["object-unlisted"],
        ["unlisted-damaged"],
        ["object-set-aside"],
        ["unlisted-damaged"],
        ok=True,
    ),
    "unfinished deletion": Fault(
        lambda box: box.disk.write(box.path(box.deleted), box.grave),
        **_both("deletion-unfinished", [], [], ok=True),
    ),
    "foreign file in obj": Fault(
        _write("obj/00/notes.txt"), **_both("foreign-file", ["foreign-set-aside"], [], ok=True)
    ),
    "foreign file in cat": Fault(
        _write("cat/notes"), **_both("foreign-file", ["foreign-set-aside"], [], ok=True)
    ),
    "foreign file beside": Fault(_write("readme"), **_both("foreign-file", [], [], ok=True)),
    "unfinished file": Fault(
        _write("tmp/HEAD.0123456789abcdef.tmp"), **_both("unfinished-file", [], [], ok=True)
    ),
    "quarantine": Fault(_write("quarantine/a"), **_both("quarantine-held", [], [], ok=True)),
    "another segment": Fault(_write("cat/00000007.vvlog"), **_both("other-epoch", [], [], ok=True)),
}


def damaged(name: str) -> Damaged:
    box = make_vault()
    FAULTS[name].make(box)
    return box


def kept(before: dict[str, bytes], after: dict[str, bytes]) -> bool:
    """Whether every byte of every file is still there: whole, grown, or cut in two parts."""
    ours = {"HEAD", "lock", "vault.json", "vault.json.2"}
    held = set(after.values())
    return all(
        name in ours or data in held or any(_grown(data, other, held) for other in held)
        for name, data in before.items()
    )


def _grown(data: bytes, other: bytes, held: set[bytes]) -> bool:
    """`data` is the start of `other`, or a start of it is and the rest is a file of its own."""
    if other.startswith(data):
        return True
    return any(
        data.endswith(tail) and other.startswith(data[: len(data) - len(tail)])
        for tail in held
        if 0 < len(tail) < len(data)
    )


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
