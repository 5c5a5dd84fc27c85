# SPDX-License-Identifier: GPL-3.0-or-later
"""An open vault's working parts, and the order in which they are written."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from encrypted_store.anchor import Anchor, AnchorStore, Mark, encode_head
from encrypted_store.catalogue import Catalogue
from encrypted_store.errors import from_os_error, translated
from encrypted_store.fsio import Fsio, atomic_replace, atomic_write
from encrypted_store.header import Header
from encrypted_store.kdf import Buffer, KdfParams
from encrypted_store.keys import KeyName, KeyPage
from encrypted_store.lock import VaultLock
from encrypted_store.objects import (
    associated_data,
    open_sealed,
    seal_object,
)
from encrypted_store.paths import VaultPaths
from encrypted_store.segment import SegmentWriter
from encrypted_store.stream import StreamHeader
from encrypted_store.streaming import ObjectStream

SHRED = 4096  # covers the salt, without which the object's key cannot be derived again


@dataclass(frozen=True, slots=True)
class Notice:
    """Something recovery did that the owner should hear about. Not an error."""

    code: str
    message: str


@dataclass(slots=True)
class Session:
    """Everything that lives between open and close. Vault guards it; this keeps the order.

    put     object file durable -> record durable [acknowledged] -> anchor
    delete  record durable [acknowledged] -> anchor -> shred -> unlink
    """

    io: Fsio
    paths: VaultPaths
    keys: KeyPage
    lock: VaultLock
    header: Header
    writer: SegmentWriter
    catalogue: Catalogue
    anchors: AnchorStore
    epoch: int
    head_on_disk: Mark | None
    anchor_on_disk: Anchor | None
    notices: list[Notice] = field(default_factory=list)
    read_only: bool = False
    minimum: KdfParams = field(default_factory=KdfParams.floor)
    """Least cost of a passphrase, as the vault was opened with."""
    streams: weakref.WeakSet[ObjectStream] = field(default_factory=weakref.WeakSet)
    """Objects being read piece by piece: they hold a key and a file each."""

    @property
    def vault_id(self) -> bytes:
        return self.header.vault_id

    def mark(self) -> Mark:
        """The catalogue's present state."""
        return Mark(self.epoch, self.writer.next_seq - 1, self.writer.last_tag, len(self.catalogue))

    def commit(self, op: Mapping[str, Any]) -> None:
        """Append an operation durably, then let it take effect, then move the anchor.

        Raises:
            BadOperation: a mistake of the caller; nothing is written.
            ReadOnly, OSError: it is not acknowledged.
        """
        self.catalogue.check(self.writer.next_seq, op)  # what is written must be readable
        seq = self.writer.append(op)
        self.catalogue.apply(seq, op)
        self.write_anchor()

    def write_anchor(self) -> None:
        """Tell this machine's state folder how far the log is.

        A failure is a notice: the change itself is durable, and refusing it now would be wrong.
        """
        mark = self.mark()
        seen = self.anchor_on_disk
        if seen and (seen.mark, seen.generation) == (mark, self.header.generation):
            return
        anchor = Anchor(mark, self.header.generation, self.io.now_s())
        try:
            self.anchors.write(anchor, self.keys)
            self.anchor_on_disk = anchor
        except OSError as error:
            self.anchor_on_disk = None
            if not any(notice.code == "anchor-not-written" for notice in self.notices):
                reason = from_os_error(error, "writing the anchor").message
                self.note("anchor-not-written", f"{reason}; a rollback might go unnoticed")

    def write_head(self) -> None:
        """Write HEAD when it does not say the present state already."""
        mark = self.mark()
        if mark != self.head_on_disk:
            data = encode_head(mark, self.vault_id, self.keys)
            atomic_write(self.io, self.paths.tmp, self.paths.head, [data])
            self.head_on_disk = mark

    def write_object(self, object_id: str, kind: int, meta: bytes, payload: memoryview) -> None:
        """Make the object's file durable. On failure nothing of it stays."""
        header = StreamHeader.new(self.io.random)
        associated = associated_data(self.vault_id, object_id, kind)
        single = self.keys.view(KeyName.SINGLE)
        target = self.paths.object(object_id)
        try:
            header.derive_key(self.keys.view(KeyName.OBJECT), associated, single)
            chunks = seal_object(header, single, kind, meta, payload)
            atomic_write(self.io, self.paths.tmp, target, chunks)
        except BaseException:
            self.discard_object(object_id)
            raise
        finally:
            self.keys.wipe(KeyName.SINGLE)

    def discard_object(self, object_id: str) -> None:
        """Take back a file that no record names. Recovery would otherwise salvage it."""
        with contextlib.suppress(OSError):
            self.io.unlink(self.paths.object(object_id))

    def read_object(
        self, object_id: str, kind: int | None = None, path: Path | None = None
    ) -> tuple[int, dict[str, Any], bytes]:
        """Kind, sealed metadata and payload of a verified object.

        Args:
            kind: the kind it must be; None takes the file's word, which the key then proves.
        """
        sealed = open_sealed(self.io, path or self.paths.object(object_id), object_id, kind)
        single = self.keys.view(KeyName.SINGLE)
        try:
            associated = associated_data(self.vault_id, object_id, sealed.kind)
            sealed.header.derive_key(self.keys.view(KeyName.OBJECT), associated, single)
            meta, payload = sealed.open_with(single)
            return sealed.kind, meta, payload
        finally:
            self.keys.wipe(KeyName.SINGLE)
            sealed.close()

    def object_key(self, object_id: str, kind: int) -> tuple[bytes, bytes]:
        """The associated data and the own key of one object, for a ticket."""
        sealed = open_sealed(self.io, self.paths.object(object_id), object_id, kind)
        sealed.close()
        associated = associated_data(self.vault_id, object_id, kind)
        single = self.keys.view(KeyName.SINGLE)
        try:
            sealed.header.derive_key(self.keys.view(KeyName.OBJECT), associated, single)
            return associated, bytes(single)
        finally:
            self.keys.wipe(KeyName.SINGLE)

    def open_stream(self, object_id: str, kind: int) -> ObjectStream:
        """The object as a stream, closed with the session at the latest."""
        sealed = open_sealed(self.io, self.paths.object(object_id), object_id, kind)
        try:
            key = bytearray(32)
            associated = associated_data(self.vault_id, object_id, kind)
            sealed.header.derive_key(self.keys.view(KeyName.OBJECT), associated, key)
            stream = ObjectStream(sealed, key)
        except BaseException:
            sealed.close()
            raise
        self.streams.add(stream)
        return stream

    def shred(self, object_id: str) -> int:
        """Destroy an object's file; its size in bytes, 0 when there is none."""
        return shred_file(self.io, self.paths.object(object_id))

    def set_aside(self, path: Path) -> None:
        """Move something that does not belong into quarantine/."""
        name = f"{path.name}.{self.io.random(4).hex()}"
        self.io.replace(path, self.paths.quarantine / name)

    def write_header(self, copies: list[int]) -> None:
        """Write the present header to the named copies (0: vault.json, 1: vault.json.2)."""
        data = self.header.encode(self.keys)
        for copy in copies:
            atomic_replace(self.io, self.paths.tmp, self.paths.headers[copy], data)

    def note(self, code: str, message: str) -> None:
        self.notices.append(Notice(code, message))

    def close(self) -> None:
        """Record a clean end, then wipe the keys and let the lock go, whatever happens."""
        try:
            if self.writer.usable:
                with translated("closing the vault"):
                    self.write_head()
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Wipe and release without writing anything."""
        self.forget_ciphers()
        self.writer.close()
        self.keys.close()
        self.lock.release()

    def forget_ciphers(self) -> None:
        """Drop what holds keys outside the page: the segment's cipher and open streams."""
        for stream in list(self.streams):
            stream.close()
        self.writer.forget_key()


def put_object(
    session: Session, object_id: str, op: Mapping[str, Any], meta: bytes, payload: Buffer
) -> None:
    """Write an object and its record in the order that survives a crash at any point."""
    # Before the file: unlisted, it would come back as salvage.
    session.writer.require_usable()
    session.catalogue.check(session.writer.next_seq, op)
    session.write_object(object_id, op["kind"], meta, memoryview(payload))
    try:
        session.commit(op)
    except OSError:
        # The record was cut off again: the object would come back as salvage. After a failed
        # flush the record may be on disk, and then the object must stay.
        if session.writer.usable:
            session.discard_object(object_id)
        raise


def shred_file(io: Fsio, path: Path) -> int:
    """Overwrite a file's salt, then remove it; its size in bytes, 0 when there was none.

    Raises:
        OSError: the rest is left for the next open.
    """
    try:
        fd = io.open_update(path)
    except FileNotFoundError:
        return 0
    try:
        size = io.size(fd)
        io.write_at(fd, 0, bytes(min(SHRED, size)))
        io.durable(fd)
    finally:
        io.close(fd)
    io.unlink(path)
    io.durable_dir(path.parent)
    return size
