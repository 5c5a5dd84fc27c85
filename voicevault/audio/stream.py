# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings of any length, block by block: mono at 16 kHz, in memory that does not grow.

What `audio.files` refuses in a take is wanted here: hours of sound, and a file whose end is missing
still holds what was said before it.
"""

from __future__ import annotations

import contextlib
import io
import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np
import soundfile as sf
import soxr

from voicevault.audio import containers, files, opus
from voicevault.audio.files import Samples, named
from voicevault.errors import BadAudio

RATE_HZ = 16_000
MAX_S = 24 * 3600.0
_BLOCK_S = 2
_CANCELS = 0.1
"""Of the loudest channel's energy: with less in the mean, one wire is the wrong way round."""


class Recording:
    """An open file of sound. Use `opened`; `blocks` goes through it once."""

    def __init__(self, file: files.AudioFile, name: str) -> None:
        self.name = name
        self._file, self._mended = file, False
        head = file.read(64)
        file.seek(0)
        self._container = files.sniffed(head, name)
        self._sound = self._open(file)
        files.check_header(self._sound, name, longest_s=MAX_S)
        self.rate_hz, self.channels = int(self._sound.samplerate), int(self._sound.channels)
        promised = int(self._sound.frames)
        self.frames = promised if promised < 1 << 62 else 0  # written into a pipe: nobody knows
        self.complete = not self._cut_off()
        """Whether the end is there; known for good once `blocks` has ended."""
        self._energy = np.zeros(self.channels)
        self._mixed_energy = 0.0

    @property
    def duration_s(self) -> float:
        """As the header says; once `blocks` has ended, as long as it was."""
        return self.frames / self.rate_hz

    def blocks(self) -> Iterator[Samples]:
        """Samples [n] of about two seconds each, until the end or the first damage.

        Raises:
            BadAudio: nothing can be read, or it holds values that are no numbers.
        """
        stream = soxr.ResampleStream(self.rate_hz, RATE_HZ, 1, dtype="float32")
        read = 0
        while len(block := self._read(read)):
            if not np.isfinite(block).all():
                raise files.not_numbers(self.name)
            read += len(block)
            if read > MAX_S * self.rate_hz:
                raise files.too_long(self.name, read / self.rate_hz, MAX_S)
            yield self._resampled(stream, self._mono(block))
        if not read:
            raise files.damaged(self.name, self._container)
        self.complete = self.complete and read >= 0.99 * self.frames
        self.frames = read
        yield self._resampled(stream, np.zeros(0, np.float32), last=True)

    def close(self) -> None:
        """Let go of the decoder."""
        self._sound.close()

    def _resampled(self, stream: Any, mono: Samples, *, last: bool = False) -> Samples:
        if self.rate_hz == RATE_HZ:
            return mono
        return cast(Samples, stream.resample_chunk(mono, last))

    def _open(self, file: Any) -> Any:
        try:
            with containers.quiet(self._container):
                return sf.SoundFile(file)
        except (sf.LibsndfileError, RuntimeError) as error:
            raise files.damaged(self.name, self._container) from error

    def _read(self, done: int) -> Samples:
        """The next [frames, channels], empty at the end; `done` frames came before."""
        try:
            with containers.quiet(self._container):
                return self._next()
        except (sf.LibsndfileError, RuntimeError):
            if self._mend(done):
                return self._read(done)
            self.complete = False
            return np.zeros((0, self.channels), np.float32)

    def _next(self) -> Samples:
        block: Samples = self._sound.read(_BLOCK_S * self.rate_hz, dtype="float32", always_2d=True)
        return block

    def _mend(self, done: int) -> bool:
        """Go on from the same place in a copy with a whole clock, where only that was wrong."""
        size = self._file.seek(0, io.SEEK_END)
        self._file.seek(0)
        if self._mended or self._container != "OGG" or size > files.MAX_FILE_BYTES:
            return False
        self._mended = True
        whole = opus.mended(self._file.readall())
        if whole is None:
            return False
        self._sound.close()
        self._sound = self._open(files.AudioBytes(whole))
        with contextlib.suppress(sf.LibsndfileError, RuntimeError):
            while done > 0 and len(block := self._sound.read(min(done, RATE_HZ), always_2d=True)):
                done -= len(block)
        return done == 0

    def _mono(self, block: Samples) -> Samples:
        """The mean of the channels, or the loudest one where they cancel each other."""
        if self.channels == 1:
            return np.ascontiguousarray(block[:, 0])
        mixed = block.mean(axis=1)
        self._energy += np.square(block, dtype=np.float64).sum(axis=0)
        self._mixed_energy += float(np.square(mixed, dtype=np.float64).sum())
        if self._mixed_energy < _CANCELS * float(self._energy.max()):
            mixed = block[:, int(self._energy.argmax())].copy()
        return cast(Samples, mixed.astype(np.float32, copy=False))

    def _cut_off(self) -> bool:
        """Asked of the bytes where they lie on the disk: the file is not read for it."""
        with mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ) as view:
            return containers.cut_off(cast(bytes, view), self._container)


@contextmanager
def opened(path: Path) -> Iterator[Recording]:
    """The recording at `path`, checked by its header.

    Raises:
        BadAudio: no file, not audio, empty, or longer than a day.
    """
    who = named(path.name)
    if not path.is_file():
        raise BadAudio(f"{named(str(path))} is no file", hint="name a recording")
    try:
        file = files.AudioFile(path, "rb")
    except OSError as error:
        raise BadAudio(
            f"{who} cannot be read: {error.strerror}", hint="check its permissions"
        ) from error
    with file:
        recording = Recording(file, who)
        try:
            yield recording
        finally:
            recording.close()
