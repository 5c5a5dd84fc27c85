# SPDX-License-Identifier: GPL-3.0-or-later
"""One file, offered once to a phone in the same home network, because a person asked for it.

It listens on one address of this computer, on a port and under a path drawn for this one offer,
answers the one request that knows the path, and is gone after one complete download or when its
time is up. It opens no connection, asks no name server and writes nothing. Plain HTTP: whoever can
read the home network's traffic can read the file, which front ends say before they start it.

A server of its own and not http.server, which takes longer heads, names itself and its Python in
every answer, prints addresses, and has no idea whether a download arrived.
"""

from __future__ import annotations

import re
import secrets
import selectors
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from hmac import compare_digest
from types import TracebackType
from typing import Self

from voicevault.errors import Cancelled, UsageError
from voicevault.events import Event, Progress
from voicevault.home_network import check_address, is_home

SECONDS = 300.0
MAX_SECONDS = 3600.0
PATH_BYTES = 16
HEAD_BYTES, HEAD_S = 8192, 5.0
"""The longest request that is read, and how long it may take."""
STALL_S = 15.0
"""A download that takes nothing for so long has failed, and so has one that never ends."""
TICK_S = 0.1
WAITING = 8
"""Connections that say nothing yet: browsers open some on suspicion. More push the oldest out."""
_PIECE = 1 << 16
_BUFFER = 1 << 18  # small, so that what was sent is nearly what arrived
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_COMMON = (
    b"X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n"
    b"Referrer-Policy: no-referrer\r\nConnection: close\r\n\r\n"
)
_NOTHING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n" + _COMMON
"""The answer to everything but the one path, whatever was asked."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How an offer ended."""

    done: bool
    """One download arrived whole."""
    broken: int = 0
    """Downloads that began and did not arrive."""


class _TimeUp(Exception):
    """The offer's time is over."""


