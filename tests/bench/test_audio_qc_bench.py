# SPDX-License-Identifier: GPL-3.0-or-later
"""Verdicts on real recordings: as they are, with other texts, and in noise. Prints the tables.

    VOICEVAULT_DATA=... python -m pytest -m bench -s tests/bench/test_audio_qc_bench.py

Needs `users/*/metadata.csv` and `noise/*` in that folder. Not part of the default run.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from voicevault import paths
from voicevault.audio import vad
from voicevault.audio.files import AUDIO_SUFFIXES, decode, load, resample
from voicevault.audio.qc import TextCheck, judge
from voicevault.data.features import prepare
from voicevault.data.ljspeech import read_folder
from voicevault.errors import BadAudio
from voicevault.runtime.align import Aligner
from voicevault.text.frontend import utterance_phonemes

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]

NOISES = ("rain", "helicopter", "fire-crackling", "clock-tick", "dog-bark")


@dataclass(frozen=True)
class Spoken:
    samples: np.ndarray
    rate_hz: int
    text: str


@pytest.fixture(scope="module")
def data() -> Path:
    named = os.environ.get("VOICEVAULT_DATA", "")
    if not named:
        pytest.skip("VOICEVAULT_DATA names no folder of recordings")
    return Path(named)


@pytest.fixture(scope="module")
def readers(data: Path) -> dict[str, list[Spoken]]:
    found = {}
    for folder in sorted(one.parent for one in (data / "users").glob("*/metadata.csv")):
        rows = read_folder(folder).rows
        clips = [(decode(load(one.path)), one.text) for one in rows]
        found[folder.name] = [Spoken(clip.samples, clip.rate_hz, text) for clip, text in clips]
    return found


@pytest.fixture(scope="module")
def check() -> TextCheck:
    if not (paths.base_dir() / "aligner.onnx").is_file():
        pytest.skip("the aligner is not built yet")
    return TextCheck(Aligner.load(), utterance_phonemes, prepare)


def shares(label: str, takes: Iterable[Spoken], check: TextCheck | None = None) -> dict[str, float]:
    verdicts = [judge(one.samples, one.rate_hz, one.text, check=check) for one in takes]
    status = Counter(one.status for one in verdicts)
    reasons = Counter(one.reason.value for one in verdicts)
    got = {name: status[name] / len(verdicts) for name in ("keep", "keep_but", "redo")}
    row = "  ".join(f"{name} {share:4.0%}" for name, share in got.items())
    print(f"{label:28}{len(verdicts):4} takes  {row}  {dict(reasons.most_common(4))}")
    return got


def test_real_readers_are_kept(readers: dict[str, list[Spoken]]) -> None:
    print()
    for name, takes in readers.items():
        assert shares(name, takes)["redo"] == 0


def test_words(readers: dict[str, list[Spoken]], check: TextCheck) -> None:
    """The right text is nearly always let pass, another one never without a word."""
    print()
    for name, every in readers.items():
        takes = every[:40]
        near = sorted(takes, key=lambda one: len(one.text))
        others = [near[min(i + 1, len(near) - 1)].text for i in range(len(near))]
        others[-1] = near[-2].text
        assert shares(f"{name} right text", takes, check)["redo"] <= 0.03
        wrong = [replace(one, text=text) for one, text in zip(near, others, strict=True)]
        assert shares("  another text", wrong, check)["keep"] <= 0.05
        more = [
            replace(one, text=f"{one.text} {' '.join(text.split()[:4])}")
            for one, text in zip(near, others, strict=True)
        ]
        shares("  four words not said", more, check)
        less = [replace(one, text=" ".join(one.text.split()[:-3])) for one in near]
        shares("  three words beyond it", less, check)


def test_noise(data: Path, readers: dict[str, list[Spoken]]) -> None:
    print()
    rng = np.random.default_rng(0)
    pool = [one for takes in readers.values() for one in takes[:12]]
    for kind in NOISES:
        noises = list(_noises(data / "noise" / kind))
        for snr_db in (20, 10, 5, 0):
            mixed = [_mix(one, noises[rng.integers(len(noises))], snr_db) for one in pool]
            got = shares(f"{kind} at {snr_db} dB", mixed)
            assert got["redo"] <= 0.05 or snr_db == 0
            assert got["redo"] >= 0.6 or (kind, snr_db) != ("rain", 0)


def _noises(folder: Path) -> Iterable[np.ndarray]:
    for path in sorted(folder.iterdir()):
        if path.suffix in AUDIO_SUFFIXES:
            try:
                clip = decode(load(path))
            except BadAudio:
                continue
            yield resample(clip.samples, clip.rate_hz, vad.RATE_HZ)


def _mix(one: Spoken, noise: np.ndarray, snr_db: float) -> Spoken:
    """`noise` under the voice, relative to the level of its speech."""
    voice = resample(one.samples, one.rate_hz, vad.RATE_HZ)
    noise = np.tile(noise, len(voice) // len(noise) + 1)[: len(voice)]
    noise_db = 10 * np.log10(np.mean(noise.astype(np.float64) ** 2) + 1e-12)
    gain = 10 ** ((vad.detect(voice, vad.RATE_HZ).speech_dbfs - snr_db - noise_db) / 20)
    mixed = voice + gain * noise
    mixed = (mixed / max(1.0, float(np.abs(mixed).max()))).astype(np.float32)
    return Spoken(mixed, vad.RATE_HZ, one.text)
