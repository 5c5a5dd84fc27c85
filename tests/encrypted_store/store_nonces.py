# SPDX-License-Identifier: GPL-3.0-or-later
"""Sees every encryption of the package: no (key, nonce) pair may ever come twice."""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from cryptography.hazmat.primitives.ciphers import aead

Buffer = bytes | bytearray | memoryview


class NonceRepeated(AssertionError):
    """The end of GCM's secrecy."""


class Recorder:
    """The pairs of one history: one machine's randomness, however often its vault goes back."""

    def __init__(self) -> None:
        self.seen: dict[tuple[bytes, bytes], bytes] = {}
        self.pairs: Counter[str] = Counter()
        """By the module whose cipher it was."""

    def note(self, place: str, key: bytes, nonce: bytes, content: bytes) -> None:
        """Repeats are refused even with the same content: no writer here has a use for one."""
        pair = (hashlib.sha256(key).digest(), nonce)
        if pair in self.seen:
            same = "the same" if self.seen[pair] == content else "other"
            raise NonceRepeated(f"{place}: nonce {nonce.hex()} again under one key, {same} content")
        self.seen[pair] = content
        self.pairs[place] += 1


@contextmanager
def watching(recorder: Recorder) -> Iterator[None]:
    """Put a recording cipher in the place of AESGCM wherever the package names it."""
    with ExitStack() as stack:
        for name, module in list(sys.modules.items()):
            if name.split(".")[0] == "encrypted_store" and hasattr(module, "AESGCM"):
                stack.enter_context(mock.patch.object(module, "AESGCM", _recording(name, recorder)))
        yield


def _recording(place: str, recorder: Recorder) -> type:
    class Recording:
        def __init__(self, key: Buffer) -> None:
            self._key = key  # not a copy: the real one reads it at each use as well
            self._real = aead.AESGCM(key)  # type: ignore[arg-type]

        def encrypt(self, nonce: bytes, data: Buffer, associated: Buffer | None) -> bytes:
            content = hashlib.sha256(bytes(data) + b"|" + bytes(associated or b"")).digest()
            recorder.note(place, bytes(self._key), bytes(nonce), content)
            return self._real.encrypt(nonce, data, associated)

        def __getattr__(self, name: str) -> Any:
            if name not in ("decrypt", "decrypt_into"):
                raise AssertionError(f"an unwatched way to encrypt: {name}")
            return getattr(self._real, name)

    return Recording
