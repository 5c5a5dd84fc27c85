# SPDX-License-Identifier: GPL-3.0-or-later
"""The log's write end: what it promises about each record, and what it does when the disk fails."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from store_box import ROOT, new_box
from store_memfs import MemFs

from encrypted_store import IoError, Kind, ReadOnly, Vault, log
from encrypted_store.segment import SegmentWriter

LOG = Path("/mem/log")
NOTE = {"op": "note", "event": "x", "t": 0}


def written(*tails: bytes) -> tuple[MemFs, SegmentWriter, AESGCM]:
    """A segment of one record, and a writer that knows of nothing after it."""
    disk, aead = MemFs(), AESGCM(bytes(32))
    disk.make_dir(LOG.parent)
    data, tag = log.build_segment(log.new_header(1, os.urandom), aead, os.urandom, [NOTE])
    disk.write(LOG, data + b"".join(tails))
    disk.trace.clear()
    writer = SegmentWriter(
        disk, disk.open_update(LOG), aead, next_seq=1, end=len(data), last_tag=tag
    )
    return disk, writer, aead


def failing(disk: MemFs, *calls: str) -> None:
    """From now on these calls fail."""

    def fail(call: str, path: Path | None) -> None:
        if call in calls:
            raise OSError(errno.EIO, "injected")

    disk.before = fail


def test_records_are_numbered_and_durable() -> None:
    disk, writer, aead = written()
    assert [writer.append(NOTE) for _ in range(3)] == [1, 2, 3]
    assert disk.trace == ["write", "durable"] * 3
    walk = log.walk(disk.read(LOG), aead)
    assert (walk.next_seq, walk.trouble, walk.end) == (4, None, writer.end)


def test_a_failed_write_is_cut_off_and_writing_goes_on() -> None:
    disk, writer, aead = written()
    failing(disk, "write")
    with pytest.raises(OSError, match="injected"):
        writer.append(NOTE)
    assert len(disk.read(LOG)) == writer.end
    disk.before = lambda call, path: None
    assert writer.append(NOTE) == 1
    assert log.walk(disk.read(LOG), aead).next_seq == 2


@pytest.mark.parametrize("calls", [("durable",), ("write", "truncate")], ids=["flush", "cut"])
def test_a_state_that_nobody_knows_ends_writing(calls: tuple[str, ...]) -> None:
    disk, writer, _ = written()
    failing(disk, *calls)
    with pytest.raises(OSError, match="injected"):
        writer.append(NOTE)
    assert not writer.usable
    assert (writer.next_seq, disk.fds, writer._aead) == (1, {}, None)
    disk.before = lambda call, path: None
    with pytest.raises(ReadOnly, match="earlier"):
        writer.append(NOTE)
    writer.close()


def test_what_was_read_is_written_again() -> None:
    disk, writer, _ = written()
    good = disk.read(LOG)
    disk.write(
        LOG, good[:100] + bytes(50) + good[150:]
    )  # what the disk has, not what the cache had
    writer._fd = disk.open_update(LOG)
    writer.rewrite(100, good[100:150])
    assert disk.read(LOG) == good
    assert disk.trace == ["write", "durable"]


def test_a_tail_is_cut_for_good() -> None:
    disk, writer, _ = written(b"tail")
    writer.cut_tail()
    assert len(disk.read(LOG)) == writer.end
    assert disk.trace == ["truncate", "durable"]


def test_what_follows_the_last_record_is_called_by_its_name() -> None:
    """Less than a frame can only be cut; from a whole one on the length has to be a right one."""
    disk, _, aead = written()
    good = disk.read(LOG)
    for tail, trouble in (
        (b"", None),
        (b"\1" * 7, log.Break.CUT),
        (b"\1" * 8, log.Break.LENGTH),
        (bytes(7), log.Break.CUT),
        (bytes(8), log.Break.ZEROS),
        (bytes(8) + b"\1", log.Break.LENGTH),
    ):
        walk = log.walk(good + tail, aead)
        assert (walk.next_seq, walk.end, walk.trouble) == (1, len(good), trouble)


@pytest.mark.parametrize(
    "change",
    [
        lambda vault, listed: vault.put(Kind.SAMPLE, b"new", {}),
        lambda vault, listed: vault.update(listed, {"n": 2}),
        lambda vault, listed: vault.delete(listed),
    ],
    ids=["put", "update", "delete"],
)
def test_a_change_whose_flush_failed_is_not_acknowledged(
    change: Callable[[Vault, str], object],
) -> None:
    """It may be on the disk all the same: then it must be whole, with the object it names."""
    box, vault = new_box()
    listed = vault.put(Kind.SAMPLE, b"old", {"n": 1})
    lengths = [len(box.disk.read(box.log))]

    def fail(call: str, path: Path | None) -> None:
        if call == "durable" and len(box.disk.read(box.log)) > lengths[0]:
            raise OSError(errno.EIO, "injected")

    box.disk.before = fail
    with pytest.raises(IoError):
        change(vault, listed)
    box.disk.before = lambda call, path: None
    with pytest.raises(ReadOnly):
        vault.put(Kind.SAMPLE, b"later", {})
    vault.close()
    assert box.disk.fds == {}
    with box.open() as again:
        for entry in again.list():
            assert again.get(entry.id) in (b"old", b"new")
        assert "objects-missing" not in {notice.code for notice in again.notices}
    assert box.disk.list_dir(ROOT / "tmp") == []


def test_an_epoch_is_short_enough_for_random_nonces() -> None:
    """The format's bound; two of so many 96-bit nonces meet with a chance of 2^-49."""
    assert log.MAX_RECORDS == 2**24
    assert log.MAX_RECORDS**2 / 2 / 2 ** (8 * log.NONCE_SIZE) == 2**-49
