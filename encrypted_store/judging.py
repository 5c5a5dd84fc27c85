# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a vault's state and judging it, before anything is written.

Strict, for a session that will write: the first thing wrong is raised. Tolerant, for reading,
checking and repairing: everything wrong is listed, and what is readable is offered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from encrypted_store import log
from encrypted_store.anchor import Anchor, AnchorStore, Mark, MarkInvalid, decode_head
from encrypted_store.catalogue import Catalogue
from encrypted_store.errors import CatalogueDamaged, RollbackDetected, VaultTampered
from encrypted_store.freshness import is_torn, replay, rollback_reasons
from encrypted_store.fsio import Fsio, read_file
from encrypted_store.header import Header
from encrypted_store.keys import KeyName, KeyPage
from encrypted_store.log import Walk
from encrypted_store.paths import VaultPaths, epoch_of

_HEAD_LIMIT = 4096


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that a strict session would have refused."""

    code: str
    message: str
    seq: int | None = None
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a vault says of itself."""

    head: Mark | None
    anchor: Anchor | None
    anchor_ok: bool
    """False: there is an anchor and it cannot be read."""
    epoch: int
    data: bytes
    """The whole segment file; empty when there is none that can be read."""
    aead: AESGCM
    walk: Walk
    """The records that are good, from the first."""
    torn: bool
    """The file goes on after them with what a crash left."""
    catalogue: Catalogue
    stale: list[str] = field(default_factory=list)
    """Why this state is older than one that was seen."""
    problems: list[Problem] = field(default_factory=list)

    @property
    def damage(self) -> Problem | None:
        """Where the catalogue breaks, if it does."""
        return next((one for one in self.problems if one.code == "catalogue-damaged"), None)


def judge(
    io: Fsio,
    paths: VaultPaths,
    keys: KeyPage,
    header: Header,
    store: AnchorStore,
    *,
    tolerant: bool = False,
    accept_rollback: bool = False,
) -> Judgement:
    """Read anchor, HEAD and the live segment, and decide what they are worth. Writes nothing.

    Raises:
        VaultTampered, RollbackDetected: unless accepted or tolerant.
        CatalogueDamaged: unless tolerant.
        NewerVersion.
    """
    anchor, anchor_ok = _read_anchor(store, keys)
    head = _read_head(io, paths, keys, header.vault_id, tolerant)
    problems: list[Problem] = []
    if head is None:
        if not (tolerant or accept_rollback):
            raise VaultTampered("HEAD is missing or altered")
        problems.append(Problem("head-unreadable", "HEAD was missing or altered"))
    newest = max(_epochs(io, paths), default=0)
    epoch = head.epoch if head else newest
    if tolerant:
        epoch = _readable_epoch(io, paths, keys, header, epoch)
    judged = _read_catalogue(io, paths, keys, header, epoch, head, anchor, tolerant)
    stale = rollback_reasons(judged.walk, epoch, header.generation, head, anchor)
    if stale and not (tolerant or accept_rollback):
        raise RollbackDetected(stale[0])
    problems += [Problem("rollback", reason) for reason in stale]
    return replace(judged, anchor_ok=anchor_ok, stale=stale, problems=[*problems, *judged.problems])


def segment_aead(
    keys: KeyPage, vault_id: bytes, header: bytes, place: KeyName = KeyName.SEGMENT
) -> AESGCM:
    """The cipher of one segment. It reads its key from the page each time it is used."""
    key = keys.view(place)
    log.derive_key(keys.view(KeyName.CATALOGUE), vault_id, header, key)
    return AESGCM(key)


def _read_catalogue(
    io: Fsio,
    paths: VaultPaths,
    keys: KeyPage,
    header: Header,
    epoch: int,
    head: Mark | None,
    anchor: Anchor | None,
    tolerant: bool,
) -> Judgement:
    data = _segment(io, paths, epoch)
    aead = segment_aead(keys, header.vault_id, data[: log.HEADER.size].ljust(log.HEADER.size))
    walk = log.walk(data, aead) if data else Walk([], 0, None)
    torn, damage = False, None
    try:
        if not data:
            raise CatalogueDamaged(
                f"the catalogue segment of epoch {epoch} is missing or has no header",
                seq=0,
                offset=0,
            )
        torn = is_torn(walk, len(data), epoch, head, anchor)
    except CatalogueDamaged as error:
        damage = error
    catalogue, good, contradiction = replay(walk, epoch, head)
    if contradiction is not None:
        damage, torn = contradiction, False
        end = walk.records[good - 1].end if good else log.HEADER.size
        walk = Walk(walk.records[:good], end, walk.trouble)
    if damage is not None and not tolerant:
        raise damage
    problems = (
        [Problem("catalogue-damaged", damage.message, damage.seq, damage.offset)] if damage else []
    )
    return Judgement(
        head, anchor, True, epoch, data, aead, walk, torn, catalogue, problems=problems
    )  # fmt: skip


def _read_anchor(store: AnchorStore, keys: KeyPage) -> tuple[Anchor | None, bool]:
    try:
        return store.read(keys), True
    except MarkInvalid:
        return None, False


def _read_head(
    io: Fsio, paths: VaultPaths, keys: KeyPage, vault_id: bytes, tolerant: bool
) -> Mark | None:
    try:
        return decode_head(read_file(io, paths.head, _HEAD_LIMIT), vault_id, keys)
    except (FileNotFoundError, MarkInvalid):
        return None
    except OSError:
        if tolerant:  # a bad sector here hides nothing else
            return None
        raise


def _epochs(io: Fsio, paths: VaultPaths) -> Iterator[int]:
    for name in io.list_dir(paths.catalogue):
        epoch = epoch_of(name)
        if epoch is not None:
            yield epoch


def _segment(io: Fsio, paths: VaultPaths, epoch: int) -> bytes:
    """The segment's bytes; none when it is missing or its header is not this epoch's."""
    try:
        data = read_file(io, paths.segment(epoch))
    except FileNotFoundError:
        return b""
    return data if log.header_epoch(data[: log.HEADER.size]) == epoch else b""


def _readable_epoch(
    io: Fsio, paths: VaultPaths, keys: KeyPage, header: Header, preferred: int
) -> int:
    """The epoch HEAD names, or the newest other one with at least one good record."""
    for epoch in [preferred, *sorted(set(_epochs(io, paths)) - {preferred}, reverse=True)]:
        data = _segment(io, paths, epoch)
        if (
            data
            and log.walk(data, segment_aead(keys, header.vault_id, data[: log.HEADER.size])).records
        ):
            return epoch
    return preferred
