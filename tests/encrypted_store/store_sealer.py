# SPDX-License-Identifier: GPL-3.0-or-later
"""A second writer of format v1, for bytes with right keys and wrong content. No product imports.

All randomness is SHAKE-256 of a label, so that the same call always gives the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import struct
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from store_decoder import P, hkdf

Json = dict[str, Any]
PASSPHRASE = "correct horse"
TIME = 1_700_000_000
FIRST, NEXT = 65_480, 65_520


def rnd(label: str, size: int) -> bytes:
    return hashlib.shake_256(f"voicevault/1 vectors: {label}".encode()).digest(size)


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def cj(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def padme(size: int) -> int:
    size = max(size, 512)
    exponent = size.bit_length() - 1
    step = 1 << (exponent - exponent.bit_length())
    return -(-size // step) * step


VAULT_ID, MASTER, RECOVERY = rnd("vault id", 16), rnd("master key", 32), rnd("recovery", 20)


def key(label: bytes, vault_id: bytes = VAULT_ID) -> bytes:
    return hkdf(MASTER, vault_id, P + label, 32)


# header


def slot(
    type_: str, label: str, m: int = 64, t: int = 1, p: int = 1, secret: bytes = b"", **change: Any
) -> Json:
    """A slot that opens, unless its cost cannot be computed; `change` replaces fields after."""
    slot_id, salt = rnd(f"{label} slot id", 8), rnd(f"{label} salt", 16)
    kdf: Json = {"name": "hkdf-sha256", "salt": b64(salt)}
    ikm = secret or RECOVERY
    if type_ == "passphrase":
        kdf = {"name": "argon2id", "salt": b64(salt), "m": m, "t": t, "p": p}
        ikm = rnd(f"{label} not computable", 32)
        if 8 * p <= m <= 65_536 and 1 <= t <= 4 and 1 <= p <= 16:
            cost = {"iterations": t, "lanes": p, "memory_cost": m}
            word = secret or PASSPHRASE.encode()
            ikm = Argon2id(salt=salt, length=32, **cost).derive(word)
    okm = hkdf(ikm, salt, P + b"slot\0" + VAULT_ID + slot_id + type_.encode(), 64)
    nonce = rnd(f"{label} nonce", 12)
    wrapped = AESGCM(okm[:32]).encrypt(nonce, MASTER, P + b"wrap\0" + VAULT_ID + slot_id)
    made = {
        "commit": b64(okm[32:]), "id": b64(slot_id), "kdf": kdf, "nonce": b64(nonce),
        "type": type_, "wrapped": b64(wrapped),
    }  # fmt: skip
    return made | change


def header_body(**change: Any) -> Json:
    return {
        "created": TIME,
        "format": "voicevault/1",
        "generation": 1,
        "slots": [slot("passphrase", "first"), slot("recovery", "second")],
        "vault_id": b64(VAULT_ID),
    } | change


def header(body: Json | bytes, mac_key: bytes | None = None) -> bytes:
    raw = body if isinstance(body, bytes) else cj(body)
    mac = hmac.new(mac_key or key(b"header-mac"), raw, hashlib.sha256).hexdigest()
    return b"%s\n%s\n%s\n" % (raw, hashlib.sha256(raw).hexdigest().encode(), mac.encode())


# HEAD and anchor


def mark(label: bytes, fields: Json | bytes) -> bytes:
    raw = fields if isinstance(fields, bytes) else cj(fields)
    mac = hmac.new(key(label), raw, hashlib.sha256).hexdigest()
    return b"%s\n%s\n" % (raw, mac.encode())


def mark_fields(epoch: int, seq: int, tag: bytes, count: int) -> Json:
    return {
        "count": count, "epoch": epoch, "seq": seq, "tag": b64(tag), "vault_id": b64(VAULT_ID),
    }  # fmt: skip


# catalogue


def segment_header(epoch: int = 1, start: bytes = b"VVC1\0\1\0\0") -> bytes:
    return start + struct.pack(">Q", epoch) + rnd(f"segment salt {epoch}", 32)


def plain_record(op: Json | bytes) -> bytes:
    """The plaintext of a record; bytes are a body that may be anything but canonical."""
    body = op if isinstance(op, bytes) else cj(op)
    plain = struct.pack(">I", len(body)) + body
    return plain + bytes(-len(plain) % 256)


class Segment:
    """Records sealed one after another, each as wrong as it is asked to be."""

    def __init__(self, start: bytes, vault_id: bytes = VAULT_ID) -> None:
        info = P + b"cat\0" + vault_id + start[:16]
        self._aead = AESGCM(hkdf(key(b"catalogue", vault_id), start[16:], info, 32))
        self.parts = [start]
        self.tag = hashlib.sha256(start).digest()[:16]

    @property
    def data(self) -> bytes:
        return b"".join(self.parts)

    @property
    def seq(self) -> int:
        return len(self.parts) - 2

    def add(self, op: Json | bytes) -> Segment:
        return self.seal(plain_record(op))

    def seal(
        self,
        plain: bytes,
        *,
        number: int | None = None,
        previous: bytes | None = None,
        said: int | None = None,
        bound: int | None = None,
    ) -> Segment:
        """Append a plaintext: under another number, link or length if told to."""
        seq, length = len(self.parts) - 1, 28 + len(plain)
        shown, link = length if said is None else said, previous or self.tag
        check = hashlib.sha256(self.tag + struct.pack(">QI", seq, shown)).digest()[:4]
        named = seq if number is None else number
        aad = struct.pack(">QI", named, length if bound is None else bound)
        nonce = rnd(f"record {seq} {hashlib.sha256(plain + aad + link).hexdigest()}", 12)
        sealed = self._aead.encrypt(nonce, plain, P + b"rec\0" + aad + link)
        self.parts.append(struct.pack(">I", shown) + check + nonce + sealed)
        self.tag = sealed[-16:]
        return self


# objects


def layout(meta: bytes, payload: bytes, size: int = 0, fill: bytes = b"\0") -> bytes:
    plain = struct.pack(">IQ", len(meta), len(payload)) + meta + payload
    return plain + fill * ((size or padme(len(plain))) - len(plain))


def sealed_object(
    object_id: str,
    plain: bytes,
    *,
    kind: int = 1,
    bound_kind: int | None = None,
    version: int = 1,
    vault_id: bytes = VAULT_ID,
    root: bytes = b"object",
    start: int = 0,
    fresh: str = "",
    flags: dict[int, int] | None = None,
    prefixes: dict[int, bytes] | None = None,
) -> bytes:
    """An object's file. `flags`: another last-byte for a segment's nonce, `prefixes`: its start."""
    kind_in_key = kind if bound_kind is None else bound_kind
    label = fresh + hashlib.sha256(plain).hexdigest()
    salt, prefix = rnd(f"salt {object_id} {label}", 32), rnd(f"prefix {object_id} {label}", 7)
    associated = P + b"obj\0" + vault_id + bytes.fromhex(object_id)
    associated += struct.pack(">BH", kind_in_key, version)
    aead = AESGCM(hkdf(key(root), salt, associated, 32))
    pieces = [plain[:FIRST], *(plain[i : i + NEXT] for i in range(FIRST, len(plain), NEXT))]
    out = [b"VVO1", struct.pack(">BBH", kind, 0, 1), b"\x28", salt, prefix]
    for i, piece in enumerate(pieces):
        last = (flags or {}).get(i, int(i == len(pieces) - 1))
        nonce = (prefixes or {}).get(i, prefix) + struct.pack(">IB", start + i, last)
        out.append(aead.encrypt(nonce, piece, None))
    return b"".join(out)
