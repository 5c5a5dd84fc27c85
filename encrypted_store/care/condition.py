# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of headers, HEAD, anchor and catalogue, read again from the disk."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from encrypted_store import log
from encrypted_store.anchor import Anchor, Mark, MarkInvalid, decode_head
from encrypted_store.care.moving import walk_segment
from encrypted_store.care.report import Finding
from encrypted_store.errors import CatalogueDamaged, VaultError
from encrypted_store.freshness import is_torn, replay, rollback_reasons
from encrypted_store.fsio import Fsio, read_file
from encrypted_store.header import MAX_SIZE, decode
from encrypted_store.log import Walk
from encrypted_store.session import Session

_MARK_LIMIT = 4096
_REPAIR = "nothing was changed; copy the folder elsewhere, then let repair show what it would do"


@dataclass(slots=True)
class Condition:
    """What was found, and what later parts of a check need of it."""

    findings: list[Finding] = field(default_factory=list)
    records: int = 0
    """Good ones."""

    def add(self, code: str, level: str, subject: str, message: str, advice: str = "") -> None:
        self.findings.append(Finding(code, level, subject, message, advice))

    @property
    def broken(self) -> bool:
        """The catalogue could not be read to its end."""
        return any(one.code == "catalogue-damaged" for one in self.findings)


def examine_state(session: Session) -> Condition:
    """Compare what is on disk with the open session. Writes nothing and touches no live key."""
    found = Condition()
    _headers(session, found)
    head = _head(session, found)
    anchor = _anchor(session, found)
    _catalogue(session, found, head, anchor)
    return found


def rollback_beyond_damage(
    walk: Walk, epoch: int, generation: int, head: Mark | None, anchor: Anchor | None, broken: bool
) -> list[str]:
    """Signs of an older state that a broken catalogue does not explain.

    The records after a break were seen once and cannot be read now: that alone is no rollback.

    Args:
        broken: the catalogue breaks after `walk`.
    """

    def explained(mark: Mark) -> bool:
        after = mark.epoch == epoch and mark.seq >= walk.next_seq
        return broken and (after or not walk.records)

    reasons: list[str] = []
    if head is not None and walk.records and head.epoch > epoch:
        reasons.append(f"HEAD names epoch {head.epoch}, the newest readable one is {epoch}")
    if anchor is not None and explained(anchor.mark):
        if generation < anchor.generation:
            reasons.append(f"the header is generation {generation}, {anchor.generation} was seen")
        anchor = None
    if head is not None and explained(head):
        head = None
    return reasons + rollback_reasons(walk, epoch, generation, head, anchor)


def read_or_none(io: Fsio, path: Path, limit: int | None = None) -> bytes | None:
    """A file's bytes; None when it is missing or the medium does not give it."""
    try:
        return read_file(io, path, limit)
    except OSError:
        return None


def _headers(session: Session, found: Condition) -> None:
    genuine = session.header.encode(session.keys)
    bad = 0
    for path in session.paths.headers:
        data = read_or_none(session.io, path, MAX_SIZE)
        if data == genuine:
            continue
        bad += 1
        found.add(
            "header-copy-damaged", "bad", path.name, _header_trouble(session, data),
            "the other copy opens the vault; opening it for writing, or repair, writes this one "
            "anew",
        )  # fmt: skip
    if not bad:
        found.add("header-ok", "ok", "vault", "both copies of the header are whole and equal")


def _header_trouble(session: Session, data: bytes | None) -> str:
    if data is None:
        return "this copy of the header is missing or cannot be read"
    try:
        copy = decode(data)
    except VaultError as error:
        return error.message
    if copy.header.generation < session.header.generation:
        return "this copy of the header is an older one"
    return "this copy of the header was not made with this vault's key"


def _head(session: Session, found: Condition) -> Mark | None:
    data = read_or_none(session.io, session.paths.head, _MARK_LIMIT)
    try:
        head = decode_head(data or b"", session.vault_id, session.keys)
    except MarkInvalid:
        found.add(
            "head-unreadable", "fatal", "HEAD", "HEAD, the mark of the last clean end, is missing "
            "or altered", "your recordings are not in this file; repair renews it",
        )  # fmt: skip
        return None
    found.add("head-ok", "ok", "HEAD", "the mark of the last clean end is genuine")
    return head


def _anchor(session: Session, found: Condition) -> Anchor | None:
    try:
        anchor = session.anchors.read(session.keys)
    except (MarkInvalid, OSError):
        found.add(
            "anchor-damaged", "note", "anchor", "this machine's memory of the vault is unreadable",
            "it is renewed at the next opening; until then an older copy of the vault might pass "
            "for the newest",
        )  # fmt: skip
        return None
    if anchor is None:
        found.add(
            "anchor-absent", "note", "anchor", "this machine does not remember this vault",
            "that is so on a new machine and for a backup; whether this is the newest state can "
            "only be told from inside the vault",
        )  # fmt: skip
        return None
    found.add("anchor-ok", "ok", "anchor", "this machine's memory of the vault is genuine")
    return anchor


def _catalogue(
    session: Session, found: Condition, head: Mark | None, anchor: Anchor | None
) -> None:
    data = read_or_none(session.io, session.paths.segment(session.epoch)) or b""
    walk, trouble, torn = _read_log(session, data, head, anchor)
    found.records = walk.next_seq
    last = walk.records[-1].tag if walk.records else None
    if trouble is not None:
        found.add(
            "catalogue-damaged", "fatal", "catalogue", trouble,
            "objects are kept apart from the catalogue and are not harmed by this; " + _REPAIR,
        )  # fmt: skip
    elif (walk.next_seq, last) != (session.writer.next_seq, session.writer.last_tag):
        found.add(
            "catalogue-changed", "fatal", "catalogue",
            f"the catalogue holds {walk.next_seq} records, this session knows "
            f"{session.writer.next_seq}", "something else writes to this folder: close the vault "
            "and find out what, a synchroniser perhaps",
        )  # fmt: skip
    else:
        found.add("catalogue-ok", "ok", "catalogue", f"all {walk.next_seq} records are whole")
    if torn:
        found.add(
            "torn-tail", "note", "catalogue", "one unfinished change lies at the end",
            "a crash leaves that; everything before it is whole, and opening sets it aside",
        )  # fmt: skip
    generation = session.header.generation
    for reason in rollback_beyond_damage(
        walk, session.epoch, generation, head, anchor, trouble is not None
    ):
        found.add(
            "rollback", "fatal", "catalogue", reason,
            "if this is a backup, or you restored one, that is so; otherwise somebody put an older "
            "state in place. What it lists can be read; accept it only if you know why",
        )  # fmt: skip


def _read_log(
    session: Session, data: bytes, head: Mark | None, anchor: Anchor | None
) -> tuple[Walk, str | None, bool]:
    """The good records, what is wrong after them, and whether that is a crash's tail."""
    epoch = session.epoch
    if log.header_epoch(data[: log.HEADER.size]) != epoch:
        why = f"the catalogue segment of epoch {epoch} is missing or has no header"
        return Walk([], 0, None), why, False
    walk = walk_segment(session.keys, session.vault_id, data)
    try:
        torn, trouble = is_torn(walk, len(data), epoch, head, anchor), None
    except CatalogueDamaged as error:
        torn, trouble = False, error.message
    _, good, contradiction = replay(walk, epoch, head)
    if contradiction is not None:
        return Walk(walk.records[:good], walk.end, walk.trouble), contradiction.message, False
    return walk, trouble, torn
