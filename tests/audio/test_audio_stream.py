# SPDX-License-Identifier: GPL-3.0-or-later
"""Long recordings block by block: the same sound as at once, in little memory, also damaged."""

import io
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from toy_listening import RATE_HZ, talk
from toy_speaker import speak

from voicevault.audio import stream
from voicevault.audio.files import decode, resample
from voicevault.audio.pauses import MARGIN_MS, quiet_place, stretches
from voicevault.audio.stream import opened
from voicevault.errors import BadAudio


def saved(path: Path, samples: np.ndarray, rate_hz: int = RATE_HZ, subtype: str = "") -> Path:
    kind = {"opus": "OGG", "ogg": "OGG"}.get(path.suffix[1:], path.suffix[1:].upper())
    out = io.BytesIO()
    with sf.SoundFile(out, "w", rate_hz, samples.ndim, subtype or None, format=kind) as file:
        for start in range(0, len(samples), 1 << 16):  # libvorbis and lame dislike one long write
            file.write(samples[start : start + (1 << 16)])
    path.write_bytes(out.getvalue())
    return path


def read(path: Path) -> tuple[np.ndarray, bool]:
    with opened(path) as recording:
        sound = np.concatenate(list(recording.blocks()))
        assert abs(recording.duration_s - len(sound) / RATE_HZ) < 0.01
        return sound, recording.complete


@pytest.mark.parametrize(
    ("name", "rate_hz", "subtype"),
    [("a.wav", 16_000, "PCM_16"), ("a.wav", 44_100, "FLOAT"), ("a.flac", 96_000, "PCM_24"),
     ("a.opus", 48_000, "OPUS"), ("a.ogg", 22_050, "VORBIS"), ("a.mp3", 44_100, ""),
     ("a.aiff", 8_000, "PCM_16")],
)  # fmt: skip
def test_blocks_are_the_recording_at_16_khz(
    tmp_path: Path, name: str, rate_hz: int, subtype: str
) -> None:
    sound = resample(speak(5.0, 48_000), 48_000, rate_hz) * 0.5
    path = saved(tmp_path / name, sound, rate_hz, subtype)
    got, complete = read(path)
    clip = decode(path.read_bytes())
    wanted = resample(clip.samples, clip.rate_hz, RATE_HZ)
    assert complete
    assert abs(len(got) - len(wanted)) <= 1
    size = min(len(got), len(wanted))
    assert np.abs(got[:size] - wanted[:size]).max() < 2e-3


def test_channels_are_mixed_unless_they_cancel(tmp_path: Path) -> None:
    one = speak(4.0)
    both, _ = read(saved(tmp_path / "a.wav", np.stack((one, 0.5 * one), 1), subtype="FLOAT"))
    np.testing.assert_allclose(both, 0.75 * one, atol=1e-6)
    wrong, _ = read(saved(tmp_path / "b.wav", np.stack((one, -one), 1), subtype="FLOAT"))
    np.testing.assert_allclose(np.abs(wrong), np.abs(one), atol=1e-6)


def test_what_a_cut_off_file_still_holds_is_read(tmp_path: Path) -> None:
    sound = speak(12.0)
    for name in ("a.wav", "a.flac", "a.opus", "a.ogg"):
        whole = saved(tmp_path / name, resample(sound, RATE_HZ, 48_000), 48_000)
        whole.write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
        got, complete = read(whole)
        assert not complete, name
        assert 3.0 < len(got) / RATE_HZ < 11.0, name


def test_hours_take_the_memory_of_minutes(tmp_path: Path) -> None:
    path, frames = tmp_path / "hours.wav", 3 * 3600 * RATE_HZ
    head = bytearray(saved(path, np.zeros(1, np.float32)).read_bytes()[:44])
    head[4:8], head[40:44] = (
        (36 + 2 * frames).to_bytes(4, "little"),
        (2 * frames).to_bytes(4, "little"),
    )
    with path.open("wb") as file:
        file.write(head)
        file.truncate(44 + 2 * frames)  # zeros that take no room on the disk
    tracemalloc.start()
    try:
        with opened(path) as recording:
            assert recording.duration_s == 3 * 3600
            assert sum(len(block) for block in recording.blocks()) == frames
            assert recording.complete
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 << 20, "three hours are 690 MB at once"


