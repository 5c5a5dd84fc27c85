# SPDX-License-Identifier: GPL-3.0-or-later
"""From an open vault into a copy of it: objects, then the catalogue, and the proof of both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from encrypted_store import log
from encrypted_store.anchor import encode_head
from encrypted_store.care.copying import Copy, file_size
from encrypted_store.care.progress import Meter, OnProgress, Stop
from encrypted_store.care.sealed import sealed_chunks
from encrypted_store.errors import CatalogueDamaged, ObjectDamaged, ObjectMissing
from encrypted_store.fsio import read_file
from encrypted_store.judging import segment_aead
from encrypted_store.keys import KeyName, KeyPage
from encrypted_store.kinds import Entry
from encrypted_store.log import Walk
from encrypted_store.paths import object_id_of
from encrypted_store.session import Session
from encrypted_store.vault import Vault


@dataclass(slots=True)
class Tally:
    """What a run did and found so far."""

    copied: int = 0
    reused: int = 0
    bytes: int = 0
    damaged: list[str] = field(default_factory=list)
    """Ids whose file in the source is bad or gone."""
    absent: list[str] = field(default_factory=list)
    """Those of them that the copy has no file of either."""
    faults: list[str] = field(default_factory=list)
    """What did not verify in the copy."""


@dataclass(frozen=True, slots=True)
class State:
    """What the copy must hold: the catalogue's lines and the bytes of the small files."""

    entries: list[Entry]
    tombstones: frozenset[str]
    files: dict[Path, bytes]
    """In the order of writing: segment, HEAD, both headers."""


class Mover:
    """Carries one vault's ciphertext into one copy.

    The vault's turn is taken for each object, not for the whole run: recording may go on.
    """

    def __init__(
        self, vault: Vault, copy: Copy, on_progress: OnProgress | None, stop: Stop | None
    ) -> None:
        self.tally = Tally()
        self._vault = vault
        self._copy = copy
        self._on_progress = on_progress
        self._stop = stop
        self._done: set[str] = set()

    def copy_objects(self) -> None:
        """Bring every object that is listed now into the copy.

        A damaged one is left out and counted; an older good file of it in the copy stays.

        Raises:
            Stopped, DiskFull, ReadOnly, IoError.
        """
        entries = self._vault.list()
        meter = self._meter("copy", entries)
        for entry in entries:
            meter.ask()
            with self._vault.working(f"copying object {entry.id}") as session:
                if entry.id in session.catalogue:
                    self._copy_one(session, entry)
            meter.add(entry.size)

    def forgotten(self, session: Session) -> bool:
        """Whether something was deleted in the vault after it was copied."""
        return not self._done.isdisjoint(session.catalogue.tombstones)

    def copy_late(self, session: Session) -> None:
        """What was put meanwhile; then all names are made durable."""
        for entry in session.catalogue.entries():
            if entry.id not in self._done:
                self._copy_one(session, entry)
        self._copy.settle_objects()

    def verify(self, state: State) -> None:
        """Read the whole copy back. An object that fails is copied once more.

        Raises:
            Stopped, DiskFull, ReadOnly, IoError: the disk's; damage is in `tally.faults`.
        """
        meter = self._meter("verify", state.entries)
        for entry in state.entries:
            meter.ask()
            with self._vault.working(f"verifying object {entry.id}") as session:
                self._verify_one(session, entry)
            meter.add(entry.size)
        self.verify_files(state.files)
        self._verify_layout(state)

    def verify_files(self, files: dict[Path, bytes]) -> None:
        """Compare small files with what was proved before it was written."""
        io, paths = self._copy.io, self._copy.paths
        for path, data in files.items():
            try:
                same = read_file(io, path) == data
            except OSError:
                same = False
            if not same:
                self.tally.faults.append(path.relative_to(paths.root).as_posix())

    def _meter(self, stage: str, entries: list[Entry]) -> Meter:
        total = sum(entry.size for entry in entries)
        return Meter(stage, total, self._on_progress, self._stop)

    def _copy_one(self, session: Session, entry: Entry) -> None:
        self._done.add(entry.id)
        size = _source_size(session, entry.id)
        if size is None:
            self.tally.damaged.append(entry.id)
        elif self._copy.object_size(entry.id) == size:
            self.tally.reused += 1
        else:
            try:
                self._put(session, entry, size)
                self.tally.copied += 1
            except (ObjectDamaged, ObjectMissing):
                self.tally.damaged.append(entry.id)

    def _put(self, session: Session, entry: Entry, size: int) -> None:
        path = session.paths.object(entry.id)
        chunks = sealed_chunks(session.io, path, session.keys, session.vault_id, entry)
        with closing(chunks):  # a full disk must not leave the object's key behind
            self._copy.put_object(entry.id, size, chunks)

    def _verify_one(self, session: Session, entry: Entry) -> None:
        try:
            self._prove(session.keys, session.vault_id, entry)
        except (ObjectMissing, ObjectDamaged) as error:
            if isinstance(error, ObjectMissing) and entry.id in self.tally.damaged:
                self.tally.absent.append(entry.id)
            elif not self._copied_again(session, entry):
                self.tally.faults.append(entry.id)

    def _prove(self, keys: KeyPage, vault_id: bytes, entry: Entry) -> None:
        path = self._copy.paths.object(entry.id)
        chunks = sealed_chunks(self._copy.io, path, keys, vault_id, entry)
        self.tally.bytes += sum(len(chunk) for chunk in chunks)

    def _copied_again(self, session: Session, entry: Entry) -> bool:
        """A bad file in the copy would be taken for done for ever: replace it and look again."""
        if not self._copy.amendable or entry.id not in session.catalogue:
            return False
        size = _source_size(session, entry.id) or 0
        try:
            self._put(session, entry, size)
            self._copy.settle_objects()
            self._prove(session.keys, session.vault_id, entry)
        except (ObjectDamaged, ObjectMissing):
            return False
        self.tally.copied += 1
        return True

    def _verify_layout(self, state: State) -> None:
        """Nothing that opening would take for an unlisted object or another epoch."""
        io, paths = self._copy.io, self._copy.paths
        listed = {entry.id for entry in state.entries}
        for shard in paths.shards():
            for name in io.list_dir(shard):
                object_id = object_id_of(shard.name, name)
                if object_id is not None and object_id not in listed:
                    self.tally.faults.append(f"obj/{shard.name}/{name}")


