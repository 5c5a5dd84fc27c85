# SPDX-License-Identifier: GPL-3.0-or-later
"""Judging a log that was read: whole, torn by a crash, damaged, or older than what was seen.

Pure decisions over what was read; nothing is written before they are made.
"""

from __future__ import annotations

from encrypted_store import log
from encrypted_store.anchor import Anchor, Mark
from encrypted_store.canon import unb64
from encrypted_store.catalogue import Catalogue
from encrypted_store.errors import CatalogueDamaged
from encrypted_store.log import Break, Walk
from encrypted_store.operations import BadOperation


def is_torn(walk: Walk, size: int, epoch: int, head: Mark | None, anchor: Anchor | None) -> bool:
    """Whether the tail after the last good record is a crash's, to be set aside.

    A crash leaves at most one record beyond the last acknowledged one. The anchor says which that
    is; without it an unreadable but complete record may have been acknowledged, so it is damage.

    Args:
        size: bytes in the segment file.

    Raises:
        CatalogueDamaged: it is not a tail.
    """
    seq = walk.next_seq
    if walk.trouble is None and seq > 0:
        return False
    seen = max((mark.seq for mark in _marks(epoch, head, anchor)), default=-1)
    anchored = anchor is not None and anchor.mark.epoch == epoch
    beyond = seq > seen
    rules = {
        Break.CUT: True,  # at or below `seen` it is a rollback too, see `rollback_reasons`
        Break.ZEROS: beyond,
        Break.LAST: beyond and anchored,
        # The first block of the record was lost and a later one was not.
        Break.LENGTH: anchored and beyond and anchor is not None
        and seq == anchor.mark.seq + 1 and size - walk.end <= log.MAX_L + 8,
    }  # fmt: skip
    if seq == 0 or walk.trouble is None or not rules.get(walk.trouble, False):
        why = walk.trouble.value if walk.trouble else "the segment holds no record"
        raise CatalogueDamaged(
            f"catalogue record {seq} at byte {walk.end}: {why}",
            seq=seq,
            offset=walk.end,
        )
    return True


def rollback_reasons(
    walk: Walk, epoch: int, generation: int, head: Mark | None, anchor: Anchor | None
) -> list[str]:
    """Why this state is older than, or other than, one that was seen. Empty when it is not."""
    reasons: list[str] = []
    if anchor is not None and generation < anchor.generation:
        reasons.append(f"the header is generation {generation}, {anchor.generation} was seen")
    if anchor is not None and epoch < anchor.mark.epoch:
        reasons.append(f"the catalogue is epoch {epoch}, {anchor.mark.epoch} was seen")
    if head is not None and epoch < head.epoch and not reasons:
        reasons.append(f"the catalogue is epoch {epoch}, HEAD names {head.epoch}")
    for mark in _marks(epoch, head, anchor):
        if mark.seq >= walk.next_seq:
            reasons.append(f"the catalogue ends at record {walk.next_seq - 1}, {mark.seq} was seen")
        elif walk.records[mark.seq].tag != mark.tag:
            reasons.append(f"catalogue record {mark.seq} is not the one that was seen")
    if anchor is not None and anchor.mark.epoch < epoch and walk.records:
        reasons += _ancestry(walk, anchor.mark)
    return reasons


def replay(
    walk: Walk, epoch: int, head: Mark | None
) -> tuple[Catalogue, int, CatalogueDamaged | None]:
    """The catalogue that the records make, how many were taken in, and what stopped it.

    Raises:
        NewerVersion: a record needs a newer reader.
    """
    catalogue = Catalogue()
    offset = log.HEADER.size
    for record in walk.records:
        try:
            catalogue.apply(record.seq, record.op)
            if record.seq == 0 and catalogue.opening.get("epoch") != epoch:
                raise BadOperation("it opens another epoch")
            at_head = head and (head.epoch, head.seq, head.tag) == (epoch, record.seq, record.tag)
            if head and at_head and len(catalogue) != head.count:
                raise BadOperation(f"{len(catalogue)} entries, HEAD counted {head.count}")
        except BadOperation as error:
            damage = CatalogueDamaged(
                f"catalogue record {record.seq} at byte {offset}: {error}",
                seq=record.seq,
                offset=offset,
            )
            return catalogue, record.seq, damage
        offset = record.end
    return catalogue, len(walk.records), None


def _marks(epoch: int, head: Mark | None, anchor: Anchor | None) -> list[Mark]:
    marks = [head, anchor.mark if anchor else None]
    return [mark for mark in marks if mark is not None and mark.epoch == epoch]


def _ancestry(walk: Walk, seen: Mark) -> list[str]:
    """A compaction names the record it started from; what was seen must not lie after it."""
    opening = walk.records[0].op
    if opening.get("prev_epoch") != seen.epoch:
        return []
    last = opening.get("prev_seq", -1)
    same = last == seen.seq and unb64(opening.get("prev_tag"), 16) == seen.tag
    if last > seen.seq or same:
        return []
    return [f"this epoch was made from record {last}, {seen.seq} was seen"]
