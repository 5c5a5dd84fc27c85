# SPDX-License-Identifier: GPL-3.0-or-later
"""The recogniser beside pocketsphinx on recordings of people neither has heard; a Markdown table.

    python tests/bench/recogniser.py --data DIR [--sentences 40] [--json OUT]

DIR holds users/NAME/metadata.csv with recordings and noise/ with ESC-10 clips, of which fold 3 was
kept out of training. Every sentence is heard clean and with noise at 10 dB by: our recogniser,
greedily; with its own word pairs; with pocketsphinx's trigram, so that both have the same language
model; and pocketsphinx with its own model, dictionary and trigram. Words are counted as
``voicevault.evaluation.words`` does. Intervals: bootstrap over sentences, differences paired.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import jiwer
import numpy as np

from voicevault.audio.files import decode, load, resample
from voicevault.data.ljspeech import read_folder
from voicevault.evaluation.bootstrap import ratio_interval
from voicevault.evaluation.words import normalise
from voicevault.runtime.base_files import base_file, base_index
from voicevault.runtime.beam import Search
from voicevault.runtime.recognise import (
    MODEL,
    TOKENS,
    WORDS,
    Calibration,
    Recognised,
    Recogniser,
)
from voicevault.runtime.words import WordModel, best_beginnings, read_words, unknown_chance

RATE_HZ = 16_000
USERS = "libri-1272,libri-1462,libri-2277,libri-84,lj"
NOISE_DB = 10.0
NOISE_FOLD = "3"
GREEDY, PAIRS, TRIGRAM, SPHINX = (
    "ours, greedy",
    "ours, own word pairs",
    "ours, pocketsphinx's trigram",
    "pocketsphinx",
)
BINS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0001)


@dataclass(slots=True)
class Row:
    """One system on one condition."""

    system: str
    condition: str
    errors: list[int] = field(default_factory=list)
    words: list[int] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    sure: list[tuple[float, bool]] = field(default_factory=list)
    cpu_s: float = 0.0
    audio_s: float = 0.0
    memory_mb: float = 0.0

    def wer(self, user: str = "") -> float:
        """In percent, of one user or of all."""
        kept = [i for i, one in enumerate(self.users) if user in ("", one)]
        return 100 * sum(self.errors[i] for i in kept) / max(1, sum(self.words[i] for i in kept))


@dataclass(frozen=True, slots=True)
class Clip:
    """One sentence to be heard."""

    user: str
    text: str
    clean: np.ndarray
    noisy: np.ndarray


def read_clips(data: Path, users: list[str], sentences: int, seed: int) -> list[Clip]:
    """A seeded sample of each user's sentences (all with 0), clean and noisy."""
    noises = read_noises(data / "noise")
    random = np.random.default_rng(seed)
    out = []
    for user in users:
        rows = read_folder(data / "users" / user).rows
        chosen = sorted(random.permutation(len(rows))[: sentences or len(rows)])
        for at in chosen:
            clip = decode(load(rows[at].path), name=rows[at].id)
            wave = resample(clip.samples, clip.rate_hz, RATE_HZ)
            noise = noises[int(random.integers(len(noises)))]
            start = int(random.integers(len(noise)))
            piece = noise[(start + np.arange(len(wave))) % len(noise)]
            gain = np.sqrt(np.mean(wave**2) / max(np.mean(piece**2), 1e-12))
            noisy = wave + piece * np.float32(gain * 10 ** (-NOISE_DB / 20))
            out.append(Clip(user, rows[at].text, wave, noisy))
    return out


def read_noises(folder: Path) -> list[np.ndarray]:
    """Clips that training did not hear; silent ones left out."""
    out = []
    for path in sorted(folder.rglob(f"{NOISE_FOLD}-*.*")):
        clip = decode(path.read_bytes(), name=path.name)
        wave = resample(clip.samples, clip.rate_hz, RATE_HZ)
        if np.sqrt(np.mean(wave**2)) > 1e-4:
            out.append(wave)
    return out


