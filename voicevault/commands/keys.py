# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of a terminal one by one, where it can give them; lines where it cannot."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

try:
    import termios
    import tty

    _SINGLE = True
except ImportError:  # not a Unix: lines
    _SINGLE = False

QUIT = "q"
NAMES = {
    " ": "space",
    "\r": "enter",
    "\n": "enter",
    "\x7f": "backspace",
    "\x08": "backspace",
    "\x1b": "escape",
    "\x1a": "undo",  # Ctrl+Z
    "\x04": QUIT,  # Ctrl+D
}


class Keyboard(Protocol):
    """Where keys come from."""

    @property
    def single(self) -> bool:
        """Whether one key is enough, or lines are typed."""

    def pressed(self, wait_s: float) -> str:
        """A key's name or letter within `wait_s`, else ''."""

    def line(self, question: str) -> str:
        """A line of text, asked for; '' when there is none."""


class TerminalKeys:
    """A terminal in a mode where every key comes at once."""

    single = True

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._fd = stream.fileno()
        self._before = termios.tcgetattr(self._fd)

    def begin(self) -> None:
        """Give keys at once and do not print them. Ctrl+Z is a key, Ctrl+C still stops."""
        tty.setcbreak(self._fd)
        mode = termios.tcgetattr(self._fd)
        mode[6][termios.VSUSP] = b"\x00"
        termios.tcsetattr(self._fd, termios.TCSADRAIN, mode)

    def end(self) -> None:
        """The terminal as it was found."""
        termios.tcsetattr(self._fd, termios.TCSADRAIN, self._before)

    def pressed(self, wait_s: float) -> str:
        """See `Keyboard`. Arrows and function keys are sequences; they mean nothing here."""
        ready, _, _ = select.select([self._fd], [], [], wait_s)
        if not ready:
            return ""
        typed = os.read(self._fd, 32).decode("utf-8", "replace")
        if not typed:
            return QUIT
        if typed.startswith("\x1b") and len(typed) > 1:
            return ""
        return NAMES.get(typed[0], typed[0].lower())

    def line(self, question: str) -> str:
        """See `Keyboard`."""
        self.end()
        try:
            return input(question)
        except EOFError:
            return ""
        finally:
            self.begin()


class LineKeys:
    """Whole lines: an empty one is space, others begin with a key's letter."""

    single = False

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def pressed(self, wait_s: float) -> str:
        """See `Keyboard`. The end of the input quits."""
        try:
            ready, _, _ = select.select([self._stream], [], [], wait_s)
        except (OSError, ValueError):  # no descriptor behind it, as with a string in a test
            ready = [self._stream]
        if not ready:
            return ""
        line = self._stream.readline()
        if not line:
            return QUIT
        word = line.strip().casefold()
        return {"": "space", "b": "backspace", "u": "undo"}.get(word, word[:1])

    def line(self, question: str) -> str:
        """See `Keyboard`."""
        print(question, flush=True)
        return self._stream.readline().strip()


@contextmanager
def keyboard(stream: TextIO | None = None) -> Iterator[Keyboard]:
    """What `stream`, the standard input, can give."""
    stream = stream or sys.stdin
    if not (_SINGLE and stream.isatty()):
        yield LineKeys(stream)
        return
    keys = TerminalKeys(stream)
    keys.begin()
    try:
        yield keys
    finally:
        keys.end()
