# SPDX-License-Identifier: GPL-3.0-or-later
"""A recording at another pitch: melody moves, throat and times stay, held-out names stay held."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from voicevault.data.features import HOP
from voicevault.data.pitch import pitch
from voicevault.training.base.listening import Shelves
from voicevault.training.base.pitching import HIGHEST_HZ, LOWEST_HZ, at_pitch, pitch_shelves
from voicevault.training.corpus import Corpus

RATE_HZ = 16_000


def vowel(f0_hz: float, swing: float = 0.0) -> np.ndarray:
    """Harmonics under a formant at 1600 Hz; pitch swings by that share of itself; 1 s, [S]."""
    time_s = np.arange(RATE_HZ) / RATE_HZ
    f0 = f0_hz * np.exp(swing * np.sin(2 * np.pi * 3 * time_s))
    phase = 2 * np.pi * np.cumsum(f0) / RATE_HZ
    wave = np.zeros(RATE_HZ)
    for k in range(1, int(7000 / f0_hz)):
        wave += (np.exp(-(((k * f0_hz - 1600) / 300) ** 2)) + 0.6 / k) * np.sin(k * phase)
    return (0.1 * wave).astype(np.float32)


def log_f0(wave: np.ndarray) -> np.ndarray:
    values, voiced = pitch(wave)
    return np.asarray(values[voiced > 0])


def formant_hz(wave: np.ndarray) -> float:
    """Centre of the energy between 800 and 3000 Hz."""
    spectrum = np.abs(np.fft.rfft(wave)) ** 2
    hz = np.fft.rfftfreq(len(wave), 1 / RATE_HZ)
    near = (hz > 800) & (hz < 3000)
    return float((hz[near] * spectrum[near]).sum() / spectrum[near].sum())


@pytest.mark.parametrize("wanted_hz", [95.0, 190.0])
def test_pitch_moves_and_throat_and_length_stay(wanted_hz: float) -> None:
    wave = vowel(130.0)
    other = at_pitch(wave, wanted_hz, 1.0)
    assert other is not None
    assert len(other) == len(wave)
    assert np.exp(np.median(log_f0(other))) == pytest.approx(wanted_hz, rel=0.03)
    assert formant_hz(other) == pytest.approx(formant_hz(wave), rel=0.06)
    assert np.array_equal(other, at_pitch(wave, wanted_hz, 1.0))


def test_the_melody_gets_wider() -> None:
    wave = vowel(130.0, swing=0.12)
    wide, narrow = at_pitch(wave, 130.0, 1.5), at_pitch(wave, 130.0, 0.6)
    assert wide is not None
    assert narrow is not None
    own = np.std(log_f0(wave))
    assert np.std(log_f0(wide)) == pytest.approx(1.5 * own, rel=0.15)
    assert np.std(log_f0(narrow)) == pytest.approx(0.6 * own, rel=0.15)


def test_wild_wishes_end_and_stay_human() -> None:
    wave = vowel(130.0, swing=0.2)
    low = at_pitch(wave, 10.0, 1.6)
    assert low is not None
    assert np.exp(log_f0(low).min()) > LOWEST_HZ * 0.9
    high = at_pitch(wave, 2000.0, 1.6)
    assert high is not None
    middle = (log_f0(high).min() + log_f0(high).max()) / 2
    assert np.exp(middle) == pytest.approx(130.0 * 1.7, rel=0.1)
    assert np.exp(log_f0(high).max()) < HIGHEST_HZ * 1.1
    wider = at_pitch(vowel(130.0, swing=0.5), 130.0, 6.0)  # Praat's "Change gender" never ends here
    assert wider is not None


def test_silence_has_no_pitch() -> None:
    assert at_pitch(np.zeros(RATE_HZ, np.float32), 120.0, 1.0) is None


def test_shelves_keep_text_times_and_whose_voice_it_was(tmp_path: Path) -> None:
    waves = [vowel(130.0), vowel(200.0), np.zeros(RATE_HZ, np.float32)]
    frames = RATE_HZ // HOP
    np.concatenate([(w * 30_000).astype("<i2") for w in waves]).tofile(tmp_path / "wave.i16")
    records = [
        {"speaker": name, "text": f"text {n}", "ids": [1, 7, 2], "start": n * frames,
         "frames": frames}
        for n, name in enumerate(("libri-1", "libri-2", "libri-1"))
    ]  # fmt: skip
    records.append(records[0] | {"speaker": "libri-1*0.9"})
    corpus = SimpleNamespace(
        folder=tmp_path,
        records=records,
        speakers=sorted({r["speaker"] for r in records}),
        alignments=[[0, frames, 0], None, None, [0, frames, 0]],
    )
    for _ in range(2):  # the second call finds them made
        pitch_shelves(tmp_path, cast(Corpus, corpus), {"libri-": 2, "nobody": 1})
    names = ["pitched-libri-000", "pitched-libri-001"]
    assert sorted(path.stem for path in tmp_path.glob("pitched-*.json")) == names
    shelves = Shelves([tmp_path / name for name in names])
    assert [(r.speaker, r.text) for r in shelves.records] == [
        ("libri-1*pitch0", "text 0"),
        ("libri-2*pitch0", "text 1"),
        ("libri-1*pitch1", "text 0"),
        ("libri-2*pitch1", "text 1"),
    ]
    assert shelves.records[0].phones == [1, 7, 2]
    assert shelves.records[0].durations == [0, frames, 0]
    assert shelves.records[1].phones == []
    assert abs(len(shelves.features(0)) - 100) <= 2
    assert not np.array_equal(shelves.features(0), shelves.features(2))
