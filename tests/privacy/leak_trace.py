# SPDX-License-Identifier: GPL-3.0-or-later
"""What a command and all its children did to the file system, from strace: deleted files too."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# A question mark: not every architecture has every call.
_CALLS = (
    "open openat openat2 creat rename renameat renameat2 link linkat symlink symlinkat mkdir "
    "mkdirat mknod mknodat truncate unlink unlinkat rmdir memfd_create write connect sendto "
    "sendmsg bind"
)
_LINE = re.compile(r"^(?P<call>\w+)\((?P<arguments>.*)\) += (?P<value>-?\d+|\?)(?P<rest>.*)$")
_TEXT = re.compile(r'(?:(?:AT_FDCWD|\d+)<(?P<folder>[^>]*)>, )?"(?P<name>(?:[^"\\]|\\.)*)"')
_WRITES = re.compile(r"\bO_(WRONLY|RDWR|CREAT|TRUNC|APPEND|TMPFILE)\b")
_OPENED = re.compile(r"^<(?P<path>.*?)>")
_WRITTEN = re.compile(r"^\d+<(/[^>]*)>")
_INTERNET = re.compile(r"\b(AF_INET6?|sin6?_addr)\b")


@dataclass(frozen=True, slots=True)
class Touch:
    """One successful call that made, changed or removed a name, or opened it for writing."""

    call: str
    path: str


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything of interest that a command did."""

    touches: frozenset[Touch]
    internet: tuple[str, ...]
    """Calls that named an internet address, whether they succeeded or not."""
    written: dict[str, int]
    """Bytes that went into each file through write(2); the store's own calls are others."""
    threads: int
    blind: int
    """Calls whose path could not be read: then nothing can be said."""


def strace_words(log: Path) -> tuple[str, ...]:
    """Words that put a command under strace; `log` is the beginning of its file names."""
    calls = ",".join(f"?{one}" for one in _CALLS.split())
    words = ["strace", "-ff", "--seccomp-bpf", "-y", "-s", "4096", "-e", "signal=none"]
    return (*words, "-e", f"trace={calls}", "-o", os.fspath(log))


def why_no_strace(folder: Path) -> str:
    """Why commands cannot be followed here; empty where they can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = [*strace_words(folder / "tried"), sys.executable, "-c", "pass"]
    ended = subprocess.run(tried, capture_output=True, text=True, check=False)
    return "" if ended.returncode == 0 else f"strace does not work here: {ended.stderr[:200]}"


def read_trace(log: Path, cwd: Path) -> Trace:
    """Read what `strace_words(log)` recorded of a command started in `cwd`."""
    files = sorted(log.parent.glob(f"{log.name}.*"))
    touches: set[Touch] = set()
    internet: list[str] = []
    written: dict[str, int] = {}
    blind = 0
    for file in files:
        for line in file.read_text(errors="surrogateescape").splitlines():
            found = _LINE.match(line)
            if found is None:
                continue  # an exit, or a call that the end of the process cut off
            if found["call"] in ("connect", "sendto", "sendmsg", "bind"):
                internet += [line] if _INTERNET.search(found["arguments"]) else []
                continue
            if found["value"].startswith("-"):
                continue
            if found["call"] == "write":
                if goal := _WRITTEN.match(found["arguments"]):
                    written[goal[1]] = written.get(goal[1], 0) + int(found["value"])
                continue
            if re.search(r"[(, ]0x[0-9a-f]{6,}", line.partition("{")[0]):
                blind += 1
            touches.update(Touch(found["call"], path) for path in _paths(found, cwd))
    return Trace(frozenset(touches), tuple(internet), written, len(files), blind)


def _paths(found: re.Match[str], cwd: Path) -> Iterator[str]:
    """What a successful call touched: nothing for an open that only reads."""
    arguments, opened = found["arguments"], _OPENED.match(found["rest"])
    if found["call"] == "memfd_create":
        yield "memfd:" + arguments.partition('"')[2].partition('"')[0]
    elif found["call"] in ("open", "openat", "openat2", "creat"):
        if found["call"] == "creat" or _WRITES.search(_after_names(arguments)):
            if opened is not None and opened["path"].startswith("/"):
                yield opened["path"]
            yield from _named(arguments, cwd)
    else:
        yield from _named(arguments, cwd)


def _after_names(arguments: str) -> str:
    return arguments.rpartition('"')[2]


def _named(arguments: str, cwd: Path) -> Iterator[str]:
    for one in _TEXT.finditer(arguments):
        yield os.path.normpath(os.path.join(one["folder"] or cwd, one["name"]))
