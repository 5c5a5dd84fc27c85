# SPDX-License-Identifier: GPL-3.0-or-later
"""Passphrases, recovery codes, the cost of a guess, and keys that do not outlive the session."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from store_box import ANCHORS, PASSPHRASE, ROOT, Box, new_box
from store_memfs import MemFs
from test_store_access import FakeKeychain

from encrypted_store import (
    KdfOutOfBounds,
    KdfParams,
    KdfTooExpensive,
    KeychainUnavailable,
    Kind,
    RecoveryCodeMistyped,
    Vault,
    VaultLocked,
    WrongPassphrase,
    WrongRecoveryCode,
    hostmemory,
    kdf,
    recovery,
)
from encrypted_store.header import Header
from encrypted_store.kdf import argon2id, hkdf
from encrypted_store.keys import KeyName, KeyPage
from encrypted_store.slots import Secret, make_slot, unlock


def test_wrong_passphrase(box: Box) -> None:
    before = box.disk.files()
    for wrong in ("Correct horse", "correct horse ", "x", "correct hors\u0435"):
        with pytest.raises(WrongPassphrase) as caught:
            box.open(passphrase=wrong)
        assert wrong not in str(caught.value)
        assert caught.value.code == "WrongPassphrase"
        assert caught.value.hint
    changed = {path for path, data in box.disk.files().items() if before[path] != data}
    assert changed <= {ROOT / "lock"}


@pytest.mark.parametrize(
    ("made", "typed"),
    [
        ("caf\u00e9", "cafe\u0301"),  # composed, decomposed
        ("\u1e9b\u0323", "\u017f\u0323\u0307"),  # two marks in another order
        ("\uac00", "\u1100\u1161"),  # Hangul
        ("🎙\u200d \u00a0", "🎙\u200d \u00a0"),  # spaces and joiners are kept
    ],
)
def test_unicode_passphrases_open_however_they_were_typed(made: str, typed: str) -> None:
    disk = MemFs()
    Vault.create(ROOT, made, kdf=KdfParams.for_tests(), anchors=ANCHORS, io=disk)[0].close()
    Box(disk).open(passphrase=typed).close()


def test_compatibility_forms_are_different_passphrases() -> None:
    """NFC, not NFKC: folding ligatures would throw away what somebody chose on purpose."""
    disk = MemFs()
    Vault.create(ROOT, "ﬁsh", kdf=KdfParams.for_tests(), anchors=ANCHORS, io=disk)[0].close()
    with pytest.raises(WrongPassphrase):
        Box(disk).open(passphrase="fish")


def test_recovery_code_opens_however_it_is_written(box: Box) -> None:
    assert [len(group) for group in box.code.split("-")] == [4] * 9
    bare = box.code.replace("-", "")
    for text in (box.code, box.code.lower(), bare, bare.replace("1", "l").replace("0", "o")):
        box.open(recovery_code=text).close()
    # It needs no memory: no Argon2id bound applies to it.
    box.open(recovery_code=f"  {box.code}\n", min_kdf=None).close()


def test_every_single_typo_in_a_recovery_code_is_caught() -> None:
    secret = bytes(range(20))
    code = recovery.to_code(secret)
    assert recovery.from_code(code) == secret
    missed = 0
    for place, character in enumerate(code):
        if character == "-":
            continue
        for other in "0123456789ABCDEFGHJKMNPQRSTVWXYZ":
            if other != character:
                try:
                    recovery.from_code(code[:place] + other + code[place + 1 :])
                    missed += 1
                except RecoveryCodeMistyped:
                    pass
    assert missed == 0
    swapped = code[:2] + code[3] + code[2] + code[4:]
    assert swapped != code
    for wrong in (swapped, code[:-1], code + "A", code.replace("-", "")[:32], "U" + code[1:], ""):
        with pytest.raises(RecoveryCodeMistyped):
            recovery.from_code(wrong)


def test_recovery_code_of_another_vault(box: Box) -> None:
    other, vault = new_box()
    vault.close()
    with pytest.raises(WrongRecoveryCode):
        box.open(recovery_code=other.code)


@pytest.mark.parametrize(
    "params",
    [
        KdfParams(65_535, 1, 1),
        KdfParams(2**21 + 1, 1, 1),
        KdfParams(65_536, 0, 1),
        KdfParams(65_536, 65, 1),
        KdfParams(65_536, 1, 0),
        KdfParams(65_536, 1, 17),
    ],
)
def test_costs_out_of_bounds(params: KdfParams) -> None:
    with pytest.raises(KdfOutOfBounds, match="valid are"):
        params.check()
    with pytest.raises(KdfOutOfBounds):
        Vault.create(ROOT, "x", kdf=params, anchors=ANCHORS, io=MemFs())


def test_the_floor_itself_is_allowed() -> None:
    KdfParams(65_536, 1, 4).check()
    KdfParams.floor().check()


def test_a_cheap_vault_opens_only_on_explicit_demand(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[int] = []
    monkeypatch.setattr("encrypted_store.slots.argon2id", lambda *a: ran.append(1))
    with pytest.raises(KdfOutOfBounds):
        box.open(min_kdf=None)
    assert ran == []  # refused before anything was derived


def test_more_memory_than_the_machine_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hostmemory, "available_bytes", lambda: 80 * 2**20)
    with pytest.raises(KdfTooExpensive, match="64 MiB"):
        KdfParams(65_536, 1, 1).check()
    monkeypatch.setattr(hostmemory, "available_bytes", lambda: 90 * 2**20)
    KdfParams(65_536, 1, 1).check()


@pytest.mark.parametrize(
    ("speed_s_per_64mib_pass", "ram_gib", "expected"),
    [
        (0.045, 16, KdfParams(262_144, 3, 4)),  # 0.135 s at the start, as measured on a laptop
        (0.300, 16, KdfParams(65_536, 3, 4)),  # slow: never below the start
        (0.004, 2, KdfParams(524_288, 16, 4)),  # a quarter of 2 GiB, then passes
        (0.001, 64, KdfParams(1_048_576, 32, 4)),  # fast: 1 GiB is the cap
    ],
)
def test_calibration(
    speed_s_per_64mib_pass: float,
    ram_gib: int,
    expected: KdfParams,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hostmemory, "total_bytes", lambda: ram_gib * 2**30)

    def cost_s(params: KdfParams) -> float:
        return speed_s_per_64mib_pass * params.t * params.m_kib / 65_536

    found = KdfParams.calibrate(cost_s)
    assert found == expected
    assert cost_s(found) >= 0.5
    found.check()


def test_a_busy_moment_does_not_make_the_vault_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each cost is timed twice and the shorter time counts."""
    runs = 0

    def seconds(params: KdfParams) -> float:
        nonlocal runs
        runs += 1
        honest = params.m_kib / 65_536 * 0.2
        return honest if runs % 2 else honest + 5

    monkeypatch.setattr(kdf, "seconds_for", seconds)
    monkeypatch.setattr(hostmemory, "total_bytes", lambda: 64 * 2**30)
    assert KdfParams.calibrate() == KdfParams(262_144, 3, 4)


