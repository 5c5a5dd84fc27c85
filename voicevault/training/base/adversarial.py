# SPDX-License-Identifier: GPL-3.0-or-later
"""Last stage of the base vocoder: critics, and mels as the acoustic model makes them.

Some crops have real mels, the others the mels that the acoustic model makes, sharpened as a voice's
are (``training.sharpen``). ``faith_weight = 0`` compares all of them with the recording, otherwise
the predicted ones with the mel that was asked for. ``critics = true`` adds networks that tell what
still sounds made. Which of these helped stands in DECISIONS.md.

Shapes: B batch, F frames, S samples, M mel bins.
"""

import argparse
import math

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from voicevault.data.features import HOP, LOG_FLOOR, N_FFT, N_MELS, FloatArray
from voicevault.students.acoustic import MEL_MEAN, MEL_STD
from voicevault.students.tts import f0_from
from voicevault.students.vocoder import Vocoder
from voicevault.training import sharpen
from voicevault.training.base.clock import Clock, load_average
from voicevault.training.base.discriminators import (
    PERIODS,
    RESOLUTIONS,
    Critics,
    critic_loss,
    deceiving_loss,
    feature_loss,
)
from voicevault.training.base.sampling import split, weights_of
from voicevault.training.base.settings import BaseSettings
from voicevault.training.base.synthesis import ManyVoices
from voicevault.training.corpus import Corpus
from voicevault.training.crops import crop, waves_of
from voicevault.training.items import Item, collate
from voicevault.training.losses import mel_bank, spectral_loss

_REPORT_EVERY = 100
_MATCHED = 400
"""Utterances a speaker whose frames are enough to know a covariance by."""


@torch.no_grad()
def predict_mels(settings: BaseSettings, arguments: argparse.Namespace) -> None:
    """Every usable utterance's mel as a voice would say it, into ``predicted.f16``.

    Times, pitch and energy are the recording's; each speaker's mels are sharpened as a personal
    voice's are.
    """
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    corpus = Corpus(arguments.work)
    voices = load_average(ManyVoices(len(corpus.speakers)), arguments.work / "acoustic.pt")
    voices.to(arguments.device)
    frames = sum(record["frames"] for record in corpus.records)
    part = arguments.work / "predicted.part"
    out = np.memmap(part, "<f2", "w+", shape=(frames, N_MELS))
    numbers_of: dict[str, list[int]] = {}
    for number in corpus.usable():
        numbers_of.setdefault(corpus.records[number]["speaker"], []).append(number)
    for done, (speaker, numbers) in enumerate(numbers_of.items(), 1):
        mels = {number: said(voices, corpus, number, arguments.device) for number in numbers}
        some = numbers[:_MATCHED]
        real = [normal(corpus.mel(number)) for number in some]
        found = sharpen.match(torch.cat([mels[number] for number in some]), torch.cat(real))
        for number, mel in mels.items():
            start = corpus.records[number]["start"]
            sharp = mel if found is None else found(mel)
            natural = (sharp * MEL_STD + MEL_MEAN).clamp(min=math.log(LOG_FLOOR))
            out[start : start + len(mel)] = natural.numpy()
        print(f"{speaker}: {done} of {len(numbers_of)}", flush=True)
    out.flush()
    part.replace(arguments.work / "predicted.f16")


def said(voices: ManyVoices, corpus: Corpus, number: int, device: str) -> Tensor:
    """Normalised mel [F, M] of one utterance in its speaker's voice."""
    batch = collate([corpus.item(number)], device)
    with torch.autocast(device, torch.bfloat16):
        vector = voices.speakers(batch.speaker)
        out = voices.acoustic(batch.ids, batch.durations, batch.pitch, batch.energy, vector)
    return out.mel[0].float().cpu()


def normal(mel: FloatArray) -> Tensor:
    """Natural log-mel [F, M] -> as the students see it."""
    return (torch.from_numpy(mel) - MEL_MEAN) / MEL_STD


class _Crops:
    """Random crops of the training set: first those with real mels, then those with predicted."""

    def __init__(self, settings: BaseSettings, corpus: Corpus, random: np.random.Generator) -> None:
        chosen = settings.polish
        self.corpus, self.random, self.frames = corpus, random, chosen.crop_frames
        self.predicted_count = round(chosen.batch_size * chosen.predicted_share)
        self.real_count = chosen.batch_size - self.predicted_count
        self.numbers, self.validation = split(corpus, list(corpus.usable()))
        self.weights = weights_of(corpus, self.numbers, chosen.weights)
        path = corpus.folder / "predicted.f16"
        self.predicted = np.memmap(path, "<f2", "r").reshape(-1, N_MELS)

    def draw(self) -> list[Item]:
        """One batch, [real_count + predicted_count]."""
        items: list[Item] = []
        while len(items) < self.real_count + self.predicted_count:
            number = self.numbers[int(self.random.choice(len(self.numbers), p=self.weights))]
            item = self.corpus.sound(number)
            if len(items) >= self.real_count:
                record = self.corpus.records[number]
                item.mel = self.predicted[record["start"] : record["start"] + record["frames"]]
            piece = crop(item, self.frames, self.random)
            if piece is not None:
                items.append(piece)
        return items

    def held_out(self) -> list[Item]:
        """The same crops of real mels in every report."""
        fixed = np.random.default_rng(0)
        found = [crop(self.corpus.sound(n), 160, fixed) for n in self.validation]
        return [item for item in found if item is not None][:24]


