# SPDX-License-Identifier: GPL-3.0-or-later
"""Base training of the recogniser: CTC on word pieces, helped by aligned phonemes.

Shapes: B batch, T feature frames, L frames out, V pieces.
"""

import argparse
import functools
import itertools
import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from voicevault.audio.files import decode, resample
from voicevault.data.fbank import RATE_HZ, kaldi_fbank
from voicevault.data.features import FloatArray
from voicevault.students.recogniser import Recogniser, RecogniserConfig, recognition_loss
from voicevault.students.shipped import load_base
from voicevault.text.lexicon import common_words
from voicevault.text.pieces import Pieces, learn, read_tokens, words_of
from voicevault.training.augment import excerpt, mix
from voicevault.training.base.clock import Clock, load_average
from voicevault.training.base.listening import Shelves, shelve_corpus
from voicevault.training.base.pitching import pitch_shelves
from voicevault.training.base.recognition_batches import (
    BatchMaker,
    HeardBatch,
    Severity,
    drawing_weights,
    endless,
)
from voicevault.training.base.recognition_settings import RecognitionSettings
from voicevault.training.base.rendering import render_shelves
from voicevault.training.base.splicing import splice_shelves
from voicevault.training.base.word_errors import compare_words
from voicevault.training.corpus import Corpus

TOKENS = "asr_tokens.txt"
CHECKPOINT = "asr.pt"
_NOTE_EVERY, _JUDGE_EVERY = 50, 400
_VALIDATION = 110
_SEEDS = 1_000_000
"""More than a training has steps: a resumed one draws by the step it goes on from."""
_NOISE_DB = 10.0


def features(settings: RecognitionSettings, arguments: argparse.Namespace) -> None:
    """Kaldi features of the corpus, features of the noises, and the pieces."""
    corpus = Corpus(arguments.corpus)
    shelf = arguments.work / "real"
    if not shelf.with_suffix(".json").exists():
        print("{} utterances, {:.1f} h".format(*shelve_corpus(corpus, shelf, arguments.threads)))
    if arguments.noise is not None:
        found = noise_features(arguments.noise, settings.data.noise_folds)
        np.savez(arguments.work / "noises.npz", *found)
        print(f"{len(found)} noises")
    (arguments.work / TOKENS).write_text(
        Pieces(learn(word_counts(texts(settings, corpus)), settings.network.pieces)).tokens_txt(),
        "utf-8",
    )


def texts(settings: RecognitionSettings, corpus: Corpus) -> list[str]:
    """Each sentence of the corpus once, those of the readers kept out left out."""
    kept = {r["text"] for r in corpus.records if settings.held(r["speaker"])}
    return list(
        dict.fromkeys(
            r["text"] for r in corpus.records if "*" not in r["speaker"] and r["text"] not in kept
        )
    )


def word_counts(sentences: Sequence[str]) -> dict[str, float]:
    """How often each word is said, with the common words by Zipf's law."""
    counts: Counter[str] = Counter(word for text in sentences for word in words_of(text))
    out: dict[str, float] = dict(counts)
    rank = 0
    for group in common_words()[:5]:
        middle = rank + len(group) / 2 + 10
        for word in group:
            out[word] = out.get(word, 0.0) + 3000.0 / middle
        rank += len(group)
    return out


def noise_features(folder: Path, folds: Sequence[str]) -> list[FloatArray]:
    """Log-mel [T, 80] of every clip below ``folder`` whose name begins with one of ``folds``."""
    out = []
    for path in sorted(folder.rglob("*-*.*")):
        if path.name.split("-")[0] in folds:
            clip = decode(path.read_bytes(), name=path.name)
            out.append(kaldi_fbank(resample(clip.samples, clip.rate_hz, RATE_HZ)))
    return out


def invent(settings: RecognitionSettings, arguments: argparse.Namespace) -> None:
    """Synthetic speech by the shipped voices, in ``--loaders`` processes (one by default)."""
    count = max(1, arguments.loaders)
    numbers = list(range(settings.data.shelves))
    parts = [(settings, arguments, numbers[i::count]) for i in range(count)]
    if count == 1:
        invent_shelves(*parts[0])
        return
    with multiprocessing.get_context("spawn").Pool(count) as pool:
        pool.starmap(invent_shelves, parts)


