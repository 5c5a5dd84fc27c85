# SPDX-License-Identifier: GPL-3.0-or-later
"""What the fuzz targets attack: one small vault, its keys, and the means to seal again by hand.

Sealing is written from FORMAT.md, with the second decoder's key derivation: bytes made here owe
nothing to the code they are fed to.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest import mock

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from store_box import ANCHORS, PASSPHRASE, ROOT, new_box
from store_decoder import Reader, hkdf
from store_memfs import MemFs

from encrypted_store import KdfParams, Kind, Vault, slots
from encrypted_store.paths import VaultPaths

P = b"voicevault/1 "
HEADERS = (ROOT / "vault.json", ROOT / "vault.json.2")
HEAD = ROOT / "HEAD"
LOG = ROOT / "cat" / "00000001.vvlog"
_real_argon2id = slots.argon2id
_shards = cache(VaultPaths.shards)


@dataclass(frozen=True)
class Ground:
    """A closed vault after a little of everything, and all that may be known about it."""

    files: MemFs
    reader: Reader
    ops: tuple[dict[str, Any], ...]
    sample: str
    """A small object."""
    long: str
    """An object of two segments."""
    payloads: dict[str, bytes]
    """Of every object that ever was."""
    versions: frozenset[tuple[str, str]]
    """Every (id, metadata) that was ever true."""
    code: str

    @property
    def anchor(self) -> Path:
        return ANCHORS / self.reader.vault_id.hex()

    def disk(self) -> MemFs:
        """A fresh copy, with randomness that is the same at every run."""
        disk = self.files.copy()
        disk.seed = "fuzz-run"
        return disk

    def object_path(self, object_id: str) -> Path:
        return ROOT / "obj" / object_id[:2] / f"{object_id}.vvo"

    def genuine(self, path: Path) -> bytes:
        return self.files.read(path)

    def mac(self, label: bytes, body: bytes) -> bytes:
        return hmac.new(self.reader.key(label), body, hashlib.sha256).hexdigest().encode()


@cache
def ground() -> Ground:
    box, vault = new_box("fuzz")
    small = vault.put(Kind.SAMPLE, b"one", {"n": 1})
    gone = vault.put(Kind.CONSENT, b"gone", {"text": "x", "list": [1, None, True]})
    vault.update(small, {"n": 2, "deep": {"a": {"b": []}}})
    big = vault.put(Kind.FEATURES, bytes(range(251)) * 263, {})
    vault.delete(gone)
    vault.close(compact=False)
    vault = box.open()
    vault.update(big, {"ms": 4200})
    vault.close(compact=False)
    reader = Reader(box.disk.read(HEADERS[0]), passphrase=PASSPHRASE)
    return Ground(
        files=box.disk,
        reader=reader,
        ops=tuple(op for _, op in reader.records(box.disk.read(LOG))),
        sample=small,
        long=big,
        payloads={small: b"one", gone: b"gone", big: bytes(range(251)) * 263},
        versions=frozenset(
            (object_id, repr(meta))
            for object_id, meta in (
                (small, {"n": 1}),
                (gone, {"list": [1, None, True], "text": "x"}),
                (small, {"deep": {"a": {"b": []}}, "n": 2}),
                (big, {}),
                (big, {"ms": 4200}),
            )
        ),
        code=box.code,
    )


@contextmanager
def quick() -> Iterator[None]:
    """Argon2id at its real cost only where that is nothing.

    Headers may ask for gigabytes and minutes within the format's bounds, and mutated ones do.
    What a fuzzer can find lies behind the derivation, not inside it.
    """

    def derive(secret: bytes, salt: bytes, params: KdfParams, out: memoryview) -> None:
        if params == KdfParams.for_tests():
            _real_argon2id(secret, salt, params, out)
        else:
            out[:] = hashlib.sha256(secret + salt + repr(params).encode()).digest()

    with (
        mock.patch.object(slots, "argon2id", derive),
        # Half of the time of an open in memory would go into making the same 256 names.
        mock.patch.object(VaultPaths, "shards", _shards),
    ):
        yield


def open_vault(disk: MemFs, **options: Any) -> Vault:
    options.setdefault("passphrase", PASSPHRASE)
    with quick():
        return Vault.open(ROOT, anchors=ANCHORS, io=disk, min_kdf=KdfParams.for_tests(), **options)


def segment_header(epoch: int) -> bytes:
    return b"VVC1\0\1\0\0" + struct.pack(">Q", epoch) + hashlib.sha256(b"salt").digest()


def seal_segment(found: Ground, header: bytes, plains: list[bytes]) -> tuple[bytes, list[bytes]]:
    """A segment whose records hold exactly these plaintexts, and the tag of each."""
    info = P + b"cat\0" + found.reader.vault_id + header[:16]
    aead = AESGCM(hkdf(found.reader.key(b"catalogue"), header[16:48], info, 32))
    data, previous, tags = header, hashlib.sha256(header).digest()[:16], []
    for seq, plain in enumerate(plains):
        counted = struct.pack(">QI", seq, 28 + len(plain))
        nonce = hashlib.sha256(b"nonce" + previous + plain).digest()[:12]
        sealed = aead.encrypt(nonce, plain, P + b"rec\0" + counted + previous)
        check = hashlib.sha256(previous + counted).digest()[:4]
        data += counted[8:] + check + nonce + sealed
        previous = sealed[-16:]
        tags.append(previous)
    return data, tags


def seal_object(found: Ground, object_id: str, kind: int, plain: bytes) -> bytes:
    """An object file with this plaintext, under its rightful key."""
    salt = hashlib.sha256(plain).digest()
    prefix = salt[:7]
    frame = b"VVO1" + bytes([kind]) + b"\0\0\1"
    tail = bytes([kind]) + b"\0\1"
    associated = P + b"obj\0" + found.reader.vault_id + bytes.fromhex(object_id) + tail
    aead = AESGCM(hkdf(found.reader.key(b"object"), salt, associated, 32))
    cuts = [0, *range(65_480, len(plain), 65_520), len(plain)]
    parts = [plain[a:b] for a, b in pairwise(cuts)]
    return (frame + bytes([40]) + salt + prefix) + b"".join(
        aead.encrypt(prefix + struct.pack(">IB", i, i == len(parts) - 1), part, None)
        for i, part in enumerate(parts)
    )
