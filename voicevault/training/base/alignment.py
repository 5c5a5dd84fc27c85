# SPDX-License-Identifier: GPL-3.0-or-later
"""Train the aligner without any phone labels, then align the corpus with it.

Stage 1: connectionist temporal classification (CTC, Graves et al. 2006) on (audio, phonemes).
Stage 2: Viterbi on its posteriors divided by their prior, silence penalised; the frame head learns
those labels, is used to align again, and learns again.

Shapes: B batch, F frames, M mel bins, K classes.
"""

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from voicevault.data.features import FloatArray
from voicevault.runtime.align import PRIOR, SILENCE, Alignment, alignment, viterbi
from voicevault.students.aligner import BLANK, AlignerNet
from voicevault.text.symbols import BOS, EOS, SYMBOLS, TIMELESS
from voicevault.training.base.clock import Clock, load_average
from voicevault.training.base.sampling import batches, split, weights_of
from voicevault.training.base.settings import BaseSettings
from voicevault.training.corpus import Corpus
from voicevault.training.notes import write_json
from voicevault.training.rejects import Fault, Rejection, reject_table, write_rejects

_SILENT = (SILENCE, SYMBOLS[BOS], SYMBOLS[EOS])
_RELABEL_UTTERANCES = 2500
LONGEST_SILENCE = 0.45  # of the utterance: more says that the text is not what was read
WORST_SCORE = -3.5
USUAL_SCORE = -2.5  # of a letter that is there
MOST_MISSING = 8.0  # nats in one word: rejects 1 % of right texts, 3 of 4 with one wrong word
_NAMES = {number: symbol for symbol, number in SYMBOLS.items()}


def letters(ids: Sequence[int]) -> list[int]:
    """Symbols that must sound."""
    return [i for i in ids if i not in TIMELESS and i not in _SILENT]


def padded_mels(corpus: Corpus, numbers: Sequence[int]) -> tuple[Tensor, Tensor, Tensor]:
    """Log-mel [B, F, M], mask [B, F, 1] and lengths [B]."""
    mels = [corpus.mel(n) for n in numbers]
    lengths = torch.tensor([len(m) for m in mels])
    out = torch.zeros(len(mels), int(lengths.max()), mels[0].shape[1])
    for row, mel in enumerate(mels):
        out[row, : len(mel)] = torch.from_numpy(mel)
    mask = (torch.arange(out.shape[1])[None] < lengths[:, None]).unsqueeze(-1).float()
    return out, mask, lengths


def disturb(mel: Tensor, random: torch.Generator) -> Tensor:
    """Room noise, a tilted microphone and masked bands on log-mel [B, F, M]."""
    batch, _, bands = mel.shape
    draw = torch.rand(batch, 6, 1, 1, generator=random)
    floor = -9.0 + 5.0 * draw[:, 0] - draw[:, 1] * 2.0 * torch.linspace(0, 1, bands)
    noise = floor + 0.5 * torch.randn(mel.shape, generator=random)
    mel = torch.where(draw[:, 5] < 0.6, torch.logaddexp(mel, noise), mel)
    mel = mel + (draw[:, 2] - 0.5) * 2.0 * torch.linspace(-1, 1, bands)
    band, width = draw[:, 3] * bands, draw[:, 4] * 12
    index = torch.arange(bands)
    return torch.where(
        (index >= band) & (index < band + width), mel.mean((1, 2), keepdim=True), mel
    )


def posteriors(net: AlignerNet, corpus: Corpus, number: int, head: str) -> FloatArray:
    """Log-posteriors [F, K] of one utterance."""
    with torch.inference_mode():
        hidden = net.trunk(torch.from_numpy(corpus.mel(number))[None])
        logits = net.frame(hidden) if head == "frame" else net.ctc(hidden)
        out = torch.log_softmax(logits[0].float(), -1).numpy()
    if head == "ctc":  # before the frame head has learnt, blank is the nearest thing to silence
        out[:, SILENCE] = out[:, BLANK]
    return out


def log_prior_of(net: AlignerNet, corpus: Corpus, numbers: Sequence[int], head: str) -> FloatArray:
    """Log of the mean posterior, [K], floored so that symbols never seen stay harmless."""
    mean = np.mean([np.exp(posteriors(net, corpus, n, head)).mean(0) for n in numbers], 0)
    return np.log(np.maximum(mean, 1e-5)).astype(np.float32)


