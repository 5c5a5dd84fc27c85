# SPDX-License-Identifier: GPL-3.0-or-later
"""The loudspeaker: decrypted samples from memory, nothing on the disk. Tests have their own."""

from __future__ import annotations

import threading
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from voicevault.errors import BadAudio, MissingExtra

Samples = NDArray[np.float32]  # [S], mono, in [-1, 1]


class Player(Protocol):
    """Plays one sound at a time."""

    def play(self, samples: Samples, rate_hz: int) -> None:
        """Start from the beginning; what played before stops.

        Raises:
            MissingExtra, BadAudio: there is nothing to play with; message and hint say why.
        """
        ...

    def stop(self) -> None:
        """Fall silent and forget the samples. Nothing happens where nothing plays."""
        ...

    @property
    def playing(self) -> bool: ...

    @property
    def position_s(self) -> float:
        """How far it has played, in seconds; 0 when it does not."""
        ...


class Loudspeaker:
    """The system's chosen output, through PortAudio, which is imported when it is first used."""

    def __init__(self) -> None:
        self._stream: Any = None
        self._held: Any = None
        self._samples: Samples | None = None
        self._rate_hz = 1
        self._at = 0
        self._lock = threading.Lock()

    def play(self, samples: Samples, rate_hz: int) -> None:
        self.stop()
        sounddevice = _library()
        # PortAudio counts its users. A microphone that is opened meanwhile reads the devices anew
        # by letting go of it, which must not end this stream.
        sounddevice._initialize()
        self._held = sounddevice
        with self._lock:
            self._samples, self._rate_hz, self._at = samples, rate_hz, 0
        try:
            self._stream = sounddevice.OutputStream(
                samplerate=rate_hz, channels=1, dtype="float32", callback=self._fill
            )
            self._stream.start()
        except sounddevice.PortAudioError as error:
            self.stop()
            raise BadAudio(
                f"the sound cannot be played: {error}",
                hint="check that a loudspeaker or headphones are connected",
            ) from error

    def stop(self) -> None:
        stream, self._stream = self._stream, None
        with self._lock:
            self._samples, self._at = None, 0
        if stream is not None:
            stream.close()
        held, self._held = self._held, None
        if held is not None:
            held._terminate()

    @property
    def playing(self) -> bool:
        with self._lock:
            return self._samples is not None and self._at < len(self._samples)

    @property
    def position_s(self) -> float:
        with self._lock:
            return self._at / self._rate_hz if self._samples is not None else 0.0

    def _fill(self, out: Samples, frames: int, at: object, status: object) -> None:
        """PortAudio's thread: copies, and gives silence after the end."""
        with self._lock:
            rest = self._samples[self._at : self._at + frames] if self._samples is not None else ()
            out[: len(rest), 0] = rest
            out[len(rest) :] = 0.0
            self._at += len(rest)


def _library() -> Any:
    try:
        import sounddevice
    except (OSError, ImportError) as error:
        raise MissingExtra(
            "no sound can be played: PortAudio is not installed",
            hint="install it (Debian: apt install libportaudio2)",
        ) from error
    return sounddevice
