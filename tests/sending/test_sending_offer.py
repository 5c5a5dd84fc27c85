# SPDX-License-Identifier: GPL-3.0-or-later
"""The one-shot server, for real on 127.0.0.1: one whole download, and nothing for anybody else."""

from __future__ import annotations

import contextlib
import http.client
import random
import re
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from voicevault import sending
from voicevault.errors import Cancelled
from voicevault.events import Event, Progress
from voicevault.sending import Delivery, Offer

HERE = "127.0.0.1"
DATA = random.Random(1).randbytes(3_000_000)
HALF = 200_000


@dataclass
class Serving:
    """An offer that is served in a thread of its own."""

    offer: Offer
    ended: Delivery | None = None
    error: BaseException | None = None
    events: list[Event] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    def start(self) -> None:
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.ended = self.offer.serve(self.events.append, self.stop.is_set)
        except BaseException as error:
            self.error = error

    def wait(self, seconds: float = 5.0) -> None:
        assert self.thread is not None
        self.thread.join(seconds)
        assert not self.thread.is_alive(), "it still listens"

    @property
    def port(self) -> int:
        return int(self.offer.url.split(":")[2].split("/")[0])

    def ask(self, line: bytes, *, read: bool = True) -> bytes:
        """The whole answer to one request line."""
        with self.connect() as peer:
            peer.sendall(line + b"\r\nHost: x\r\n\r\n")
            return everything(peer) if read else b""

    def connect(self, buffer: int = 0) -> socket.socket:
        peer = socket.socket()
        if buffer:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        peer.settimeout(5.0)
        peer.connect((HERE, self.port))
        return peer

    @property
    def get(self) -> bytes:
        return b"GET " + self.offer.path.encode() + b" HTTP/1.1"


def everything(peer: socket.socket) -> bytes:
    parts = []
    while part := peer.recv(1 << 16):
        parts.append(part)
    return b"".join(parts)


