# SPDX-License-Identifier: GPL-3.0-or-later
"""Personalisation: the base becomes one person's voice.

In order: find the speaker vector, fold it into the norms, tune few weights (more with more speech),
let the guard blend back what cost intelligibility, tune the vocoder on the new voice's own mels,
give the mels back their spread, add the band above 8 kHz where the owner's recordings have one,
calibrate pace and level. Every step draws from a generator seeded
by (seed, phase, step), so a run that was killed and resumed ends where an uninterrupted one does.

Shapes: B batch, T tokens, F frames, S samples, V base voices, G speaker vector.
"""

import copy
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from voicevault.consents.record import Consent, PublishedSpeech, Stamp
from voicevault.data.dataset import Utterance
from voicevault.errors import Cancelled, TrainingFailed
from voicevault.events import CancelledAt, Progress
from voicevault.runtime.align import Aligner
from voicevault.students.shipped import Base, load_base
from voicevault.students.tts import TtsStudent
from voicevault.training import highband, phases, sharpen, stamps
from voicevault.training.checkpoint import pack_state, unpack_state
from voicevault.training.context import Context
from voicevault.training.guard import blend_back, certainty, loudest
from voicevault.training.items import collate, thinned
from voicevault.training.losses import acoustic_loss
from voicevault.training.owner import OwnerData, prepare_owner
from voicevault.training.permission import require
from voicevault.training.phases import Phase
from voicevault.training.preview import Previews
from voicevault.training.recipe import Recipe
from voicevault.training.telling import tell_step

CHECKPOINT_EVERY_S = 15.0


@dataclass(frozen=True, slots=True)
class Compute:
    """Where the arithmetic happens."""

    device: str = "cpu"
    bf16: bool = False

    def autocast(self) -> torch.autocast:
        """bfloat16 where the probe found that it pays."""
        return torch.autocast(self.device, torch.bfloat16, enabled=self.bf16)


@dataclass(frozen=True, slots=True)
class StudentBundle:
    """A finished voice, as it goes into the vault."""

    weights: bytes
    """safetensors of the folded student, float32."""
    info: dict[str, Any]
    """Plain figures of the training."""


def personalise(
    utterances: Sequence[Utterance],
    recipe: Recipe,
    ctx: Context,
    *,
    consent: Consent | PublishedSpeech,
    resume: bytes | None = None,
    compute: Compute | None = None,
    espeak_voice: str = "en-us",
    previews: bool = False,
) -> StudentBundle:
    """Train one voice.

    Args:
        utterances: the owner's takes; only those split "train" are touched.
        recipe: how.
        ctx: gets Progress and Metric events and, every 15 s and when stopped, a blob "checkpoint".
        consent: of the person who speaks; it is heard again, and takes of another voice are left
            out. ``PublishedSpeech`` stands for speech that its speakers published.
        resume: bytes of such a checkpoint; takes and recipe have to be the same.
        compute: device and precision; CPU and float32 when not given.
        espeak_voice: accent of the phonemes.
        previews: also hand over blobs "preview", a sentence as the voice says it so far, at the end
            of each phase and some seconds apart. They change nothing of what is learnt.

    Raises:
        Refused: nobody consented, or not with this voice.
        MissingExtra: voices cannot be compared here.
        BadDataset: too little usable speech.
        Cancelled: stopped on request, after the checkpoint was handed over.
        TrainingFailed: the loss is not finite, or the checkpoint is of another run.
    """
    stamp, allowed = require(consent, [one for one in utterances if one.split == "train"], ctx)
    aligner = Aligner.load()
    data = prepare_owner(allowed, aligner, espeak_voice, ctx)
    compute = compute or Compute()
    run = _Run(load_base(), data, recipe, ctx, compute, aligner, espeak_voice, previews)
    if resume is not None:
        run.restore(resume)
    return run.finish(stamp)


