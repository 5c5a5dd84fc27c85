# SPDX-License-Identifier: GPL-3.0-or-later
"""What an owner does with a vault as a whole: look after it, copy it, change who opens it, end it.

The store does the work; here its progress becomes our events and its errors ours.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from encrypted_store import SlotInfo, Vault, VaultError
from encrypted_store import keychain as keychains
from encrypted_store.care import backup as backups
from encrypted_store.care import check as checks
from encrypted_store.care import erase as erasing
from encrypted_store.care import repair as repairs
from encrypted_store.care import restore as restores
from encrypted_store.care import rotate as rotations
from encrypted_store.care.putback import PutBackReport, put_back
from encrypted_store.care.report import CheckReport, RepairReport
from voicevault.events import Event, Progress
from voicevault.vaults import translated

OnEvent = Callable[[Event], None]
Stop = Callable[[], bool]

STAGES = {
    "backup": ("copy", "verify"),
    "restore": ("copy", "verify"),
    "rotate": ("seal", "verify"),
}


@dataclass(frozen=True, slots=True)
class Key:
    """What somebody typed to open a vault: exactly one of the two."""

    passphrase: str | None = field(default=None, repr=False)
    recovery_code: str | None = field(default=None, repr=False)

    def words(self) -> dict[str, Any]:
        return {"passphrase": self.passphrase, "recovery_code": self.recovery_code}


class Custody:
    """An open vault's keeper: who can open it, copies of it, its health."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    @translated()
    def backup(
        self, target: Path, *, on_event: OnEvent | None = None, stop: Stop | None = None
    ) -> backups.BackupReport:
        """Copy the vault into a folder or a .tar, and prove the copy."""
        return backups.backup(
            self._vault, target, on_progress=_told(on_event, STAGES["backup"]), stop=stop
        )

    @translated()
    def put_back(
        self, source: Path, *, on_event: OnEvent | None = None, stop: Stop | None = None
    ) -> PutBackReport:
        """Replace damaged and missing objects by the backup's, where those are whole."""
        return put_back(self._vault, source, on_progress=_told(on_event), stop=stop)

    @translated()
    def slots(self) -> list[SlotInfo]:
        """The ways into the vault."""
        return self._vault.slots()

    @translated()
    def change_passphrase(self, key: Key, new: str) -> None:
        """Put `new` in place of the key's passphrase, of every passphrase if it is the code."""
        self._vault.change_passphrase(new, **key.words())

    @translated()
    def add_passphrase(self, key: Key, new: str) -> None:
        """Let somebody else's passphrase open the vault too."""
        self._vault.add_passphrase(new, **key.words())

    @translated()
    def new_recovery_code(self, key: Key) -> str:
        """Replace the recovery code; the new one, shown once."""
        return self._vault.new_recovery_code(**key.words())

    @translated()
    def remove_slot(self, key: Key, slot_id: str) -> None:
        """Shut one way in."""
        self._vault.remove_slot(slot_id, **key.words())

    @translated()
    def use_keychain(self, key: Key, wanted: bool) -> None:
        """Let this computer's keychain open the vault, or not any more."""
        change = self._vault.enable_keychain if wanted else self._vault.disable_keychain
        change(keychains.system_keychain(), **key.words())

    @translated()
    def last_backup_s(self) -> int | None:
        """When the newest proved backup was made, in seconds since 1970; None: never."""
        made = [one.t_s for one in self._vault.history() if one.event == "backup"]
        return made[-1] if made else None


@translated()
def check(
    path: Path,
    key: Key,
    *,
    full: bool = False,
    on_event: OnEvent | None = None,
    stop: Stop | None = None,
) -> CheckReport:
    """Check a vault that is not open, or a backup, without writing a byte."""
    return checks.check_folder(
        path, **key.words(), full=full, on_progress=_told(on_event), stop=stop
    )


@translated()
def repair(
    path: Path,
    key: Key,
    *,
    dry_run: bool = True,
    forget: bool = False,
    accept_rollback: bool = False,
    on_event: OnEvent | None = None,
) -> RepairReport:
    """What is wrong and what would be done about it; with `dry_run` off, do it."""
    return repairs.repair(
        path,
        **key.words(),
        dry_run=dry_run,
        forget=forget,
        accept_rollback=accept_rollback,
        on_progress=_told(on_event),
    )


@translated()
def restore(
    source: Path,
    target: Path,
    key: Key,
    *,
    on_event: OnEvent | None = None,
    stop: Stop | None = None,
) -> restores.RestoreReport:
    """Make a vault from a backup, in a new or empty folder."""
    return restores.restore(
        source,
        target,
        **key.words(),
        on_progress=_told(on_event, STAGES["restore"]),
        stop=stop,
    )


@translated()
def rotate(
    path: Path,
    key: Key,
    new_passphrase: str,
    *,
    on_event: OnEvent | None = None,
    stop: Stop | None = None,
) -> tuple[str, rotations.RotateReport]:
    """Seal everything anew under a new master key; the new recovery code and what was done."""
    return rotations.rotate(
        path,
        new_passphrase,
        **key.words(),
        keychain=_keychain_if_any(),
        on_progress=_told(on_event, STAGES["rotate"]),
        stop=stop,
    )


@translated()
def erase(path: Path, *, on_event: OnEvent | None = None) -> erasing.EraseReport:
    """Destroy a vault. No secret is needed, and there is no way back."""
    return erasing.erase(path, keychain=_keychain_if_any(), on_progress=_told(on_event))


@translated()
def finish_rotation(path: Path) -> bool:
    """Do what a crash during `rotate` left undone."""
    return rotations.finish_rotation(path, keychain=None)


def system_keychain() -> keychains.Keychain:
    """This computer's keychain. Raises KeychainUnavailable (of the store) with the reason."""
    return keychains.system_keychain()


def _keychain_if_any() -> keychains.Keychain | None:
    try:
        return keychains.system_keychain()
    except VaultError:
        return None


def _told(
    on_event: OnEvent | None, stages: tuple[str, ...] = ()
) -> Callable[[str, int, int], None] | None:
    """The store's progress as events, with the time left for all the stages.

    Args:
        stages: those that follow each other over the same amount of work; others stand alone.
    """
    if on_event is None:
        return None
    began_s = time.monotonic()

    def tell(stage: str, done: int, total: int) -> None:
        if not total:
            return
        before = stages.index(stage) if stage in stages else 0
        share = (before + done / max(total, 1)) / max(len(stages), 1)
        spent_s = time.monotonic() - began_s
        # Before a second has gone by a guess would only jump about.
        eta_s = spent_s / share * (1 - share) if share > 0 and spent_s > 1 else None
        on_event(Progress(stage, round(100 * done / max(total, 1)), 100, eta_s))

    return tell