def abandon(peer: socket.socket) -> None:
    """Go away at once, as a phone does that changes its mind."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


def eventually(what: Callable[[], bool]) -> None:
    until_s = time.monotonic() + 5.0
    while not what():
        assert time.monotonic() < until_s, "it never happened"
        time.sleep(0.005)


Make = Callable[..., Serving]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    monkeypatch.setattr(sending, "TICK_S", 0.01)
    made: list[Serving] = []

    def make(seconds: float = 20.0, data: bytes = DATA) -> Serving:
        one = Serving(Offer(data, "en_US-toy-medium.zip", HERE, seconds=seconds))
        made.append(one)
        one.start()
        return one

    yield make
    for one in made:
        one.stop.set()
        one.wait()


def test_one_download_and_it_is_gone(serve: Make) -> None:
    one = serve()
    line = http.client.HTTPConnection(HERE, one.port, timeout=5)
    line.request("GET", one.offer.path)
    answer = line.getresponse()
    assert (answer.status, answer.read()) == (200, DATA)
    line.close()
    one.wait()
    assert one.ended == Delivery(done=True)
    with pytest.raises(ConnectionRefusedError):
        one.connect()


def test_what_the_answer_says_of_itself(serve: Make) -> None:
    one = serve()
    head = one.ask(one.get).partition(b"\r\n\r\n")[0].decode().split("\r\n")
    assert head[0] == "HTTP/1.1 200 OK"
    assert dict(line.split(": ", 1) for line in head[1:]) == {
        "Content-Type": "application/zip",
        "Content-Length": str(len(DATA)),
        "Content-Disposition": 'attachment; filename="en_US-toy-medium.zip"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "Connection": "close",
    }


def test_the_path_is_drawn_anew_and_long_enough() -> None:
    with Offer(b"x", "a.zip", HERE) as one, Offer(b"x", "a.zip", HERE) as other:
        assert one.path != other.path
        assert re.fullmatch(r"/[A-Za-z0-9_-]{22}", one.path)  # 16 bytes
        assert one.url == f"http://127.0.0.1:{one.url.split(':')[2].split('/')[0]}{one.path}"


def test_everything_else_gets_the_same_nothing(serve: Make) -> None:
    one = serve()
    path = one.offer.path.encode()
    asked = [
        b"GET / HTTP/1.1",
        b"GET /favicon.ico HTTP/1.1",
        b"GET " + path + b"/ HTTP/1.1",
        b"GET " + path[:-1] + b" HTTP/1.1",
        b"GET " + path + b"?x HTTP/1.1",
        b"GET " + path.swapcase() + b" HTTP/1.1",
        b"GET http://127.0.0.1" + path + b" HTTP/1.1",
        b"GET /../" + path + b" HTTP/1.1",
        b"POST " + path + b" HTTP/1.1",
        b"PROPFIND / HTTP/1.1",
        b"GET  " + path + b" HTTP/1.1",
        b"\x16\x03\x01\x02\x00\x01 rubbish",
    ]
    answers = {one.ask(line) for line in asked}
    assert len(answers) == 1
    only = answers.pop()
    assert only.startswith(b"HTTP/1.1 404 ")
    assert b"Content-Length: 0" in only
    assert b"Server" not in only
    assert b"Python" not in only
    assert one.ask(one.get).endswith(DATA)  # and it is still there for who knows it


def test_the_head_alone_is_no_download(serve: Make) -> None:
    one = serve()
    answer = one.ask(one.get.replace(b"GET", b"HEAD"))
    assert f"Content-Length: {len(DATA)}".encode() in answer
    assert answer.endswith(b"\r\n\r\n")
    assert one.ask(one.get).endswith(DATA)
    one.wait()
    assert one.ended == Delivery(done=True, broken=0)


def test_half_a_download_does_not_count(serve: Make) -> None:
    one = serve()
    peer = one.connect(buffer=4096)
    peer.sendall(one.get + b"\r\n\r\n")
    got = 0
    while got < HALF:
        got += len(peer.recv(4096))
    abandon(peer)
    assert one.ask(one.get).endswith(DATA)
    one.wait()
    assert one.ended == Delivery(done=True, broken=1)


def test_a_file_that_fits_every_buffer_counts_only_once_it_was_read(serve: Make) -> None:
    """All of it is sent before the phone has read a byte; going away must not look like thanks."""
    one = serve(data=b"tiny" * 500)
    peer = one.connect()
    peer.sendall(one.get + b"\r\n\r\n")
    eventually(lambda: Progress("send", 2000, 2000) in one.events)
    peer.close()  # with the answer unread
    assert one.ask(one.get).endswith(b"tiny")
    one.wait()
    assert one.ended == Delivery(done=True, broken=1)


def test_a_line_that_goes_dead_does_not_count(serve: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "STALL_S", 0.1)
    one = serve()
    dead = one.connect(buffer=4096)
    dead.sendall(one.get + b"\r\n\r\n")  # and reads nothing, ever
    silent = one.connect()
    silent.sendall(one.get + b"\r\n\r\n")
    assert everything(silent).endswith(DATA)
    # It has read all of it and never closes: nobody can say that it arrived.
    eventually(lambda: any(isinstance(e, Progress) and e.stage == "wait" for e in one.events))
    time.sleep(0.3)
    assert one.thread is not None
    assert one.thread.is_alive()
    assert one.ask(one.get).endswith(DATA)
    one.wait()
    assert one.ended == Delivery(done=True, broken=2)
    dead.close()
    silent.close()


def test_two_at_once_and_one_of_them_gets_it(serve: Make) -> None:
    one = serve()
    answers: list[bytes] = []

    def fetch() -> None:
        try:
            answers.append(one.ask(one.get))
        except OSError:
            answers.append(b"")

    both = [threading.Thread(target=fetch) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(5.0)
    one.wait()
    assert sorted(answer.endswith(DATA) for answer in answers) == [False, True]
    assert sorted(len(answer) for answer in answers)[0] == 0
    assert one.ended == Delivery(done=True)


def test_connections_that_say_nothing_hold_up_nobody(serve: Make) -> None:
    one = serve()
    silent = [one.connect() for _ in range(sending.WAITING + 5)]
    assert [silent[n].recv(1) for n in range(5)] == [b""] * 5, "the oldest are let go"
    started_s = time.monotonic()
    assert one.ask(one.get).endswith(DATA)
    assert time.monotonic() - started_s < 2.0
    for peer in silent:
        peer.close()


def test_a_request_without_an_end_is_dropped(serve: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "HEAD_S", 0.1)
    one = serve()
    slow = one.connect()
    slow.sendall(one.get)  # and no end
    assert everything(slow).startswith(b"HTTP/1.1 404 ")
    long = one.connect()
    long.sendall(one.get + b"\r\nX: " + b"x" * 20_000)
    with contextlib.suppress(ConnectionResetError):  # what it had sent besides was not read
        assert everything(long).startswith(b"HTTP/1.1 404 ")
    assert one.ask(one.get).endswith(DATA)
    slow.close()
    long.close()


def test_its_time_is_up(serve: Make) -> None:
    one = serve(seconds=0.2)
    one.wait(2.0)
    assert one.ended == Delivery(done=False)
    with pytest.raises(ConnectionRefusedError):
        one.connect()


def test_time_asleep_counts(serve: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    one = serve(seconds=3000.0)
    now_s = sending._clock_s()
    monkeypatch.setattr(sending, "_clock_s", lambda: now_s + 3001.0)
    one.wait(1.0)
    assert one.ended == Delivery(done=False)
    if sys.platform == "linux":
        assert now_s == pytest.approx(time.clock_gettime(time.CLOCK_BOOTTIME), abs=5.0)


def test_its_time_is_up_in_the_middle_of_a_download(serve: Make) -> None:
    one = serve(seconds=0.4)
    peer = one.connect(buffer=4096)
    peer.sendall(one.get + b"\r\n\r\n")
    one.wait(2.0)
    assert one.ended == Delivery(done=False)
    peer.close()


@pytest.mark.parametrize("busy", [False, True])
def test_a_stop_ends_it_soon(serve: Make, busy: bool) -> None:
    one = serve()
    peer = one.connect(buffer=4096)
    if busy:
        peer.sendall(one.get + b"\r\n\r\n")
        eventually(lambda: any(isinstance(e, Progress) and e.stage == "send" for e in one.events))
    one.stop.set()
    one.wait(1.0)
    assert isinstance(one.error, Cancelled)
    with pytest.raises(ConnectionRefusedError):
        one.connect()
    peer.close()


def test_it_tells_how_long_it_waits_and_how_much_is_sent(serve: Make) -> None:
    one = serve()
    one.ask(one.get)
    one.wait()
    told = [event for event in one.events if isinstance(event, Progress)]
    assert told[0].stage == "wait"
    assert (told[0].done, told[0].total) == (0, 20)
    assert told[0].eta_s == pytest.approx(20, abs=1)
    sent = [event.done for event in told if event.stage == "send"]
    assert sent == sorted(sent)
    assert sent[-1] == len(DATA)
    assert len(sent) <= 101


def test_a_caller_from_elsewhere_is_dropped(serve: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    one = serve()
    monkeypatch.setattr(sending, "is_home", lambda address: False)
    peer = one.connect()
    assert everything(peer) == b""
    peer.close()
