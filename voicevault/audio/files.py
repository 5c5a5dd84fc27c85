# SPDX-License-Identifier: GPL-3.0-or-later
"""Audio files to samples and back, in memory only: WAV, FLAC, MP3, Opus, Vorbis and AIFF."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile as sf
import soxr

from voicevault.audio import containers, opus
from voicevault.errors import BadAudio

Samples = npt.NDArray[np.float32]  # [S], mono, in [-1, 1]

# A take is one sentence or a paragraph. Training cuts at about a minute, alignment of longer
# stretches is unsafe, and five minutes of 192 kHz stereo still fit easily into memory.
MAX_TAKE_S = 300.0
MAX_FILE_BYTES = 256 << 20  # larger files are refused by their header, never read into memory
MIN_RATE_HZ, MAX_RATE_HZ = 8_000, 192_000
MAX_CHANNELS = 8
AUDIO_SUFFIXES = (".wav", ".flac", ".mp3", ".opus", ".ogg", ".oga", ".aif", ".aiff")

_BLOCK_FRAMES = 1 << 15
_SPLIT_HINT = "split it into one file per sentence and list them in metadata.csv"
_AGAIN_HINT = "copy it again from where it came, or record the sentence again"
_FORMATS_HINT = "save it as WAV or FLAC; WAV, FLAC, MP3, Ogg Opus, Ogg Vorbis and AIFF are read"


@dataclass(frozen=True, slots=True)
class Clip:
    """One decoded recording. `channels` and `rate_hz` are those of the file; samples are mono."""

    samples: Samples
    rate_hz: int
    channels: int
    format: str  # WAV, FLAC, MP3, OPUS, VORBIS, AIFF
    duration_s: float


class _Steady:
    """A seek to nowhere leaves the position as it is.

    A damaged header makes libsndfile seek before the start; the exception would end in a C callback
    that can only print it.
    """

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        try:
            return super().seek(offset, whence)  # type: ignore[misc, no-any-return]
        except (ValueError, OSError):
            return self.tell()  # type: ignore[attr-defined, no-any-return]


class AudioBytes(_Steady, io.BytesIO):
    """File bytes in memory, as the decoder reads them."""


class AudioFile(_Steady, io.FileIO):
    """A file too large for memory, of which a part is read at a time."""


def decode(data: bytes, *, name: str = "") -> Clip:
    """The recording in `data`, mixed to mono; memory stays in proportion to MAX_TAKE_S.

    Raises:
        BadAudio: not audio, not whole, empty, too long, or holding values that are no numbers.
    """
    who = named(name)
    container = sniffed(data, who)
    _check_whole(data, container, who)
    try:
        return _decode(data, container, who)
    except (sf.LibsndfileError, RuntimeError) as error:
        whole = opus.mended(data) if container == "OGG" else None
        if whole is None:
            raise damaged(who, container) from error
    try:
        return _decode(whole, container, who)
    except (sf.LibsndfileError, RuntimeError) as error:
        raise damaged(who, container) from error


def load(path: Path) -> bytes:
    """The bytes of an audio file, unless its size or its header already says it is too much.

    Raises:
        BadAudio: empty, or longer than a take may be.
        OSError: it cannot be read.
    """
    with AudioFile(path, "rb") as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        if size <= MAX_FILE_BYTES:
            return file.readall()
        who = named(path.name)
        container = sniffed(file.read(64), who)
        file.seek(0)
        try:
            with sf.SoundFile(file) as sound:
                check_header(sound, who)
        except (sf.LibsndfileError, RuntimeError) as error:
            raise damaged(who, container) from error
        raise BadAudio(
            f"{who} has {size >> 20} MiB; a take has at most {MAX_FILE_BYTES >> 20} MiB",
            hint="save it as FLAC with 48000 Hz and one channel",
        )


def resample(samples: Samples, from_hz: int, to_hz: int) -> Samples:
    """`samples` at another rate (soxr, high quality); the same array when the rates agree."""
    for rate_hz in (from_hz, to_hz):
        if not 0 < rate_hz <= MAX_RATE_HZ:
            raise ValueError(f"rate {rate_hz} Hz; valid are 1 to {MAX_RATE_HZ}")
    if from_hz == to_hz or not len(samples):
        return samples
    out = soxr.resample(samples, from_hz, to_hz, quality="HQ")
    return np.asarray(out, dtype=np.float32)


def encode_wav(samples: Samples, rate_hz: int) -> bytes:
    """A 16-bit mono WAV file."""
    return _encode(samples, rate_hz, "WAV")


def encode_flac(samples: Samples, rate_hz: int) -> bytes:
    """A 16-bit mono FLAC file: half the bytes of a WAV, nothing lost beyond the 16 bits."""
    return _encode(samples, rate_hz, "FLAC")


def span(seconds: float) -> str:
    """A length for people: '4.2 s', '12 min 5 s', '2 h 0 min'."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def named(name: str) -> str:
    """A file as messages name it: on one line whatever its name holds."""
    shown = "".join(one if one.isprintable() else "?" for one in name)
    return shown or "this recording"


def _encode(samples: Samples, rate_hz: int, container: str) -> bytes:
    if samples.ndim != 1:
        raise ValueError(f"samples have {samples.ndim} dimensions; mono has 1")
    if not np.isfinite(samples).all():
        raise ValueError("samples hold values that are not finite")
    out = io.BytesIO()
    # Rounded and limited here, so that the steps do not depend on the library's version.
    steps = np.round(np.clip(samples, -1.0, 32767 / 32768) * 32768).astype(np.int16)
    sf.write(out, steps, rate_hz, format=container, subtype="PCM_16")
    return out.getvalue()


