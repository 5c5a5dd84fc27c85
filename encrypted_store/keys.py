# SPDX-License-Identifier: GPL-3.0-or-later
"""The key page: one locked page of memory that holds every long-lived key of an open vault."""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import sys
from enum import IntEnum

from cryptography.hazmat.primitives.constant_time import bytes_eq
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from encrypted_store.errors import VaultLocked
from encrypted_store.kdf import hkdf
from encrypted_store.paths import PREFIX

KEY_SIZE = 32
_PAGE = 4096
_MADV_WIPEONFORK = 18  # linux/mman.h; Python has no name for it


class KeyName(IntEnum):
    """Place of a key in the page. SLOT takes two places (64 bytes: KEK and commitment)."""

    MASTER = 0
    HEADER_MAC = 1
    OBJECT = 2
    CATALOGUE = 3
    HEAD_MAC = 4
    ANCHOR_MAC = 5
    DEDUP = 6
    SEGMENT = 7
    STRETCHED = 8
    SLOT = 9
    SINGLE = 11
    """The key of the one object being read or written."""
    NEXT_SEGMENT = 12
    """While a compaction writes: the open segment's cipher reads SEGMENT until it is done."""


_LABELS = {
    KeyName.HEADER_MAC: b"header-mac",
    KeyName.OBJECT: b"object",
    KeyName.CATALOGUE: b"catalogue",
    KeyName.HEAD_MAC: b"head-mac",
    KeyName.ANCHOR_MAC: b"anchor-mac",
    KeyName.DEDUP: b"dedup",
}


class KeyPage:
    """Keys where they can be wiped: private, locked, kept out of core dumps and forks.

    Each protection is used where the system has it and skipped where it has not; `protections`
    says which hold. Not its job: keys inside OpenSSL contexts (wiped by OpenSSL when freed) and
    the caller's passphrase string (Python cannot wipe a str).
    """

    def __init__(self) -> None:
        if sys.platform == "win32":  # pragma: no cover  runs on Windows only
            self._map = mmap.mmap(-1, _PAGE)
        else:
            # MAP_SHARED, Python's default for -1, would refuse WIPEONFORK.
            flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
            self._map = mmap.mmap(-1, _PAGE, flags=flags)
        self._closed = False
        self.protections = frozenset(self._protect())

    def view(self, name: KeyName) -> memoryview:
        """The key's own bytes, writable. Release it soon: an open view keeps the page mapped.

        Raises:
            VaultLocked: after `close`.
        """
        if self._closed:
            raise VaultLocked("the vault is closed")  # its page is zeros, a key everybody knows
        size = 2 * KEY_SIZE if name is KeyName.SLOT else KEY_SIZE
        start = name * KEY_SIZE
        return memoryview(self._map)[start : start + size]

    def wipe(self, name: KeyName) -> None:
        view = self.view(name)
        view[:] = bytes(len(view))

    def derive_from_master(self, vault_id: bytes) -> None:
        """Fill the six working keys from MASTER, which the caller wipes."""
        for name, label in _LABELS.items():
            hkdf(self.view(KeyName.MASTER), vault_id, PREFIX + label, self.view(name))

    def mac(self, name: KeyName, data: bytes) -> bytes:
        """HMAC-SHA256. Not the standard library's: it wants the key as an immortal bytes."""
        function = HMAC(self.view(name), SHA256())
        function.update(data)
        return function.finalize()

    def mac_ok(self, name: KeyName, data: bytes, tag: bytes) -> bool:
        return bytes_eq(self.mac(name, data), tag)

    def close(self) -> None:
        """Overwrite the page with zeros and give it back."""
        if self._closed:
            return
        self._closed = True
        self._map[:] = bytes(_PAGE)
        # BufferError: somebody still holds a view; what it shows is zeros.
        with contextlib.suppress(BufferError):
            self._map.close()

    def _protect(self) -> list[str]:
        done = ["mlock"] if self._lock_in_memory() else []
        if sys.platform == "linux":  # pragma: no branch  macOS and Windows have neither
            for name, advice in (
                ("dontdump", mmap.MADV_DONTDUMP),
                ("wipeonfork", _MADV_WIPEONFORK),
            ):
                try:
                    self._map.madvise(advice)
                    done.append(name)
                except OSError:
                    continue
        return done

    def _lock_in_memory(self) -> bool:
        anchor = ctypes.c_char.from_buffer(self._map)
        address = ctypes.c_void_p(ctypes.addressof(anchor))
        size = ctypes.c_size_t(_PAGE)
        try:
            if sys.platform == "win32":  # pragma: no cover  runs on Windows only
                return bool(ctypes.windll.kernel32.VirtualLock(address, size))
            else:
                return bool(ctypes.CDLL(None).mlock(address, size) == 0)
        except (AttributeError, OSError):
            return False
        finally:
            del anchor  # it would keep the page from being closed
