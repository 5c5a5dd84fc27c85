# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person sees of a recording session in a terminal: sentences, verdicts, one moving line."""

from __future__ import annotations

import sys
import textwrap
from typing import TextIO

from voicevault.recording.happenings import Happening, Kind
from voicevault.recording.session import Phase, Session
from voicevault.terminal import BAR_CELLS, columns, duration

LOWEST_DBFS = -60.0
DOING = {
    Phase.READY: "ready",
    Phase.ROOM: "be silent: the room is heard",
    Phase.LEAD_IN: "wait",
    Phase.RECORDING: "speak",
    Phase.JUDGING: "...",
    Phase.VERDICT: "decide",
    Phase.FINISHED: "",
}


class Stage:
    """Sentences and verdicts are lines; the level moves, where a terminal can show that."""

    def __init__(
        self, out: TextIO | None = None, moving: TextIO | None = None, *, single: bool = True
    ) -> None:
        self._out, self._moving = out or sys.stdout, moving or sys.stderr
        self._single = single
        self._line = ""
        self._moves = self._moving.isatty() and single  # where lines are typed they would mix

    def welcome(self, session: Session) -> None:
        """What this is, before the first sentence."""
        how = "Space records, H lists the keys" if self._single else (
            "Enter records; B again, S skip, R hear, U undo, Q quit, each with Enter; H lists all"
        )  # fmt: skip
        self.say(f"{session.progress.sentence()}; {session.progress.mark()}\n{how}.")

    def prompt(self, session: Session) -> None:
        """The sentence to read, and the one after it."""
        prompt, following = session.prompt, session.following
        if prompt is None:
            return
        width = columns(self._out) - 4
        lines = textwrap.wrap(prompt.text, max(width, 20))
        self.say("\n" + "\n".join(f"  > {one}" for one in lines))
        if following is not None:
            self.say("    " + textwrap.shorten(f"then: {following.text}", max(width, 20)))
        self.say(f"    {session.progress.sentence()}, {duration(session.spent_s)} so far")

    def tell(self, happening: Happening) -> None:
        """One thing that happened."""
        if happening.kind is Kind.SPEAK and self._moves:
            return  # the moving line says so
        self.say(happening.text)

    def meter(self, session: Session) -> None:
        """The moving line."""
        if not self._moves:
            return
        level, listener = session.listener.level, session.listener
        if not listener.open_now:
            self._clear()
            return
        cells = [
            max(0, min(BAR_CELLS, round(BAR_CELLS * (1 - one / LOWEST_DBFS))))
            for one in (level.peak_dbfs, level.held_dbfs)
        ]
        bar = list("#" * cells[0] + "." * (BAR_CELLS - cells[0]))
        if cells[1]:
            bar[cells[1] - 1] = "|"
        parts = [f"[{''.join(bar)}]", f"{level.peak_dbfs:4.0f} dBFS", level.words]
        if session.phase in (Phase.LEAD_IN, Phase.RECORDING):
            parts.append(f"{listener.recorded_s:.1f} s")
        line = "  ".join([*parts, DOING[session.phase]])[: columns(self._moving) - 1]
        if line != self._line:
            self._clear()
            self._line = line
            print(line, end="", file=self._moving, flush=True)

    def say(self, text: str) -> None:
        """A line or more that stay."""
        self._clear()
        print(text, file=self._out, flush=True)

    def done(self) -> None:
        """Leave the terminal as it was found."""
        self._clear()

    def _clear(self) -> None:
        if self._line:
            print("\r" + " " * len(self._line) + "\r", end="", file=self._moving, flush=True)
            self._line = ""
