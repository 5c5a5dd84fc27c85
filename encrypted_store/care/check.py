# SPDX-License-Identifier: GPL-3.0-or-later
"""Is this vault whole? Looks, says, and changes nothing.

Codes of findings, by level:

    ok     header-ok, head-ok, anchor-ok, catalogue-ok, objects-ok
    note   anchor-absent, anchor-damaged, torn-tail, object-unlisted, deletion-unfinished,
           other-epoch, foreign-file, unfinished-file, quarantine-held
    bad    header-copy-damaged, object-damaged, object-missing, folder-unreadable;
           unlisted-damaged, which is a note while the catalogue is whole
    fatal  head-unreadable, catalogue-damaged, catalogue-changed, rollback, and the code of the
           error that kept the vault shut
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from encrypted_store.care.condition import examine_state
from encrypted_store.care.objectcheck import ObjectCheck
from encrypted_store.care.progress import Meter, OnProgress, Stop
from encrypted_store.care.report import CheckReport, Counts, Finding
from encrypted_store.care.tarfs import TarFs
from encrypted_store.errors import VaultError, translated
from encrypted_store.fsio import Fsio
from encrypted_store.kdf import KdfParams
from encrypted_store.keychain import Keychain
from encrypted_store.kinds import Entry
from encrypted_store.session import Session
from encrypted_store.vault import Vault

_AHEAD = 4
_ADVICE = {
    "HeaderDamaged": "every recording is still there, sealed: put back vault.json from any backup "
    "made since the last change of the passphrase, then check again",
    "VaultTampered": "write nothing to this vault; compare it with a backup, or restore one",
    "NewerVersion": "nothing is wrong with it as far as this version can tell; update the program",
    "KdfOutOfBounds": "the header was altered, or made by a test; put back vault.json from a "
    "backup",
    "IoError": "the disk could not read it: copy the folder to another disk before anything else",
}
"""The errors that say something about the vault. Others are about the caller and are raised."""


def check(
    vault: Vault,
    *,
    full: bool = False,
    on_progress: OnProgress | None = None,
    stop: Stop | None = None,
) -> CheckReport:
    """Look at an open vault's files; with `full`, decrypt every object.

    The vault's turn is taken for each object, not for the whole run. One segment of one object is
    in memory at a time.

    Args:
        on_progress: stage "check" in items; with `full` in bytes of payload.
        stop: asked between objects.

    Raises:
        VaultLocked, Stopped. Damage is in the report.
    """
    start_s = time.monotonic()
    with vault.working("checking the vault") as session:
        state = examine_state(session)
        entries = session.catalogue.entries()
        graves = len(session.catalogue.tombstones)
    total = sum(entry.size for entry in entries) if full else len(entries)
    meter = Meter("check", total, on_progress, stop)
    objects = ObjectCheck(full, state.broken)
    for index, entry in enumerate(entries):
        meter.ask()
        with vault.working(f"checking object {entry.id}") as session:
            if full:
                _announce(session, entries[index + _AHEAD : index + _AHEAD + 1])
            objects.listed(session, entry)
        meter.add(entry.size if full else 1)
    _look_around(vault, objects, meter)
    counts = Counts(
        objects=len(entries),
        whole=objects.whole,
        damaged=len(objects.damaged),
        missing=len(objects.missing),
        unlisted=len(objects.loose),
        bytes_verified=objects.bytes_verified,
        records=state.records,
        tombstones=graves,
    )
    seconds = round(time.monotonic() - start_s, 3)
    return CheckReport((*state.findings, *objects.findings()), counts, full, seconds)


def check_folder(
    path: str | os.PathLike[str],
    *,
    passphrase: str | None = None,
    recovery_code: str | None = None,
    keychain: Keychain | None = None,
    full: bool = False,
    anchors: Path | None = None,
    io: Fsio | None = None,
    min_kdf: KdfParams | None = None,
    on_progress: OnProgress | None = None,
    stop: Stop | None = None,
) -> CheckReport:
    """Open a vault for reading and check it: a folder, or a backup's tar. Writes nothing.

    What keeps the vault shut is one fatal finding. Only what says nothing about the vault is
    raised.

    Args:
        anchors: as for `Vault.open`. For a backup give a folder without one: it is older than
            what this machine has seen, and that is as it should be.

    Raises:
        NotAVault, VaultBusy, WrongPassphrase, WrongRecoveryCode, RecoveryCodeMistyped,
        PassphraseInvalid, KeychainUnavailable, KdfTooExpensive, UnsupportedFilesystem, ReadOnly
        (not even reading is allowed), Stopped.
    """
    start_s = time.monotonic()
    root = Path(path).absolute()
    try:
        with readable(io or Fsio(), root) as disk, Vault.open(
            root, passphrase=passphrase, recovery_code=recovery_code, keychain=keychain,
            read_only=True, anchors=anchors, io=disk, min_kdf=min_kdf,
        ) as vault:  # fmt: skip
            return check(vault, full=full, on_progress=on_progress, stop=stop)
    except VaultError as error:
        if error.code not in _ADVICE:
            raise
        finding = Finding(error.code, "fatal", "vault", error.message, _ADVICE[error.code])
        return CheckReport((finding,), Counts(), full, round(time.monotonic() - start_s, 3))


def _look_around(vault: Vault, objects: ObjectCheck, meter: Meter) -> None:
    """What is in the folder besides, and objects that no entry names."""
    with vault.working("checking the vault's folder") as session:
        objects.read_folder(session)
    for object_id, path in objects.loose:
        meter.ask()
        with vault.working(f"checking object {object_id}") as session:
            objects.unlisted(session, object_id, path)


def _announce(session: Session, entries: list[Entry]) -> None:
    """The disk reads what comes next while this one is decrypted: each once, some places ahead."""
    for entry in entries:
        session.io.will_read(session.paths.object(entry.id))


@contextmanager
def readable(io: Fsio, root: Path) -> Iterator[Fsio]:
    """The file layer to read with: its own for a folder, the tar's for a tar."""
    try:
        io.close(io.open_read(root))
    except OSError:  # a folder, or nothing at all, which opening says in its own words
        yield io
        return
    with translated("reading the tar"):
        tar = TarFs(io, root)
    with tar:
        yield tar
