# SPDX-License-Identifier: GPL-3.0-or-later
"""A microphone that is open, as blocks at the rate that a recogniser hears, until it is gone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import soxr

from voicevault.audio.capture import Stream
from voicevault.audio.files import Samples
from voicevault.errors import BadAudio

RATE_HZ = 16_000
BLOCK_S = 0.1
"""What came is asked for so often: fast enough for words that show while they are said."""


def blocks(
    stream: Stream, stop: Callable[[], bool] = lambda: False, *, wait_s: float = BLOCK_S
) -> Iterator[Samples]:
    """Mono blocks [n] at 16 kHz, about a tenth of a second each, until `stop` says so.

    Samples that were lost (see `capture.Heard`) leave a gap: words are missed, nothing else.

    Raises:
        BadAudio: the microphone is gone; all that it gave came before.
    """
    resampler = soxr.ResampleStream(stream.rate_hz, RATE_HZ, 1, dtype="float32")
    while not stop():
        heard = stream.read()
        if len(heard.samples):
            yield resampler.resample_chunk(heard.samples)
        elif stream.alive:
            time.sleep(wait_s)
        else:
            yield resampler.resample_chunk(heard.samples, last=True)
            raise BadAudio("the microphone is gone", hint="connect it again, or choose another one")
