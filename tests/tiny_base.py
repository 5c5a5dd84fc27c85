# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped base with a tiny recogniser in it, in a folder that stands in for the real one."""

import hashlib
import json
import shutil
import types
from dataclasses import asdict
from importlib import resources
from pathlib import Path

import pytest
import tiny_recogniser

from voicevault.export.ctc import recogniser_int8
from voicevault.runtime import base_files
from voicevault.runtime.recognise import MODEL, TOKENS, WORDS

CALIBRATION = [0.5, 0.25, 0.125]


def lay_out(folder: Path, *, recogniser: bool = True) -> None:
    """Copy the shipped base; put a tiny recogniser without word pairs in, or leave it out."""
    shipped = Path(str(resources.files("voicevault.base")))
    index = json.loads((shipped / base_files.INDEX).read_text("utf-8"))
    for name in (MODEL, TOKENS, WORDS):
        index["sha256"].pop(name, None)
    for name in index["sha256"]:
        shutil.copyfile(shipped / name, folder / name)
    if recogniser:
        files = {
            MODEL: recogniser_int8(tiny_recogniser.network()),
            TOKENS: tiny_recogniser.PIECES.tokens_txt().encode(),
        }
        for name, data in files.items():
            (folder / name).write_bytes(data)
            index["sha256"][name] = hashlib.sha256(data).hexdigest()
        index["recogniser"] = {
            "calibration": CALIBRATION,
            "network": asdict(tiny_recogniser.CONFIG),
        }
    (folder / base_files.INDEX).write_text(json.dumps(index), "utf-8")


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everything in this process read ``folder`` as the base."""
    there = types.SimpleNamespace(files=lambda package: folder)
    monkeypatch.setattr(base_files, "resources", there)
