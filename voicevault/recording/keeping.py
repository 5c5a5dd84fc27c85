# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes from the microphone into the vault and, when a person changes their mind, out of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace

from encrypted_store import Vault
from voicevault.audio.capture import Device, Microphone, Recorded
from voicevault.audio.files import Clip, Samples, encode_flac
from voicevault.audio.microphones import Input, microphones
from voicevault.audio.qc import TextCheck, Verdict, judge
from voicevault.data import takes as store
from voicevault.data.checks import text_check
from voicevault.data.takes import Take
from voicevault.forgetting import forget_take
from voicevault.recording.attempt import Attempt
from voicevault.recording.dictating import Dictating, Kept
from voicevault.recording.judge import Judge
from voicevault.recording.listening import Listener
from voicevault.recording.script import Script
from voicevault.recording.session import Session, Settings
from voicevault.runs import RunBook
from voicevault.text.prompts import Prompt
from voicevault.text.prompts import prompts as shipped
from voicevault.vaults import translated

RECORDED = "recorded"


class Recorder:
    """What a recording session needs of one open vault."""

    def __init__(self, vault: Vault, runs: RunBook) -> None:
        self._vault, self._runs = vault, runs

    def session(
        self,
        prompts: Sequence[Prompt] = (),
        device: Device | str = "",
        settings: Settings | None = None,
        check: Callable[[], TextCheck | None] = text_check,
        *,
        executor: Executor | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> Session:
        """A session over `prompts`, the shipped sentences where there are none.

        Args:
            device: a microphone or its name; the system's choice where it has none.
            check: makes what compares words; asked for once, beside the session.
            executor: where verdicts are made; a thread of its own where there is none.
        """
        script = Script(prompts or shipped(), self.takes())
        return Session(
            self,
            script,
            Microphone(device) if isinstance(device, str) else device,
            settings or Settings(),
            Judge(check, executor),
            clock,
        )

    @staticmethod
    def microphones() -> list[Input]:
        """Those that are plugged in now; asked in a child process, half a second.

        Raises:
            MissingExtra, BadAudio: see `voicevault.audio.microphones`.
        """
        return microphones()

    @staticmethod
    def listener(device: Device | str = "") -> Listener:
        """A microphone by itself, for a sentence that is no take."""
        return Listener(Microphone(device) if isinstance(device, str) else device)

    @staticmethod
    def flac(recorded: Recorded) -> bytes:
        """A recording as a file in memory."""
        return encode_flac(recorded.samples, recorded.rate_hz)

    @staticmethod
    def dictating(device: Device | str = "") -> Dictating:
        """A microphone whose words are written down; nothing of it is kept."""
        return Dictating(Microphone(device) if isinstance(device, str) else device)

    @translated()
    def keep_dictated(
        self, sound: Recorded, text: str, check: Callable[[], TextCheck | None] = text_check
    ) -> Kept:
        """Keep what somebody dictated as a take of `text`, if it is good enough to learn from.

        The verdict is that of any take; nobody was asked to read, so one to redo is not kept.

        Raises:
            BadDataset: `text` says nothing.
            VoiceVaultError: the disk is full or failing; nothing was kept.
        """
        text = store.checked_text(text)
        verdict = judge(sound.samples, sound.rate_hz, text, check=check(), samples_lost=sound.lost)
        if verdict.status == "redo":
            return Kept(verdict, None)
        take = keep_recording(
            self._vault, sound.samples, sound.rate_hz, text, verdict, prompt=Prompt("", text)
        )
        return Kept(verdict, take)

    @translated()
    def takes(self) -> list[Take]:
        """Every take of the vault."""
        return store.list_takes(self._vault)

    @translated()
    def keep(self, attempt: Attempt, verdict: Verdict) -> Take:
        """Keep an attempt as a take. It survives a power loss once this returns.

        Raises:
            BadDataset: its text says nothing.
            VoiceVaultError: the disk is full or failing; nothing was kept.
        """
        return keep_recording(
            self._vault,
            attempt.samples,
            attempt.rate_hz,
            attempt.text,
            verdict,
            prompt=attempt.prompt,
            flac=attempt.flac,
        )

    @translated()
    def amend(self, take: Take, verdict: Verdict) -> Take:
        """The same take with a verdict that came later."""
        store.amend(self._vault, take.id, verdict)
        return replace(take, verdict=verdict)

    @translated()
    def forget(self, take: Take) -> None:
        """Destroy a take: its decision was undone."""
        forget_take(self._vault, self._runs, take.id, with_voices=False)


def keep_recording(
    vault: Vault,
    samples: Samples,
    rate_hz: int,
    text: str,
    verdict: Verdict,
    *,
    prompt: Prompt,
    flac: bytes = b"",
) -> Take:
    """Put mono `samples` [S] into the vault as FLAC; `flac` is that, where it was made before."""
    data = flac or encode_flac(samples, rate_hz)
    clip = Clip(samples, rate_hz, 1, "FLAC", len(samples) / rate_hz)
    asked = "" if store.same_text(prompt.text, text) else prompt.text
    return store.add_take(
        vault, data, clip, text, verdict, prompt_id=prompt.id, source=RECORDED, asked=asked
    )
