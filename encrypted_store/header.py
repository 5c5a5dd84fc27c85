# SPDX-License-Identifier: GPL-3.0-or-later
"""The header: which vault this is and which secrets open it, in two identical copies.

    canonical JSON \\n hex SHA-256 \\n hex HMAC-SHA256 \\n

The plain hash finds bit rot without any key; the keyed one finds an edit that fixed the hash.
Together they tell a wrong passphrase from a damaged header from a forged one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from encrypted_store import canon
from encrypted_store.errors import HeaderDamaged, NewerVersion, NotAVault
from encrypted_store.fsio import Fsio, read_file
from encrypted_store.kdf import KdfParams
from encrypted_store.keys import KeyName, KeyPage
from encrypted_store.paths import FORMAT, VaultPaths

MAX_SIZE = 65_536
MAX_SLOTS = 16
SLOT_TYPES = ("passphrase", "recovery", "keychain", "fido2")
_HEX = re.compile(rb"[0-9a-f]{64}")
_OUR_FORMATS = re.compile(r"voicevault/\d{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Slot:
    """One way to the master key: a secret's salt and cost, a commitment, the wrapped key."""

    id: bytes
    type: str
    kdf: KdfParams | None
    """Argon2id cost for a passphrase; None: HKDF, for secrets that are random already."""
    salt: bytes
    commit: bytes
    nonce: bytes
    wrapped: bytes

    def to_json(self) -> dict[str, Any]:
        kdf: dict[str, Any] = {"name": "hkdf-sha256", "salt": canon.b64(self.salt)}
        if self.kdf is not None:
            kdf |= {"name": "argon2id", "m": self.kdf.m_kib, "t": self.kdf.t, "p": self.kdf.p}
        return {
            "id": canon.b64(self.id),
            "type": self.type,
            "kdf": kdf,
            "commit": canon.b64(self.commit),
            "nonce": canon.b64(self.nonce),
            "wrapped": canon.b64(self.wrapped),
        }

    @classmethod
    def from_json(cls, data: Any) -> Slot:
        """Raises NotCanonical for any other shape. Bounds of the cost are not judged here."""
        slot = _fields(data, "id", "type", "kdf", "commit", "nonce", "wrapped")
        if slot["type"] not in SLOT_TYPES:
            raise canon.NotCanonical("unknown slot type")
        params = None
        if slot["type"] == "passphrase":
            kdf = _fields(slot["kdf"], "name", "m", "t", "p", "salt")
            params = KdfParams(_uint(kdf["m"]), _uint(kdf["t"]), _uint(kdf["p"]))
        else:
            kdf = _fields(slot["kdf"], "name", "salt")
        if kdf["name"] != ("argon2id" if params else "hkdf-sha256"):
            raise canon.NotCanonical("the slot's key derivation does not suit its type")
        return cls(
            id=canon.unb64(slot["id"], 8),
            type=slot["type"],
            kdf=params,
            salt=canon.unb64(kdf["salt"], 16),
            commit=canon.unb64(slot["commit"], 32),
            nonce=canon.unb64(slot["nonce"], 12),
            wrapped=canon.unb64(slot["wrapped"], 48),
        )


@dataclass(frozen=True, slots=True)
class Header:
    """The signed facts about a vault."""

    vault_id: bytes
    created_s: int
    generation: int
    """Grows with every slot change; the anchor remembers it."""
    slots: tuple[Slot, ...]

    def body(self) -> bytes:
        return canon.encode(
            {
                "created": self.created_s,
                "format": FORMAT,
                "generation": self.generation,
                "slots": [slot.to_json() for slot in self.slots],
                "vault_id": canon.b64(self.vault_id),
            }
        )

    def encode(self, keys: KeyPage) -> bytes:
        body = self.body()
        tag = keys.mac(KeyName.HEADER_MAC, body)
        lines = (body, _hex(hashlib.sha256(body).digest()), _hex(tag))
        return b"".join(line + b"\n" for line in lines)


@dataclass(frozen=True, slots=True)
class HeaderCopy:
    """A copy whose checksum and schema hold. Its MAC waits for the key."""

    header: Header
    body: bytes
    tag: bytes


