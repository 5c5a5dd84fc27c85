# SPDX-License-Identifier: GPL-3.0-or-later
"""Kill, power loss and failing writes at every step of every operation.

After each: what was acknowledged is there, what was deleted stays deleted, what is listed
verifies, and the vault opens without repair.
"""

from __future__ import annotations

import errno
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from store_box import ANCHORS, ROOT, Box, new_box
from store_memfs import Crash, MemFs

from encrypted_store import (
    DiskFull,
    IoError,
    KdfParams,
    Kind,
    ReadOnly,
    Vault,
    VaultError,
    VaultExists,
)

State = dict[str, tuple[bytes, Any]]
Operation = Callable[[Vault, list[str]], Any]

OPERATIONS: dict[str, Operation] = {
    "put": lambda vault, ids: vault.put(Kind.SAMPLE, b"new" * 40_000, {"n": "new"}),
    "update": lambda vault, ids: vault.update(ids[0], {"n": "changed"}),
    "delete": lambda vault, ids: vault.delete(ids[1]),
    "close": lambda vault, ids: (vault.update(ids[0], {"n": "changed"}), vault.close()),
}


def prepared() -> tuple[Box, list[str], State]:
    box, vault = new_box()
    ids = [vault.put(Kind.SAMPLE, b"%d" % n * 700, {"n": n}) for n in range(3)]
    vault.delete(ids.pop())
    vault.close()
    with box.open() as vault:
        return box, ids, state(vault)


def state(vault: Vault) -> State:
    """By id; reading also proves that everything listed verifies."""
    return {entry.id: (vault.get(entry.id), entry.meta) for entry in vault.list()}


def run_until(box: Box, ids: list[str], name: str, step: int, failure: BaseException) -> Any:
    """Open a copy, fail at mutating call number `step` of the operation.

    Returns (disk, acknowledged, error): error None when the operation has fewer steps.
    """
    disk = box.disk.copy()
    vault = box.open(disk)
    count = 0

    def before(call: str, path: Path | None) -> None:
        nonlocal count
        count += 1
        if count == step or (count > step and isinstance(failure, Crash)):
            raise failure  # dead stays dead; a disk may recover

    disk.before = before
    error: BaseException | None = None
    try:
        OPERATIONS[name](vault, ids)
    except (Crash, VaultError) as caught:
        error = caught
    disk.before = lambda call, path: None
    return disk, vault, error if count >= step else None


def allowed(name: str, before: State, ids: list[str]) -> Callable[[State], bool]:
    """Whether a state may be found after the operation did not finish."""

    def judge(found: State) -> bool:
        if found == before:
            return True
        if name == "put":
            new = [found[i] for i in found if i not in before]
            rest = {i: found[i] for i in found if i in before}
            return rest == before and new == [(b"new" * 40_000, {"n": "new"})]
        if name in ("update", "close"):
            return found == {**before, ids[0]: (before[ids[0]][0], {"n": "changed"})}
        if name == "delete":
            return found == {i: before[i] for i in before if i != ids[1]}
        return False

    return judge


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("power", [False, True], ids=["kill", "power-loss"])
def test_dying_at_every_step(name: str, power: bool) -> None:
    box, ids, before = prepared()
    judge = allowed(name, before, ids)
    steps = 0
    while True:
        disk, _, error = run_until(box, ids, name, steps + 1, Crash())
        if error is None:
            break
        steps += 1
        after = disk.after_power_loss() if power else disk.copy()
        _recover_and_judge(box, after, judge)
    assert steps >= 6, disk.trace


def _recover_and_judge(box: Box, disk: MemFs, judge: Callable[[State], bool]) -> None:
    """Crash again at every step of the recovery, too; recovery must be repeatable."""
    for step in range(3, 40):  # 1 and 2 write the pid
        again = disk.copy()
        count = 0

        def before(call: str, path: Path | None, step: int = step) -> None:
            nonlocal count
            count += 1
            if count >= step:
                raise Crash()

        again.before = before
        try:
            with box.open(again) as vault:
                found = state(vault)
        except Crash:
            with box.open(again.copy()) as vault:
                assert judge(state(vault)), f"after dying at recovery step {step}"
            continue
        assert judge(found)
        again.before = lambda call, path: None
        with box.open(again) as vault:
            assert state(vault) == found
            assert vault.notices == ()
        return
    pytest.fail("recovery never came to an end")


@pytest.mark.parametrize("name", ["put", "update", "delete"])
def test_what_was_acknowledged_survives_power_loss(name: str) -> None:
    box, ids, before = prepared()
    disk, vault, error = run_until(box, ids, name, 10_000, Crash())
    assert error is None
    expected = state(vault)
    assert expected != before
    with box.open(disk.after_power_loss()) as reopened:
        assert state(reopened) == expected


