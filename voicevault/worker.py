# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker process: one job from stdin, events and blobs on stdout, nothing anywhere else.

stdin   one JSON line {"job", "spec", "tickets", "blobs": [{"name", "size"}]}, then the blobs'
        bytes in order; it stays open, and its end means that the parent is gone
stdout  one JSON line for each event; a Blob line is followed by its bytes
stderr  tracebacks and faulthandler; the parent keeps the last 64 KiB in memory
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import json
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, NoReturn, Protocol

from encrypted_store import hardening
from voicevault import paths
from voicevault.errors import Cancelled, MissingExtra, TrainingFailed, VoiceVaultError
from voicevault.events import Blob, CancelledAt, Event, Failed, Finished, encode

EXIT_PARENT_GONE = 70
EXIT_CRASH = 1

# job -> where its function lives. Imported when asked for, after the process was hardened.
ENTRY_POINTS: Mapping[str, str] = {
    "devices": "voicevault.tasks:devices",
    "consent": "voicevault.tasks:consent",
    "train": "voicevault.tasks:train",
    "train-recogniser": "voicevault.recogniser_task:train",
    "evaluate": "voicevault.tasks:evaluate",
    "export": "voicevault.tasks:export",
    "export-recogniser": "voicevault.recogniser_task:export",
    "invent": "voicevault.tasks:invent",
    "label": "voicevault.label_task:label",
}


# Jobs that go on where they were stopped.
RESUMABLE = ("train", "train-recogniser", "label")

# Which extra brings a module, for an installation without it.
EXTRAS: Mapping[str, str] = {
    "torch": "train",
    "torchaudio": "train",
    "safetensors": "train",
    "onnx": "train",
    "parselmouth": "train",
    "pocketsphinx": "evaluate",
}


@dataclass(frozen=True, slots=True)
class Assignment:
    """What the parent asked for, as it came over the pipe."""

    job: str
    spec: dict[str, Any] = field(default_factory=dict)
    tickets: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)


class Sink(Protocol):
    """Where events go: write takes all it is given."""

    def write(self, data: bytes, /) -> int: ...

    def flush(self) -> None: ...


class WorkerContext:
    """A job's only way out: events and blobs to the parent, and whether to stop."""

    def __init__(self, stream: Sink) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self.cancelled_sent = False
        self.checkpoint_step = -1

    def emit(self, event: Event) -> None:
        """Send one event now."""
        with self._lock:
            self._stream.write(encode(event).encode() + b"\n")
            self._stream.flush()
            self.cancelled_sent |= isinstance(event, CancelledAt)

    def put_blob(self, name: str, data: bytes, meta: dict[str, Any]) -> None:
        """Send bytes for the parent to keep."""
        with self._lock:
            self._stream.write(encode(Blob(name, len(data), meta)).encode() + b"\n")
            self._stream.write(data)
            self._stream.flush()
        if name == "checkpoint":
            self.checkpoint_step = int(meta.get("step", 0))

    def stopping(self) -> bool:
        """True once the parent asked to stop: write a checkpoint and raise Cancelled."""
        return self._stop.is_set()

    def request_stop(self) -> None:
        """Called by the signal handler."""
        self._stop.set()


JobFunction = Callable[[Assignment, WorkerContext], dict[str, Any]]


def harden() -> None:
    """No core dump, no ptrace, no network, no temporary file, and libraries told to stay home."""
    os.environ.update(paths.OFFLINE_SWITCHES)
    hardening.harden()
    sys.addaudithook(_refuse_ways_out)


def _refuse_ways_out(event: str, args: tuple[Any, ...]) -> None:
    """An audit hook: a worker has no business on a network or in a temporary folder."""
    if event in ("socket.connect", "socket.sendto", "socket.bind"):
        if getattr(args[0], "family", None) in (socket.AF_INET, socket.AF_INET6):
            raise PermissionError(f"{event}: the worker is offline")
    elif event == "socket.getaddrinfo":
        raise PermissionError("socket.getaddrinfo: the worker is offline")
    elif event in ("tempfile.mkstemp", "tempfile.mkdtemp"):
        raise PermissionError(f"{event}: the worker writes no temporary files")