class Offer:
    """A file at a URL for one download. It listens from its making until `close`.

    Args:
        data: the file.
        name: what the receiver calls it: letters, digits, dot, dash, underscore.
        address: of this computer, in a home network.
        seconds: until it is over, more than 0, at most 3600.

    Raises:
        UsageError, Refused: a wrong name, time or address, see `check_address`.
    """

    def __init__(self, data: bytes, name: str, address: str, *, seconds: float = SECONDS) -> None:
        check_address(address)
        if not _NAME.fullmatch(name):
            raise UsageError(f"{name!r} cannot be the name of a download")
        if not 0 < seconds <= MAX_SECONDS:
            raise UsageError(f"{seconds:g} s is no time for an offer; up to {MAX_SECONDS:.0f} s is")
        self.name = name
        self.byte_count = len(data)
        self.path = "/" + secrets.token_urlsafe(PATH_BYTES)
        self._body = memoryview(data)
        self._head = (
            "HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\n"
            f"Content-Length: {len(data)}\r\n"
            f'Content-Disposition: attachment; filename="{name}"\r\n'
        ).encode() + _COMMON
        self._seconds = seconds
        self._stop: Callable[[], bool] = _never
        self._tell: Callable[[Event], None] = _to_nobody
        self._waiting: list[socket.socket] = []
        self._listener = _listen(address)
        self._ready = selectors.DefaultSelector()
        self._ready.register(self._listener, selectors.EVENT_READ)
        self._ends_s = _clock_s() + seconds
        self.url = f"http://{address}:{self._listener.getsockname()[1]}{self.path}"

    @property
    def left_s(self) -> float:
        """Seconds until it is over."""
        return max(0.0, self._ends_s - _clock_s())

    def serve(
        self,
        on_event: Callable[[Event], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> Delivery:
        """Wait for the one download, in this thread; it is closed at the end, however it ends.

        Args:
            on_event: told `Progress` once a second while waiting ("wait", in seconds) and while
                sending ("send", in bytes).
            stop: asked ten times a second whether to end now.

        Raises:
            Cancelled: `stop` said so.
        """
        self._stop, self._tell = stop or _never, on_event or _to_nobody
        broken = 0
        try:
            while True:
                with self._next_with_a_word() as peer:
                    asked = self._request(peer)
                    if asked and self._give(peer, whole=asked == b"GET"):
                        return Delivery(True, broken)
                    broken += asked == b"GET"
        except _TimeUp:
            return Delivery(False, broken)
        finally:
            self.close()

    def close(self) -> None:
        """Listen no more; connections that wait are dropped. Twice does no harm."""
        for one in (self._listener, *self._waiting):
            one.close()
        self._waiting.clear()
        self._ready.close()
        self._body = memoryview(b"")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # one connection at a time

    def _next_with_a_word(self) -> socket.socket:
        """The next connection that has said something; silent ones wait beside it."""
        told = -1
        while True:
            self._go_on()
            passed = int(self._seconds - self.left_s)
            if passed != told:
                told = passed
                self._tell(Progress("wait", passed, int(self._seconds), self.left_s))
            for key, _ in self._ready.select(TICK_S):
                peer = key.fileobj
                assert isinstance(peer, socket.socket)
                if peer is self._listener:
                    self._admit()
                    continue
                self._ready.unregister(peer)
                self._waiting.remove(peer)
                return peer

    def _admit(self) -> None:
        try:
            peer, (address, _) = self._listener.accept()
        except OSError:  # it went away again
            return
        if not is_home(address):
            peer.close()
            return
        self._waiting.append(peer)
        self._ready.register(peer, selectors.EVENT_READ)
        if len(self._waiting) > WAITING:
            oldest = self._waiting.pop(0)
            self._ready.unregister(oldest)
            oldest.close()

    def _request(self, peer: socket.socket) -> bytes:
        """GET or HEAD where the one path was asked for; anything else is answered, and empty."""
        peer.settimeout(TICK_S)
        head = bytearray()
        until_s = time.monotonic() + HEAD_S
        while b"\r\n\r\n" not in head and len(head) < HEAD_BYTES:
            self._go_on()
            if time.monotonic() > until_s:
                break
            try:
                more = peer.recv(HEAD_BYTES - len(head))
            except TimeoutError:
                continue
            except OSError:
                return b""
            if not more:
                break
            head += more
        words = bytes(head).partition(b"\r\n")[0].split(b" ")
        known = len(words) == 3 and words[0] in (b"GET", b"HEAD") and b"\r\n\r\n" in head
        if known and compare_digest(words[1], self.path.encode()):
            return words[0]
        self._send(peer, memoryview(_NOTHING))
        return b""

    def _give(self, peer: socket.socket, *, whole: bool) -> bool:
        """Answer with the file, or with its head alone; True once a whole file has arrived."""
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        if not self._send(peer, memoryview(self._head)) or not whole:
            return False
        return self._send(peer, self._body, told=True) and self._arrived(peer)

    def _send(self, peer: socket.socket, data: memoryview, *, told: bool = False) -> bool:
        """True when all of it was taken; the receiver may be slow, but not stand still."""
        done, percent, moved_s = 0, -1, time.monotonic()
        while done < len(data):
            self._go_on()
            try:
                done += peer.send(data[done : done + _PIECE])
                moved_s = time.monotonic()
            except TimeoutError:
                if time.monotonic() - moved_s > STALL_S:
                    return False
            except OSError:
                return False
            if told and (now := 100 * done // len(data)) != percent:
                percent = now
                self._tell(Progress("send", done, len(data)))
        return True

    def _arrived(self, peer: socket.socket) -> bool:
        """Whether the receiver has it: it closes in order once it has read to the end.

        Who goes away earlier, with bytes unread, resets the connection; a line that went dead says
        nothing.
        """
        until_s = time.monotonic() + STALL_S
        try:
            peer.shutdown(socket.SHUT_WR)
            while time.monotonic() < until_s:
                self._go_on()
                try:
                    if peer.recv(HEAD_BYTES) == b"":
                        return True
                except TimeoutError:
                    continue
        except OSError:
            return False
        return False

    def _go_on(self) -> None:
        if self._stop():
            raise Cancelled("stopped: the file is not offered any more")
        if _clock_s() >= self._ends_s:
            raise _TimeUp


def _listen(address: str) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.bind((address, 0))
        made.listen(4 * WAITING)
    except OSError as error:
        made.close()
        raise UsageError(
            f"this computer cannot listen on {address}: {error.strerror or error}",
            hint="name one of its own addresses",
        ) from error
    made.setblocking(False)
    return made


def _clock_s() -> float:
    """Seconds that count the machine's sleep: an offer of five minutes is over after five."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    else:
        return time.monotonic()


def _never() -> bool:
    return False


def _to_nobody(event: Event) -> None:
    pass