def polish(settings: BaseSettings, arguments: argparse.Namespace) -> None:
    """Vocoder against critics; both resume."""
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    chosen, work = settings.polish, arguments.work
    model = load_average(Vocoder(), work / "joint.pt").train().to(arguments.device)
    clock = Clock(
        work / "polish.pt",
        model,
        planned_minutes=chosen.planned_minutes,
        learning_rate=chosen.learning_rate,
        final_learning_rate=chosen.final_learning_rate,
        ema=chosen.ema,
    )
    judging = clock.companion = _critics(settings, arguments) if chosen.critics else None
    random = np.random.default_rng(clock.step + 3)
    crops = _Crops(settings, Corpus(work), random)
    # What a spectral loss compares with the recording: everything, or the real mels alone.
    paired = crops.real_count if chosen.faith_weight else chosen.batch_size
    held = crops.held_out()
    for step in clock.steps(arguments.minutes):
        items = crops.draw()
        batch = collate(items, arguments.device)
        real = waves_of(items, arguments.device)
        with torch.autocast(arguments.device, torch.bfloat16):
            made = model(batch.mel, batch.frame_pitch, batch.voiced, f0_from(batch.frame_pitch))
        loss = spectral_loss(made[:paired], real[:paired])
        notes = {}
        if chosen.faith_weight:
            faith = mel_faith(made[paired:], batch.mel[paired:])
            loss, notes["faith"] = loss + chosen.faith_weight * faith, faith.item()
        if judging is not None:
            drawn = [int(random.integers(len(PERIODS)))]
            drawn.append(len(PERIODS) + int(random.integers(len(RESOLUTIONS))))
            notes["critic"] = _teach(judging, real, made.detach(), drawn)
            if step >= chosen.critic_warm_up:
                judged, features = _judged(judging.model, real, made, drawn, paired)
                notes |= {"deceived": judged.item(), "features": features.item()}
                loss = loss + chosen.deceiving_weight * judged + chosen.feature_weight * features
        clock.update(loss)
        if step % _REPORT_EVERY == 0:
            spectral = _measure(clock.average.module, held, arguments.device)
            clock.note(train=loss.item(), **notes, spectral=spectral)


def mel_faith(made: Tensor, mel: Tensor) -> Tensor:
    """L1 between the log-mel of ``made`` [B, S] and the one that was asked for, [B, F, M].

    Both normalised. Two frames at either end reach beyond the crop and are left out. This, and not
    the recording's spectrum, is what binds a vocoder to a predicted mel: the details of a
    prediction are not the recording's, and a spectral loss between the two teaches to blur them.
    """
    edge = (N_FFT - HOP) // 2
    padded = F.pad(made, (edge, edge))
    window = torch.hann_window(N_FFT, device=made.device)
    spectrum = torch.stft(padded, N_FFT, HOP, window=window, center=False, return_complex=True)
    heard = spectrum.abs().transpose(1, 2) @ mel_bank(N_FFT, str(made.device))  # [B, F, M]
    normal = (heard.clamp(min=LOG_FLOOR).log() - MEL_MEAN) / MEL_STD
    return (normal - mel)[:, 2:-2].abs().mean()


def _critics(settings: BaseSettings, arguments: argparse.Namespace) -> Clock:
    """The critics and their own optimiser; saved with the vocoder's."""
    chosen = settings.polish
    return Clock(
        arguments.work / "critics.pt",
        Critics().to(arguments.device),
        planned_minutes=chosen.planned_minutes,
        learning_rate=chosen.critic_learning_rate,
        final_learning_rate=chosen.critic_learning_rate,
        betas=(0.8, 0.99),
    )


def _teach(judging: Clock, real: Tensor, made: Tensor, drawn: list[int]) -> float:
    """One step of the critics; their loss, 0.5 being chance."""
    critics = judging.model.requires_grad_(True)
    with torch.autocast(real.device.type, torch.bfloat16):
        loss = critic_loss(critics(real, drawn), critics(made, drawn))
    judging.update(loss)
    judging.step += 1
    return loss.item()


def _judged(
    critics: nn.Module, real: Tensor, made: Tensor, drawn: list[int], paired: int
) -> tuple[Tensor, Tensor]:
    """How little the critics are deceived by all, and how far the features of the paired are."""
    critics.requires_grad_(False)
    with torch.autocast(real.device.type, torch.bfloat16):
        with torch.no_grad():
            known = critics(real[:paired], drawn)
        judged = critics(made, drawn)
    own = [(score, [layer[:paired] for layer in layers]) for score, layers in judged]
    return deceiving_loss(judged), feature_loss(known, own)


@torch.no_grad()
def _measure(model: nn.Module, held: list[Item], device: str) -> float:
    batch = collate(held, device)
    made = model(batch.mel, batch.frame_pitch, batch.voiced, f0_from(batch.frame_pitch))
    return spectral_loss(made, waves_of(held, device)).item()
