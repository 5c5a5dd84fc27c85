# SPDX-License-Identifier: GPL-3.0-or-later
"""Who can open a vault, and that a replaced secret is really dead."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest
from store_box import PASSPHRASE, ROOT, Box, content, new_box

from encrypted_store import (
    DiskFull,
    IoError,
    KdfOutOfBounds,
    KdfParams,
    KeychainUnavailable,
    Kind,
    PassphraseInvalid,
    ReadOnly,
    RollbackDetected,
    SlotRefused,
    Vault,
    VaultError,
    WrongPassphrase,
    WrongRecoveryCode,
)

CHEAP = KdfParams.for_tests()
BY_PASSPHRASE = {"passphrase": PASSPHRASE}


class FakeKeychain:
    """A keychain in memory."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], bytes] = {}
        self.broken = False

    def get(self, vault_id: str, slot_id: str) -> bytes | None:
        return self.held.get((vault_id, slot_id))

    def put(self, vault_id: str, slot_id: str, secret: bytes) -> None:
        if self.broken:
            raise KeychainUnavailable("it did not keep the secret")
        self.held[vault_id, slot_id] = secret

    def remove(self, vault_id: str, slot_id: str) -> None:
        if self.held.pop((vault_id, slot_id), None) is None:
            raise KeychainUnavailable("not there")


def opens(box: Box, **secret: Any) -> bool:
    try:
        with box.open(box.disk.copy(), **secret) as vault:
            return len(vault.list()) == 3
    except (WrongPassphrase, KeychainUnavailable):
        return False


def test_a_changed_passphrase_opens_and_the_old_one_does_not(
    filled: tuple[Box, list[str]],
) -> None:
    box, _ = filled
    with box.open() as vault:
        before = content(vault)
        vault.change_passphrase("the new one", passphrase=PASSPHRASE, kdf=CHEAP)
        vault.put(Kind.SETTINGS, b"later", {})  # the session goes on
        vault.delete(vault.list()[-1].id)
    assert not opens(box)
    assert opens(box, passphrase="the new one")
    assert opens(box, recovery_code=box.code)
    with box.open(passphrase="the new one") as vault:
        assert content(vault) == before
        assert vault.notices == ()


def test_no_copy_of_the_old_header_is_left(tmp_path: Path) -> None:
    """The bytes of both replaced files are overwritten, not only unlinked."""
    options: dict[str, Any] = {"anchors": tmp_path / "anchors"}
    vault, _ = Vault.create(tmp_path / "v", PASSPHRASE, kdf=CHEAP, **options)
    with vault:
        files = [tmp_path / "v" / name for name in ("vault.json", "vault.json.2")]
        handles = [path.open("rb") for path in files]
        linked = tmp_path / "hard link"
        old = files[0].read_bytes()
        vault.change_passphrase("two", passphrase=PASSPHRASE, kdf=CHEAP)
        for handle in handles:
            assert handle.read() == bytes(len(old))
            handle.close()
        linked.hardlink_to(files[0])
        kept = linked.read_bytes()
        vault.change_passphrase("three", passphrase="two", kdf=CHEAP)
        assert linked.read_bytes() == kept  # somebody's copy is not destroyed


def test_an_old_header_put_back_is_noticed(filled: tuple[Box, list[str]]) -> None:
    box, _ = filled
    old = {name: box.disk.read(ROOT / name) for name in ("vault.json", "vault.json.2")}
    with box.open() as vault:
        vault.change_passphrase("new", passphrase=PASSPHRASE, kdf=CHEAP)
    disk = box.disk.copy()
    disk.write(ROOT / "vault.json", old["vault.json"])
    with pytest.raises(WrongPassphrase):
        box.open(disk.copy())  # the newer copy counts
    with box.open(disk, passphrase="new") as vault:
        assert [notice.code for notice in vault.notices] == ["header-healed"]
    assert disk.read(ROOT / "vault.json") == disk.read(ROOT / "vault.json.2")
    for name, data in old.items():
        disk.write(ROOT / name, data)
    with pytest.raises(RollbackDetected, match="generation 1"):
        box.open(disk)


