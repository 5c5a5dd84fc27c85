# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring recordings in: decode, judge, keep. One bad file never stops the rest.

Importing the same folder again goes on where the last time ended: what is kept already is
recognised by the digest of its bytes and counted, not stored twice.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from encrypted_store import Vault
from encrypted_store.errors import DiskFull, IoError, MetaInvalid, ReadOnly
from voicevault.audio import files, qc
from voicevault.audio.qc import TextCheck
from voicevault.data.ljspeech import Failure, Listing, Row, read_folder
from voicevault.data.takes import (
    Take,
    add_take,
    checked_text,
    find_duplicate,
    list_takes,
    same_text,
)
from voicevault.errors import BadAudio, BadDataset, Cancelled, UsageError, VoiceVaultError
from voicevault.events import Event, Progress

STAGE = "import"
_EVENT_EVERY_S = 0.1
_RESUME_HINT = "import the same folder again; it goes on where it stopped"


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What became of a folder. `failed` was not stored; `to_redo` was, with a verdict of redo."""

    kept: int = 0
    kept_but: int = 0
    redo: int = 0
    duplicates: int = 0
    failed: tuple[Failure, ...] = ()
    minutes: float = 0.0  # of usable sound stored this time
    to_redo: tuple[tuple[str, str], ...] = ()  # name, verdict in one sentence

    @property
    def stored(self) -> int:
        """Takes that are new in the vault."""
        return self.kept + self.kept_but + self.redo


class ImportStopped(VoiceVaultError):
    """The vault cannot be written to any more; what was stored before is kept."""

    def __init__(self, message: str, summary: ImportSummary) -> None:
        super().__init__(message, hint=f"free some space, then {_RESUME_HINT}")
        self.summary = summary


@dataclass(slots=True)
class _Tally:
    """The summary while it grows, and the digests already in the vault."""

    texts: dict[str, str]  # sha256 -> text
    counts: dict[str, int] = field(default_factory=dict)
    failed: list[Failure] = field(default_factory=list)
    to_redo: list[tuple[str, str]] = field(default_factory=list)
    usable_ms: int = 0

    def count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    def summary(self) -> ImportSummary:
        get = self.counts.get
        return ImportSummary(
            kept=get("keep", 0),
            kept_but=get("keep_but", 0),
            redo=get("redo", 0),
            duplicates=get("duplicate", 0),
            failed=tuple(self.failed),
            minutes=self.usable_ms / 60_000,
            to_redo=tuple(self.to_redo),
        )


def import_folder(
    vault: Vault,
    path: Path,
    *,
    limit: int | None = None,
    on_event: Callable[[Event], None] | None = None,
    check: TextCheck | None = None,
    stop: Callable[[], bool] | None = None,
) -> ImportSummary:
    """Take in a folder of the LJSpeech layout; `limit` is to its first rows.

    Raises:
        UsageError, BadDataset: no such folder, no usable metadata.csv, or a limit below 1.
        ImportStopped: the disk is full or failing.
        Cancelled: `stop` said so. In all three cases what was stored stays.
    """
    if limit is not None and limit < 1:
        raise UsageError(f"limit {limit}; it is 1 or more")
    listing: Listing = read_folder(Path(path))
    rows = listing.rows[:limit]
    tally = _Tally({one.sha256: one.text for one in list_takes(vault)})
    tally.failed.extend(listing.failures)
    clock = _Clock(len(rows), on_event)
    for done, row in enumerate(rows):
        if stop is not None and stop():
            raise Cancelled(
                f"import stopped after {done} of {len(rows)} recordings; they are kept",
                hint=_RESUME_HINT,
            )
        clock.tell(done, files.named(row.path.name))
        try:
            _import_row(vault, row, tally, check)
        except (DiskFull, ReadOnly, IoError) as error:
            raise ImportStopped(
                f"{error.message}; {tally.summary().stored} new recordings are kept",
                tally.summary(),
            ) from error
    clock.tell(len(rows), "")
    return tally.summary()


def import_file(
    vault: Vault, path: Path, text: str, *, prompt_id: str = "", check: TextCheck | None = None
) -> Take:
    """Take in one recording of `text`; the take already there when it is a duplicate.

    Raises:
        BadAudio, BadDataset: it cannot be used, or is kept already with another text.
        UsageError: no such file.
    """
    path = Path(path)
    if not path.is_file():
        raise UsageError(f"{files.named(str(path))} is no file", hint="name an audio file")
    text = checked_text(text)
    try:
        data = files.load(path)
    except OSError as error:
        raise BadAudio(
            f"{files.named(path.name)} cannot be read: {error.strerror}",
            hint="check its permissions",
        ) from error
    twin = find_duplicate(list_takes(vault), hashlib.sha256(data).hexdigest())
    if twin is not None:
        if not same_text(twin.text, text):
            raise _other_text(path.name)
        return twin
    return _keep(vault, data, path, text, prompt_id or path.stem, check)


def _keep(
    vault: Vault, data: bytes, path: Path, text: str, prompt_id: str, check: TextCheck | None
) -> Take:
    clip = files.decode(data, name=path.name)
    verdict = qc.judge(clip.samples, clip.rate_hz, text, check=check)
    # An id that came from a file name may hold bytes that are no text.
    prompt_id = prompt_id.encode("utf-8", "replace").decode()
    return add_take(vault, data, clip, text, verdict, prompt_id=prompt_id)


def _other_text(name: str) -> BadDataset:
    return BadDataset(
        f"{files.named(name)} is kept already with another text",
        hint="decide which text is right; to change it, remove that take and import again",
    )


def _import_row(vault: Vault, row: Row, tally: _Tally, check: TextCheck | None) -> None:
    """One recording. Whatever is wrong with it ends up in the tally."""
    name = files.named(row.path.name)
    try:
        text = checked_text(row.text)
        data = files.load(row.path)
        digest = hashlib.sha256(data).hexdigest()
        known = tally.texts.get(digest)
        if known is not None and same_text(known, text):
            tally.count("duplicate")
            return
        if known is not None:
            raise _other_text(row.path.name)
        take = _keep(vault, data, row.path, text, row.id, check)
    except (BadAudio, BadDataset) as error:
        tally.failed.append(Failure(name, error.message, error.hint))
        return
    except OSError as error:  # of the recording: the vault has its own error types
        reason = f"it cannot be read: {error.strerror}"
        tally.failed.append(Failure(name, reason, "check its permissions"))
        return
    except MetaInvalid as error:
        tally.failed.append(Failure(name, f"its text: {error.message}", error.hint))
        return
    tally.texts[digest] = take.text
    tally.count(take.verdict.status)
    if take.usable:
        tally.usable_ms += take.duration_ms
    else:
        tally.to_redo.append((name, take.verdict.sentence()))


class _Clock:
    """Tells how far an import is and how long it will take, at most ten times a second."""

    def __init__(self, total: int, on_event: Callable[[Event], None] | None) -> None:
        self._total = total
        self._on_event = on_event
        self._began_s = time.monotonic()
        self._told_s = -1.0

    def tell(self, done: int, message: str) -> None:
        now_s = time.monotonic()
        last = done == self._total
        if self._on_event is None or (now_s - self._told_s < _EVENT_EVERY_S and not last):
            return
        self._told_s = now_s
        eta_s = (now_s - self._began_s) / done * (self._total - done) if done else None
        self._on_event(Progress(STAGE, done, self._total, eta_s, message))
