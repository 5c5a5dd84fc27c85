# SPDX-License-Identifier: GPL-3.0-or-later
"""Published answers through our own wrappers: HKDF, Argon2id, HMAC, AES-GCM and Ed25519.

The short ones are here. Wycheproof's files are read from `wycheproof/` in the folder that
VOICEVAULT_DATA names, and those tests are skipped without it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from encrypted_store.kdf import KdfParams, argon2id, hkdf
from encrypted_store.keys import KEY_SIZE, KeyName, KeyPage

BLOCK = 64  # of SHA-256


@pytest.fixture
def page() -> Iterator[KeyPage]:
    keys = KeyPage()
    yield keys
    keys.close()


def put_key(keys: KeyPage, name: KeyName, key: bytes) -> bool:
    """Place a key of any length as HMAC reads it: zeros follow, and long ones are hashed first."""
    if len(key) > BLOCK:
        key = hashlib.sha256(key).digest()
    if len(key) > KEY_SIZE:
        return False
    keys.view(name)[:] = key.ljust(KEY_SIZE, b"\0")
    return True


def span(first: int, last: int) -> bytes:
    return bytes(range(first, last + 1))


# HKDF: RFC 5869, appendices A.1 to A.3

HKDF_CASES = [
    (
        b"\x0b" * 22,
        span(0x00, 0x0C),
        span(0xF0, 0xF9),
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    ),
    (
        span(0x00, 0x4F),
        span(0x60, 0xAF),
        span(0xB0, 0xFF),
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c6"
        "5e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
    ),
    (
        b"\x0b" * 22,
        b"",
        b"",
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    ),
]


@pytest.mark.parametrize(("ikm", "salt", "info", "okm"), HKDF_CASES)
def test_hkdf_rfc_5869(ikm: bytes, salt: bytes, info: bytes, okm: str) -> None:
    for buffer in (bytearray(len(okm) // 2), memoryview(bytearray(len(okm) // 2))):
        hkdf(ikm, salt, info, buffer)
        assert bytes(buffer).hex() == okm


# Argon2id. RFC 9106's vector has a secret and associated data, which a vault has not: it is tried
# on the class below our wrapper. The wrapper itself gets those of the reference implementation.

ARGON2ID_CASES = [
    (256, 2, 1, "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"),
    (256, 2, 2, "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037"),
    (65_536, 2, 1, "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"),
]


@pytest.mark.parametrize(("m_kib", "t", "p", "tag"), ARGON2ID_CASES)
def test_argon2id_of_the_reference(page: KeyPage, m_kib: int, t: int, p: int, tag: str) -> None:
    out = page.view(KeyName.STRETCHED)
    argon2id(b"password", b"somesalt", KdfParams(m_kib, t, p), out)
    assert bytes(out).hex() == tag


def test_argon2id_rfc_9106() -> None:
    function = Argon2id(
        salt=b"\2" * 16,
        length=32,
        iterations=3,
        lanes=4,
        memory_cost=32,
        secret=b"\3" * 8,
        ad=b"\4" * 12,
    )
    found = function.derive(b"\1" * 32).hex()
    assert found == "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"


# HMAC: RFC 4231, cases 1 to 4, 6 and 7; case 5 is about cutting a tag, which we never do

HMAC_CASES = [
    (
        b"\x0b" * 20,
        b"Hi There",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    ),
    (
        b"Jefe",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    (
        b"\xaa" * 20,
        b"\xdd" * 50,
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
    ),
    (
        span(0x01, 0x19),
        b"\xcd" * 50,
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
    ),
    (
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
    (
        b"\xaa" * 131,
        b"This is a test using a larger than block-size key and a larger than block-size data. "
        b"The key needs to be hashed before being used by the HMAC algorithm.",
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ),
]


@pytest.mark.parametrize(("key", "data", "tag"), HMAC_CASES)
def test_hmac_rfc_4231(page: KeyPage, key: bytes, data: bytes, tag: str) -> None:
    assert put_key(page, KeyName.HEAD_MAC, key)
    right = bytes.fromhex(tag)
    assert page.mac(KeyName.HEAD_MAC, data) == right
    assert page.mac_ok(KeyName.HEAD_MAC, data, right)
    assert not page.mac_ok(KeyName.HEAD_MAC, data, right[:16])
    assert not page.mac_ok(KeyName.HEAD_MAC, data + b"\0", right)


# Ed25519: RFC 8032, section 7.1, test 1


def test_ed25519_rfc_8032() -> None:
    """The key pair and the signature that `voicevault.export.ownership` makes."""
    from voicevault.export.ownership import public_key

    private = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert public_key(private).hex() == public
    assert Ed25519PrivateKey.from_private_bytes(private).sign(b"").hex() == (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )


# Wycheproof


def wycheproof(name: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """(group, test) of one file; skips the calling test without the data."""
    path = Path(os.environ.get("VOICEVAULT_DATA", "")) / "wycheproof" / f"{name}_test.json"
    if "VOICEVAULT_DATA" not in os.environ or not path.exists():
        pytest.skip(f"VOICEVAULT_DATA names no folder with wycheproof/{name}_test.json")
    data = json.loads(path.read_text(encoding="utf-8"))
    tests = [(group, test) for group in data["testGroups"] for test in group["tests"]]
    assert len(tests) == data["numberOfTests"]
    return iter(tests)


def test_wycheproof_hkdf() -> None:
    counted: Counter[str] = Counter()
    for _, test in wycheproof("hkdf_sha256"):
        ikm, salt, info = (bytes.fromhex(test[name]) for name in ("ikm", "salt", "info"))
        out = bytearray(test["size"])
        if test["result"] == "invalid":
            with pytest.raises(ValueError):
                hkdf(ikm, salt, info, out)
        else:
            hkdf(ikm, salt, info, out)
            assert out.hex() == test["okm"], test["tcId"]
        counted[test["result"]] += 1
    assert counted == {"valid": 83, "invalid": 3}


def test_wycheproof_hmac(page: KeyPage) -> None:
    counted: Counter[str] = Counter()
    for _, test in wycheproof("hmac_sha256"):
        key, data, tag = (bytes.fromhex(test[name]) for name in ("key", "msg", "tag"))
        assert put_key(page, KeyName.ANCHOR_MAC, key)
        valid = test["result"] == "valid"
        assert (page.mac(KeyName.ANCHOR_MAC, data)[: len(tag)] == tag) == valid, test["tcId"]
        # What we compare is never a cut tag, not even a right one.
        assert page.mac_ok(KeyName.ANCHOR_MAC, data, tag) == (valid and len(tag) == 32)
        counted[test["result"]] += 1
    assert counted == {"valid": 66, "invalid": 108}


def test_wycheproof_aes_gcm(page: KeyPage) -> None:
    """The calls of records, slots and streams, with the key read from the page as they do."""
    counted: Counter[str] = Counter()
    for group, test in wycheproof("aes_gcm"):
        if (group["keySize"], group["ivSize"], group["tagSize"]) != (256, 96, 128):
            continue
        page.view(KeyName.SINGLE)[:] = bytes.fromhex(test["key"])
        aead = AESGCM(page.view(KeyName.SINGLE))
        nonce, extra, plain = (bytes.fromhex(test[name]) for name in ("iv", "aad", "msg"))
        sealed = bytes.fromhex(test["ct"] + test["tag"])
        out = memoryview(bytearray(len(sealed) - 16))
        if test["result"] == "valid":
            assert aead.encrypt(nonce, plain, extra) == sealed, test["tcId"]
            assert aead.decrypt(nonce, memoryview(sealed), extra) == plain
            aead.decrypt_into(nonce, sealed, extra, out)
            assert out == plain
        else:
            with pytest.raises(InvalidTag):
                aead.decrypt(nonce, sealed, extra)
            with pytest.raises(InvalidTag):
                aead.decrypt_into(nonce, sealed, extra, out)
        counted[test["result"]] += 1
    assert counted == {"valid": 39, "invalid": 27}


def test_wycheproof_ed25519() -> None:
    """The call with which `voicevault.export.ownership` judges a manifest's signature."""
    counted: Counter[str] = Counter()
    for group, test in wycheproof("ed25519"):
        public = bytes.fromhex(group["publicKey"]["pk"])
        data, signature = bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"])
        verifier = Ed25519PublicKey.from_public_bytes(public)
        if test["result"] == "valid":
            verifier.verify(signature, data)
        else:
            with pytest.raises(InvalidSignature):
                verifier.verify(signature, data)
        counted[test["result"]] += 1
    assert counted == {"valid": 88, "invalid": 63}
