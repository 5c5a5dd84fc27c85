# SPDX-License-Identifier: GPL-3.0-or-later
"""A vault closes by itself when its owner is away, and never in the middle of a call."""

from __future__ import annotations

import contextlib
import gc
import os
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path
from typing import Any

import pytest
from store_box import Box, new_box

from encrypted_store import Kind, Vault, VaultLocked
from encrypted_store.autolock import AutoLock, SystemClock


class FakeClock:
    """Both clocks by hand."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.asleep_s = 0.0

    def awake_s(self) -> float:
        return self.now_s

    def total_s(self) -> float:
        return self.now_s + self.asleep_s


class Watched:
    """An open vault under an AutoLock whose time stands still."""

    def __init__(self, idle_s: float = 600.0) -> None:
        self.box, self.vault = new_box()
        self.clock = FakeClock()
        self.heard: list[str] = []
        self.lock = AutoLock(self.vault, idle_s=idle_s, clock=self.clock, on_lock=self.heard.append)

    def after(self, awake_s: float, asleep_s: float = 0.0) -> str | None:
        self.clock.now_s += awake_s
        self.clock.asleep_s += asleep_s
        return self.lock.poll()


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_idleness_locks_once(watched: Watched) -> None:
    object_id = watched.vault.put(Kind.SAMPLE, b"x", {})
    assert watched.after(599.9) is None
    assert not watched.vault.locked
    assert watched.after(0.2) == "idle"
    assert watched.vault.locked
    with pytest.raises(VaultLocked):
        watched.vault.get(object_id)
    assert watched.after(1000) is None
    watched.lock.lock_now()
    assert watched.heard == ["idle"]
    watched.box.open().close()  # the lock file is free again


def test_use_puts_it_off(watched: Watched) -> None:
    for _ in range(5):
        assert watched.after(400) is None
        watched.lock.touch()
    assert watched.after(600) == "idle"


def test_a_hold_keeps_it_through_idleness_and_idleness_starts_anew_after(watched: Watched) -> None:
    with watched.lock.hold():
        with watched.lock.hold():
            assert watched.after(10_000) is None
        assert watched.after(10_000) is None
    with contextlib.suppress(ZeroDivisionError), watched.lock.hold():
        assert watched.after(700) is None
        raise ZeroDivisionError
    assert watched.after(599) is None
    assert watched.after(2) == "idle"


def test_sleep_locks_even_when_the_first_thing_after_waking_is_a_touch(watched: Watched) -> None:
    assert watched.after(1, asleep_s=1.0) is None  # a clock that was set a little
    assert watched.after(1, asleep_s=1.5) is None  # and again: each look counts from the last
    assert watched.after(1, asleep_s=-3600) is None  # and back
    watched.clock.asleep_s += 30
    watched.lock.touch()
    assert watched.lock.poll() == "sleep"
    assert watched.heard == ["sleep"]


@pytest.mark.parametrize("reason", ["sleep", "asked"])
def test_a_hold_does_not_keep_it_through_anything_else(reason: str, watched: Watched) -> None:
    with watched.lock.hold():
        if reason == "sleep":
            watched.after(0, asleep_s=60)
        else:
            watched.lock.lock_now()
        assert watched.vault.locked
    assert watched.heard == [reason]


def test_somebody_elses_close_is_not_ours_to_announce(watched: Watched) -> None:
    watched.vault.close()
    assert watched.after(1000) is None
    watched.lock.lock_now()
    assert watched.heard == []


def test_without_a_listener() -> None:
    _, vault = new_box()
    AutoLock(vault).lock_now()
    assert vault.locked


@pytest.mark.parametrize("idle_s", [0, -1, float("nan")])
def test_idle_time_is_positive(idle_s: float) -> None:
    _, vault = new_box()
    with pytest.raises(ValueError, match="positive"):
        AutoLock(vault, idle_s=idle_s)
    vault.close()


def test_a_disk_that_fails_at_the_end_does_not_keep_it_open(watched: Watched) -> None:
    watched.vault.put(Kind.SAMPLE, b"x", {})

    def full(*args: Any) -> None:
        raise OSError(28, "no space left on device")

    watched.box.disk.create = full  # type: ignore[method-assign]
    watched.lock.lock_now()
    assert watched.vault.locked
    assert watched.heard == ["asked"]


def test_the_lock_waits_for_a_call_in_flight(watched: Watched) -> None:
    """Here a put that hangs in its flush while idleness strikes."""
    reached, let_go = threading.Event(), threading.Event()
    real = watched.box.disk.durable

    def slow(fd: int) -> None:
        reached.set()
        assert let_go.wait(10)
        real(fd)

    watched.box.disk.durable = slow  # type: ignore[method-assign]
    stored: list[str] = []
    putter = threading.Thread(
        target=lambda: stored.append(watched.vault.put(Kind.SAMPLE, b"kept", {}))
    )
    putter.start()
    assert reached.wait(10)
    locker = threading.Thread(target=lambda: watched.after(601))
    locker.start()
    locker.join(0.05)
    assert locker.is_alive()
    assert not watched.vault.locked
    assert watched.heard == []
    let_go.set()
    putter.join(10)
    locker.join(10)
    assert watched.heard == ["idle"]
    with pytest.raises(VaultLocked):
        watched.vault.get(stored[0])
    with watched.box.open() as again:
        assert again.get(stored[0]) == b"kept"


def test_lock_now_returns_when_it_is_closed_also_when_another_lock_is_waiting(
    watched: Watched,
) -> None:
    order: list[str] = []
    watched.lock = AutoLock(watched.vault, clock=watched.clock, on_lock=order.append)
    turn: Any = watched.vault._turn
    turn.acquire()
    threads = [threading.Thread(target=watched.lock.lock_now) for _ in range(3)]
    for thread in threads:
        thread.start()
    time.sleep(0.02)
    assert all(thread.is_alive() for thread in threads)
    turn.release()
    for thread in threads:
        thread.join(10)
    assert watched.vault.locked
    assert order == ["asked"]


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "vault-autolock"]


def test_the_thread_locks_by_itself_and_ends() -> None:
    _, vault = new_box()
    done = threading.Event()
    heard: list[str] = []

    def told(reason: str) -> None:
        heard.append(reason)
        lock.stop()  # from its own thread
        done.set()

    lock = AutoLock(vault, idle_s=0.05, on_lock=told)
    started = time.monotonic()
    lock.start()
    lock.start()
    assert len(threads()) == 1
    assert done.wait(10)
    assert time.monotonic() - started >= 0.05
    assert heard == ["idle"]
    assert vault.locked
    deadline = time.monotonic() + 10
    while threads() and time.monotonic() < deadline:
        time.sleep(0.005)
    assert threads() == []


def test_stop_leaves_the_vault_open_and_nothing_of_itself() -> None:
    _, vault = new_box()
    heard: list[str] = []
    lock = AutoLock(vault, idle_s=0.2, on_lock=heard.append)
    for _ in range(3):
        lock.start()
        assert len(threads()) == 1
        lock.stop()
        assert threads() == []
    lock.stop()
    gone = weakref.ref(lock)
    del lock
    gc.collect()
    assert gone() is None  # neither a thread nor the interpreter's end holds it
    time.sleep(0.25)
    assert not vault.locked
    assert heard == []
    vault.close()


@pytest.mark.parametrize("closed", [True, False])
def test_the_thread_ends_when_the_vault_is_closed_or_dropped(closed: bool) -> None:
    _, vault = new_box()
    lock = AutoLock(vault, idle_s=0.04)
    lock.start()
    if closed:
        vault.close()
    vault_gone, lock_gone = weakref.ref(vault), weakref.ref(lock)
    del vault
    deadline = time.monotonic() + 10
    while threads() and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.005)
    assert threads() == []
    assert vault_gone() is None
    lock.lock_now()  # nothing left to lock
    del lock
    gc.collect()
    assert lock_gone() is None


def test_a_locked_vault_is_not_kept_alive(watched: Watched) -> None:
    gone = weakref.ref(watched.vault)
    watched.lock.lock_now()
    del watched.vault
    gc.collect()
    assert gone() is None


EXIT = """
import os, sys, threading
from pathlib import Path
from encrypted_store import KdfParams, Kind, Vault
from encrypted_store.autolock import AutoLock
root = Path(sys.argv[1])
vault, _ = Vault.create(root / "v", "x", kdf=KdfParams.for_tests(), anchors=root / "a")
lock = AutoLock(vault, on_lock=lambda reason: print(reason, vault.locked, flush=True))
lock.start()
if "fork" in sys.argv:
    vault._turn.acquire()  # as a thread would that the child does not have
    ready = threading.Event()
    pid = os.fork()
    if pid == 0:
        vault._turn = threading.Lock()
        vault._turn.acquire()
        sys.exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    vault._turn.release()
    print("child", flush=True)
