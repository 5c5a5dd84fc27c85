# SPDX-License-Identifier: GPL-3.0-or-later
"""Base training of the TTS student: many voices into one acoustic model and one vocoder.

Shapes: B batch, F frames, C crop frames, S samples, G speaker vector.
"""

import argparse
from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from voicevault.students.acoustic import MEL_MEAN, MEL_STD, AcousticModel
from voicevault.students.tts import f0_from
from voicevault.students.vocoder import Vocoder
from voicevault.training.base.clock import Clock, load_average
from voicevault.training.base.sampling import batches, split, weights_of
from voicevault.training.base.settings import BaseSettings
from voicevault.training.corpus import Corpus
from voicevault.training.crops import crop, waves_of
from voicevault.training.items import Item, collate
from voicevault.training.losses import acoustic_loss, spectral_loss

_REPORT_EVERY = 250


class ManyVoices(nn.Module):
    """The acoustic model with a vector for each voice of the corpus."""

    def __init__(self, speakers: int) -> None:
        super().__init__()
        self.acoustic = AcousticModel()
        self.speakers = nn.Embedding(speakers, self.acoustic.config.speaker_size)
        nn.init.normal_(self.speakers.weight, std=0.3)


def _autocast(arguments: argparse.Namespace) -> torch.autocast:
    return torch.autocast(arguments.device, torch.bfloat16)


def _start(arguments: argparse.Namespace) -> Corpus:
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    return Corpus(arguments.work)


def train_acoustic(settings: BaseSettings, arguments: argparse.Namespace) -> None:
    """Acoustic model on all voices, teacher-forced durations, pitch and energy."""
    corpus, chosen = _start(arguments), settings.acoustic
    train_set, validation = split(corpus, list(corpus.usable()))
    weights = weights_of(corpus, train_set, settings.data.weights)
    model = ManyVoices(len(corpus.speakers)).to(arguments.device)
    clock = Clock(
        arguments.work / "acoustic.pt",
        model,
        planned_minutes=chosen.planned_minutes,
        learning_rate=chosen.learning_rate,
        final_learning_rate=chosen.final_learning_rate,
        ema=chosen.ema,
    )
    random = np.random.default_rng(clock.step)
    drawn = batches(corpus, train_set, weights, chosen.batch_frames, random)
    for step in clock.steps(arguments.minutes):
        batch = collate([corpus.item(n) for n in next(drawn)], arguments.device)
        with _autocast(arguments):
            out = model.acoustic(
                batch.ids, batch.durations, batch.pitch, batch.energy, model.speakers(batch.speaker)
            )
        loss = acoustic_loss(out, batch, model.acoustic.timeless)
        clock.update(loss.total)
        if step % _REPORT_EVERY == 0:
            clock.note(train_mel=loss.mel.item(), **_validate(clock, corpus, validation, arguments))


@torch.no_grad()
def _validate(
    clock: Clock, corpus: Corpus, validation: Sequence[int], arguments: argparse.Namespace
) -> dict[str, float]:
    """Averaged weights on unseen sentences of seen voices."""
    model = clock.average.module.eval()
    assert isinstance(model, ManyVoices)
    rows = []
    for start in range(0, min(len(validation), 96), 12):
        batch = collate([corpus.item(n) for n in validation[start : start + 12]], arguments.device)
        out = model.acoustic(
            batch.ids, batch.durations, batch.pitch, batch.energy, model.speakers(batch.speaker)
        )
        loss = acoustic_loss(out, batch, model.acoustic.timeless)
        rows.append([loss.mel.item(), loss.duration.item(), loss.frame_pitch.item()])
    mel, duration, pitch = np.mean(rows, 0)
    return {"mel": mel, "duration": duration, "pitch": pitch}


def train_vocoder(settings: BaseSettings, arguments: argparse.Namespace) -> None:
    """Vocoder on real mels: spectral losses only."""
    corpus, chosen = _start(arguments), settings.vocoder
    train_set, validation = split(corpus, range(len(corpus)))
    weights = weights_of(corpus, train_set, settings.data.weights)
    model = Vocoder().to(arguments.device)
    clock = Clock(
        arguments.work / "vocoder.pt",
        model,
        planned_minutes=chosen.planned_minutes,
        learning_rate=chosen.learning_rate,
        final_learning_rate=chosen.final_learning_rate,
        ema=chosen.ema,
    )
    random = np.random.default_rng(clock.step + 1)
    fixed = np.random.default_rng(0)
    held = [crop(corpus.sound(n), 160, fixed) for n in validation]
    held_out = [item for item in held if item is not None][:24]
    for step in clock.steps(arguments.minutes):
        items: list[Item] = []
        while len(items) < chosen.batch_size:
            number = train_set[int(random.choice(len(train_set), p=weights))]
            piece = crop(corpus.sound(number), chosen.crop_frames, random)
            if piece is not None:
                items.append(piece)
        batch = collate(items, arguments.device)
        with _autocast(arguments):
            made = model(batch.mel, batch.frame_pitch, batch.voiced, f0_from(batch.frame_pitch))
        loss = spectral_loss(made, waves_of(items, arguments.device))
        clock.update(loss)
        if step % _REPORT_EVERY == 0:
            with torch.no_grad():
                batch = collate(held_out, arguments.device)
                made = clock.average.module(
                    batch.mel, batch.frame_pitch, batch.voiced, f0_from(batch.frame_pitch)
                )
                real = waves_of(held_out, arguments.device)
                clock.note(train=loss.item(), spectral=spectral_loss(made, real).item())


def train_joint(settings: BaseSettings, arguments: argparse.Namespace) -> None:
    """Vocoder on the trained acoustic model's own mels, mixed with real ones."""
    corpus, chosen = _start(arguments), settings.joint
    train_set, _ = split(corpus, list(corpus.usable()))
    weights = weights_of(corpus, train_set, settings.data.weights)
    voices = load_average(ManyVoices(len(corpus.speakers)), arguments.work / "acoustic.pt")
    voices.to(arguments.device)
    model = load_average(Vocoder(), arguments.work / "vocoder.pt").to(arguments.device)
    clock = Clock(
        arguments.work / "joint.pt",
        model,
        planned_minutes=chosen.planned_minutes,
        learning_rate=chosen.learning_rate,
        final_learning_rate=chosen.final_learning_rate,
        ema=0.998,
    )
    random = np.random.default_rng(clock.step + 2)
    drawn = batches(corpus, train_set, weights, 1600, random)
    size = settings.vocoder.crop_frames
    for step in clock.steps(arguments.minutes):
        items: list[Item] = []
        while len(items) < settings.vocoder.batch_size:
            whole = [corpus.item(n) for n in next(drawn)]
            batch = collate(whole, arguments.device)
            with torch.no_grad(), _autocast(arguments):
                vectors = voices.speakers(batch.speaker)
                mel = voices.acoustic(
                    batch.ids, batch.durations, batch.pitch, batch.energy, vectors
                ).mel
            for row, item in enumerate(whole):
                if random.random() < chosen.predicted_share:
                    natural = mel[row, : item.frames].float() * MEL_STD + MEL_MEAN
                    item.mel = natural.cpu().numpy()
                piece = crop(item, size, random)
                if piece is not None:
                    items.append(piece)
        items = items[: settings.vocoder.batch_size * 2]
        batch = collate(items, arguments.device)
        with _autocast(arguments):
            made = model(batch.mel, batch.frame_pitch, batch.voiced, f0_from(batch.frame_pitch))
        loss = spectral_loss(made, waves_of(items, arguments.device))
        clock.update(loss)
        if step % 100 == 0:
            clock.note(train=loss.item())
