# SPDX-License-Identifier: GPL-3.0-or-later
"""A vault with a history, and what came of each way of damaging it.

An outcome is a set of words. Empty: opened, everything as it was, nobody told. `notice:x`: opened,
and said so. `lost:<error>`: opened, and reading one or more objects raised it. `refused:<error>`:
did not open, and nothing but the lock file changed. Anything else fails the test that asked.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from store_box import ANCHORS, PASSPHRASE, ROOT, Box, content, new_box
from store_memfs import MemFs

from encrypted_store import KdfParams, Kind, ObjectDamaged, ObjectMissing, Vault, VaultError

NEW_PASSPHRASE = "battery staple"
HEADERS = (ROOT / "vault.json", ROOT / "vault.json.2")
HEAD, LOCK = ROOT / "HEAD", ROOT / "lock"
Outcome = frozenset[str]
Held = dict[str, tuple[bytes, object]]


@dataclass(frozen=True)
class Snapshot:
    """The files of a closed vault, what it held, and the passphrase of its time."""

    what: str
    files: dict[Path, bytes]
    held: Held
    passphrase: str


@dataclass
class History:
    """One vault's closed states, oldest first."""

    snapshots: list[Snapshot] = field(default_factory=list)

    @property
    def last(self) -> Snapshot:
        return self.snapshots[-1]

    @functools.cached_property
    def disk(self) -> MemFs:
        """A disk with the last state's folders and no vault files."""
        disk = MemFs()
        for path in self.last.files:
            disk.make_dir(path.parent)
        for part in ("cat", "obj", "tmp", "quarantine"):
            disk.make_dir(ROOT / part)
        for n in range(256):
            disk.make_dir(ROOT / "obj" / f"{n:02x}")
        return disk

    def changed(self, change: Mapping[Path, bytes | None]) -> dict[Path, bytes]:
        files = {**self.last.files, **change}
        return {path: data for path, data in files.items() if data is not None}

    def outcome(
        self, change: Mapping[Path, bytes | None], passphrase: str = NEW_PASSPHRASE
    ) -> Outcome:
        """What comes of the last state with some files replaced or (None) removed."""
        disk = self.disk.copy()
        for path, data in self.changed(change).items():
            disk.write(path, data)
        before = disk.files()
        try:
            vault = Box(disk).open(passphrase=passphrase)
        except VaultError as error:
            after = disk.files()
            assert {path for path in before | after if before.get(path) != after.get(path)} <= {
                LOCK
            }
            return frozenset({f"refused:{error.code}"})
        told = judge(vault, self.last.held)
        session = vault._session
        assert session is not None
        session.abandon()
        if not any("header" in word or "lost" in word for word in told):
            return told
        assert disk.read(HEADERS[0]) == disk.read(HEADERS[1])  # healed, to the same bytes
        return told


def judge(vault: Vault, held: Held) -> Outcome:
    """The words for an open vault. Fails when an entry or a byte is gone and nobody said so."""
    told = {f"notice:{notice.code}" for notice in vault.notices}
    assert {entry.id: entry.meta for entry in vault.list()} == {
        one: meta for one, (_, meta) in held.items()
    }
    for one, (payload, _) in held.items():
        told |= reading(vault, one, payload)
    return frozenset(told)


def reading(vault: Vault, object_id: str, payload: bytes) -> set[str]:
    """Nothing when the object is as it was, else its own error's word."""
    try:
        found = vault.get(object_id)
    except (ObjectDamaged, ObjectMissing) as error:
        return {f"lost:{error.code}"} if error.object_id == object_id else {"lost:another object"}
    assert found == payload
    return set()


def make_history() -> History:
    """Put, update, delete, new passphrase, compaction, new recovery code: a snapshot after each."""
    box, vault = new_box()
    cheap = KdfParams.for_tests()
    history, phrase = History(), PASSPHRASE
    ids = [vault.put(kind, b"take %d" % kind, {"n": int(kind)}) for kind in (Kind.SAMPLE, 4, 5)]
    vault.close()

    def snapshot(what: str) -> None:
        with box.open(box.disk.copy(), passphrase=phrase) as copy:
            held = content(copy)
        files = {path: data for path, data in box.disk.files().items() if path != LOCK}
        history.snapshots.append(Snapshot(what, files, held, phrase))

    def keep(what: str, doing: str, *given: object, **named: object) -> None:
        session = box.open(passphrase=phrase)
        getattr(session, doing)(*given, **named)
        session.close(compact=False)
        if doing != "change_passphrase":
            snapshot(what)

    snapshot("three objects")
    keep("updated", "update", ids[0], {"n": "edited"})
    keep("a fourth object", "put", Kind.SAMPLE, b"fourth", {})
    keep("deleted", "delete", ids[1])
    keep("new passphrase", "change_passphrase", NEW_PASSPHRASE, passphrase=phrase, kdf=cheap)
    phrase = NEW_PASSPHRASE
    snapshot("new passphrase")
    keep("compacted", "compact")
    keep("updated again", "update", ids[2], {"n": "again"})
    keep("new recovery code", "new_recovery_code", passphrase=phrase)
    keep("updated at last", "update", ids[0], {"n": "at last"})
    return history


def role(path: Path) -> str:
    """header, HEAD, segment, object or anchor."""
    if path in HEADERS:
        return "header"
    if path.parent == ANCHORS:
        return "anchor"
    return {"HEAD": "HEAD", ".vvlog": "segment", ".vvo": "object"}[path.suffix or path.name]


def records(segment: bytes) -> list[bytes]:
    """The segment's header and its records."""
    edges = [0, 48]
    while edges[-1] < len(segment):
        edges.append(edges[-1] + 8 + int.from_bytes(segment[edges[-1] : edges[-1] + 4]))
    return [segment[a:b] for a, b in itertools.pairwise(edges)]


def epoch(segment: bytes) -> int:
    return int.from_bytes(segment[8:16])
