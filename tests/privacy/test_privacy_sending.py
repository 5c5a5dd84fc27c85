# SPDX-License-Identifier: GPL-3.0-or-later
"""Sending a voice listens while a person asks for it, and does nothing else: seen by its calls.

An audit hook in a process of its own writes down every socket call and every file that is opened
for writing, from before the first import to after the download.
"""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parent.parent / "sending"))
from sent_voices import exported, write

WATCHED = """
import json, os, sys
seen = []
def hook(event, args):
    if event.startswith("socket."):
        seen.append((event, repr(args[1:])))
    elif event == "open" and isinstance(args[2], int):
        if args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) and "__pycache__" not in str(args[0]):
            seen.append((event, str(args[0])))
    elif event in ("tempfile.mkstemp", "tempfile.mkdtemp", "os.mkdir"):
        seen.append((event, str(args[0])))
sys.addaudithook(hook)
from voicevault import cli
code = cli.run(sys.argv[1:])
print(file=sys.stderr)
json.dump([code, seen], sys.stderr)
"""
SLY = WATCHED.replace(
    "from voicevault import cli\ncode = cli.run(sys.argv[1:])", "{planted}\ncode = 0"
)


def watched(
    script: str, *words: str, fetch: bool = False
) -> tuple[int, list[tuple[str, str]], str]:
    """Exit code, calls, link of a process; `fetch` loads what it offers."""
    with subprocess.Popen(
        [sys.executable, "-B", "-c", script, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    ) as process:
        url = ""
        if fetch:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(url, timeout=60) as answer:
                assert answer.read().startswith(b"PK")
        _, err = process.communicate(timeout=60)
    code, seen = json.loads(err.splitlines()[-1])
    return code, [tuple(one) for one in seen], url


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "D", exported())


def test_it_binds_one_address_connects_nowhere_and_writes_nothing(folder: Path) -> None:
    words = ("send", str(folder), "--address", "127.0.0.1", "--no-check", "--yes")
    code, seen, url = watched(WATCHED, *words, fetch=True)
    assert code == 0
    calls = [one for one, _ in seen]
    assert calls.count("socket.bind") == 1
    assert next(what for call, what in seen if call == "socket.bind") == "(('127.0.0.1', 0),)"
    assert set(calls) <= {"socket.__new__", "socket.bind"}, seen
    assert url.startswith("http://127.0.0.1:")


def test_until_a_yes_there_is_no_socket(folder: Path) -> None:
    words = ("send", str(folder), "--address", "127.0.0.1", "--no-check")
    code, seen, _ = watched(WATCHED, *words)
    assert code == 5
    assert seen == []


def test_nothing_else_makes_a_socket() -> None:
    code, seen, _ = watched(WATCHED, "prompts", "--count", "1")
    assert code == 0
    assert [one for one in seen if one[0].startswith("socket.")] == []


PLANTED: dict[str, tuple[str, str]] = {
    "connects": (
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)"
        ".connect_ex(('127.0.0.1', 9))",
        "socket.connect",
    ),
    "asks a name": ("import socket; socket.getaddrinfo('127.0.0.1', 9)", "socket.getaddrinfo"),
    "writes": ("open('/dev/null', 'wb')", "open"),
}


@pytest.mark.parametrize("what", PLANTED)
def test_the_watch_can_fail(what: str) -> None:
    planted, call = PLANTED[what]
    _, seen, _ = watched(SLY.replace("{planted}", planted))
    assert call in [one for one, _ in seen]


def test_a_worker_cannot_offer_anything() -> None:
    script = (
        "from voicevault import sending, worker\n"
        "worker.harden()\n"
        "try:\n    sending.Offer(b'x', 'a.zip', '127.0.0.1')\n"
        "except Exception as error:\n    print(error)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-B", "-c", script], capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip().endswith("socket.bind: the worker is offline")
