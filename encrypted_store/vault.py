# SPDX-License-Identifier: GPL-3.0-or-later
"""The vault as its users see it: create, open, put, get, list, update, delete, close."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from encrypted_store import canon, log
from encrypted_store.compaction import compact, compact_if_worth_it
from encrypted_store.errors import ObjectDamaged, ObjectUnknown, VaultLocked, translated
from encrypted_store.forks import in_child
from encrypted_store.fsio import Fsio
from encrypted_store.kdf import KdfParams
from encrypted_store.keychain import Keychain
from encrypted_store.kinds import Destroyed, Entry, Kind, Note
from encrypted_store.log import check_fits
from encrypted_store.objects import ObjectTicket, new_object_id, payload_view, sha256_hex
from encrypted_store.opening import create_session, open_for_reading, open_session
from encrypted_store.operations import put_op
from encrypted_store.paths import VaultPaths
from encrypted_store.session import Notice, Session, put_object
from encrypted_store.vault_slots import SlotVerbs, the_secret


class Vault(SlotVerbs):
    """Encrypted, crash-safe storage for immutable byte objects with small mutable metadata.

    Make one with `create` or `open`, close it with `close` or `with`. One session at a time holds
    a vault; within it, calls from several threads take turns. A worker process gets tickets, never
    a vault. Not its job: what the bytes mean, and hiding how many objects there are.
    """

    def __init__(self, session: Session) -> None:
        """For `create` and `open` only."""
        self._session: Session | None = session
        self._paths = session.paths
        self._vault_id = session.vault_id.hex()
        self._turn = threading.RLock()
        self._depth = 0
        self._closing = False
        self._pid = os.getpid()
        in_child(self._forget_ciphers)

    @classmethod
    def create(
        cls,
        path: str | os.PathLike[str],
        passphrase: str,
        *,
        kdf: KdfParams | None = None,
        anchors: Path | None = None,
        io: Fsio | None = None,
        min_kdf: KdfParams | None = None,
    ) -> tuple[Vault, str]:
        """Make a new vault and return it open, with its recovery code to be written on paper.

        Args:
            path: a new or empty folder.
            passphrase: any non-empty text; NFC-normalised.
            kdf: its cost; None measures this machine.
            anchors: folder outside the vault that remembers its state; None: the user's.
            io: another implementation of the file layer.
            min_kdf: admits a `kdf` below the format's floor, as `KdfParams.for_tests()` does.

        Raises:
            VaultExists, PassphraseInvalid, KdfOutOfBounds, KdfTooExpensive, VaultBusy,
            DiskFull, ReadOnly, IoError.
        """
        params = kdf or KdfParams.calibrate()
        if min_kdf is None and params == KdfParams.for_tests():
            min_kdf = params
        params.check(min_kdf)
        paths = VaultPaths(Path(path).absolute())
        with translated("creating the vault"):
            session, code = create_session(io or Fsio(), paths, passphrase, params, anchors)
        session.minimum = min_kdf or session.minimum
        return cls(session), code

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        passphrase: str | None = None,
        recovery_code: str | None = None,
        keychain: Keychain | None = None,
        read_only: bool = False,
        accept_rollback: bool = False,
        anchors: Path | None = None,
        io: Fsio | None = None,
        min_kdf: KdfParams | None = None,
    ) -> Vault:
        """Open with exactly one secret, and finish what a crash left.

        What recovery did is in `notices`.

        Args:
            read_only: write nothing at all, beside other readers. A state older than the one
                seen, an unreadable HEAD and a damaged catalogue are notices then, and what can be
                read is offered: to look before deciding, or from a read-only medium.
            accept_rollback: "I restored a backup": take a state older than the one seen, or a
                missing HEAD, and write a note of it into the catalogue.
            min_kdf: lower bound of Argon2id's cost; None: the format's. Only for tests.

        Raises:
            NotAVault, VaultBusy, NewerVersion, HeaderDamaged, KdfOutOfBounds, KdfTooExpensive,
            WrongPassphrase, RecoveryCodeMistyped, KeychainUnavailable, VaultTampered,
            RollbackDetected, CatalogueDamaged, DiskFull, ReadOnly, IoError.
        """
        secret = the_secret(min_kdf or KdfParams.floor(), passphrase, recovery_code, keychain)
        paths, disk = VaultPaths(Path(path).absolute()), io or Fsio()
        with translated("opening the vault"):
            if read_only:
                return cls(open_for_reading(disk, paths, secret, anchors)[0])
            return cls(open_session(disk, paths, secret, anchors, accept_rollback=accept_rollback))

    @property
    def path(self) -> Path:
        """The vault's folder."""
        return self._paths.root

    @property
    def vault_id(self) -> str:
        """32 hex digits, the same for the vault's whole life."""
        return self._vault_id

    @property
    def locked(self) -> bool:
        """True once closed: the keys are gone and only `path` and `vault_id` still answer."""
        return self._session is None or self._closing

    @property
    def read_only(self) -> bool:
        """True in a session that only reads."""
        return self._session is not None and self._session.read_only

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What opening healed, salvaged or set aside, and later warnings."""
        return () if self._session is None else tuple(self._session.notices)

    def put(
        self, kind: Kind, payload: bytes | bytearray | memoryview, meta: Mapping[str, Any]
    ) -> str:
        """Store an object and return its id. It survives a power loss once this returns.

        Raises:
            MetaInvalid: before anything is written, naming the key.
            DiskFull, ReadOnly, IoError: the vault is as it was.
        """
        facts = canon.plain_mapping(meta)
        data = payload_view(payload)
        with self._writing("storing an object") as session:
            object_id = new_object_id(session.io.random)
            op = put_op(object_id, Kind(kind), len(data), sha256_hex(data), facts)
            check_fits(op)
            put_object(session, object_id, op, canon.encode(facts), data)
            return object_id

    def get(self, object_id: str) -> bytes:
        """The payload, returned only after all of it has verified.

        Raises:
            ObjectUnknown, ObjectMissing, ObjectDamaged, IoError.
        """
        with self.working(f"reading object {object_id}") as session:
            entry = self._entry(session, object_id)
            _, _, payload = session.read_object(object_id, entry.kind)
            if len(payload) != entry.size:
                raise ObjectDamaged(
                    f"object {object_id} has {len(payload)} bytes, the catalogue says {entry.size}",
                    object_id=object_id,
                )
            return payload

    def entry(self, object_id: str) -> Entry:
        """The catalogue's line for an object. Raises ObjectUnknown."""
        with self.working("reading the catalogue") as session:
            return self._entry(session, object_id)

    def list(self, kind: Kind | None = None) -> list[Entry]:
        """All entries, or those of one kind, in the order they were put."""
        with self.working("reading the catalogue") as session:
            return session.catalogue.entries(kind)

    def history(self) -> tuple[Note, ...]:
        """The newest notes about the vault itself, oldest first."""
        with self.working("reading the catalogue") as session:
            notes = session.catalogue.notes
            return tuple(Note(one["event"], one["t"], one.get("detail", "")) for one in notes)

    def update(self, object_id: str, meta: Mapping[str, Any]) -> None:
        """Replace an object's metadata. Costs one small record, whatever the vault's size.

        The copy sealed into the object stays as it was at `put`; a catalogue rebuilt from objects
        would show that one.

        Raises:
            ObjectUnknown, MetaInvalid, DiskFull, ReadOnly, IoError.
        """
        facts = canon.plain_mapping(meta)
        with self._writing("updating the catalogue") as session:
            self._entry(session, object_id)
            session.commit({"op": "upd", "id": object_id, "meta": facts})

    def delete(self, object_id: str) -> Destroyed:
        """Remove an object for good: forget it, overwrite its salt, unlink its file.

        Without the salt its key cannot be derived again. If erasing fails after the catalogue
        forgot the object, the error says so and the next open finishes the work. Its metadata
        leaves the catalogue's file with the next compaction, at the latest at `close`.

        Raises:
            ObjectUnknown, DiskFull, ReadOnly, IoError.
        """
        with self._writing("deleting an object") as session:
            entry = self._entry(session, object_id)
            t_s = session.io.now_s()
            session.commit({"op": "del", "id": object_id, "t": t_s})
            with translated(f"object {object_id} is forgotten, its file is not erased yet"):
                file_bytes = session.shred(object_id)
            return Destroyed(object_id, entry.kind, entry.size, file_bytes, t_s)

    def compact(self) -> None:
        """Write the catalogue anew with only what is live, and destroy the old one.

        Raises: DiskFull, ReadOnly, IoError. Nothing is lost then.
        """
        with self.working("compacting the catalogue") as session:
            compact(session)

    def stream_read(self, object_id: str) -> Iterator[bytes]:
        """The payload in verified pieces of at most 64 KiB. Complete only when this ends.

        Raises:
            ObjectUnknown, ObjectMissing, ObjectDamaged, IoError: also after some pieces.
            VaultLocked: the vault was closed meanwhile.
        """
        doing = f"reading object {object_id}"
        with self.working(doing) as session:
            stream = session.open_stream(object_id, self._entry(session, object_id).kind)
        try:
            while True:
                with self.working(doing):
                    piece = stream.read()
                if piece is None:
                    return
                yield piece
        finally:
            stream.close()

    def ticket(self, object_id: str) -> ObjectTicket:
        """What a worker process needs to read this one object, see `read_object`.

        Raises:
            ObjectUnknown, ObjectMissing, ObjectDamaged, IoError.
        """
        with self.working(f"reading object {object_id}") as session:
            entry = self._entry(session, object_id)
            associated, key = session.object_key(object_id, entry.kind)
            path = str(session.paths.object(object_id))
            return ObjectTicket(object_id, entry.kind, path, associated, entry.meta, key)

    def close(self, *, compact: bool = True) -> None:
        """Record a clean end, wipe the keys, release the lock. Safe to call twice.

        Called back from inside another call, it takes effect at that call's end.

        Args:
            compact: first compact a catalogue that still describes something deleted, or that is
                mostly dead records. Without space for it the old catalogue stays.

        Raises:
            DiskFull, ReadOnly, IoError: the end could not be recorded. Keys and lock are gone
                all the same, and nothing acknowledged is lost.
        """
        with self._turn:
            if self._depth:
                # Called back from inside a call, by a signal handler say: the keys may not vanish
                # under it. It ends first, nothing else begins, and its end closes.
                self._closing = True
                return
            session, self._session = self._session, None
            if session is None:
                return
            if os.getpid() == self._pid:
                try:
                    if compact:
                        compact_if_worth_it(session)
                finally:
                    session.close()
            else:
                session.abandon()

    def __enter__(self) -> Vault:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "locked" if self.locked else "open"
        return f"<Vault {self._vault_id[:8]} {state} at {self.path}>"

    @contextmanager
    def working(self, doing: str) -> Iterator[Session]:
        """The open session for one call, with OSError typed. For this package's own modules."""
        with self._turn, translated(doing):
            if self._session is None or self._closing:
                raise VaultLocked("the vault is closed")
            if os.getpid() != self._pid:
                # The key page is zeros in a fork: writing would seal under a known key.
                raise VaultLocked("a forked process has no keys; give it tickets instead")
            self._depth += 1
            try:
                yield self._session
            finally:
                self._depth -= 1
                self._close_if_asked()

    def _forget_ciphers(self) -> None:
        """In a fork the key page is zeros; open ciphers are not in that page."""
        if self._session is not None:
            self._session.forget_ciphers()

    def _close_if_asked(self) -> None:
        if self._closing and not self._depth:
            self.close(compact=False)

    @contextmanager
    def _writing(self, doing: str) -> Iterator[Session]:
        with self.working(doing) as session:
            if session.writer.next_seq >= log.MAX_RECORDS:
                compact(session)
            yield session

    @staticmethod
    def _entry(session: Session, object_id: str) -> Entry:
        entry = session.catalogue.get(object_id)
        if entry is None:
            raise ObjectUnknown(f"no object {object_id} in this vault", object_id=object_id)
        return entry