def _labels(
    net: AlignerNet, corpus: Corpus, numbers: Sequence[int], head: str, penalty: float
) -> dict[int, Tensor]:
    """Frame labels [F] of each utterance."""
    log_prior = log_prior_of(net, corpus, numbers[:200], head)
    log_prior[SILENCE] += penalty
    out = {}
    for number in numbers:
        ids = corpus.records[number]["ids"]
        durations = viterbi(posteriors(net, corpus, number, head) - log_prior, ids)
        names = np.where(np.isin(ids, _SILENT), SILENCE, ids)
        out[number] = torch.from_numpy(np.repeat(names, durations))
    silent = np.mean([float((label == SILENCE).float().mean()) for label in out.values()])
    print(f"relabelled {len(numbers)} utterances by {head}; silence {silent:.1%}", flush=True)
    return out


def train(settings: BaseSettings, arguments: argparse.Namespace) -> None:
    """Both stages of the aligner."""
    corpus, chosen = Corpus(arguments.work), settings.aligner
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    net = AlignerNet()
    random = np.random.default_rng(1)
    noise = torch.Generator().manual_seed(1)
    train_set, validation = split(corpus, range(len(corpus)))
    weights = weights_of(corpus, train_set, settings.data.weights)
    ctc_minutes = arguments.minutes * chosen.ctc_share
    first = Clock(
        arguments.work / "aligner_ctc.pt",
        net,
        planned_minutes=arguments.minutes,
        learning_rate=chosen.learning_rate,
        final_learning_rate=2e-4,
        ema=0.998,
    )
    drawn = batches(corpus, train_set, weights, chosen.batch_frames, random)
    for step in first.steps(max(0.0, ctc_minutes - first.spent_s / 60)):
        numbers = next(drawn)
        mel, mask, lengths = padded_mels(corpus, numbers)
        with torch.autocast("cpu", torch.bfloat16):
            logits = net.ctc(net.trunk(disturb(mel, noise) * mask, mask))
        targets = [letters(corpus.records[n]["ids"]) for n in numbers]
        loss = F.ctc_loss(
            torch.log_softmax(logits.float(), -1).transpose(0, 1),
            torch.tensor([i for t in targets for i in t]),
            lengths,
            torch.tensor([len(t) for t in targets]),
            blank=BLANK,
            zero_infinity=True,
        )
        first.update(loss)
        if step % 100 == 0:
            first.note(ctc=loss.item())
    _train_frames(net, corpus, settings, arguments, train_set, validation)


def _train_frames(
    net: AlignerNet,
    corpus: Corpus,
    settings: BaseSettings,
    arguments: argparse.Namespace,
    train_set: list[int],
    validation: list[int],
) -> None:
    random, noise = np.random.default_rng(2), torch.Generator().manual_seed(2)
    weights = weights_of(corpus, train_set, settings.data.weights)
    numbers = [
        train_set[int(i)] for i in random.choice(len(train_set), 4 * _RELABEL_UTTERANCES, p=weights)
    ]
    numbers = list(dict.fromkeys(numbers))[:_RELABEL_UTTERANCES]
    second = Clock(
        arguments.work / "aligner.pt",
        net,
        planned_minutes=arguments.minutes * (1 - settings.aligner.ctc_share),
        learning_rate=1e-3,
        final_learning_rate=1e-4,
        ema=0.998,
    )
    half = arguments.minutes * (1 - settings.aligner.ctc_share) / 2
    for head in ("ctc", "frame"):
        net.eval()
        labels = _labels(net, corpus, numbers, head, settings.aligner.silence_penalty)
        net.train()
        uniform = np.full(len(numbers), 1 / len(numbers))
        drawn = batches(corpus, numbers, uniform, settings.aligner.batch_frames, random)
        for step in second.steps(half):
            chosen = next(drawn)
            mel, mask, lengths = padded_mels(corpus, chosen)
            with torch.autocast("cpu", torch.bfloat16):
                logits = net.frame(net.trunk(disturb(mel, noise) * mask, mask))
            target = torch.full(mel.shape[:2], -100)
            for row, number in enumerate(chosen):
                target[row, : lengths[row]] = labels[number]
            loss = F.cross_entropy(
                logits.float().transpose(1, 2), target, ignore_index=-100, label_smoothing=0.05
            )
            second.update(loss)
            if step % 100 == 0:
                second.note(frame=loss.item())


