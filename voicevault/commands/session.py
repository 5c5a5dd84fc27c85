# SPDX-License-Identifier: GPL-3.0-or-later
"""The options before the verb, how a passphrase is asked for, and what Ctrl-C means."""

from __future__ import annotations

import getpass
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from voicevault import paths
from voicevault.custody import Key
from voicevault.errors import UsageError
from voicevault.service import Studio
from voicevault.terminal import Teller

MAX_PASSPHRASE_BYTES = 4096


@dataclass(slots=True)
class Session:
    """What was given before the verb. Opens the vault when a command needs it, not before."""

    vault: Path | None = None
    passphrase_fd: int | None = None
    recovery_fd: int | None = None
    accept_rollback: bool = False
    keychain: bool = False
    read_only: bool = False
    teller: Teller = field(default_factory=Teller)
    _read: Key | None = None  # a descriptor can be read once, and nobody types twice

    @property
    def path(self) -> Path:
        """The vault that was named, or the person's own."""
        return self.vault or paths.default_vault()

    def new_passphrase(self, fd: int | None, option: str = "--passphrase-fd") -> str:
        """A passphrase to be set: from a descriptor, or typed twice.

        Raises:
            UsageError: it is empty, the two differ, or nobody is there to type.
        """
        if fd is None and option == "--passphrase-fd":
            fd = self.passphrase_fd
        if fd is not None:
            return read_secret(fd, option)
        first = _ask("New passphrase (several words are good): ")
        if first != _ask("The same again: "):
            raise UsageError("the two passphrases differ", hint="nothing was changed; try again")
        return first

    @contextmanager
    def studio(self, *, stoppable: bool = False) -> Iterator[Studio]:
        """The open vault. With `stoppable`, Ctrl-C and SIGTERM checkpoint instead of killing."""
        key = Key() if self.keychain else self.key()
        opened = Studio.open(
            self.path,
            key.passphrase,
            recovery_code=key.recovery_code,
            keychain=self.keychain,
            read_only=self.read_only,
            accept_rollback=self.accept_rollback,
        )
        for notice in opened.notices:
            self.teller.say(f"voicevault: note: {notice}")
        with opened as studio:
            if not stoppable:
                yield studio
                return
            with stop_signals(studio, self.teller):
                yield studio

    def key(self) -> Key:
        """What opens the vault: the recovery code where one is given, else the passphrase."""
        if self.recovery_fd is not None:
            if self._read is None:
                self._read = Key(recovery_code=read_secret(self.recovery_fd, "--recovery-fd"))
        elif self._read is None:
            self._read = Key(passphrase=self._passphrase())
        return self._read

    def _passphrase(self) -> str:
        if self.passphrase_fd is not None:
            return read_secret(self.passphrase_fd, "--passphrase-fd")
        if not self.path.is_dir():
            raise UsageError(
                f"there is no vault at {self.path}",
                hint="voicevault --vault FOLDER vault create makes one",
            )
        return _ask(f"Passphrase of {self.path}: ")


def read_secret(fd: int, option: str) -> str:
    """One line from a descriptor the caller opened, without its line feed.

    Raises:
        UsageError: the descriptor is not open, or holds no line of text.
    """
    data = bytearray()
    try:
        while not data.endswith(b"\n") and len(data) <= MAX_PASSPHRASE_BYTES:
            one = os.read(fd, 1)  # byte by byte: what follows the line belongs to somebody else
            if not one:
                break
            data += one
    except OSError as error:
        raise UsageError(
            f"{option} {fd}: {error.strerror}", hint=f"open it first, for example: ... {fd}<FILE"
        ) from error
    if len(data) > MAX_PASSPHRASE_BYTES:
        raise UsageError(f"{option} {fd}: longer than {MAX_PASSPHRASE_BYTES} bytes")
    try:
        text = bytes(data).removesuffix(b"\n").removesuffix(b"\r").decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"{option} {fd}: not UTF-8 text") from error
    if not text:
        raise UsageError(
            f"{option} {fd}: the line is empty", hint=f"write one line into it: ... {fd}<FILE"
        )
    return text


def _ask(question: str) -> str:
    if not sys.stdin.isatty():
        raise UsageError(
            "a passphrase is needed and nobody can type one here",
            hint="give it on a file descriptor: voicevault --passphrase-fd 3 ... 3<FILE",
        )
    answer = getpass.getpass(question)
    if not answer:
        raise UsageError("the passphrase is empty")
    return answer


@contextmanager
def stop_signals(studio: Studio, teller: Teller) -> Iterator[None]:
    """The first signal asks for a checkpoint, the second stops at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        teller.say("stopping, and keeping what is done; once more stops at once")
        studio.cancel()

    kinds = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP"):
        kinds.append(signal.SIGHUP)  # the terminal window was closed
    before = {kind: signal.signal(kind, stop) for kind in kinds}
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
