# SPDX-License-Identifier: GPL-3.0-or-later
"""A microphone that plays a script, and what is needed to sit before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from toy_speaker import speak

from encrypted_store import KdfParams, Vault
from voicevault.audio.capture import Heard
from voicevault.audio.microphones import Input
from voicevault.audio.qc import TextCheck
from voicevault.errors import BadAudio
from voicevault.recording.keeping import Recorder
from voicevault.recording.session import Phase, Settings
from voicevault.runs import RunBook
from voicevault.text.prompts import Prompt

RATE_HZ = 16_000
STEP_S = 1 / 30
TEXTS = (
    "Twelve little words are read at a usual pace.",
    "Another sentence follows, neither long nor short.",
    "The third one speaks of gardens, dogs and rain.",
    "Number four is here to be read and kept as well.",
    "And with the fifth of them this little list ends.",
)
PROMPTS = tuple(Prompt(f"t{number}", text) for number, text in enumerate(TEXTS, 1))
GOOD = speak(3.0, RATE_HZ, peak=0.4)
CLIPPED = np.clip(GOOD * 8, -1, 1).astype(np.float32)
NOISY = speak(3.0, RATE_HZ, peak=0.5, noise_dbfs=-20)


def room(seconds: float, noise_dbfs: float = -75.0, seed: int = 1) -> np.ndarray:
    """Samples [S] in which nobody speaks."""
    count = round(seconds * RATE_HZ)
    return np.random.default_rng(seed).normal(0, 10 ** (noise_dbfs / 20), count).astype(np.float32)


class FakeStream:
    """Gives a step of sound a read: what `say` queued, else the room."""

    rate_hz = RATE_HZ

    def __init__(self, device: FakeMicrophone) -> None:
        self.device = device
        self.closed = False

    @property
    def alive(self) -> bool:
        return self.device.plugged

    def read(self) -> Heard:
        step = round(STEP_S * RATE_HZ)
        device = self.device
        if not device.plugged:
            return Heard(np.zeros(0, np.float32))
        lost, device.lost = device.lost, False
        if len(device.queue):
            now, device.queue = device.queue[:step], device.queue[step:]
            return Heard(now, lost)
        return Heard(room(STEP_S, device.noise_dbfs, seed=len(device.opened)), lost)

    def close(self) -> None:
        self.closed = True


@dataclass
class FakeMicrophone:
    """Plugged in until it is not. `queue` is what will be heard next."""

    name: str = "fake"
    plugged: bool = True
    noise_dbfs: float = -75.0
    lost: bool = False
    queue: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    opened: list[FakeStream] = field(default_factory=list)

    def open(self) -> FakeStream:
        if not self.plugged:
            raise BadAudio("no microphone is called 'fake'", hint="connect it")
        self.opened.append(FakeStream(self))
        return self.opened[-1]

    def say(self, *clips: np.ndarray) -> None:
        self.queue = np.concatenate([self.queue, *clips])


class FakeHearing:
    """What is plugged in (`gui.ears`): one microphone, in or out. For a page, or in the place of
    `gui.ears.Plugged`, which is asked with a desk."""

    def __init__(self, microphone: FakeMicrophone | None = None) -> None:
        self.microphone = microphone or FakeMicrophone("Desk")

    def __call__(self, desk: object) -> FakeHearing:
        return self

    def microphones(self) -> list[Input]:
        return [Input(self.microphone.name, 48_000, True)] if self.microphone.plugged else []

    def device(self, name: str) -> FakeMicrophone:
        return self.microphone


class Now(Executor):
    """Work that is done when it is submitted, or when it is allowed to."""

    def __init__(self) -> None:
        self.held: list[Callable[[], None]] | None = None

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()

        def go() -> None:
            try:
                future.set_result(fn(*args, **named))
            except Exception as error:
                future.set_exception(error)

        if self.held is None:
            go()
        else:
            self.held.append(go)
        return future

    def release(self, count: int | None = None) -> None:
        held, self.held = self.held or [], None
        for go in held[:count]:
            go()
        if count is not None:
            self.held = held[count:]


class FakeAligner:
    """Finds the words of every text but those in `misread` in whatever it hears."""

    def __init__(self, misread: Sequence[str] = ()) -> None:
        self.misread = misread

    def align(self, wave: np.ndarray, phonemes: Sequence[str]) -> Any:
        text = "".join(phonemes)
        ahead = text[0].isupper()  # backwards, a sentence begins with its full stop
        score = -2.0 if ahead and text not in self.misread else -4.0

        @dataclass
        class Heard:
            score: float
            token_scores: list[float]

        return Heard(score, [score] * 30)


class Sitting:
    """A session with everything around it, and a clock that goes with the ticks."""

    def __init__(
        self,
        vault: Vault,
        prompts: Sequence[Prompt] = PROMPTS,
        settings: Settings | None = None,
        misread: Sequence[str] = (),
    ) -> None:
        self.vault = vault
        self.now_s = 0.0
        self.microphone = FakeMicrophone()
        self.executor = Now()
        self.told: list[tuple[str, str]] = []
        self.misread = list(misread)
        self.recorder = Recorder(vault, RunBook(vault))
        self.session = self.recorder.session(
            prompts,
            self.microphone,
            settings,
            self._check,
            executor=self.executor,
            clock=lambda: self.now_s,
        )

    def _check(self) -> TextCheck:
        aligner = FakeAligner(self.misread)
        return TextCheck(aligner, list, lambda samples, rate_hz: samples)

    def tick(self, seconds: float = STEP_S) -> list[tuple[str, str]]:
        """Let so much time pass; what was told in it, as kind and text."""
        told: list[tuple[str, str]] = []
        for _ in range(max(1, round(seconds / STEP_S))):
            self.now_s += STEP_S
            told += [(one.kind.value, one.text) for one in self.session.tick()]
        self.told += told
        return told

    def until(self, *phases: Phase, limit_s: float = 90.0) -> list[tuple[str, str]]:
        """Tick until the session is in one of `phases`."""
        told: list[tuple[str, str]] = []
        begun_s = self.now_s
        while self.session.phase not in phases:
            told += self.tick()
            assert self.now_s - begun_s < limit_s, (self.session.phase, told)
        return told

    def read_aloud(self, *clips: np.ndarray) -> list[tuple[str, str]]:
        """Press space, speak, wait for the verdict."""
        self.session.press()
        self.microphone.say(*(clips or (GOOD,)), room(1.5))
        told = self.until(Phase.VERDICT)
        self.microphone.queue = np.zeros(0, np.float32)
        return told


def vault_at(path: Path) -> Vault:
    return Vault.create(path, "several words", kdf=KdfParams.for_tests())[0]


def opened(path: Path) -> Vault:
    return Vault.open(path, passphrase="several words", min_kdf=KdfParams.for_tests())


def kinds(told: list[tuple[str, str]]) -> list[str]:
    return [kind for kind, _ in told]
