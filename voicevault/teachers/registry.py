# SPDX-License-Identifier: GPL-3.0-or-later
"""The teachers on this computer: copied in, hashed, on terms that somebody accepted, checked again.

A teacher is a folder under the person's data folder, not in the vault: it is nobody's voice. It is
copied and not referred to, because a folder elsewhere changes or goes while a training depends on
it. ``teacher.json`` beside its files says what they were when they came. ``open_teacher`` is the
only way from a name to a folder that an adapter may load: it hashes every byte again and asks
after the licence, so that no front end can go round either.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from voicevault import paths
from voicevault.errors import UsageError, VoiceVaultError
from voicevault.events import Event, Progress
from voicevault.teachers import catalogue, layout, manifest
from voicevault.teachers.manifest import Entry, Mark
from voicevault.teachers.protocols import OpenedTeacher

_CHUNK_BYTES = 4 << 20
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")

OnEvent = Callable[[Event], None]


def teachers_dir() -> Path:
    """Where teachers live; named only, made when the first one comes."""
    return paths.data_dir() / "teachers"


def entries(root: Path | None = None) -> tuple[list[Entry], dict[str, str]]:
    """Every teacher here by name, and what is wrong with those that cannot be read."""
    home = root or teachers_dir()
    good: list[Entry] = []
    bad: dict[str, str] = {}
    for one in sorted(home.iterdir()) if home.is_dir() else []:
        if one.is_dir() and not one.name.startswith("."):
            try:
                good.append(manifest.read(one))
            except VoiceVaultError as error:
                bad[one.name] = error.message
    return good, bad


def find(name: str, root: Path | None = None) -> Entry:
    """One teacher by name.

    Raises:
        UsageError: none of that name is here.
        VoiceVaultError: its manifest cannot be read.
    """
    folder = (root or teachers_dir()) / check_name(name)
    if not folder.is_dir():
        there = ", ".join(one.name for one in entries(root)[0]) or "none yet"
        known = any(one.name == name for one in catalogue.load())
        raise UsageError(
            f"no teacher {name!r} is here; there are: {there}",
            hint=f"voicevault teachers {f'fetch {name}' if known else 'add FOLDER'}",
        )
    return manifest.read(folder)


def open_teacher(
    name: str, *, root: Path | None = None, on_event: OnEvent | None = None
) -> OpenedTeacher:
    """The folder of a teacher whose every byte is as it came and whose licence was accepted.

    It reads all files once; DECISIONS.md says how long that takes.

    Raises:
        UsageError: none of that name is here.
        Refused: its licence is non-commercial and nobody accepted it.
        VoiceVaultError: a file is missing or not what it was.
    """
    entry = find(name, root)
    folder = (root or teachers_dir()) / name
    kind = layout.layout_of(entry.family)
    # What teacher.json says of the licence is not believed: the files themselves are asked.
    terms = manifest.terms_of(kind, entry.files, entry.terms.licence, entry.terms.accepted)
    done = 0
    for file, mark in entry.files.items():
        try:
            found = digest(folder / file)
        except OSError as error:
            raise _damaged(entry, f"{file} cannot be read: {error.strerror}") from error
        if (found.bytes, found.sha256) != (mark.bytes, mark.sha256):
            raise _damaged(entry, f"{file} is not what it was when it came")
        done += mark.bytes
        _tell(on_event, f"checking {name}", done, entry.bytes)
    layout.check(folder, kind)
    card = Entry(entry.name, entry.family, entry.version, terms, entry.files).card
    return OpenedTeacher(card, folder)


def add(
    folder: Path,
    *,
    name: str = "",
    licence: str = "",
    accepted: str = "",
    root: Path | None = None,
    on_event: OnEvent | None = None,
) -> Entry:
    """Copy a teacher's folder in. Only the files that its family knows are taken.

    Args:
        name: what to call it; the folder's own name by default.
        licence: as the person knows it, where the files do not tell.
        accepted: the licence that the person accepts by its name.

    Raises:
        UsageError: a bad name, one that is taken, or files under another licence than stated.
        Refused: its licence is non-commercial and was not accepted by its name.
        VoiceVaultError: no family fits, a file is not what it says, or the disk is full.
    """
    kind = layout.recognise(folder)
    found = layout.check(folder, kind)
    name = check_name(name or folder.resolve().name.lower())
    home = root or teachers_dir()
    total = sum(one.stat().st_size for one in found.values())
    check_free(home, name, total)
    with incoming(home) as waiting:
        marks: dict[str, Mark] = {}
        for file, path in found.items():
            marks[file] = _copied(path, waiting / file)
            done = sum(one.bytes for one in marks.values())
            _tell(on_event, f"copying {name}", done, total)
        return settle(waiting, home, name, kind, marks, licence=licence, accepted=accepted)


def settle(
    waiting: Path,
    home: Path,
    name: str,
    kind: layout.Layout,
    marks: Mapping[str, Mark],
    *,
    licence: str = "",
    accepted: str = "",
    version: str = "",
) -> Entry:
    """Judge complete files, write their manifest and give the folder its place in one rename.

    Raises:
        Refused: the licence is non-commercial and was not accepted by its name.
        UsageError: the name is taken.
        VoiceVaultError: a file is not what it says.
    """
    layout.check(waiting, kind)
    terms = manifest.terms_of(kind, marks, licence, accepted)
    weights = next(marks[one] for one in kind.weights.names if one in marks)
    known = catalogue.by_weights(weights.sha256)
    version = version or (known.version if known else "added by hand")
    public = {file.sha256 for one in catalogue.load() for file in one.files}
    files = {
        file: replace(mark, published=mark.published or mark.sha256 in public)
        for file, mark in marks.items()
    }
    entry = Entry(name, kind.family, version, terms, files)
    with told(home):
        manifest.write(waiting, entry)
        if (home / name).exists():
            raise _taken(name)
        waiting.rename(home / name)
    return entry


def remove(name: str, root: Path | None = None) -> int:
    """Take a teacher off this computer; the bytes it held. What it taught stays.

    Raises:
        UsageError: none of that name is here.
    """
    folder = (root or teachers_dir()) / check_name(name)
    if not folder.is_dir():
        find(name, root)
    with told(folder):
        freed = sum(one.stat().st_size for one in folder.iterdir() if one.is_file())
        shutil.rmtree(folder)
    return freed


def check_name(name: str) -> str:
    """A name that is a plain folder's on every system.

    Raises:
        UsageError: it is not.
    """
    if not _NAME.fullmatch(name) or name.endswith("."):
        raise UsageError(
            f"{name!r} cannot name a teacher: small letters, digits, dot, dash and underscore can, "
            "64 at most, the first a letter or digit",
            hint="--name gives it another one",
        )
    return name


def check_free(home: Path, name: str, need: int) -> None:
    """Refuse before minutes of copying: a name that is taken, or a disk without the room.

    Raises:
        UsageError: the name is taken.
        VoiceVaultError: there is less room than ``need`` bytes.
    """
    if (home / name).exists():
        raise _taken(name)
    above = next(one for one in (home, *home.parents) if one.exists())
    free = shutil.disk_usage(above).free
    if free < need:
        raise VoiceVaultError(
            f"{name} needs {need / 1e6:.0f} MB and the disk of {above} has {free / 1e6:.0f} MB",
            hint="make room, then do the same again",
        )


@contextmanager
def incoming(home: Path) -> Iterator[Path]:
    """A hidden folder for files on their way in; removed unless it was given its place."""
    waiting = home / f".incoming-{secrets.token_hex(6)}"
    try:
        with told(home):
            waiting.mkdir(parents=True, mode=0o700)
        yield waiting
    finally:
        shutil.rmtree(waiting, ignore_errors=True)


@contextmanager
def told(where: Path) -> Iterator[None]:
    """Turn what the system says of a disk into an error for people."""
    try:
        yield
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise VoiceVaultError(f"{where} cannot be written: {why}") from error


def digest(path: Path) -> Mark:
    """Size and SHA-256 of a file.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return Mark(file.tell(), sha256)


def _copied(source: Path, target: Path) -> Mark:
    """Copy and hash in one reading, so that the hash is of what was written."""
    hasher, size = hashlib.sha256(), 0
    with told(target), source.open("rb") as old, target.open("xb") as new:
        while chunk := old.read(_CHUNK_BYTES):
            new.write(chunk)
            hasher.update(chunk)
            size += len(chunk)
    return Mark(size, hasher.hexdigest())


def _damaged(entry: Entry, what: str) -> VoiceVaultError:
    return VoiceVaultError(
        f"the teacher {entry.name} is damaged: {what}",
        hint=f"voicevault teachers rm {entry.name}, then add or fetch it again",
    )


def _taken(name: str) -> UsageError:
    return UsageError(
        f"a teacher {name!r} is here already",
        hint=f"--name gives it another name; voicevault teachers rm {name} removes the old one",
    )


def _tell(on_event: OnEvent | None, stage: str, done: int, total: int) -> None:
    if on_event is not None:
        mb = 1_000_000  # bytes count too fast to be read
        on_event(Progress(stage, done // mb, total // mb, message="MB"))