class _Run:
    """State of one training. Does not know of vaults, files or processes."""

    def __init__(
        self,
        base: Base,
        data: OwnerData,
        recipe: Recipe,
        ctx: Context,
        compute: Compute,
        aligner: Aligner,
        espeak_voice: str,
        previews: bool = False,
    ) -> None:
        self.base, self.data, self.recipe, self.ctx = base, data, recipe, ctx
        self.compute, self.aligner, self.espeak_voice = compute, aligner, espeak_voice
        self.student = base.student.to(compute.device).train()
        self.speaker = nn.Parameter(torch.zeros(1, base.speakers.shape[1], device=compute.device))
        self.untuned: TtsStudent | None = None
        self.plan = phases.plan(recipe, data.speech_s)
        self.phase, self.step = 0, 0
        self.started = time.monotonic()
        self.saved = self.began = self.started
        self.began_at = 0  # steps that a resumed run had behind it
        self.info: dict[str, Any] = {}
        self.pending: dict[str, Any] | None = None  # optimiser and average of a resumed phase
        self.previews = Previews(self, previews)

    def finish(self, stamp: Stamp) -> StudentBundle:
        """Run what is left of the plan and hand over the voice."""
        if self.phase == 0 and self.step == 0:
            with torch.no_grad():
                self.speaker.copy_(phases.nearest_voices(self))
        self.began, self.began_at = time.monotonic(), self.done()
        while self.phase < len(self.plan):
            self._run_phase(self.plan[self.phase])
            self.previews.at_end()
            self.phase, self.step = self.phase + 1, 0
        self._sharpen()
        self._widen()
        self._calibrate()
        student = self.student.cpu().eval()
        weights = {k: v.contiguous() for k, v in student.state_dict().items()}
        self.info |= {
            "seconds_of_speech": round(self.data.speech_s, 1),
            "utterances": len(self.data.train),
            "rejected": len(self.data.rejected),
            "training_s": round(time.monotonic() - self.started, 1),
            "base_sha256": self.base.sha256,
            "final_loss": round(self._final_loss(), 6),
        }
        self.info |= {name: len(items) for name, items in self.data.made.items() if items}
        self.info["consent"] = stamp.to_json()
        return StudentBundle(stamps.pack(weights, stamp), self.info)

    def _run_phase(self, phase: Phase) -> None:
        task = phases.start(self, phase)
        optimiser = torch.optim.AdamW(
            task.parameters, phase.learning_rate, (0.9, 0.98), weight_decay=0.0
        )
        average = AveragedModel(task.holder, multi_avg_fn=get_ema_multi_avg_fn(self.recipe.ema))
        if self.pending is not None:
            optimiser.load_state_dict(self.pending["optimiser"])
            average.load_state_dict(self.pending["average"])
            self.pending = None
        while self.step < phase.steps:
            self._stop_or_save(optimiser, average)
            for group in optimiser.param_groups:
                group["lr"] = phases.learning_rate(phase, self.step)
            random = np.random.default_rng((self.recipe.seed, self.phase, self.step))
            with self.compute.autocast():
                loss = task.loss(random)
            if not torch.isfinite(loss):
                raise TrainingFailed(
                    f"the loss of {phase.name} is not finite at step {self.step}",
                    hint="train with a lower learning rate, or with seed=2",
                )
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(task.parameters, 1.0)
            optimiser.step()
            average.update_parameters(task.holder)
            self.step += 1
            self._tell(phase, loss)
            if self.step < phase.steps:
                self.previews.at_step(average.module)
        task.holder.load_state_dict(average.module.state_dict())
        self._after(phase)

    def _after(self, phase: Phase) -> None:
        """What happens between phases: fold after the speaker vector, guard before the vocoder."""
        following = self.plan[self.phase + 1] if self.phase + 1 < len(self.plan) else None
        if phase.kind == "speaker":
            self.student.fold(self.speaker[0].detach())
            self.untuned = copy.deepcopy(self.student).eval().requires_grad_(False)
        if phase.kind == "acoustic" and (following is None or following.kind != "acoustic"):
            self._guard()

    def _guard(self) -> None:
        assert self.untuned is not None
        self.ctx.emit(Progress("guard", 0, 1, message="checking that every word is still there"))
        self.student.eval()
        result = blend_back(
            self.student,
            self.untuned,
            lambda student: certainty(student, self.aligner, self.espeak_voice),
            self.recipe.guard_margin,
        )
        self.student.train()
        self.info |= {
            "guard_blend": result.blend,
            "guard_reference": round(result.reference, 3),
            "guard_score": round(result.score, 3),
        }

    @torch.no_grad()
    def _sharpen(self) -> None:
        """Mels with the owner's spread again, where there is speech enough to know it."""
        self.ctx.emit(Progress("sharpen", 0, 1, message="giving the sound its details back"))
        acoustic = self.student.acoustic.eval()
        made, real = [], []
        for item in thinned(self.data.train, sharpen.ENOUGH_FRAMES):
            batch = collate([item], self.compute.device)
            with self.compute.autocast():
                out = acoustic(batch.ids, batch.durations, batch.pitch, batch.energy, None)
            made.append(out.mel[0].float().cpu())
            real.append(batch.mel[0].cpu())
        found = sharpen.fit(made, real)
        if found is not None:
            sharpen.apply(acoustic, found)
            self.info["contrast"] = round(found.contrast, 2)
        acoustic.train()

    @torch.no_grad()
    def _widen(self) -> None:
        """The band above 8 kHz, from the owner's takes alone, where the recipe wants one."""
        if not highband.wanted(self.recipe.band, self.data.train):
            return
        self.ctx.emit(Progress("widen", 0, 1, message="adding the sound above 8 kHz"))
        acoustic = self.student.acoustic.eval()
        made, mels, bands = [], [], []
        for item in highband.enough(self.data.train):
            batch = collate([item], self.compute.device)
            with self.compute.autocast():
                out = acoustic(batch.ids, batch.durations, batch.pitch, batch.energy, None)
            made.append(out.mel[0].float().cpu())
            mels.append(batch.mel[0].cpu())
            bands.append(torch.from_numpy(item.high))
        found = highband.fit(made, mels, bands)
        self.student.vocoder.high = found.to(self.compute.device)
        self.info["band_hz"] = highband.reach_hz(found)
        acoustic.train()

    def _tell(self, phase: Phase, loss: Tensor) -> None:
        if self.step % 5 and self.step != phase.steps:
            return
        done, total = self.done(), self.total()
        tell_step(self.ctx, phase.name, loss, done, total, self.began, self.began_at)

    def done(self) -> int:
        """Steps behind us, of all phases."""
        return sum(p.steps for p in self.plan[: self.phase]) + self.step

    def total(self) -> int:
        """Steps of all phases."""
        return sum(p.steps for p in self.plan)

    def _stop_or_save(self, optimiser: torch.optim.Optimizer, average: AveragedModel) -> None:
        stopping = self.ctx.stopping()
        if not stopping and time.monotonic() - self.saved < CHECKPOINT_EVERY_S:
            return
        done = self.done()
        state = {
            "seed": self.recipe.seed,
            "recipe": self.recipe.name,
            "frames": self.data.frames,
            "phase": self.phase,
            "step": self.step,
            "speaker": self.speaker.detach(),
            "student": self.student.state_dict(),
            "untuned": None if self.untuned is None else self.untuned.acoustic.state_dict(),
            "optimiser": optimiser.state_dict(),
            "average": average.state_dict(),
            "info": self.info,
        }
        self.ctx.put_blob("checkpoint", pack_state(state), {"step": done})
        self.saved = time.monotonic()
        if stopping:
            self.ctx.emit(CancelledAt(done, resumable=True))
            raise Cancelled(f"stopped at step {done}", hint="continue with --resume")

    def restore(self, data: bytes) -> None:
        """Continue from a checkpoint of the same run.

        Raises:
            TrainingFailed: it belongs to another recipe, seed or set of takes.
        """
        state = unpack_state(data)
        mine = (self.recipe.seed, self.recipe.name, self.data.frames)
        theirs = (state["seed"], state["recipe"], state["frames"])
        if mine != theirs:
            raise TrainingFailed(
                f"the checkpoint is of recipe {theirs[1]}, seed {theirs[0]}, {theirs[2]} frames; "
                f"this run has {mine[1]}, {mine[0]}, {mine[2]}",
                hint="takes or settings changed: train without --resume",
            )
        self.phase, self.step, self.info = state["phase"], state["step"], state["info"]
        if state["untuned"] is not None:
            self.student.fold(torch.zeros_like(self.speaker[0].detach()))
            self.untuned = copy.deepcopy(self.student).eval().requires_grad_(False)
            state["untuned"].setdefault("contrast", self.untuned.acoustic.contrast)
            self.untuned.acoustic.load_state_dict(state["untuned"])
        state["student"].setdefault("acoustic.contrast", self.student.acoustic.contrast)
        self.student.load_state_dict(state["student"])
        with torch.no_grad():
            self.speaker.copy_(state["speaker"])
        self.pending = {"optimiser": state["optimiser"], "average": state["average"]}

    @torch.no_grad()
    def _calibrate(self) -> None:
        """Pace: real against predicted length. Level: the fixed sentences peak at about -1 dBFS."""
        self.student.eval()
        real, predicted = 0.0, 0.0
        for item in self.data.train:
            ids = torch.from_numpy(item.ids)[None].to(self.compute.device)
            _, log_duration, _, _ = self.student.acoustic.encode(ids, None, None)
            predicted += float(self.student.durations(ids, log_duration, 1.0).sum())
            real += item.frames
        self.student.set_pace(real, predicted)
        peak = loudest(self.student, self.espeak_voice)
        self.student.level.fill_(float(np.clip(0.89 / max(peak, 1e-3), 0.5, 8.0)))
        self.info["duration_scale"] = round(float(self.student.duration_scale), 4)

    @torch.no_grad()
    def _final_loss(self) -> float:
        """Acoustic loss of the finished voice on what it was trained on (up to 16 takes)."""
        student = self.student.cpu().eval()
        batch = collate(self.data.train[:16])
        out = student.acoustic(batch.ids, batch.durations, batch.pitch, batch.energy, None)
        return float(acoustic_loss(out, batch, student.acoustic.timeless).total)
