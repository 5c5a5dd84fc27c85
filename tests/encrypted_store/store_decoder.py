# SPDX-License-Identifier: GPL-3.0-or-later
"""A second reader of format v1, written from FORMAT.md alone. It imports nothing of the product.

Slow and plain on purpose: HKDF from hmac, no key page, whole files in memory.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import struct
import unicodedata
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

P = b"voicevault/1 "


def hkdf(ikm: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    prk = hmac.new(salt, ikm, hashlib.sha256).digest()
    out, block, counter = b"", b"", 1
    while len(out) < length:
        block = hmac.new(prk, block + info + bytes([counter]), hashlib.sha256).digest()
        out += block
        counter += 1
    return out[:length]


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Reader:
    """Opens the bytes of a vault with a passphrase or the recovery code's 20 bytes."""

    def __init__(
        self, header: bytes, passphrase: str | None = None, recovery: bytes | None = None
    ) -> None:
        body, checksum, tag, rest = header.split(b"\n")
        assert rest == b""
        assert hashlib.sha256(body).hexdigest() == checksum.decode()
        self.header = json.loads(body)
        assert self.header["format"] == "voicevault/1"
        self.vault_id = unb64(self.header["vault_id"])
        self.master = self._master(passphrase, recovery)
        assert hmac.new(self.key(b"header-mac"), body, hashlib.sha256).hexdigest() == tag.decode()

    def _master(self, passphrase: str | None, recovery: bytes | None) -> bytes:
        wanted = "passphrase" if passphrase is not None else "recovery"
        slot = next(s for s in self.header["slots"] if s["type"] == wanted)
        kdf = slot["kdf"]
        salt, slot_id = unb64(kdf["salt"]), unb64(slot["id"])
        if passphrase is not None:
            ikm = Argon2id(
                salt=salt,
                length=32,
                iterations=kdf["t"],
                lanes=kdf["p"],
                memory_cost=kdf["m"],
            ).derive(unicodedata.normalize("NFC", passphrase).encode())
        else:
            assert recovery is not None
            ikm = recovery
        info = P + b"slot\0" + self.vault_id + slot_id + wanted.encode()
        okm = hkdf(ikm, salt, info, 64)
        assert okm[32:] == unb64(slot["commit"]), "commitment"
        aad = P + b"wrap\0" + self.vault_id + slot_id
        return AESGCM(okm[:32]).decrypt(unb64(slot["nonce"]), unb64(slot["wrapped"]), aad)

    def key(self, label: bytes) -> bytes:
        return hkdf(self.master, self.vault_id, P + label, 32)

    def mark(self, data: bytes, label: bytes) -> dict[str, Any]:
        """HEAD (label head-mac) or an anchor (label anchor-mac)."""
        body, tag, rest = data.split(b"\n")
        assert rest == b""
        assert hmac.new(self.key(label), body, hashlib.sha256).hexdigest() == tag.decode()
        fields: dict[str, Any] = json.loads(body)
        assert unb64(fields["vault_id"]) == self.vault_id
        return fields

    def records(self, segment: bytes) -> list[tuple[bytes, dict[str, Any]]]:
        """(tag, operation) of every record."""
        head, salt = segment[:16], segment[16:48]
        assert head[:8] == b"VVC1\0\1\0\0"
        key = hkdf(self.key(b"catalogue"), salt, P + b"cat\0" + self.vault_id + head, 32)
        previous = hashlib.sha256(segment[:48]).digest()[:16]
        at, seq, found = 48, 0, []
        while at < len(segment):
            (length,) = struct.unpack(">I", segment[at : at + 4])
            counted = struct.pack(">QI", seq, length)
            check = hashlib.sha256(previous + counted).digest()[:4]
            assert segment[at + 4 : at + 8] == check
            nonce, sealed = segment[at + 8 : at + 20], segment[at + 20 : at + 8 + length]
            plain = AESGCM(key).decrypt(nonce, sealed, P + b"rec\0" + counted + previous)
            assert len(plain) % 256 == 0
            (size,) = struct.unpack(">I", plain[:4])
            assert not plain[4 + size :].strip(b"\0")
            assert len(plain) - 4 - size < 256
            previous = sealed[-16:]
            found.append((previous, json.loads(plain[4 : 4 + size])))
            at += 8 + length
            seq += 1
        return found

    def object(self, data: bytes, object_id: str) -> tuple[int, dict[str, Any], bytes]:
        """(kind, metadata, payload)."""
        kind = data[4]
        assert data[:8] == b"VVO1" + bytes([kind]) + b"\0\0\1"
        assert data[8] == 40
        salt, prefix, body = data[9:41], data[41:48], data[48:]
        associated = P + b"obj\0" + self.vault_id + bytes.fromhex(object_id)
        associated += bytes([kind]) + b"\0\1"
        aead = AESGCM(hkdf(self.key(b"object"), salt, associated, 32))
        segments = [body[: 65536 - 40]]
        segments += [body[i : i + 65536] for i in range(65536 - 40, len(body), 65536)]
        plain = b"".join(
            aead.decrypt(prefix + struct.pack(">IB", i, i == len(segments) - 1), segment, None)
            for i, segment in enumerate(segments)
        )
        meta_size, size = struct.unpack(">IQ", plain[:12])
        used = 12 + meta_size + size
        assert not plain[used:].strip(b"\0")
        assert len(plain) == _padme(max(used, 512))
        return kind, json.loads(plain[12 : 12 + meta_size]), plain[12 + meta_size : used]


def _padme(size: int) -> int:
    exponent = size.bit_length() - 1
    step = 1 << (exponent - exponent.bit_length())
    return -(-size // step) * step
