# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person may believe of a vault after each step: the model beside the real thing."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from store_memfs import MemFs, Node

from encrypted_store import Entry, Kind, Vault


class Source:
    """Randomness that never starts again, whatever happens to the disk that uses it."""

    def __init__(self) -> None:
        self.drawn = 0

    def __call__(self, size: int) -> bytes:
        self.drawn += 1
        return hashlib.shake_128(f"model {self.drawn}".encode()).digest(size)


class ModelDisk(MemFs):
    """A disk whose copies go on with the same randomness: going back in time repeats nothing."""

    def __init__(self, source: Source) -> None:
        super().__init__("model")
        self.source = source

    def random(self, size: int) -> bytes:
        return self.source(size)

    def copy(self) -> ModelDisk:
        disk = super().copy()
        assert isinstance(disk, ModelDisk)
        return disk

    def lost_power(self) -> ModelDisk:
        disk = self.after_power_loss()
        assert isinstance(disk, ModelDisk)
        return disk

    def _rebuilt(
        self, names: dict[Path, dict[str, Node]], data: Callable[[Node], bytes]
    ) -> ModelDisk:
        plain = super()._rebuilt(names, data)
        disk = ModelDisk(self.source)
        disk.names, disk.durable_names = plain.names, plain.durable_names
        return disk


class MemoryKeychain:
    """A keychain that is a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], bytes] = {}

    def get(self, vault_id: str, slot_id: str) -> bytes | None:
        return self.kept.get((vault_id, slot_id))

    def put(self, vault_id: str, slot_id: str, secret: bytes) -> None:
        self.kept[vault_id, slot_id] = secret

    def remove(self, vault_id: str, slot_id: str) -> None:
        self.kept.pop((vault_id, slot_id), None)


@dataclass(frozen=True)
class Item:
    """One object."""

    kind: Kind
    payload: bytes
    meta: dict[str, object]
    recovered: bool = False

    def listed_as(self, entry: Entry) -> bool:
        return (entry.kind, entry.size, entry.sha256, entry.meta, entry.recovered) == (
            self.kind,
            len(self.payload),
            hashlib.sha256(self.payload).hexdigest(),
            self.meta,
            self.recovered,
        )


@dataclass
class State:
    """What a vault holds and what opens it."""

    held: dict[str, Item] = field(default_factory=dict)
    graves: set[str] = field(default_factory=set)
    passphrases: list[str] = field(default_factory=list)
    code: str | None = None
    """None: a new one took effect and its call failed, so nobody has read it."""
    dead: set[str] = field(default_factory=set)
    """Passphrases and recovery codes that once opened it."""

    def copy(self) -> State:
        return copy.deepcopy(self)

    def shows(self, entries: list[Entry]) -> bool:
        """Whether the list begins with exactly this state's objects, in order."""
        start = entries[: len(self.held)]
        return len(start) == len(self.held) and all(
            entry.id == object_id and item.listed_as(entry)
            for entry, (object_id, item) in zip(start, self.held.items(), strict=True)
        )


@dataclass
class Ghost:
    """A put that failed or was cut short: whether it is there, nobody was promised."""

    item: Item
    withdrawn: bool = False
    """Taken back by the session that failed: only a power loss can bring it back."""


@dataclass
class Beliefs:
    """Of one disk. A copy of the disk comes with a copy of these."""

    state: State
    other: State | None = None
    """What the vault may hold as well, after a call that ended in between."""
    ghosts: list[Ghost] = field(default_factory=list)
    strays: dict[str, Item] = field(default_factory=dict)
    """Whole objects of this vault lying unlisted in its folder: the next open lists them."""
    allowed: set[str] = field(default_factory=set)
    """Notices that the next open may give."""
    wanted: set[str] = field(default_factory=set)
    """And those it must give."""
    again: set[str] = field(default_factory=set)
    """And after a power loss: setting a file aside is not flushed, as it may be repeated."""
    clean: bool = True
    """HEAD says the last word."""

    def copy(self) -> Beliefs:
        return copy.deepcopy(self)

    def candidates(self) -> list[State]:
        return [self.state, *([self.other] if self.other else [])]

    def settle(self, vault: Vault, opens: Callable[[State], bool], after_power_loss: bool) -> None:
        """Take in what an open vault shows. `opens`: whether a state's secrets are the vault's."""
        entries = vault.list()
        shown = [one for one in self.candidates() if one.shows(entries) and opens(one)]
        assert shown, "neither the state that was acknowledged nor the one in between"
        self.state, self.other = shown[0], None
        new = entries[len(self.state.held) :]
        for entry in new:
            self.state.held[entry.id] = self._explained(entry, vault, after_power_loss)
        assert not self.strays, "a whole object was not listed"
        if after_power_loss:
            self.ghosts = []
        for ghost in self.ghosts:
            ghost.withdrawn = True

    def _explained(self, entry: Entry, vault: Vault, after_power_loss: bool) -> Item:
        payload = vault.get(entry.id)
        assert entry.id not in self.state.graves, "a deleted object is back"
        stray = self.strays.pop(entry.id, None)
        found = Item(entry.kind, payload, dict(entry.meta), entry.recovered)
        if stray is not None:
            assert found == Item(stray.kind, stray.payload, stray.meta, True)
            return found
        for ghost in self.ghosts:
            plain = ghost.item
            if (plain.kind, plain.payload, plain.meta) == (found.kind, payload, found.meta):
                assert after_power_loss or not ghost.withdrawn, "a withdrawn put is back"
                self.ghosts.remove(ghost)
                return found
        raise AssertionError(f"nobody ever put {entry}")
