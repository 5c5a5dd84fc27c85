# SPDX-License-Identifier: GPL-3.0-or-later
"""Deleting a take with what was made of it, and the receipt for that.

What belongs to a take: features and synthetic items that name it in `derived_from`, the
checkpoints of unfinished runs that learn from it, which hold its optimiser's memory of it, and the
speech that students which learnt from it were made to say. A
finished voice is another matter: it is made of all takes together, and it stays unless the owner
says otherwise. The receipt names it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from encrypted_store import Destroyed, Entry, Kind, Vault
from voicevault.data.taught import TAUGHT
from voicevault.runs import DONE, RunBook

DERIVED_FROM = "derived_from"
"""Metadata of whatever is made from takes: the list of their ids."""
CAVEATS = (
    "flash memory and copy-on-write disks may keep the overwritten bytes for a while; without the "
    "key, which is destroyed, they cannot be read",
    "backups made before still hold it until they are brought up to date or erased",
    "voice files that were exported before are out of reach",
)


@dataclass(frozen=True, slots=True)
class Item:
    """One object that was destroyed."""

    id: str
    what: str
    """take, checkpoint, features, synthetic, or the type its metadata gave."""
    bytes: int
    """Of the sealed file that was overwritten and removed; 0: there was none."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was destroyed, when, what still remembers it, and what nobody can promise."""

    take_id: str
    t_s: int
    """Seconds since 1970."""
    destroyed: tuple[Item, ...]
    voices: tuple[str, ...]
    """Finished runs that learned from the take and are still there."""
    caveats: tuple[str, ...] = CAVEATS

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def forget_take(vault: Vault, runs: RunBook, take_id: str, *, with_voices: bool) -> Receipt:
    """Destroy what was derived from a take, then the take: an interruption leaves it to be asked
    for again.

    Args:
        with_voices: also destroy the voices, students and reports of finished runs that learned
            from it, with their records.

    Raises:
        ObjectUnknown, DiskFull, ReadOnly, IoError.
    """
    learned = [run for run in runs.all() if take_id in runs.takes(run)]
    voices = [run for run in learned if run.status == DONE]
    entries = vault.list()
    doomed = {one.id: one for one in entries if take_id in one.meta.get(DERIVED_FROM, ())}
    for run in learned:
        everything = with_voices and run in voices
        doomed |= {
            one.id: one
            for one in entries
            if one.meta.get("run") == run.name
            and (everything or one.kind is Kind.CHECKPOINT or one.meta.get("type") == TAUGHT)
        }
    items = [_item(_what(one), vault.delete(one.id)) for one in doomed.values()]
    done = vault.delete(take_id)
    left = () if with_voices else tuple(run.name for run in voices)
    return Receipt(take_id, done.t_s, (_item("take", done), *items), left)


def _what(entry: Entry) -> str:
    return str(entry.meta.get("type") or entry.kind.name.lower())


def _item(what: str, done: Destroyed) -> Item:
    return Item(done.id, what, done.file_bytes)
