# SPDX-License-Identifier: GPL-3.0-or-later
"""One session at a time, over processes; the lock dies with its holder."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from encrypted_store import UnsupportedFilesystem, Vault, VaultBusy

HOLDER = """
import sys
from pathlib import Path
from encrypted_store import KdfParams, Vault
vault = Vault.open(sys.argv[1], passphrase="correct horse", anchors=Path(sys.argv[2]),
                   min_kdf=KdfParams.for_tests())
print("held", flush=True)
sys.stdin.readline()
"""


def hold(tmp_path: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "vault"), str(tmp_path / "anchors")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout
    assert child.stdout.readline() == "held\n"
    return child


def test_second_process_is_told_who_holds_it(tmp_path: Path, on_disk: Callable[..., Vault]) -> None:
    on_disk().close()
    child = hold(tmp_path)
    try:
        start = time.monotonic()
        with pytest.raises(VaultBusy) as caught:
            on_disk()
        assert time.monotonic() - start < 1
        assert caught.value.pid == child.pid
        assert str(child.pid) in str(caught.value)
    finally:
        child.kill()
        child.communicate()
    on_disk().close()  # SIGKILL freed it, and the pid left in the file disturbs nobody


def test_second_session_in_one_process(on_disk: Callable[..., Vault]) -> None:
    with on_disk():
        with pytest.raises(VaultBusy):
            on_disk()
    on_disk().close()


def test_a_failed_open_frees_the_lock(tmp_path: Path, on_disk: Callable[..., Vault]) -> None:
    on_disk().close()
    (tmp_path / "vault" / "HEAD").write_text("x")
    for _ in range(3):
        with pytest.raises(Exception, match="HEAD"):
            on_disk()


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_a_forked_child_does_not_keep_the_lock(
    tmp_path: Path, on_disk: Callable[..., Vault]
) -> None:
    on_disk().close()
    script = HOLDER.replace(
        'print("held", flush=True)',
        "import os, time\nif os.fork() == 0:\n    print(os.getpid())\n"
        "    print('held', flush=True)\n    time.sleep(30)\n    os._exit(0)",
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "vault"), str(tmp_path / "anchors")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout
    child = int(parent.stdout.readline())
    try:
        assert parent.stdout.readline() == "held\n"
        parent.kill()
        parent.wait()
        on_disk().close()
    finally:
        import os
        import signal

        os.kill(child, signal.SIGKILL)
        parent.stdout.close()
        if parent.stdin:
            parent.stdin.close()


def test_a_file_system_without_locks(
    on_disk: Callable[..., Vault], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_disk().close()

    def no_locks(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr("fcntl.flock", no_locks)
    with pytest.raises(UnsupportedFilesystem):
        on_disk()
