# SPDX-License-Identifier: GPL-3.0-or-later
"""The one door for plaintext: files that the owner asked for, written whole or not at all."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from voicevault.errors import Refused, UsageError, VoiceVaultError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_OURS = re.compile(r"\.?voicevault-[0-9a-f]{12,16}")
"""What files wait in, before they have their place."""


class Staging:
    """Files waiting in a hidden folder beside their goal, complete and under their real names.

    They can be looked at there (the runtimes of the export check need a path), and reach the
    folder by renames, so that a full disk or a failed check leaves what was there before.
    """

    def __init__(self, folder: Path, waiting: Path, names: list[str]) -> None:
        self.folder = folder
        self.waiting = waiting
        self.names = names

    def publish(self) -> list[Path]:
        """Give every file its place; the paths."""
        with _told(self.folder):
            for name in self.names:
                (self.waiting / name).replace(self.folder / name)
        return [self.folder / name for name in self.names]


@contextmanager
def staged(folder: Path, files: Mapping[str, bytes], *, force: bool) -> Iterator[Staging]:
    """Write `files` beside their goal; what is not published at the end is removed.

    Raises:
        UsageError: a name that is not a plain file name.
        Refused: a file of one of the names is in `folder` already and `force` is not given.
        VoiceVaultError: the folder cannot be written.
    """
    for name in files:
        _check_name(name)
    check_free(folder, list(files), force=force)
    waiting = folder / f".voicevault-{secrets.token_hex(6)}"
    with _waiting(waiting, files, folder):
        yield Staging(folder, waiting, list(files))


@contextmanager
def in_memory(files: Mapping[str, bytes]) -> Iterator[Path | None]:
    """The files in a private folder that is memory and no disk, for programs that want paths.

    None where the system has no such folder: then nothing is written at all.
    """
    root = memory_folder()
    if root is None:
        yield None
        return
    for name in files:
        _check_name(name)
    folder = root / f"voicevault-{secrets.token_hex(8)}"
    with _waiting(folder, files, folder):
        yield folder


def sweep(folder: Path | None) -> None:
    """Remove what a program that was killed left waiting in `folder`; None: there is no folder."""
    try:
        found = [one for one in (folder.iterdir() if folder else ()) if _OURS.fullmatch(one.name)]
    except OSError:
        return
    for one in found:
        held = _hold(one)
        if held is not None:
            shutil.rmtree(one, ignore_errors=True)
            os.close(held)


def memory_folder() -> Path | None:
    """A folder in memory that this user may write to: the login's own, else the shared one."""
    mounted = _mounted_in_memory()
    for name in (os.environ.get("XDG_RUNTIME_DIR", ""), "/dev/shm"):
        path = Path(name)
        if name and path.is_absolute() and os.access(path, os.W_OK | os.X_OK):
            above = [one for one in (path, *path.parents) if str(one) in mounted]
            if above and mounted[str(above[0])]:
                return path
    return None


def _mounted_in_memory() -> dict[str, bool]:
    """Each mount point and whether it is memory; the system is asked the Linux way."""
    try:
        lines = Path("/proc/self/mounts").read_text(errors="replace").splitlines()
    except OSError:
        return {}
    parts = [line.split(" ") for line in lines]
    return {one[1]: one[2] in ("tmpfs", "ramfs") for one in parts if len(one) > 2}


def check_free(folder: Path, names: list[str], *, force: bool) -> None:
    """Refuse early: nothing of another voice is replaced without being asked to.

    Raises:
        Refused: one of `names` is in `folder`.
        UsageError: `folder` is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; a folder is needed")
    there = [name for name in names if (folder / name).exists()]
    if there and not force:
        raise Refused(
            f"{folder / there[0]} is there already",
            hint="choose another --out, or add --force to replace it",
        )


def check_place(path: Path, option: str = "--out") -> None:
    """Refuse early, before minutes of work for a file that has no place.

    Raises:
        UsageError: the path is a folder, or lies in a file or in a folder that is read-only.
    """
    if not path.name or path.is_dir():
        raise UsageError(f"{option} {path} is a folder; name a file in it")
    above = next(one for one in path.absolute().parents if one.exists())
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        why = "cannot be written to" if above.is_dir() else "is no folder"
        raise UsageError(f"{option} {path}: {above} {why}", hint=f"choose another {option}")


def write_file(path: Path, data: bytes, *, option: str = "--out") -> Path:
    """One file, whole or not at all.

    Raises:
        UsageError: it has no place.
        VoiceVaultError: it cannot be written.
    """
    check_place(path, option)
    waiting = path.parent / f".voicevault-{secrets.token_hex(6)}"
    with _waiting(waiting, {"file": data}, path, option), _told(path, option):
        (waiting / "file").replace(path)
    return path


def append_line(path: Path, line: str, *, option: str = "--out") -> None:
    """One more line at the end of a file, which is made if it is not there.

    Raises:
        UsageError: it has no place.
        VoiceVaultError: it cannot be written.
    """
    check_place(path, option)
    with _told(path, option):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(line.encode() + b"\n")


def write_wav(path: Path, data: bytes, *, force: bool) -> Path:
    """A WAV file that the owner asked for.

    Raises:
        UsageError: its name does not end in .wav, or it has no place.
        Refused: there is such a file already and `force` is not given.
    """
    if path.suffix.lower() != ".wav":
        raise UsageError(f"{path}: only .wav is written", hint="end its name in .wav")
    if path.exists() and not force:
        raise Refused(f"{path} is there already", hint="choose another name")
    return write_file(path, data, option="")


def write_text(path: Path, text: str, *, force: bool) -> Path:
    """A text that the owner asked for, in UTF-8.

    Raises:
        UsageError: it has no place.
        Refused: there is such a file already and `force` is not given.
    """
    if path.exists() and not force:
        raise Refused(f"{path} is there already", hint="choose another name")
    return write_file(path, text.encode(), option="")


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or name.endswith("."):
        raise UsageError(
            f"{name!r} cannot name a file; letters, digits, dot, dash and underscore can, "
            "100 at most, the first a letter or digit"
        )


@contextmanager
def _waiting(
    folder: Path, files: Mapping[str, bytes], wanted: Path, option: str = "--out"
) -> Iterator[None]:
    """`files` in a private folder as long as they are needed, for what is told to be `wanted`.

    It is held as long as this process lives, whatever ends that; the next one that lets files wait
    in the same place removes what nobody holds. It is held before it gets its name, so that no
    other program takes it for left behind.
    """
    sweep(folder.parent)
    first = folder.with_name(f"{folder.name}.new")
    held: int | None = None
    try:
        with _told(wanted, option):
            first.mkdir(parents=True, mode=0o700)
            held = _hold(first)
            first.rename(folder)
            for name, data in files.items():
                _write(folder / name, data)
        yield
    finally:
        for one in (first, folder):
            shutil.rmtree(one, ignore_errors=True)
        if held is not None:
            os.close(held)


def _hold(folder: Path) -> int | None:
    """A lock on a folder of ours, to be closed; None where another process has it, or none can."""
    try:
        import fcntl  # Windows has none
    except ImportError:
        return None
    try:
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        if os.fstat(held).st_uid != os.geteuid():
            raise PermissionError("another user's")
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        return None
    return held


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _told(path: Path, option: str = "--out") -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise VoiceVaultError(
            f"{path} cannot be written: {why}", hint=f"choose another place with {option}"
        ) from error
