# SPDX-License-Identifier: GPL-3.0-or-later
"""Dictation before a microphone: text while it is said, and each utterance with its own sound.

Two threads share one sitting. `hear` is called some thirty times a second and never waits, so that
a window can do it; `understood` is where the work is done. Sound is in memory and nowhere else.
"""

from __future__ import annotations

import collections
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

import numpy as np

from voicevault.audio import live
from voicevault.audio.capture import Device, Heard, Recorded, Stream
from voicevault.audio.files import Samples
from voicevault.audio.meter import Level, Meter
from voicevault.audio.qc import Verdict
from voicevault.data.takes import Take
from voicevault.dictation import CONTEXT_S, LONGEST_S, Dictation
from voicevault.errors import BadAudio
from voicevault.runtime.recognise import HeardWord, Recogniser

HELD_S = LONGEST_S + CONTEXT_S
"""Of the microphone's own sound: no phrase that can still be named begins before."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What was understood of one utterance, so far or for good."""

    words: tuple[HeardWord, ...] = field(repr=False)
    """None at all: what showed before was no speech after all."""
    sound: Recorded | None = field(default=None, repr=False)
    """As the microphone gave it, for what is final; None while it is being said."""

    @property
    def final(self) -> bool:
        """Whether it changes no more."""
        return self.sound is not None

    @property
    def text(self) -> str:
        """On one line."""
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of keeping an utterance."""

    verdict: Verdict
    take: Take | None
    """None where the verdict is to say it again: nothing was stored."""


class Dictating:
    """One microphone from `open` to `finish` or `forget`."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.gone = False
        """Whether the microphone went away by itself."""
        self._stream: Stream | None = None
        self._meter: Meter | None = None
        self._coming: SimpleQueue[Heard | None] = SimpleQueue()  # None is the end
        self._over = False
        self._forgotten = threading.Event()

    @property
    def open_now(self) -> bool:
        """Whether somebody is heard."""
        return self._stream is not None and not self._over

    @property
    def level(self) -> Level:
        """What the meter shows."""
        return self._meter.level if self._meter and self.open_now else Level()

    def open(self) -> None:
        """Begin to listen; takes a tenth of a second. Raises MissingExtra or BadAudio."""
        stream = self.device.open()
        self._meter = Meter(stream.rate_hz)
        self._stream = stream

    def hear(self) -> None:
        """What the microphone gave since the last call. One that is gone ends the sitting."""
        stream, meter = self._stream, self._meter
        if stream is None or meter is None or self._over:
            return
        alive = stream.alive  # before reading: what came until then is read below
        heard = stream.read()
        # A driver's hiccup is no number; it must not reach a file.
        samples = np.nan_to_num(heard.samples, nan=0.0, posinf=0.0, neginf=0.0)
        meter.feed(samples)
        if len(samples) or heard.lost:
            self._coming.put(Heard(samples, heard.lost))
        if not alive:
            self.gone = True
            self._end()

    def finish(self) -> None:
        """Listen no more. What is being said is still understood."""
        self.hear()
        self._end()

    def forget(self) -> None:
        """Listen no more, and understand nothing more."""
        self._forgotten.set()
        self._end()

    def understood(self, recogniser: Recogniser) -> Iterator[Understood]:
        """Utterances as they come, until the end. In a thread of its own, after `open`."""
        if self._stream is None:
            return
        tape = _Tape(self._coming, self._stream.rate_hz, self._forgotten)
        try:
            for phrase in Dictation(recogniser).listen(live.blocks(tape)):
                sound = tape.cut(phrase.start_ms, phrase.end_ms) if phrase.final else None
                yield Understood(phrase.words, sound)
        except BadAudio:
            if tape.alive:
                raise
        except _Forgotten:
            return

    def close(self) -> None:
        """Give the microphone back; in the thread of `understood`, after it."""
        self._over = True
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def _end(self) -> None:
        if not self._over:
            self._over = True
            self._coming.put(None)


class _Forgotten(Exception):
    """Nobody wants to know any more."""


class _Tape:
    """What `hear` heard, as a stream for the other thread; it remembers its last seconds."""

    def __init__(
        self, coming: SimpleQueue[Heard | None], rate_hz: int, forgotten: threading.Event
    ) -> None:
        self.rate_hz = rate_hz
        self.alive = True
        self._coming, self._forgotten = coming, forgotten
        self._held: collections.deque[Heard] = collections.deque()
        self._passed = self._count = 0  # samples before `_held`, and in it

    def read(self) -> Heard:
        """A tenth of a second at most: a reader that comes late has to see every pause."""
        parts: list[Samples] = []
        lost = False
        while sum(map(len, parts)) < live.BLOCK_S * self.rate_hz:
            if self._forgotten.is_set():
                raise _Forgotten
            try:
                heard = self._coming.get_nowait()
            except Empty:
                break
            if heard is None:
                self.alive = False
                break
            parts.append(heard.samples)
            lost |= heard.lost
        samples = np.concatenate(parts) if parts else np.zeros(0, np.float32)
        if len(samples) or lost:
            self._hold(Heard(samples, lost))
        return Heard(samples, lost)

    def close(self) -> None:
        """The microphone is not ours to close."""

    def cut(self, start_ms: int, end_ms: int) -> Recorded:
        """The sound between two times since the beginning."""
        start, end = (ms * self.rate_hz // 1000 - self._passed for ms in (start_ms, end_ms))
        lost, at = False, 0
        for one in self._held:
            lost |= one.lost and at < end and at + len(one.samples) >= start
            at += len(one.samples)
        whole = np.concatenate([one.samples for one in self._held])
        return Recorded(whole[max(0, start) : end].copy(), self.rate_hz, lost)

    def _hold(self, heard: Heard) -> None:
        self._held.append(heard)
        self._count += len(heard.samples)
        while self._count - len(self._held[0].samples) > HELD_S * self.rate_hz:
            oldest = len(self._held.popleft().samples)
            self._passed += oldest
            self._count -= oldest