def invent_shelves(
    settings: RecognitionSettings, arguments: argparse.Namespace, numbers: Sequence[int]
) -> None:
    """Some of the shelves, by all voices but those of the readers kept out."""
    torch.set_num_threads(arguments.threads or 1)
    corpus, base = Corpus(arguments.corpus), load_base()
    drawn: list[int] = []
    for number, name in enumerate(corpus.speakers):
        if not settings.held(name):
            drawn += [number] * (3 if name.startswith("libri-") else 1)  # native readers first
    sentences = texts(settings, corpus)
    render_shelves(arguments.work, base.speaking(), base.speakers[drawn], sentences, numbers)


def pitch(settings: RecognitionSettings, arguments: argparse.Namespace) -> None:
    """The recordings again at other pitches."""
    pitch_shelves(arguments.work, Corpus(arguments.corpus), settings.data.pitched_shelves)


def recorded(work: Path) -> list[Path]:
    """Shelves of recordings: as they were made, and at other pitches."""
    return [work / "real", *_shelves(work, "pitched")]


def _shelves(work: Path, kind: str) -> list[Path]:
    return [path.with_suffix("") for path in sorted(work.glob(f"{kind}-*.json"))]


def splice(settings: RecognitionSettings, arguments: argparse.Namespace) -> None:
    """Recorded words in new sentences, of the readers that the recipe names."""
    shelves = Shelves(recorded(arguments.work))
    learnt, _ = divide(settings, shelves)
    named = tuple(settings.data.spliced)
    numbers = [n for n in learnt if shelves.records[n].speaker.startswith(named)]
    splice_shelves(arguments.work, shelves, numbers, range(settings.data.spliced_shelves))


def network(settings: RecognitionSettings) -> Recogniser:
    """An untrained network of the recipe's size."""
    return Recogniser(RecogniserConfig(**asdict(settings.network)))


def train(settings: RecognitionSettings, arguments: argparse.Namespace) -> None:
    """CTC, early CTC and phonemes; resumes."""
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    work, chosen = arguments.work, settings.training
    shelves = Shelves([*recorded(work), *_shelves(work, "invented"), *_shelves(work, "spliced")])
    pieces = read_tokens((work / TOKENS).read_text("utf-8"))
    numbers, validation = divide(settings, shelves)
    model = network(settings)
    model.band_scale.copy_(band_scale(shelves, numbers))
    if arguments.start:
        load_average(model, *arguments.start).train()
    model.to(arguments.device)
    clock = Clock(
        work / CHECKPOINT,
        model,
        planned_minutes=chosen.planned_minutes,
        learning_rate=chosen.learning_rate,
        final_learning_rate=chosen.final_learning_rate,
        ema=chosen.ema,
    )
    noises = load_noises(work)
    weights = drawing_weights(shelves.records, numbers, settings.data.shares)

    def heard(stage: Severity, seed: int) -> Iterator[HeardBatch]:
        maker = BatchMaker(
            shelves,
            numbers,
            weights,
            pieces,
            noises,
            seconds=chosen.batch_seconds,
            severity=stage,
            seed=arguments.seed * _SEEDS + seed,
        )
        return endless(maker, arguments.loaders)

    judge = functools.partial(
        validate, clock, shelves, validation, pieces, noises, arguments.device
    )
    _learn(clock, settings, arguments, heard, judge)


