# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetch a known teacher: the one place of VoiceVault that uses a network, and it asks first.

HTTPS only, also after a redirect. Nothing of the person travels but the request itself. What came
is kept in a hidden folder until all of it is there, whole and as published; whatever ends it (a
lost connection, a full disk, Ctrl-C, a power cut), the next call goes on from the byte it reached.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from voicevault.errors import Cancelled, Refused, VoiceVaultError
from voicevault.events import Event, Progress
from voicevault.teachers import layout, manifest, registry
from voicevault.teachers.catalogue import Known, Source
from voicevault.teachers.manifest import Entry, Mark

SECURE: tuple[str, ...] = ("https",)
TIMEOUT_S = 30.0
RETRY_AFTER_S = 1.0
MAX_UNPACKED = 4
"""Times its own size that an archive may hold: weights hardly shrink, a bomb does."""
_CHUNK_BYTES = 1 << 20
_PART, _TAG = ".part", ".etag"
_DROPPED = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a yes would mean."""

    known: Known
    folder: Path
    """Where it will be."""
    bytes: int
    """Of all files, as they travel."""
    here: int
    """Of these, already here from an earlier try."""
    hosts: tuple[str, ...]
    """Who will learn that this computer asked."""


@dataclass(slots=True)
class _Fetching:
    """One fetch under way."""

    known: Known
    folder: Path
    opener: urllib.request.OpenerDirector
    schemes: Sequence[str]
    tell: Callable[[Event], None]
    stopping: Callable[[], bool]
    sizes: dict[str, int] = field(default_factory=dict)
    since_s: float = 0.0
    at_start: int = 0


def fetch(
    known: Known,
    *,
    ask: Callable[[Offer], bool],
    accepted: str = "",
    root: Path | None = None,
    on_event: Callable[[Event], None] | None = None,
    stop: Callable[[], bool] | None = None,
    schemes: Sequence[str] = SECURE,
) -> Entry:
    """Load a teacher of the catalogue, or go on loading it; the registry's entry of it.

    Args:
        ask: shown the offer before the first byte is loaded; only True goes on.
        accepted: the licence that the person accepts by its name, where it has to be.
        stop: asked between two pieces of a file.
        schemes: of the addresses; another than https is for tests with a server of their own.

    Raises:
        Refused: the licence was not accepted, or the answer to ``ask`` was no.
        Cancelled: ``stop`` said so; the same call goes on.
        UsageError: a teacher of this name is here.
        VoiceVaultError: no connection, no room, or a file that is not the one published.
    """
    home = root or registry.teachers_dir()
    registry.check_free(home, registry.check_name(known.name), 0)
    manifest.refuse_unaccepted(known.licence, known.commercial, accepted)
    with _alone(home / f".fetch-{known.name}") as folder:
        work = _Fetching(
            known, folder, _opener(schemes), schemes,
            on_event or (lambda event: None), stop or (lambda: False),
        )  # fmt: skip
        offer = _offer(work, home)
        if not ask(offer):
            raise Refused("nothing was fetched", hint="--yes answers the question beforehand")
        registry.check_free(home, known.name, offer.bytes - offer.here)
        work.since_s, work.at_start = time.monotonic(), offer.here
        for source in known.files:
            _load(work, source)
        marks = _unpacked(work)
        entry = registry.settle(
            folder, home, known.name, layout.layout_of(known.family), marks,
            licence=known.licence, accepted=accepted, version=known.version,
        )  # fmt: skip
    return entry


@contextmanager
def _alone(folder: Path) -> Iterator[Path]:
    """The folder of an unfinished fetch, held by one process; an empty one does not stay."""
    import fcntl  # Windows has none, and every other verb works there

    with registry.told(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(held)
        hint = "wait for it, or stop it"
        raise VoiceVaultError("another process is fetching this teacher", hint=hint) from error
    try:
        yield folder
    finally:
        with contextlib.suppress(OSError):  # it holds something, or has its place by now
            folder.rmdir()
        os.close(held)


def _offer(work: _Fetching, home: Path) -> Offer:
    """Sizes, also of files whose maker published none: their server is asked."""
    for one in work.known.files:
        work.sizes[one.name] = one.bytes or _asked_size(work, one)
    hosts = {urllib.parse.urlsplit(one.url).hostname or "" for one in work.known.files}
    return Offer(
        work.known,
        home / work.known.name,
        sum(work.sizes.values()),
        _loaded(work),
        tuple(sorted(hosts)),
    )


def _asked_size(work: _Fetching, source: Source) -> int:
    if here := _size(work.folder / source.name):
        return here
    try:
        with _answer(work, source, {}, method="HEAD") as answer:
            return int(answer.headers.get("Content-Length") or 0)
    except _DROPPED as error:
        raise _lost(work, source, error) from error


def _load(work: _Fetching, source: Source) -> None:
    """One file, whole and as published, under its own name."""
    goal = work.folder / source.name
    part = goal.with_name(source.name + _PART)
    while not goal.exists():
        before = _size(part)
        try:
            if not before or before != source.bytes:
                _receive(work, source, part)
        except _DROPPED as error:
            if isinstance(error, urllib.error.HTTPError) or _size(part) <= before:
                raise _lost(work, source, error) from error
            time.sleep(RETRY_AFTER_S)  # it went a piece of the way: go on from there
            continue
        if not part.exists():
            continue
        _verify(part, source)
        part.replace(goal)
        part.with_name(source.name + _TAG).unlink(missing_ok=True)


def _receive(work: _Fetching, source: Source, part: Path) -> None:
    """From the byte that was reached to the end.

    Raises:
        ConnectionError: it ended before the end.
        Cancelled: as asked.
        VoiceVaultError: the disk is full, or more comes than was published.
    """
    tag_file = part.with_name(source.name + _TAG)
    tag = tag_file.read_text() if tag_file.is_file() else ""
    have = _size(part)
    headers = {"Range": f"bytes={have}-"} if have else {}
    if have and tag:
        headers["If-Range"] = tag  # else a file that was replaced meanwhile would be two halves
    with _past_the_end(part), _answer(work, source, headers) as answer:
        if have and not _goes_on(answer, have):
            have = 0
        length = answer.headers.get("Content-Length")
        total = have + int(length) if length else source.bytes
        _check_promise(source, total)
        new_tag = answer.headers.get("ETag", "")
        with registry.told(part):
            tag_file.write_text("" if new_tag.startswith("W/") else new_tag)
            file = part.open("ab" if have else "wb", buffering=0)
        with file:
            while chunk := answer.read(_CHUNK_BYTES):
                with registry.told(part):  # not around the reading: a lost line is no full disk
                    _write(file, chunk)
                have += len(chunk)
                _check_promise(source, have)
                _progress(work)
                if work.stopping():
                    raise Cancelled(
                        f"stopped after {have / 1e6:.0f} MB of {source.name}",
                        hint="the same command goes on from here",
                    )
        if total and have < total:
            raise ConnectionError(f"it ended after {have} of {total} bytes")


@contextmanager
def _past_the_end(part: Path) -> Iterator[None]:
    """A server that has nothing after what is here: either all is here, or it is another file."""
    try:
        yield
    except urllib.error.HTTPError as error:
        if error.code != http.client.REQUESTED_RANGE_NOT_SATISFIABLE or not _size(part):
            raise
        if error.headers.get("Content-Range") != f"bytes */{_size(part)}":
            part.unlink()  # and from the beginning


def _write(file: BinaryIO, data: bytes) -> None:
    """All of it, unbuffered, so that what is counted is on its way to the disk."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) or 0 :]


