# SPDX-License-Identifier: GPL-3.0-or-later
"""A new master key: everything sealed again, the old vault gone, nothing lost on the way."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest
from test_store_access import FakeKeychain

from encrypted_store import (
    DiskFull,
    Fsio,
    IoError,
    KdfParams,
    Kind,
    NotAVault,
    ObjectDamaged,
    Vault,
    VaultBusy,
    WrongPassphrase,
    WrongRecoveryCode,
)
from encrypted_store.care import rotate as module
from encrypted_store.care.progress import Stopped
from encrypted_store.care.rotate import finish_rotation, rotate

CHEAP = KdfParams.for_tests()
OLD, NEW = "the old passphrase", "the new passphrase"


class Killed(BaseException):
    """The process dies here."""


class Quick(Fsio):
    """The real disk without its flushes: processes die here, power does not fail."""

    def durable(self, fd: int) -> None:
        pass

    def durable_dir(self, path: Path) -> None:
        pass


class Faulty(Quick):
    """The real disk, which does as it is told at one mutating call."""

    def __init__(self, step: int = 0, failure: BaseException | None = None) -> None:
        super().__init__()
        self.count, self.step, self.failure = 0, step, failure

    def _tick(self) -> None:
        self.count += 1
        dead = isinstance(self.failure, Killed) and self.count > self.step
        if self.failure is not None and (self.count == self.step or dead):
            raise self.failure

    def create(self, path: Path) -> int:
        self._tick()
        return super().create(path)

    def write_at(self, fd: int, offset: int, data: Any) -> None:
        self._tick()
        super().write_at(fd, offset, data)

    def replace(self, source: Path, target: Path) -> None:
        self._tick()
        super().replace(source, target)

    def unlink(self, path: Path) -> None:
        self._tick()
        super().unlink(path)

    def durable_dir(self, path: Path) -> None:
        self._tick()
        super().durable_dir(path)

    def remove_dir(self, path: Path) -> None:
        self._tick()
        super().remove_dir(path)


class House:
    """A folder with a vault and its anchors in it."""

    def __init__(self, root: Path) -> None:
        self.root = root / "my vault ü"
        self.options: dict[str, Any] = {"anchors": root / "anchors", "io": Quick()}
        vault, self.code = Vault.create(self.root, OLD, kdf=CHEAP, **self.options)
        with vault:
            self.id = vault.vault_id
            one = vault.put(Kind.SAMPLE, b"one" * 1000, {"n": 1})
            vault.update(one, {"n": 2})
            gone = vault.put(Kind.SAMPLE, b"gone", {})
            self.gone = (gone, self.object(gone).read_bytes())
            vault.delete(gone)
            vault.put(Kind.CHECKPOINT, bytes(100_000), {"long": "x" * 300})
        self.content = self.read(OLD)

    def object(self, object_id: str) -> Path:
        return self.root / "obj" / object_id[:2] / f"{object_id}.vvo"

    def open(self, passphrase: str | None, **options: Any) -> Vault:
        return Vault.open(
            self.root, passphrase=passphrase, min_kdf=CHEAP, **{**self.options, **options}
        )

    def read(self, passphrase: str | None, **options: Any) -> list[Any]:
        with self.open(passphrase, **options) as vault:
            assert vault.notices == ()
            return [(entry, vault.get(entry.id)) for entry in vault.list()]

    def rotate(self, **options: Any) -> Any:
        known = {"passphrase": OLD, "kdf": CHEAP, "min_kdf": CHEAP, **self.options}
        return rotate(self.root, NEW, **{**known, **options})

    def whole(self) -> str:
        """Which passphrase opens it; the content is as it was."""
        try:
            assert self.read(OLD) == self.content
            return OLD
        except WrongPassphrase:
            assert self.read(NEW) == self.content
            return NEW

    def around(self) -> list[str]:
        return sorted(path.name for path in self.root.parent.iterdir())


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_everything_is_sealed_anew_and_the_old_secrets_are_dead(house: House) -> None:
    sealed = {path.name: path.read_bytes() for path in house.root.glob("obj/*/*.vvo")}
    told: list[tuple[str, int, int]] = []
    code, report = house.rotate(on_progress=lambda *now: told.append(now))
    assert (report.objects, report.bytes, report.old_erased) == (2, 103_000, True)
    assert report.to_json()["keychain"] is False
    assert [stage for stage, _, _ in told] == ["seal", "seal", "verify", "verify"]
    assert told[-1][1:] == (103_000, 103_000)
    assert house.read(NEW) == house.content
    assert house.read(None, recovery_code=code) == house.content
    with pytest.raises(WrongPassphrase):
        house.open(OLD)
    with pytest.raises(WrongRecoveryCode):
        house.open(None, recovery_code=house.code)
    for path in house.root.glob("obj/*/*.vvo"):
        assert path.read_bytes()[8:] != sealed[path.name][8:]
    with house.open(NEW) as vault:
        assert vault.vault_id != house.id
    assert house.around() == ["anchors", "my vault ü"]
    assert [path.name for path in (house.root.parent / "anchors").iterdir()] == [vault.vault_id]


def test_a_deleted_object_of_the_old_vault_means_nothing_to_the_new_one(house: House) -> None:
    gone, sealed = house.gone
    house.rotate()
    house.object(gone).write_bytes(sealed)
    with house.open(NEW) as vault:
        assert [notice.code for notice in vault.notices] == ["object-quarantined"]
        assert len(vault.list()) == 2


def test_who_has_forgotten_the_passphrase_rotates_with_the_code(house: House) -> None:
    house.rotate(passphrase=None, recovery_code=house.code)
    assert house.whole() == NEW


def test_a_keychain_is_carried_over_when_it_is_given(house: House) -> None:
    keychain = FakeKeychain()
    with house.open(OLD) as vault:
        vault.enable_keychain(keychain, passphrase=OLD)
    _, report = house.rotate(keychain=keychain)
    assert report.keychain
    with house.open(None, keychain=keychain) as vault:
        assert len(vault.list()) == 2
        assert [name for name, _ in keychain.held] == [vault.vault_id]


def test_damage_is_not_carried_over_in_silence(house: House) -> None:
    path = next(iter(house.root.glob("obj/*/*.vvo")))
    data = bytearray(path.read_bytes())
    data[200] ^= 1
    path.write_bytes(data)
    with pytest.raises(ObjectDamaged) as caught:
        house.rotate()
    assert "repair" in caught.value.hint
    data[200] ^= 1
    path.write_bytes(data)
    assert house.whole() == OLD
    assert house.around() == ["anchors", "my vault ü"]


def test_a_payload_that_is_not_the_listed_one(house: House, monkeypatch: Any) -> None:
    real = module.sha256_hex
    monkeypatch.setattr(module, "sha256_hex", lambda data: real(bytes(data) + b"x"))
    with pytest.raises(ObjectDamaged, match="not what was listed"):
        house.rotate()
    assert house.whole() == OLD


@pytest.mark.parametrize("what", ["payload", "list"])
def test_a_new_vault_that_differs_is_not_taken(house: House, monkeypatch: Any, what: str) -> None:
    from encrypted_store import IoError

    real = Vault.get if what == "payload" else Vault.list

    def lie(vault: Vault, *arguments: Any) -> Any:
        answer = real(vault, *arguments)  # type: ignore[operator]
        return answer[:-1] if vault.path.name.endswith(".rotating") else answer

    monkeypatch.setattr(Vault, "get" if what == "payload" else "list", lie)
    with pytest.raises(IoError):
        house.rotate()
    monkeypatch.undo()
    assert house.whole() == OLD
    assert house.around() == ["anchors", "my vault ü"]


def test_stopping_changes_nothing(house: House) -> None:
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked == 3

    with pytest.raises(Stopped):
        house.rotate(stop=stop)
    assert house.whole() == OLD
    assert house.around() == ["anchors", "my vault ü"]


def test_an_open_vault_is_not_rotated(house: House) -> None:
    with house.open(OLD), pytest.raises(VaultBusy):
        house.rotate()


def steps_of(house: House) -> int:
    disk = Faulty()
    house.rotate(io=disk)
    return disk.count


@pytest.fixture
def steps(tmp_path: Path) -> int:
    (tmp_path / "count").mkdir()
    return steps_of(House(tmp_path / "count"))


def chosen(steps: int, full: bool) -> list[int]:
    """All; or a few of the sealing, and most of the changing over and the old vault's end."""
    return list(range(1, steps + 1)) if full else [1, 40, 90, *range(150, steps + 1, 23), steps]


