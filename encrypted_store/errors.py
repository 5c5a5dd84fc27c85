# SPDX-License-Identifier: GPL-3.0-or-later
"""One error tree: every failure of the store has a stable code, a message and a hint."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar


class VaultError(Exception):
    """Base of every error this package raises on purpose.

    `code` is stable and meant for programs; `message` and `hint` are for people and may change.
    Messages carry ids and paths, never keys, passphrases or metadata.
    """

    code: ClassVar[str] = "VaultError"
    default_hint: ClassVar[str] = ""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = self.default_hint if hint is None else hint

    def __str__(self) -> str:
        return self.message


class NotAVault(VaultError):
    """The folder holds no vault header."""

    code = "NotAVault"
    default_hint = "choose the folder that contains vault.json, or create a vault first"


class VaultExists(VaultError):
    """A vault cannot be created over something that is already there."""

    code = "VaultExists"
    default_hint = "choose an empty or new folder"


class UnsupportedFilesystem(VaultError):
    """The file system offers no lock that dies with its process."""

    code = "UnsupportedFilesystem"
    default_hint = "keep the vault on a local disk"


class VaultBusy(VaultError):
    """Another session holds the lock; `pid` is the holder's, or None when unknown."""

    code = "VaultBusy"
    default_hint = "close the other window or command that has this vault open"

    def __init__(self, message: str, *, pid: int | None = None) -> None:
        super().__init__(message)
        self.pid = pid


class NewerVersion(VaultError):
    """The vault was written by another format version; `found` is its format string."""

    code = "NewerVersion"
    default_hint = "update the program; this version will not touch the vault"

    def __init__(self, message: str, *, found: str) -> None:
        super().__init__(message)
        self.found = found


class HeaderDamaged(VaultError):
    """No copy of the header passes its checksum and its schema."""

    code = "HeaderDamaged"
    default_hint = "restore vault.json from a backup"


class KdfOutOfBounds(VaultError, ValueError):
    """Argon2id parameters outside the limits of the format."""

    code = "KdfOutOfBounds"
    default_hint = "a vault asking for this was altered, or made by a test"


class KdfTooExpensive(VaultError):
    """Unlocking needs more memory than this machine can give now."""

    code = "KdfTooExpensive"
    default_hint = "close other programs, or open with the recovery code, which needs no memory"


class WrongPassphrase(VaultError):
    """The header is whole and no slot accepts this passphrase."""

    code = "WrongPassphrase"
    default_hint = "try again; check the keyboard layout and caps lock"


class WrongRecoveryCode(WrongPassphrase):
    """The code is well formed and belongs to another vault, or to a replaced slot."""

    code = "WrongRecoveryCode"
    default_hint = "look for the code written down when this vault was made"


class RecoveryCodeMistyped(VaultError, ValueError):
    """The recovery code is not 36 Crockford characters, or its check group disagrees."""

    code = "RecoveryCodeMistyped"
    default_hint = "compare each group with the paper; the letters I, L and O read as 1, 1 and 0"


class PassphraseInvalid(VaultError, ValueError):
    """A passphrase that cannot be used: empty, or not valid Unicode."""

    code = "PassphraseInvalid"
    default_hint = "use at least one character; several words are better"


class KeychainUnavailable(VaultError):
    """The operating system's keychain does not hold this slot's secret."""

    code = "KeychainUnavailable"
    default_hint = "open with the passphrase"


class SlotRefused(VaultError, ValueError):
    """A change of slots that would leave the vault without a way in, or names no slot."""

    code = "SlotRefused"
    default_hint = "a vault keeps at least one passphrase and one recovery code, and 16 slots"


class VaultTampered(VaultError):
    """The key is right and something that only the key can make is wrong."""

    code = "VaultTampered"
    default_hint = "stop; compare with a backup before writing anything to this vault"


class RollbackDetected(VaultError):
    """The vault is valid and older than a state this machine has already seen."""

    code = "RollbackDetected"
    default_hint = "if you restored a backup on purpose, open it once with accept_rollback"


class CatalogueDamaged(VaultError):
    """The catalogue breaks at record `seq`, byte `offset` of the live segment."""

    code = "CatalogueDamaged"
    default_hint = "restore a backup, or rebuild the catalogue from the objects"

    def __init__(self, message: str, *, seq: int, offset: int) -> None:
        super().__init__(message)
        self.seq = seq
        self.offset = offset


class ObjectUnknown(VaultError):
    """No live entry has this id."""

    code = "ObjectUnknown"
    default_hint = "list the vault to see what it holds"

    def __init__(self, message: str, *, object_id: str) -> None:
        super().__init__(message)
        self.object_id = object_id


class ObjectMissing(VaultError):
    """The catalogue lists this object and its file is gone."""

    code = "ObjectMissing"
    default_hint = "copy the object's file back from a backup"

    def __init__(self, message: str, *, object_id: str) -> None:
        super().__init__(message)
        self.object_id = object_id


class ObjectDamaged(VaultError):
    """An object does not verify; `segment` is the first bad one, None for the file's frame."""

    code = "ObjectDamaged"
    default_hint = "copy the object's file back from a backup; the rest of the vault is usable"

    def __init__(self, message: str, *, object_id: str, segment: int | None = None) -> None:
        super().__init__(message)
        self.object_id = object_id
        self.segment = segment


class MetaInvalid(VaultError, ValueError):
    """Metadata that canonical JSON cannot carry; `where` names the key."""

    code = "MetaInvalid"
    default_hint = "use text, whole numbers below 2**53, true, false, null, lists and objects"

    def __init__(self, message: str, *, where: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.where = where


class DiskFull(VaultError):
    """No space, quota or file-size limit left; the old state is intact."""

    code = "DiskFull"
    default_hint = "free some space and try again"


class ReadOnly(VaultError):
    """Writing is not possible: permissions, medium, a session for reading, or a failed flush."""

    code = "ReadOnly"
    default_hint = "check the folder's permissions, then open the vault again"


class IoError(VaultError):
    """The operating system reported an input/output failure."""

    code = "IoError"
    default_hint = "check the disk; copy the vault elsewhere before going on"


class VaultLocked(VaultError):
    """The vault was closed, or this process is a fork that never held its keys."""

    code = "VaultLocked"
    default_hint = "open the vault again"


_FULL = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})
_DENIED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def from_os_error(error: OSError, doing: str) -> VaultError:
    """The typed error for an OSError met while `doing` something."""
    reason = error.strerror or type(error).__name__
    message = f"{doing}: {reason}"
    if error.errno in _FULL:
        return DiskFull(message)
    if error.errno in _DENIED:
        return ReadOnly(message)
    return IoError(message)


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn any OSError inside the block into its typed error."""
    try:
        yield
    except OSError as error:
        raise from_os_error(error, doing) from error
