# SPDX-License-Identifier: GPL-3.0-or-later
"""The live segment's write end: append one record so that it is durable, or not there at all."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from encrypted_store import log
from encrypted_store.errors import ReadOnly
from encrypted_store.fsio import Fsio


class SegmentWriter:
    """Owns the open file of one segment. Nonces are random, never counted.

    A counter would start again at the same number after a torn tail was cut or a backup restored,
    and the next record would reuse a nonce under the same key: the end of GCM's secrecy.
    """

    def __init__(
        self, io: Fsio, fd: int | None, aead: AESGCM, *, next_seq: int, end: int, last_tag: bytes
    ) -> None:
        """`fd` is None in a session that only reads."""
        self._io = io
        self._fd = fd
        self._why = (
            "this vault is open for reading only"
            if fd is None
            else "an earlier write to the catalogue failed; nothing more is written"
        )
        self._aead: AESGCM | None = aead
        self.next_seq = next_seq
        self.end = end
        self.last_tag = last_tag

    @property
    def usable(self) -> bool:
        """False once an earlier failure ended writing for this session."""
        return self._fd is not None

    def require_usable(self) -> None:
        """Raises ReadOnly when nothing can be appended any more."""
        if not self.usable:
            raise ReadOnly(self._why)

    def append(self, op: Mapping[str, Any]) -> int:
        """Write one record and return its number. It is durable when this returns.

        A failed write is cut off again. A failed flush, or a failed cut, ends writing for this
        session: the file is in a state only a fresh `open` can judge.

        Raises:
            ReadOnly: an earlier failure ended writing.
            OSError: this record is not acknowledged.
        """
        self.require_usable()
        assert self._fd is not None
        assert self._aead is not None
        nonce = self._io.random(log.NONCE_SIZE)
        record = log.encode_record(self._aead, nonce, self.next_seq, self.last_tag, op)
        try:
            self._io.write_at(self._fd, self.end, record)
        except OSError:
            self._cut_back()
            raise
        try:
            self._io.durable(self._fd)
        except OSError:
            self.close()
            raise
        seq = self.next_seq
        self.next_seq += 1
        self.end += len(record)
        self.last_tag = record[-log.TAG_SIZE :]
        return seq

    def rewrite(self, offset: int, data: bytes) -> None:
        """Write good bytes again in their place, and make the file durable. Raises OSError."""
        assert self._fd is not None
        self._io.write_at(self._fd, offset, data)
        self._io.durable(self._fd)

    def cut_tail(self) -> None:
        """Remove what a crash left after the last good record. Raises OSError."""
        assert self._fd is not None
        self._io.truncate(self._fd, self.end)
        self._io.durable(self._fd)

    def forget_key(self) -> None:
        """Drop the cipher. Nothing can be appended after it."""
        self._aead = None

    def close(self) -> None:
        """Give up the file and the key. Safe to call twice."""
        self.forget_key()
        fd, self._fd = self._fd, None
        if fd is not None:
            with contextlib.suppress(OSError):  # everything acknowledged was flushed before
                self._io.close(fd)

    def _cut_back(self) -> None:
        assert self._fd is not None
        try:
            self._io.truncate(self._fd, self.end)
        except OSError:
            self.close()