def _learn(
    clock: Clock,
    settings: RecognitionSettings,
    arguments: argparse.Namespace,
    heard: Callable[[Severity, int], Iterator[HeardBatch]],
    judge: Callable[[], dict[str, float]],
) -> None:
    """The loop: a harder stage starts new batches; now and then a row of the curve."""
    chosen = settings.training
    severity, batches = None, None
    first, last = chosen.phoneme_share
    for step in clock.steps(arguments.minutes):
        done = min(1.0, clock.spent_s / clock.planned_s)
        stage = Severity(done >= chosen.disturb_after, done >= chosen.mask_after)
        if stage != severity or batches is None:
            severity, batches = stage, heard(stage, step)
        share = first + (last - first) * done
        ctc, spoken = learn_from(clock, next(batches), share, arguments.device)
        if step % _NOTE_EVERY == 0:
            clock.note(ctc=ctc.item(), phonemes=spoken.item())
        if step % _JUDGE_EVERY == 0 and step:
            clock.note(**judge())


def learn_from(
    clock: Clock, batch: HeardBatch, phoneme_share: float, device: str
) -> tuple[Tensor, Tensor]:
    """One step; CTC loss a piece and cross-entropy of the phonemes."""
    assert isinstance(clock.model, Recogniser)
    with torch.autocast(device, torch.bfloat16):
        heard = clock.model.hear(batch.features.to(device), batch.lengths.to(device))
    total, ctc, spoken = recognition_loss(
        heard, batch.pieces, batch.phonemes.to(device), phoneme_share
    )
    clock.update(total)
    return ctc.detach(), spoken.detach()


def divide(settings: RecognitionSettings, shelves: Shelves) -> tuple[list[int], list[int]]:
    """(learnt from, judged by): held-out readers at their own pace, and nobody says their texts."""
    held = [n for n, r in enumerate(shelves.records) if settings.held(r.speaker)]
    kept = {shelves.records[n].text for n in held}
    learnt = [
        n
        for n, r in enumerate(shelves.records)
        if not settings.held(r.speaker) and r.text not in kept
    ]
    judged = [n for n in held if "*" not in shelves.records[n].speaker]
    return learnt, judged[:: max(1, len(judged) // _VALIDATION)]


def band_scale(shelves: Shelves, numbers: Sequence[int]) -> torch.Tensor:
    """[80] one over the standard deviation of each band about the utterance's mean."""
    sample = [shelves.features(n) for n in numbers[:: max(1, len(numbers) // 300)]]
    spread = np.mean([np.var(x, axis=0) for x in sample], 0) ** 0.5
    return torch.from_numpy((1.0 / spread).astype(np.float32))


def load_noises(work: Path) -> list[FloatArray]:
    """Noises made by :func:`features`; none when there were no recordings of noise."""
    path = work / "noises.npz"
    if not path.exists():
        return []
    with np.load(path) as found:
        return [found[name] for name in found.files]


def in_noise(sound: FloatArray, noises: Sequence[FloatArray], number: int) -> FloatArray:
    """Features [T, 80] of utterance ``number`` in one of the noises at 10 dB; always the same."""
    noise = excerpt(noises[number % len(noises)], len(sound), np.random.default_rng(number))
    return mix(sound, noise, _NOISE_DB)


@torch.no_grad()
def validate(
    clock: Clock,
    shelves: Shelves,
    numbers: Sequence[int],
    pieces: Pieces,
    noises: Sequence[FloatArray],
    device: str,
) -> dict[str, float]:
    """Greedy word error rate of the averaged weights on strangers: clean, and noisy at 10 dB."""
    model = clock.average.module.eval()
    assert isinstance(model, Recogniser)
    wrong, total = {"clean": 0, "noisy": 0}, 0
    for number in numbers:
        words = words_of(shelves.records[number].text)
        total += len(words)
        sound = shelves.features(number)
        noisy = in_noise(sound, noises, number) if noises else sound
        for name, x in (("clean", sound), ("noisy", noisy)):
            batch = torch.from_numpy(x)[None].to(device)
            with torch.autocast(device, torch.bfloat16):
                log_probs, _ = model(batch, torch.tensor([len(x)], device=device))
            best = [k for k, _ in itertools.groupby(log_probs[0].argmax(-1).tolist())]
            wrong[name] += compare_words(words, pieces.decode(best).split())[0]
    clock.model.train()
    return {name: errors / max(1, total) for name, errors in wrong.items()}
