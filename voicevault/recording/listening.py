# SPDX-License-Identifier: GPL-3.0-or-later
"""The microphone of a session: always metered, kept only from `begin` to `end`."""

from __future__ import annotations

import numpy as np

from voicevault.audio.capture import MAX_S, Device, Recorded, Stream
from voicevault.audio.endpoint import Endpoint, Floor, Frames
from voicevault.audio.files import Samples
from voicevault.audio.meter import Level, Meter
from voicevault.audio.room import CHECK_S, Room, judge_room

LEAD_IN_S = 0.3
"""After the key: its click dies down, the person draws breath. It is part of the take, because the
quiet before the first word is what noise is measured by."""
NOBODY_S = 8.0  # a take in which nobody speaks ends so late


class Listener:
    """One microphone."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.rate_hz = 0
        self._stream: Stream | None = None
        self._meter: Meter | None = None
        self._frames: Frames | None = None
        self._floor = Floor()
        self._endpoint: Endpoint | None = None
        self._blocks: list[Samples] | None = None  # None: nothing is kept
        self._count = 0
        self._lost = False

    @property
    def open_now(self) -> bool:
        """Whether a microphone is listened to."""
        return self._stream is not None

    @property
    def level(self) -> Level:
        """What the meter shows."""
        return self._meter.level if self._meter else Level()

    @property
    def noise_dbfs(self) -> float:
        """The room as it was between takes."""
        return self._floor.noise_dbfs

    @property
    def recorded_s(self) -> float:
        """The length of what is being kept."""
        return self._count / self.rate_hz if self.rate_hz else 0.0

    @property
    def led_in(self) -> bool:
        """Whether it is time to speak."""
        return self.recorded_s >= LEAD_IN_S

    @property
    def speaking(self) -> bool:
        """Whether speech was heard since `begin`."""
        return self._endpoint is not None and self._endpoint.speaking

    @property
    def take_ended(self) -> bool:
        """Whether speech and the pause after it were heard, or it has been long enough."""
        if self._endpoint is None or self.recorded_s < LEAD_IN_S:
            return False
        nobody = not self._endpoint.speaking and self.recorded_s >= NOBODY_S
        return self._endpoint.ended or nobody or self.recorded_s >= MAX_S

    def room(self) -> Room | None:
        """The verdict on the room, once, when three seconds of it were heard."""
        if self._endpoint is not None or self._blocks is None or self.recorded_s < CHECK_S:
            return None
        recorded = self.end()
        return judge_room(recorded.samples, recorded.rate_hz)

    def open(self) -> None:
        """Listen, in place of what was listened to. Raises MissingExtra or BadAudio."""
        self.close()
        self._stream = self.device.open()
        self.rate_hz = self._stream.rate_hz
        self._meter, self._frames = Meter(self.rate_hz), Frames(self.rate_hz)
        self._floor = Floor()

    def close(self) -> None:
        """Stop listening. What was kept since `begin` stays until `end`."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def hear(self) -> None:
        """What the microphone gave since the last call. One that is gone is closed."""
        if self._stream is None or self._meter is None or self._frames is None:
            return
        alive = self._stream.alive  # before reading: what came until then is read below
        heard = self._stream.read()
        self._meter.feed(heard.samples)
        levels = self._frames.feed(heard.samples)
        if self._blocks is not None and len(heard.samples):
            self._blocks.append(heard.samples)
            self._count += len(heard.samples)
        self._lost |= heard.lost
        if self._endpoint is not None:
            self._endpoint.feed(levels)
        else:
            self._floor.feed(levels)
        if not alive:
            self.close()

    def begin(self, pause_s: float | None) -> None:
        """Keep a take from now on, which ends with a pause of so long, or only by a key."""
        self.begin_room()
        self._endpoint = Endpoint(self._floor.noise_dbfs, pause_s)

    def begin_room(self) -> None:
        """Keep what is heard from now on: three seconds of the room."""
        self.hear()  # what came before now is past, also what a busy reader lost of it
        self._blocks, self._count, self._lost, self._endpoint = [], 0, False, None
        if self._meter is not None:
            self._meter.clear()

    def end(self) -> Recorded:
        """What was heard since `begin`; nothing of it is kept here any longer."""
        blocks, self._blocks = self._blocks or [], None
        self._endpoint, self._count = None, 0
        samples = np.concatenate(blocks) if blocks else np.zeros(0, np.float32)
        return Recorded(samples[: int(MAX_S * self.rate_hz)], self.rate_hz, self._lost)
