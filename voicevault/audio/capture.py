# SPDX-License-Identifier: GPL-3.0-or-later
"""The microphone: a stream in memory, for as long as somebody listens. Nothing is written.

A `Device` opens a `Stream`, and whoever wants sound asks the stream for what came since the last
time. The sound card's own thread only copies into a ring (`audio.ring`); it never waits for us.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from voicevault.audio.files import Samples
from voicevault.audio.ring import Ring
from voicevault.errors import BadAudio, MissingExtra

RATE_HZ = 48_000
MAX_S = 60.0
RING_S = 12.0
"""How long a reader may be busy before samples are lost: a window that hangs, a slow disk."""
STALLED_S = 2.0
"""A stream that gives nothing for so long is unplugged, whatever its driver says."""
LATENCY_S = 0.1
"""Asked of the sound system: a meter lives, and a busy machine still keeps up."""
_WAIT_S = 0.02
_OTHER = "record with any program and give the file instead"


@dataclass(frozen=True, slots=True)
class Heard:
    """What came since the last time: samples [S], and whether some were lost before or in them."""

    samples: Samples = field(repr=False)
    lost: bool = False


class Stream(Protocol):
    """An open microphone."""

    @property
    def rate_hz(self) -> int:
        """Samples a second, as the device gives them."""

    @property
    def alive(self) -> bool:
        """False once the microphone is gone. What it gave before can still be read."""

    def read(self) -> Heard:
        """What came since the last call; nothing is an answer too. Never waits."""

    def close(self) -> None:
        """Give the microphone back."""


class Device(Protocol):
    """Something that can be listened to."""

    @property
    def name(self) -> str:
        """As it is listed; empty for the system's choice."""

    def open(self) -> Stream:
        """Begin to listen. Raises MissingExtra or BadAudio."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recording: mono samples [S] in [-1, 1], and whether samples were lost in it."""

    samples: Samples = field(repr=False)
    rate_hz: int
    lost: bool = False


def load_portaudio() -> Any:
    """The sound card library, imported when it is first used.

    Raises:
        MissingExtra: PortAudio is not installed, or finds no sound system.
    """
    try:
        import sounddevice
    except (OSError, ImportError) as error:
        raise MissingExtra(
            "no microphone can be used: PortAudio is not installed",
            hint=f"install it (Debian: apt install libportaudio2), or {_OTHER}",
        ) from error
    return sounddevice


class Microphone:
    """An input of this computer through PortAudio; the system's choice where it has no name."""

    def __init__(self, name: str = "") -> None:
        self.name = name

    def open(self) -> Stream:
        """Listen at 48 kHz, or at the device's own rate where it has no such.

        Raises:
            MissingExtra: PortAudio is not installed.
            BadAudio: there is no such microphone, or it is in use or forbidden.
        """
        library = load_portaudio()
        # PortAudio reads the list of devices once. Letting go and beginning again reads it anew;
        # it counts its users, so nothing happens while another stream of ours is open.
        library._terminate()
        library._initialize()
        index = find(self.name, library)
        library._initialize()  # this stream's own hold
        try:
            return _PortAudioStream(library, index)
        except library.PortAudioError as error:
            library._terminate()
            raise BadAudio(
                f"the microphone cannot be used: {error}",
                hint=f"check that it is connected, allowed and not in use, or {_OTHER}",
            ) from error


def find(name: str, library: Any) -> int | None:
    """The index of the input `name`, None for the system's choice.

    Raises:
        BadAudio: no input, or more than one, has this name.
    """
    inputs = {
        index: str(one["name"])
        for index, one in enumerate(library.query_devices())
        if one["max_input_channels"] > 0
    }
    if not inputs:
        raise BadAudio("there is no microphone", hint=f"connect one, or {_OTHER}")
    if not name:
        return None
    exact = [index for index, one in inputs.items() if one == name]
    alike = exact[:1] or [
        index for index, one in inputs.items() if name.casefold() in one.casefold()
    ]
    if len(alike) != 1:
        raise BadAudio(
            f"{'no' if not alike else 'more than one'} microphone is called {name!r}",
            hint="there are: " + ", ".join(dict.fromkeys(inputs.values())),
        )
    return alike[0]


class _PortAudioStream:
    """One input stream. Only `_heard` runs in the sound card's thread."""

    def __init__(self, library: Any, index: int | None) -> None:
        self._library = library
        self.rate_hz, channels = _setting(library, index)
        self._ring = Ring(int(RING_S * self.rate_hz))
        self._overflows = 0
        self._overflows_told = 0
        self._last_written, self._last_s = 0, time.monotonic()
        self._open = True
        self._stream = library.InputStream(
            self.rate_hz, 0, index, channels, "float32", latency=LATENCY_S, callback=self._heard
        )
        self._stream.start()

    def _heard(self, data: Samples, frames: int, at: object, status: Any) -> None:
        """A block [frames, channels]: copied, counted, nothing else."""
        if status.input_overflow:
            self._overflows += 1
        self._ring.write(data[:, 0])

    def read(self) -> Heard:
        """See `Stream`."""
        overflows = self._overflows
        samples, lapped = self._ring.read()
        lost = lapped or overflows != self._overflows_told
        self._overflows_told = overflows
        return Heard(samples, lost)

    @property
    def alive(self) -> bool:
        """See `Stream`."""
        if not self._open or not self._stream.active:
            return False
        now_s = time.monotonic()
        if self._ring.written != self._last_written:
            self._last_written, self._last_s = self._ring.written, now_s
        return now_s - self._last_s < STALLED_S

    def close(self) -> None:
        """See `Stream`. What was heard is overwritten."""
        if not self._open:
            return
        self._open = False
        try:
            self._stream.close(ignore_errors=True)
        finally:
            self._ring.forget()
            self._library._terminate()


def _setting(library: Any, index: int | None) -> tuple[int, int]:
    """Rate and channels that the device takes; one channel of two where mono is refused."""
    own_hz = round(library.query_devices(index, "input")["default_samplerate"])
    for rate_hz in dict.fromkeys((RATE_HZ, own_hz)):
        for channels in (1, 2):
            try:
                library.check_input_settings(index, channels, "float32", None, rate_hz)
            except (library.PortAudioError, ValueError):
                continue
            return rate_hz, channels
    return own_hz, 1  # opening it says why not


def capture(stop: Callable[[], bool], device: Device | None = None) -> Recorded:
    """What is heard from now until `stop` says so, or for a minute.

    Raises:
        MissingExtra, BadAudio: see `Microphone.open`; or nothing was recorded.
    """
    blocks: list[Samples] = []
    count, lost = 0, False
    with closing((device or Microphone()).open()) as stream:
        while not stop() and count < MAX_S * stream.rate_hz:
            heard = stream.read()
            lost |= heard.lost
            if len(heard.samples):
                blocks.append(heard.samples)
                count += len(heard.samples)
            elif not stream.alive:
                break
            else:
                time.sleep(_WAIT_S)
        rate_hz = stream.rate_hz
    if not blocks:
        raise BadAudio("nothing was recorded", hint="check the microphone, or choose another one")
    return Recorded(np.concatenate(blocks)[: int(MAX_S * rate_hz)], rate_hz, lost)
