# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of a vault, one after the other, and what else lies in its folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from encrypted_store.care.examine import unlisted_op
from encrypted_store.care.folders import Layout, read_layout
from encrypted_store.care.report import Finding
from encrypted_store.care.sealed import sealed_chunks
from encrypted_store.errors import ObjectDamaged, ObjectMissing
from encrypted_store.kinds import Entry
from encrypted_store.objects import LENGTHS, MAX_META, open_sealed, padme
from encrypted_store.session import Session

_LEAST = LENGTHS.size + len("{}")


class ObjectCheck:
    """Collects while a check runs. Not its job: order and turns, see `check`."""

    def __init__(self, full: bool, broken: bool) -> None:
        """`broken`: the catalogue is, so that an unlisted file may have been somebody's take."""
        self.whole = 0
        self.bytes_verified = 0
        self.damaged: dict[str, str] = {}
        self.missing: list[str] = []
        self.loose: list[tuple[str, Path]] = []
        self._full = full
        self._broken = broken
        self._verified: dict[str, bool] = {}
        self._graves: list[str] = []
        self._extras: list[Finding] = []

    def listed(self, session: Session, entry: Entry) -> None:
        """One entry's file; nothing when it was deleted since the check began."""
        if entry.id not in session.catalogue:
            return
        try:
            if self._full:
                self.bytes_verified += verify(session, entry)
            else:
                _glance(session, entry)
            self.whole += 1
        except ObjectMissing:
            self.missing.append(entry.id)
        except ObjectDamaged as error:
            self.damaged[entry.id] = error.message

    def unlisted(self, session: Session, object_id: str, path: Path) -> None:
        """A file that no entry names: with `full`, whether it is a whole object."""
        if self._full:
            self._verified[object_id] = unlisted_op(session, object_id, path) is not None

    def read_folder(self, session: Session) -> None:
        """Sort what is in the folder besides listed objects."""
        try:
            layout = read_layout(session.io, session.paths)
        except OSError as error:
            why = error.strerror or type(error).__name__
            self._extras.append(
                Finding(
                    "folder-unreadable",
                    "bad",
                    "obj",
                    f"the folder cannot be listed: {why}",
                    "copy what can be read to another disk before anything else",
                )
            )
            return
        for path in sorted(layout.objects):
            if path.stem in session.catalogue.tombstones:
                self._graves.append(path.stem)
            elif path.stem not in session.catalogue:
                self.loose.append((path.stem, path))
        self._extras += _others(session, layout)

    def findings(self) -> Iterator[Finding]:
        """Everything in a stable order: listed objects, unlisted ones, the rest."""
        rest = f"the other {self.whole} listed objects are whole"
        if not self._full:
            rest = (
                f"the other {self.whole} listed objects have their files; a full check reads them"
            )
        back = f"put this file back from a backup, or let repair save what verifies; {rest}"
        if not (self.damaged or self.missing):
            how = "decrypt and verify" if self._full else "have a file of a possible size"
            yield Finding("objects-ok", "ok", "vault", f"all {self.whole} listed objects {how}")
        for object_id, message in self.damaged.items():
            yield Finding("object-damaged", "bad", object_id, message, back)
        for object_id in self.missing:
            message = f"object {object_id} is listed and has no file"
            yield Finding("object-missing", "bad", object_id, message, back)
        for object_id, _ in self.loose:
            yield self._loose(object_id)
        for object_id in self._graves:
            yield Finding(
                "deletion-unfinished", "note", object_id,
                f"object {object_id} was deleted and its file is still there",
                "the next opening erases it",
            )  # fmt: skip
        yield from self._extras

    def _loose(self, object_id: str) -> Finding:
        if self._verified.get(object_id, True):
            state = "verifies" if self._full else "was not read"
            return Finding(
                "object-unlisted", "note", object_id,
                f"object {object_id} is in no catalogue and {state}",
                "the next opening lists it if it is whole; nothing is lost",
            )  # fmt: skip
        return Finding(
            "unlisted-damaged", "bad" if self._broken else "note", object_id,
            f"object {object_id} is in no catalogue and does not verify",
            "a crash while storing leaves that; the next opening, or repair, sets it aside",
        )  # fmt: skip


def verify(session: Session, entry: Entry) -> int:
    """Decrypt a listed object and compare it with the catalogue; its sealed bytes.

    Raises:
        ObjectMissing, ObjectDamaged.
    """
    path = session.paths.object(entry.id)
    chunks = sealed_chunks(session.io, path, session.keys, session.vault_id, entry)
    return sum(len(chunk) for chunk in chunks)


def _glance(session: Session, entry: Entry) -> None:
    """The clear frame, and whether a file of this size can hold the object.

    The metadata sealed inside may be older and of another length than the catalogue's, so the
    exact size is not known here.
    """
    try:
        sealed = open_sealed(session.io, session.paths.object(entry.id), entry.id, entry.kind)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise ObjectDamaged(
            f"object {entry.id} cannot be read: {why}", object_id=entry.id
        ) from None
    sealed.close()
    size, most = sealed.plain_size, padme(LENGTHS.size + MAX_META + entry.size)
    if size != padme(size) or not _LEAST + entry.size <= size <= most:
        raise sealed.damaged("its file has a size that no such object has", None)


def _others(session: Session, layout: Layout) -> Iterator[Finding]:
    root = session.paths.root
    for path in layout.segments:
        if path != session.paths.segment(session.epoch):
            yield Finding(
                "other-epoch", "note", path.relative_to(root).as_posix(),
                "a catalogue segment that is not in force",
                "a crash while compacting leaves that; the next opening removes it",
            )  # fmt: skip
    for path in layout.foreign:
        yield Finding(
            "foreign-file", "note", path.relative_to(root).as_posix(), "this is not the vault's",
            "it does no harm; inside obj/ and cat/ the next opening sets it aside",
        )  # fmt: skip
    aside = 0
    for path in layout.others:
        if path.parent == session.paths.tmp:
            yield Finding(
                "unfinished-file", "note", path.relative_to(root).as_posix(),
                "a file that was never finished", "it is worthless; the next opening removes it",
            )  # fmt: skip
        else:
            aside += 1
    if aside:
        yield Finding(
            "quarantine-held", "note", "quarantine", f"{aside} files were set aside earlier",
            "they are sealed and only take space; keep them until you miss nothing",
        )  # fmt: skip
