# SPDX-License-Identifier: GPL-3.0-or-later
"""A second reader of format v1, written from FORMAT.md alone. It imports nothing of the product.

Slow and plain on purpose: HKDF from hmac, its own canonical JSON, no key page, whole files in
memory. It refuses all that the page refuses; whole folders are judged in store_referee.py.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import struct
import unicodedata
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

P = b"voicevault/1 "
SLOT = {"commit": 32, "id": 8, "nonce": 12, "wrapped": 48}
ESCAPES = {
    '"': '\\"',
    "\\": "\\\\",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
}


class Rejected(ValueError):
    """What the page calls the fault, and which record or segment shows it."""

    def __init__(self, error: str, why: str = "", place: int | None = None) -> None:
        super().__init__(f"{error} {place}: {why}")
        self.error = error
        self.place = place


def hkdf(ikm: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    prk = hmac.new(salt, ikm, hashlib.sha256).digest()
    out, block, counter = b"", b"", 1
    while len(out) < length:
        block = hmac.new(prk, block + info + bytes([counter]), hashlib.sha256).digest()
        out += block
        counter += 1
    return out[:length]


def unb64(text: Any, size: int) -> bytes:
    if not isinstance(text, str) or not re.fullmatch(r"[A-Za-z0-9_-]*", text, re.ASCII):
        raise ValueError("not base64")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(data) != size or base64.urlsafe_b64encode(data).decode().rstrip("=") != text:
        raise ValueError("not canonical base64")
    return data


def write_cj(value: Any, levels: int = 64) -> str:
    """Canonical JSON of a parsed value."""
    if levels < 0:
        raise ValueError("nested too deep")
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        if not -(2**53) < value < 2**53:
            raise ValueError("too large")
        return str(value)
    if isinstance(value, str):
        return '"' + "".join(map(_escaped, value)) + '"'
    if isinstance(value, list):
        return "[" + ",".join(write_cj(item, levels - 1) for item in value) + "]"
    if not isinstance(value, dict):
        raise ValueError("not whole")
    pairs = (write_cj(k) + ":" + write_cj(value[k], levels - 1) for k in sorted(value))
    return "{" + ",".join(pairs) + "}"


def read_cj(data: bytes, levels: int = 64) -> dict[str, Any]:
    """Raises ValueError for all but a canonical object."""
    try:
        value = json.loads(data.decode("utf-8"))
        again = write_cj(value, levels).encode("utf-8")
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(value, dict) or again != data:
        raise ValueError("not canonical")
    return value


def _escaped(c: str) -> str:
    return ESCAPES.get(c) or (f"\\u{ord(c):04x}" if c < " " else c)


def whole(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("not a whole number")
    return value


def exactly(value: Any, *names: str) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != set(names):
        raise ValueError(f"not {names}")
    return value


def read_header(data: bytes) -> tuple[dict[str, Any], bytes, str]:
    """(fields, body, MAC line) of one copy, without any key."""
    try:
        if len(data) > 65_536 or data.count(b"\n") != 3 or data[-1:] != b"\n":
            raise ValueError("not three lines")
        body, checksum, tag, _ = data.split(b"\n")
        if hashlib.sha256(body).hexdigest().encode() != checksum:
            raise ValueError("checksum")
        fields = read_cj(body)
        found = fields.get("format")
        if isinstance(found, str) and re.fullmatch(r"voicevault/[0-9]+", found, re.ASCII):
            if found != "voicevault/1":
                raise Rejected("NewerVersion", found)
        else:
            raise ValueError("format")
        _header_fields(fields)
        if not re.fullmatch(rb"[0-9a-f]{64}", tag):
            raise ValueError("MAC line")
    except Rejected:
        raise
    except ValueError as error:
        raise Rejected("HeaderDamaged", str(error)) from None
    return fields, body, tag.decode()


def _header_fields(fields: dict[str, Any]) -> None:
    exactly(fields, "created", "format", "generation", "slots", "vault_id")
    whole(fields["created"])
    whole(fields["generation"])
    unb64(fields["vault_id"], 16)
    slots = fields["slots"]
    if not isinstance(slots, list) or not 1 <= len(slots) <= 16:
        raise ValueError("slots")
    for slot in slots:
        exactly(slot, "kdf", "type", *SLOT)
        for name, size in SLOT.items():
            unb64(slot[name], size)
        if slot["type"] == "passphrase":
            kdf = exactly(slot["kdf"], "m", "name", "p", "salt", "t")
            for name in "mpt":
                whole(kdf[name])
        elif slot["type"] in ("recovery", "keychain", "fido2"):
            kdf = exactly(slot["kdf"], "name", "salt")
        else:
            raise ValueError("slot type")
        if kdf["name"] != ("argon2id" if "m" in kdf else "hkdf-sha256"):
            raise ValueError("kdf name")
        unb64(kdf["salt"], 16)
    if len({slot["id"] for slot in slots}) != len(slots):
        raise ValueError("slot ids")


@dataclass
class Walk:
    """(tag, operation, end) of each good record; where and why the walk stopped."""

    records: list[tuple[bytes, dict[str, Any], int]] = field(default_factory=list)
    end: int = 48
    trouble: str = ""


class Reader:
    """Opens the bytes of a vault with a passphrase or the recovery code's 20 bytes."""

    def __init__(
        self,
        header: bytes,
        passphrase: str | None = None,
        recovery: bytes | None = None,
        least: tuple[int, int, int] = (8, 1, 1),
    ) -> None:
        self.header, self.body, self.tag = read_header(header)
        self.vault_id = unb64(self.header["vault_id"], 16)
        self.master = self._master(passphrase, recovery, least)
        self.require_mac([self.tag])

    def require_mac(self, tags: list[str]) -> None:
        mac = hmac.new(self.key(b"header-mac"), self.body, hashlib.sha256).hexdigest()
        if mac not in tags:
            raise Rejected("VaultTampered", "header MAC")

    def _master(
        self, passphrase: str | None, recovery: bytes | None, least: tuple[int, int, int]
    ) -> bytes:
        wanted = "passphrase" if passphrase is not None else "recovery"
        slots = [slot for slot in self.header["slots"] if slot["type"] == wanted]
        for slot in slots:
            if wanted == "passphrase":
                m, t, p = (slot["kdf"][name] for name in "mtp")
                good = least[0] <= m <= 2_097_152 and least[1] <= t <= 64 and least[2] <= p <= 16
                if not good or m < 8 * p:
                    raise Rejected("KdfOutOfBounds")
        for slot in slots:
            slot_id, salt = unb64(slot["id"], 8), unb64(slot["kdf"]["salt"], 16)
            ikm = recovery or b""
            if passphrase is not None:
                m, t, p = (slot["kdf"][name] for name in "mtp")
                cost = {"iterations": t, "lanes": p, "memory_cost": m}
                ikm = Argon2id(salt=salt, length=32, **cost).derive(
                    unicodedata.normalize("NFC", passphrase).encode()
                )
            info = P + b"slot\0" + self.vault_id + slot_id + wanted.encode()
            okm = hkdf(ikm, salt, info, 64)
            if okm[32:] == unb64(slot["commit"], 32):
                aad = P + b"wrap\0" + self.vault_id + slot_id
                nonce, wrapped = unb64(slot["nonce"], 12), unb64(slot["wrapped"], 48)
                try:
                    return AESGCM(okm[:32]).decrypt(nonce, wrapped, aad)
                except InvalidTag:
                    raise Rejected("VaultTampered", "wrapped key") from None
        raise Rejected("WrongPassphrase" if wanted == "passphrase" else "WrongRecoveryCode")

    def key(self, label: bytes) -> bytes:
        return hkdf(self.master, self.vault_id, P + label, 32)

    def mark(self, data: bytes, label: bytes) -> dict[str, Any]:
        """HEAD (label head-mac) or an anchor (label anchor-mac). Raises ValueError."""
        body, tag, rest = data.split(b"\n")
        mac = hmac.new(self.key(label), body, hashlib.sha256).hexdigest()
        if rest or mac.encode() != tag:
            raise ValueError("mark")
        more = ("hgen", "time") if label == b"anchor-mac" else ()
        fields = exactly(read_cj(body), "count", "epoch", "seq", "tag", "vault_id", *more)
        for name in ("count", "epoch", "seq", *more):
            whole(fields[name])
        unb64(fields["tag"], 16)
        if unb64(fields["vault_id"], 16) != self.vault_id:
            raise ValueError("of another vault")
        return fields

    def records(self, segment: bytes) -> list[tuple[bytes, dict[str, Any]]]:
        """(tag, operation) of every record of a whole segment."""
        walk = self.walk(segment)
        if walk.trouble:
            raise Rejected("CatalogueDamaged", walk.trouble, len(walk.records))
        return [(tag, op) for tag, op, _ in walk.records]

    def walk(self, segment: bytes) -> Walk:
        """Records up to the first that is none. `trouble`: cut, zeros, length, seal, content."""
        walk = Walk()
        if len(segment) < 48 or segment[:8] != b"VVC1\0\1\0\0":
            raise Rejected("CatalogueDamaged", "segment header", 0)
        head, salt = segment[:16], segment[16:48]
        aead = AESGCM(hkdf(self.key(b"catalogue"), salt, P + b"cat\0" + self.vault_id + head, 32))
        previous = hashlib.sha256(segment[:48]).digest()[:16]
        while walk.end < len(segment) and not walk.trouble:
            rest = segment[walk.end :]
            length = int.from_bytes(rest[:4], "big")
            counted = struct.pack(">QI", len(walk.records), length)
            sealed = rest[20 : 8 + length]
            if len(rest) < 8:
                walk.trouble = "cut"
            elif (
                hashlib.sha256(previous + counted).digest()[:4] != rest[4:8]
                or not 28 + 256 <= length <= 1_048_576
            ):
                walk.trouble = "length" if rest.strip(b"\0") else "zeros"
            elif len(rest) < 8 + length:
                walk.trouble = "cut"
            else:
                try:
                    aad = P + b"rec\0" + counted + previous
                    op = _operation(aead.decrypt(rest[8:20], sealed, aad))
                    previous = sealed[-16:]
                    walk.end += 8 + length
                    walk.records.append((previous, op, walk.end))
                except InvalidTag:
                    walk.trouble = "seal-last" if len(rest) == 8 + length else "seal"
                except ValueError:
                    walk.trouble = "content"
        return walk

    def object(self, data: bytes, object_id: str) -> tuple[int, dict[str, Any], bytes]:
        """(kind, metadata, payload)."""
        if len(data) < 64 or data[:4] != b"VVO1" or data[5:9] != b"\0\0\1\x28":
            raise Rejected("ObjectDamaged", "frame")
        kind = data[4]
        salt, prefix, body = data[9:41], data[41:48], data[48:]
        associated = P + b"obj\0" + self.vault_id + bytes.fromhex(object_id)
        associated += bytes([kind]) + b"\0\1"
        aead = AESGCM(hkdf(self.key(b"object"), salt, associated, 32))
        segments = [body[: 65536 - 40]]
        segments += [body[i : i + 65536] for i in range(65536 - 40, len(body), 65536)]
        plain = b""
        for i, segment in enumerate(segments):
            nonce = prefix + struct.pack(">IB", i, i == len(segments) - 1)
            try:
                plain += aead.decrypt(nonce, segment, None)
            except InvalidTag:
                raise Rejected("ObjectDamaged", "segment", i) from None
        try:
            return kind, *_layout(plain)
        except ValueError as error:
            raise Rejected("ObjectDamaged", str(error)) from None


def _operation(plain: bytes) -> dict[str, Any]:
    size = int.from_bytes(plain[:4], "big")
    if len(plain) % 256 or not 0 <= len(plain) - 4 - size < 256 or plain[4 + size :].strip(b"\0"):
        raise ValueError("padding")
    return read_cj(plain[4 : 4 + size], 65)  # one level more than metadata


def _layout(plain: bytes) -> tuple[dict[str, Any], bytes]:
    if len(plain) < 512:
        raise ValueError("short")
    meta_size, size = struct.unpack(">IQ", plain[:12])
    used = 12 + meta_size + size
    if meta_size > 2**20 or len(plain) != _padme(max(used, 512)) or plain[used:].strip(b"\0"):
        raise ValueError("layout")
    return read_cj(plain[12 : 12 + meta_size]), plain[12 + meta_size : used]


def _padme(size: int) -> int:
    exponent = size.bit_length() - 1
    step = 1 << (exponent - exponent.bit_length())
    return -(-size // step) * step
