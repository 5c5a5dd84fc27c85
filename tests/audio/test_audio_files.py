# SPDX-License-Identifier: GPL-3.0-or-later
"""Decoding: what is read, what is refused, and that each refusal says why in one line."""

from __future__ import annotations

import contextlib
import io
import os
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from hypothesis import given, settings
from hypothesis import strategies as st

from voicevault.audio import files, opus
from voicevault.audio.files import decode, encode_flac, encode_wav, resample
from voicevault.errors import BadAudio

KINDS = [
    ("WAV", "PCM_16"),
    ("WAV", "PCM_24"),
    ("WAV", "FLOAT"),
    ("WAV", "PCM_U8"),
    ("FLAC", "PCM_16"),
    ("MP3", "MPEG_LAYER_III"),
    ("OGG", "OPUS"),
    ("OGG", "VORBIS"),
    ("AIFF", "PCM_16"),
]


def tone(seconds: float = 1.0, rate_hz: int = 16_000, level: float = 0.3) -> np.ndarray:
    at = np.arange(int(seconds * rate_hz)) / rate_hz
    return (level * np.sin(2 * np.pi * 220 * at)).astype(np.float32)


def written(samples: np.ndarray, rate_hz: int, container: str, subtype: str) -> bytes:
    out = io.BytesIO()
    sf.write(out, samples, rate_hz, format=container, subtype=subtype)
    return out.getvalue()


def refusal(data: bytes, name: str = "a.wav") -> BadAudio:
    with pytest.raises(BadAudio) as caught:
        decode(data, name=name)
    message = caught.value.message
    assert name in message
    assert "\n" not in message
    assert len(message) < 120
    assert caught.value.hint
    assert "\n" not in caught.value.hint
    return caught.value


@pytest.mark.parametrize(("container", "subtype"), KINDS)
def test_every_kind_is_read(container: str, subtype: str) -> None:
    clip = decode(written(tone(), 16_000, container, subtype))
    assert (clip.rate_hz, clip.channels) == (16_000, 1)
    assert clip.format == (subtype if container == "OGG" else container)
    assert clip.samples.dtype == np.float32
    assert clip.samples.ndim == 1
    assert clip.duration_s == pytest.approx(1.0, abs=0.08)
    middle = clip.samples[4000:12000]
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.3 / np.sqrt(2), rel=0.05)


@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 48_000, 96_000])
def test_any_rate_and_stereo(rate_hz: int) -> None:
    both = np.stack([tone(1, rate_hz), np.zeros(rate_hz, np.float32)], axis=1)
    clip = decode(written(both, rate_hz, "WAV", "PCM_24"))
    assert (clip.rate_hz, clip.channels, len(clip.samples)) == (rate_hz, 2, rate_hz)
    assert np.abs(clip.samples).max() == pytest.approx(0.15, abs=0.001)


def test_channels_that_cancel_are_not_mixed_to_silence() -> None:
    clip = decode(written(np.stack([tone(), -tone()], axis=1), 16_000, "WAV", "PCM_16"))
    assert np.abs(clip.samples).max() == pytest.approx(0.3, abs=0.001)


def test_overshoot_is_scaled_not_cut() -> None:
    clip = decode(written(tone(level=2.0), 16_000, "WAV", "FLOAT"))
    assert np.abs(clip.samples).max() == pytest.approx(1.0)
    assert np.sum(np.abs(clip.samples) > 0.999) < 700  # cut tops would be 2/3 of 16000


def test_empty_text_and_unknown() -> None:
    assert "empty" in refusal(b"").message
    assert "text" in refusal("Hello, I am a text called é.\n".encode()).message
    assert "text" in refusal("日本語の文章です。".encode() * 40, "b.mp3").message
    assert "no audio" in refusal(bytes(range(256)) * 8).message
    assert "MP4" in refusal(b"\0\0\0\x20ftypM4A " + bytes(64), "a.m4a").message


