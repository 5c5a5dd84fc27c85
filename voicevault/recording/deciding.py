# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of attempts: kept, skipped, discarded, corrected, taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from voicevault.audio.qc import Verdict
from voicevault.data.takes import Take, checked_text
from voicevault.recording.attempt import Attempt
from voicevault.recording.happenings import Kind
from voicevault.recording.history import Decision, History
from voicevault.recording.judge import Judgement
from voicevault.recording.script import Script
from voicevault.text.prompts import Prompt

Tell = Callable[[Kind, str], None]


class Keeper(Protocol):
    """The vault, as far as a session goes."""

    def keep(self, attempt: Attempt, verdict: Verdict) -> Take:
        """Durable when it returns."""

    def amend(self, take: Take, verdict: Verdict) -> Take:
        """The take with a verdict that came later."""

    def forget(self, take: Take) -> None:
        """Destroy it."""


class Outcomes:
    """The decisions of one session, in the vault and in the script."""

    def __init__(
        self, keeper: Keeper, script: Script, clock: Callable[[], float], tell: Tell
    ) -> None:
        self._keeper, self._script, self._clock, self._tell = keeper, script, clock, tell
        self._history = History()
        self._parked: dict[
            str, Attempt
        ] = {}  # by prompt: waited for a decision when one was undone
        self._open: list[tuple[Attempt, Judgement]] = []  # kept before their words were compared
        self._decided_s = clock()
        self.last_kept: Attempt | None = None

    def keep(self, attempt: Attempt, judgement: Judgement | None) -> None:
        """Into the vault. `judgement` is given while the words are still being compared.

        Raises:
            VoiceVaultError: it cannot be kept; the attempt is as it was.
        """
        assert attempt.verdict is not None
        if not attempt.flac and judgement is not None:
            attempt.flac = judgement.flac.result() if judgement.flac.done() else b""
        take = self._keeper.keep(attempt, _theirs(attempt.verdict))
        now_s = self._clock()
        self._script.said(attempt.prompt, take, now_s - self._decided_s)
        self._decide(Decision("kept", attempt.prompt, attempt, take))
        self.last_kept = attempt
        if judgement is not None and attempt.good:  # against the verdict: words change nothing
            self._open.append((attempt, judgement))
        self._tell(Kind.KEPT, "Kept.")

    def skip(self, prompt: Prompt, attempt: Attempt | None) -> None:
        """The prompt comes back at the end."""
        self._script.later(prompt)
        self._decide(Decision("skipped", prompt, attempt))
        self._tell(Kind.SKIPPED, "Skipped. It comes back at the end.")

    def discard(self, attempt: Attempt, words: str) -> None:
        """The attempt is dropped; its prompt stays."""
        self._decide(Decision("discarded", attempt.prompt, attempt))
        self._tell(Kind.DISCARDED, words)

    def undo(self, waiting: Attempt | None) -> Decision | None:
        """Take the newest decision back; `waiting` is the attempt that stood before a decision.

        Raises:
            VoiceVaultError: the take cannot be destroyed; nothing was undone.
        """
        decision = self._history.last()
        if decision is None:
            return None
        if decision.take is not None:
            self._keeper.forget(decision.take)
            self._script.unsaid(decision.prompt, decision.take)
            self._open = [one for one in self._open if one[0] is not decision.attempt]
            self.last_kept = None
        else:
            self._script.first(decision.prompt)
        self._history.drop()
        if waiting is not None and waiting.prompt is not decision.prompt:
            self._parked[waiting.prompt.id] = waiting
        self._tell(Kind.UNDONE, f"Undone: it was {decision.what}.")
        return decision

    def parked(self) -> Attempt | None:
        """An attempt at the present sentence that was set aside by an undo."""
        prompt = self._script.current
        return self._parked.pop(prompt.id, None) if prompt is not None else None

    def correct(self, attempt: Attempt, text: str) -> None:
        """What was said instead of the prompt. Raises BadDataset."""
        attempt.text = checked_text(text)

    def learned_flac(self, attempt: Attempt, judgement: Judgement) -> None:
        """Take over the encoded file where it is ready."""
        if judgement.flac.done():
            attempt.flac = judgement.flac.result()

    def settle(self) -> None:
        """Verdicts of words that came after the decision."""
        ready = [one for one in self._open if one[1].words.done()]
        self._open = [one for one in self._open if one not in ready]
        for attempt, judgement in ready:
            self._amend(attempt, judgement.words.result())

    def _amend(self, attempt: Attempt, verdict: Verdict) -> None:
        attempt.verdict, attempt.settled = verdict, True
        decision = self._history.take_of(attempt)
        if decision is None or decision.take is None or decision.take.verdict == verdict:
            return
        before, decision.take = decision.take, self._keeper.amend(decision.take, verdict)
        self._script.amended(before, decision.take)
        if verdict.status == "redo":
            self._script.later(attempt.prompt)
            self._tell(
                Kind.WORDS_DIFFERED,
                f'The words differed in "{attempt.text}". It comes again at the end.',
            )

    def _decide(self, decision: Decision) -> None:
        self._history.add(decision)
        self._decided_s = self._clock()


def _theirs(verdict: Verdict) -> Verdict:
    """The verdict as it is kept: the person said yes, so training may use the take."""
    return replace(verdict, status="keep_but") if verdict.status == "redo" else verdict