def _goes_on(answer: Any, have: int) -> bool:
    """Whether the server took up at the byte that was asked for; else it began anew."""
    said = str(answer.headers.get("Content-Range", ""))
    return bool(answer.status == http.client.PARTIAL_CONTENT and said.startswith(f"bytes {have}-"))


def _check_promise(source: Source, count: int) -> None:
    if source.bytes and count > source.bytes:
        raise VoiceVaultError(
            f"{source.url} sends {count} bytes or more; {source.bytes} were published",
            hint="it is not the file it was; please report it",
        )


def _verify(part: Path, source: Source) -> None:
    """Size and hash as published; what is not is not kept."""
    found = registry.digest(part)
    if source.bytes and found.bytes != source.bytes:
        what = f"{found.bytes} bytes, and {source.bytes} were published"
    elif source.sha256 and found.sha256 != source.sha256:
        what = f"SHA-256 {found.sha256}, and {source.sha256} was published"
    else:
        return
    part.unlink()
    part.with_name(source.name + _TAG).unlink(missing_ok=True)
    raise VoiceVaultError(
        f"{source.name} from {source.url} is not the file its maker published: it has {what}",
        hint="it was removed; try again, and report it if it stays so",
    )


def _unpacked(work: _Fetching) -> dict[str, Mark]:
    """Archives opened, everything hashed; nothing else is left in the folder."""
    kind = layout.layout_of(work.known.family)
    names = set(layout.known_names(kind))
    marks: dict[str, Mark] = {}
    for source in work.known.files:
        path = work.folder / source.name
        if source.packed:
            inside = _unpack(path, names)
        else:
            inside = [source.name]
        for name in inside:
            with registry.told(work.folder):
                mark = registry.digest(work.folder / name)
            marks[name] = replace(mark, published=bool(source.sha256))
    for one in work.folder.iterdir():
        if one.name not in marks:
            one.unlink()
    return marks


