# SPDX-License-Identifier: GPL-3.0-or-later
"""An open microphone as blocks at 16 kHz: nothing lost, stopped when asked, ended when gone."""

import numpy as np
import pytest

from voicevault.audio import live
from voicevault.audio.capture import Heard
from voicevault.errors import BadAudio


class Plugged:
    """Gives the steps one by one, an empty one between them, and then it is unplugged."""

    def __init__(self, steps: list[np.ndarray], rate_hz: int) -> None:
        self.steps, self.rate_hz = steps, rate_hz
        self.asked = 0

    @property
    def alive(self) -> bool:
        return self.asked < 2 * len(self.steps)

    def read(self) -> Heard:
        self.asked += 1
        if self.asked % 2 or self.asked > 2 * len(self.steps):
            return Heard(np.zeros(0, np.float32))
        return Heard(self.steps[self.asked // 2 - 1])

    def close(self) -> None:
        """Nothing is held."""


def tone(seconds: float, rate_hz: int) -> np.ndarray:
    return np.sin(np.arange(int(seconds * rate_hz)) * (2 * np.pi * 440 / rate_hz)).astype("f4")


@pytest.mark.parametrize("rate_hz", [48_000, 44_100, 16_000])
def test_all_that_was_given_comes_at_16_khz_and_then_the_end(rate_hz: int) -> None:
    steps = np.array_split(tone(1.0, rate_hz), 10)
    came: list[np.ndarray] = []
    with pytest.raises(BadAudio, match="gone"):
        came.extend(live.blocks(Plugged(steps, rate_hz), wait_s=0))
    sound = np.concatenate(came)
    assert abs(len(sound) - 16_000) <= 2
    np.testing.assert_allclose(
        sound[100:-100], tone(1.0, 16_000)[100 : len(sound) - 100], atol=0.02
    )


def test_it_stops_when_asked() -> None:
    microphone = Plugged(np.array_split(tone(1.0, 48_000), 10), 48_000)
    count = sum(1 for _ in live.blocks(microphone, lambda: microphone.asked >= 6, wait_s=0))
    assert count == 3