def state_for(session: Session, copy: Copy) -> State:
    """The catalogue and headers as they are now, proved, with their places in the copy.

    Raises:
        CatalogueDamaged: the source's own segment no longer reads as it did.
    """
    segment, _ = live_segment(session)
    header = session.header.encode(session.keys)
    files = {
        copy.paths.segment(session.epoch): segment,
        copy.paths.head: encode_head(session.mark(), session.vault_id, session.keys),
    }
    files |= dict.fromkeys(copy.paths.headers, header)
    catalogue = session.catalogue
    return State(catalogue.entries(), frozenset(catalogue.tombstones), files)


def live_segment(session: Session) -> tuple[bytes, Walk]:
    """The bytes of the live segment up to the session's end, read again and proved.

    Raises:
        CatalogueDamaged: they no longer read as they did.
    """
    data = read_file(session.io, session.paths.segment(session.epoch))[: session.writer.end]
    walk = walk_segment(session.keys, session.vault_id, data)
    tag = walk.records[-1].tag if walk.records else b""
    if walk.trouble is not None or tag != session.writer.last_tag:
        raise CatalogueDamaged(
            f"catalogue record {walk.next_seq} no longer reads as it did",
            seq=walk.next_seq,
            offset=walk.end,
        )
    return data, walk


def walk_segment(keys: KeyPage, vault_id: bytes, data: bytes) -> Walk:
    """Read a segment's records without touching the live segment's key."""
    with _wiped(keys, KeyName.NEXT_SEGMENT):
        header = data[: log.HEADER.size].ljust(log.HEADER.size)
        return log.walk(data, segment_aead(keys, vault_id, header, KeyName.NEXT_SEGMENT))


def require_whole(session: Session) -> None:
    """Raises CatalogueDamaged for a vault opened in spite of a broken catalogue.

    Its good part would make a copy that verifies and lacks recordings.
    """
    for notice in session.notices:
        if notice.code == "catalogue-damaged":
            raise CatalogueDamaged(
                notice.message, seq=session.writer.next_seq, offset=session.writer.end
            )


@contextmanager
def _wiped(keys: KeyPage, name: KeyName) -> Iterator[None]:
    try:
        yield
    finally:
        keys.wipe(name)


def _source_size(session: Session, object_id: str) -> int | None:
    try:
        return file_size(session.io, session.paths.object(object_id))
    except OSError:  # something else of that name, or a medium that cannot read it
        return None