def test_zero_seconds() -> None:
    for container in ("WAV", "FLAC", "OGG"):
        subtype = "VORBIS" if container == "OGG" else "PCM_16"
        data = written(np.zeros(0, np.float32), 16_000, container, subtype)
        assert refusal(data).message


def test_zero_seconds_wav_is_said_so() -> None:
    assert "0 s" in refusal(written(np.zeros(0, np.float32), 16_000, "WAV", "PCM_16")).message


@pytest.mark.parametrize(("container", "subtype"), [one for one in KINDS if one[0] != "AIFF"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.97])
def test_truncated(
    container: str, subtype: str, share: float, capfd: pytest.CaptureFixture[str]
) -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, 48_000).astype(np.float32)
    data = written(noise, 16_000, container, subtype)
    said = refusal(data[: int(len(data) * share)], "cut.bin")
    assert "cut off" in said.message
    assert capfd.readouterr().err == ""  # the decoder library must not talk over our one line


def test_the_mp3_decoder_does_not_talk(capfd: pytest.CaptureFixture[str]) -> None:
    """Odd frames make libmpg123 print; 40 kbit/s audiobooks are full of them."""
    data = bytearray(written(tone(3.0), 16_000, "MP3", "MPEG_LAYER_III"))
    for at in range(len(data) // 2, len(data) - 500, 97):
        data[at] ^= 0xFF
    with sf.SoundFile(io.BytesIO(bytes(data))) as file:
        file.read()
    if not capfd.readouterr().err:
        pytest.skip("this build of the decoder is silent by itself")
    decode(bytes(data))
    assert capfd.readouterr().err == ""
    os.write(2, b"afterwards")
    assert capfd.readouterr().err == "afterwards"


@pytest.mark.parametrize("rate_hz", [16_000, 48_000])
def test_opus_with_gaps_in_its_clock_is_read(rate_hz: int) -> None:
    """Cutting tools leave them; players do not mind, the decoder library does."""
    noise = np.random.default_rng(1).normal(0, 0.1, 5 * rate_hz).astype(np.float32)
    data = written(noise, rate_hz, "OGG", "OPUS")
    gapped = bytearray(data)
    at, number = data.find(b"OggS"), 0
    while at >= 0:
        if number == 4:  # a page some way into the sound
            clock = int.from_bytes(data[at + 6 : at + 14], "little") + 488
            gapped[at + 6 : at + 14] = clock.to_bytes(8, "little")
            gapped[at + 22 : at + 26] = bytes(4)
            end = at + 27 + data[at + 26] + sum(data[at + 27 : at + 27 + data[at + 26]])
            checksum = opus._checksum(memoryview(gapped)[at:end], opus._table())
            gapped[at + 22 : at + 26] = checksum.to_bytes(4, "little")
        at, number = data.find(b"OggS", at + 4), number + 1
    assert number > 4
    with pytest.raises(sf.LibsndfileError):
        sf.read(io.BytesIO(bytes(gapped)))
    assert opus.mended(bytes(gapped)) == data
    assert np.array_equal(decode(bytes(gapped)).samples, decode(data).samples)


def test_mending_leaves_a_good_opus_file_as_it_is() -> None:
    data = written(tone(5.0, 48_000), 48_000, "OGG", "OPUS")
    assert opus.mended(data) == data
    assert opus.mended(written(tone(), 16_000, "OGG", "VORBIS")) is None
    assert opus.mended(data[:-1]) is None


def test_a_header_that_points_before_the_start_prints_nothing(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A size of -1 in an AIFF chunk; the decoder's seek must not end as a printed traceback."""
    data = bytearray(written(tone(0.2), 16_000, "AIFF", "PCM_16"))
    for at in range(12, 120):
        broken = data.copy()
        broken[at : at + 4] = b"\xff\xff\xff\xf0"
        with contextlib.suppress(BadAudio):
            decode(bytes(broken))
    assert capfd.readouterr().err == ""


@given(seed=st.integers(0, 2**32 - 1), kind=st.sampled_from(KINDS))
@settings(max_examples=40, deadline=None)
def test_damaged_files_are_read_or_refused_and_nothing_else(
    seed: int, kind: tuple[str, str]
) -> None:
    rng = np.random.default_rng(seed)
    data = bytearray(written(tone(0.2), 16_000, *kind))
    for at in rng.integers(0, min(len(data), 600), 4):
        data[at] = rng.integers(256)
    try:
        clip = decode(bytes(data[: rng.integers(1, len(data) + 1)] if seed % 2 else data))
    except BadAudio:
        return
    assert np.isfinite(clip.samples).all()
    assert np.abs(clip.samples).max() <= 1


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_not_a_number(bad: float) -> None:
    samples = tone()
    samples[8000] = bad
    assert "NaN" in refusal(written(samples, 16_000, "WAV", "FLOAT")).message


def two_hours() -> bytes:
    """Two hours of silence in a FLAC of some 200 kB, written block by block."""
    out = io.BytesIO()
    with sf.SoundFile(out, "w", 8_000, 1, format="FLAC", subtype="PCM_16") as file:
        for _ in range(120):
            file.write(np.zeros(8_000 * 60, np.int16))
    return out.getvalue()


def test_two_hours_are_refused_by_the_header() -> None:
    data = two_hours()
    tracemalloc.start()
    said = refusal(data, "long.flac")
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "2 h 0 min" in said.message
    assert "split" in said.hint
    assert peak_bytes < 2 << 20


def test_a_lying_header_does_not_cost_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "check_header", lambda file, who: None)
    data = two_hours()
    tracemalloc.start()
    assert "long" in refusal(data, "long.flac").message
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 24 << 20  # five minutes at 8 kHz in float32 are 9.6 MB


def test_huge_file_is_refused_without_being_read(tmp_path: Path) -> None:
    """A sparse WAV of two hours in 44.1 kHz stereo: 1.2 GB that are never read."""
    path = tmp_path / "session.wav"
    size = 7200 * 44_100 * 4
    head = b"RIFF" + struct.pack("<I", size + 36) + b"WAVEfmt " + struct.pack("<I", 16)
    head += struct.pack("<HHIIHH", 1, 2, 44_100, 44_100 * 4, 4, 16)
    with path.open("wb") as file:
        file.write(head + b"data" + struct.pack("<I", size))
        file.truncate(size + 44)
    with pytest.raises(BadAudio, match="2 h 0 min"):
        files.load(path)


def test_odd_rates_and_channels_are_refused() -> None:
    assert "4000" in refusal(written(tone(1, 4_000), 4_000, "WAV", "PCM_16")).message
    many = np.zeros((100, 9), np.float32)
    assert "9 channels" in refusal(written(many, 16_000, "WAV", "PCM_16")).message


def test_a_name_with_line_feeds_stays_on_one_line() -> None:
    with pytest.raises(BadAudio) as caught:
        decode(b"", name="a\nb\x1b[31m.wav")
    assert caught.value.message.startswith("a?b?[31m.wav")


@pytest.mark.parametrize("encode", [encode_wav, encode_flac])
def test_encoding_round_trip(encode) -> None:  # type: ignore[no-untyped-def]
    samples = np.array([0.0, 0.5, -0.5, 1.0, -1.0, 2.0], np.float32)
    back = decode(encode(np.tile(samples, 100), 22_050)).samples[:6]
    assert np.abs(back - np.clip(samples, -1, 1)).max() <= 1 / 32768


def test_resample_keeps_tone_and_length() -> None:
    out = resample(tone(1, 48_000), 48_000, 16_000)
    assert len(out) == 16_000
    assert out.dtype == np.float32
    assert np.abs(out[2000:14000] - tone()[2000:14000]).max() < 0.002
    with pytest.raises(ValueError, match="0 Hz"):
        resample(tone(), 16_000, 0)


def test_span() -> None:
    assert [files.span(one) for one in (4.2, 725, 7200)] == ["4.2 s", "12 min 5 s", "2 h 0 min"]
