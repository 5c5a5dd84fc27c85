# SPDX-License-Identifier: GPL-3.0-or-later
"""The README's picture: one sentence, above as its owner recorded it, below as the voice says it.

    python tests/bench/picture.py --data DIR --out docs/pictures/recording-and-voice.png

The owner is users/lj (LJ Speech, public domain); the sentence is one that training did not see.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np
from personal import at_16k, recordings, split, train_voice

from voicevault.data.features import log_mel, prepare
from voicevault.evaluation.pictures import coloured, png
from voicevault.runtime.voice import Voice

SCALE = 3  # pixels a mel band; a column is 12.5 ms
RANGE = 9.0  # nats from black to white


def strip(wave: np.ndarray, rate_hz: int) -> np.ndarray:
    """[H, W, 3] spectrogram of a waveform, low bands below."""
    mel = log_mel(prepare(wave, rate_hz))
    scaled = (mel - (mel.max() - RANGE)) / RANGE
    return np.repeat(coloured(scaled.T[::-1]), SCALE, axis=0)


def main() -> None:
    """Train on the LJ sentences, say an unseen one, and draw both."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", default=os.environ.get("VOICEVAULT_DATA", ""))
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    train, test = split(recordings(Path(args.data) / "users" / "lj"), 20, 0)
    speaker = Voice.load(train_voice(train, "tts_standard", [], "cpu"), threads=1)
    chosen = min(test, key=lambda row: abs(len(row.samples) / row.rate_hz - 6.0))
    strips = [
        strip(at_16k([chosen])[0], 16_000),
        strip(speaker.speak(chosen.text), speaker.rate_hz),
    ]
    width = max(s.shape[1] for s in strips)
    rows = [np.pad(s, ((0, 8), (0, width - s.shape[1]), (0, 0))) for s in strips]
    args.out.write_bytes(png(np.repeat(np.concatenate(rows)[:-8], 2, axis=1)))
    print(chosen.text)


if __name__ == "__main__":
    main()
