# SPDX-License-Identifier: GPL-3.0-or-later
"""The operating system's keychain as a place for one slot's secret, or a reason why not.

`keyring` hands out whatever its environment variable, its configuration file or a plugin names, a
plain text file included. So it is never asked to choose: the classes below are imported by name,
those of this system only, and nothing else of what is installed is run or considered.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from cryptography.hazmat.primitives.constant_time import bytes_eq

from encrypted_store import canon
from encrypted_store.errors import KeychainUnavailable

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "VoiceVault"
SECRET_SIZE = 32

_MACOS = ("keyring.backends.macOS.Keyring",)
_WINDOWS = ("keyring.backends.Windows.WinVaultKeyring",)
_DESKTOPS = (
    "keyring.backends.SecretService.Keyring",
    "keyring.backends.libsecret.Keyring",
    "keyring.backends.kwallet.DBusKeyring",
    "keyring.backends.kwallet.DBusKeyringKWallet4",
)
_REASONS = {
    "KeyringLocked": "it is locked, or its question was dismissed",
    "InitError": "it could not be opened",
    "PasswordDeleteError": "it holds no such entry, or refused to delete it",
    "PasswordSetError": "it refused to store the entry",
    "NoKeyringError": "there is none",
}
_HINT = (
    "open with the passphrase; for a keychain, start the system's own (GNOME Keyring, KWallet, "
    "macOS Keychain, Windows Credential Manager), then start this program again"
)
_T = TypeVar("_T")


class Keychain(Protocol):
    """Keeps the 32-byte secret of a vault's keychain slot.

    Every method raises KeychainUnavailable for whatever goes wrong outside this program, with a
    message that names the kind of trouble and never a secret.
    """

    def get(self, vault_id_hex: str, slot_id_hex: str) -> bytes | None:
        """The secret, or None when the keychain answers and has none."""
        ...

    def put(self, vault_id_hex: str, slot_id_hex: str, secret: bytes) -> None:
        """Store it, and read it back before saying so. ValueError unless it has 32 bytes."""
        ...

    def remove(self, vault_id_hex: str, slot_id_hex: str) -> None:
        """Delete it. One that is not there is an error too: the caller decides if that matters."""
        ...


def system_keychain() -> Keychain:
    """The keychain of this desktop session. Writes nothing and asks the user nothing yet.

    What it is worth: whoever runs programs as this user can usually ask it for the secret too, and
    a login keyring without a password lies unencrypted on the disk. It saves typing; the passphrase
    remains.

    Raises:
        KeychainUnavailable: none of the trusted back ends works here, with each one's reason.
    """
    usable: list[tuple[float, KeyringBackend]] = []
    reasons: list[str] = []
    for name in allowed(sys.platform):
        try:
            usable.append(_load(name))
        except Exception as error:  # each looks for its own libraries and services
            reasons.append(f"{name.split('.')[2]}: {error}")
    if usable:
        _, best = max(usable, key=lambda one: one[0])
        return _SystemKeychain(_kept_on_this_machine(best))
    told = "; ".join(dict.fromkeys(reasons))
    raise KeychainUnavailable(f"no system keychain answers ({told})", hint=_HINT)


def allowed(platform: str) -> tuple[str, ...]:
    """The keyring classes trusted on a `sys.platform`."""
    return {"darwin": _MACOS, "win32": _WINDOWS}.get(platform, _DESKTOPS)


class _SystemKeychain:
    """Speaks to one allowed back end. The password text it handles cannot be wiped in Python."""

    def __init__(self, backend: KeyringBackend) -> None:
        self._backend = backend

    def get(self, vault_id_hex: str, slot_id_hex: str) -> bytes | None:
        user = _user(vault_id_hex, slot_id_hex)
        return self._read("reading the keychain", user)

    def put(self, vault_id_hex: str, slot_id_hex: str, secret: bytes) -> None:
        if len(secret) != SECRET_SIZE:
            raise ValueError(f"a keychain secret has {SECRET_SIZE} bytes, not {len(secret)}")
        user = _user(vault_id_hex, slot_id_hex)
        doing = "storing in the keychain"
        _ask(doing, lambda: self._backend.set_password(SERVICE, user, canon.b64(secret)))
        # KWallet reports a refused write as a number that keyring does not look at.
        stored = self._read(doing, user)
        if stored is None or not bytes_eq(stored, secret):
            raise KeychainUnavailable(f"{doing}: it took the entry and does not give it back")

    def remove(self, vault_id_hex: str, slot_id_hex: str) -> None:
        user = _user(vault_id_hex, slot_id_hex)
        doing = "deleting from the keychain"
        _ask(doing, lambda: self._backend.delete_password(SERVICE, user))
        # Secret Service deletes the first match only, KWallet's answer is not looked at.
        if _ask(doing, lambda: self._backend.get_password(SERVICE, user)) is not None:
            raise KeychainUnavailable(f"{doing}: the entry is still there")

    def __repr__(self) -> str:
        return f"<Keychain {type(self._backend).__module__}>"

    def _read(self, doing: str, user: str) -> bytes | None:
        text: object = _ask(doing, lambda: self._backend.get_password(SERVICE, user))
        if text is None:
            return None
        try:
            return canon.unb64(text, SECRET_SIZE)
        except canon.NotCanonical:
            pass
        raise KeychainUnavailable(f"{doing}: the entry is not one of VoiceVault's")


def _load(name: str) -> tuple[float, KeyringBackend]:
    """A back end and its priority. Raises whatever it has against working here."""
    module, _, class_name = name.rpartition(".")
    # Imported this late because it is slow, and only for those who want it. get_all_keyring()
    # would run every plugin there is, and keyring's macOS one starts a compiler on Linux.
    backend = getattr(import_module(module), class_name)
    return float(backend.priority), backend()


def _kept_on_this_machine(backend: KeyringBackend) -> KeyringBackend:
    """Windows would let the secret roam to other machines of a domain; others have no such say."""
    if hasattr(type(backend), "persist"):
        ours: Any = copy.copy(backend)  # keyring shares its objects with other users of it
        ours.persist = "local machine"
        return ours  # type: ignore[no-any-return]
    return backend


def _ask(doing: str, call: Callable[[], _T]) -> _T:
    """Call the back end. Raised outside `except`: its own error may quote what it was given."""
    try:
        return call()
    except Exception as error:
        kind = type(error).__name__
    raise KeychainUnavailable(f"{doing}: {_REASONS.get(kind, kind)}")


def _user(vault_id_hex: str, slot_id_hex: str) -> str:
    return f"{vault_id_hex}:{slot_id_hex}"
