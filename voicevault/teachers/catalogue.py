# SPDX-License-Identifier: GPL-3.0-or-later
"""The teachers that are known by name, read from catalogue.toml; and what their licences allow."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from voicevault.errors import UsageError
from voicevault.teachers.layout import layout_of
from voicevault.teachers.protocols import TeacherKind

# Licences under which what a teacher makes may be used for anything; SPDX identifiers. A licence
# that is not here counts as non-commercial until somebody accepts it by name: to be too careful
# costs a word, to be careless costs the owner their voice.
COMMERCIAL = (
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0",
    "GPL-3.0-or-later", "ISC", "MIT", "MPL-2.0", "Unlicense",
)  # fmt: skip
UNKNOWN_LICENCE = "unknown"

# Families whose every member is under one licence, whoever tuned it further: a derivative of
# XTTS-v2 stays under Coqui's licence.
FAMILY_LICENCES: Mapping[str, str] = {"xtts": "CPML-1.0"}


@dataclass(frozen=True, slots=True)
class Source:
    """One file to fetch."""

    name: str
    """What it is called in the folder; ``.zip`` is unpacked and not kept."""
    url: str
    bytes: int = 0
    """0 where nobody published it."""
    sha256: str = ""
    """Empty where nobody published it."""

    @property
    def packed(self) -> bool:
        """Whether its files are inside."""
        return self.name.endswith(".zip")


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one teacher before it is here."""

    name: str
    family: str
    version: str
    licence: str
    commercial: bool
    licence_source: str
    memory_mb: int
    memory_how: str
    speed: str
    speed_how: str
    files: tuple[Source, ...]
    parameters: int = 0
    """0 where nobody published it."""
    gflop_per_s: float = 0.0
    """Thousand millions of operations for a second of speech; 0 where nobody published it."""
    parameters_source: str = ""

    @property
    def kind(self) -> TeacherKind:
        """What it does."""
        return layout_of(self.family).kind

    @property
    def bytes(self) -> int:
        """To load over the network; without files of unknown size."""
        return sum(one.bytes for one in self.files)

    @property
    def unsized(self) -> tuple[Source, ...]:
        """The files whose size nobody published."""
        return tuple(one for one in self.files if not one.bytes)

    @property
    def unhashed(self) -> tuple[Source, ...]:
        """The files whose hash nobody published."""
        return tuple(one for one in self.files if not one.sha256)


def load() -> tuple[Known, ...]:
    """Every teacher known by name, in the order of the list."""
    text = resources.files("voicevault.teachers").joinpath("catalogue.toml").read_text("utf-8")
    return tuple(
        Known(files=tuple(Source(**file) for file in one.pop("file")), **one)
        for one in tomllib.loads(text)["teacher"]
    )


def known(name: str) -> Known:
    """One teacher by name.

    Raises:
        UsageError: the list has none of that name.
    """
    listed = load()
    for one in listed:
        if one.name == name:
            return one
    raise UsageError(
        f"no known teacher {name!r}; there are {', '.join(one.name for one in listed)}",
        hint="voicevault teachers add FOLDER takes one that is on this computer already",
    )


def by_weights(sha256: str) -> Known | None:
    """The teacher whose file this is: bytes keep their licence, whatever their folder is called."""
    for one in load():
        weights = layout_of(one.family).weights.names
        if any(file.sha256 == sha256 and file.name in weights for file in one.files):
            return one
    return None


def is_commercial(licence: str) -> bool:
    """Whether a licence is one of those that are known to allow every use."""
    return licence in COMMERCIAL
