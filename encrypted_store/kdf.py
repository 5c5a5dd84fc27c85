# SPDX-License-Identifier: GPL-3.0-or-later
"""From a passphrase to key material: Argon2id parameters, their bounds and calibration; HKDF."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from encrypted_store import hostmemory
from encrypted_store.errors import KdfOutOfBounds, KdfTooExpensive, PassphraseInvalid

Buffer = bytes | bytearray | memoryview

MAX_M_KIB = 2 * 1024 * 1024
MAX_T = 64
MAX_P = 16
CALIBRATION_CAP_KIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class KdfParams:
    """Cost of one Argon2id run (RFC 9106, version 1.3)."""

    m_kib: int
    """Memory in KiB."""
    t: int
    """Passes over that memory."""
    p: int
    """Lanes, computed in parallel."""

    @classmethod
    def floor(cls) -> KdfParams:
        """The least the format accepts in a vault."""
        return cls(m_kib=65_536, t=1, p=1)

    @classmethod
    def for_tests(cls) -> KdfParams:
        """Instant and worthless. A vault made with it opens only with `min_kdf=` this value."""
        return cls(m_kib=64, t=1, p=1)

    @classmethod
    def calibrate(
        cls, measure: Callable[[KdfParams], float] | None = None, target_s: float = 0.5
    ) -> KdfParams:
        """Parameters that cost this machine between `target_s` and about twice that.

        Memory first, because it is what an attacker's hardware lacks: from 64 MiB, t=3, p=4,
        double the memory up to a quarter of the machine's (1 GiB at most), then add passes.

        Args:
            measure: seconds for one run; the default times two real ones and takes the shorter,
                because a busy machine must not make the vault cheap to guess at.
            target_s: lower end of the wanted time, in seconds.
        """
        cost_s = measure or (lambda params: min(seconds_for(params), seconds_for(params)))
        cap_kib = min(CALIBRATION_CAP_KIB, (hostmemory.total_bytes() or 2**31) // 4 // 1024)
        params = cls(m_kib=65_536, t=3, p=4)
        spent_s = cost_s(params)
        while spent_s < target_s and params.m_kib * 2 <= cap_kib:
            params = replace(params, m_kib=params.m_kib * 2)
            spent_s = cost_s(params)
        while spent_s < target_s and params.t < MAX_T:
            params = replace(params, t=params.t + 1)
            spent_s = cost_s(params)
        return params

    def check(self, minimum: KdfParams | None = None) -> None:
        """Refuse parameters outside the format's bounds, before any of them costs anything.

        Raises:
            KdfOutOfBounds: with the value and the valid range.
            KdfTooExpensive: when it would take more than three quarters of the free memory.
        """
        least = minimum or KdfParams.floor()
        for name, value, low, high in (
            ("m", self.m_kib, least.m_kib, MAX_M_KIB),
            ("t", self.t, least.t, MAX_T),
            ("p", self.p, least.p, MAX_P),
        ):
            if not low <= value <= high:
                raise KdfOutOfBounds(f"Argon2id {name} is {value}, valid are {low} to {high}")
        if self.m_kib < 8 * self.p:
            raise KdfOutOfBounds(f"Argon2id m is {self.m_kib} KiB, {self.p} lanes need 8 each")
        free = hostmemory.available_bytes()
        if free is not None and self.m_kib * 1024 > free * 3 // 4:
            raise KdfTooExpensive(
                f"unlocking needs {self.m_kib // 1024} MiB, {free // 2**20} MiB are free"
            )


def seconds_for(params: KdfParams) -> float:
    """Wall-clock seconds of one Argon2id run on this machine."""
    out = bytearray(32)
    start = time.perf_counter()
    argon2id(b"calibration", b"\0" * 16, params, out)
    return time.perf_counter() - start


def argon2id(secret: bytes, salt: bytes, params: KdfParams, out: bytearray | memoryview) -> None:
    """Fill `out` with Argon2id(secret, salt). Bounds are the caller's duty, see `check`."""
    function = Argon2id(
        salt=salt,
        length=len(out),
        iterations=params.t,
        lanes=params.p,
        memory_cost=params.m_kib,
    )
    try:
        function.derive_into(secret, out)
    except MemoryError as error:
        raise KdfTooExpensive(f"could not get {params.m_kib // 1024} MiB of memory") from error


def hkdf(ikm: Buffer, salt: bytes, info: bytes, out: bytearray | memoryview) -> None:
    """Fill `out` with HKDF-SHA256 (RFC 5869).

    Written into the caller's buffer because a `bytes` result could never be wiped.
    """
    HKDF(algorithm=SHA256(), length=len(out), salt=salt, info=info).derive_into(ikm, out)


def passphrase_bytes(passphrase: str) -> bytes:
    """UTF-8 of the NFC form, so that one phrase typed on two systems is the same secret.

    Raises:
        PassphraseInvalid: empty, or half a surrogate pair.
    """
    if not passphrase:
        raise PassphraseInvalid("the passphrase is empty")
    try:
        return unicodedata.normalize("NFC", passphrase).encode("utf-8")
    except UnicodeEncodeError as error:
        raise PassphraseInvalid("the passphrase holds half a surrogate pair") from error
