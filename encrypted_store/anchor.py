# SPDX-License-Identifier: GPL-3.0-or-later
"""Freshness: HEAD inside the vault and the anchor outside it say how far the log had come.

Everything else in a vault can be replaced by an older version of itself that is just as valid.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from encrypted_store import canon
from encrypted_store.fsio import Fsio, atomic_write, make_dir_durable, read_file
from encrypted_store.keys import KeyName, KeyPage

_LIMIT = 4096
ENVIRONMENT = "VOICEVAULT_ANCHORS"


class MarkInvalid(ValueError):
    """A HEAD or anchor that this vault's key did not make."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A state of the catalogue: its last record and how many entries were live."""

    epoch: int
    seq: int
    tag: bytes
    count: int


@dataclass(frozen=True, slots=True)
class Anchor:
    """The newest state this machine has seen of a vault."""

    mark: Mark
    generation: int
    """Of the header: an older header would bring an old passphrase back."""
    time_s: int


def encode_head(mark: Mark, vault_id: bytes, keys: KeyPage) -> bytes:
    return _seal(_mark_fields(mark, vault_id), keys, KeyName.HEAD_MAC)


def decode_head(data: bytes, vault_id: bytes, keys: KeyPage) -> Mark:
    """Raises MarkInvalid for anything but a HEAD of this vault."""
    body = _open(data, keys, KeyName.HEAD_MAC)
    try:
        return _mark_of(body, vault_id)
    except (KeyError, TypeError, ValueError) as error:
        raise MarkInvalid("malformed fields") from error


def default_folder() -> Path:
    """Where anchors live: `VOICEVAULT_ANCHORS`, else the user's state folder of this system."""
    named = os.environ.get(ENVIRONMENT)
    if named:
        return Path(named)
    return Path(platformdirs.user_state_dir("VoiceVault", appauthor=False)) / "anchors"


class AnchorStore:
    """Reads and writes the one anchor of one vault."""

    def __init__(self, io: Fsio, folder: Path, vault_id: bytes) -> None:
        self._io = io
        self._folder = folder
        self._vault_id = vault_id

    @property
    def path(self) -> Path:
        return self._folder / self._vault_id.hex()

    def read(self, keys: KeyPage) -> Anchor | None:
        """The anchor, or None when there is none.

        Raises:
            MarkInvalid: it is damaged. Whoever could damage it could as well delete it, so this
                proves nothing more than its absence.
        """
        try:
            data = read_file(self._io, self.path, _LIMIT)
        except FileNotFoundError:
            return None
        body = _open(data, keys, KeyName.ANCHOR_MAC)
        try:
            generation, time_s = body.pop("hgen"), body.pop("time")
            return Anchor(_mark_of(body, self._vault_id), _count(generation), _count(time_s))
        except (KeyError, TypeError, ValueError) as error:
            raise MarkInvalid("malformed fields") from error

    def write(self, anchor: Anchor, keys: KeyPage) -> None:
        """Durable when it returns. Raises OSError."""
        fields = _mark_fields(anchor.mark, self._vault_id)
        fields |= {"hgen": anchor.generation, "time": anchor.time_s}
        make_dir_durable(self._io, self._folder)
        data = _seal(fields, keys, KeyName.ANCHOR_MAC)
        atomic_write(self._io, self._folder, self.path, [data])

    def make_firm(self) -> None:
        """What was read may have its name in the system's cache only: killed before the flush.

        A folder that cannot be flushed is one that cannot be written, which `write` will say.
        """
        with contextlib.suppress(OSError):
            self._io.durable_dir(self._folder)

    def sweep(self) -> None:
        """Remove what a crash during `write` left behind."""
        for name in self._io.list_dir(self._folder):
            if name.startswith(self._vault_id.hex() + ".") and name.endswith(".tmp"):
                self._io.unlink(self._folder / name)


def _mark_fields(mark: Mark, vault_id: bytes) -> dict[str, Any]:
    return {
        "count": mark.count,
        "epoch": mark.epoch,
        "seq": mark.seq,
        "tag": canon.b64(mark.tag),
        "vault_id": canon.b64(vault_id),
    }


def _mark_of(body: Mapping[str, Any], vault_id: bytes) -> Mark:
    if body.keys() != {"count", "epoch", "seq", "tag", "vault_id"}:
        raise MarkInvalid("wrong fields")
    if canon.unb64(body["vault_id"], 16) != vault_id:
        raise MarkInvalid("of another vault")
    return Mark(
        _count(body["epoch"]),
        _count(body["seq"]),
        canon.unb64(body["tag"], 16),
        _count(body["count"]),
    )


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise MarkInvalid("not a count")
    return value


def _seal(fields: Mapping[str, Any], keys: KeyPage, name: KeyName) -> bytes:
    body = canon.encode(fields)
    return body + b"\n" + keys.mac(name, body).hex().encode("ascii") + b"\n"


def _open(data: bytes, keys: KeyPage, name: KeyName) -> dict[str, Any]:
    lines = data.split(b"\n")
    if len(lines) != 3 or lines[2]:
        raise MarkInvalid("not two lines")
    expected = keys.mac(name, lines[0]).hex().encode("ascii")
    # Compared as text: upper-case digits or spaces would otherwise be a second valid form.
    if not keys.mac_ok(name, lines[0], _digest(lines[1])) or lines[1] != expected:
        raise MarkInvalid("wrong MAC")
    try:
        return canon.decode(lines[0])
    except canon.NotCanonical as error:
        raise MarkInvalid("not canonical") from error


def _digest(text: bytes) -> bytes:
    try:
        return bytes.fromhex(text.decode("ascii"))
    except ValueError as error:
        raise MarkInvalid("not a MAC") from error
