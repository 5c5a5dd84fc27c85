# SPDX-License-Identifier: GPL-3.0-or-later
"""Changing who can open a vault: passphrases, the recovery code, the keychain.

The master key is not kept in an open session, so every change asks for a present secret again.
A change takes effect when the first copy of the header is durable. The replaced copies are
overwritten: an old header still opens with the old passphrase, wherever a copy of it survives.
Against a secret that has already been in the wrong hands only a new master key helps (`rotate`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from encrypted_store import recovery
from encrypted_store.errors import KeychainUnavailable, SlotRefused, VaultError, from_os_error
from encrypted_store.fsio import read_file
from encrypted_store.header import MAX_SIZE, MAX_SLOTS, Header, Slot
from encrypted_store.kdf import KdfParams, passphrase_bytes
from encrypted_store.keychain import Keychain
from encrypted_store.keys import KEY_SIZE, KeyName
from encrypted_store.kinds import SlotInfo
from encrypted_store.session import Session
from encrypted_store.slots import Secret, make_slot, unlock

Slots = tuple[Slot, ...]
_NEEDED = ("passphrase", "recovery")


def describe(session: Session) -> list[SlotInfo]:
    """The slots in the order they were made."""
    return [
        SlotInfo(slot.id.hex(), slot.type, kdf.m_kib, kdf.t, kdf.p)
        if (kdf := slot.kdf)
        else SlotInfo(slot.id.hex(), slot.type)
        for slot in session.header.slots
    ]


def change_passphrase(session: Session, present: Secret, new: str, kdf: KdfParams) -> None:
    """Put `new` in place of the passphrase `present`; of all passphrases, if that is the code.

    Whoever has forgotten the passphrase comes with the recovery code, and then none of the old
    ones may go on opening the vault.
    """
    data = passphrase_bytes(new)

    def edit(slots: Slots, used: Slot) -> Slots:
        slot = _make(session, "passphrase", data, kdf)
        gone = {used.id} if used.type == "passphrase" else _ids_of(slots, "passphrase")
        return (*(one for one in slots if one.id not in gone), slot)

    change_slots(session, present, edit, "passphrase-changed")


def add_passphrase(session: Session, present: Secret, new: str, kdf: KdfParams) -> None:
    """Let a further passphrase open the vault."""
    data = passphrase_bytes(new)
    change_slots(
        session,
        present,
        lambda slots, used: (*slots, _make(session, "passphrase", data, kdf)),
        "passphrase-added",
    )


def new_recovery_code(session: Session, present: Secret) -> str:
    """Replace the recovery code and return the new one."""
    data = session.io.random(recovery.SECRET_SIZE)

    def edit(slots: Slots, used: Slot) -> Slots:
        slot = _make(session, "recovery", data, None)
        return (*(one for one in slots if one.type != "recovery"), slot)

    change_slots(session, present, edit, "recovery-code-changed")
    return recovery.to_code(data)


def remove_slot(session: Session, present: Secret, slot_id: str) -> None:
    """Shut one way in.

    Raises:
        SlotRefused: no such slot, or the last of its kind that a vault needs.
    """
    if slot_id not in {slot.id.hex() for slot in session.header.slots}:
        raise SlotRefused(f"no slot {slot_id!r} in this vault")
    change_slots(
        session,
        present,
        lambda slots, used: tuple(slot for slot in slots if slot.id.hex() != slot_id),
        "slot-removed",
    )


def enable_keychain(session: Session, present: Secret, keychain: Keychain) -> None:
    """Let this computer's keychain open the vault. Replaces an earlier keychain slot.

    Raises:
        KeychainUnavailable: it did not keep the secret.
    """
    data = session.io.random(KEY_SIZE)
    vault_id = session.vault_id.hex()
    made: list[str] = []

    def edit(slots: Slots, used: Slot) -> Slots:
        slot = _make(session, "keychain", data, None)
        made.append(slot.id.hex())
        keychain.put(vault_id, made[0], data)  # before the header: a slot must never lack it
        return (*(one for one in slots if one.type != "keychain"), slot)

    before = _ids_of(session.header.slots, "keychain")
    try:
        change_slots(session, present, edit, "keychain-enabled")
    except (VaultError, OSError):
        if made and bytes.fromhex(made[0]) not in {slot.id for slot in session.header.slots}:
            _forget(keychain, vault_id, made[0])
        raise
    for slot_id in before:
        _forget(keychain, vault_id, slot_id.hex())


def disable_keychain(session: Session, present: Secret, keychain: Keychain) -> None:
    """Shut the keychain's way in, then take the secret out of it.

    Raises:
        SlotRefused: there is no keychain slot.
    """
    ids = _ids_of(session.header.slots, "keychain")
    if not ids:
        raise SlotRefused("no keychain opens this vault")
    change_slots(
        session,
        present,
        lambda slots, used: tuple(slot for slot in slots if slot.type != "keychain"),
        "keychain-disabled",
    )
    for slot_id in ids:
        _forget(keychain, session.vault_id.hex(), slot_id.hex())


def change_slots(
    session: Session, present: Secret, edit: Callable[[Slots, Slot], Slots], event: str
) -> None:
    """Unlock the master key once more, let `edit` make the new slots, put them in force.

    Args:
        edit: gets the present slots and the one `present` opened. MASTER is filled meanwhile.

    Raises:
        WrongPassphrase, WrongRecoveryCode, KdfTooExpensive, ReadOnly: nothing has changed.
        SlotRefused: the new slots would leave a way in missing, or be too many.
        DiskFull, ReadOnly, IoError: the message says whether the change is in force.
    """
    session.writer.require_usable()
    try:
        used = unlock(session.keys, session.header, present)
        slots = edit(session.header.slots, used)
    finally:
        session.keys.wipe(KeyName.MASTER)
    for type_ in _NEEDED:
        if not _ids_of(slots, type_):
            raise SlotRefused(f"this is the last {type_} slot; a vault needs one")
    if len(slots) > MAX_SLOTS:
        raise SlotRefused(f"a vault has at most {MAX_SLOTS} slots")
    header = session.header
    _put_in_force(session, replace(header, generation=header.generation + 1, slots=slots))
    session.write_anchor()
    try:
        session.commit({"op": "note", "event": event, "t": session.io.now_s()})
    except OSError as error:
        raise from_os_error(error, "the change is in force, only its note is missing") from error


def _put_in_force(session: Session, header: Header) -> None:
    """Write both copies. The first decides; the second is healed at the next open if it fails."""
    before = session.header
    session.header = header
    try:
        session.write_header([0])
    except OSError as error:
        if _first_copy(session) != header.encode(session.keys):
            session.header = before
            raise
        # It has its new name, and whether that survives a power failure nobody knows.
        session.writer.close()
        raise from_os_error(error, "the change may or may not be in force; open again") from error
    try:
        session.write_header([1])
    except OSError as error:
        session.write_anchor()
        raise from_os_error(
            error, "the change is in force, and the second header is renewed at the next opening"
        ) from error


def _first_copy(session: Session) -> bytes:
    try:
        return read_file(session.io, session.paths.headers[0], MAX_SIZE)
    except OSError:
        return b""


def _make(session: Session, type_: str, secret: bytes, kdf: KdfParams | None) -> Slot:
    return make_slot(session.keys, session.vault_id, type_, secret, kdf, session.io.random)


def _ids_of(slots: Slots, type_: str) -> set[bytes]:
    return {slot.id for slot in slots if slot.type == type_}


def _forget(keychain: Keychain, vault_id: str, slot_id: str) -> None:
    """A secret without its slot opens nothing: failing to remove it is no failure of the call."""
    try:
        keychain.remove(vault_id, slot_id)
    except KeychainUnavailable:
        return
