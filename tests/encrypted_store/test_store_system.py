# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operating system may answer: short writes, refused flushes, no locked memory, a fork."""

from __future__ import annotations

import errno
import gc
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from store_box import Box, new_box

from encrypted_store import (
    Fsio,
    IoError,
    KdfOutOfBounds,
    KdfParams,
    KdfTooExpensive,
    Kind,
    PassphraseInvalid,
    Vault,
    VaultLocked,
    anchor,
    fsio,
    hostmemory,
    kdf,
    keys,
)
from encrypted_store.forks import in_child
from encrypted_store.keys import KeyName, KeyPage


def fails(code: int) -> Callable[..., Any]:
    def fail(*arguments: object, **options: object) -> Any:
        raise OSError(code, "injected")

    return fail


# files


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    return path


def test_short_reads_and_writes_are_gone_on_with(
    scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    io, data = Fsio(), bytes(range(200))
    real_write, real_read = os.pwrite, os.pread
    monkeypatch.setattr(os, "pwrite", lambda fd, part, at: real_write(fd, part[:7], at))
    monkeypatch.setattr(os, "pread", lambda fd, size, at: real_read(fd, min(size, 11), at))
    fd = io.open_update(scratch)
    io.write_at(fd, 3, data)
    assert io.read_at(fd, 3, 200) == data
    assert io.read_at(fd, 200, 100) == data[197:]
    assert io.read_at(fd, 203, 1) == b""
    io.close(fd)


def test_a_write_without_progress_is_an_error(
    scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "pwrite", lambda fd, part, at: 0)
    io = Fsio()
    fd = io.open_update(scratch)
    with pytest.raises(OSError, match="no progress"):
        io.write_at(fd, 0, b"x")
    io.close(fd)


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such call")
def test_a_file_system_without_a_folder_flush_is_put_up_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_before = len(os.listdir("/dev/fd"))
    monkeypatch.setattr(os, "fsync", fails(errno.EINVAL))
    Fsio().durable_dir(tmp_path)
    monkeypatch.setattr(os, "fsync", fails(errno.EIO))
    with pytest.raises(OSError, match="injected"):
        Fsio().durable_dir(tmp_path)
    assert len(os.listdir("/dev/fd")) == open_before


@pytest.mark.parametrize(("patience_s", "refusals", "done"), [(5, 3, True), (0.05, 1000, False)])
def test_a_scanner_holding_the_target_is_waited_for_a_while(
    scratch: Path,
    monkeypatch: pytest.MonkeyPatch,
    patience_s: float,
    refusals: int,
    done: bool,
) -> None:
    """As on Windows, where a file that somebody has open cannot be replaced."""
    target, real, left = scratch.with_name("target"), os.replace, refusals

    def replace(source: Path, target: Path) -> None:
        nonlocal left
        left -= 1
        if left >= 0:
            raise PermissionError(errno.EACCES, "in use")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(PermissionError):
        Fsio().replace(scratch, target)
    assert left == refusals - 1  # elsewhere a refusal is final
    monkeypatch.setattr(fsio, "_REPLACE_PATIENCE_S", patience_s)
    with monkeypatch.context() as windows:
        windows.setattr(os, "name", "nt")
        start_s = time.monotonic()
        try:
            Fsio().replace(scratch, target)
            replaced = True
        except PermissionError:
            replaced = False
        spent_s = time.monotonic() - start_s
    assert replaced == done == target.exists()
    assert done or spent_s >= patience_s


def test_a_lock_file_that_cannot_be_opened_keeps_a_writer_out(
    tmp_path: Path, on_disk: Callable[..., Vault]
) -> None:
    on_disk().close()
    lock = tmp_path / "vault" / "lock"
    lock.unlink()
    lock.mkdir()
    with pytest.raises(IoError):
        on_disk()
    on_disk(read_only=True).close()


def test_anchors_live_in_the_users_state_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VOICEVAULT_ANCHORS", raising=False)
    monkeypatch.setattr("platformdirs.user_state_dir", lambda name, **options: f"{tmp_path}/{name}")
    assert anchor.default_folder() == tmp_path / "VoiceVault" / "anchors"


# memory and cost


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's own table")
def test_memory_is_asked_of_the_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    total, free = hostmemory.total_bytes(), hostmemory.available_bytes()
    assert total is not None
    assert free is not None
    assert 2**26 < free < total
    table = tmp_path / "meminfo"
    for text, expected in (
        ("MemTotal: 9 kB\nMemAvailable:      12 kB\nMemAvailable: 13 kB\n", 12 * 1024),
        ("MemTotal: 9 kB\n", total),  # before Linux 3.14
        ("MemAvailable: much\n", total),
    ):
        table.write_text(text)
        monkeypatch.setattr(
            hostmemory, "open", lambda path, encoding: table.open(encoding=encoding), raising=False
        )
        assert hostmemory.available_bytes() == expected
    monkeypatch.setattr(hostmemory, "open", fails(errno.ENOENT), raising=False)
    assert hostmemory.available_bytes() == total


def test_lanes_need_eight_blocks_each() -> None:
    KdfParams(64, 1, 8).check(KdfParams.for_tests())
    with pytest.raises(KdfOutOfBounds, match="9 lanes"):
        KdfParams(71, 1, 9).check(KdfParams.for_tests())


def test_a_cost_is_timed_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 0 < kdf.seconds_for(KdfParams(64, 1, 1)) < 5
    taken = iter([0.9, 0.6])
    monkeypatch.setattr(kdf, "seconds_for", lambda params: next(taken))
    # Two runs, of which the shorter counts: it is long enough, so nothing more is tried.
    assert KdfParams.calibrate() == KdfParams(65_536, 3, 4)
    assert list(taken) == []


def test_memory_refused_at_the_last_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    class Greedy:
        def __init__(self, **parameters: object) -> None:
            pass

        def derive_into(self, secret: bytes, out: bytearray) -> None:
            raise MemoryError

    monkeypatch.setattr(kdf, "Argon2id", Greedy)
    with pytest.raises(KdfTooExpensive, match="64 MiB"):
        kdf.argon2id(b"x", b"salt" * 4, KdfParams(65_536, 1, 1), bytearray(32))


@pytest.mark.parametrize("text", ["", "half a pair \ud83c"])
def test_what_cannot_be_a_passphrase(text: str) -> None:
    with pytest.raises(PassphraseInvalid):
        kdf.passphrase_bytes(text)


@pytest.mark.skipif(sys.platform != "linux", reason="the protections are Linux's")
def test_a_key_page_works_without_its_protections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "_MADV_WIPEONFORK", 9999)  # as on a kernel before 4.14
    page = KeyPage()
    assert "dontdump" in page.protections
    assert "wipeonfork" not in page.protections
    page.close()
    monkeypatch.setattr(keys.ctypes, "CDLL", fails(errno.ENOSYS))
    page = KeyPage()
    assert page.protections == {"dontdump"}
    page.view(KeyName.MASTER)[:] = b"k" * 32
    assert bytes(page.view(KeyName.MASTER)) == b"k" * 32
    page.close()