def take_stdout() -> Sink:
    """The event stream, with fd 1 turned to nowhere so that no library can print into it."""
    stream = os.fdopen(os.dup(1), "wb", buffering=0)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return _Whole(stream)


class _Whole:
    """Unbuffered writes that are complete: a raw pipe may take less than it was given."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def write(self, data: bytes) -> int:
        view = memoryview(data)
        while view:
            view = view[self._raw.write(view) or 0 :]
        return len(data)

    def flush(self) -> None:
        self._raw.flush()


def read_assignment(stream: BinaryIO) -> Assignment:
    """The request line and its blobs.

    Raises:
        EOFError: the parent went away in the middle.
        ValueError: not a request.
    """
    line = stream.readline()
    if not line.endswith(b"\n"):
        raise EOFError("no request")
    body = json.loads(line)
    blobs: dict[str, bytes] = {}
    for one in body.get("blobs", []):
        data = stream.read(one["size"])
        if len(data) != one["size"]:
            raise EOFError("request ended early")
        blobs[one["name"]] = data
    return Assignment(body["job"], body.get("spec", {}), body.get("tickets", {}), blobs)


def watch_parent(stream: BinaryIO) -> None:
    """End this process, and what it started, as soon as the parent's end of stdin closes."""

    def wait() -> None:
        with contextlib.suppress(OSError, ValueError):
            while stream.read(1):
                pass
        if os.getpgrp() == os.getpid():
            os.killpg(0, signal.SIGKILL)
        os._exit(EXIT_PARENT_GONE)

    threading.Thread(target=wait, name="watch-parent", daemon=True).start()


def find_job(name: str, entry_points: Mapping[str, str | JobFunction]) -> JobFunction:
    """The function of a job.

    Raises:
        TrainingFailed: no such job, or its room does not import.
    """
    where = entry_points.get(name)
    if where is None:
        raise TrainingFailed(f"no job {name!r}; there are {', '.join(sorted(entry_points))}")
    if not isinstance(where, str):
        return where
    module, _, function = where.partition(":")
    found: JobFunction = getattr(importlib.import_module(module), function)
    return found


def perform(
    assignment: Assignment,
    context: WorkerContext,
    entry_points: Mapping[str, str | JobFunction],
) -> int:
    """Run the job and tell how it ended; the exit code."""
    try:
        result = find_job(assignment.job, entry_points)(assignment, context)
    except Cancelled:
        if not context.cancelled_sent:
            step = max(context.checkpoint_step, 0)
            context.emit(CancelledAt(step, resumable=assignment.job in RESUMABLE))
        return Cancelled.exit_code
    except VoiceVaultError as error:
        name = type(error).__name__
        context.emit(Failed(name, error.message, error.hint, error.exit_code))
        return error.exit_code
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in EXTRAS:
            return _crashed(assignment, context, error)
        extra = MissingExtra(
            f"{assignment.job} needs {missing}, which is not installed", extra=EXTRAS[missing]
        )
        context.emit(Failed("MissingExtra", extra.message, extra.hint, extra.exit_code))
        return extra.exit_code
    except Exception as error:
        return _crashed(assignment, context, error)
    context.emit(Finished(result))
    return 0


def _crashed(assignment: Assignment, context: WorkerContext, error: Exception) -> int:
    """An error nobody foresaw; call it while the exception is being handled."""
    traceback.print_exc()  # frames only: no values of variables, which may be speech
    context.emit(Failed("Crash", f"{assignment.job}: {type(error).__name__}: {error}"))
    return EXIT_CRASH


def serve(entry_points: Mapping[str, str | JobFunction] | None = None) -> NoReturn:
    """The whole life of a worker."""
    faulthandler.enable()
    harden()
    context = WorkerContext(take_stdout())
    signal.signal(signal.SIGTERM, lambda *_: context.request_stop())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides, and says SIGTERM
    stdin = os.fdopen(0, "rb", closefd=False)
    try:
        assignment = read_assignment(stdin)
    except (EOFError, ValueError, KeyError, TypeError):
        os._exit(EXIT_PARENT_GONE)
    watch_parent(stdin)
    code = perform(assignment, context, entry_points or ENTRY_POINTS)
    # Leave at once: interpreter shutdown would wait for library threads, and the watcher is
    # blocked on stdin for good. Everything was flushed when it was sent.
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    serve()
