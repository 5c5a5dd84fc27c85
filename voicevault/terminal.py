# SPDX-License-Identifier: GPL-3.0-or-later
"""Words for a terminal: one moving line while a job runs, plain lines where nobody watches.

Results go to stdout. Progress, warnings, errors and questions go to stderr, so that a pipe gets
results only. Messages start small and have no full stop: `voicevault: error: ...`, then
`voicevault: hint: ...`.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Sequence
from typing import Any, TextIO

import typer

from voicevault.errors import Refused, VoiceVaultError
from voicevault.events import Event, Progress, Started, Warned

PLAIN_EVERY_S = 10.0
BAR_CELLS = 20
_NUMBER = re.compile(r"-|[\d./]*( [a-zA-Z]{1,3})?")


def duration(seconds: float) -> str:
    """A length of time as people say it: 8 s, 1 min 20 s, 2 h 5 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    if whole < 3600:
        return f"{round(whole / 60)} min"
    hours, rest = divmod(round(whole / 60), 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def time_left(seconds: float) -> str:
    """The same, rounded to what an estimate is worth."""
    step = 1 if seconds < 10 else 5 if seconds < 60 else 10
    return f"about {duration(max(step, round(seconds / step) * step))} left"


def size(count: int) -> str:
    """Bytes for people."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1e3:.0f} kB" if count < 1_000_000 else f"{count / 1e6:.1f} MB"


class Teller:
    """Shows a job's events on stderr. Call `done` at the end: it clears the moving line."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._moving = self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._line = ""
        self._stage = ""
        self._told_s = 0.0

    def __call__(self, event: Event) -> None:
        """Show one event, if it is for people."""
        if isinstance(event, Started):
            self.say(f"{event.job} on {event.device}: {event.detail}" if event.device else "")
        elif isinstance(event, Warned):
            self.say(f"voicevault: warning: {event.message}")
            self.say(f"voicevault: hint: {event.hint}" if event.hint else "")
        elif isinstance(event, Progress):
            self._progress(event)

    def say(self, text: str) -> None:
        """A line that stays."""
        if text:
            self._clear()
            print(text, file=self._stream, flush=True)

    def live(self, text: str) -> None:
        """The end of a text that still changes; nothing where nobody watches."""
        if self._moving:
            self._clear()
            self._line = text[-(columns(self._stream) - 1) :]
            print(self._line, end="", file=self._stream, flush=True)

    def done(self) -> None:
        """Leave the terminal as it was found."""
        self._clear()

    def _progress(self, event: Progress) -> None:
        parts = [event.stage]
        if event.total > 1:
            parts.append(f"{event.done}/{event.total}")
        if event.eta_s is not None and event.done < event.total:
            parts.append(time_left(event.eta_s))
        if event.message:
            parts.append(event.message)
        if self._moving:
            bar = _bar(event.done, event.total)
            width = columns(self._stream)
            self._clear()
            self._line = f"{bar} {'  '.join(parts)}"[: width - 1]
            print(self._line, end="", file=self._stream, flush=True)
            return
        now_s = time.monotonic()
        last = 1 < event.total <= event.done
        if event.stage != self._stage or last or now_s - self._told_s >= PLAIN_EVERY_S:
            self._stage, self._told_s = event.stage, now_s
            print("  ".join(parts), file=self._stream, flush=True)

    def _clear(self) -> None:
        if self._line:
            print("\r" + " " * len(self._line) + "\r", end="", file=self._stream, flush=True)
            self._line = ""


def _bar(done: int, total: int) -> str:
    filled = BAR_CELLS * min(done, total) // total if total else 0
    return "[" + "#" * filled + "." * (BAR_CELLS - filled) + "]"


def columns(stream: TextIO) -> int:
    """The width of a terminal, 80 where it is none."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def confirm(question: str, yes: bool) -> None:
    """Go on after a yes, given beforehand or now.

    Raises:
        Refused: the answer was no, or nobody is there to answer.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refused(
            f"{question} Nobody can answer here", hint="--yes answers the question beforehand"
        )
    if not typer.confirm(question, err=True):
        raise Refused("nothing was changed")


def show_error(error: VoiceVaultError) -> None:
    """An error and its hint, in the form every command uses."""
    print(f"voicevault: error: {error.message}", file=sys.stderr)
    first, *more = error.hint.splitlines() or [""]
    if first:
        print(f"voicevault: hint: {first}", file=sys.stderr)
    for line in more:
        print(f"  {line}", file=sys.stderr)


def show_json(value: Any) -> None:
    """Machine-readable output: one JSON document on stdout."""
    print(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def show_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as their widest cell, numbers and counts to the right."""
    if not rows:
        return
    widths = [max(len(line[i]) for line in [head, *rows]) for i in range(len(head))]
    right = [all(_NUMBER.fullmatch(row[i]) for row in rows) for i in range(len(head))]
    for line in (head, *rows):
        cells = [
            cell.rjust(width) if is_right else cell.ljust(width)
            for cell, width, is_right in zip(line, widths, right, strict=True)
        ]
        print("  ".join(cells).rstrip())


def show_facts(facts: Sequence[tuple[str, str]]) -> None:
    """Name and value, one a line."""
    width = max(len(name) for name, _ in facts)
    for name, value in facts:
        print(f"{name.ljust(width)}  {value}")
