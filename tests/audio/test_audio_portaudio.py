# SPDX-License-Identifier: GPL-3.0-or-later
"""PortAudio as it behaves and misbehaves: streams, names, the list of devices, the loudspeaker."""

from __future__ import annotations

import json
import subprocess
import sys
import types
from typing import Any

import numpy as np
import pytest

from voicevault.audio import capture, microphones, playback
from voicevault.errors import BadAudio, MissingExtra


def noise(seconds: float, dbfs: float, rate_hz: int = 16_000) -> np.ndarray:
    count = round(seconds * rate_hz)
    return np.random.default_rng(2).normal(0, 10 ** (dbfs / 20), count).astype(np.float32)


class FakeLibrary(types.ModuleType):
    """sounddevice, as far as it is used; counts who holds it."""

    class PortAudioError(Exception):
        pass

    class CallbackStop(Exception):
        pass

    def __init__(self, listed: list[dict[str, Any]], mono: bool = True) -> None:
        super().__init__("sounddevice")
        self.listed, self.mono, self.fail = listed, mono, False
        self.held = 1
        self.read_anew = 0
        self.streams: list[Any] = []
        self.default = types.SimpleNamespace(device=(1, 0))

    def _initialize(self) -> None:
        self.read_anew += self.held == 0
        self.held += 1

    def _terminate(self) -> None:
        self.held -= 1

    def query_devices(self, device: int | None = None, kind: str = "") -> Any:
        return self.listed if not kind else self.listed[1 if device is None else device]

    def check_input_settings(self, device: Any, channels: int, *rest: Any) -> None:
        if rest[-1] not in (16_000, 44_100) or (channels == 1 and not self.mono):
            raise self.PortAudioError("no")

    def InputStream(self, rate_hz: int, *rest: Any, callback: Any, latency: float) -> Any:
        if self.fail:
            raise self.PortAudioError("busy")
        self.streams.append(FakeStream(rate_hz, rest, callback))
        return self.streams[-1]

    def OutputStream(self, rate_hz: int, *, channels: int, callback: Any) -> Any:
        if self.fail:
            raise self.PortAudioError("busy")
        self.streams.append(FakeStream(rate_hz, (channels,), callback))
        return self.streams[-1]


class FakeStream:
    def __init__(self, rate_hz: int, settings: Any, callback: Any) -> None:
        self.rate_hz, self.settings, self.callback = rate_hz, settings, callback
        self.active = False

    def start(self) -> None:
        self.active = True

    def close(self, ignore_errors: bool) -> None:
        self.active = False

    def hear(self, samples: np.ndarray, overflow: bool = False) -> None:
        status = types.SimpleNamespace(input_overflow=overflow)
        both = np.stack([samples, np.zeros_like(samples)], axis=1)
        self.callback(both, len(samples), None, status)


def device(name: str, channels: int = 1) -> dict[str, Any]:
    return {"name": name, "max_input_channels": channels, "default_samplerate": 44_100.0}


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> FakeLibrary:
    made = FakeLibrary([device("Speakers", 0), device("Desk"), device("Headset A")])
    monkeypatch.setitem(sys.modules, "sounddevice", made)
    return made


def test_a_stream_gives_what_came_and_says_when_samples_were_lost(library: FakeLibrary) -> None:
    stream = capture.Microphone("headset").open()
    assert (stream.rate_hz, library.streams[0].settings[1]) == (44_100, 2)
    block = noise(0.1, -20, 44_100)
    library.streams[0].hear(block)
    heard = stream.read()
    np.testing.assert_array_equal(heard.samples, block)
    assert not heard.lost
    library.streams[0].hear(block, overflow=True)
    assert stream.read().lost
    assert not stream.read().lost
    stream.close()
    stream.close()
    assert library.held == 1
    assert not stream.alive


def test_a_list_of_devices_is_read_anew_unless_somebody_listens(library: FakeLibrary) -> None:
    first = capture.Microphone().open()
    assert library.read_anew == 1
    second = capture.Microphone().open()
    assert library.read_anew == 1, "a stream that is open would break"
    first.close()
    second.close()
    capture.Microphone().open().close()
    assert library.read_anew == 2


