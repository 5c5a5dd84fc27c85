# SPDX-License-Identifier: GPL-3.0-or-later
"""What a teacher's folder has to hold, family by family, and whether each file is what it says.

The checks here are cheap: names, sizes and the first bytes. They keep a folder of the wrong kind,
a saved web page or a pointer file away from libraries that would answer with a riddle, or, where
a tokenizer is missing, with a download. Whether every byte is right is the registry's question.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from voicevault.errors import UsageError, VoiceVaultError
from voicevault.teachers.protocols import TeacherKind

FileForm = Literal["json", "text", "whisper", "torch"]
MAX_TEXT_BYTES = 64 << 20
"""Of a JSON or text file; the largest tokenizer known has 2.7 MB."""
_HEAD_BYTES = 64
_ZIP, _PICKLE = b"PK\x03\x04", b"\x80"
_POINTER = b"version https://git-lfs"
_CT2_SPEC = "WhisperSpec"


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a layout."""

    name: str
    form: FileForm
    needed: bool = True
    also: tuple[str, ...] = ()
    """Other names the same file goes by."""
    without: str = ""
    """What to do where it is missing."""

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.also)


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of one family of teachers."""

    family: str
    kind: TeacherKind
    parts: tuple[Part, ...]
    models: tuple[str, ...] = ()
    """What ``model`` in config.json may be, where it is a word."""

    @property
    def weights(self) -> Part:
        """The part that identifies a teacher: the first that is no text."""
        return next(part for part in self.parts if part.form not in ("json", "text"))


_TOKENIZER = (
    "copy tokenizer.json out of the folder the model was converted from "
    "(ct2-transformers-converter --copy_files tokenizer.json preprocessor_config.json)"
)
_CONFIG = Part("config.json", "json")
_WAVLM = Part("WavLM-Large.pt", "torch")

# In the order in which a folder is tried: what needs more comes before what needs less.
LAYOUTS: tuple[Layout, ...] = (
    Layout(
        "whisper-ct2",
        "asr",
        (
            Part("model.bin", "whisper"),
            _CONFIG,
            Part("tokenizer.json", "json", without=_TOKENIZER),
            Part("vocabulary.json", "text", also=("vocabulary.txt",)),
            Part("preprocessor_config.json", "json", needed=False),
        ),
    ),
    Layout(
        "xtts",
        "tts",
        (
            Part("model.pth", "torch"),
            _CONFIG,
            Part("vocab.json", "json"),
            Part("speakers_xtts.pth", "torch", needed=False),
            Part("LICENSE.txt", "text", needed=False),
        ),
        ("xtts",),
    ),
    Layout("openvoice", "vc", (Part("checkpoint.pth", "torch"), _CONFIG), ("openvoice",)),
    Layout(
        "freevc",
        "vc",
        (
            Part("model.pth", "torch", also=("model_file.pth", "freevc-24.pth")),
            _CONFIG,
            _WAVLM,
            Part("speaker_encoder.pt", "torch"),
        ),
        ("freevc",),
    ),
    Layout(
        "knnvc",
        "vc",
        (
            Part(
                "model.pth",
                "torch",
                also=("model_file.pth", "model_file.pth.tar", "prematch_g_02500000.pt"),
            ),
            _CONFIG,
            _WAVLM,
        ),
    ),
    Layout(
        "vits",
        "tts",
        (
            Part("model_file.pth", "torch", also=("model.pth", "model_file.pth.tar")),
            _CONFIG,
            Part("speaker_ids.json", "json", needed=False),
            Part("speakers.pth", "torch", needed=False),
        ),
        ("vits",),
    ),
)


def layout_of(family: str) -> Layout:
    """The layout of a family.

    Raises:
        UsageError: no family of that name.
    """
    for one in LAYOUTS:
        if one.family == family:
            return one
    raise UsageError(f"no teachers of family {family!r}; there are {', '.join(families())}")


def families() -> list[str]:
    """Every family, by name."""
    return sorted(one.family for one in LAYOUTS)


def recognise(folder: Path) -> Layout:
    """Which family a folder belongs to, by the names of its files.

    Raises:
        UsageError: it is no folder.
        VoiceVaultError: no family fits; the message names the nearest and what it lacks.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder", hint="a teacher is a folder with its files")
    lacking: list[tuple[int, Layout, Part]] = []
    others: list[Layout] = []
    for layout in LAYOUTS:
        missing = [one for one in layout.parts if one.needed and _file(folder, one) is None]
        if not missing and _is_its_config(folder, layout):
            return layout
        if not missing:
            others.append(layout)
        if missing and len(missing) < len([one for one in layout.parts if one.needed]):
            lacking.append((len(missing), layout, missing[0]))
    if (folder / "model.safetensors").is_file() or (folder / "pytorch_model.bin").is_file():
        raise VoiceVaultError(
            f"{folder} is a model as transformers keeps it, and faster-whisper reads another form",
            hint=f"convert it: ct2-transformers-converter --model {folder} --output_dir NEW "
            "--copy_files tokenizer.json preprocessor_config.json",
        )
    if others:
        raise _another_model(folder, others[0])
    if not lacking:
        raise VoiceVaultError(
            f"{folder} is no teacher of a known family: {', '.join(families())}",
            hint="voicevault teachers add --help lists the files of each",
        )
    _, layout, part = min(lacking, key=lambda one: one[0])
    raise _missing(folder, layout, part)


