# SPDX-License-Identifier: GPL-3.0-or-later
"""One tree of errors: each says what is wrong, what would be right, and how a shell sees it."""

from __future__ import annotations


class VoiceVaultError(Exception):
    """Anything VoiceVault refuses or cannot do, told to a person.

    `message` names the value and the valid range; `hint` is one next step; `exit_code` is what
    the command line returns. Messages never hold speech, transcripts, passphrases or keys.
    """

    exit_code: int = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(VoiceVaultError):
    """The request makes no sense as given."""

    exit_code = 2


class VaultAccessError(VoiceVaultError):
    """The vault stays shut: wrong passphrase, wrong recovery code, or another program has it."""

    exit_code = 3


class VaultCorrupt(VoiceVaultError):
    """The vault's bytes are not what was written."""

    exit_code = 4


class Refused(VoiceVaultError):
    """A rule says no: consent, licence or overwriting what is not ours."""

    exit_code = 5


class Cancelled(VoiceVaultError):
    """Stopped on request; what was reached is kept and can be resumed."""

    exit_code = 75


class BadAudio(VoiceVaultError):
    """A recording that cannot be used."""


class BadDataset(VoiceVaultError):
    """A set of takes that cannot be trained on."""


class BadDocument(VoiceVaultError):
    """A text of the owner's that cannot be used."""


class TrainingFailed(VoiceVaultError):
    """A job in the worker process ended without a result."""


class ExportFailed(VoiceVaultError):
    """A voice file could not be made, checked or written."""


class MissingExtra(VoiceVaultError):
    """An optional part is not installed."""

    def __init__(self, message: str, *, hint: str = "", extra: str = "") -> None:
        super().__init__(message, hint=hint or f"pip install 'voicevault[{extra or 'all'}]'")


def by_name(name: str) -> type[VoiceVaultError]:
    """The class a worker named in its Failed event; the base class for a name not known here."""
    tree = [VoiceVaultError]
    while tree:
        one = tree.pop()
        if one.__name__ == name:
            return one
        tree.extend(one.__subclasses__())
    return VoiceVaultError
