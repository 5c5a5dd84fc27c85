# SPDX-License-Identifier: GPL-3.0-or-later
"""Start a worker process by name, follow its events, take what it makes, and stop it kindly."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from voicevault import paths
from voicevault.errors import Cancelled, TrainingFailed, VoiceVaultError, by_name
from voicevault.events import (
    MAX_LINE_BYTES,
    Blob,
    CancelledAt,
    Event,
    Failed,
    Finished,
    decode,
)

STDERR_TAIL_BYTES = 64 * 1024
STDERR_SHOWN_LINES = 24
CANCEL_GRACE_S = 30.0  # a training step plus its checkpoint takes a few seconds on a slow laptop
MAX_BLOB_BYTES = 4 << 30

OnEvent = Callable[[Event], None]
OnBlob = Callable[[str, bytes, dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Request:
    """One job for a worker. Keys travel inside `tickets`, over the pipe and nowhere else."""

    job: str
    spec: dict[str, Any] = field(default_factory=dict)
    tickets: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    blobs: tuple[tuple[str, bytes], ...] = ()

    def header(self) -> bytes:
        """The one JSON line that opens the worker's stdin."""
        body = {
            "job": self.job,
            "spec": self.spec,
            "tickets": self.tickets,
            "blobs": [{"name": name, "size": len(data)} for name, data in self.blobs],
        }
        return json.dumps(body, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def worker_command() -> list[str]:
    """How to start the worker: by name, so that nothing here imports what it imports.

    `-P` keeps the current folder off the import path: a stray numpy.py beside a person's
    recordings must not run with their keys.
    """
    return [sys.executable, "-P", "-m", "voicevault.worker"]


def worker_environment() -> dict[str, str]:
    """Ours, with the offline switches, and with threads that sleep while they wait.

    OpenMP's default is to spin: on a laptop whose cores are also in use, a training step then
    took 500 to 700 ms instead of 70 to 110 (two threads, two busy cores, torch 2.13).
    """
    return {"OMP_WAIT_POLICY": "PASSIVE", **paths.offline_environment()}


class Job:
    """One worker process and its stream. Use `run`; `cancel` may come from any thread or signal.

    Not its job: what the blobs mean or where they go. That is the service's.
    """

    def __init__(self, request: Request, *, command: Sequence[str] | None = None) -> None:
        self._request = request
        self._command = list(command or worker_command())
        self._process: subprocess.Popen[bytes] | None = None
        self._tail: deque[bytes] = deque()
        self._cancelled = False
        self._timer: threading.Timer | None = None

    def cancel(self) -> None:
        """Ask the worker to checkpoint and stop; a second call, or no answer in time, kills it."""
        process = self._process
        if process is None or process.poll() is not None:
            self._cancelled = True
            return
        if self._cancelled:
            self._kill()
            return
        self._cancelled = True
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        self._timer = threading.Timer(CANCEL_GRACE_S, self._kill)
        self._timer.daemon = True
        self._timer.start()

    def run(self, on_event: OnEvent | None = None, on_blob: OnBlob | None = None) -> dict[str, Any]:
        """Run to the end and return the job's result.

        `on_blob` is called in stream order; when it returns, its bytes are considered kept.

        Raises:
            Cancelled: stopped on request.
            TrainingFailed: the worker crashed or broke the protocol; the hint has its last words.
            VoiceVaultError: whatever the job itself reported.
        """
        self._process = process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=worker_environment(),
            start_new_session=True,  # Ctrl-C reaches us alone; we pass it on once, as SIGTERM
        )
        reader = threading.Thread(target=self._drain_stderr, daemon=True)
        reader.start()
        last: Event | None = None
        try:
            self._send()
            if self._cancelled:  # asked to stop before there was a process to ask
                self._cancelled = False
                self.cancel()
            last = self._follow(on_event or _ignore_event, on_blob or _ignore_blob)
            process.wait()
        finally:
            self._close(reader)
        return self._outcome(last, process.returncode)

    def _send(self) -> None:
        """The request, then its blobs. stdin stays open: its end tells the worker we are gone."""
        process = self._process
        assert process is not None
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it died already; _outcome says how
            process.stdin.write(self._request.header())
            for _, data in self._request.blobs:
                process.stdin.write(data)
            process.stdin.flush()

    def _follow(self, on_event: OnEvent, on_blob: OnBlob) -> Event | None:
        """Events in order until the stream ends; the event that decides the outcome."""
        process = self._process
        assert process is not None
        assert process.stdout is not None
        last: Event | None = None
        while line := process.stdout.readline(MAX_LINE_BYTES + 1):
            try:
                event = decode(line)
            except ValueError as error:
                raise TrainingFailed(f"the worker broke its protocol: {error}") from None
            if isinstance(event, Blob):
                if event.size > MAX_BLOB_BYTES:
                    raise TrainingFailed(f"the worker announced {event.size} bytes of {event.name}")
                data = process.stdout.read(event.size)
                if len(data) != event.size:
                    break  # it died in the middle; a half blob is nobody's checkpoint
                on_blob(event.name, data, event.meta)
                continue
            if isinstance(event, (Finished, Failed, CancelledAt)):
                last = event
            on_event(event)
        return last

    def _outcome(self, last: Event | None, returncode: int) -> dict[str, Any]:
        if isinstance(last, Finished) and returncode == 0:
            return last.result
        if isinstance(last, Failed):
            if last.kind == "Crash":
                raise TrainingFailed(last.message, hint=self._last_words())
            kind = by_name(last.kind)
            error = kind(last.message, hint=last.hint)
            error.exit_code = last.exit_code
            raise error
        if isinstance(last, CancelledAt):
            raise _cancelled_error(last.resumable)
        if self._cancelled:
            raise _cancelled_error(resumable=True)
        raise TrainingFailed(
            f"the {self._request.job} worker {_how_it_ended(returncode)}", hint=self._last_words()
        )

    def _last_words(self) -> str:
        text = b"".join(self._tail).decode("utf-8", "replace").strip()
        lines = text.splitlines()[-STDERR_SHOWN_LINES:]
        return "\n".join(["the worker's last words:", *lines]) if lines else ""

    def _drain_stderr(self) -> None:
        process = self._process
        assert process is not None
        assert process.stderr is not None
        held = 0
        while chunk := os.read(process.stderr.fileno(), 8192):
            self._tail.append(chunk)
            held += len(chunk)
            while held - len(self._tail[0]) >= STDERR_TAIL_BYTES:
                held -= len(self._tail.popleft())

    def _kill(self) -> None:
        """The worker and whatever it started: it leads its own session."""
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)

    def _close(self, reader: threading.Thread) -> None:
        process = self._process
        assert process is not None
        if self._timer is not None:
            self._timer.cancel()
        if process.poll() is None:
            self._kill()
            process.wait()
        reader.join(timeout=5.0)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def run_job(
    request: Request,
    on_event: OnEvent | None = None,
    on_blob: OnBlob | None = None,
) -> dict[str, Any]:
    """Run one job without a handle to cancel it by."""
    return Job(request).run(on_event, on_blob)


def _cancelled_error(resumable: bool) -> VoiceVaultError:
    hint = "the same command with --resume goes on from here" if resumable else ""
    return Cancelled("stopped as asked", hint=hint)


def _how_it_ended(returncode: int) -> str:
    if returncode >= 0:
        return f"ended with exit code {returncode} and no result"
    try:
        return f"was ended by {signal.Signals(-returncode).name}"
    except ValueError:
        return f"was ended by signal {-returncode}"


def _ignore_event(event: Event) -> None:
    """Nobody listens."""


def _ignore_blob(name: str, data: bytes, meta: dict[str, Any]) -> None:
    """Nobody keeps it."""
