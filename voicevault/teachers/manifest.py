# SPDX-License-Identifier: GPL-3.0-or-later
"""teacher.json: what a teacher's files were when they came, and on what terms they are used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from voicevault.errors import Refused, UsageError, VoiceVaultError
from voicevault.teachers import catalogue
from voicevault.teachers.layout import Layout, layout_of
from voicevault.teachers.protocols import TeacherCard, TeacherKind

MANIFEST = "teacher.json"
FORMAT = 1
MAX_MANIFEST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Mark:
    """What a file was when it came."""

    bytes: int
    sha256: str
    published: bool = False
    """Whether the hash is the one its maker published; else it is only what was seen here."""


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a teacher teaches."""

    licence: str
    commercial: bool
    accepted: str = ""
    """The licence that the person accepted by its name; empty where nothing had to be."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One teacher on this computer."""

    name: str
    family: str
    version: str
    terms: Terms
    files: Mapping[str, Mark] = field(default_factory=dict)

    @property
    def kind(self) -> TeacherKind:
        """What it does."""
        return layout_of(self.family).kind

    @property
    def bytes(self) -> int:
        """Of all its files."""
        return sum(one.bytes for one in self.files.values())

    @property
    def card(self) -> TeacherCard:
        """What follows it into every student."""
        hashes = {name: mark.sha256 for name, mark in self.files.items()}
        terms = self.terms
        return TeacherCard(
            self.name, self.version, self.kind, terms.licence, terms.commercial, hashes
        )


def terms_of(layout: Layout, files: Mapping[str, Mark], stated: str, accepted: str) -> Terms:
    """The licence of a teacher's files, which bytes carry with them whatever anybody states.

    A teacher of the catalogue keeps its licence under any name, and one of a family with a licence
    of its own keeps that. Only then what the person states counts.

    Args:
        stated: the licence as the person knows it; empty where they do not.
        accepted: the licence that they accept by its name.

    Raises:
        UsageError: the files are under another licence than the one stated.
        Refused: the licence is not known to allow every use, and was not accepted by its name.
    """
    weights = next(files[name] for name in layout.weights.names if name in files)
    known = catalogue.by_weights(weights.sha256)
    fixed = known.licence if known else catalogue.FAMILY_LICENCES.get(layout.family, "")
    if fixed and stated not in ("", fixed):
        raise UsageError(f"these files are under {fixed}, not {stated}")
    licence = fixed or stated or catalogue.UNKNOWN_LICENCE
    commercial = catalogue.is_commercial(licence)
    refuse_unaccepted(licence, commercial, accepted)
    return Terms(licence, commercial, "" if commercial else accepted)


def refuse_unaccepted(licence: str, commercial: bool, accepted: str) -> None:
    """A teacher that is not free for every use teaches only whom its licence was put to.

    Raises:
        Refused: the licence was not accepted, or another one was.
    """
    if commercial or accepted == licence:
        return
    if licence == catalogue.UNKNOWN_LICENCE:
        raise Refused(
            "nothing says under which licence this teacher is",
            hint="--licence NAME states it, if you know it; "
            f"--accept-licence {licence} goes on without, and every voice will say so",
        )
    wrong = f"; {accepted} was accepted, and that is another one" if accepted else ""
    raise Refused(
        f"{licence} does not allow commercial use, nor of what is made with it{wrong}",
        hint=f"if that suits you: --accept-licence {licence}; every voice it teaches will say so",
    )


def write(folder: Path, entry: Entry) -> None:
    """Put an entry beside its files."""
    body = {"format": FORMAT, **asdict(entry)}
    text = json.dumps(body, indent=2, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def read(folder: Path) -> Entry:
    """The entry of a teacher's folder.

    Raises:
        VoiceVaultError: there is none, or it is not one that this version wrote.
    """
    path = folder / MANIFEST
    try:
        if path.stat().st_size > MAX_MANIFEST_BYTES:
            raise ValueError(f"larger than {MAX_MANIFEST_BYTES} bytes")
        body = json.loads(path.read_text(encoding="utf-8"))
        if body["format"] != FORMAT:
            raise ValueError(f"format {body['format']!r}; this version reads {FORMAT}")
        return _entry(folder, body)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, UsageError) as error:
        raise VoiceVaultError(
            f"{path} cannot be read: {error}",
            hint=f"voicevault teachers rm {folder.name}, then add or fetch it again",
        ) from error


def _entry(folder: Path, body: dict[str, Any]) -> Entry:
    files = {name: Mark(**mark) for name, mark in body["files"].items()}
    entry = Entry(
        str(body["name"]), str(body["family"]), str(body["version"]), Terms(**body["terms"]), files
    )
    allowed = {name for part in layout_of(entry.family).parts for name in part.names}
    strange = sorted(set(files) - allowed)
    if strange or entry.name != folder.name:
        raise ValueError(f"it is not this folder's: {', '.join(strange) or entry.name}")
    return entry