@pytest.mark.parametrize("barrier", ["durable", "durable_dir"])
def test_the_power_loss_tests_notice_a_missing_barrier(
    barrier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without flushes an acknowledged put is lost, or the vault does not open at all."""
    box, ids, _ = prepared()
    monkeypatch.setattr(MemFs, barrier, lambda self, what: None)
    disk, vault, error = run_until(box, ids, "put", 10_000, Crash())
    assert error is None
    expected = state(vault)
    with pytest.raises((VaultError, AssertionError)):
        with box.open(disk.after_power_loss()) as reopened:
            assert state(reopened) == expected


def test_an_object_written_but_not_listed_is_salvaged() -> None:
    """The crash between the object and its record: the take is not lost."""
    box, ids, before = prepared()
    for step in range(1, 20):
        disk, _, error = run_until(box, ids, "put", step, Crash())
        assert error is not None
        if "durable_dir" in disk.trace[-2:]:
            break
    with box.open(disk.copy()) as vault:
        assert [notice.code for notice in vault.notices] == ["object-salvaged"]
        new = vault.list()[-1]
        assert (new.recovered, new.meta, new.kind) == (True, {"n": "new"}, Kind.SAMPLE)
        assert vault.get(new.id) == b"new" * 40_000
        assert len(vault.list()) == len(before) + 1


@pytest.mark.parametrize("name", ["put", "update", "delete"])
@pytest.mark.parametrize(
    ("code", "kind"),
    [(errno.ENOSPC, DiskFull), (errno.EIO, IoError), (errno.EROFS, ReadOnly)],
    ids=["full", "io", "readonly"],
)
def test_a_failing_call_at_every_step(name: str, code: int, kind: type[VaultError]) -> None:
    """Typed error, old state; the same session goes on, or refuses to write and says why."""
    box, ids, before = prepared()
    judge = allowed(name, before, ids)
    for step in range(1, 60):
        disk, vault, error = run_until(box, ids, name, step, OSError(code, "injected"))
        if error is None:
            assert judge(state(vault))
            if "anchor-not-written" not in [notice.code for notice in vault.notices]:
                break
            continue
        assert type(error) is kind
        found = state(vault)
        assert judge(found)
        if name != "delete":
            assert found == before
        try:
            extra = vault.put(Kind.SETTINGS, b"space again", {})
        except ReadOnly:
            extra = ""
            assert state(vault) == found
        else:
            assert vault.get(extra) == b"space again"
        vault.close()
        with box.open(disk.copy()) as reopened:
            held = state(reopened)
            if extra:
                assert held.pop(extra) == (b"space again", {})
                assert held == found
            else:
                assert judge(held)  # after a failed flush the change may be there or not
    else:
        pytest.fail("the operation never came to an end")


def test_a_failed_append_leaves_nothing_behind_the_next_record() -> None:
    """Half of a long record is written, then a short one takes its place."""
    box, ids, before = prepared()
    with box.open() as vault:

        def fail(call: str, path: Path | None) -> None:
            if call == "write":
                raise OSError(errno.ENOSPC, "injected")

        box.disk.before = fail
        with pytest.raises(DiskFull):
            vault.update(ids[0], {"long": "x" * 3000})
        box.disk.before = lambda call, path: None
        vault.update(ids[0], {"n": "short"})
    with box.open() as vault:
        assert vault.notices == ()
        assert state(vault) == {**before, ids[0]: (before[ids[0]][0], {"n": "short"})}


def test_a_full_disk_at_every_byte_of_a_put(tmp_path: Path, on_disk: Callable[..., Vault]) -> None:
    """The real file layer against a real limit: files may not grow beyond it."""
    import signal

    with on_disk() as vault:
        first = vault.put(Kind.SAMPLE, b"kept", {})
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        log = (tmp_path / "vault" / "cat" / "00000001.vvlog").stat().st_size
        limits = [0, 1, 8, 500, log, log + 100, 66_000, 99_000]
        try:
            for limit in limits:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
                with pytest.raises(DiskFull):
                    vault.put(Kind.SAMPLE, b"n" * 100_000, {})
                assert vault.get(first) == b"kept"
                assert list((tmp_path / "vault" / "tmp").iterdir()) == []
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        second = vault.put(Kind.SAMPLE, b"n" * 100_000, {})
    with on_disk() as vault:
        assert [entry.id for entry in vault.list()] == [first, second]
        assert vault.notices == ()
    assert list((tmp_path / "vault" / "tmp").iterdir()) == []


@pytest.mark.parametrize("creating", [True, False], ids=["create", "open"])
def test_a_failed_create_or_open_leaves_no_file_open(creating: bool) -> None:
    box, ids, _ = prepared()
    for step in range(1, 2000):
        disk, count = MemFs() if creating else box.disk.copy(), 0
        if not creating:
            disk.write(ROOT / "vault.json.2", b"rot")

        def before(call: str, path: Path | None, step: int = step) -> None:
            nonlocal count
            count += call != "make_dir"
            if count == step:
                raise OSError(errno.EIO, "injected")

        disk.before, disk.fds = before, {}
        try:
            if creating:
                Vault.create(ROOT, "x", kdf=KdfParams.for_tests(), anchors=ANCHORS, io=disk)[
                    0
                ].close()
            else:
                box.open(disk).close()
            if count < step:
                break
        except (IoError, VaultExists):
            pass
        assert disk.fds == {}
    assert step > 5
    assert ids


def test_an_anchor_that_cannot_be_written_is_a_notice(
    tmp_path: Path, on_disk: Callable[..., Vault]
) -> None:
    with on_disk() as vault:
        for path in (tmp_path / "anchors").iterdir():
            path.unlink()
        (tmp_path / "anchors").rmdir()
        (tmp_path / "anchors").write_text("in the way")
        object_id = vault.put(Kind.SAMPLE, b"x", {})
        vault.update(object_id, {"n": 1})
        assert [notice.code for notice in vault.notices] == ["anchor-not-written"]
        assert vault.get(object_id) == b"x"
        (tmp_path / "anchors").unlink()
        vault.update(object_id, {"n": 2})
        assert (tmp_path / "anchors" / vault.vault_id).exists()
