# SPDX-License-Identifier: GPL-3.0-or-later
"""The microphone's way in: ring, meter, end of speech, room."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from voicevault.audio.endpoint import Endpoint, Floor, Frames
from voicevault.audio.meter import Level, Meter
from voicevault.audio.ring import Ring
from voicevault.audio.room import RoomReason, judge_room

Speaker = Callable[..., np.ndarray]


def noise(seconds: float, dbfs: float, rate_hz: int = 16_000) -> np.ndarray:
    count = round(seconds * rate_hz)
    return np.random.default_rng(2).normal(0, 10 ** (dbfs / 20), count).astype(np.float32)


# the ring


def test_a_ring_gives_back_what_it_was_given_in_order() -> None:
    ring = Ring(1000)
    random = np.random.default_rng(0)
    sent, got = [], []
    for _ in range(200):
        block = random.normal(size=random.integers(0, 400)).astype(np.float32)
        ring.write(block)
        sent.append(block)
        if random.random() < 0.7 or sum(map(len, sent)) - sum(map(len, got)) > 600:
            samples, lost = ring.read()
            assert not lost
            got.append(samples)
    got.append(ring.read()[0])
    np.testing.assert_array_equal(np.concatenate(got), np.concatenate(sent))


@pytest.mark.parametrize("blocks", [[600, 600], [1001], [5000], [1000, 1]])
def test_a_ring_that_was_not_read_says_that_samples_are_lost(blocks: list[int]) -> None:
    ring, at = Ring(1000), 0
    for count in blocks:
        ring.write(np.arange(at, at + count, dtype=np.float32))
        at += count
    samples, lost = ring.read()
    assert lost
    np.testing.assert_array_equal(samples, np.arange(at - 1000, at))
    ring.write(np.zeros(10, np.float32))
    assert ring.read()[1] is False, "it is told once"
    ring.forget()
    assert not ring._data.any()


def test_samples_that_come_while_the_oldest_are_read_are_told_as_lost() -> None:
    ring = Ring(1000)

    class Interrupted(np.ndarray):
        """Memory that the sound card writes to in the middle of our copy."""

        def __getitem__(self, places: Any) -> Any:
            out = np.asarray(self)[places]
            if isinstance(places, np.ndarray):
                ring.write(np.ones(200, np.float32))
            return out

    ring.write(np.zeros(900, np.float32))
    ring._data = ring._data.view(Interrupted)
    assert ring.read()[1], "100 of the oldest were overwritten"
    assert not ring.read()[1]


def test_a_ring_between_two_threads() -> None:
    ring, total = Ring(50_000), 400_000
    numbers = np.arange(total, dtype=np.float32)

    def write() -> None:
        for at in range(0, total, 500):
            while at - taken[0] > 40_000:
                pass
            ring.write(numbers[at : at + 500])

    taken, got = [0], []
    writer = threading.Thread(target=write)
    writer.start()
    while taken[0] < total:
        samples, lost = ring.read()
        assert not lost
        got.append(samples)
        taken[0] += len(samples)
    writer.join()
    np.testing.assert_array_equal(np.concatenate(got), numbers)


def test_writing_makes_no_array(spoken: Speaker) -> None:
    import tracemalloc

    ring, block = Ring(1 << 20), np.zeros((4096, 2), np.float32)
    ring.write(block[:, 0])
    tracemalloc.start()
    for _ in range(300):
        ring.write(block[:, 0])
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 4096, "one block would be 16 KiB"


# the meter


def test_the_meter_rises_at_once_holds_and_falls() -> None:
    meter = Meter(16_000)
    assert (meter.level, meter.level.words) == (Level(), "no signal")
    meter.feed(np.full(160, 0.25, np.float32))
    assert meter.level.peak_dbfs == pytest.approx(-12.04, abs=0.01)
    assert (meter.level.zone, meter.level.words) == ("good", "good level")
    for _ in range(100):
        meter.feed(np.zeros(160, np.float32))
    assert meter.level.peak_dbfs == pytest.approx(-32.04, abs=0.3)
    assert meter.level.held_dbfs == pytest.approx(-12.04, abs=0.01)
    for _ in range(100):
        meter.feed(np.zeros(160, np.float32))
    assert meter.level.held_dbfs == pytest.approx(-22.04, abs=0.5)
    steady = Meter(16_000)
    for _ in range(300):
        steady.feed(np.full(160, 0.1, np.float32))
    assert steady.level.mean_dbfs == pytest.approx(-20, abs=0.1)


def test_the_clip_light_stays_until_it_is_cleared() -> None:
    meter = Meter(16_000)
    block = np.full(100, 0.5, np.float32)
    block[-2:] = 1.0
    meter.feed(block)
    assert meter.level.zone == "loud"
    block = np.full(100, 0.5, np.float32)
    block[0] = -1.0
    meter.feed(block)
    assert meter.level.clipped, "three in a row, across two blocks"
    for _ in range(1000):
        meter.feed(np.zeros(160, np.float32))
    assert meter.level.words == "too loud: clipped"
    meter.clear()
    assert not meter.feed(np.zeros(160, np.float32)).clipped


# where speech ends


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 48_000])
@pytest.mark.parametrize("noise_dbfs", [-75.0, -55.0, -42.0])
def test_speech_ends_after_its_pause(spoken: Speaker, rate_hz: int, noise_dbfs: float) -> None:
    frames, floor = Frames(rate_hz), Floor()
    quiet = noise(3.0, noise_dbfs, rate_hz)
    for block in np.array_split(quiet, 30):
        floor.feed(frames.feed(block))
    assert floor.noise_dbfs == pytest.approx(noise_dbfs, abs=2)
    take = np.concatenate([spoken(4.0, rate_hz, noise_dbfs=noise_dbfs), quiet])
    endpoint, at = Endpoint(floor.noise_dbfs), 0
    for block in np.array_split(take, 210):
        endpoint.feed(frames.feed(block))
        at += len(block)
        if endpoint.ended:
            break
    assert endpoint.ended
    assert at / rate_hz == pytest.approx(3.7 + 0.8, abs=0.2), "speech ends at 3.7 s"


def test_clicks_are_no_speech() -> None:
    endpoint = Endpoint(-70.0)
    for _ in range(20):
        endpoint.feed([-20.0] * 3 + [-75.0] * 40)
    assert not endpoint.speaking
    assert not endpoint.ended
    endpoint.feed([-20.0] * 30 + [-75.0] * 60)
    assert not endpoint.ended
    endpoint.feed([-20.0] * 3 + [-75.0] * 20)
    assert endpoint.ended, "a click in the pause does not lengthen it"


# the room


def test_rooms(spoken: Speaker) -> None:
    assert judge_room(noise(3, -58), 16_000).sentence() == "Room noise -58 dBFS, good."
    assert judge_room(noise(3, -45), 16_000).reason is RoomReason.NOISY
    assert judge_room(noise(3, -30), 16_000).reason is RoomReason.LOUD
    assert judge_room(np.zeros(48_000, np.float32), 16_000).reason is RoomReason.DEAD
    assert judge_room(spoken(), 16_000).reason is RoomReason.SPOKEN
    for reason in RoomReason:
        assert bool(reason.advice) != (reason is RoomReason.GOOD)