def test_what_is_no_long_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = {
        "empty.wav": (b"", "is empty"),
        "text.wav": (b"no sound at all", "holds text"),
        "odd.bin": (bytes(range(9)) * 40, "no audio file"),
        "head.flac": (saved(tmp_path / "x.flac", speak(2.0)).read_bytes()[:60], "damaged"),
        "none.wav": (saved(tmp_path / "y.wav", np.zeros(0, np.float32)).read_bytes(), "no sound"),
    }
    for name, (data, told) in bad.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(BadAudio, match=told) as caught:
            read(tmp_path / name)
        assert caught.value.hint
    for nothing in (tmp_path, tmp_path / "nowhere.wav"):
        with pytest.raises(BadAudio, match="is no file"):
            read(nothing)
    sound = speak(3.0)
    sound[30_000] = np.inf
    with pytest.raises(BadAudio, match="not numbers"):
        read(saved(tmp_path / "nan.wav", sound, subtype="FLOAT"))
    monkeypatch.setattr(stream, "MAX_S", 2.0)
    with pytest.raises(BadAudio, match=r"3\.0 s long; a recording is at most 2\.0 s"):
        read(saved(tmp_path / "long.wav", speak(3.0)))


def test_stretches_hold_all_speech_and_cut_in_pauses() -> None:
    sound = talk(4.0, 7.0, 9.0, 3.0, 12.0, 5.0)
    found = list(stretches(np.array_split(sound, 77)))
    spans = []
    at_s = 1.5
    for length_s in (4.0, 7.0, 9.0, 3.0, 12.0, 5.0):
        spans.append((at_s, at_s + length_s))
        at_s += length_s + 1.5
    for start_s, end_s in spans:
        inside = [
            one for one in found if one.start_ms / 1000 < end_s and one.end_ms / 1000 > start_s
        ]
        assert len(inside) == 1, "a phrase is never cut where pauses are"
        assert inside[0].start_ms / 1000 < start_s + 0.1
        assert inside[0].end_ms / 1000 > end_s - 0.25
    for one in found:
        place = one.start_ms * RATE_HZ // 1000
        np.testing.assert_array_equal(one.samples, sound[place : place + len(one.samples)])
        assert len(one.samples) <= 20 * RATE_HZ


def test_silence_is_left_out_and_endless_talk_is_cut() -> None:
    rest = np.random.default_rng(0).normal(0, 1e-4, 60 * RATE_HZ).astype(np.float32)
    assert list(stretches([rest])) == []
    assert list(stretches([np.zeros(0, np.float32)])) == list(stretches([])) == []
    (one,) = stretches([np.concatenate((rest, speak(3.0, edge_s=0.0), rest))])
    assert one.start_ms == pytest.approx(60_000 - MARGIN_MS, abs=60)
    random = np.random.default_rng(1).normal(0, 0.1, 50 * RATE_HZ)
    slow = 0.55 + 0.45 * np.sin(np.arange(len(random)) / RATE_HZ * 9)  # loud and soft, no pause
    found = list(stretches([(random * slow).astype(np.float32)]))
    assert sum(len(stretch.samples) for stretch in found) > 47 * RATE_HZ
    assert max(len(stretch.samples) for stretch in found) <= 20 * RATE_HZ


def test_the_quietest_place() -> None:
    sound = talk(3.0, 4.0, pause_s=0.6)  # the pause is from 3.6 s to 4.2 s
    assert quiet_place(sound, 2.0) == pytest.approx(3.9 * RATE_HZ, abs=0.2 * RATE_HZ)
    assert quiet_place(sound, 4.1) >= 4.1 * RATE_HZ
