# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks for known secrets in files: tens of thousands of needles at once, in many spellings.

A needle is found by eight of its bytes, looked up at every offset of a file in a hash table, so
that the time depends on the file and hardly on the number of needles.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

WINDOW = 64
"""Bytes of a window: sixteen float32 or 32 int16 samples are found in no other recording."""

_PREFIX = 8
_BITS = 22
_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # spreads neighbouring values over the table
_CHUNK = 32 << 20
_LONGEST = 4096

# Marks of formats, long enough not to turn up in ciphertext by chance: at least eight fixed bytes.
MAGIC = {
    "wav": rb"(?s)RIFF.{4}WAVE",
    "flac": rb"fLaC[\x00\x80]\x00\x00\x22",
    "ogg": rb"OggS\x00\x02\x00{8}",
    "safetensors": rb'"data_offsets":\s*\[|"dtype":\s*"(F32|F16|BF16|I8)"',
    "torch zip": rb"archive/data\.pkl|/\.data/serialization_id|torch\._utils",
    "onnx": rb"input_lengths|ConvTranspose|DequantizeLinear",
    "numpy": rb"\x93NUMPY[\x01-\x03]\x00..\{'descr'|PK\x03\x04.{26,90}\.npy",
    "page": rb"data:audio/|data:image/png;base64|<svg ",
}


class Scanner:
    """Needles with the kind of secret each stands for."""

    def __init__(self) -> None:
        self._needles: dict[bytes, dict[tuple[bytes, int], str]] = defaultdict(dict)
        self._table = np.zeros(1 << _BITS, bool)
        self._magic = [(f"magic {name}", re.compile(mark)) for name, mark in MAGIC.items()]
        self.counts: dict[str, int] = defaultdict(int)

    def add(self, kind: str, needle: bytes) -> None:
        """One byte string, as it is."""
        assert _PREFIX <= len(needle) <= _LONGEST, f"{kind}: a needle of {len(needle)} bytes"
        # Looked up by its most varied eight bytes: zeros would be met at every step.
        ends = range(min(len(needle), WINDOW) - _PREFIX + 1)
        at = max(ends, key=lambda start: len(set(needle[start : start + _PREFIX])))
        key = needle[at : at + _PREFIX]
        self._needles[key][needle, at] = kind
        self._table[_places(np.frombuffer(key, "<u8"))] = True
        self.counts[kind] += 1

    def add_encoded(self, kind: str, data: bytes) -> None:
        """Bytes, their hexadecimal digits, and what base64 makes of them wherever they begin."""
        self.add(kind, data)
        self.add(kind, data.hex().encode())
        self.add(kind, data.hex().upper().encode())
        for skip in range(3):
            whole = data[skip : skip + (len(data) - skip) // 3 * 3]
            self.add(kind, base64.b64encode(whole))
            self.add(kind, base64.urlsafe_b64encode(whole))

    def add_text(self, kind: str, text: str) -> None:
        """A text in the spellings a program would write it in."""
        for one in {text, text.lower(), text.upper()}:
            for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le"):
                self.add(kind, one.encode(encoding))
            self.add(kind, json.dumps(one)[1:-1].encode())
            self.add(kind, one.encode().hex().encode())
        for skip in range(3):
            data = text.encode()
            self.add(kind, base64.b64encode(data[skip : skip + (len(data) - skip) // 3 * 3]))

    def add_windows(self, kind: str, data: bytes, stride: int) -> None:
        """A window every `stride` bytes; one in eight is looked for in hex and base64 as well.

        Silence and padding are no secret: windows of few different bytes are left out.
        """
        taken = 0
        for start in range(0, len(data) - WINDOW + 1, stride):
            window = data[start : start + WINDOW]
            if len(set(window)) < 12:
                continue
            taken += 1
            if taken % 8 == 1:
                self.add_encoded(kind, window[:48])
            self.add(kind, window)

    def find(self, data: bytes) -> set[str]:
        """Kinds of everything found in `data`."""
        found = {name for name, mark in self._magic if mark.search(data)}
        for shift in range(_PREFIX):
            count = (len(data) - shift) // _PREFIX
            if count <= 0:
                break
            values = np.frombuffer(data, "<u8", count, shift)
            for place in np.flatnonzero(self._table[_places(values)]):
                start = shift + int(place) * _PREFIX
                known = self._needles.get(data[start : start + _PREFIX], {})
                for (needle, at), kind in known.items():
                    if kind not in found and start >= at and data.startswith(needle, start - at):
                        found.add(kind)
        return found

    def find_in_file(self, path: Path) -> set[str]:
        """Kinds found in a file or in its name; nothing where the file is gone or not ours."""
        found = self.find(os.fsencode(path))
        try:
            with path.open("rb") as file:
                tail = b""
                while chunk := file.read(_CHUNK):
                    found |= self.find(tail + chunk)
                    tail = chunk[-_LONGEST:]
        except OSError:
            return found
        return found


def _places(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    return (values * _FACTOR) >> np.uint64(64 - _BITS)


def regular_files(*roots: Path, without: Iterable[Path] = ()) -> Iterator[Path]:
    """Every regular file below `roots`; folders in `without` are not entered."""
    barred = {os.fspath(path) for path in without}
    for root in roots:
        for folder, folders, names in os.walk(root):
            folders[:] = [one for one in folders if os.path.join(folder, one) not in barred]
            for name in names:
                path = Path(folder, name)
                if path.is_file() and not path.is_symlink():
                    yield path


def leaks(scanner: Scanner, paths: Iterable[Path]) -> dict[str, list[str]]:
    """Files with what was found in them; empty when all are clean."""
    found = {str(path): sorted(scanner.find_in_file(path)) for path in paths}
    return {path: kinds for path, kinds in found.items() if kinds}
