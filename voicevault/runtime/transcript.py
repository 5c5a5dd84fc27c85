# SPDX-License-Identifier: GPL-3.0-or-later
"""A long recording as words with times, stretch by stretch, and the files that people make of it.

SubRip and WebVTT cues follow the usual rules for subtitles: two lines, 42 characters a line, seven
seconds at most, a new cue at a pause.
"""

from __future__ import annotations

import dataclasses
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from voicevault.audio.pauses import RATE_HZ, stretches
from voicevault.data.features import FloatArray
from voicevault.events import Progress
from voicevault.runtime.recognise import HeardWord, Recogniser

STAGE = "listening"
LINE_CHARS, CUE_LINES, CUE_MS = 42, 2, 7_000
PAUSE_MS = 700
"""Between words: a new cue, a new line of the text."""
LEAST_CUE_MS = 800


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that are shown together."""

    start_ms: int
    end_ms: int
    words: tuple[HeardWord, ...]

    @property
    def text(self) -> str:
        """On one line."""
        return " ".join(word.text for word in self.words)


def transcribe(
    blocks: Iterable[FloatArray],
    recogniser: Recogniser,
    *,
    total_s: float = 0.0,
    on_event: Callable[[Progress], None] | None = None,
) -> Iterator[tuple[HeardWord, ...]]:
    """Words of each stretch of speech, in the recording's own time, as they are recognised.

    Args:
        blocks: mono at 16 kHz (`audio.stream`).
        total_s: of the whole recording, for the time left; 0 where nobody knows.
    """
    began_s = time.monotonic()
    taken = 0

    def counted() -> Iterator[FloatArray]:
        nonlocal taken
        for block in blocks:
            taken += len(block)
            yield block

    def tell(done_s: float) -> None:
        if on_event is None:
            return
        known = done_s > 0 and total_s > 0
        left_s = (time.monotonic() - began_s) * (total_s / done_s - 1) if known else None
        on_event(Progress(STAGE, round(done_s), round(total_s), left_s and max(0.0, left_s)))

    tell(0.0)
    for stretch in stretches(counted()):
        heard = recogniser.recognise(stretch.samples, RATE_HZ)
        if heard.words:
            yield tuple(_moved(word, stretch.start_ms) for word in heard.words)
        tell(stretch.end_ms / 1000)
    tell(total_s or taken / RATE_HZ)


def cues(words: Sequence[HeardWord]) -> list[Cue]:
    """Words of one stretch in groups that can be read at a glance."""
    out: list[list[HeardWord]] = []
    for word in words:
        if out and _fits(out[-1], word):
            out[-1].append(word)
        else:
            out.append([word])
    made = []
    for number, group in enumerate(out):
        end_ms = max(group[-1].end_ms, group[0].start_ms + LEAST_CUE_MS)
        if number + 1 < len(out):
            end_ms = max(group[-1].end_ms, min(end_ms, out[number + 1][0].start_ms))
        made.append(Cue(group[0].start_ms, end_ms, tuple(group)))
    return made


def lines(words: Sequence[HeardWord]) -> list[str]:
    """Plain text of one stretch, a line from pause to pause."""
    out: list[list[str]] = []
    last_ms = 0
    for word in words:
        if not out or word.start_ms - last_ms >= PAUSE_MS:
            out.append([])
        out[-1].append(word.text)
        last_ms = word.end_ms
    return [" ".join(line) for line in out]


def srt(cue: Cue, number: int) -> str:
    """One entry of a SubRip file; ``number`` counts from 1."""
    times = f"{_clock(cue.start_ms, ',')} --> {_clock(cue.end_ms, ',')}"
    return f"{number}\n{times}\n{_broken(cue)}\n\n"


def vtt(cue: Cue) -> str:
    """One entry of a WebVTT file; the file begins with ``WEBVTT`` and an empty line."""
    times = f"{_clock(cue.start_ms, '.')} --> {_clock(cue.end_ms, '.')}"
    return f"{times}\n{_broken(cue)}\n\n"


def _fits(group: Sequence[HeardWord], word: HeardWord) -> bool:
    chars = sum(len(one.text) + 1 for one in group) + len(word.text)
    together = word.end_ms - group[0].start_ms <= CUE_MS
    text = " ".join([*(one.text for one in group), word.text])
    readable = chars <= LINE_CHARS or len(textwrap.wrap(text, LINE_CHARS)) <= CUE_LINES
    return together and readable and word.start_ms - group[-1].end_ms < PAUSE_MS


def _broken(cue: Cue) -> str:
    return "\n".join(textwrap.wrap(cue.text, LINE_CHARS))


def _clock(ms: int, point: str) -> str:
    seconds, ms = divmod(ms, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{point}{ms:03d}"


def _moved(word: HeardWord, by_ms: int) -> HeardWord:
    return dataclasses.replace(word, start_ms=word.start_ms + by_ms, end_ms=word.end_ms + by_ms)