def decode(data: bytes) -> HeaderCopy:
    """One copy of the header.

    Raises:
        HeaderDamaged: checksum, layout or schema.
        NewerVersion: whole, and of another format version. Tested before the schema, and long
            before any key derivation.
    """
    lines = data.split(b"\n")
    if len(data) > MAX_SIZE or len(lines) != 4 or lines[3]:
        raise HeaderDamaged("the header is not three lines within 64 KiB")
    body, checksum, tag = lines[:3]
    if _hex(hashlib.sha256(body).digest()) != checksum:
        raise HeaderDamaged("the header does not match its checksum")
    try:
        fields = canon.decode(body)
        _check_format(fields)
        if not _HEX.fullmatch(tag):
            raise canon.NotCanonical("the MAC line is malformed")
        return HeaderCopy(_header_of(fields), body, bytes.fromhex(tag.decode("ascii")))
    except canon.NotCanonical as error:
        raise HeaderDamaged(f"the header is malformed: {error}") from error


@dataclass(frozen=True, slots=True)
class HeaderFiles:
    """Both copies as found: the best one, and what it takes to make the other equal."""

    best: HeaderCopy
    copies: tuple[HeaderCopy | None, HeaderCopy | None]

    def genuine(self, keys: KeyPage) -> HeaderCopy | None:
        """The best body with a right MAC. Rot in one copy's MAC line alone is not tampering."""
        for copy in self.copies:
            if copy is None or copy.body != self.best.body:
                continue
            if keys.mac_ok(KeyName.HEADER_MAC, copy.body, copy.tag):
                return copy
        return None

    def stale(self, genuine: HeaderCopy) -> list[int]:
        """Which copies differ from the genuine one."""
        return [i for i, copy in enumerate(self.copies) if copy != genuine]


def read_headers(io: Fsio, paths: VaultPaths) -> HeaderFiles:
    """Read both copies and choose the highest generation.

    Raises:
        NotAVault, NewerVersion, HeaderDamaged.
    """
    found: list[HeaderCopy | None] = []
    problems: list[HeaderDamaged] = []
    for path in paths.headers:
        try:
            found.append(decode(read_file(io, path, MAX_SIZE)))
        except FileNotFoundError:
            found.append(None)
        except HeaderDamaged as error:
            found.append(None)
            problems.append(error)
    valid = [copy for copy in found if copy is not None]
    if not valid:
        if problems:
            raise problems[0]
        raise NotAVault(f"no vault in {paths.root}")
    best = max(valid, key=lambda copy: copy.header.generation)  # the first on a tie
    return HeaderFiles(best, (found[0], found[1]))


def _check_format(fields: Mapping[str, Any]) -> None:
    found = fields.get("format")
    if found == FORMAT:
        return
    if isinstance(found, str) and _OUR_FORMATS.fullmatch(found):
        raise NewerVersion(f"this vault has the format {found}, known is {FORMAT}", found=found)
    raise canon.NotCanonical("no known format")


def _header_of(fields: Mapping[str, Any]) -> Header:
    fields = _fields(fields, "created", "format", "generation", "slots", "vault_id")
    slots = fields["slots"]
    if not isinstance(slots, list) or not 1 <= len(slots) <= MAX_SLOTS:
        raise canon.NotCanonical(f"1 to {MAX_SLOTS} slots are valid")
    decoded = tuple(Slot.from_json(slot) for slot in slots)
    if len({slot.id for slot in decoded}) != len(decoded):
        raise canon.NotCanonical("two slots share an id")
    return Header(
        vault_id=canon.unb64(fields["vault_id"], 16),
        created_s=_uint(fields["created"]),
        generation=_uint(fields["generation"]),
        slots=decoded,
    )


def _fields(data: Any, *names: str) -> Mapping[str, Any]:
    if not isinstance(data, dict) or data.keys() != set(names):
        raise canon.NotCanonical(f"expected exactly the fields {', '.join(names)}")
    return data


def _uint(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise canon.NotCanonical("expected a whole number")
    return value


def _hex(digest: bytes) -> bytes:
    return digest.hex().encode("ascii")
