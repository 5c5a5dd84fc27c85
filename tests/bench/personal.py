# SPDX-License-Identifier: GPL-3.0-or-later
"""The main road measured on recordings of people the base never heard; prints a Markdown table.

    python tests/bench/personal.py --data DIR --users libri-1462,libri-1272,lj [--json OUT]

DIR holds users/NAME/metadata.csv with recordings (default: VOICEVAULT_DATA); DIR/models/dnsmos, if
it is there, gives the MOS column. For each user and each amount of speech: sentences are split by
a seed, a voice is trained and exported as int8, and says sentences that were never trained on. The
same judge hears the recordings of those very sentences.

Likeness is measured against all recordings of the user that training used or the test holds, 40
at most: sessions of one person differ (cosines down to 0.65 between LibriSpeech chapters), and the
owner is all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

# As in the product's worker: threads that spin while they wait stand in each other's way.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np

from voicevault import paths
from voicevault.audio.files import decode, load, resample
from voicevault.consents.record import PublishedSpeech
from voicevault.data.dataset import Utterance
from voicevault.data.ljspeech import read_folder
from voicevault.evaluation import speed
from voicevault.evaluation.bootstrap import ratio_interval
from voicevault.evaluation.judge import Heard, pooled_wer
from voicevault.evaluation.quick import Scorer
from voicevault.evaluation.report import SPEED_TEXTS, spread
from voicevault.export import onnx as onnx_export
from voicevault.export import piper
from voicevault.export.info import VoiceInfo
from voicevault.export.quantise import quantise
from voicevault.runtime.voice import Voice
from voicevault.students.shipped import load_student
from voicevault.students.tts import TtsStudent
from voicevault.text.prompts import prompts
from voicevault.training import devices
from voicevault.training.personalise import Compute, personalise
from voicevault.training.recipe import load_recipe

RATE_HZ = 16_000
FIGURES = 3  # digits behind the point in the JSON


@dataclass(frozen=True, slots=True)
class Result:
    """One row of the table."""

    user: str
    sentences: int
    speech_s: float
    recipe: str
    train_s: float
    train_cpu_s: float
    wer: float
    wer_real: float
    wer_excess_low: float
    wer_excess_high: float
    harder: float
    harder_real: float
    similarity: float
    cosine: float
    cosine_real: float
    mos: float
    mos_real: float
    rtf: float
    first_audio_ms: float
    memory_mb: float
    size_mb: float
    tested: int


READERS = PublishedSpeech(
    "LibriSpeech and LJ Speech, users of the bench", "CC BY 4.0, public domain"
)


class Silent:
    """A context that nobody listens to."""

    def emit(self, event: Any) -> None: ...

    def put_blob(self, name: str, data: bytes, meta: dict[str, Any]) -> None: ...

    def stopping(self) -> bool:
        return False


def recordings(folder: Path) -> list[Utterance]:
    """All sentences of one user, decoded."""
    out = []
    for row in read_folder(folder).rows:
        clip = decode(load(row.path), name=row.id)
        out.append(Utterance(row.id, row.text, clip.samples, clip.rate_hz))
    return out


def split(rows: list[Utterance], tested: int, seed: int) -> tuple[list[Utterance], list[Utterance]]:
    """(train, test), by text: a sentence read twice never stands on both sides."""
    order = np.random.default_rng(seed).permutation(len(rows))
    test_texts = {rows[at].text for at in order[:tested]}
    test = [row for row in rows if row.text in test_texts]
    return [rows[at] for at in order if rows[at].text not in test_texts], test


def at_16k(rows: list[Utterance]) -> list[np.ndarray]:
    return [resample(row.samples, row.rate_hz, RATE_HZ) for row in rows]


def train_voice(
    train: list[Utterance], recipe_name: str, settings: list[str], device: str
) -> bytes:
    """The int8 voice file of these sentences."""
    text = (paths.recipes_dir() / f"{recipe_name}.toml").read_text(encoding="utf-8")
    choice = devices.choose(device)
    bundle = personalise(
        train,
        load_recipe(text, recipe_name, settings),
        Silent(),
        consent=READERS,
        compute=Compute(choice.device, choice.dtype == "bfloat16"),
    )
    return small_voice(load_student(bundle.weights), recipe_name)


def small_voice(student: TtsStudent, recipe_name: str) -> bytes:
    """The int8 file of a trained student."""
    info = VoiceInfo(
        "bench", recipe=recipe_name, sample_rate_hz=student.rate_hz, hop_length=student.hop
    )
    return piper.with_metadata(quantise(onnx_export.voice_onnx(student, {}))[0], info)


def cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Bench:
    """One user's judges, real figures and rows."""

    def __init__(self, args: argparse.Namespace, user: str) -> None:
        self.args, self.user = args, user
        rows = recordings(Path(args.data) / "users" / user)
        self.train, self.test = split(rows, args.test, args.seed)
        texts = [row.text for row in self.test]
        pool = [row.text for row in rows] + [one.text for one in prompts()]
        dnsmos = Path(args.data) / "models" / "dnsmos"
        self.scorer = Scorer(texts, pool, dnsmos=str(dnsmos) if dnsmos.is_dir() else None)
        self.waves = at_16k(self.test)
        items = list(zip(texts, self.waves, strict=True))
        self.real = self.scorer.heard(items)
        self.real_harder = self.scorer.heard(items, "harder")
        self.real_mos = self.scorer.dnsmos(self.waves)

    def run(self, count: int | None) -> Result:
        train = self.train[:count]
        recipe = self.args.recipe or ("tts_quick" if count else "tts_standard")
        at, at_cpu = time.perf_counter(), cpu_s()
        voice = train_voice(train, recipe, self.args.set, self.args.device)
        took, used = time.perf_counter() - at, cpu_s() - at_cpu
        speaker = Voice.load(voice, threads=1)
        said = [resample(speaker.speak(row.text), speaker.rate_hz, RATE_HZ) for row in self.test]
        items = [(row.text, wave) for row, wave in zip(self.test, said, strict=True)]
        heard = self.scorer.heard(items)
        low, high = excess(heard, self.real, self.args.seed)
        known = self.scorer.embed_real(at_16k(spread([*train, *self.test], 40)))
        scores = self.scorer.score(items, [], real_embeddings=known)
        measured = speed.measure(voice, None, list(SPEED_TEXTS))
        return Result(
            user=self.user,
            sentences=len(train),
            speech_s=sum(len(row.samples) / row.rate_hz for row in train),
            recipe=recipe,
            train_s=took,
            train_cpu_s=used,
            wer=100 * pooled_wer(heard),
            wer_real=100 * pooled_wer(self.real),
            wer_excess_low=100 * low,
            wer_excess_high=100 * high,
            harder=100 * scores.get("wer_hard", float("nan")),
            harder_real=100 * pooled_wer(self.real_harder),
            similarity=scores.get("similarity", float("nan")),
            cosine=scores.get("similarity_student", float("nan")),
            cosine_real=scores.get("similarity_real", float("nan")),
            mos=scores.get("dnsmos", float("nan")),
            mos_real=self.real_mos,
            rtf=measured.rtf,
            first_audio_ms=measured.first_audio_ms,
            memory_mb=measured.memory_bytes / 1e6,
            size_mb=measured.size_bytes / 1e6,
            tested=len(self.test),
        )


