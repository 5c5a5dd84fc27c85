# SPDX-License-Identifier: GPL-3.0-or-later
"""Dictation: sound as it comes in, text as it is said. Knows no microphone, screen or file.

The phrase that is being said is heard again about every half second; a pause ends it, and then it
is heard once more, for good. What is over is never heard again, so the cost has a bound: a phrase
has one, and hearing takes at most half of the time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from voicevault.audio.files import Samples
from voicevault.audio.pauses import MARGIN_MS, RATE_HZ, quiet_place
from voicevault.audio.vad import FRAME_MS, detect
from voicevault.errors import VoiceVaultError
from voicevault.runtime.recognise import HeardWord, Recogniser

PAUSE_S = 0.7
"""Silence that ends a phrase: longer than between words, shorter than one likes to wait."""
REFRESH_S = 0.5
LOOK_S = 0.2
"""Between two looks for speech."""
CONTEXT_S = 10.0
"""What loud and quiet mean is judged by the last seconds."""
LONGEST_S, SHORTEST_S = 20.0, 6.0
"""A phrase without a pause is cut so, where it is quietest."""
_LEAST_FRAMES = 15
"""Of speech, to begin: a click is shorter."""
_REST = 2.0
"""After hearing for t seconds, nothing is heard again for t times this."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """What was understood of one phrase, so far or for good."""

    words: tuple[HeardWord, ...]
    """Times count from the beginning of the phrase."""
    start_ms: int
    """Of the phrase, from the beginning of the dictation."""
    end_ms: int
    """Where what was heard ends, counted like its start."""
    final: bool
    """For good. Such a phrase has no words where those that showed before were none after all."""
    hearing_s: float
    """How long the recogniser took."""

    @property
    def text(self) -> str:
        """On one line."""
        return " ".join(word.text for word in self.words)


class Dictation:
    """One sitting. Feed it blocks of sound with `listen`."""

    def __init__(
        self,
        recogniser: Recogniser,
        *,
        refresh_s: float = REFRESH_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        Args:
            recogniser: see `voicevault.listening`.
            refresh_s: between two looks at an unfinished phrase, at least; 0 for none at all.
            clock: seconds, for measuring how long hearing takes.
        """
        self._recogniser, self._refresh_s, self._clock = recogniser, refresh_s, clock
        self._held = np.zeros(0, np.float32)
        self._passed = 0  # samples before _held
        self._over = 0  # samples up to which everything is said for good
        self._begun: int | None = None  # where the phrase begins
        self._looked = self._heard = self._wait = 0
        self._shown = ""

    def listen(
        self, blocks: Iterable[Samples], stop: Callable[[], bool] = lambda: False
    ) -> Iterator[Phrase]:
        """Phrases of mono blocks at 16 kHz, as they are understood.

        Args:
            blocks: [n] each, some tenths of a second (`audio.live`).
            stop: asked after each block; the phrase that is being said still comes.

        Raises:
            VoiceVaultError: the blocks ended so (no microphone); what was said comes before it.
        """
        try:
            for block in blocks:
                yield from self._take(block)
                if stop():
                    break
        except VoiceVaultError:
            yield from self._finish(self._now)
            raise
        yield from self._finish(self._now)

    @property
    def _now(self) -> int:
        return self._passed + len(self._held)

    def _take(self, block: Samples) -> Iterator[Phrase]:
        # A driver's hiccup is no reason to end a dictation.
        sound = np.nan_to_num(block.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
        self._held = np.concatenate((self._held, sound))
        if self._now - self._looked < LOOK_S * RATE_HZ:
            return
        self._looked = self._now
        yield from self._look()
        oldest = self._now - int(CONTEXT_S * RATE_HZ)
        if self._begun is not None:
            oldest = min(oldest, self._begun)
        if oldest > self._passed:
            self._held = self._held[oldest - self._passed :]
            self._passed = oldest

    def _look(self) -> Iterator[Phrase]:
        """Does a phrase begin, go on, or end here?"""
        speech = self._speech()
        if self._begun is None:
            if len(speech) >= _LEAST_FRAMES:
                self._begun = max(self._over, int(speech[0]) - MARGIN_MS * RATE_HZ // 1000)
                self._heard, self._wait = self._begun, int(self._refresh_s * RATE_HZ)
            return
        last = int(speech[-1]) if len(speech) else self._begun
        if self._now - last >= PAUSE_S * RATE_HZ:
            yield from self._finish(min(self._now, last + MARGIN_MS * RATE_HZ // 1000))
        elif self._now - self._begun >= LONGEST_S * RATE_HZ:
            yield from self._cut()
        elif self._refresh_s and self._now - self._heard >= self._wait:
            self._heard = self._now
            phrase = self._understood(self._begun, self._now, final=False)
            self._wait = int(max(self._refresh_s, _REST * phrase.hearing_s) * RATE_HZ)
            if phrase.text and phrase.text != self._shown:
                self._shown = phrase.text
                yield phrase

    def _speech(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Where frames of speech begin that are not over, in samples."""
        start = max(self._passed, self._now - int(CONTEXT_S * RATE_HZ))
        active = detect(self._held[start - self._passed :], RATE_HZ).speech
        places = start + np.flatnonzero(active) * (RATE_HZ * FRAME_MS // 1000)
        return places[places >= self._over]

    def _cut(self) -> Iterator[Phrase]:
        """End a phrase that has no end, and go on with the rest of it."""
        assert self._begun is not None
        sound = self._held[self._begun - self._passed :]
        place = self._begun + quiet_place(sound, SHORTEST_S)
        yield from self._finish(place)
        self._begun = self._heard = place

    def _finish(self, end: int) -> Iterator[Phrase]:
        """Say for good what was said up to `end`."""
        begun, self._begun = self._begun, None
        shown, self._shown = self._shown, ""
        if begun is None or end <= begun:
            return
        self._over = end
        phrase = self._understood(begun, end, final=True)
        if phrase.words or shown:
            yield phrase

    def _understood(self, start: int, end: int, *, final: bool) -> Phrase:
        began_s = self._clock()
        sound = self._held[start - self._passed : end - self._passed]
        words = self._recogniser.recognise(sound, RATE_HZ).words
        start_ms, end_ms = start * 1000 // RATE_HZ, end * 1000 // RATE_HZ
        return Phrase(words, start_ms, end_ms, final, self._clock() - began_s)
