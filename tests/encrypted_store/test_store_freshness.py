# SPDX-License-Identifier: GPL-3.0-or-later
"""What a broken end of the log is: the table of cases, and which mark decides where two differ."""

from __future__ import annotations

import pytest

from encrypted_store import CatalogueDamaged, log
from encrypted_store.anchor import Anchor, Mark
from encrypted_store.freshness import is_torn, rollback_reasons
from encrypted_store.log import Break, Record, Walk
from encrypted_store.operations import open_op

EPOCH = 3
FIRST_END = 400
LONGEST = log.MAX_L + 8  # a record with its frame


def tag(seq: int) -> bytes:
    return bytes([seq]) * 16


def read(records: int, trouble: Break | None) -> Walk:
    found = [
        Record(seq, FIRST_END + 300 * seq, tag(seq), open_op(EPOCH, 2, 9, bytes(16), []))
        for seq in range(records)
    ]
    return Walk(found, found[-1].end if found else log.HEADER.size, trouble)


def mark(seq: int, epoch: int = EPOCH) -> Mark:
    return Mark(epoch, seq, tag(seq), 0)


def anchor(seq: int, epoch: int = EPOCH) -> Anchor:
    return Anchor(mark(seq, epoch), 1, 0)


def torn(
    walk: Walk, head: int | None, anchored: int | None, beyond: int = 10, anchor_epoch: int = EPOCH
) -> bool | None:
    """What is_torn says; None for damage. `beyond` bytes follow the last good record."""
    seen = None if anchored is None else anchor(anchored, anchor_epoch)
    try:
        return is_torn(walk, walk.end + beyond, EPOCH, None if head is None else mark(head), seen)
    except CatalogueDamaged as error:
        assert (error.seq, error.offset) == (walk.next_seq, walk.end)  # noqa: PT017
        return None


@pytest.mark.parametrize(
    ("trouble", "head", "anchored", "expected"),
    [
        (None, 2, 2, False),
        (Break.CUT, 2, 2, True),
        (Break.CUT, None, None, True),
        (Break.CUT, 3, 3, True),  # a rollback too, which is told elsewhere
        (Break.ZEROS, 2, 2, True),
        (Break.ZEROS, None, None, True),
        (Break.ZEROS, 3, 2, None),  # the later of the two marks counts
        (Break.ZEROS, 2, 3, None),
        (Break.LAST, 2, 2, True),
        (Break.LAST, 1, 2, True),
        (Break.LAST, 1, 1, True),
        (Break.LAST, 3, 2, None),
        (Break.LAST, 2, 3, None),
        (Break.LAST, 2, None, None),  # complete, so without an anchor perhaps acknowledged
        (Break.LENGTH, 2, 2, True),
        (Break.LENGTH, 1, 1, None),  # a crash leaves one record beyond the anchor, no more
        (Break.LENGTH, 3, 2, None),
        (Break.LENGTH, 2, None, None),
        (Break.INNER, 2, 2, None),
        (Break.CONTENT, 2, 2, None),
    ],
)
def test_three_good_records_and_then(
    trouble: Break | None, head: int | None, anchored: int | None, expected: bool | None
) -> None:
    assert torn(read(3, trouble), head, anchored) is expected


def test_an_anchor_of_another_epoch_does_not_vouch() -> None:
    for trouble in (Break.LAST, Break.LENGTH):
        assert torn(read(3, trouble), 2, 2, anchor_epoch=EPOCH - 1) is None


@pytest.mark.parametrize(("beyond", "expected"), [(1, True), (LONGEST, True), (LONGEST + 1, None)])
def test_a_torn_record_is_no_longer_than_a_record(beyond: int, expected: bool | None) -> None:
    assert torn(read(3, Break.LENGTH), 2, 2, beyond) is expected


@pytest.mark.parametrize("trouble", [None, *Break])
def test_a_segment_without_a_record_is_damage(trouble: Break | None) -> None:
    """It is written whole or not at all."""
    assert torn(read(0, trouble), None, None) is None


@pytest.mark.parametrize(
    ("seen", "stale"),
    [
        (Mark(2, 9, bytes(16), 0), False),  # just what the compaction read
        (Mark(2, 8, b"x" * 16, 0), False),  # before it
        (Mark(2, 9, b"x" * 16, 0), True),  # the same place in another history
        (Mark(2, 10, bytes(16), 0), True),  # after it
        (Mark(1, 99, bytes(16), 0), False),  # too long ago to tell
    ],
)
def test_an_epoch_is_not_made_from_less_than_was_seen(seen: Mark, stale: bool) -> None:
    walk = read(2, None)
    assert bool(rollback_reasons(walk, EPOCH, 1, mark(1), Anchor(seen, 1, 0))) is stale


@pytest.mark.parametrize(
    ("epoch", "generation", "head", "seen", "expected"),
    [
        (EPOCH, 1, mark(1), anchor(1), []),
        (EPOCH, 2, mark(0), anchor(1), []),
        (EPOCH, 1, None, None, []),
        (EPOCH, 0, mark(1), anchor(1), ["generation 0"]),
        (EPOCH, 1, mark(2), anchor(1), ["2 was seen"]),
        (EPOCH, 1, mark(1), anchor(2), ["2 was seen"]),
        (EPOCH, 1, Mark(EPOCH, 1, tag(9), 0), anchor(0), ["record 1 is not"]),
        (EPOCH, 1, mark(1), anchor(0, EPOCH + 1), ["4 was seen"]),
        (EPOCH, 1, mark(0, EPOCH + 1), None, ["HEAD names 4"]),
        (EPOCH, 1, mark(0, EPOCH + 1), anchor(0, EPOCH + 1), ["4 was seen"]),  # once is enough
    ],
)
def test_what_is_older_than_what_was_seen(
    epoch: int, generation: int, head: Mark | None, seen: Anchor | None, expected: list[str]
) -> None:
    reasons = rollback_reasons(read(2, None), epoch, generation, head, seen)
    assert len(reasons) == len(expected)
    for reason, part in zip(reasons, expected, strict=True):
        assert part in reason