def test_who_comes_with_the_recovery_code_replaces_every_passphrase(
    filled: tuple[Box, list[str]],
) -> None:
    box, _ = filled
    with box.open() as vault:
        vault.add_passphrase("helper's", passphrase=PASSPHRASE, kdf=CHEAP)
    assert opens(box)
    assert opens(box, passphrase="helper's")
    with box.open() as vault:
        vault.change_passphrase("helper's second", passphrase="helper's", kdf=CHEAP)
    assert opens(box)
    assert not opens(box, passphrase="helper's")
    with box.open(recovery_code=box.code) as vault:
        vault.change_passphrase("remembered", recovery_code=box.code, kdf=CHEAP)
    assert not opens(box)
    assert not opens(box, passphrase="helper's second")
    assert opens(box, passphrase="remembered")


def test_a_new_recovery_code_kills_the_old_one(filled: tuple[Box, list[str]]) -> None:
    box, _ = filled
    with box.open() as vault:
        code = vault.new_recovery_code(passphrase=PASSPHRASE)
    assert not opens(box, recovery_code=box.code)
    assert opens(box, recovery_code=code)
    assert opens(box)


def test_slots_are_listed_and_removed(filled: tuple[Box, list[str]]) -> None:
    box, _ = filled
    with box.open() as vault:
        vault.add_passphrase("second", passphrase=PASSPHRASE, kdf=CHEAP)
        first, recovery, second = vault.slots()
        assert [first.type, recovery.type, second.type] == ["passphrase", "recovery", "passphrase"]
        assert (first.memory_kib, first.passes, first.lanes) == (64, 1, 1)
        assert recovery.memory_kib == 0
        vault.remove_slot(first.id, passphrase="second")
        for slot, why in (
            (second, "last passphrase"),
            (recovery, "last recovery"),
            (first, "no slot"),
        ):
            with pytest.raises(SlotRefused, match=why):
                vault.remove_slot(slot.id, passphrase="second")
        assert [slot.id for slot in vault.slots()] == [recovery.id, second.id]
    assert not opens(box)
    assert opens(box, passphrase="second")


def test_sixteen_slots_are_the_most(box: Box) -> None:
    with box.open() as vault:
        for number in range(14):
            vault.add_passphrase(f"p{number}", passphrase=PASSPHRASE, kdf=CHEAP)
        with pytest.raises(SlotRefused, match="16"):
            vault.add_passphrase("one more", passphrase=PASSPHRASE, kdf=CHEAP)
        assert len(vault.slots()) == 16
    with box.open(passphrase="p13") as vault:
        assert len(vault.slots()) == 16


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda v: v.change_passphrase("n", passphrase="wrong", kdf=CHEAP), WrongPassphrase),
        (lambda v: v.change_passphrase("", passphrase=PASSPHRASE, kdf=CHEAP), PassphraseInvalid),
        (lambda v: v.change_passphrase("n", kdf=CHEAP), TypeError),
        (
            lambda v: v.change_passphrase("n", passphrase="a", recovery_code="b", kdf=CHEAP),
            TypeError,
        ),
        (
            lambda v: v.change_passphrase("n", passphrase=PASSPHRASE, kdf=KdfParams(8, 1, 1)),
            KdfOutOfBounds,
        ),
        (
            lambda v: v.new_recovery_code(recovery_code=new_box()[0].code),
            WrongRecoveryCode,
        ),
        (lambda v: v.remove_slot("0" * 16, passphrase=PASSPHRASE), SlotRefused),
    ],
)
def test_refused_changes_change_nothing(
    filled: tuple[Box, list[str]], call: Any, error: type[Exception]
) -> None:
    box, _ = filled
    with box.open() as vault:
        before = box.disk.read(ROOT / "vault.json")
        with pytest.raises(error):
            call(vault)
        assert box.disk.read(ROOT / "vault.json") == before
        assert vault.slots()[0].type == "passphrase"
    assert opens(box)


