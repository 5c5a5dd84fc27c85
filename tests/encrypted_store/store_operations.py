# SPDX-License-Identifier: GPL-3.0-or-later
"""The vault's verbs as the state machine calls them: what each does, and what it would change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from store_beliefs import Ghost, Item, MemoryKeychain, State

from encrypted_store import KdfParams, Kind, Vault

CHEAP = KdfParams.for_tests()


@dataclass
class Operation:
    """One call, not made yet."""

    run: Callable[[Vault], Any]
    after: State
    """What holds once it is acknowledged; `learn` may have to add what only the call tells."""
    learn: Callable[[State, Any], None] = lambda state, result: None
    ghost: Ghost | None = None
    """An object that may be found although the call failed."""
    slots: bool = False


class Operations:
    """Makes operations out of a state and two drawn numbers."""

    def __init__(self, keychain: MemoryKeychain) -> None:
        self._keychain = keychain
        self._made = 0

    def make(self, name: str, state: State, pick: int) -> Operation | None:
        """None: there is nothing to do this to."""
        made: Operation | None = getattr(self, f"_{name}")(state, pick)
        return made

    def _put(self, state: State, pick: int) -> Operation:
        self._made += 1
        long = 70_000 if pick % 29 == 7 else pick % 40
        payload = b"take %d " % self._made + bytes(long)  # each is its own, so that it is known
        item = Item(Kind(1 + pick % 6), payload, {"n": self._made, "text": "é" * (pick % 3)})

        def learn(after: State, object_id: str) -> None:
            assert object_id not in after.held
            assert object_id not in after.graves
            after.held[object_id] = item

        return Operation(
            lambda vault: vault.put(item.kind, item.payload, item.meta),
            state.copy(), learn, Ghost(item),
        )  # fmt: skip

    def _update(self, state: State, pick: int) -> Operation | None:
        if not state.held:
            return None
        object_id, after = _one_of(state.held, pick), state.copy()
        old, self._made = state.held[object_id], self._made + 1
        meta: dict[str, object] = {"edit": self._made}
        after.held[object_id] = Item(old.kind, old.payload, meta, old.recovered)
        return Operation(lambda vault: vault.update(object_id, meta), after)

    def _delete(self, state: State, pick: int) -> Operation | None:
        if not state.held:
            return None
        object_id, after = _one_of(state.held, pick), state.copy()
        del after.held[object_id]
        after.graves.add(object_id)
        return Operation(lambda vault: vault.delete(object_id), after)

    def _compact(self, state: State, pick: int) -> Operation:
        return Operation(lambda vault: vault.compact(), state.copy())

    def _change_passphrase(self, state: State, pick: int) -> Operation:
        self._made += 1
        new, after, secret = f"phrase {self._made}", state.copy(), _a_secret(state, pick)
        used = secret.get("passphrase")
        gone = [used] if used else list(state.passphrases)
        after.passphrases = [one for one in state.passphrases if one not in gone] + [new]
        after.dead.update(gone)
        return Operation(
            lambda vault: vault.change_passphrase(new, kdf=CHEAP, **secret), after, slots=True
        )

    def _add_passphrase(self, state: State, pick: int) -> Operation | None:
        if len(state.passphrases) > 3:
            return None
        self._made += 1
        new, after, secret = f"phrase {self._made}", state.copy(), _a_secret(state, pick)
        after.passphrases.append(new)
        return Operation(
            lambda vault: vault.add_passphrase(new, kdf=CHEAP, **secret), after, slots=True
        )

    def _remove_slot(self, state: State, pick: int) -> Operation | None:
        if len(state.passphrases) < 2:  # the next one has something to remove
            return self._add_passphrase(state, pick)
        after, secret = state.copy(), {"passphrase": state.passphrases[0]}
        gone = after.passphrases.pop()  # slots are listed in the order they were made
        after.dead.add(gone)

        def run(vault: Vault) -> None:
            last = [slot for slot in vault.slots() if slot.type == "passphrase"][-1]
            vault.remove_slot(last.id, **secret)

        return Operation(run, after, slots=True)

    def _new_code(self, state: State, pick: int) -> Operation:
        after, secret = state.copy(), _a_secret(state, pick)
        after.code = None
        if state.code:
            after.dead.add(state.code)

        def learn(state: State, code: str) -> None:
            state.code = code

        return Operation(lambda vault: vault.new_recovery_code(**secret), after, learn, slots=True)

    def _keychain_on(self, state: State, pick: int) -> Operation:
        secret = _a_secret(state, pick)
        return Operation(
            lambda vault: vault.enable_keychain(self._keychain, **secret), state.copy(), slots=True
        )

    def _keychain_off(self, state: State, pick: int) -> Operation:
        secret = _a_secret(state, pick)

        def run(vault: Vault) -> None:
            if any(slot.type == "keychain" for slot in vault.slots()):
                vault.disable_keychain(self._keychain, **secret)

        return Operation(run, state.copy(), slots=True)


NAMES = (
    *("put",) * 7, *("update",) * 3, *("delete",) * 3, *("compact",) * 2,
    *("remove_slot",) * 2, "change_passphrase", "add_passphrase", "new_code", "keychain_on",
    "keychain_off",
)  # fmt: skip
"""As often as they are drawn."""


def _one_of(held: dict[str, Item], pick: int) -> str:
    return list(held)[pick % len(held)]


def _a_secret(state: State, pick: int) -> dict[str, str]:
    if pick % 3 == 0 and state.code is not None:
        return {"recovery_code": state.code}
    return {"passphrase": state.passphrases[pick % len(state.passphrases)]}
