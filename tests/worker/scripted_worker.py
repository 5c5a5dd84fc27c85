# SPDX-License-Identifier: GPL-3.0-or-later
"""A worker with jobs made for the tests: the real protocol, no training."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from voicevault.errors import BadDataset, Cancelled
from voicevault.events import Metric, Progress, Started
from voicevault.worker import Assignment, WorkerContext, serve


def echo(assignment: Assignment, ctx: WorkerContext) -> dict[str, Any]:
    """Send back everything that came, with noise on every channel that must not matter."""
    print("a library prints this")
    os.write(1, b"and C code writes this\n")
    ctx.emit(Started("echo", detail="ä"))
    for name, data in assignment.blobs.items():
        ctx.put_blob(name, data[::-1], {"size": len(data)})
        ctx.emit(Metric("bytes", 1, float(len(data))))
    return {"spec": assignment.spec, "tickets": assignment.tickets}


def steps(assignment: Assignment, ctx: WorkerContext) -> dict[str, Any]:
    """A training-like loop: checkpoint on request, and go on from one."""
    step = int.from_bytes(assignment.blobs.get("checkpoint", b""), "big")
    while step < int(assignment.spec["steps"]):
        if ctx.stopping():
            ctx.put_blob("checkpoint", step.to_bytes(4, "big"), {"step": step})
            raise Cancelled("stopped")
        step += 1
        ctx.emit(Progress("steps", step, int(assignment.spec["steps"])))
        time.sleep(0.01)
    return {"step": step}


def deaf(assignment: Assignment, ctx: WorkerContext) -> dict[str, Any]:
    """Never looks at stopping(), and has a child."""
    child = subprocess.Popen(["sleep", "60"])
    ctx.emit(Progress(f"{os.getpid()} {child.pid}", 0, 0))
    time.sleep(60)
    return {}


def fail(assignment: Assignment, ctx: WorkerContext) -> dict[str, Any]:
    """An error a person can act on."""
    raise BadDataset("3 usable takes; 8 are needed", hint="record more")


def crash(assignment: Assignment, ctx: WorkerContext) -> dict[str, Any]:
    """An error nobody foresaw."""
    transcript = "a secret sentence"
    return {"x": [][len(transcript)]}


def segfault(assignment: Assignment, ctx: WorkerContext) -> dict[str, Any]:
    """What a bad model does to a C++ runtime."""
    print("last words", file=sys.stderr, flush=True)
    os.kill(os.getpid(), signal.SIGSEGV)
    return {}


def half_blob(assignment: Assignment, ctx: WorkerContext) -> dict[str, Any]:
    """Dies in the middle of a blob."""
    ctx._stream.write(b'{"event":"Blob","name":"checkpoint","size":100,"meta":{"step":1}}\nshort')
    os._exit(9)


def babble(assignment: Assignment, ctx: WorkerContext) -> dict[str, Any]:
    """Writes something that is no event."""
    ctx._stream.write(b"Epoch 1/10\n")
    return {}


def noise(assignment: Assignment, ctx: WorkerContext) -> dict[str, Any]:
    """More on stderr than a pipe holds."""
    for index in range(20_000):
        print(f"warning number {index}", file=sys.stderr)
    return {"done": 1}


def ways_out(assignment: Assignment, ctx: WorkerContext) -> dict[str, Any]:
    """Try to leave, and report what stopped it."""
    import resource

    def attempt(action: Any) -> str:
        try:
            action()
        except PermissionError as error:
            return str(error)
        except OSError as error:
            return f"not refused: {error}"
        return "not refused"

    lookup = attempt(lambda: socket.getaddrinfo("example.org", 80))
    tcp = attempt(lambda: socket.create_connection(("127.0.0.1", 9), timeout=1))
    udp = attempt(
        lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9))
    )
    return {
        "lookup": lookup,
        "tcp": tcp,
        "udp": udp,
        "tempfile": attempt(tempfile.NamedTemporaryFile),
        "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
        "dumpable": ctypes.CDLL(None).prctl(3, 0, 0, 0, 0),
        "offline": os.environ.get("HF_HUB_OFFLINE"),
        "argv": Path("/proc/self/cmdline").read_text(),
    }


if __name__ == "__main__":
    serve(
        {
            one.__name__: one
            for one in (
                echo, steps, deaf, fail, crash, segfault, half_blob, babble, noise, ways_out
            )
        }
        | {"missing_room": "voicevault.no_such_room:job"}
    )  # fmt: skip