class Trigram(WordModel):
    """pocketsphinx's own language model, asked by our search."""

    def __init__(self) -> None:
        import pocketsphinx

        model = Path(pocketsphinx.get_model_path()) / "en-us"
        self._decoder = pocketsphinx.Decoder(samprate=RATE_HZ, loglevel="FATAL")
        self._model = pocketsphinx.NGramModel(
            self._decoder.config, self._decoder.logmath, str(model / "en-us.lm.bin")
        )
        words = set()
        for line in (model / "cmudict-en-us.dict").read_text("utf-8").splitlines():
            word = line.partition(" ")[0].partition("(")[0]
            if self._raw([word]) > -1e8:
                words.add(word)
        self._words = words
        single = {word: self._ln([word]) for word in words}
        self._beginnings = best_beginnings(single)

    def _raw(self, newest_first: list[str]) -> int:
        return int(self._model.prob(newest_first))

    def _ln(self, newest_first: list[str]) -> float:
        return float(self._decoder.logmath.log_to_ln(self._raw(newest_first)))

    def log_chance(self, history: tuple[str, ...], word: str) -> float:
        if word not in self._words:
            return unknown_chance(word)
        known = [h for h in history[::-1] if h in self._words or h == "<s>"][:2]
        return self._ln([word, *known])

    def beginning(self, letters: str) -> float:
        return self._beginnings.get(letters, unknown_chance(letters))