def check(folder: Path, layout: Layout) -> dict[str, Path]:
    """The files of a folder that belong to its layout, each one looked at.

    Returns:
        Name in the folder -> path, needed and optional.

    Raises:
        VoiceVaultError: one is missing, empty, or not what its name says.
    """
    found = {}
    for part in layout.parts:
        path = _file(folder, part)
        if path is not None:
            _check_file(path, part.form)
            found[path.name] = path
        elif part.needed:
            raise _missing(folder, layout, part)
    if not _is_its_config(folder, layout):
        raise _another_model(folder, layout)
    return found


def known_names(layout: Layout) -> Iterator[str]:
    """Every file name the layout knows."""
    for part in layout.parts:
        yield from part.names


def _missing(folder: Path, layout: Layout, part: Part) -> VoiceVaultError:
    what = " or ".join(part.names)
    return VoiceVaultError(
        f"{folder} looks like a teacher of family {layout.family}, and {what} is missing",
        hint=part.without or "fetch or copy the whole folder again",
    )


def _another_model(folder: Path, layout: Layout) -> VoiceVaultError:
    return VoiceVaultError(
        f"{folder / 'config.json'} is of another model than {' or '.join(layout.models)}",
        hint=f"teachers of these families can be used: {', '.join(families())}",
    )


def _file(folder: Path, part: Part) -> Path | None:
    return next((folder / name for name in part.names if (folder / name).is_file()), None)


def _is_its_config(folder: Path, layout: Layout) -> bool:
    """True unless config.json says in a word that it is another model's."""
    try:
        body = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return True  # damaged is another error, told where the file is looked at
    said = body.get("model") if isinstance(body, dict) else None
    return not layout.models or not isinstance(said, str) or said.lower() in layout.models


def _check_file(path: Path, form: FileForm) -> None:
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head:
        raise VoiceVaultError(f"{path} is empty", hint="it was cut off; fetch or copy it again")
    if head.startswith(_POINTER):
        raise VoiceVaultError(
            f"{path} is a Git LFS pointer of {size} bytes, not the file itself",
            hint="git lfs pull in the folder it came from",
        )
    if form in ("json", "text"):
        _check_text(path, form, size)
    elif form == "whisper":
        _check_whisper(path, head)
    elif not head.startswith((_ZIP, _PICKLE)):
        raise VoiceVaultError(
            f"{path} is no torch checkpoint: it begins with {head[:8]!r}",
            hint="a saved web page or a cut-off file does; fetch or copy it again",
        )


def _check_text(path: Path, form: FileForm, size: int) -> None:
    if size > MAX_TEXT_BYTES:
        raise VoiceVaultError(f"{path} has {size} bytes; at most {MAX_TEXT_BYTES} are read")
    try:
        text = path.read_text(encoding="utf-8")
        if form == "json":
            json.loads(text)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise VoiceVaultError(
            f"{path} is damaged: {error}", hint="fetch or copy it again"
        ) from error


def _check_whisper(path: Path, head: bytes) -> None:
    """CTranslate2's container: format version (u32), then the network's name (u16 and text)."""
    try:
        version, length = struct.unpack_from("<IH", head)
        name = head[6 : 6 + length].rstrip(b"\0").decode()
    except (struct.error, UnicodeDecodeError):
        version, name = 0, ""
    if name != _CT2_SPEC:
        raise VoiceVaultError(
            f"{path} holds no Whisper in CTranslate2's form"
            + (f": it is a {name}, version {version}" if name.isidentifier() else ""),
            hint="faster-whisper folders do; a file of transformers has to be converted",
        )
