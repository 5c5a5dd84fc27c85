# SPDX-License-Identifier: GPL-3.0-or-later
"""The microphone: one recording in memory, until somebody says stop. Nothing is written."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import numpy as np

from voicevault.audio.files import Samples
from voicevault.errors import BadAudio, MissingExtra

RATE_HZ = 16_000
BLOCK = 1_600
"""Samples; 0.1 s."""
MAX_S = 60.0
WAIT_S = 5.0


class Device(Protocol):
    """A microphone that gives blocks [BLOCK] of mono samples."""

    def open(self, rate_hz: int) -> AbstractContextManager[Iterator[Samples]]: ...


class Microphone:
    """The system's chosen input, through PortAudio. Imports it only when it is used."""

    @contextmanager
    def open(self, rate_hz: int) -> Iterator[Iterator[Samples]]:
        """Blocks as they come.

        Raises:
            MissingExtra: PortAudio is not installed.
            BadAudio: there is no microphone, or it falls silent for five seconds.
        """
        try:
            import sounddevice
        except (OSError, ImportError) as error:
            raise MissingExtra(
                "no microphone can be used: PortAudio is not installed",
                hint="install it (Debian: apt install libportaudio2), or record with any program "
                "and give the file: --file FILE",
            ) from error
        blocks: queue.SimpleQueue[Samples] = queue.SimpleQueue()

        def heard(data: Samples, frames: int, at: object, status: object) -> None:
            blocks.put(data[:, 0].copy())

        try:
            stream = sounddevice.InputStream(
                rate_hz, BLOCK, channels=1, dtype="float32", callback=heard
            )
            with stream:
                yield _taken(blocks)
        except sounddevice.PortAudioError as error:
            raise BadAudio(
                f"the microphone cannot be used: {error}",
                hint="check that one is connected and allowed, or give a recording: --file FILE",
            ) from error


def capture(
    stop: Callable[[], bool], device: Device | None = None, *, rate_hz: int = RATE_HZ
) -> Samples:
    """Samples [S] from now until `stop` says so, or for a minute.

    Raises:
        MissingExtra, BadAudio: see `Microphone.open`; or nothing was recorded.
    """
    blocks: list[Samples] = []
    with (device or Microphone()).open(rate_hz) as coming:
        for block in coming:
            blocks.append(block)
            if stop() or sum(map(len, blocks)) >= MAX_S * rate_hz:
                break
    if not blocks:
        raise BadAudio("nothing was recorded", hint="check the microphone")
    return np.concatenate(blocks)


def _taken(blocks: queue.SimpleQueue[Samples]) -> Iterator[Samples]:
    while True:
        try:
            yield blocks.get(timeout=WAIT_S)
        except queue.Empty:
            raise BadAudio(
                "the microphone gives no sound", hint="choose another one, or give --file FILE"
            ) from None