class Sphinx:
    """pocketsphinx as it comes, on a level and with edges that suit it."""

    def __init__(self) -> None:
        import pocketsphinx

        self._decoder = pocketsphinx.Decoder(samprate=RATE_HZ, loglevel="FATAL")
        self._edge = np.random.default_rng(0).normal(0.0, 1e-4, RATE_HZ // 4)

    def recognise(self, wave: np.ndarray) -> Recognised:
        wave = np.concatenate([self._edge, wave * (0.8 / np.abs(wave).max()), self._edge])
        self._decoder.reinit_feat()
        self._decoder.start_utt()
        self._decoder.process_raw((wave * 32767).astype("<i2").tobytes(), full_utt=True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        return Recognised("" if found is None else str(found.hypstr), ())


def count(row: Row, clip: Clip, heard: Recognised) -> None:
    """Add one sentence to a row."""
    said, got = normalise(clip.text), normalise(heard.text)
    out = jiwer.process_words(" ".join(said), " ".join(got))
    row.errors.append(out.substitutions + out.deletions + out.insertions)
    row.words.append(len(said))
    row.users.append(clip.user)
    if heard.words and len(heard.words) == len(got):
        right = [False] * len(got)
        for chunk in out.alignments[0]:
            if chunk.type == "equal":
                right[chunk.hyp_start_idx : chunk.hyp_end_idx] = [True] * (
                    chunk.hyp_end_idx - chunk.hyp_start_idx
                )
        row.sure += [(w.confidence, ok) for w, ok in zip(heard.words, right, strict=True)]


def listen(
    system: str, hear: Callable[[np.ndarray], Recognised], clips: list[Clip], condition: str
) -> Row:
    """One system on all clips; processor time includes features and search."""
    row = Row(system, condition)
    for clip in clips:
        wave = clip.clean if condition == "clean" else clip.noisy
        at = time.process_time()
        heard = hear(wave)
        row.cpu_s += time.process_time() - at
        row.audio_s += len(wave) / RATE_HZ
        count(row, clip, heard)
    return row


def calibration_error(sure: list[tuple[float, bool]]) -> tuple[float, list[dict[str, float]]]:
    """Expected calibration error and the reliability of each bin of confidence."""
    table, error = [], 0.0
    for low, high in itertools.pairwise(BINS):
        inside = [(c, ok) for c, ok in sure if low <= c < high]
        if inside:
            mean = float(np.mean([c for c, _ in inside]))
            right = float(np.mean([ok for _, ok in inside]))
            error += abs(mean - right) * len(inside) / len(sure)
            table.append(
                {"from": low, "to": min(high, 1.0), "words": len(inside), "mean": mean,
                 "right": right}
            )  # fmt: skip
    return error, table


def memory_mb(args: argparse.Namespace, system: str) -> float:
    """Highest resident memory of a fresh process that loads a system and hears ten seconds."""
    command = [sys.executable, __file__, "--memory-of", system]
    for name in ("model", "tokens", "words"):
        if getattr(args, name):
            command += [f"--{name}", getattr(args, name)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def parts(args: argparse.Namespace) -> tuple[bytes, str, bytes, Calibration]:
    """Model, tokens, word pairs and calibration: the shipped ones, or files named.

    A base.json beside a named model gives its calibration.
    """
    model = Path(args.model).read_bytes() if args.model else base_file(MODEL)
    tokens = Path(args.tokens).read_bytes() if args.tokens else base_file(TOKENS)
    words = Path(args.words).read_bytes() if args.words else base_file(WORDS)
    beside = Path(args.model).with_name("base.json") if args.model else None
    index = json.loads(beside.read_text("utf-8")) if beside and beside.exists() else base_index()
    constants = index.get("recogniser", {}).get("calibration", ())
    return model, tokens.decode("utf-8"), words, Calibration(*constants)


def systems(args: argparse.Namespace) -> dict[str, Callable[[np.ndarray], Recognised]]:
    """Every system asked for, ready to hear 16 kHz."""
    model, tokens, words, sure = parts(args)
    search = Search(**json.loads(args.search)) if args.search else None
    out: dict[str, Callable[[np.ndarray], Recognised]] = {}
    wanted = args.systems.split("|") if args.systems else [GREEDY, PAIRS, TRIGRAM, SPHINX]
    if GREEDY in wanted:
        out[GREEDY] = Recogniser(model, tokens, calibration=sure).recognise
    if PAIRS in wanted:
        paired = Recogniser(model, tokens, words=read_words(words), calibration=sure)
        out[PAIRS] = lambda wave: paired.recognise(wave, search=search)
    if TRIGRAM in wanted:
        tripled = Recogniser(model, tokens, words=Trigram(), calibration=sure)
        out[TRIGRAM] = lambda wave: tripled.recognise(wave, search=search)
    if SPHINX in wanted:
        out[SPHINX] = Sphinx().recognise
    return out


def line(row: Row, base: Row | None, users: list[str], size: float, seed: int) -> str:
    """One row of the table; the difference is to pocketsphinx, paired by sentence."""
    difference = ""
    if base is not None and base is not row:
        extra = [a - b for a, b in zip(row.errors, base.errors, strict=True)]
        low, high = ratio_interval(extra, row.words, seed)
        difference = f"{row.wer() - base.wer():+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"
    low, high = ratio_interval(row.errors, row.words, seed)
    each = " | ".join(f"{row.wer(user):.1f}" for user in users)
    ece = f"{calibration_error(row.sure)[0]:.3f}" if row.sure else ""
    return (
        f"| {row.system} | {row.condition} | {row.wer():.1f} % ({100 * low:.1f} to "
        f"{100 * high:.1f}) | {difference} | {each} | {row.cpu_s / row.audio_s:.4f} "
        f"| {size:.1f} MB | {row.memory_mb:.0f} MB | {ece} |"
    )


def sizes_mb(args: argparse.Namespace) -> dict[str, float]:
    """Files of each system."""
    model, tokens, words, _ = parts(args)
    own = (len(model) + len(tokens)) / 1e6
    out = {GREEDY: own, PAIRS: own + len(words) / 1e6, TRIGRAM: float("nan"), SPHINX: float("nan")}
    try:
        import pocketsphinx
    except ImportError:
        return out
    root = Path(pocketsphinx.get_model_path()) / "en-us"
    each = {p: p.stat().st_size / 1e6 for p in root.rglob("*") if p.is_file()}
    trigram = sum(size for p, size in each.items() if p.name == "en-us.lm.bin")
    out[TRIGRAM] = own + trigram
    out[SPHINX] = sum(size for p, size in each.items() if "phone" not in p.name)
    return out


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", default=os.environ.get("VOICEVAULT_DATA", ""))
    parser.add_argument("--users", default=USERS)
    parser.add_argument("--sentences", type=int, default=40, help="a user; 0 for all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--systems", default="", help="names between |")
    parser.add_argument("--search", default="", help="JSON of runtime.beam.Search's fields")
    parser.add_argument("--model", default="", help="instead of the shipped one")
    parser.add_argument("--tokens", default="")
    parser.add_argument("--words", default="")
    parser.add_argument("--json", default="", help="also write the figures here")
    parser.add_argument("--reuse", default="", help="JSON of an earlier run: its other systems")
    parser.add_argument("--memory-of", default="", help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if not args.data and not args.memory_of:
        parser.error("--data or VOICEVAULT_DATA has to name the folder with users/ and noise/")
    return args


def reused(args: argparse.Namespace, clips: list[Clip]) -> list[Row]:
    """Rows of an earlier run on the same sentences; pocketsphinx does not change with our model."""
    if not args.reuse:
        return []
    rows = [Row(**row) for row in json.loads(Path(args.reuse).read_text(encoding="utf-8"))]
    users = [clip.user for clip in clips]
    if any(row.users != users for row in rows):
        raise SystemExit(f"{args.reuse} is of other sentences: same --users, --sentences, --seed")
    return rows


def probe(args: argparse.Namespace) -> None:
    """In a fresh process: load, hear ten seconds of hiss, print the highest memory."""
    args.systems = args.memory_of
    noise = np.random.default_rng(0).normal(0, 0.05, 10 * RATE_HZ).astype(np.float32)
    systems(args)[args.memory_of](noise)
    # Not getrusage: its peak is inherited from the process that started this one.
    status = Path("/proc/self/status").read_text("utf-8").splitlines()
    print(next(int(row.split()[1]) * 1024 / 1e6 for row in status if row.startswith("VmHWM")))


def print_reliability(rows: list[Row]) -> None:
    """How often words of each confidence were right."""
    for row in rows:
        if row.sure and row.system in (PAIRS, GREEDY):
            print(f"\nreliability, {row.system}, {row.condition}: confidence, words, right")
            for entry in calibration_error(row.sure)[1]:
                print(
                    f"  {entry['from']:.2f}-{entry['to']:.2f}  {entry['words']:5.0f}  "
                    f"{entry['mean']:.2f} said, {entry['right']:.2f} right"
                )


def main(argv: list[str] | None = None) -> list[Row]:
    """Hear everything; print the table."""
    args = parse(argv)
    if args.memory_of:
        probe(args)
        return []
    users = args.users.split(",")
    clips = read_clips(Path(args.data), users, args.sentences, args.seed)
    total = sum(len(clip.clean) for clip in clips) / RATE_HZ / 60
    print(f"{len(clips)} sentences, {total:.1f} min; seed {args.seed}\n", flush=True)
    print(
        "| System | Condition | WER (95 %) | against pocketsphinx, points (95 %) | "
        + " | ".join(users)
        + " | RTF, one core | files | memory | ECE |\n"
        + "| --- " * (8 + len(users))
        + "|"
    )
    hearing = systems(args)
    sizes = sizes_mb(args)
    memories = {name: memory_mb(args, name) for name in hearing}
    known = reused(args, clips)
    rows: list[Row] = []
    for condition in ("clean", "10 dB"):
        found = {}
        for name, hear in hearing.items():
            found[name] = listen(name, hear, clips, condition)
            found[name].memory_mb = memories[name]
        for row in known:
            if row.condition == condition and row.system not in found:
                found[row.system] = row
        for name, row in found.items():
            base = found.get(SPHINX)
            print(line(row, base, users, sizes[name], args.seed), flush=True)
        rows += found.values()
    print_reliability(rows)
    if args.json:
        body = [asdict(row) for row in rows]
        Path(args.json).write_text(json.dumps(body) + "\n", encoding="utf-8")
    return rows


if __name__ == "__main__":
    main(sys.argv[1:])
