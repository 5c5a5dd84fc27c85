# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders in the LJSpeech layout: which recording belongs to which text. Reads no audio.

`metadata.csv` holds `id|text` or `id|text|text as spoken` a line; recordings lie beside it or in
`wavs/`. Files are found by listing the two folders and comparing names: no path is ever made from
an id, so that none can leave the folder.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from voicevault.audio.files import AUDIO_SUFFIXES, named
from voicevault.errors import BadDataset, UsageError

METADATA = "metadata.csv"
MAX_METADATA_BYTES = 64 << 20
_HEADINGS = frozenset({"id", "file", "filename", "file_name", "name", "audio", "audio_file"})


class Failure(NamedTuple):
    """One recording or row that was not taken in, and what to do about it."""

    name: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Row:
    """One recording with its text."""

    id: str
    text: str
    path: Path


@dataclass(frozen=True, slots=True)
class Listing:
    """What a folder offers: rows with their files, and everything that does not fit."""

    rows: tuple[Row, ...]
    failures: tuple[Failure, ...]


def read_folder(folder: Path) -> Listing:
    """Match the rows of `folder`/metadata.csv with the recordings beside it.

    Raises:
        UsageError: no such folder.
        BadDataset: it has no metadata.csv that can be read.
    """
    if folder.name.lower() == METADATA and folder.is_file():
        folder = folder.parent
    if not folder.is_dir():
        raise UsageError(
            f"{named(str(folder))} is no folder",
            hint=f"name the folder that holds {METADATA} and the recordings",
        )
    lines = _metadata(folder)
    index, failures = _recordings(folder)
    rows: list[Row] = []
    used: set[Path] = set()
    for number, line in lines:
        found = _row(number, line, index)
        if isinstance(found, Row):
            rows.append(found)
            used.add(found.path)
        elif found is not None:
            failures.append(found)
    failures += [
        Failure(named(path.name), f"no row of {METADATA} names it", "add a line 'id|text' for it")
        for path in sorted({one for paths in index.values() for one in paths} - used)
        if not any(other.stem == path.stem and other in used for other in index[_key(path.stem)])
    ]
    return Listing(tuple(rows), tuple(failures))


def _metadata(folder: Path) -> list[tuple[int, bytes]]:
    """The lines of metadata.csv that hold something, with their numbers, still as bytes."""
    path = folder / METADATA
    if not path.is_file():
        raise BadDataset(
            f"{named(folder.name)} has no {METADATA}",
            hint="write one with a line 'id|text' for each recording id.wav",
        )
    if not _stays_inside(path, folder):
        raise BadDataset(f"{METADATA} is a link that leaves the folder", hint="copy the file here")
    try:
        if path.stat().st_size > MAX_METADATA_BYTES:
            raise BadDataset(
                f"{METADATA} has {path.stat().st_size >> 20} MiB; "
                f"at most {MAX_METADATA_BYTES >> 20} are read",
                hint="is this the right file?",
            )
        data = path.read_bytes()
    except OSError as error:
        raise BadDataset(
            f"{METADATA} cannot be read: {error.strerror}", hint="check its permissions"
        ) from error
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):  # what spreadsheets call Unicode text
        data = data.decode("utf-16", errors="replace").encode()
    data = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    lines = [(n, one) for n, one in enumerate(data.split(b"\n"), 1) if one.strip()]
    if not lines:
        raise BadDataset(f"{METADATA} is empty", hint="write a line 'id|text' for each recording")
    return lines


def _row(number: int, line: bytes, index: dict[str, list[Path]]) -> Row | Failure | None:
    """The row of one line, why there is none, or None for a line of headings."""
    where = f"{METADATA} line {number}"
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        bad = f"0x{line[error.start]:02x}"
        return Failure(where, f"byte {bad} is not UTF-8", f"save {METADATA} as UTF-8")
    parts = [one.strip() for one in text.split("|" if "|" in text else "\t")]
    name = parts[0]
    if number == 1 and name.lower() in _HEADINGS and _key(name) not in index:
        return None
    if len(parts) < 2:
        return Failure(where, "there is no '|' in it", "write id|text")
    if not name or name.startswith(".") or any(one in name for one in "/\\\0"):
        return Failure(
            where,
            f"{named(name)!r} is no id: it is hidden or names a folder" if name else "it has no id",
            "an id is the recording's file name without folder and ending",
        )
    # The third column says numbers and abbreviations as they were spoken.
    spoken = next((one for one in (parts[2:3] + parts[1:2]) if one), "")
    if not spoken:
        return Failure(named(name), f"{where} has no text", "write what is said in the recording")
    path = _find(name, index)
    if path is None:
        return Failure(
            named(name), "there is no recording of this name", f"expected {named(name)}.wav or so"
        )
    return Row(name, spoken, path)


def _key(name: str) -> str:
    """Names compare in NFC: macOS decomposes what others compose."""
    return unicodedata.normalize("NFC", name)


def _find(name: str, index: dict[str, list[Path]]) -> Path | None:
    """The recording of an id, which may carry its ending; WAV before FLAC before the rest."""
    found = index.get(_key(name))
    if found is None and Path(name).suffix.lower() in AUDIO_SUFFIXES:
        suffix = Path(name).suffix
        found = [one for one in index.get(_key(Path(name).stem), []) if one.suffix == suffix]
    if not found:
        return None
    return min(found, key=lambda one: (AUDIO_SUFFIXES.index(one.suffix.lower()), str(one)))


def _stays_inside(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def _recordings(folder: Path) -> tuple[dict[str, list[Path]], list[Failure]]:
    """Audio files by their name without ending, and links that are not followed."""
    index: dict[str, list[Path]] = {}
    failures: list[Failure] = []
    for path in _audio_entries(folder, failures):
        if not _stays_inside(path, folder):
            failures.append(
                Failure(named(path.name), "a link that leaves the folder", "copy the file here")
            )
        elif path.is_file():  # neither a pipe nor a device: opening those may never return
            index.setdefault(_key(path.stem), []).append(path)
    return index, failures


def _audio_entries(folder: Path, failures: list[Failure]) -> Iterator[Path]:
    for place in (folder, folder / "wavs"):
        if place != folder and not place.is_dir():
            continue
        if not _stays_inside(place, folder):
            failures.append(
                Failure(named(place.name), "a link that leaves the folder", "copy the folder here")
            )
            continue
        with os.scandir(place) as entries:
            for entry in sorted(entries, key=lambda one: one.name):
                path = Path(entry.path)
                if path.suffix.lower() in AUDIO_SUFFIXES and not entry.name.startswith("."):
                    yield path
