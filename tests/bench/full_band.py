# SPDX-License-Identifier: GPL-3.0-or-later
"""A voice with and without its band above 8 kHz, beside its owner; prints Markdown tables.

    python tests/bench/full_band.py --data DIR --user lj [--sizes 10,all] [--json OUT]

DIR holds users/NAME/metadata.csv with recordings of 22.05 kHz or more (default: VOICEVAULT_DATA).
A voice is trained once and exported twice: the band is the last thing personalisation adds, and
without it the same weights are the narrow voice. Both say sentences that training did not see, as
int8 files, and the owner's recordings of those sentences are the measure.

Spectra are long-term means over frames of speech, all brought to 24 kHz and to the same level.
Hisses are s, sh, f, t and their like, vowels all vowels, as the aligner finds them in the voice and
in the recordings alike.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
import personal

from voicevault import paths
from voicevault.data import highband
from voicevault.data.dataset import Utterance
from voicevault.data.features import active_frames, prepare_cut, window
from voicevault.evaluation import speed
from voicevault.evaluation.report import SPEED_TEXTS, spread
from voicevault.evaluation.similarity import SpeakerEncoder, similarity
from voicevault.runtime.align import Aligner
from voicevault.runtime.voice import Voice
from voicevault.students.shipped import load_student
from voicevault.students.tts import TtsStudent
from voicevault.text.symbols import SYMBOLS
from voicevault.training import devices
from voicevault.training.owner import prepare_one
from voicevault.training.personalise import Compute, personalise
from voicevault.training.recipe import load_recipe

BANDS_HZ = ((0, 4000), (4000, 6000), (6000, 8000), (8000, 9000), (9000, 10000), (10000, 11000))
HISSES, VOWELS = "sʃftʒzθ", "aeiouæɑɐəɚɛɜɪɔʊʌᵻ"
ESPEAK_VOICE = "en-us"
SILENCE_DB = -99.0


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Mean power of each of BANDS_HZ in dB."""

    speech: tuple[float, ...]
    hisses: tuple[float, ...]
    vowels: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """One voice."""

    user: str
    sentences: int
    recipe: str
    band: str
    spectrum: Spectrum
    similarity: float
    rtf: float
    first_audio_ms: float
    memory_mb: float
    size_mb: float


class Ear:
    """Takes of any rate to the powers of their frames."""

    def __init__(self) -> None:
        self.aligner = Aligner.load()

    def hear(self, takes: list[Utterance]) -> Spectrum:
        """The long-term spectrum of all takes together."""
        found: dict[str, list[np.ndarray]] = {"speech": [], "hisses": [], "vowels": []}
        for take in takes:
            item = prepare_one(take, self.aligner, ESPEAK_VOICE)
            wave, cut = prepare_cut(take.samples, take.rate_hz)
            if isinstance(item, str) or cut is None:
                print(f"left out {take.id}: {item}", file=sys.stderr)
                continue
            power = powers(highband.prepared_wide(take.samples, take.rate_hz, cut))  # [F, bands]
            symbol = np.repeat(item.ids, item.durations)  # [F]
            frames = min(len(power), len(symbol))
            found["speech"].append(power[: len(power)][active_frames(wave)[: len(power)]])
            for name, letters in (("hisses", HISSES), ("vowels", VOWELS)):
                wanted = np.isin(symbol[:frames], [SYMBOLS[one] for one in letters])
                found[name].append(power[:frames][wanted])
        rows = {name: np.concatenate(parts).mean(0) for name, parts in found.items()}
        return Spectrum(**{
            name: tuple(10 * np.log10(np.maximum(row, 10 ** (SILENCE_DB / 10))))
            for name, row in rows.items()
        })  # fmt: skip


