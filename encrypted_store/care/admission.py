# SPDX-License-Identifier: GPL-3.0-or-later
"""What a backup may be written to: nothing that would be lost by it."""

from __future__ import annotations

import contextlib
from pathlib import Path

from encrypted_store.canon import unb64
from encrypted_store.care.moving import live_segment, walk_segment
from encrypted_store.care.tarfs import TarFs
from encrypted_store.errors import HeaderDamaged, NotAVault, VaultError, VaultExists
from encrypted_store.fsio import Fsio, read_file
from encrypted_store.header import read_headers
from encrypted_store.paths import VaultPaths, epoch_of, object_id_of
from encrypted_store.session import Session

_OURS = frozenset({"HEAD", "lock", "cat", "obj", "tmp", "quarantine"})


def admit(session: Session, io: Fsio, target: Path, as_tar: bool) -> None:
    """Let pass what is new, empty, or an earlier backup of this vault, finished or not.

    An earlier backup that was opened and changed as a vault of its own, or that is newer than
    this vault, holds something that updating it would destroy: it does not pass.

    Raises:
        VaultExists: with what is in the way.
        NewerVersion: the target holds a vault of a later format.
        CatalogueDamaged: the vault's own catalogue no longer reads as it did.
        OSError.
    """
    _require_apart(session, io, target)
    if not as_tar:
        _require_earlier(session, io, VaultPaths(target))
    elif io.exists(target):
        try:
            tar = TarFs(io, target)
        except VaultError as error:
            raise _refusal(f"{target.name} is there and is no backup: {error}") from error
        with tar:
            _require_earlier(session, tar, VaultPaths(target))


def _require_apart(session: Session, io: Fsio, target: Path) -> None:
    """Neither inside the other. The lock finds the vault itself under a second name."""
    vault, copy = session.paths.root.resolve(), target.resolve()
    apart = copy != vault and copy not in vault.parents and vault not in copy.parents
    for folder in copy.parents:
        # Another mount, or a disk that ignores case, gives the vault a name that `resolve` keeps.
        with contextlib.suppress(VaultError, OSError):
            found = read_headers(io, VaultPaths(folder)).best.header
            apart = apart and found.vault_id != session.vault_id
    if not apart:
        raise _refusal("a vault and its backup cannot be inside one another")


def _require_earlier(session: Session, io: Fsio, paths: VaultPaths) -> None:
    try:
        names = set(io.list_dir(paths.root))
    except NotADirectoryError:
        raise _refusal(f"{paths.root.name} is a file") from None
    if not names:
        return
    headed = _same_header(session, io, paths)
    if not headed and not names <= _OURS | {path.name for path in paths.headers}:
        raise _refusal(f"{paths.root.name} is not empty and holds no vault")
    for name in io.list_dir(paths.catalogue):
        epoch = epoch_of(name)
        if epoch is not None:
            data = read_file(io, paths.catalogue / name)
            if not _is_ancestor(session, epoch, data, headed):
                raise _refusal("the backup holds changes this vault never had, or is newer")
    _require_known_objects(session, io, paths)


def _same_header(session: Session, io: Fsio, paths: VaultPaths) -> bool:
    """Whether a readable header is there; it must be this vault's, of now or earlier."""
    try:
        files = read_headers(io, paths)
    except (NotAVault, HeaderDamaged):  # unfinished, or rotten: the new backup writes it again
        return False
    header = files.best.header
    if header.vault_id != session.vault_id:
        raise _refusal(f"{paths.root.name} holds another vault")
    if header.generation > session.header.generation and files.genuine(session.keys):
        raise _refusal(f"{paths.root.name} has newer passphrases than this vault")
    return True


def _is_ancestor(session: Session, epoch: int, data: bytes, headed: bool) -> bool:
    """Whether a segment is from a state that this vault has been in, as far as it can be read.

    What cannot be read is rot, or the rest of a segment half removed: nothing is lost with it.
    """
    walk = walk_segment(session.keys, session.vault_id, data)
    if not walk.records:
        return headed
    live, history = live_segment(session)
    if epoch == session.epoch:
        return live.startswith(data[: walk.end])
    last, opening = walk.records[-1], history.records[0].op
    end = opening["prev_seq"]
    if epoch == opening["prev_epoch"] and last.seq >= end:
        return last.seq == end and last.tag == unb64(opening["prev_tag"], 16)
    return epoch < session.epoch


def _require_known_objects(session: Session, io: Fsio, paths: VaultPaths) -> None:
    """Objects come into a backup from the vault only: it lists them, or it deleted them."""
    catalogue = session.catalogue
    foreign = 0
    for shard in paths.shards():
        for name in io.list_dir(shard):
            object_id = object_id_of(shard.name, name)
            known = object_id in catalogue.tombstones or (object_id or "") in catalogue
            foreign += object_id is not None and not known
    if foreign:
        raise _refusal(f"the backup holds {foreign} objects that this vault never had")


def _refusal(message: str) -> VaultExists:
    return VaultExists(message, hint="choose a new or empty folder, or a new .tar file")