def test_a_stream_that_gives_nothing_is_unplugged(
    library: FakeLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(capture.time, "monotonic", lambda: now[0])
    stream = capture.Microphone().open()
    for _ in range(5):
        now[0] += 1.5
        library.streams[0].hear(noise(0.1, -20))
        assert stream.alive
    now[0] += 1.0
    assert stream.alive
    now[0] += 1.1
    assert not stream.alive
    assert len(stream.read().samples) == 5 * 1_600, "what came before is still there"
    again = capture.Microphone().open()
    library.streams[1].active = False
    assert not again.alive


def test_a_microphone_of_two_channels_only(library: FakeLibrary) -> None:
    library.mono = False
    stream = capture.Microphone().open()
    assert library.streams[0].settings[2] == 2
    stream.close()


@pytest.mark.parametrize(
    ("name", "message"), [("nobody", "no microphone is called"), ("e", "more than one")]
)
def test_names_that_do_not_fit(library: FakeLibrary, name: str, message: str) -> None:
    with pytest.raises(BadAudio, match=message) as caught:
        capture.Microphone(name).open()
    assert "Desk, Headset A" in caught.value.hint
    assert library.held == 1


def test_no_microphone_at_all_and_one_in_use(library: FakeLibrary) -> None:
    library.fail = True
    with pytest.raises(BadAudio, match="busy"):
        capture.Microphone().open()
    assert library.held == 1
    library.listed[1:] = []
    with pytest.raises(BadAudio, match="there is no microphone"):
        capture.Microphone().open()


def test_without_portaudio_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    for use in (capture.Microphone().open, microphones.inputs):
        with pytest.raises(MissingExtra, match="PortAudio") as caught:
            use()
        assert "libportaudio2" in caught.value.hint


def test_playing_and_stopping(library: FakeLibrary) -> None:
    player = playback.Loudspeaker()
    assert not player.playing
    player.play(np.arange(1, 251, dtype=np.float32) / 250, 8_000)
    assert player.playing
    out = np.full((200, 1), 9, np.float32)
    library.streams[0].callback(out, 200, None, None)
    assert out[-1, 0] == pytest.approx(200 / 250)
    assert player.position_s == 200 / 8_000
    with pytest.raises(library.CallbackStop):
        library.streams[0].callback(out, 200, None, None)
    assert (out[49, 0], out[50:].any()) == (1.0, False)
    player.stop()
    assert (player.playing, player.position_s, library.held) == (False, 0.0, 1)
    library.fail = True
    with pytest.raises(BadAudio, match="loudspeaker"):
        player.play(out[:, 0], 8_000)
    assert library.held == 1


def test_the_two_signals_differ_and_are_not_loud() -> None:
    good, bad = playback.signal(True), playback.signal(False)
    assert np.abs(good).max() < 0.13
    assert not np.array_equal(good, bad)
    assert abs(float(good[0])) < 1e-3


# the list of devices


def test_the_list_comes_from_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def run(command: list[str], **rest: Any) -> subprocess.CompletedProcess[bytes]:
        asked.append(command)
        told = {"inputs": [{"name": "Desk", "rate_hz": 48_000, "is_default": True}]}
        return subprocess.CompletedProcess(command, 0, b"noise\n" + json.dumps(told).encode())

    monkeypatch.setattr(microphones.subprocess, "run", run)
    assert microphones.microphones() == [microphones.Input("Desk", 48_000, True)]
    assert asked[0][0] == sys.executable


@pytest.mark.parametrize("end", ["crash", "hang", "gibberish"])
def test_a_child_that_dies_or_hangs_takes_nothing_with_it(
    end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(command: list[str], **rest: Any) -> subprocess.CompletedProcess[bytes]:
        if end == "hang":
            raise subprocess.TimeoutExpired(command, rest["timeout"])
        return subprocess.CompletedProcess(command, -11, b"" if end == "crash" else b"oops\n")

    monkeypatch.setattr(microphones.subprocess, "run", run)
    with pytest.raises(BadAudio, match="does not say"):
        microphones.microphones()


def test_the_child_as_it_is() -> None:
    """Whatever this machine has: a list, or the words that PortAudio is missing."""
    command = [sys.executable, "-P", "-m", "voicevault.audio.microphones"]
    ended = subprocess.run(command, capture_output=True, check=True)
    told = json.loads(ended.stdout)
    assert "PortAudio" in told.get("missing", "PortAudio")
    assert all(one["name"] and one["rate_hz"] > 0 for one in told.get("inputs", []))


def test_the_childs_answer(library: FakeLibrary, capsys: pytest.CaptureFixture[str]) -> None:
    library.default.device = (2, 0)
    microphones.main()
    told = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in told["inputs"]] == ["Headset A", "Desk"]
    assert told["inputs"][0] == {"name": "Headset A", "rate_hz": 44_100, "is_default": True}