def excess(heard: list[Heard], real: list[Heard], seed: int) -> tuple[float, float]:
    """95 % interval of the word error rate above the recordings', paired by sentence."""
    extra = [one.errors - own.errors for one, own in zip(heard, real, strict=True)]
    return ratio_interval(extra, [one.words for one in heard], seed)


HEAD = (
    "| User | Sentences (speech) | Recipe | Training, clock (processor) | WER (own recordings) "
    "| harder judge (own) | Similarity ratio | MOS proxy (own) | RTF, one core | First sound "
    "| int8 file |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
)


def line(r: Result) -> str:
    """One row of the Markdown table."""
    above = f"{r.wer_excess_low:+.1f} to {r.wer_excess_high:+.1f}"
    return (
        f"| {r.user} | {r.sentences} ({r.speech_s:.0f} s) | {r.recipe} "
        f"| {r.train_s:.0f} s ({r.train_cpu_s:.0f} s) "
        f"| {r.wer:.1f} % ({r.wer_real:.1f} %; {above}) "
        f"| {r.harder:.1f} % ({r.harder_real:.1f} %) "
        f"| {r.similarity:.3f} | {r.mos:.2f} ({r.mos_real:.2f}) | {r.rtf:.4f} "
        f"| {r.first_audio_ms:.0f} ms | {r.size_mb:.2f} MB |"
    )


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", default=os.environ.get("VOICEVAULT_DATA", ""))
    parser.add_argument("--users", default="libri-1462,libri-1272,lj")
    parser.add_argument("--sizes", default="10,all", help="sentences to train on; all")
    parser.add_argument("--test", type=int, default=20, help="sentences never trained on")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--recipe", default="", help="tts_quick for 10, tts_standard for all")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--json", default="", help="also write the figures here")
    args = parser.parse_args(argv)
    if not args.data:
        parser.error("--data or VOICEVAULT_DATA has to name the folder with users/")
    if args.test < 20:
        parser.error("--test is at least 20: fewer sentences say nothing")
    return args


def main(argv: list[str] | None = None) -> list[Result]:
    """Run all rows; each is printed as soon as it is known."""
    args = parse(argv)
    results = []
    reasons: dict[str, str] = {}
    print(HEAD, flush=True)
    for user in args.users.split(","):
        bench = Bench(args, user)
        reasons |= bench.scorer.reasons
        for size in args.sizes.split(","):
            results.append(bench.run(None if size == "all" else int(size)))
            print(line(results[-1]), flush=True)
    tested = results[0].tested if results else 0
    print(
        f"\n{tested} held-out sentences a user, split and bootstrap seed {args.seed}; in the WER "
        "column the 95 % interval of (voice - own recordings) in points; likeness by GE2E."
    )
    for name, reason in reasons.items():
        print(f"not measured: {name}: {reason}")
    if args.json:
        body = [{k: round(v, FIGURES) if isinstance(v, float) else v for k, v in asdict(r).items()}
                for r in results]  # fmt: skip
        Path(args.json).write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")
    return results


if __name__ == "__main__":
    main(sys.argv[1:])
