# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue: no flipped, cut, spliced or torn record passes for another state."""

from __future__ import annotations

import itertools
import os

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from store_box import HISTORY, ROOT, Box, content, flip, new_box

from encrypted_store import (
    CatalogueDamaged,
    Kind,
    MetaInvalid,
    NewerVersion,
    RollbackDetected,
    canon,
    log,
)

HEAD = ROOT / "HEAD"


def test_every_flipped_bit_of_the_catalogue(filled: tuple[Box, list[str]]) -> None:
    box, _ = filled
    size = len(box.disk.read(box.log))
    for bit in range(0, size * 8, 11):
        disk = box.disk.copy()
        flip(disk, box.log, bit)
        with pytest.raises(CatalogueDamaged):
            box.open(disk)


def test_every_flipped_length_bit_without_an_anchor(filled: tuple[Box, list[str]]) -> None:
    """The four-byte check: a flipped length must not pass for the torn tail of a crash."""
    box, _ = filled
    box.disk.remove(box.anchor)
    box.disk.write(HEAD, b"")  # nor may HEAD be what saves us
    data = box.disk.read(box.log)
    at = 48
    while at < len(data):
        for bit in range(64):
            disk = box.disk.copy()
            flip(disk, box.log, at * 8 + bit)
            with pytest.raises(CatalogueDamaged):
                box.open(disk, accept_rollback=True)
        at += 8 + int.from_bytes(data[at : at + 4])


def test_every_truncation_of_the_catalogue(filled: tuple[Box, list[str]]) -> None:
    box, _ = filled
    good = box.disk.read(box.log)
    for size in range(0, len(good), 7):
        disk = box.disk.copy()
        disk.write(box.log, good[:size])
        before = disk.files()
        with pytest.raises((RollbackDetected, CatalogueDamaged)):
            box.open(disk)
        after = disk.files()
        assert {path for path in after if before[path] != after[path]} <= {ROOT / "lock"}


def test_a_cut_record_below_the_marks_is_set_aside_once_accepted(
    filled: tuple[Box, list[str]],
) -> None:
    box, ids = filled
    with box.open() as vault:
        last = vault.put(Kind.SAMPLE, b"x", {"long": "x" * 5000})
    data = box.disk.read(box.log)
    box.disk.write(box.log, data[:-100])
    with pytest.raises(RollbackDetected):
        box.open()
    with box.open(accept_rollback=True) as vault:
        codes = [notice.code for notice in vault.notices]
        assert codes == ["torn-tail", "rollback-accepted", "object-salvaged"]
        assert [entry.id for entry in vault.list()] == [*ids, last]
    with box.open() as vault:
        assert vault.notices == ()


def test_spliced_records(filled: tuple[Box, list[str]]) -> None:
    """Records dropped, repeated, swapped, or taken from another vault."""
    box, _ = filled
    data = box.disk.read(box.log)
    edges = [48]
    while edges[-1] < len(data):
        edges.append(edges[-1] + 8 + int.from_bytes(data[edges[-1] : edges[-1] + 4]))
    records = [data[a:b] for a, b in itertools.pairwise(edges)]
    assert len(records) == HISTORY
    other, vault = new_box()
    vault.close()
    forged = [
        [records[i] for i in order]
        for order in ([1, 2, 3, 4], [0, 2, 3, 4], [0, 2, 1, 3, 4], [0, 1, 1, 2, 3], [4, 3, 2, 1])
    ]
    forged.append([other.disk.read(other.log)[48:], *records[1:]])
    for parts in forged:
        disk = box.disk.copy()
        disk.write(box.log, data[:48] + b"".join(parts))
        with pytest.raises(CatalogueDamaged):
            box.open(disk)
    # Past the last acknowledged record anything is a crash's leftover, even a replayed record.
    box.disk.write(box.log, data + records[-1])
    with box.open() as vault:
        assert [notice.code for notice in vault.notices] == ["torn-tail"]
        assert len(vault.list()) == 3


def test_a_torn_tail_is_set_aside(filled: tuple[Box, list[str]]) -> None:
    box, ids = filled
    with box.open() as vault:
        before = content(vault)
    crashed, good = box.disk.copy(), box.disk.read(box.log)
    with box.open() as vault:
        vault.update(ids[0], {"n": 3})
    record = box.disk.read(box.log)[len(good) :]
    blank = bytes(len(record))
    tails = [record[:size] for size in range(1, len(record), 23)]
    tails += [blank, blank[:9], record[:-1] + bytes([record[-1] ^ 1]), blank[:64] + record[64:]]
    tails += [record[:200] + blank[200:], blank[:8] + record[8:]]
    for tail in tails:
        disk = crashed.copy()
        disk.write(box.log, good + tail)
        with box.open(disk) as vault:
            assert content(vault) == before, len(tail)
            assert [notice.code for notice in vault.notices] == ["torn-tail"]
            vault.update(ids[1], {"after": True})
        aside = [data for path, data in disk.files().items() if path.parent == ROOT / "quarantine"]
        assert aside == ([tail] if any(tail) else [])
        with box.open(disk) as vault:
            assert vault.notices == ()
            assert vault.entry(ids[1]).meta == {"after": True}


def test_an_unreadable_last_record_without_an_anchor_is_not_dropped(
    filled: tuple[Box, list[str]],
) -> None:
    box, _ = filled
    disk = box.disk.copy()
    with box.open(disk) as vault:
        vault.put(Kind.SAMPLE, b"acked", {})
        disk = disk.copy()  # no clean close: HEAD is behind
    disk.remove(box.anchor)
    flip(disk, box.log, len(disk.read(box.log)) * 8 - 1)
    with pytest.raises(CatalogueDamaged) as caught:
        box.open(disk)
    assert caught.value.seq == HISTORY


def test_an_operation_of_a_newer_writer(box: Box) -> None:
    with box.open() as vault:
        session = vault._session
        assert session is not None
        session.commit({"op": "sparkle", "must": False, "x": 1})
        vault.put(Kind.SAMPLE, b"x", {})
    with box.open() as vault:
        assert len(vault.list()) == 1
        session = vault._session
        assert session is not None
        with pytest.raises(NewerVersion):
            session.commit({"op": "sparkle", "x": 1})  # this writer cannot, so it must not
        session.writer.append({"op": "sparkle", "x": 1})
    with pytest.raises(NewerVersion):
        box.open()


def test_the_longest_record_can_be_read_and_a_longer_one_is_not_made() -> None:
    aead, header = AESGCM(bytes(32)), log.new_header(1, os.urandom)
    body = log.MAX_L - 256 - 4  # the plaintext comes in blocks of 256 and begins with its length
    op = {"op": "note", "detail": ""}
    op["detail"] = "x" * (body - len(canon.encode(op)))
    data, _ = log.build_segment(header, aead, os.urandom, [op, op])
    walk = log.walk(data, aead)
    assert (walk.trouble, [record.op for record in walk.records]) == (None, [op, op])
    op["detail"] += "x"
    for make in (log.check_fits, lambda op: log.build_segment(header, aead, os.urandom, [op])):
        with pytest.raises(MetaInvalid):
            make(op)
