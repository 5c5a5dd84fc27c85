# SPDX-License-Identifier: GPL-3.0-or-later
"""Synthetic speech for the recogniser: the shipped voices, and voices between them, read texts.

It teaches spelling over a vocabulary that no small corpus of recordings has; recordings teach what
people sound like. Each shelf has its own seed, so that rendering can stop and go on anywhere.

Shapes: S samples, T feature frames, G speaker vector, V voices.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from voicevault.data.fbank import kaldi_fbank
from voicevault.data.features import RATE_HZ, SPEECH_RMS, FloatArray
from voicevault.students.tts import TtsStudent
from voicevault.text.frontend import utterance_phonemes
from voicevault.text.symbols import framed_ids
from voicevault.training.base.listening import Spoken, write_shelf
from voicevault.training.base.sentences import SentenceMaker

UTTERANCES = 400
"""On a shelf: about half an hour."""
SPEAKER = "invented"
_BLENDED = 0.75
_LONGEST_S = 17.0


def voice_between(speakers: Tensor, random: np.random.Generator) -> Tensor:
    """One of the vectors [V, G], or a blend of two that may reach a little beyond them; [1, G]."""
    first, second = (speakers[int(random.integers(len(speakers)))] for _ in range(2))
    share = random.uniform(-0.2, 1.2) if random.random() < _BLENDED else 1.0
    return (share * first + (1.0 - share) * second)[None]


def render(
    student: TtsStudent, speakers: Tensor, maker: SentenceMaker, seed: int
) -> Iterator[tuple[FloatArray, Spoken]]:
    """Features and records of one shelf; the same arguments give the same shelf."""
    random = np.random.default_rng((seed, 77))
    torch.manual_seed(seed)
    for _ in range(UTTERANCES):
        text = maker.draw(random)
        ids = framed_ids(utterance_phonemes(text))
        with torch.inference_mode():
            wave, durations = student.speak(
                torch.tensor([ids]),
                speaker=voice_between(speakers, random),
                noise_scale=float(random.choice((0.667, 0.8))),
                noise_w=float(random.choice((0.667, 0.8))),
                length_scale=float(random.uniform(0.85, 1.25)),
            )
        samples = wave.numpy()
        samples = samples * (SPEECH_RMS / max(float(np.sqrt(np.mean(samples**2))), 1e-5))
        if len(samples) > _LONGEST_S * RATE_HZ or not np.isfinite(samples).all():
            continue
        features = kaldi_fbank(np.clip(samples, -1.0, 1.0))
        yield features, Spoken(text, SPEAKER, 0, 0, ids, [int(d) for d in durations])


def render_shelves(
    folder: Path,
    student: TtsStudent,
    speakers: Tensor,
    texts: Sequence[str],
    numbers: Sequence[int],
) -> None:
    """Render the shelves ``invented-NNN`` that are not there yet."""
    maker = SentenceMaker(texts)
    for number in numbers:
        path = folder / f"invented-{number:03d}"
        if not path.with_suffix(".json").exists():
            count, hours = write_shelf(path, render(student, speakers, maker, number))
            print(f"{path.name}: {count} utterances, {hours * 60:.1f} min", flush=True)
