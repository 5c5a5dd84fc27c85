# SPDX-License-Identifier: GPL-3.0-or-later
"""What the state machine's rules are made of: calls that succeed, fail or are cut short."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any, ClassVar
from unittest import mock

import pytest
from hypothesis.stateful import RuleBasedStateMachine
from store_beliefs import Beliefs, Item, MemoryKeychain, ModelDisk, Source, State
from store_box import ANCHORS, PASSPHRASE, ROOT
from store_nonces import Recorder, watching
from store_operations import CHEAP, Operation, Operations

from encrypted_store import KeychainUnavailable, Kind, ReadOnly, Vault, WrongPassphrase
from encrypted_store.header import read_headers
from encrypted_store.keys import KeyPage
from encrypted_store.paths import VaultPaths
from encrypted_store.slots import unlock
from encrypted_store.vault_slots import the_secret

# What recovery may have to say after a call that did not come to its end.
UNFINISHED = {"torn-tail", "object-salvaged", "object-quarantined", "deletion-finished"} | {
    "header-healed", "anchor-damaged", "foreign-file",
}  # fmt: skip
NO_SECRET = {"passphrase": None, "recovery_code": None}
_shards = cache(VaultPaths.shards)


class VaultDriver(RuleBasedStateMachine):
    """A vault on a disk in memory, beside what its owner may believe of it. Rules leave it open."""

    totals: ClassVar[Counter[str]] = Counter()
    """Over all examples: nonce pairs by module, steps, injected failures."""

    def __init__(self) -> None:
        super().__init__()
        self.recorder = Recorder()
        self.patches = ExitStack()
        self.patches.enter_context(watching(self.recorder))
        self.patches.enter_context(mock.patch.object(VaultPaths, "shards", _shards))
        self.disk = ModelDisk(Source())
        self.keychain = MemoryKeychain()
        self.operations = Operations(self.keychain)
        self.vault: Vault | None = None
        made, code = Vault.create(ROOT, PASSPHRASE, kdf=CHEAP, anchors=ANCHORS, io=self.disk)
        made.close()
        self.beliefs = Beliefs(State(passphrases=[PASSPHRASE], code=code))
        self.said: set[str] = set()
        self.lost_power = False
        self.faulted = False
        self.acknowledged = 0
        self.snapshots: list[tuple[ModelDisk, Beliefs, int]] = []
        self.backups: list[tuple[ModelDisk, State]] = []
        self.sealed: dict[str, tuple[bytes, Item]] = {}
        self.open_by("passphrase")
        self.totals["examples"] += 1

    def teardown(self) -> None:
        self.abandon()
        self.patches.close()
        for place, count in self.recorder.pairs.items():
            self.totals[f"nonces {place}"] += count

    def look(self) -> None:
        """Read-only: shows what is there and leaves every byte as it is."""
        before = self.disk.files()
        with self.opened(read_only=True) as vault:
            assert any(state.shows(vault.list()) for state in self.beliefs.candidates())
            for entry in vault.list():
                vault.get(entry.id)
            with pytest.raises(ReadOnly):
                vault.put(Kind.SAMPLE, b"", {})
        assert self.disk.files() == before

    def operation(self, name: str, pick: int) -> Operation | None:
        if name == "close":
            return Operation(lambda vault: vault.close(), self.beliefs.state.copy())
        return self.operations.make(name, self.beliefs.state, pick)

    def perform(self, operation: Operation) -> None:
        """Make the call and believe it; a session that failed before may only refuse."""
        assert self.vault is not None
        session = self.vault._session
        assert session is not None
        usable, mark = session.writer.usable, session.mark()
        try:
            result = operation.run(self.vault)
        except ReadOnly:
            if usable:
                raise
            return
        if self.vault.locked:
            self.vault, self.beliefs.clean = None, usable and not self.faulted
            return
        assert usable or session.mark() == mark
        operation.learn(operation.after, result)
        self.beliefs.state = operation.after
        self.acknowledged += session.mark() != mark
        if operation.slots:
            assert self.opens(self.beliefs.state)

    def unsure(
        self, operation: Operation, *, crashed: bool = False, slots_changed: bool = False
    ) -> None:
        """After a call that did not return: what may be found now, and at the next opening."""
        self.beliefs.allowed |= UNFINISHED
        self.faulted = True
        beliefs, before, after = self.beliefs, self.beliefs.state, operation.after
        if self.vault is None or self.vault.locked:
            self.vault, beliefs.clean = None, False
            return
        assert self.vault._session is not None
        certain = self.vault._session.writer.usable and not crashed
        if operation.ghost:
            operation.ghost.withdrawn = certain
            beliefs.ghosts.append(operation.ghost)
        entries = self.vault.list()
        gone = after.shows(entries) and len(entries) == len(after.held) < len(before.held)
        if gone or slots_changed:
            before, after = after, before
        beliefs.state, beliefs.other = before, None if certain else after

    @property
    def generation(self) -> int:
        """Of the header in force, as the session says."""
        session = self.vault._session if self.vault else None
        return session.header.generation if session else 0

    def fail_at(self, step: int, error: BaseException, lasting: bool = True) -> None:
        left = step

        def count(name: str, path: Path | None) -> None:
            nonlocal left
            left -= 1
            if left < 0 and (lasting or left == -1):
                raise error

        self.disk.before = count

    def opened(self, **options: Any) -> Vault:
        secret = self.secret("passphrase", 0)
        return Vault.open(ROOT, io=self.disk, anchors=ANCHORS, min_kdf=CHEAP, **secret, **options)

    def close(self, compact: bool = True) -> None:
        vault, self.vault = self.vault, None
        assert vault is not None
        assert vault._session is not None
        self.beliefs.clean = vault._session.writer.usable
        vault.close(compact=compact)
        assert vault.locked

    def kill(self, power: bool) -> None:
        """The process ends, or the power.

        A killed process leaves what it wrote in the system's memory, flushed or not: the disk goes
        on as it is. A copy of it would count as flushed, and hide what opening must flush.
        """
        self.abandon()
        self.beliefs.clean = False
        if power:
            self.disk = self.disk.lost_power()
            self.lost_power = True
            self.beliefs.allowed |= self.beliefs.again
        if self.faulted:
            self.beliefs.allowed |= UNFINISHED

    def open_by(self, road: str, pick: int = 0, **options: Any) -> None:
        secret = self.secret(road, pick)
        vault = Vault.open(ROOT, io=self.disk, anchors=ANCHORS, min_kdf=CHEAP, **secret, **options)
        self.vault = vault
        codes = {notice.code for notice in vault.notices}
        assert codes <= self.beliefs.allowed, codes - self.beliefs.allowed
        assert codes >= self.beliefs.wanted, self.beliefs.wanted - codes
        self.said = codes
        self.beliefs.settle(vault, self.opens, self.lost_power)
        self.beliefs.allowed, self.beliefs.wanted = set(), set()
        self.lost_power = False

    def secret(self, road: str, pick: int) -> dict[str, Any]:
        """Something that must open the vault, by the wanted road where there is one."""
        fitting = [one for one in self.beliefs.candidates() if self.opens(one)]
        assert fitting, "no believed secret opens the vault"
        state = fitting[0]
        if road == "code" and state.code:
            return {"recovery_code": state.code}
        if road == "keychain" and self.opens_with(keychain=self.keychain):
            return {"keychain": self.keychain}
        return {"passphrase": state.passphrases[pick % len(state.passphrases)]}

    def opens(self, state: State) -> bool:
        """Whether all of a state's secrets open the vault, and nothing else does."""
        slots = read_headers(self.disk, VaultPaths(ROOT)).best.header.slots
        if sum(slot.type == "passphrase" for slot in slots) != len(state.passphrases):
            return False
        roads = [("passphrase", one) for one in state.passphrases]
        roads += [("recovery_code", state.code)] if state.code else []
        dead = [
            ("recovery_code" if "-" in one else "passphrase", one) for one in sorted(state.dead)
        ]
        return all(self.opens_with(**{road: one}) for road, one in roads) and not any(
            self.opens_with(**{road: one}) for road, one in dead
        )

    def opens_with(self, **secret: Any) -> bool:
        """The header and the slot alone: a whole opening for each would take the most time."""
        keys = KeyPage()
        try:
            header = read_headers(self.disk, VaultPaths(ROOT)).best.header
            unlock(keys, header, the_secret(CHEAP, **{**NO_SECRET, **secret}))
            return True
        except (WrongPassphrase, KeychainUnavailable):
            return False
        finally:
            keys.close()

    def abandon(self) -> None:
        """The process is gone."""
        self.disk.before = lambda name, path: None
        vault, self.vault = self.vault, None
        if vault is not None and vault._session is not None:
            vault._session.abandon()