def trained(arguments: argparse.Namespace) -> AlignerNet:
    """The averaged aligner of a finished ``aligner`` stage."""
    return load_average(AlignerNet(), arguments.work / "aligner.pt")


@dataclass(frozen=True, slots=True)
class Confidence:
    """How sure the aligner is of one utterance, in nats of log-posterior."""

    score: float
    """Mean over the letters; 0 is certain."""
    worst_word: str
    """Phonemes of the word that is heard least, spaces being the borders of words."""
    missing: float
    """How far the letters of that word stay below the usual score, summed; 0 if they do not."""
    silence: float
    """Share of the frames."""


def confidence(found: Alignment) -> Confidence:
    """The scores of ``found`` by utterance and by word.

    A word is judged by a sum, for a mean would blame short words for one odd letter.
    """
    worst_word, missing = "", 0.0
    word, sum_of_word = "", 0.0
    silent = 0
    for symbol, frames, score in zip(found.ids, found.durations, found.token_scores, strict=True):
        if symbol in _SILENT:  # EOS is the last of all
            silent += frames
            if USUAL_SCORE * len(word) - sum_of_word > missing:
                worst_word, missing = word, USUAL_SCORE * len(word) - sum_of_word
            word, sum_of_word = "", 0.0
        elif frames:
            word, sum_of_word = word + _NAMES[symbol], sum_of_word + score
    share = silent / max(sum(found.durations), 1)
    return Confidence(round(found.score, 4), worst_word, round(missing, 4), round(share, 4))


def fault_of_alignment(sure: Confidence) -> tuple[Fault, float, float, str] | None:
    """Why an alignment is not learnt from: fault, measure, limit, note; None if it is fine."""
    if sure.score <= WORST_SCORE:
        return Fault.UNSURE, sure.score, WORST_SCORE, ""
    if sure.missing >= MOST_MISSING:
        note = f"/{sure.worst_word}/ lacks {sure.missing:.1f} nats"
        return Fault.WORD, sure.missing, MOST_MISSING, note
    if sure.silence >= LONGEST_SILENCE:
        return Fault.PAUSES, sure.silence, LONGEST_SILENCE, ""
    return None


def align_corpus(settings: BaseSettings, arguments: argparse.Namespace) -> None:
    """Align every utterance; reject those whose text is not what is heard.

    Writes ``align.json`` (durations, or null where rejected), ``align_scores.json`` (a
    :class:`Confidence` an utterance) and the rejections.
    """
    corpus, net = Corpus(arguments.work), trained(arguments)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    prior = log_prior_of(net, corpus, range(0, len(corpus), 20), "frame")
    prior[SILENCE] += settings.aligner.frame_silence_penalty
    prior.astype("<f4").tofile(arguments.work / PRIOR)
    out: list[list[int] | None] = []
    sureness: list[Confidence] = []
    rejected: list[Rejection] = []
    for number, record in enumerate(corpus.records):
        log_posteriors = posteriors(net, corpus, number, "frame")
        found = alignment(log_posteriors, log_posteriors - prior, record["ids"])
        sure = confidence(found)
        fault = fault_of_alignment(sure)
        if fault is not None:
            clip = record.get("clip", str(number))  # no clips before layout 2: see ``sampling``
            rejected.append(Rejection(clip, record["speaker"], record["text"], *fault))
        sureness.append(sure)
        out.append(None if fault is not None else list(found.durations))
        if number % 500 == 0:
            print(f"aligned {number} of {len(corpus)}", flush=True)
    write_json(arguments.work / "align_scores.json", [asdict(sure) for sure in sureness])
    write_json(arguments.work / "align.json", out)
    write_rejects(arguments.work, "align", len(corpus), rejected)
    for name, values in (
        ("score", [sure.score for sure in sureness]),
        ("missing from the worst word", [sure.missing for sure in sureness]),
    ):
        marks = np.percentile(values, (1, 5, 25, 50, 75)).round(2)
        print(f"{name}, percentiles 1/5/25/50/75: {marks}")
    print(reject_table(arguments.work))
