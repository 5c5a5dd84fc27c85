# SPDX-License-Identifier: GPL-3.0-or-later
"""The phases of personalisation: what each tunes and which loss it follows.

Shapes: B batch, F frames, S samples, V base voices, G speaker vector.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from torch import Tensor, nn

from voicevault.data.dataset import Source
from voicevault.students.acoustic import MEL_MEAN, MEL_STD, AcousticModel
from voicevault.students.blocks import AdaptiveNorm, ConvNeXtBlock
from voicevault.students.tts import f0_from
from voicevault.students.vocoder import BINS
from voicevault.training import mix
from voicevault.training.crops import crop, waves_of
from voicevault.training.items import Batch, Item, collate
from voicevault.training.losses import acoustic_loss, spectral_loss
from voicevault.training.owner import pick_batch
from voicevault.training.recipe import Recipe

if TYPE_CHECKING:
    from voicevault.training.personalise import _Run

Random = np.random.Generator

CROP_FRAMES = 64
CROPS = 10
REAL_MEL_SHARE = 0.15
"""Of the vocoder's crops: keeps it from forgetting what sharp mels sound like."""

_VOICES_BLENDED = 5


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of steps with one loss and one set of weights."""

    name: str
    kind: Literal["speaker", "acoustic", "vocoder"]
    steps: int
    learning_rate: float
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """A phase made ready: its weights and its loss."""

    parameters: list[nn.Parameter]
    holder: nn.Module
    """Module whose weights are averaged."""
    loss: Callable[[Random], Tensor]


def plan(recipe: Recipe, speech_s: float) -> list[Phase]:
    """The phases that this much speech allows."""
    out = [Phase("speaker", "speaker", recipe.speaker_steps, recipe.speaker_learning_rate)]
    for stage in recipe.stages:
        if speech_s >= stage.needs_speech_s:
            out.append(Phase(stage.name, "acoustic", stage.steps, stage.learning_rate, stage.parts))
    if recipe.vocoder_steps and speech_s >= recipe.vocoder_needs_speech_s:
        out.append(Phase("vocoder", "vocoder", recipe.vocoder_steps, recipe.vocoder_learning_rate))
    return out


def learning_rate(phase: Phase, step: int) -> float:
    """Ten steps of warm-up, then a cosine to a tenth."""
    warm = min(1.0, (step + 1) / 10)
    fall = 0.55 + 0.45 * math.cos(math.pi * step / max(1, phase.steps))
    return phase.learning_rate * warm * fall


def parameters_of(model: AcousticModel, parts: tuple[str, ...]) -> list[nn.Parameter]:
    """Weights named by ``parts`` (see ``recipe.PARTS``), each once."""
    found: dict[int, nn.Parameter] = {}

    def add(module: nn.Module) -> None:
        found.update({id(p): p for p in module.parameters()})

    for part in parts:
        if part == "norms":
            for module in model.modules():
                if isinstance(module, AdaptiveNorm):
                    add(module)
        elif part == "convolutions":  # everything but symbol embeddings and attention
            for module in model.modules():
                if isinstance(module, (ConvNeXtBlock, AdaptiveNorm)):
                    add(module)
            for layer in (
                model.variance_out,
                model.decoder_out,
                model.prosody_in,
                model.position_in,
            ):
                add(layer)
        elif part == "all":
            add(model)
        else:
            add(getattr(model, part))
    return list(found.values())


def start(run: "_Run", phase: Phase) -> Task:
    """Freeze everything but what ``phase`` tunes, and give its loss."""
    run.student.requires_grad_(False)
    if phase.kind == "vocoder":
        return _vocoder_task(run)
    model = run.student.acoustic
    if phase.kind == "speaker":
        holder = nn.ParameterList([run.speaker])
        weights, speaker = [run.speaker], run.speaker
    else:
        holder, speaker = nn.ModuleList([model]), None  # type: ignore[assignment]
        weights = parameters_of(model, phase.parts)
    for weight in weights:
        weight.requires_grad_(True)

    def loss(random: Random) -> Tensor:
        # The speaker vector is found from the owner alone.
        source: Source = "real"
        if phase.kind == "acoustic":
            source = mix.pick_source(run.recipe.mix, run.data, random)
        items = pick_batch(mix.items_of(run.data, source), run.recipe.batch_frames, random)
        batch = collate(items, run.compute.device)
        vector = None if speaker is None else speaker.expand(len(items), -1)
        out = model(batch.ids, batch.durations, batch.pitch, batch.energy, vector)
        return mix.weighted_loss(run.recipe.mix, source, out, batch, model.timeless)

    return Task(weights, holder, loss)


def _vocoder_task(run: "_Run") -> Task:
    vocoder = run.student.vocoder.requires_grad_(True)
    real = [item for item in run.data.train if item.frames > CROP_FRAMES]
    own = [_with_own_mel(run, item) for item in real]
    if not real:  # only one-word takes: nothing long enough to listen to
        return Task([run.speaker], nn.ParameterList([run.speaker]), _nothing)

    def loss(random: Random) -> Tensor:
        crops: list[Item] = []
        while len(crops) < CROPS:
            index = int(random.integers(len(real)))
            source = real if random.random() < REAL_MEL_SHARE else own
            piece = crop(source[index], CROP_FRAMES, random)
            assert piece is not None
            crops.append(piece)
        batch = collate(crops, run.compute.device)
        # Drawn on the CPU whatever the device: one seed, one training.
        shape = (CROPS, CROP_FRAMES, 2 * BINS)
        noise = torch.from_numpy(random.standard_normal(shape, np.float32))
        made = vocoder(
            batch.mel,
            batch.frame_pitch,
            batch.voiced,
            f0_from(batch.frame_pitch),
            noise.to(run.compute.device),
        )
        return spectral_loss(made, waves_of(crops, run.compute.device))

    return Task(list(vocoder.parameters()), vocoder, loss)


def _nothing(_random: Random) -> Tensor:
    return torch.zeros((), requires_grad=True)


def _with_own_mel(run: "_Run", item: Item) -> Item:
    """``item`` with the mel that the tuned model predicts for it (times and prosody given).

    Not yet sharpened: a spectral loss against the recording teaches to blur what is sharp in the
    wrong place (one reader, ten sentences, similarity ratio: 0.944 with mels sharpened after the
    vocoder's tuning, 0.921 with mels sharpened before it; DECISIONS.md).
    """
    with torch.no_grad(), run.compute.autocast():
        one = collate([item], run.compute.device)
        out = run.student.acoustic(one.ids, one.durations, one.pitch, one.energy, None)
    natural = out.mel[0].float().cpu().numpy() * MEL_STD + MEL_MEAN
    return Item(
        item.ids, item.durations, natural, item.log_f0, item.voiced, item.wave, item.speaker
    )


@torch.no_grad()
def nearest_voices(run: "_Run") -> Tensor:
    """Vector [1, G] of the base voices that explain the owner best: a start, no more."""
    items = pick_batch(run.data.train, 400, np.random.default_rng(run.recipe.seed))
    with run.compute.autocast():
        return nearest(run.student.acoustic, run.base.speakers, collate(items, run.compute.device))


@torch.no_grad()
def nearest(model: AcousticModel, vectors: Tensor, batch: Batch) -> Tensor:
    """Mean [1, G] of the five of ``vectors`` [V, G] with which ``model`` explains a batch best."""
    losses = []
    for vector in vectors:
        speaker = vector.to(batch.ids.device)[None].expand(len(batch.ids), -1)
        out = model(batch.ids, batch.durations, batch.pitch, batch.energy, speaker)
        losses.append(float(acoustic_loss(out, batch, model.timeless).total))
    return vectors[np.argsort(losses)[:_VOICES_BLENDED]].mean(0, keepdim=True)
