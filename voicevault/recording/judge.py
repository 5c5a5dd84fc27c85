# SPDX-License-Identifier: GPL-3.0-or-later
"""Verdicts beside the session: sound first, then words, then the file, on one thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass

from voicevault.audio import qc
from voicevault.audio.files import encode_flac
from voicevault.audio.qc import TextCheck, Verdict
from voicevault.recording.attempt import Attempt


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is being found out about one attempt."""

    sound: Future[Verdict]
    words: Future[Verdict]
    """The whole verdict: sound and words."""
    flac: Future[bytes]


class Judge:
    """One thread: an attempt is judged while the next one is recorded, and none overtakes another.

    The aligner is loaded with the first attempt, on that thread: a window must not wait for it.
    """

    def __init__(
        self, check: Callable[[], TextCheck | None], executor: Executor | None = None
    ) -> None:
        self._load = check
        self._check: TextCheck | None = None
        self._loaded = False
        self._executor = executor or ThreadPoolExecutor(1, thread_name_prefix="judge")

    def submit(self, attempt: Attempt) -> Judgement:
        """Begin to judge; the attempt's text is the one of now."""
        samples, rate_hz, lost, text = attempt.samples, attempt.rate_hz, attempt.lost, attempt.text

        def sound() -> Verdict:
            return qc.judge(samples, rate_hz, text, samples_lost=lost)

        def words() -> Verdict:
            check = self._text_check()
            return qc.judge(samples, rate_hz, text, check=check, samples_lost=lost)

        def flac() -> bytes:
            return attempt.flac or encode_flac(samples, rate_hz)

        go = self._executor.submit
        return Judgement(go(sound), go(words), go(flac))

    def warm_up(self) -> None:
        """Load the aligner before the first take needs it."""
        self._executor.submit(self._text_check)

    def close(self) -> None:
        """Finish what was begun."""
        self._executor.shutdown(wait=True)

    def _text_check(self) -> TextCheck | None:
        if not self._loaded:
            self._check, self._loaded = self._load(), True
        return self._check