# forks, played inside one process so that what the child does can be looked at


@pytest.fixture
def in_fork(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Do what a child does first, and be another process from then on."""
    calls: list[Callable[[], None]] = []

    def register(*, after_in_child: Callable[[], None]) -> None:
        calls.append(after_in_child)

    monkeypatch.setattr(os, "register_at_fork", register)

    def fork() -> None:
        for call in calls:
            call()
        monkeypatch.setattr(os, "getpid", lambda: -1)

    return fork


def test_a_forked_session_can_only_be_closed(in_fork: Callable[[], None]) -> None:
    box, vault = new_box()
    object_id = vault.put(Kind.SAMPLE, b"x" * 100_000, {})
    vault.delete(vault.put(Kind.SAMPLE, b"gone", {}))
    stream = vault.stream_read(object_id)
    next(stream)
    with vault.working("looking") as session:
        assert len(session.streams) == 1
    _, locked = new_box()
    locked.close()
    before = box.disk.files()
    box.disk.trace.clear()
    in_fork()
    assert session.writer._aead is None
    with pytest.raises(VaultLocked, match="forked"):
        vault.get(object_id)
    with pytest.raises(VaultLocked):
        next(stream)
    vault.close()
    assert vault.locked
    with pytest.raises(VaultLocked):
        session.keys.view(KeyName.OBJECT)
    # No compaction, no HEAD, no anchor: those are the parent's.
    assert (box.disk.files(), box.disk.trace, box.disk.fds) == (before, [], {})


def test_what_is_gone_gives_nothing_up(in_fork: Callable[[], None]) -> None:
    called: list[str] = []

    class Holder:
        def __init__(self, name: str) -> None:
            self.name = name
            in_child(self.give_up)

        def give_up(self) -> None:
            called.append(self.name)

    kept, gone = Holder("kept"), Holder("gone")
    del gone
    gc.collect()
    in_fork()
    assert called == [kept.name]


def test_a_stream_that_cannot_begin_gives_its_file_back(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    with box.open() as vault:
        object_id = vault.put(Kind.SAMPLE, b"x", {})
        held = set(box.disk.fds)
        monkeypatch.setattr("encrypted_store.session.ObjectStream", fails(errno.ENOMEM))
        with pytest.raises(IoError):
            next(vault.stream_read(object_id))
        assert set(box.disk.fds) == held