def test_argon2id_and_hkdf_are_the_published_ones() -> None:
    """Argon2 reference implementation (v1.3, t=2 m=64 MiB p=1), RFC 5869 test case 1."""
    out = bytearray(32)
    argon2id(b"password", b"somesalt", KdfParams(65_536, 2, 1), out)
    assert out.hex() == "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"
    okm = bytearray(42)
    hkdf(b"\x0b" * 22, bytes(range(13)), bytes(range(0xF0, 0xFA)), okm)
    assert okm.hex() == (
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    )


def test_key_page_is_zeroed_and_the_master_key_goes_early() -> None:
    _, vault = new_box()
    session: Any = vault._session
    vault.get(vault.put(Kind.SAMPLE, b"x", {}))
    names = [KeyName.HEADER_MAC, KeyName.OBJECT, KeyName.CATALOGUE, KeyName.SEGMENT]
    views = [session.keys.view(name) for name in names]
    assert all(any(view) for view in views)
    for gone in (KeyName.MASTER, KeyName.SLOT, KeyName.STRETCHED, KeyName.SINGLE):
        assert not any(session.keys.view(gone))
    vault.close()
    assert not any(any(view) for view in views)


@pytest.mark.skipif(sys.platform != "linux", reason="the protections are Linux's")
def test_key_page_protections() -> None:
    page = KeyPage()
    assert {"dontdump", "wipeonfork"} <= page.protections
    page.close()
    page.close()


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="needs fork")
def test_a_forked_child_has_no_keys(tmp_path: Path) -> None:
    script = """
import os, sys
from pathlib import Path
from encrypted_store import *
vault, _ = Vault.create(Path(sys.argv[1]) / "v", "x", kdf=KdfParams.for_tests(),
                        anchors=Path(sys.argv[1]) / "a")
object_id = vault.put(Kind.SAMPLE, b"x", {})
pid = os.fork()
if pid == 0:
    try:
        vault.get(object_id)
    except VaultLocked:
        vault.close()
        os._exit(7)
    os._exit(1)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
assert vault.get(object_id) == b"x"
vault.close()
print("fine")
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.stdout == "fine\n", done.stderr
    assert VaultLocked.code == "VaultLocked"


def test_slot_is_bound_to_its_vault_and_id(box: Box) -> None:
    """A commitment that matches with a wrapped key that does not is tampering, not a typo."""
    from encrypted_store.header import decode

    header = decode(box.disk.read(ROOT / "vault.json")).header
    slot = header.slots[0]
    keys = KeyPage()
    for change in ({"id": bytes(8)}, {"salt": bytes(16)}, {"commit": bytes(32)}):
        forged = replace(header, slots=(replace(slot, **change),))
        with pytest.raises(WrongPassphrase):
            unlock(keys, forged, Secret("passphrase", KdfParams.for_tests(), PASSPHRASE.encode()))
        assert not any(keys.view(KeyName.STRETCHED))
        assert not any(keys.view(KeyName.SLOT))
    unlock(keys, header, Secret("passphrase", KdfParams.for_tests(), PASSPHRASE.encode()))
    assert any(keys.view(KeyName.MASTER))
    assert not any(keys.view(KeyName.STRETCHED))
    assert not any(keys.view(KeyName.SLOT))
    keys.close()
    assert Kind.SALVAGED == 7


def test_a_keychain_is_asked_for_every_slot_of_its_kind() -> None:
    """A slot that this computer's keychain has no secret for does not end the search."""
    keys, keychain, vault_id = KeyPage(), FakeKeychain(), bytes(16)
    keys.view(KeyName.MASTER)[:] = b"m" * 32
    slots = tuple(
        make_slot(keys, vault_id, "keychain", bytes([n]) * 32, None, os.urandom) for n in range(2)
    )
    header = Header(vault_id, 0, 1, slots)
    secret = Secret("keychain", KdfParams.for_tests(), keychain=keychain)
    keys.wipe(KeyName.MASTER)
    keychain.put(vault_id.hex(), slots[1].id.hex(), b"not it any more" + bytes(17))
    with pytest.raises(KeychainUnavailable):
        unlock(keys, header, secret)
    assert not any(keys.view(KeyName.MASTER))
    keychain.put(vault_id.hex(), slots[1].id.hex(), b"\1" * 32)
    assert unlock(keys, header, secret) == slots[1]
    assert bytes(keys.view(KeyName.MASTER)) == b"m" * 32
    keys.close()