def test_the_cost_of_a_new_passphrase_is_measured(
    filled: tuple[Box, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    box, _ = filled
    monkeypatch.setattr(KdfParams, "calibrate", classmethod(lambda cls: KdfParams(128, 2, 1)))
    with box.open() as vault:
        vault.change_passphrase("new", passphrase=PASSPHRASE)
        assert vault.slots()[-1].memory_kib == 128
        assert vault.slots()[-1].passes == 2


def test_changes_are_written_down(filled: tuple[Box, list[str]]) -> None:
    box, _ = filled
    with box.open() as vault:
        vault.change_passphrase("new", passphrase=PASSPHRASE, kdf=CHEAP)
        code = vault.new_recovery_code(passphrase="new")
        vault.compact()
    with box.open(recovery_code=code) as vault, vault.working("looking") as session:
        events = [note["event"] for note in session.catalogue.notes]
    assert events == ["passphrase-changed", "recovery-code-changed"]


# the keychain


def test_a_keychain_opens_beside_the_others(filled: tuple[Box, list[str]]) -> None:
    box, _ = filled
    keychain = FakeKeychain()
    with box.open() as vault:
        vault.enable_keychain(keychain, passphrase=PASSPHRASE)
        assert [slot.type for slot in vault.slots()] == ["passphrase", "recovery", "keychain"]
        (name,) = keychain.held
        assert name == (vault.vault_id, vault.slots()[-1].id)
    assert opens(box, passphrase=None, keychain=keychain)
    assert opens(box)
    assert not opens(box, passphrase=None, keychain=FakeKeychain())
    held = dict(keychain.held)
    keychain.held = dict.fromkeys(held, bytes(32))
    assert not opens(box, passphrase=None, keychain=keychain)
    keychain.held = dict(held)
    with box.open() as vault:
        vault.enable_keychain(keychain, passphrase=PASSPHRASE)  # anew: one slot, one secret
        assert len(vault.slots()) == 3
        assert len(keychain.held) == 1
        assert keychain.held != held
        vault.disable_keychain(keychain, passphrase=PASSPHRASE)
        assert keychain.held == {}
        with pytest.raises(SlotRefused):
            vault.disable_keychain(keychain, passphrase=PASSPHRASE)
    keychain.held = held
    assert not opens(box, passphrase=None, keychain=keychain)


def test_a_keychain_that_loses_things(filled: tuple[Box, list[str]]) -> None:
    box, _ = filled
    keychain = FakeKeychain()
    keychain.broken = True
    with box.open() as vault:
        with pytest.raises(KeychainUnavailable):
            vault.enable_keychain(keychain, passphrase=PASSPHRASE)
        assert len(vault.slots()) == 2
        keychain.broken = False
        with pytest.raises(WrongPassphrase):
            vault.enable_keychain(keychain, passphrase="wrong")
        vault.enable_keychain(keychain, recovery_code=box.code)
        keychain.held.clear()
        vault.disable_keychain(keychain, passphrase=PASSPHRASE)  # gone already: no failure
        assert len(vault.slots()) == 2


def test_a_header_that_cannot_be_written_leaves_no_secret_behind(
    filled: tuple[Box, list[str]],
) -> None:
    box, _ = filled
    keychain = FakeKeychain()
    with box.open() as vault:
        box.disk.before = full_from(1)
        with pytest.raises(DiskFull):
            vault.enable_keychain(keychain, passphrase=PASSPHRASE)
        box.disk.before = lambda call, path: None
        assert keychain.held == {}
        assert len(vault.slots()) == 2


# a disk that fails on the way


def full_from(step: int, code: int = errno.ENOSPC, only: str = "") -> Any:
    count = 0

    def before(call: str, path: Path | None) -> None:
        nonlocal count
        count += not only or call == only
        if count >= step:
            raise OSError(code, "injected")

    return before


def test_a_failure_at_every_step_says_what_is_in_force(filled: tuple[Box, list[str]]) -> None:
    box, _ = filled
    said = set()
    for step in range(1, 60):
        disk = box.disk.copy()
        vault = box.open(disk)
        disk.before = full_from(step)
        error: VaultError | None = None
        try:
            vault.change_passphrase("new", passphrase=PASSPHRASE, kdf=CHEAP)
        except (DiskFull, ReadOnly) as caught:
            error = caught
        disk.before = lambda call, path: None
        vault.close()
        reopened = Box(disk, box.code)
        old, new = opens(reopened), opens(reopened, passphrase="new")
        assert old != new, f"step {step}"
        if error is None:
            assert new
            break
        if "is in force" in error.message:
            assert new
            said.add("in force")
        elif "may or may not" in error.message:
            said.add("unknown")
        else:
            assert old
            said.add("not in force")
    else:
        pytest.fail("it never came to an end")
    assert said == {"in force", "unknown", "not in force"}


def test_a_first_copy_that_cannot_even_be_read_back(
    filled: tuple[Box, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    box, _ = filled
    with box.open() as vault:
        box.disk.before = full_from(1, errno.EIO)

        def unreadable(path: Path) -> int:
            raise OSError(errno.EIO, "injected")

        monkeypatch.setattr(box.disk, "open_read", unreadable)
        with pytest.raises(IoError):
            vault.change_passphrase("new", passphrase=PASSPHRASE, kdf=CHEAP)
        monkeypatch.undo()
        box.disk.before = lambda call, path: None
    assert opens(box)
