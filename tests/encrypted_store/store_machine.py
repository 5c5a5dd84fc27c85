# SPDX-License-Identifier: GPL-3.0-or-later
"""The state machine: all that happens to a vault in its life, in any order."""

from __future__ import annotations

import errno
import hashlib
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule
from store_beliefs import Beliefs, ModelDisk
from store_box import ANCHORS, ROOT
from store_driver import NO_SECRET, UNFINISHED, VaultDriver
from store_memfs import Crash
from store_operations import CHEAP, NAMES

from encrypted_store import (
    CatalogueDamaged,
    ObjectDamaged,
    RollbackDetected,
    Vault,
    VaultError,
    VaultTampered,
    read_object,
)
from encrypted_store.care.backup import backup
from encrypted_store.care.check import check, check_folder
from encrypted_store.care.restore import restore

BACKUP = Path("/elsewhere/v")
FAILED = {"anchor-not-written", "backup-not-noted", "old-segment-left"}
numbers = st.integers(0, 2**16 - 1)
roads = st.sampled_from(("passphrase", "code", "keychain"))


class VaultMachine(VaultDriver):
    """Every rule is something that happens to a vault."""

    # what the owner does

    @rule(name=st.sampled_from(NAMES), pick=numbers)
    def work(self, name: str, pick: int) -> None:
        operation = self.operations.make(name, self.beliefs.state, pick)
        if operation is not None:
            self.perform(operation)

    @rule(road=roads, pick=numbers, compact=st.booleans())
    def close_and_open(self, road: str, pick: int, compact: bool) -> None:
        self.close(compact)
        self.open_by(road, pick)

    @rule(pick=numbers)
    @precondition(lambda self: self.beliefs.state.held)
    def read(self, pick: int) -> None:
        assert self.vault is not None
        object_id = list(self.beliefs.state.held)[pick % len(self.beliefs.state.held)]
        payload = self.beliefs.state.held[object_id].payload
        assert b"".join(self.vault.stream_read(object_id)) == payload
        meta, got = read_object(self.vault.ticket(object_id), io=self.disk)
        assert (meta, got) == (self.beliefs.state.held[object_id].meta, payload)

    @rule(killed=st.booleans())
    def close_and_look(self, killed: bool) -> None:
        self.kill(False) if killed else self.close()
        self.look()
        self.open_by("passphrase")

    # what goes wrong

    @rule(name=st.sampled_from((*NAMES, "close")), pick=numbers, step=st.integers(0, 40),
          power=st.booleans(), road=roads)  # fmt: skip
    def die_during(self, name: str, pick: int, step: int, power: bool, road: str) -> None:
        """Killed, or without power, just before the step-th thing asked of the disk."""
        operation = self.operation(name, pick)
        if operation is None:
            return
        self.fail_at(step, Crash())
        try:
            self.perform(operation)
        except Crash:
            self.unsure(operation, crashed=True)
        self.kill(power)
        self.open_by(road, pick)

    @rule(name=st.sampled_from((*NAMES, "close")), pick=numbers, step=st.integers(0, 40),
          code=st.sampled_from((errno.ENOSPC, errno.EIO)), lasting=st.booleans())  # fmt: skip
    def fail_during(self, name: str, pick: int, step: int, code: int, lasting: bool) -> None:
        """The disk refuses from the step-th call on, or that one call alone; life goes on."""
        operation = self.operation(name, pick)
        if operation is None:
            return
        self.fail_at(step, OSError(code, "refused"), lasting)
        self.faulted = True
        generation = self.generation
        try:
            self.perform(operation)
        except VaultError:
            self.unsure(operation, slots_changed=self.generation > generation)
        finally:
            self.disk.before = lambda name, path: None
        self.said |= FAILED
        self.beliefs.allowed |= UNFINISHED
        if self.vault is None:
            self.open_by("passphrase")

    @rule(power=st.booleans(), road=roads)
    def die(self, power: bool, road: str) -> None:
        self.kill(power)
        self.open_by(road)

    @rule(steps=st.lists(st.integers(0, 40), min_size=1, max_size=3), power=st.booleans(),
          killed=st.booleans())  # fmt: skip
    def die_while_opening(self, steps: list[int], power: bool, killed: bool) -> None:
        """Recovery itself is cut short, again and again."""
        self.kill(power) if killed else self.close()
        for step in steps:
            self.fail_at(step, Crash())
            try:
                self.opened().close()
                self.beliefs.clean = True
            except Crash:
                self.beliefs.allowed |= UNFINISHED
            self.beliefs.wanted.clear()
            self.faulted = True
            self.kill(power)
        self.open_by("passphrase")

    @rule(pick=numbers, bit=st.integers(0, 2**30))
    @precondition(lambda self: not self.beliefs.wanted)
    def rot(self, pick: int, bit: int) -> None:
        """One bit of one file turns; the vault says so or heals; then the byte is put back."""
        self.close()
        if self.beliefs.clean:
            self.rot_closed(pick, bit)
        self.open_by("passphrase")

    def rot_closed(self, pick: int, bit: int) -> None:
        files = sorted(path for path, data in self.disk.files().items() if data)
        path = files[pick % len(files)]
        data = bytearray(self.disk.read(path))
        twins = self.disk.read(ROOT / "vault.json") == self.disk.read(ROOT / "vault.json.2")
        good, turned = bytes(data), bit % (8 * len(data))
        data[turned // 8] ^= 1 << turned % 8
        self.disk.write(path, bytes(data))
        before = self.disk.files()
        self.finds(path)
        try:
            vault = self.opened()
        except VaultError as error:
            self.refused_rightly(path, error, twins)
            touched = {p for p, d in self.disk.files().items() if before.get(p) != d}
            assert touched <= {ROOT / "lock"}
        else:
            with vault:
                self.tolerated_rightly(path, vault)
        if self.disk.files().get(path) == bytes(data):
            self.disk.write(path, good)

    def finds(self, path: Path) -> None:
        """A check names what rotted, and changes nothing."""
        before = self.disk.files()
        report = check_folder(
            ROOT, io=self.disk, anchors=ANCHORS, min_kdf=CHEAP, full=True, **NO_SECRET
            | {"passphrase": self.beliefs.state.passphrases[0]},
        )  # fmt: skip
        assert self.disk.files() == before
        harmless = path.parent in (ROOT / "tmp", ROOT / "quarantine") or path.name == "lock"
        noted = path.parent == ANCHORS or path.parent == ROOT
        if not harmless and not noted:
            assert not report.ok or path.parent == ROOT / "cat"
        if not harmless:
            assert any(one.level != "ok" for one in report.findings)

    def refused_rightly(self, path: Path, error: VaultError, twins: bool) -> None:
        if path.name == "HEAD":
            assert isinstance(error, VaultTampered)
        elif path.suffix == ".vvlog":
            assert isinstance(error, (CatalogueDamaged, RollbackDetected))
        else:  # one copy of the header is healed from the other, unless that is an older one
            assert path == ROOT / "vault.json", f"{path} was refused: {error!r}"
            assert not twins

    def tolerated_rightly(self, path: Path, vault: Vault) -> None:
        assert path.name != "HEAD"
        assert path.suffix != ".vvlog"
        assert self.beliefs.state.shows(vault.list())
        codes = {notice.code for notice in vault.notices}
        if path.parent == ANCHORS:
            assert "anchor-damaged" in codes
        if path.name.startswith("vault.json"):
            assert "header-healed" in codes
        for object_id, item in self.beliefs.state.held.items():
            try:
                assert vault.get(object_id) == item.payload
                assert path.name != f"{object_id}.vvo"
            except ObjectDamaged:
                assert path.name == f"{object_id}.vvo"

    # what comes from outside

    @rule()
    @precondition(lambda self: self.beliefs.other is None and len(self.snapshots) < 4)
    def copy_folder(self) -> None:
        beliefs = self.beliefs.copy()
        if self.vault is not None:
            beliefs.clean = False
        self.snapshots.append((self.disk.copy(), beliefs, self.acknowledged))

    @rule(pick=numbers, anchor=st.sampled_from(("kept", "copied", "lost")))
    @precondition(lambda self: self.snapshots)
    def restore_copy(self, pick: int, anchor: str) -> None:
        """An earlier copy of the folder in its place; accepted when it is seen to be older."""
        self.kill(False)
        disk, beliefs, then = self.snapshots[pick % len(self.snapshots)]
        anchors = {p: d for p, d in self.disk.files().items() if p.parent == ANCHORS}
        self.disk = disk.copy()
        if anchor != "copied":
            for path in [p for p in self.disk.files() if p.parent == ANCHORS]:
                self.disk.remove(path)
        if anchor == "kept":
            for path, data in anchors.items():
                self.disk.write(path, data)
        self.beliefs = beliefs.copy()
        newer = self.acknowledged > then
        self.acknowledged = self.acknowledged + 1 if anchor == "kept" else then
        self.beliefs.allowed |= UNFINISHED if self.faulted or self.lost_power else {"torn-tail"}
        self.lost_power = False
        try:
            self.open_by("passphrase")
            assert anchor != "kept" or not newer or self.faulted
        except RollbackDetected:
            assert anchor == "kept"
            self.look()
            self.beliefs.allowed |= {"rollback-accepted"}
            self.beliefs.wanted |= {"rollback-accepted"}
            self.open_by("passphrase", accept_rollback=True)

    @rule(full=st.booleans())
    @precondition(lambda self: not self.faulted and not self.beliefs.wanted)
    def check(self, full: bool) -> None:
        assert self.vault is not None
        report = check(self.vault, full=full)
        assert report.ok, report.findings

    @rule()
    @precondition(lambda self: len(self.backups) < 3)
    def back_up(self) -> None:
        assert self.vault is not None
        target = ModelDisk(self.disk.source)
        assert backup(self.vault, BACKUP, io=target).verified
        self.backups.append((target, self.beliefs.state.copy()))

    @rule(pick=numbers, with_code=st.booleans())
    @precondition(lambda self: self.backups)
    def restore_backup(self, pick: int, with_code: bool) -> None:
        """The folder is lost; a proved backup comes back on the same machine."""
        self.kill(False)
        source, state = self.backups[pick % len(self.backups)]
        anchors = {p: d for p, d in self.disk.files().items() if p.parent == ANCHORS}
        self.disk = ModelDisk(source.source)
        self.disk.make_dir(ANCHORS)
        for path, data in anchors.items():
            self.disk.write(path, data)
        secret: dict[str, str] = {"passphrase": state.passphrases[0]}
        if with_code and state.code:
            secret = {"recovery_code": state.code}
        restore(
            BACKUP, ROOT, io=self.disk, source_io=source, anchors=ANCHORS, min_kdf=CHEAP, **secret
        )
        self.beliefs = Beliefs(state.copy(), allowed=UNFINISHED if self.faulted else set())
        self.acknowledged += 1
        self.lost_power = False
        self.open_by("passphrase")

    @rule(pick=numbers, where=st.sampled_from(("root", "cat", "obj", "tmp", "junk", "quarantine")))
    def plant_foreign_file(self, pick: int, where: str) -> None:
        junk = hashlib.sha256(b"%d" % pick).digest() * (pick % 4)
        shard = f"{pick % 256:02x}"
        path, notice = {
            "root": (ROOT / "desktop.ini", None),
            "cat": (ROOT / "cat" / f"note-{pick % 9}.txt", None),
            "obj": (ROOT / "obj" / shard / f"Thumbs-{pick % 9}.db", "foreign-file"),
            "tmp": (ROOT / "tmp" / f"left-{pick % 9}", None),
            "junk": (ROOT / "obj" / shard / f"{shard}{pick:030x}.vvo", "object-quarantined"),
            "quarantine": (ROOT / "quarantine" / f"old-{pick % 9}", None),
        }[where]
        self.disk.write(path, junk)
        if notice:
            self.beliefs.allowed.add(notice)
            self.beliefs.wanted.add(notice)
            self.beliefs.again.add(notice)

    @rule(pick=numbers)
    @precondition(lambda self: self.sealed and self.beliefs.other is None)
    def bring_back_object_file(self, pick: int) -> None:
        """A deleted object's file returns from a backup: erased. One never listed: salvaged."""
        object_id = sorted(self.sealed)[pick % len(self.sealed)]
        data, item = self.sealed[object_id]
        if object_id in self.beliefs.state.held or object_id in self.beliefs.strays:
            return
        self.disk.write(ROOT / "obj" / object_id[:2] / f"{object_id}.vvo", data)
        if object_id in self.beliefs.state.graves:
            notice = "deletion-finished"
        else:
            notice = "object-salvaged"
            self.beliefs.strays[object_id] = item
        self.beliefs.allowed.add(notice)
        self.beliefs.wanted.add(notice)

    # what always holds

    @invariant()
    def shows_what_is_believed(self) -> None:
        self.totals["steps"] += 1
        assert self.vault is not None
        entries, state = self.vault.list(), self.beliefs.state
        assert len({entry.id for entry in entries}) == len(entries)
        assert state.shows(entries)
        assert len(entries) == len(state.held)
        for object_id, item in state.held.items():
            assert self.vault.get(object_id) == item.payload
            if object_id not in self.sealed:
                path = ROOT / "obj" / object_id[:2] / f"{object_id}.vvo"
                self.sealed[object_id] = self.disk.read(path), item
        assert {notice.code for notice in self.vault.notices} <= self.said
