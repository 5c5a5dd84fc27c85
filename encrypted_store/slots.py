# SPDX-License-Identifier: GPL-3.0-or-later
"""Slots: wrapping the master key under a secret, and finding the slot a secret opens.

AES-GCM does not commit to its key: one ciphertext can be made that opens under many passphrases,
and each answer would then rule out many guesses (Len, Grubbs, Ristenpart 2021). So every slot
stores a commitment derived beside the wrapping key, and only a match is unwrapped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.constant_time import bytes_eq

from encrypted_store.errors import (
    KeychainUnavailable,
    VaultTampered,
    WrongPassphrase,
    WrongRecoveryCode,
)
from encrypted_store.header import Header, Slot
from encrypted_store.kdf import KdfParams, argon2id, hkdf
from encrypted_store.keychain import Keychain
from encrypted_store.keys import KEY_SIZE, KeyName, KeyPage
from encrypted_store.paths import PREFIX

Random = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Secret:
    """What opens a slot: a passphrase's or a recovery code's bytes, or a keychain to ask."""

    type: str
    minimum: KdfParams
    """The least cost a passphrase slot may have."""
    data: bytes = b""
    keychain: Keychain | None = None

    def for_slot(self, vault_id: bytes, slot: Slot) -> bytes | None:
        """The bytes to try at `slot`; None: there are none for it."""
        if self.keychain is None:
            return self.data
        return self.keychain.get(vault_id.hex(), slot.id.hex())


def make_slot(
    keys: KeyPage,
    vault_id: bytes,
    type_: str,
    secret: bytes,
    kdf: KdfParams | None,
    random: Random,
) -> Slot:
    """Wrap the page's MASTER key under `secret`.

    Args:
        secret: passphrase bytes, or random bytes when `kdf` is None.
    """
    slot_id, salt, nonce = random(8), random(16), random(12)
    try:
        _fill_slot_keys(keys, vault_id, slot_id, type_, secret, salt, kdf)
        slot_keys = keys.view(KeyName.SLOT)
        wrapped = AESGCM(slot_keys[:KEY_SIZE]).encrypt(
            nonce, keys.view(KeyName.MASTER), _wrap_ad(vault_id, slot_id)
        )
        commit = bytes(slot_keys[KEY_SIZE:])
    finally:
        _wipe_slot_keys(keys)
    return Slot(slot_id, type_, kdf, salt, commit, nonce, wrapped)


def unlock(keys: KeyPage, header: Header, secret: Secret) -> Slot:
    """Put the master key into the page's MASTER place.

    Costs are checked for all slots before the first is tried, so that a forged one cannot make
    the honest ones slow.

    Raises:
        KdfOutOfBounds, KdfTooExpensive: before anything is derived.
        WrongPassphrase, WrongRecoveryCode, KeychainUnavailable: no slot's commitment matches.
        VaultTampered: a commitment matches and its wrapped key does not open.
    """
    slots = [slot for slot in header.slots if slot.type == secret.type]
    for slot in slots:
        if slot.kdf is not None:
            slot.kdf.check(secret.minimum)
    for slot in slots:
        data = secret.for_slot(header.vault_id, slot)
        if data is None:
            continue
        try:
            _fill_slot_keys(keys, header.vault_id, slot.id, slot.type, data, slot.salt, slot.kdf)
            slot_keys = keys.view(KeyName.SLOT)
            if not bytes_eq(bytes(slot_keys[KEY_SIZE:]), slot.commit):
                continue
            AESGCM(slot_keys[:KEY_SIZE]).decrypt_into(
                slot.nonce,
                slot.wrapped,
                _wrap_ad(header.vault_id, slot.id),
                keys.view(KeyName.MASTER),
            )
            return slot
        except InvalidTag:
            raise VaultTampered("the secret is right and its wrapped key was altered") from None
        finally:
            _wipe_slot_keys(keys)
    if secret.type == "recovery":
        raise WrongRecoveryCode("this recovery code does not open this vault")
    if secret.type == "keychain":
        raise KeychainUnavailable("the keychain holds nothing that opens this vault")
    raise WrongPassphrase("no passphrase slot accepts this passphrase")


def _fill_slot_keys(
    keys: KeyPage,
    vault_id: bytes,
    slot_id: bytes,
    type_: str,
    secret: bytes,
    salt: bytes,
    kdf: KdfParams | None,
) -> None:
    ikm: bytes | memoryview = secret
    if kdf is not None:
        ikm = keys.view(KeyName.STRETCHED)
        argon2id(secret, salt, kdf, ikm)
    info = PREFIX + b"slot\0" + vault_id + slot_id + type_.encode("ascii")
    hkdf(ikm, salt, info, keys.view(KeyName.SLOT))


def _wipe_slot_keys(keys: KeyPage) -> None:
    keys.wipe(KeyName.STRETCHED)
    keys.wipe(KeyName.SLOT)


def _wrap_ad(vault_id: bytes, slot_id: bytes) -> bytes:
    return PREFIX + b"wrap\0" + vault_id + slot_id
