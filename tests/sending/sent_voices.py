# SPDX-License-Identifier: GPL-3.0-or-later
"""A small exported voice whose network is noise: its files and its signed manifest are real."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

from voicevault.consents.record import Stamp
from voicevault.export.info import VoiceInfo
from voicevault.export.ownership import make_manifest

NAME = "en_US-toy-medium"
KEY = bytes(range(32))
INFO = VoiceInfo(
    NAME,
    run="20260101-000000-tts_quick",
    recipe="tts_quick",
    base_sha256="ab" * 32,
    created="2026-01-01T00:00:00Z",
    seconds_of_speech=75,
    teachers=("xtts-v2 (CPML-1.0)",),
    commercial=False,
    consent=Stamp("own", "2026-01-01", "cd" * 32),
)


def exported(
    *, key: bytes | None = KEY, consent: bool = True, size: int = 3000
) -> dict[str, bytes]:
    """The files of an export."""
    files = {
        f"{NAME}.onnx": random.Random(5).randbytes(size),
        f"{NAME}.onnx.json": b"{}\n",
        "tokens.txt": b"_ 0\n" * 50,
        "lexicon.txt": b"hello || h \n" * 200,
        "MODEL_CARD": b"# card\n",
        "VOICE_CARD.md": b"# card\n",
    }
    return files | make_manifest(files, INFO if consent else replace(INFO, consent=None), key)


def write(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder
