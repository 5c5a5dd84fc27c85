# SPDX-License-Identifier: GPL-3.0-or-later
"""Header: bit rot heals, edits are told apart from rot, and no edit of any kind is accepted."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Any

import pytest
from store_box import ROOT, Box

from encrypted_store import (
    HeaderDamaged,
    KdfOutOfBounds,
    Kind,
    NewerVersion,
    VaultError,
    VaultTampered,
    WrongPassphrase,
)
from encrypted_store.canon import NotCanonical, decode, encode, unb64
from encrypted_store.header import decode as decode_header

ONE, TWO = ROOT / "vault.json", ROOT / "vault.json.2"
REFUSALS = (HeaderDamaged, VaultTampered, WrongPassphrase, NewerVersion, KdfOutOfBounds)


def rechecked(body: bytes, data: bytes) -> bytes:
    """The header with another body, its checksum made right, its MAC left as it was."""
    tag = data.split(b"\n")[2]
    return b"\n".join([body, hashlib.sha256(body).hexdigest().encode(), tag, b""])


def test_every_flipped_bit_is_seen_before_or_by_the_mac(box: Box) -> None:
    data = box.disk.read(ONE)
    mac_line = data.rindex(b"\n", 0, -1) + 1
    passed = []
    for bit in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        try:
            decode_header(bytes(flipped))
            passed.append(bit // 8)
        except HeaderDamaged:
            pass
    # Only hex digits of the MAC line can become other hex digits; the key judges those.
    assert passed
    assert all(mac_line <= place < len(data) - 1 for place in passed)
    for place in passed[::40]:
        flipped = bytearray(data)
        flipped[place] ^= 1
        disk = box.disk.copy()
        disk.write(ONE, bytes(flipped))
        disk.write(TWO, bytes(flipped))
        with pytest.raises((VaultTampered, HeaderDamaged)):
            box.open(disk)


@pytest.mark.parametrize("which", [ONE, TWO], ids=["first", "second"])
def test_a_damaged_copy_is_healed_from_the_other(box: Box, which: Any) -> None:
    with box.open() as vault:
        object_id = vault.put(Kind.SAMPLE, b"x", {})
    good = box.disk.read(ONE)
    for place in range(0, len(good), 37):
        flipped = bytearray(good)
        flipped[place] ^= 4
        disk = box.disk.copy()
        disk.write(which, bytes(flipped))
        with box.open(disk) as vault:
            assert vault.get(object_id) == b"x"
            assert [notice.code for notice in vault.notices] == ["header-healed"]
        assert disk.read(ONE) == disk.read(TWO) == good
    disk = box.disk.copy()
    disk.remove(which)
    box.open(disk).close()
    assert disk.read(ONE) == disk.read(TWO) == good


def test_both_copies_damaged(box: Box) -> None:
    good = box.disk.read(ONE)
    for cut in range(0, len(good), 41):
        for path in (ONE, TWO):
            box.disk.write(path, good[:cut])
        with pytest.raises(HeaderDamaged):
            box.open()
    for path in (ONE, TWO):
        box.disk.write(path, good + b"x" * 70_000)
    with pytest.raises(HeaderDamaged, match="64 KiB"):
        box.open()


@pytest.mark.parametrize(("size", "why"), [(65_536, "checksum"), (65_537, "64 KiB")])
def test_a_header_has_at_most_64_kib(size: int, why: str) -> None:
    tail = b"\n" + b"0" * 64 + b"\n" + b"0" * 64 + b"\n"
    with pytest.raises(HeaderDamaged, match=why):
        decode_header(b"x" * (size - len(tail)) + tail)


def test_an_edit_with_a_right_checksum_is_never_accepted(box: Box) -> None:
    """The checksum needs no key, so an attacker can fix it. Every byte of the body is tried."""
    data = box.disk.read(ONE)
    body = data.split(b"\n")[0]
    verdicts: Counter[str] = Counter()
    for place in range(len(body)):
        edited = bytearray(body)
        edited[place] ^= 1 if place % 2 else 2
        forged = rechecked(bytes(edited), data)
        box.disk.write(ONE, forged)
        box.disk.write(TWO, forged)
        try:
            box.open().close()
            verdicts["accepted"] += 1
        except REFUSALS as error:
            verdicts[error.code] += 1
    assert verdicts["accepted"] == 0
    assert verdicts["HeaderDamaged"] > 100
    assert verdicts["VaultTampered"] > 50
    assert verdicts["WrongPassphrase"] > 10  # salt or commitment: looks like one, inherently
    assert verdicts["NewerVersion"] >= 1


@pytest.mark.parametrize(
    "change",
    [
        lambda h: h.update(extra=1),
        lambda h: h.pop("created"),
        lambda h: h.update(slots=[]),
        lambda h: h.update(slots=h["slots"] * 9),
        lambda h: h.update(slots=[h["slots"][0]] * 2),
        lambda h: h.update(slots="no"),
        lambda h: h.update(slots=[None]),
        lambda h: h.update(created=-1),
        lambda h: h.update(created=True),
        lambda h: h.update(vault_id="AAAA"),
        lambda h: h.update(vault_id=3),
        lambda h: h.update(vault_id=h["vault_id"] + "=="),
        lambda h: h.update(format="other/1"),
        lambda h: h.update(format=7),
        lambda h: h["slots"][0].update(type="password"),
        lambda h: h["slots"][0].update(type="recovery"),
        lambda h: h["slots"][0].update(kdf={}),
        lambda h: h["slots"][0].update(kdf=None),
        lambda h: h["slots"][0]["kdf"].update(name="md5"),
        lambda h: h["slots"][0]["kdf"].update(m="64"),
        lambda h: h["slots"][0].pop("commit"),
        lambda h: h["slots"][1].update(wrapped="é" * 64),
    ],
)
def test_malformed_bodies_are_damage_not_crashes(box: Box, change: Any) -> None:
    data = box.disk.read(ONE)
    fields = json.loads(data.split(b"\n")[0])
    change(fields)
    forged = rechecked(encode(fields), data)
    for path in (ONE, TWO):
        box.disk.write(path, forged)
    with pytest.raises(HeaderDamaged):
        box.open()


def test_a_newer_format_is_left_alone(box: Box) -> None:
    data = box.disk.read(ONE)
    body = data.split(b"\n")[0].replace(b"voicevault/1", b"voicevault/2")
    for path in (ONE, TWO):
        box.disk.write(path, rechecked(body, data))
    before = box.disk.files()
    with pytest.raises(NewerVersion) as caught:
        box.open(passphrase="wrong as well")
    assert caught.value.found == "voicevault/2"
    after = box.disk.files()
    assert {path for path in after if after[path] != before[path]} <= {ROOT / "lock"}


def test_a_forged_newer_generation_is_tampering(box: Box) -> None:
    data = box.disk.read(ONE)
    body = data.split(b"\n")[0].replace(b'"generation":1', b'"generation":9')
    box.disk.write(TWO, rechecked(body, data))
    with pytest.raises(VaultTampered):
        box.open()


def test_a_downgraded_cost_does_not_open(box: Box) -> None:
    data = box.disk.read(ONE)
    body = data.split(b"\n")[0].replace(b'"m":64', b'"m":80')
    for path in (ONE, TWO):
        box.disk.write(path, rechecked(body, data))
    with pytest.raises(WrongPassphrase):
        box.open()


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":1}', b'{"b":1,"a":1}', b'{"a": 1}', b'{"a":1.0}', b'{"a":1e3}', b'{"a":-0}',
        b'{"a":NaN}', b'{"a":9007199254740992}', b'{"a":"\\u0041"}', b'{"a":"\\ud800"}',
        b'{"a":"\xff"}', b"[1]", b"1", b"", b"{", b'{"a":1}\n', b"\xef\xbb\xbf{}",
        b'{"a":' * 5000 + b"1" + b"}" * 5000, b'{"a":' + b"1" * 5000 + b"}",
    ],
)  # fmt: skip
def test_canonical_json_refuses(data: bytes) -> None:
    with pytest.raises(NotCanonical):
        decode(data)


def test_canonical_json_accepts() -> None:
    value = {"z": [1, -1, None, True], "a": {"ä": '\n"\\/\u2028🎙'}, "": 2**53 - 1}
    assert decode(encode(value)) == value


@pytest.mark.parametrize("text", ["AAA", "AA==", "AB", "A A", "AA\n", "é", "+/", "AAAA", 7, None])
def test_canonical_base64_refuses(text: Any) -> None:
    assert unb64("AA", 1) == b"\0"
    with pytest.raises(NotCanonical):
        unb64(text, 1)


def test_every_error_is_typed_and_explains_itself() -> None:
    def leaves(kind: type[VaultError]) -> list[type[VaultError]]:
        return [kind, *(leaf for child in kind.__subclasses__() for leaf in leaves(child))]

    kinds = leaves(VaultError)
    assert len({kind.code for kind in kinds}) == len(kinds) >= 25
    for kind in kinds[1:]:
        assert kind.code == kind.__name__
        assert kind.default_hint
        assert kind.__doc__
