# SPDX-License-Identifier: GPL-3.0-or-later
"""Two processes that want one vault: nobody waits, nobody loses what was acknowledged to him."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from store_box import PASSPHRASE

from encrypted_store import KdfParams, Kind, Vault, VaultBusy

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and fork")

ROUNDS = 50
COMMON = """
import json, os, sys, time
from pathlib import Path
from encrypted_store import KdfParams, Kind, Vault, VaultBusy
ROOT, ANCHORS = Path(sys.argv[1]), Path(sys.argv[2])
def take(**options):
    return Vault.open(ROOT, passphrase="correct horse", anchors=ANCHORS,
                      min_kdf=KdfParams.for_tests(), **options)
"""
ROUNDER = """
print(os.getpid(), flush=True)
sys.stdin.readline()
slowest, holders, refused = 0.0, set(), 0
for number in range(int(sys.argv[3])):
    while True:
        start = time.monotonic()
        try:
            vault = take()
            break
        except VaultBusy as busy:
            slowest, refused = max(slowest, time.monotonic() - start), refused + 1
            if refused == 1:
                print("refused", flush=True)
            holders.add(busy.pid)
            time.sleep(0.001)
    with vault:
        payload = b"%d:%d" % (os.getpid(), number)
        print(json.dumps([vault.put(Kind.SAMPLE, payload, {}), payload.decode()]), flush=True)
print(json.dumps({"slowest_s": slowest, "holders": list(holders), "refused": refused}), flush=True)
"""
HOLDER = """
vault = take(read_only=sys.argv[3] == "reader")
if sys.argv[3] == "forks":
    up, say = os.pipe()
    if os.fork() == 0:
        os.write(say, b"x")
        time.sleep(60)
        os._exit(0)
    os.read(up, 1)
print(os.getpid(), flush=True)
sys.stdin.readline()
"""


@contextmanager
def started(tmp_path: Path, script: str, argument: str) -> Iterator[tuple[Any, int]]:
    """A process that has said its pid; killed with its children at the end."""
    child = subprocess.Popen(
        [sys.executable, "-c", COMMON + script, str(tmp_path / "vault"), str(tmp_path / "anchors"),
         argument],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    with child:
        assert child.stdout
        try:
            yield child, int(child.stdout.readline())
        finally:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)


def test_fifty_rounds_each(tmp_path: Path, on_disk: Callable[..., Vault]) -> None:
    on_disk().close()
    acknowledged: dict[str, bytes] = {}
    with (
        started(tmp_path, ROUNDER, str(ROUNDS)) as (one, pid_one),
        started(tmp_path, ROUNDER, str(ROUNDS)) as (two, pid_two),
    ):
        # Both are refused once before either begins: on a busy machine one may be done with all its
        # rounds before the other is given a turn.
        with on_disk():
            for child in (one, two):
                child.stdin.write("go\n")
                child.stdin.flush()
            for child in (one, two):
                assert child.stdout.readline() == "refused\n"
        for child in (one, two):
            *puts, summary = [json.loads(line) for line in child.stdout]
            acknowledged |= {object_id: payload.encode() for object_id, payload in puts}
            assert len(puts) == ROUNDS
            assert summary["slowest_s"] < 1, summary
            # None, or its own pid from the round before: the other had taken the lock and not
            # yet written its pid over that.
            holders = set(summary["holders"])
            assert holders <= {os.getpid(), pid_one, pid_two, None}, summary
            assert os.getpid() in holders, summary
    with on_disk() as vault:
        assert {entry.id: vault.get(entry.id) for entry in vault.list()} == acknowledged
        assert len(acknowledged) == 2 * ROUNDS
        assert vault.notices == ()


@pytest.mark.parametrize("how", ["alone", "forks"])
def test_killing_the_holder_frees_the_vault(
    tmp_path: Path, on_disk: Callable[..., Vault], how: str
) -> None:
    """A child that the holder forked lives on, and holds nothing."""
    on_disk().close()
    with started(tmp_path, HOLDER, how) as (holder, pid):
        start = time.monotonic()
        with pytest.raises(VaultBusy) as caught:
            on_disk()
        assert time.monotonic() - start < 1
        assert caught.value.pid == pid
        holder.kill()
        holder.wait()
        with on_disk() as vault:
            assert vault.put(Kind.SAMPLE, b"x", {})


def test_readers_coexist_and_exclude_a_writer(
    tmp_path: Path, on_disk: Callable[..., Vault]
) -> None:
    with on_disk() as vault:
        object_id = vault.put(Kind.SAMPLE, b"x", {})

    def read() -> None:
        with Vault.open(
            tmp_path / "vault", passphrase=PASSPHRASE, anchors=tmp_path / "anchors",
            min_kdf=KdfParams.for_tests(), read_only=True,
        ) as vault:  # fmt: skip
            assert vault.get(object_id) == b"x"

    with started(tmp_path, HOLDER, "reader") as (reader, _):
        read()
        with pytest.raises(VaultBusy):
            on_disk()
        reader.kill()
        reader.wait()
    with started(tmp_path, HOLDER, "writer"), pytest.raises(VaultBusy):
        read()
    on_disk().close()
