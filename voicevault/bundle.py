# SPDX-License-Identifier: GPL-3.0-or-later
"""An exported voice as one thing to take along: its files in memory, its zip, whose voice it is.

The zip is flat, because the importers of phone apps trust the names in it, and the same files give
the same bytes. Only what the manifest names goes in, and only as the manifest has it.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from voicevault import egress
from voicevault.consents.record import Stamp
from voicevault.errors import ExportFailed, Refused
from voicevault.export.ownership import FORMAT, MANIFEST, SIGNATURE, fingerprint, verify_manifest
from voicevault.export.verify import FolderReport, find_model

MAX_BYTES = 512 << 20
"""Of all files of a voice; a voice of ours has some ten million."""
_FLAT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the manifest has the true one


@dataclass(frozen=True, slots=True)
class FileMark:
    """One file as the manifest has it."""

    name: str
    byte_count: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Ownership:
    """What the manifest of a voice says about whose it is and what it was made of."""

    voice: str
    created: str
    """UTC, ISO 8601."""
    run: str
    recipe: str
    base_sha256: str
    licence: str
    consent: str
    """In words: who said it, when, and the SHA-256 of its record."""
    seconds_of_speech: int
    teachers: tuple[str, ...]
    commercial: bool
    """False where the licence of a teacher forbids it."""
    key: str
    """Fingerprint of the owner's key; empty where nobody signed."""
    files: tuple[FileMark, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A voice that may leave, in memory."""

    name: str
    files: Mapping[str, bytes] = field(repr=False)
    ownership: Ownership
    checked: FolderReport | None = None
    """What the runtimes made of it; None where nothing could try."""

    @property
    def zip_name(self) -> str:
        """As a phone app expects it: en_US-NAME-QUALITY.zip."""
        return f"{self.name}.zip"

    def zipped(self) -> bytes:
        """All files in one flat zip."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in sorted(self.files.items()):
                entry = zipfile.ZipInfo(name, _ZIP_TIME)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o100644 << 16
                archive.writestr(entry, data)
        return out.getvalue()

    def save(self, path: Path) -> Path:
        """Write the zip; whatever was at `path` is replaced. Not encrypted, as any export."""
        return egress.write_file(path, self.zipped())


def from_files(files: Mapping[str, bytes], checked: FolderReport | None = None) -> Bundle:
    """The bundle of an export that is in memory.

    Raises:
        ExportFailed: a file is missing, one too many, or not as the manifest has it.
        Refused: the manifest names no consent.
    """
    try:
        content = json.loads(files[MANIFEST])
        record = _ownership(content)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise ExportFailed(f"{MANIFEST} cannot be read as the manifest of a voice") from error
    named = {one.name: one for one in record.files}
    extra = sorted(set(files) - set(named) - {MANIFEST, SIGNATURE})
    wrong = [name for name, one in named.items() if not _as_named(files.get(name), one)]
    if extra or wrong:
        raise ExportFailed(
            f"not as exported: {', '.join(extra + wrong)}", hint="export it again from the vault"
        )
    return Bundle(record.voice, dict(files), record, checked)


def from_folder(path: Path, checked: FolderReport | None = None) -> Bundle:
    """The bundle of an exported folder (or of the `.onnx` file in it), read once.

    Raises:
        ExportFailed: there is no voice, or its files are not as they were exported.
        Refused: nothing says whose voice it is, or that they consented; or it is far too large.
    """
    model = find_model(path)
    told = verify_manifest(model.parent, model.stem)
    if told.status == "missing":
        raise Refused(
            f"{path}: {told.message}",
            hint="only a voice with its manifest is sent: export it from the vault",
        )
    if told.status not in ("ok", "unsigned"):
        raise ExportFailed(f"{path}: {told.message}", hint="export it again from the vault")
    data = (model.parent / MANIFEST).read_bytes()
    names = [*json.loads(data)["files"], SIGNATURE]
    present = [name for name in names if (model.parent / name).is_file()]
    if sum((model.parent / name).stat().st_size for name in present) > MAX_BYTES:
        raise Refused(f"{path} is larger than {MAX_BYTES >> 20} MiB, which no voice is")
    files = {name: (model.parent / name).read_bytes() for name in present}
    return from_files({MANIFEST: data, **files}, checked)


def _ownership(content: Mapping[str, Any]) -> Ownership:
    """Raises KeyError, ValueError, TypeError, AttributeError for anything that is no manifest."""
    files = tuple(
        FileMark(str(name), int(one["bytes"]), str(one["sha256"]))
        for name, one in sorted(content["files"].items())
    )
    voice = str(content["voice"])
    names = [one.name for one in files]
    flat = all(_FLAT.fullmatch(name) for name in (voice, *names))
    if content["format"] != FORMAT or not flat or f"{voice}.onnx" not in names:
        raise ValueError("no manifest of a voice")
    if not content.get("consent"):
        raise Refused(
            f"{voice} says nothing of a consent, and leaves nowhere without one",
            hint="train and export it again, with a consent in the vault",
        )
    key = base64.b64decode(content.get("public_key", ""), validate=True)
    return Ownership(
        voice,
        created=str(content.get("created", "")),
        run=str(content.get("run", "")),
        recipe=str(content.get("recipe", "")),
        base_sha256=str(content.get("base_sha256", "")),
        licence=str(content.get("licence", "")),
        consent=Stamp.from_json(content["consent"]).sentence(),
        seconds_of_speech=int(content.get("seconds_of_speech", 0)),
        teachers=tuple(str(one) for one in content.get("teachers", [])),
        commercial=bool(content.get("commercial", True)),
        key=fingerprint(key) if key else "",
        files=files,
    )


def _as_named(data: bytes | None, mark: FileMark) -> bool:
    return (
        data is not None
        and len(data) == mark.byte_count
        and hashlib.sha256(data).hexdigest() == mark.sha256
    )