def powers(wave: np.ndarray) -> np.ndarray:
    """Power of each of BANDS_HZ in each frame of a 24 kHz waveform, [F, bands]."""
    n_fft, hop = highband.N_FFT, highband.HOP
    padded = np.pad(wave, ((n_fft - hop) // 2, n_fft), mode="reflect")
    rows = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop][: len(wave) // hop]
    power = np.abs(np.fft.rfft(rows * window(n_fft), axis=1)) ** 2  # [F, bins]
    step = highband.RATE_HZ // n_fft
    return np.stack([power[:, low // step : high // step].sum(1) for low, high in BANDS_HZ], 1)


def train(
    takes: list[Utterance], recipe: str, settings: list[str], device: str
) -> tuple[TtsStudent, TtsStudent]:
    """(narrow, full) voice of these takes: one training, see the module."""
    text = (paths.recipes_dir() / f"{recipe}.toml").read_text(encoding="utf-8")
    choice = devices.choose(device)
    bundle = personalise(
        takes,
        load_recipe(text, recipe, ["band=full", *settings]),
        personal.Silent(),
        consent=personal.READERS,
        compute=Compute(choice.device, choice.dtype == "bfloat16"),
    )
    full, narrow = load_student(bundle.weights), load_student(bundle.weights)
    narrow.vocoder.high = None
    return narrow, full


class Bench:
    """One user's recordings and figures."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args, self.ear, self.encoder = args, Ear(), SpeakerEncoder.load()
        rows = personal.recordings(Path(args.data) / "users" / args.user)
        self.train, self.test = personal.split(rows, args.test, args.seed)
        self.real = self.ear.hear(self.test)

    def run(self, count: int | None) -> list[Result]:
        """Narrow and full voice of the first ``count`` sentences."""
        takes = self.train[:count]
        recipe = "tts_quick" if count else "tts_standard"
        students = train(takes, recipe, self.args.set, self.args.device)
        return [self.measure(one, takes, recipe) for one in students]

    def measure(self, student: TtsStudent, takes: list[Utterance], recipe: str) -> Result:
        """What one voice is like."""
        file = personal.small_voice(student, recipe)
        voice = Voice.load(file, threads=1)
        said = [Utterance(row.id, row.text, voice.speak(row.text), voice.rate_hz)
                for row in self.test]  # fmt: skip
        real = [self.encoder.embed(row.samples, row.rate_hz)
                for row in spread([*takes, *self.test], 40)]  # fmt: skip
        spoken = [self.encoder.embed(row.samples, row.rate_hz) for row in said]
        speeds = speed.measure(file, None, list(SPEED_TEXTS))
        return Result(
            user=self.args.user,
            sentences=len(takes),
            recipe=recipe,
            band=f"{voice.rate_hz} Hz",
            spectrum=self.ear.hear(said),
            similarity=similarity(spoken, [one for one in real if one is not None]).ratio,
            rtf=speeds.rtf,
            first_audio_ms=speeds.first_audio_ms,
            memory_mb=speeds.memory_bytes / 1e6,
            size_mb=speeds.size_bytes / 1e6,
        )


def head() -> str:
    """Of the Markdown table."""
    bands = " | ".join(f"{low // 1000}-{high // 1000} kHz" for low, high in BANDS_HZ)
    dashes = " | ".join("---" for _ in range(len(BANDS_HZ) + 7))
    return (
        f"| Voice | Frames | {bands} | Similarity ratio | RTF | First sound | Memory | File |\n"
        f"| {dashes} |"
    )


def lines(result: Result, real: Spectrum) -> list[str]:
    """Three rows: voice minus owner in dB, over all speech, hisses and vowels."""
    out = []
    for name in ("speech", "hisses", "vowels"):
        own, voice = getattr(real, name), getattr(result.spectrum, name)
        away = " | ".join(
            "silent" if said - was < -50 else f"{said - was:+.1f}"
            for said, was in zip(voice, own, strict=True)
        )
        rest = (
            f"{result.similarity:.3f} | {result.rtf:.4f} | {result.first_audio_ms:.0f} ms "
            f"| {result.memory_mb:.0f} MB | {result.size_mb:.2f} MB"
            if name == "speech"
            else " | | | | "
        )
        who = f"{result.recipe} ({result.sentences}), {result.band}" if name == "speech" else ""
        out.append(f"| {who} | {name} | {away} | {rest} |")
    return out


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", default=os.environ.get("VOICEVAULT_DATA", ""))
    parser.add_argument("--user", default="lj")
    parser.add_argument("--sizes", default="10,all", help="sentences to train on; all")
    parser.add_argument("--test", type=int, default=20, help="sentences never trained on")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--json", default="", help="also write the figures here")
    args = parser.parse_args(argv)
    if not args.data:
        parser.error("--data or VOICEVAULT_DATA has to name the folder with users/")
    return args


def main(argv: list[str] | None = None) -> list[Result]:
    """Run all rows; each is printed as soon as it is known."""
    args = parse(argv)
    bench = Bench(args)
    own = bench.real.speech
    print("owner, dB:", " ".join(f"{level:.1f}" for level in own), flush=True)
    print(head(), flush=True)
    results = []
    for size in args.sizes.split(","):
        for result in bench.run(None if size == "all" else int(size)):
            results.append(result)
            print("\n".join(lines(result, bench.real)), flush=True)
    if args.json:
        body: dict[str, Any] = {
            "owner": asdict(bench.real),
            "voices": [asdict(one) for one in results],
        }
        Path(args.json).write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")
    return results


if __name__ == "__main__":
    main(sys.argv[1:])
