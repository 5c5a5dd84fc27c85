# SPDX-License-Identifier: GPL-3.0-or-later
"""Compaction: the next epoch's segment, holding only what is live, takes the old one's place.

    atomic cat/<epoch + 1>, complete -> atomic HEAD [in force] -> anchor -> old segment destroyed

Until HEAD names the new epoch the old segment is the catalogue, and the new file is a leftover.
"""

from __future__ import annotations

import contextlib
from typing import Any

from encrypted_store import log
from encrypted_store.anchor import Mark, encode_head
from encrypted_store.catalogue import Catalogue
from encrypted_store.fsio import atomic_write, read_file
from encrypted_store.judging import segment_aead
from encrypted_store.keys import KeyName
from encrypted_store.operations import open_op, put_op
from encrypted_store.segment import SegmentWriter
from encrypted_store.session import Session, shred_file

_FEW = 256  # below it a segment is small, however much of it is dead
_IDS_A_RECORD = 20_000  # 35 bytes each, a record holds 1 MiB


def compact_if_worth_it(session: Session) -> None:
    """At the end of a session: destroy what still describes deleted objects, or is mostly dead.

    A full disk is no reason not to end it: the catalogue that is there is complete.
    """
    records, live = session.writer.next_seq, len(session.catalogue)
    mostly_dead = records > _FEW and records > 2 * live
    if session.writer.usable and (mostly_dead or session.catalogue.deletions):
        with contextlib.suppress(OSError):
            compact(session)


def compact(session: Session) -> None:
    """Start the next epoch with the live entries, and destroy the old segment.

    Raises:
        ReadOnly: the session cannot write.
        OSError: the old epoch goes on; or, when it is not certain which one a power failure
            would leave, this session writes nothing more. Both hold the same entries.
    """
    session.writer.require_usable()
    writer = session.writer
    ops = epoch_ops(
        session.catalogue, session.epoch + 1, session.epoch, writer.next_seq - 1, writer.last_tag
    )
    old = session.paths.segment(session.epoch)
    try:
        start_epoch(session, session.epoch + 1, ops)
    except OSError:
        if _head_changed(session):
            session.writer.close()
        else:
            with contextlib.suppress(OSError):
                session.io.unlink(session.paths.segment(session.epoch + 1))
        raise
    session.write_anchor()
    try:
        shred_file(session.io, old)
    except OSError:
        session.note("old-segment-left", "the compacted catalogue is removed at the next opening")


def epoch_ops(
    catalogue: Catalogue, epoch: int, prev_epoch: int, prev_seq: int, prev_tag: bytes
) -> list[dict[str, Any]]:
    """The records of a fresh segment: where it comes from, what never returns, what is there."""
    graves = sorted(catalogue.tombstones)
    ops = [open_op(epoch, prev_epoch, prev_seq, prev_tag, graves[:_IDS_A_RECORD])]
    for start in range(_IDS_A_RECORD, len(graves), _IDS_A_RECORD):
        ops.append({"op": "tomb", "ids": graves[start : start + _IDS_A_RECORD]})
    ops += [dict(note) for note in catalogue.notes]
    ops += [
        put_op(one.id, one.kind, one.size, one.sha256, dict(one.meta), one.recovered)
        for one in catalogue.entries()
    ]
    return ops


def start_epoch(session: Session, epoch: int, ops: list[dict[str, Any]]) -> None:
    """Write a segment and the HEAD that puts it in force, and go on writing there.

    Raises:
        OSError: the session still uses the old segment.
    """
    io, keys = session.io, session.keys
    header = log.new_header(epoch, io.random)
    try:
        # The open segment's cipher reads its key from SEGMENT whenever it is used, and would
        # seal under the new key if this failed half-way.
        aead = segment_aead(keys, session.vault_id, header, KeyName.NEXT_SEGMENT)
        data, tag = log.build_segment(header, aead, io.random, ops)
        path = session.paths.segment(epoch)
        atomic_write(io, session.paths.tmp, path, [data])
        fd = io.open_update(path)
        try:
            mark = Mark(epoch, len(ops) - 1, tag, len(session.catalogue))
            head = encode_head(mark, session.vault_id, keys)
            atomic_write(io, session.paths.tmp, session.paths.head, [head])
        except BaseException:
            io.close(fd)
            raise
    finally:
        keys.wipe(KeyName.NEXT_SEGMENT)
    session.writer.close()
    aead = segment_aead(keys, session.vault_id, header)
    session.writer = SegmentWriter(io, fd, aead, next_seq=len(ops), end=len(data), last_tag=tag)
    session.epoch, session.head_on_disk = epoch, mark
    session.catalogue.opening, session.catalogue.deletions = dict(ops[0]), 0


def _head_changed(session: Session) -> bool:
    """Whether HEAD on disk is another than this session wrote or read last."""
    try:
        found = read_file(session.io, session.paths.head, 4096)
    except OSError:
        return True
    known = session.head_on_disk
    return known is None or found != encode_head(known, session.vault_id, session.keys)