@pytest.mark.parametrize("full", [False, pytest.param(True, marks=pytest.mark.exhaustive)])
def test_dying_at_any_step_loses_nothing(tmp_path: Path, steps: int, full: bool) -> None:
    ends = set()
    for step in chosen(steps, full):
        here = tmp_path / str(step)
        here.mkdir()
        house = House(here)
        with pytest.raises(Killed):
            house.rotate(io=Faulty(step, Killed()))
        ends.add(house.whole())
        finish_rotation(house.root, anchors=here / "anchors", io=Quick())
        if house.whole() == OLD:
            house.rotate()
            assert house.whole() == NEW
        assert house.around() == ["anchors", "my vault ü"]
        assert len(list((here / "anchors").iterdir())) <= 2
    assert ends == {OLD, NEW}


@pytest.mark.parametrize("full", [False, pytest.param(True, marks=pytest.mark.exhaustive)])
def test_a_full_disk_at_any_step_leaves_a_whole_vault(
    tmp_path: Path, steps: int, full: bool
) -> None:
    for step in chosen(steps, full):
        here = tmp_path / str(step)
        here.mkdir()
        house = House(here)
        try:
            house.rotate(io=Faulty(step, OSError(errno.ENOSPC, "injected")))
        except DiskFull:
            house.whole()
        else:
            assert house.whole() == NEW  # only the old vault's end was disturbed
        finish_rotation(house.root, anchors=here / "anchors", io=Quick())
        assert [name for name in house.around() if name.endswith("before-rotation")] == []


