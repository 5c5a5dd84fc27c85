# SPDX-License-Identifier: GPL-3.0-or-later
"""No (key, nonce) pair comes twice, whatever happens to the disk; a counter would repeat one."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from store_beliefs import ModelDisk, Source
from store_box import ANCHORS, PASSPHRASE, ROOT
from store_machine import VaultMachine
from store_nonces import NonceRepeated, Recorder, watching

from encrypted_store import DiskFull, KdfParams, Kind, Vault, log

CHEAP = KdfParams.for_tests()


class Life:
    """One vault on one machine."""

    def __init__(self) -> None:
        self.disk = ModelDisk(Source())
        Vault.create(ROOT, PASSPHRASE, kdf=CHEAP, anchors=ANCHORS, io=self.disk)[0].close()
        self.put()

    def open(self, **options: Any) -> Vault:
        options.setdefault("passphrase", PASSPHRASE)
        return Vault.open(ROOT, anchors=ANCHORS, io=self.disk, min_kdf=CHEAP, **options)

    def put(self, **options: Any) -> None:
        with self.open(**options) as vault:
            vault.put(Kind.SAMPLE, b"take %d" % self.disk.source.drawn, {})

    def restored(self, copy: ModelDisk) -> None:
        """The vault's folder goes back; randomness and the machine do not."""
        self.disk = copy.copy()


def torn_tail(life: Life) -> None:
    life.put()
    path = ROOT / "cat" / "00000001.vvlog"
    whole = life.disk.read(path)
    life.put()
    # The last record was written and not flushed: its end never reached the disk.
    life.disk.write(path, life.disk.read(path)[: len(whole) + 100])
    life.put(accept_rollback=True)


def restored_backup(life: Life) -> None:
    copy = life.disk.copy()
    for _ in range(3):
        life.put()
        life.restored(copy)


def failed_append(life: Life) -> None:
    with life.open() as vault:
        writes = 0

        def refuse(name: str, path: Path | None) -> None:
            nonlocal writes
            writes += name == "write"
            if name == "write" and writes == 4:  # the object has three pieces, then the record
                raise OSError(errno.ENOSPC, "full")

        life.disk.before = refuse
        with pytest.raises(DiskFull):
            vault.put(Kind.SAMPLE, b"does not fit", {})
        life.disk.before = lambda name, path: None
        vault.put(Kind.SAMPLE, b"fits", {})


HISTORIES = (torn_tail, restored_backup, failed_append)


def compacted_twice_from_one_copy(life: Life) -> None:
    copy = life.disk.copy()
    for _ in range(2):
        with life.open() as vault:
            vault.compact()
            vault.put(Kind.SAMPLE, b"after", {})
        life.restored(copy)


def slots_changed_from_one_copy(life: Life) -> None:
    copy = life.disk.copy()
    for n in range(2):
        with life.open() as vault:
            vault.add_passphrase(f"another {n}", passphrase=PASSPHRASE, kdf=CHEAP)
            vault.new_recovery_code(passphrase=PASSPHRASE)
            vault.change_passphrase("new", passphrase=PASSPHRASE, kdf=CHEAP)
        life.restored(copy)


@pytest.mark.parametrize(
    "history", [*HISTORIES, compacted_twice_from_one_copy, slots_changed_from_one_copy]
)
def test_no_pair_comes_twice(history: Callable[[Life], None]) -> None:
    recorder = Recorder()
    with watching(recorder):
        history(Life())
    assert sum(recorder.pairs.values()) >= 8
    assert {place.rpartition(".")[2] for place in recorder.pairs} == {"judging", "slots", "stream"}


@contextmanager
def counted_nonces() -> Iterator[None]:
    """The design that FORMAT.md warns of: the record's number is its nonce."""
    real = log.encode_record

    def encode(aead: Any, nonce: bytes, seq: int, previous: bytes, op: Any) -> bytes:
        return real(aead, seq.to_bytes(12, "big"), seq, previous, op)

    with mock.patch.object(log, "encode_record", encode):
        yield


@pytest.mark.parametrize("history", HISTORIES)
def test_a_counter_would_repeat_one(history: Callable[[Life], None]) -> None:
    with counted_nonces(), watching(Recorder()), pytest.raises(NonceRepeated):
        history(Life())


def test_random_lives_find_the_counter_too() -> None:
    options = settings(
        derandomize=True, max_examples=60, stateful_step_count=25, deadline=None, database=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck), print_blob=False,
        report_multiple_bugs=False,
    )  # fmt: skip
    with counted_nonces(), pytest.raises(NonceRepeated):
        run_state_machine_as_test(VaultMachine, settings=options)


def test_the_recorder_sees_what_it_should() -> None:
    recorder = Recorder()
    recorder.note("x", b"key", b"nonce", b"a")
    recorder.note("x", b"other key", b"nonce", b"a")
    for content in (b"a", b"b"):
        with pytest.raises(NonceRepeated):
            recorder.note("y", b"key", b"nonce", content)
