# SPDX-License-Identifier: GPL-3.0-or-later
"""Kill or fail a real process at a chosen system call, and look at what it left on the disk."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

WRITING = (
    "openat", "pwrite64", "write", "fsync", "fdatasync", "ftruncate", "rename", "renameat",
    "renameat2", "unlink", "unlinkat", "rmdir", "mkdir", "mkdirat", "close",
)  # fmt: skip
READING = ("pread64", "getdents64")
SHARD = re.compile(r"/obj/[0-9a-f]{2}[>\"]")
NOT_HERE = "strace may not attach to a process here: install strace, and allow ptrace"

Tree = dict[str, bytes | None]


@dataclass(frozen=True)
class Call:
    """The `count`-th call of `name` since the tracer attached."""

    name: str
    count: int
    text: str
    behind: tuple[tuple[str, int], ...] = ()
    """How often each name had been called before this one."""

    @property
    def short(self) -> str:
        return f"{self.name}#{self.count} {self.text[:120]}"


@dataclass
class Run:
    """What one child said before it ended, and how it ended."""

    said: dict[str, dict[str, Any]] = field(default_factory=dict)
    status: int = 0
    log: str = ""

    @property
    def killed(self) -> bool:
        return os.WIFSIGNALED(self.status)

    @property
    def acknowledged(self) -> bool:
        return "ok" in self.said.get("done", {})

    @property
    def error(self) -> str | None:
        return self.said.get("done", {}).get("error")


class ForkServer:
    """Runs jobs of store_child.py, one at a time, each in a fresh process under strace or not."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "strace.log"
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        script = Path(__file__).with_name("store_child.py")
        self._server = subprocess.Popen(
            [sys.executable, "-B", str(script), str(theirs.fileno())], pass_fds=[theirs.fileno()]
        )
        theirs.close()
        self.runs: Counter[str] = Counter()

    def close(self) -> None:
        self._control.close()
        self._server.wait(10)

    def run(self, job: dict[str, Any], inject: list[str] | None = None) -> Run:
        """One job. `inject`: strace's words; empty only traces; None: no tracer."""
        mine, theirs = socket.socketpair()
        with mine, mine.makefile("r", encoding="utf-8") as lines:
            with theirs:
                socket.send_fds(self._control, [json.dumps(job).encode()], [theirs.fileno()])
            run = Run(json.loads(lines.readline() or "{}"))
            if "ready" not in run.said:
                raise AssertionError(f"the child did not come up for {job}")
            with self._traced(run.said["ready"]["pid"], inject):
                mine.sendall(b"x")
                with contextlib.suppress(ConnectionResetError):
                    for line in lines:
                        run.said |= json.loads(line)
                run.status = int(self._control.recv(64))
        run.log = "" if inject is None else self._log.read_text(encoding="utf-8", errors="replace")
        return run

    @contextlib.contextmanager
    def _traced(self, pid: int, inject: list[str] | None) -> Iterator[None]:
        if inject is None:
            yield
            return
        words = ["-e", f"trace={','.join(WRITING + READING)}"]
        words += [part for one in inject for part in ("-e", f"inject={one}")]
        tracer = subprocess.Popen(
            ["strace", "-y", "-s", "0", "-e", "signal=none",
             *words, "-o", str(self._log), "-p", str(pid)],
            stderr=subprocess.PIPE,
        )  # fmt: skip
        assert tracer.stderr
        with tracer.stderr:
            said = tracer.stderr.readline()
            try:
                assert b"attached" in said, said
                yield
            finally:
                if b"attached" not in said:
                    tracer.kill()
                tracer.wait(20)


@contextlib.contextmanager
def in_memory() -> Iterator[Path]:
    """A folder where a flush costs nothing: a killed process leaves the same on any file system."""
    memory = Path("/dev/shm")
    usable = memory.is_dir() and os.access(memory, os.W_OK)
    with tempfile.TemporaryDirectory(prefix="voicevault-", dir=memory if usable else None) as name:
        yield Path(name)


@cache
def strace_works() -> bool:
    """Whether this process may trace one that it started."""
    if sys.platform != "linux" or shutil.which("strace") is None:
        return False
    done = subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False)
    return done.returncode == 0


def calls_of(log: str, base: Path) -> list[Call]:
    """The calls on the test's files up to the report of the result, which is the last one."""
    found: list[Call] = []
    counts: Counter[str] = Counter()
    for line in log.splitlines():
        name = re.match(r"(\w+)\(", line)
        if name is None:
            continue
        counts[name[1]] += 1
        behind = tuple(counts.items())
        if name[1] == "write" and "socket:" in line:
            found.append(Call("write", counts["write"], line, behind))
            return found
        if str(base) in line:
            found.append(Call(name[1], counts[name[1]], line, behind))
    raise AssertionError("the child never reported a result")


def changes(calls: list[Call]) -> list[Call]:
    """Those before which the disk may differ from what it was before the last of them.

    Opening to read changes nothing, a second close in a row neither.
    """
    found: list[Call] = []
    for call in calls:
        if call.name in READING or (call.name == "openat" and "O_CREAT" not in call.text):
            continue
        if call.name == "close" and found and found[-1].name == "close":
            continue
        found.append(call)
    return found


def thinned(calls: list[Call], every: int = 100) -> list[Call]:
    """Without most of the 256 equal folders of obj/."""
    shards = [call for call in calls if SHARD.search(call.text)]
    if len(shards) < 128:
        return calls
    dropped = {call for i, call in enumerate(shards) if i % every}
    return [call for call in calls if call not in dropped]


def kill_at(call: Call) -> list[str]:
    """The process dies on entering the call: it does not happen."""
    return [f"{call.name}:signal=SIGKILL:when={call.count}"]


def fail_at(call: Call, error: str) -> list[str]:
    """The call fails, once."""
    return [f"{call.name}:error={error}:when={call.count}"]


def fail_from(call: Call, error: str) -> list[str]:
    """This call and every later change fails: the medium is gone."""
    seen = dict(call.behind)
    names = [name for name in WRITING if name not in ("write", "close")]
    first = {name: seen.get(name, 0) + (name != call.name) for name in names}
    return [f"{name}:error={error}:when={max(count, 1)}+" for name, count in first.items()]


def read_tree(base: Path) -> Tree:
    """Every folder (None) and file below, by relative path."""
    tree: Tree = {}

    def walk(folder: str, prefix: str) -> None:
        with os.scandir(folder) as entries:
            for entry in entries:
                name = prefix + entry.name
                if entry.is_dir(follow_symlinks=False):
                    tree[name] = None
                    walk(entry.path, name + "/")
                else:
                    tree[name] = Path(entry.path).read_bytes()

    walk(str(base), "")
    return tree


def write_tree(base: Path, tree: Tree) -> None:
    """Make everything below `base` as in `tree`."""
    present = read_tree(base)
    for name in sorted(present.keys() - tree.keys(), reverse=True):
        path = base / name
        path.rmdir() if present[name] is None else path.unlink()
    for name in sorted(tree):
        data = tree[name]
        if data is None:
            if name not in present:
                (base / name).mkdir(mode=0o700)
        elif present.get(name) != data:
            (base / name).write_bytes(data)


def signature(tree: Tree, before: Tree) -> tuple[Any, ...]:
    """Equal for states that differ in random names and bytes only."""
    files = [
        (name.split("/")[:2], len(data), not any(data[:64]), before.get(name) == data)
        for name, data in tree.items()
        if data is not None
    ]
    folders = [name for name, data in tree.items() if data is None]
    return (len(folders), *sorted(map(str, files)))