def _unpack(archive: Path, names: set[str]) -> list[str]:
    """The files of an archive that the family knows, whatever folder they are in inside."""
    made: list[str] = []
    limit = MAX_UNPACKED * archive.stat().st_size
    try:
        with zipfile.ZipFile(archive) as packed, registry.told(archive.parent):
            for one in packed.infolist():
                name = PurePosixPath(one.filename).name
                if one.is_dir() or name not in names or name in made:
                    continue
                if one.file_size > limit:
                    raise VoiceVaultError(f"{archive.name} holds {name} of {one.file_size} bytes")
                with packed.open(one) as inside, (archive.parent / name).open("wb") as out:
                    shutil.copyfileobj(inside, out, _CHUNK_BYTES)
                made.append(name)
    except zipfile.BadZipFile as error:
        archive.unlink()
        raise VoiceVaultError(
            f"{archive.name} is damaged: {error}",
            hint="it was removed; the same again loads it anew",
        ) from error
    return made


def _answer(
    work: _Fetching, source: Source, headers: dict[str, str], method: str = "GET"
) -> contextlib.closing[Any]:
    _check_scheme(source.url, work.schemes)
    request = urllib.request.Request(
        source.url, headers={"User-Agent": "voicevault", **headers}, method=method
    )
    return contextlib.closing(work.opener.open(request, timeout=TIMEOUT_S))


class _StaysSecure(urllib.request.HTTPRedirectHandler):
    """Follows a redirect only to an address of an allowed scheme."""

    def __init__(self, schemes: Sequence[str]) -> None:
        self._schemes = schemes

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        _check_scheme(newurl, self._schemes)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener(schemes: Sequence[str]) -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(_StaysSecure(schemes))


def _check_scheme(url: str, schemes: Sequence[str]) -> None:
    scheme = urllib.parse.urlsplit(url).scheme
    if scheme not in schemes:
        raise VoiceVaultError(
            f"{url} is {scheme or 'no address'}; only {', '.join(schemes)} is fetched from"
        )


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _loaded(work: _Fetching) -> int:
    return sum(
        _size(work.folder / one.name) or _size(work.folder / (one.name + _PART))
        for one in work.known.files
    )


def _progress(work: _Fetching) -> None:
    done, total = _loaded(work), sum(work.sizes.values())
    came = done - work.at_start
    rate = came / max(time.monotonic() - work.since_s, 1e-3)
    mb = 1_000_000
    left_s = (total - done) / rate if came and total > done else None
    work.tell(
        Progress(f"fetching {work.known.name}", done // mb, max(total // mb, 1), left_s, "MB")
    )


def _lost(work: _Fetching, source: Source, error: Exception) -> VoiceVaultError:
    host = urllib.parse.urlsplit(source.url).hostname
    if isinstance(error, urllib.error.HTTPError):
        return VoiceVaultError(
            f"{host} answers {error.code} {error.reason} to {source.url}",
            hint="the file may have moved: voicevault teachers add FOLDER takes one from elsewhere",
        )
    why = getattr(error, "reason", None) or error
    return VoiceVaultError(
        f"no connection to {host}: {why}",
        hint=f"{_loaded(work) / 1e6:.0f} MB are here; the same command goes on from there",
    )
