# SPDX-License-Identifier: GPL-3.0-or-later
"""The vault's verbs about who can open it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager

from encrypted_store import access, recovery
from encrypted_store.kdf import KdfParams, passphrase_bytes
from encrypted_store.keychain import Keychain
from encrypted_store.kinds import SlotInfo
from encrypted_store.session import Session
from encrypted_store.slots import Secret


def the_secret(
    minimum: KdfParams,
    passphrase: str | None,
    recovery_code: str | None,
    keychain: Keychain | None = None,
) -> Secret:
    """The one that was given.

    Raises:
        TypeError: none or several were.
        PassphraseInvalid, RecoveryCodeMistyped.
    """
    given = [one for one in (passphrase, recovery_code, keychain) if one is not None]
    if len(given) != 1:
        raise TypeError("give exactly one of passphrase, recovery_code and keychain")
    if passphrase is not None:
        return Secret("passphrase", minimum, passphrase_bytes(passphrase))
    if recovery_code is not None:
        return Secret("recovery", minimum, recovery.from_code(recovery_code))
    return Secret("keychain", minimum, keychain=keychain)


class SlotVerbs(ABC):
    """Mixed into `Vault`. Every change needs a present secret again: the master key is not kept.

    Each change raises, besides its own:
        TypeError: not exactly one of `passphrase` and `recovery_code`.
        WrongPassphrase, WrongRecoveryCode, RecoveryCodeMistyped, KdfTooExpensive, SlotRefused:
            nothing has changed.
        DiskFull, ReadOnly, IoError: the message says whether the change is in force.
    """

    @abstractmethod
    def working(self, doing: str) -> AbstractContextManager[Session]:
        """The open session, see `Vault.working`."""

    def slots(self) -> list[SlotInfo]:
        """Every way in, without anything secret."""
        with self.working("reading the slots") as session:
            return access.describe(session)

    def change_passphrase(
        self,
        new: str,
        *,
        passphrase: str | None = None,
        recovery_code: str | None = None,
        kdf: KdfParams | None = None,
    ) -> None:
        """Put `new` in place of `passphrase`; given the recovery code, of every passphrase.

        The old one opens neither copy of the header any more, and their old bytes are
        overwritten. It still opens backups made before; `rotate` is the answer to that.

        Args:
            kdf: cost of the new one; None measures this machine.

        Raises:
            PassphraseInvalid.
        """
        with self.working("changing the passphrase") as session:
            present = the_secret(session.minimum, passphrase, recovery_code)
            access.change_passphrase(session, present, new, _cost(session, kdf))

    def add_passphrase(
        self,
        new: str,
        *,
        passphrase: str | None = None,
        recovery_code: str | None = None,
        kdf: KdfParams | None = None,
    ) -> None:
        """Let a second person's passphrase open the vault as well. Raises PassphraseInvalid."""
        with self.working("adding a passphrase") as session:
            present = the_secret(session.minimum, passphrase, recovery_code)
            access.add_passphrase(session, present, new, _cost(session, kdf))

    def new_recovery_code(
        self, *, passphrase: str | None = None, recovery_code: str | None = None
    ) -> str:
        """Replace the recovery code and return the new one, to be written on paper."""
        with self.working("replacing the recovery code") as session:
            present = the_secret(session.minimum, passphrase, recovery_code)
            return access.new_recovery_code(session, present)

    def remove_slot(
        self, slot_id: str, *, passphrase: str | None = None, recovery_code: str | None = None
    ) -> None:
        """Shut one way in. The last passphrase and the last recovery code stay."""
        with self.working("removing a slot") as session:
            present = the_secret(session.minimum, passphrase, recovery_code)
            access.remove_slot(session, present, slot_id)

    def enable_keychain(
        self,
        keychain: Keychain,
        *,
        passphrase: str | None = None,
        recovery_code: str | None = None,
    ) -> None:
        """Let this computer's keychain open the vault. Raises KeychainUnavailable.

        From then on any program that runs as the owner may be able to open it: a convenience
        that is never the only way in.
        """
        with self.working("enabling the keychain") as session:
            present = the_secret(session.minimum, passphrase, recovery_code)
            access.enable_keychain(session, present, keychain)

    def disable_keychain(
        self,
        keychain: Keychain,
        *,
        passphrase: str | None = None,
        recovery_code: str | None = None,
    ) -> None:
        """Shut the keychain's way in and take the secret out of it."""
        with self.working("disabling the keychain") as session:
            present = the_secret(session.minimum, passphrase, recovery_code)
            access.disable_keychain(session, present, keychain)


def _cost(session: Session, kdf: KdfParams | None) -> KdfParams:
    cost = kdf or KdfParams.calibrate()
    cost.check(session.minimum)
    return cost
