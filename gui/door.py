# SPDX-License-Identifier: GPL-3.0-or-later
"""Making and opening a vault, off the GUI thread: the service is imported there too, once.

A window is on the screen before numpy, scipy and onnxruntime are loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicevault.records import KdfParams
    from voicevault.service import Studio


@dataclass(frozen=True, slots=True)
class Secret:
    """What opens a vault: exactly one of the three."""

    passphrase: str | None = field(default=None, repr=False)
    recovery_code: str | None = field(default=None, repr=False)
    keychain: bool = False
    accept_rollback: bool = False
    """The person restored a backup on purpose."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An open vault, and for a new one the recovery code that is shown once."""

    studio: Studio
    recovery_code: str = field(default="", repr=False)


class Door:
    """How vaults are made and opened here.

    Args:
        kdf: cost of the passphrase function of new vaults; None: measured. Tests take the least
            that the format allows.
        protect: forbid core dumps and foreign eyes for this process.
    """

    def __init__(self, kdf: Callable[[], KdfParams] | None = None, *, protect: bool = True) -> None:
        self._kdf, self._protect = kdf, protect

    def warm_up(self) -> None:
        """Load what opening a vault needs. Worth a second; done while the person types.

        Core dumps and foreign eyes are forbidden here and not at the very start: Qt asks the
        desktop for its colours first, and desktops answer only programs they can look into.
        """
        import voicevault.service
        from voicevault.records import harden

        del voicevault
        if self._protect:
            harden()

    def default_vault(self) -> Path:
        """Where a vault goes when nobody says otherwise."""
        from voicevault.records import default_vault

        return default_vault()

    def create(self, path: Path, passphrase: str) -> Opened:
        """A new vault, open. Raises UsageError where there is something already."""
        self.warm_up()
        from voicevault.service import Studio

        kdf = self._kdf() if self._kdf is not None else None
        studio, code = Studio.create(path, passphrase, kdf=kdf)
        return Opened(studio, code)

    def open(self, path: Path, secret: Secret) -> Opened:
        """An existing vault. Raises VaultAccessError: a wrong secret, or another has it."""
        self.warm_up()
        from voicevault.service import Studio

        return Opened(
            Studio.open(
                path,
                secret.passphrase,
                recovery_code=secret.recovery_code,
                keychain=secret.keychain,
                accept_rollback=secret.accept_rollback,
            )
        )
