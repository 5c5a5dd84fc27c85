# SPDX-License-Identifier: GPL-3.0-or-later
"""What listening costs: an hour through `transcribe`, minutes of speech through `dictate`.

    python tests/bench/listening.py [--minutes 60] [--dictated 3] [--packed DIR] [--out FILE]

DIR holds asr.onnx, asr_tokens.txt and asr_words.txt.gz of a trained recogniser; without it a tiny
network of random weights listens, which costs about nothing, so that what is left is our own code.
The speech is made up. Dictation is not played in real time: its delay is the sound that it waited
for after the last word, plus the processor time of hearing. Peak memory is the process's, resident.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
sys.path.append(str(Path(__file__).resolve().parent.parent))

import numpy as np
import toy_listening

from voicevault.audio import stream
from voicevault.audio.capture import BLOCK
from voicevault.audio.vad import FRAME_MS, detect
from voicevault.dictation import Dictation
from voicevault.runtime import transcript
from voicevault.runtime.recognise import MODEL, TOKENS, WORDS, Recogniser
from voicevault.runtime.words import read_words

RATE_HZ = 16_000
PHRASES_S = (2.0, 4.0, 7.0, 3.0, 11.0, 5.0)


def main() -> None:
    """Measure both and print them."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=int, default=60)
    options.add_argument("--dictated", type=int, default=3)
    options.add_argument("--packed", type=Path)
    options.add_argument("--out", type=Path, default=Path("an-hour.wav"))
    given = options.parse_args()
    recogniser = _recogniser(given.packed)
    minute = np.concatenate([toy_listening.talk(*PHRASES_S, seed=n) for n in range(2)])
    minute = minute[: 60 * RATE_HZ]
    _dictate(recogniser, np.concatenate([minute] * given.dictated))
    _write(given.out, minute, given.minutes)
    try:
        _transcribe(recogniser, given.out)
    finally:
        given.out.unlink()


def _recogniser(packed: Path | None) -> Recogniser:
    if packed is None:
        return Recogniser(*toy_listening.exported())
    words = read_words((packed / WORDS).read_bytes())
    tokens = (packed / TOKENS).read_text("utf-8")
    return Recogniser((packed / MODEL).read_bytes(), tokens, words=words)


def _dictate(recogniser: Recogniser, sound: np.ndarray) -> None:
    taken = 0

    def blocks() -> Iterator[np.ndarray]:
        nonlocal taken
        for taken in range(0, len(sound), BLOCK):
            yield sound[taken : taken + BLOCK]

    spoken_s = (np.flatnonzero(detect(sound, RATE_HZ).speech) + 1) * FRAME_MS / 1000
    began_s, delays, shown = time.process_time(), [], []
    for phrase in Dictation(recogniser, clock=time.process_time).listen(blocks()):
        if not phrase.final:
            shown.append(phrase.hearing_s)
        else:
            now_s = (taken + BLOCK) / RATE_HZ
            end_s = spoken_s[spoken_s <= now_s].max()
            delays.append(now_s - end_s + phrase.hearing_s)
    share = (time.process_time() - began_s) / (len(sound) / RATE_HZ)
    print(
        f"dictate: {len(sound) / RATE_HZ:.0f} s, {len(delays)} phrases, {len(shown)} looks before; "
        f"delay after the last word {statistics.median(delays):.2f} s (most {max(delays):.2f}); "
        f"a look {1000 * statistics.median(shown):.0f} ms (most {1000 * max(shown):.0f}); "
        f"{100 * share:.1f} % of a core",
        flush=True,
    )


def _write(path: Path, minute: np.ndarray, minutes: int) -> None:
    import soundfile

    with soundfile.SoundFile(path, "w", RATE_HZ, 1, "PCM_16") as file:
        for _ in range(minutes):
            file.write(minute)


def _transcribe(recogniser: Recogniser, path: Path) -> None:
    before_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    began_s, words, first_mb = time.process_time(), 0, 0.0
    with stream.opened(path) as recording:
        for heard in transcript.transcribe(recording.blocks(), recogniser):
            words += len(heard)
            first_mb = first_mb or (
                resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
                if heard[0].start_ms > 300_000
                else 0.0
            )
        length_s = recording.duration_s
    used_s = time.process_time() - began_s
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"transcribe: {length_s / 60:.0f} min, {words} words in {used_s:.0f} s of one core "
        f"({used_s / length_s:.4f} of real time); memory {before_mb:.0f} MB before, "
        f"{first_mb:.0f} MB after five minutes, {peak_mb:.0f} MB at the end"
    )


if __name__ == "__main__":
    main()