vault.put(Kind.SAMPLE, b"x", {})
"""


@pytest.mark.parametrize("fork", [False, True])
def test_the_end_of_the_program_closes_the_vault(fork: bool, tmp_path: Path) -> None:
    """A fork that ends says nothing, closes nothing and waits for nobody."""
    if fork and not hasattr(os, "fork"):
        pytest.skip("needs fork")
    done = subprocess.run(
        [sys.executable, "-c", EXIT, str(tmp_path), *(["fork"] if fork else [])],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == ("child\n" if fork else "") + "exit True\n"


def test_a_fork_ends_quietly(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    exit_handler: Any = watched.lock._at_exit
    monkeypatch.setattr("encrypted_store.autolock.os.getpid", lambda: -1)
    exit_handler()
    monkeypatch.undo()
    assert not watched.vault.locked
    exit_handler()
    assert watched.heard == ["exit"]


def test_the_machines_clocks_run_alike_while_it_is_awake() -> None:
    clock = SystemClock()
    first = clock.total_s() - clock.awake_s()
    time.sleep(0.02)
    assert abs(clock.total_s() - clock.awake_s() - first) < 1.0
    before = clock.awake_s()
    assert clock.awake_s() >= before


def test_a_vault_opened_again_gets_a_lock_of_its_own(box: Box) -> None:
    clock = FakeClock()
    first: Vault = box.open()
    old = AutoLock(first, clock=clock)
    old.lock_now()
    with box.open() as second:
        lock = AutoLock(second, clock=clock)
        old.lock_now()
        assert lock.poll() is None
        assert not second.locked
