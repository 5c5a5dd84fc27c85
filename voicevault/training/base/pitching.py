# SPDX-License-Identifier: GPL-3.0-or-later
"""The same recording at another pitch: copies of a corpus whose larynx and melody are others'.

Bending the features moves formants, but harmonics stay where the reader's larynx put them, and with
few readers a recogniser learns those few. Praat's PSOLA sets another pitch and another range of it;
times stay, and so do alignments. Throats are left to ``augment``, where no two are alike.

Shapes: S samples, T feature frames of 10 ms.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from voicevault.data.fbank import kaldi_fbank
from voicevault.data.features import HOP, RATE_HZ, FloatArray
from voicevault.data.pitch import CEILING_HZ, FLOOR_HZ
from voicevault.training.base.listening import Spoken, write_shelf
from voicevault.training.corpus import Corpus
from voicevault.training.pseudo import same_draws

_MEANS_HZ = (80.0, 280.0)
_FURTHEST = 1.7
"""Factor of the pitch; PSOLA beyond it is no longer a person."""
_RANGES = (0.6, 1.6)
_WAVER = 0.06
"""Spread of the natural log of a voice's mean from sentence to sentence."""
LOWEST_HZ, HIGHEST_HZ = 55.0, 500.0
"""Beyond these no pitch is set, however wide the melody."""
_STEP_S = 0.01


def at_pitch(samples: FloatArray, mean_hz: float, width: float) -> FloatArray | None:
    """Samples [S] at 16 kHz with that mean pitch, excursions ``width`` times as wide.

    None where nothing is voiced. A mean further than a factor of 1.7 away is not gone to.
    """
    import parselmouth

    sound = parselmouth.Sound(samples.astype(np.float64), RATE_HZ)
    work = parselmouth.praat.call(sound, "To Manipulation", _STEP_S, FLOOR_HZ, CEILING_HZ)
    tier = parselmouth.praat.call(work, "Extract pitch tier")
    if not parselmouth.praat.call(tier, "Get number of points"):
        return None
    own = parselmouth.praat.call(tier, "Get mean (points)", 0, 0)
    wanted = float(np.clip(mean_hz, own / _FURTHEST, own * _FURTHEST))
    # A power keeps every pitch above zero; Praat's own "Change gender" does not, and never ends.
    formula = f"min({HIGHEST_HZ}, max({LOWEST_HZ}, {wanted} * (self / {own}) ^ {width}))"
    parselmouth.praat.call(tier, "Formula", formula)
    parselmouth.praat.call([work, tier], "Replace pitch tier")
    with same_draws():
        moved = parselmouth.praat.call(work, "Get resynthesis (overlap-add)")
    out: FloatArray = moved.values[0].astype(np.float32)
    return out


def pitched(corpus: Corpus, speakers: list[str], seed: int) -> Iterator[tuple[FloatArray, Spoken]]:
    """Features [T, 80] and records of each recording of ``speakers``, each at one new pitch."""
    random = np.random.default_rng((seed, 79))
    low, high = np.log(_MEANS_HZ)
    voices = {name: (random.uniform(low, high), random.uniform(*_RANGES)) for name in speakers}
    waves = np.memmap(corpus.folder / "wave.i16", "<i2", "r")
    alignments = corpus.alignments or [None] * len(corpus)
    for record, found in zip(corpus.records, alignments, strict=True):
        if record["speaker"] not in voices:
            continue
        mean, width = voices[record["speaker"]]
        start = record["start"] * HOP
        samples = waves[start : start + record["frames"] * HOP].astype(np.float32) / 32768.0
        moved = at_pitch(samples, float(np.exp(mean + random.normal(0.0, _WAVER))), width)
        if moved is not None:
            name = f"{record['speaker']}*pitch{seed}"
            phones = record["ids"] if found is not None else []
            sound = kaldi_fbank(np.clip(moved, -1.0, 1.0))
            yield sound, Spoken(record["text"], name, 0, 0, phones, found or [])


def pitch_shelves(folder: Path, corpus: Corpus, shelves: Mapping[str, int]) -> None:
    """Make the shelves ``pitched-PREFIX-NNN`` that are not there yet; the number is the seed.

    Args:
        folder: where they go.
        corpus: what is spoken.
        shelves: beginning of a speaker's name -> how many times that speech is wanted.
    """
    recorded = [name for name in corpus.speakers if "*" not in name]
    for prefix, count in shelves.items():
        speakers = [name for name in recorded if name.startswith(prefix)]
        for number in range(count if speakers else 0):
            path = folder / f"pitched-{prefix.rstrip('-')}-{number:03d}"
            if not path.with_suffix(".json").exists():
                made, hours = write_shelf(path, pitched(corpus, speakers, number))
                print(f"{path.name}: {made} utterances, {hours * 60:.1f} min", flush=True)
