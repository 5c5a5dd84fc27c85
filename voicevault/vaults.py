# SPDX-License-Identifier: GPL-3.0-or-later
"""The seam to encrypted_store: its errors become ours, with the exit codes a shell knows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from encrypted_store import errors as store
from encrypted_store.care.progress import Stopped
from voicevault.errors import (
    Cancelled,
    UsageError,
    VaultAccessError,
    VaultCorrupt,
    VoiceVaultError,
)

_SHUT = (
    store.WrongPassphrase,
    store.RecoveryCodeMistyped,
    store.KeychainUnavailable,
    store.VaultBusy,
)
_CORRUPT = (
    store.HeaderDamaged,
    store.KdfOutOfBounds,  # read from a header: nobody but a forger writes such values
    store.VaultTampered,
    store.RollbackDetected,
    store.CatalogueDamaged,
    store.ObjectMissing,
    store.ObjectDamaged,
)
_MISUSE = (store.PassphraseInvalid, store.NotAVault, store.VaultExists, store.SlotRefused)
_HINTS = {  # the store knows no commands
    store.NotAVault: "name the vault's folder, or make one: voicevault --vault FOLDER vault create",
    store.RollbackDetected: "nothing was changed; look at it with --read-only before the verb, or, "
    "if you restored a backup on purpose, give --accept-rollback there once",
    store.HeaderDamaged: "the recordings are still there, sealed: put back vault.json from a "
    "backup made since the last change of the passphrase",
    store.CatalogueDamaged: "every recording is still there; voicevault vault repair shows what it "
    "would do, and deletes nothing",
    store.ObjectDamaged: "the rest of the vault is usable; voicevault vault check --full finds all "
    "of them",
    store.VaultTampered: "write nothing to it; voicevault vault check tells more, a backup helps",
    store.KeychainUnavailable: "open it with the passphrase, without --keychain",
}


def translate(error: store.VaultError) -> VoiceVaultError:
    """Our error for one of the store's: its message, and its hint where no command says more."""
    kind: type[VoiceVaultError] = VoiceVaultError
    if isinstance(error, Stopped):
        kind = Cancelled
    elif isinstance(error, _SHUT):
        kind = VaultAccessError
    elif isinstance(error, _CORRUPT):
        kind = VaultCorrupt
    elif isinstance(error, _MISUSE):
        kind = UsageError
    return kind(error.message, hint=_HINTS.get(type(error), error.hint))


@contextmanager
def translated() -> Iterator[None]:
    """Inside this block, or in a function decorated with it, store errors come out as ours."""
    try:
        yield
    except store.VaultError as error:
        raise translate(error) from error


def json_body(data: bytes, what: str) -> dict[str, Any]:
    """A JSON object out of the vault.

    Raises:
        VaultCorrupt: it is something else; `what` names it.
    """
    try:
        body = json.loads(data)
    except ValueError as error:
        raise VaultCorrupt(f"{what} cannot be read") from error
    if not isinstance(body, dict):
        raise VaultCorrupt(f"{what} is no report")
    return body