def test_a_failure_between_the_renames_is_finished_at_the_next_open(house: House) -> None:
    """The new vault is the only one that is whole then, under another name: it must stay."""

    class Between(Quick):
        def replace(self, source: Path, target: Path) -> None:
            if target == house.root:
                raise OSError(errno.EIO, "injected")
            super().replace(source, target)

    with pytest.raises(IoError):
        house.rotate(io=Between())
    assert not house.root.exists()
    assert house.read(NEW) == house.content
    assert finish_rotation(house.root, **house.options)
    assert house.around() == ["anchors", "my vault ü"]


def test_finishing_when_there_is_nothing_to_finish(house: House, tmp_path: Path) -> None:
    assert not finish_rotation(house.root)
    assert not finish_rotation(tmp_path / "nothing")
    with pytest.raises(NotAVault):
        Vault.open(tmp_path / "nothing", passphrase=OLD)


def test_an_old_vault_that_cannot_be_erased_is_told(house: House, monkeypatch: Any) -> None:
    def busy(*arguments: Any, **options: Any) -> None:
        raise VaultBusy("somebody reads it", pid=1)

    monkeypatch.setattr(module, "erase", busy)
    _, report = house.rotate()
    assert not report.old_erased
    monkeypatch.undo()
    assert house.around() == ["anchors", "my vault ü", "my vault ü.before-rotation"]
    assert finish_rotation(house.root, **house.options)
    assert house.around() == ["anchors", "my vault ü"]
