# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped recogniser becomes one person's: few weights with little speech, all with more.

Each step hears the owner's takes, what teachers said of the owner's text, and other people (the
shipped voices), disturbed as in base training. Besides learning their words, the network is held to
what the shipped one answers to those others (learning without forgetting, Li and Hoiem 2016).
Every step draws from a generator seeded by (seed, phase, step), so that a run which was stopped and
resumed ends where an uninterrupted one does.

Shapes: B batch, T feature frames (10 ms), L frames out (40 ms), V pieces.
"""

import contextlib
import copy
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from voicevault.consents.record import Consent, PublishedSpeech, Stamp
from voicevault.data.dataset import Utterance
from voicevault.errors import BadDataset, Cancelled, TrainingFailed
from voicevault.events import CancelledAt
from voicevault.runtime.align import Aligner
from voicevault.students.recogniser import Heard, Recogniser, recognition_loss
from voicevault.students.shipped import Base, load_base
from voicevault.text.pieces import Pieces
from voicevault.training.base.recognition_batches import (
    BatchMaker,
    HeardBatch,
    Severity,
    collate,
)
from voicevault.training.checkpoint import pack_state, unpack_state
from voicevault.training.context import Context
from voicevault.training.heard_takes import OTHERS, MemoryShelf, hear_takes
from voicevault.training.other_people import others_say, texts
from voicevault.training.permission import require
from voicevault.training.personalise import CHECKPOINT_EVERY_S, Compute
from voicevault.training.recogniser_parts import parameters_of
from voicevault.training.recogniser_recipe import HearingStage, RecogniserRecipe
from voicevault.training.telling import tell_step

_WARM_UP_STEPS = 10
_LOSS_TAKES = 16


@dataclass(frozen=True, slots=True)
class RecogniserBase:
    """What a personal recogniser starts from."""

    network: Recogniser
    pieces: Pieces
    sha256: str
    """Of the shipped file."""


@dataclass(frozen=True, slots=True)
class PersonalRecogniser:
    """A trained network, before anybody judged it."""

    network: Recogniser
    stamp: Stamp
    info: dict[str, Any]
    """Plain figures of the training."""


def personalise_recogniser(
    utterances: Sequence[Utterance],
    recipe: RecogniserRecipe,
    ctx: Context,
    *,
    base: RecogniserBase,
    consent: Consent | PublishedSpeech,
    voices: Base | None = None,
    resume: bytes | None = None,
    compute: Compute | None = None,
    espeak_voice: str = "en-us",
) -> PersonalRecogniser:
    """Train one recogniser.

    Args:
        utterances: the owner's takes and what teachers said; only those split "train" are heard.
            The texts of all others are kept from the voices that speak beside them, too.
        recipe: how.
        ctx: gets Progress and Metric events and, every 15 s and when stopped, a blob "checkpoint".
        base: the shipped recogniser; it is not changed.
        consent: of the person who speaks; it is heard again, and takes of another voice are left
            out. ``PublishedSpeech`` stands for speech that its speakers published.
        voices: what other people speak with; the shipped voices when not given.
        resume: bytes of such a checkpoint; takes and recipe have to be the same.
        compute: device and precision; CPU and float32 when not given.
        espeak_voice: accent of the phonemes.

    Raises:
        Refused: nobody consented, or not with this voice.
        MissingExtra: voices cannot be compared here.
        BadDataset: too little usable speech.
        Cancelled: stopped on request, after the checkpoint was handed over.
        TrainingFailed: the loss is not finite, or the checkpoint is of another run.
    """
    stamp, allowed = require(consent, [one for one in utterances if one.split == "train"], ctx)
    shelf, rejected = hear_takes(allowed, Aligner.load(), espeak_voice, ctx)
    speech_s = shelf.seconds("real")
    if recipe.mix.others and recipe.others_utterances:
        held_back = [one.text for one in utterances if one.split != "train"]
        said = texts((one.text for one in allowed), held_back)
        speaking = voices or load_base()
        for features, spoken in others_say(
            speaking, said, recipe.others_utterances, "learnt", recipe.seed, ctx
        ):
            shelf.add(features, spoken)
    run = _Run(base, shelf, speech_s, recipe, ctx, compute or Compute())
    if resume is not None:
        run.restore(resume)
    return run.finish(stamp, len(rejected))


def plan(recipe: RecogniserRecipe, speech_s: float) -> list[HearingStage]:
    """The stages that this much speech allows."""
    return [stage for stage in recipe.stages if speech_s >= stage.needs_speech_s]


def learning_rate(stage: HearingStage, step: int) -> float:
    """Ten steps of warm-up, then a cosine to a tenth."""
    warm = min(1.0, (step + 1) / _WARM_UP_STEPS)
    fall = 0.55 + 0.45 * math.cos(math.pi * step / max(1, stage.steps))
    return stage.learning_rate * warm * fall


def faith_loss(heard: Heard, shipped: Tensor, rows: Tensor, pieces: int) -> Tensor:
    """Divergence from the shipped answers [B', L, V] to ``rows`` [B'], a piece of the batch."""
    length = shipped.shape[1]
    inside = torch.arange(length, device=rows.device)[None] < heard.lengths[rows, None]
    each = F.kl_div(heard.log_probs[rows], shipped, reduction="none", log_target=True).sum(-1)
    return (each * inside).sum() / max(1, pieces)


class _Run:
    """State of one training. Does not know of vaults, files or processes."""

    def __init__(
        self,
        base: RecogniserBase,
        shelf: MemoryShelf,
        speech_s: float,
        recipe: RecogniserRecipe,
        ctx: Context,
        compute: Compute,
    ) -> None:
        self.base, self.shelf, self.recipe, self.ctx = base, shelf, recipe, ctx
        self.compute, self.speech_s = compute, speech_s
        self.shipped = copy.deepcopy(base.network).to(compute.device).eval().requires_grad_(False)
        self.network = copy.deepcopy(base.network).to(compute.device).train()
        self.plan = plan(recipe, speech_s)
        self.maker = BatchMaker(
            shelf,
            range(len(shelf.records)),
            self._weights(),
            base.pieces,
            (),  # no recordings of noise are shipped: coloured noise, and each other
            seconds=recipe.batch_seconds,
            severity=Severity(disturbed=True, masked=True),
            seed=recipe.seed,
        )
        self.phase, self.step = 0, 0
        self.started = self.saved = self.began = time.monotonic()
        self.began_at = 0  # steps that a resumed run had behind it
        self.pending: dict[str, Any] | None = None  # optimiser and average of a resumed phase

    def _weights(self) -> np.ndarray:
        """Chance of each utterance, so that others get their share and sources theirs, [N]."""
        mix, records = self.recipe.mix, self.shelf.records
        by_source = {"real": mix.real, "taught": mix.taught, "replay": mix.replay, OTHERS: 0.0}
        own = np.array([by_source[one.speaker] for one in records])
        if not own.sum():
            raise BadDataset(
                "every source with something to learn from is switched off",
                hint="give mix.real, mix.taught or mix.replay a weight",
            )
        out = own / own.sum()
        strangers = np.array([one.speaker == OTHERS for one in records], float)
        if strangers.any():
            out = (1.0 - mix.others) * out + mix.others * strangers / strangers.sum()
        return out

    def finish(self, stamp: Stamp, rejected: int) -> PersonalRecogniser:
        """Run what is left of the plan and hand over the network."""
        self.began, self.began_at = time.monotonic(), self._done()
        while self.phase < len(self.plan):
            self._run_stage(self.plan[self.phase])
            self.phase, self.step = self.phase + 1, 0
        network = self.network.cpu().eval().requires_grad_(False)
        sources = ("real", "taught", "replay", OTHERS)
        heard = {name: len(self.shelf.numbers(name)) for name in sources}
        info = {
            "seconds_of_speech": round(self.speech_s, 1),
            "utterances": heard.pop("real"),
            "rejected": rejected,
            **{name: count for name, count in heard.items() if count},
            "training_s": round(time.monotonic() - self.started, 1),
            "base_sha256": self.base.sha256,
            "final_loss": round(self._final_loss(network), 6),
            "consent": stamp.to_json(),
        }
        return PersonalRecogniser(network, stamp, info)

    def _run_stage(self, stage: HearingStage) -> None:
        self.network.requires_grad_(False)
        weights = parameters_of(self.network, stage.parts)
        for weight in weights:
            weight.requires_grad_(True)
        optimiser = torch.optim.AdamW(weights, stage.learning_rate, (0.9, 0.98), weight_decay=0.0)
        average = AveragedModel(self.network, multi_avg_fn=get_ema_multi_avg_fn(self.recipe.ema))
        if self.pending is not None:
            optimiser.load_state_dict(self.pending["optimiser"])
            average.load_state_dict(self.pending["average"])
            self.pending = None
        while self.step < stage.steps:
            self._stop_or_save(optimiser, average)
            for group in optimiser.param_groups:
                group["lr"] = learning_rate(stage, self.step)
            random = np.random.default_rng((self.recipe.seed, self.phase, self.step))
            with self._seeded(random):  # dropout
                loss = self._loss(random)
            if not torch.isfinite(loss):
                raise TrainingFailed(
                    f"the loss of {stage.name} is not finite at step {self.step}",
                    hint="train with a lower learning rate, or with seed=2",
                )
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(weights, 1.0)
            optimiser.step()
            average.update_parameters(self.network)
            self.step += 1
            self._tell(stage, loss)
        self.network.load_state_dict(average.module.state_dict())

    @contextlib.contextmanager
    def _seeded(self, random: np.random.Generator) -> Iterator[None]:
        """Torch's own numbers are those of this step; whoever else draws some is not disturbed."""
        device = torch.device(self.compute.device)
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            torch.manual_seed(int(random.integers(2**62)))
            yield

    def _batch(self, random: np.random.Generator) -> tuple[HeardBatch, list[int]]:
        """About ``batch_seconds`` of speech, and which rows are other people's."""
        numbers, longest = list[int](), 0
        for drawn in random.choice(len(self.shelf.records), 256, p=self.maker.weights):
            longest = max(longest, self.shelf.records[drawn].frames)
            if numbers and longest * (len(numbers) + 1) > self.recipe.batch_seconds * 100:
                break
            numbers.append(int(drawn))
        batch = collate([self.maker.row(number, random) for number in numbers])
        strangers = [
            i for i, one in enumerate(numbers) if self.shelf.records[one].speaker == OTHERS
        ]
        return batch, strangers

    def _loss(self, random: np.random.Generator) -> Tensor:
        device = self.compute.device
        batch, strangers = self._batch(random)
        features, lengths = batch.features.to(device), batch.lengths.to(device)
        with self.compute.autocast():
            heard = self.network.hear(features, lengths)
        phonemes = batch.phonemes.to(device)
        total, _, _ = recognition_loss(heard, batch.pieces, phonemes, self.recipe.phoneme_share)
        if not strangers or not self.recipe.mix.faith:
            return total
        rows = torch.tensor(strangers, device=device)
        with torch.no_grad(), self.compute.autocast():
            answers = self.shipped.hear(features[rows], lengths[rows]).log_probs
        count = sum(map(len, batch.pieces))
        return total + self.recipe.mix.faith * faith_loss(heard, answers, rows, count)

    def _tell(self, stage: HearingStage, loss: Tensor) -> None:
        if self.step % 5 and self.step != stage.steps:
            return
        total = sum(one.steps for one in self.plan)
        tell_step(self.ctx, stage.name, loss, self._done(), total, self.began, self.began_at)

    def _done(self) -> int:
        """Steps behind us, of all stages."""
        return sum(one.steps for one in self.plan[: self.phase]) + self.step

    def _stop_or_save(self, optimiser: torch.optim.Optimizer, average: AveragedModel) -> None:
        stopping = self.ctx.stopping()
        if not stopping and time.monotonic() - self.saved < CHECKPOINT_EVERY_S:
            return
        done = self._done()
        state = {
            "identity": self._identity(),
            "phase": self.phase,
            "step": self.step,
            "network": self.network.state_dict(),
            "optimiser": optimiser.state_dict(),
            "average": average.state_dict(),
        }
        self.ctx.put_blob("checkpoint", pack_state(state), {"step": done})
        self.saved = time.monotonic()
        if stopping:
            self.ctx.emit(CancelledAt(done, resumable=True))
            raise Cancelled(f"stopped at step {done}", hint="continue with --resume")

    def _identity(self) -> list[Any]:
        """What has to be the same for a checkpoint to go on."""
        recipe = self.recipe
        return [recipe.name, recipe.seed, self.shelf.frames, self.base.sha256]

    def restore(self, data: bytes) -> None:
        """Continue from a checkpoint of the same run.

        Raises:
            TrainingFailed: it belongs to another recipe, seed, base or set of takes.
        """
        state = unpack_state(data)
        theirs, mine = state.get("identity"), self._identity()
        if theirs != mine:
            raise TrainingFailed(
                f"the checkpoint is of another run (recipe, seed, frames, base: {theirs}); this "
                f"one has {mine}",
                hint="takes, settings or the program changed: train without --resume",
            )
        self.phase, self.step = state["phase"], state["step"]
        self.network.load_state_dict(state["network"])
        self.pending = {"optimiser": state["optimiser"], "average": state["average"]}

    @torch.no_grad()
    def _final_loss(self, network: Recogniser) -> float:
        """CTC a piece of the finished network on up to 16 takes, undisturbed."""
        total, count = 0.0, 0
        for number in self.shelf.numbers("real")[:_LOSS_TAKES]:
            one = self.maker.plain(number)
            batch = collate([one])
            heard = network.hear(batch.features, batch.lengths)
            _, ctc, _ = recognition_loss(heard, batch.pieces, batch.phonemes, 0.0)
            total, count = total + float(ctc) * len(one[1]), count + len(one[1])
        return total / max(1, count)
