# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders that look like teachers: right names, right first bytes, nothing to learn from."""

from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path

from voicevault.teachers.catalogue import Known, Source


def whisper_files(size: int = 4096) -> dict[str, bytes]:
    """A Whisper folder in CTranslate2's form, as far as a look at it can tell."""
    name = b"WhisperSpec\0"
    head = struct.pack("<IH", 6, len(name)) + name
    return {
        "model.bin": head + bytes(range(256)) * (size // 256),
        "config.json": b'{"lang_ids": []}',
        "tokenizer.json": b'{"model": {}}',
        "vocabulary.json": b'["a"]',
    }


def xtts_files() -> dict[str, bytes]:
    """An XTTS folder, as far as a look at it can tell."""
    return {
        "model.pth": b"PK\x03\x04" + bytes(100),
        "config.json": json.dumps({"model": "xtts"}).encode(),
        "vocab.json": b"{}",
    }


def lay_out(folder: Path, files: dict[str, bytes]) -> Path:
    """Write a folder's files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def known(
    files: dict[str, bytes],
    where: str,
    *,
    name: str = "toy",
    family: str = "whisper-ct2",
    licence: str = "MIT",
    published: bool = True,
) -> Known:
    """A catalogue entry for files that a server at ``where`` has."""
    sources = tuple(
        Source(
            one,
            f"{where}/{one}",
            len(data) if published else 0,
            hashlib.sha256(data).hexdigest() if published else "",
        )
        for one, data in files.items()
    )
    commercial = licence == "MIT"
    return Known(name, family, "toy 1", licence, commercial, "", 100, "", "", "", sources)
