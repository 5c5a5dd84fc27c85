# SPDX-License-Identifier: GPL-3.0-or-later
"""Encrypted, crash-safe object storage in one folder. FORMAT.md is its contract.

    vault, recovery_code = Vault.create(path, passphrase)
    object_id = vault.put(Kind.SAMPLE, flac_bytes, {"prompt": "p-001"})
    vault.get(object_id)

Opening: `Vault.open(path, passphrase=...)`. For a worker process: `vault.ticket(object_id)` and
`read_object(ticket)`. Every deliberate failure is a `VaultError` with a `code` and a `hint`.

A vault written in format v1 stays readable by every later release of this package.
"""

from encrypted_store.errors import (
    CatalogueDamaged,
    DiskFull,
    HeaderDamaged,
    IoError,
    KdfOutOfBounds,
    KdfTooExpensive,
    KeychainUnavailable,
    MetaInvalid,
    NewerVersion,
    NotAVault,
    ObjectDamaged,
    ObjectMissing,
    ObjectUnknown,
    PassphraseInvalid,
    ReadOnly,
    RecoveryCodeMistyped,
    RollbackDetected,
    SlotRefused,
    UnsupportedFilesystem,
    VaultBusy,
    VaultError,
    VaultExists,
    VaultLocked,
    VaultTampered,
    WrongPassphrase,
    WrongRecoveryCode,
)
from encrypted_store.fsio import Fsio
from encrypted_store.kdf import KdfParams
from encrypted_store.kinds import Destroyed, Entry, Kind, Note, SlotInfo
from encrypted_store.objects import ObjectTicket, read_object
from encrypted_store.session import Notice
from encrypted_store.vault import Vault

__all__ = [
    "CatalogueDamaged",
    "Destroyed",
    "DiskFull",
    "Entry",
    "Fsio",
    "HeaderDamaged",
    "IoError",
    "KdfOutOfBounds",
    "KdfParams",
    "KdfTooExpensive",
    "KeychainUnavailable",
    "Kind",
    "MetaInvalid",
    "NewerVersion",
    "NotAVault",
    "Note",
    "Notice",
    "ObjectDamaged",
    "ObjectMissing",
    "ObjectTicket",
    "ObjectUnknown",
    "PassphraseInvalid",
    "ReadOnly",
    "RecoveryCodeMistyped",
    "RollbackDetected",
    "SlotInfo",
    "SlotRefused",
    "UnsupportedFilesystem",
    "Vault",
    "VaultBusy",
    "VaultError",
    "VaultExists",
    "VaultLocked",
    "VaultTampered",
    "WrongPassphrase",
    "WrongRecoveryCode",
    "read_object",
]