def sniffed(data: bytes, who: str) -> str:
    """The container by its first bytes; anything else never reaches the decoder library.

    Raises:
        BadAudio: empty, or no kind of audio that is read.
    """
    if not data:
        raise BadAudio(f"{who} is empty (0 bytes)", hint=_AGAIN_HINT)
    container = containers.sniff(data)
    if container in ("MP4", "WebM"):
        raise BadAudio(f"{who} is {container}, which is not read", hint=_FORMATS_HINT)
    if container == "text":
        raise BadAudio(f"{who} holds text, not sound", hint=_FORMATS_HINT)
    if not container:
        raise BadAudio(f"{who} is no audio file of a known kind", hint=_FORMATS_HINT)
    return container


def _check_whole(data: bytes, container: str, who: str) -> None:
    """Refuse a file cut off in copying, where its container tells: its text would be wrong too."""
    if containers.cut_off(data, container):
        raise BadAudio(f"{who} is cut off: its end is missing", hint=_AGAIN_HINT)


def check_header(file: Any, who: str, *, longest_s: float = MAX_TAKE_S) -> None:
    """What can be refused before a sample is decoded.

    Raises:
        BadAudio: rate, channels or length are out of range.
    """
    if not MIN_RATE_HZ <= file.samplerate <= MAX_RATE_HZ:
        raise BadAudio(
            f"{who} has {file.samplerate} samples a second; "
            f"valid are {MIN_RATE_HZ} to {MAX_RATE_HZ}",
            hint="record at 44100 or 48000 Hz",
        )
    if not 1 <= file.channels <= MAX_CHANNELS:
        raise BadAudio(
            f"{who} has {file.channels} channels; valid are 1 to {MAX_CHANNELS}",
            hint="save it with one channel",
        )
    if file.frames <= 0:
        raise BadAudio(f"{who} holds no sound (0 s)", hint=_AGAIN_HINT)
    if 0 < file.frames < 1 << 62 and file.frames > longest_s * file.samplerate:
        raise too_long(who, file.frames / file.samplerate, longest_s)


def _decode(data: bytes, container: str, who: str) -> Clip:
    with containers.quiet(container), sf.SoundFile(AudioBytes(data)) as file:
        check_header(file, who)
        samples, cancelled = _read(file, who)
        if cancelled is None:
            return _clip(samples, file)
    with containers.quiet(container), sf.SoundFile(AudioBytes(data)) as file:
        return _clip(_read(file, who, channel=cancelled)[0], file)


def damaged(who: str, container: str) -> BadAudio:
    """The decoder gave up."""
    return BadAudio(f"{who} is damaged or cut off ({container})", hint=_AGAIN_HINT)


def too_long(who: str, seconds: float, longest_s: float = MAX_TAKE_S) -> BadAudio:
    """A take, or a recording to be written down, that is longer than it may be."""
    if longest_s == MAX_TAKE_S:
        what, hint = "a take", _SPLIT_HINT
    else:
        what, hint = "a recording", "cut it into parts"
    return BadAudio(
        f"{who} is {span(seconds)} long; {what} is at most {span(longest_s)}", hint=hint
    )


def not_numbers(who: str) -> BadAudio:
    """NaN or infinity among the samples."""
    return BadAudio(
        f"{who} holds values that are not numbers (NaN or infinity)",
        hint="save it again as 16-bit or 24-bit WAV from the program that made it",
    )


def _format_name(file: Any) -> str:
    if file.format == "OGG":
        return str(file.subtype)  # OPUS or VORBIS
    if file.format in ("WAVEX", "RF64"):
        return "WAV"
    return str(file.format)


def _clip(samples: Samples, file: Any) -> Clip:
    """The clip, scaled into [-1, 1]: float files and lossy decoders overshoot, cutting distorts."""
    peak = float(np.abs(samples).max())
    if peak > 1.0:
        samples = samples / np.float32(peak)
    rate_hz = int(file.samplerate)
    return Clip(samples, rate_hz, file.channels, _format_name(file), len(samples) / rate_hz)


def _read(file: Any, who: str, channel: int | None = None) -> tuple[Samples, int | None]:
    """Decode and mix block by block: neither a lying header nor eight channels cost memory.

    Returns the mean of the channels, or only `channel`; and the loudest channel where the mean
    cancels (one wire the wrong way round), else None.
    """
    limit = int(MAX_TAKE_S * file.samplerate)
    blocks: list[Samples] = []
    energy = np.zeros(file.channels)
    frames = 0
    while True:
        block = file.read(_BLOCK_FRAMES, dtype="float32", always_2d=True)  # [frames, channels]
        if not len(block):
            break
        if not np.isfinite(block).all():
            raise not_numbers(who)
        frames += len(block)
        if frames > limit:
            raise too_long(who, max(frames, file.frames) / file.samplerate)
        energy += np.square(block, dtype=np.float64).sum(axis=0)
        blocks.append(block.mean(axis=1) if channel is None else block[:, channel].copy())
    if not frames:
        raise BadAudio(f"{who} holds no sound (0 s)", hint=_AGAIN_HINT)
    samples = np.concatenate(blocks)
    mixed = float(np.square(samples, dtype=np.float64).sum())
    cancels = channel is None and mixed < 0.1 * float(energy.max())
    return samples, int(energy.argmax()) if cancels else None
