# SPDX-License-Identifier: GPL-3.0-or-later
"""What a checkpoint of base training makes of people whom training never heard.

Two renditions of the same few recordings: *copied*, the vocoder on the recording's own mel and
pitch; and *fitted*, the acoustic model with a speaker vector found in 40 steps from ten other
sentences, told the recording's durations, pitch and energy, through the same vocoder. The first
shows what the vocoder loses, the second what the acoustic model adds to it. Nothing is trained but
that vector, and it is thrown away. Measuring is the matter of ``evaluation.base_progress``.

Shapes: B batch, F frames, S samples, M mel bins, V base voices, G speaker vector.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from voicevault.audio.files import decode, load
from voicevault.data.dataset import Utterance
from voicevault.data.features import FloatArray
from voicevault.data.ljspeech import read_folder
from voicevault.runtime.align import Aligner
from voicevault.students.acoustic import AcousticModel, AcousticOutput
from voicevault.students.shipped import load_base
from voicevault.students.tts import f0_from
from voicevault.students.vocoder import Vocoder
from voicevault.text.frontend import DEFAULT_VOICE
from voicevault.training.base.clock import averaged
from voicevault.training.base.synthesis import ManyVoices
from voicevault.training.items import Batch, Item, collate
from voicevault.training.losses import acoustic_loss
from voicevault.training.owner import prepare_one
from voicevault.training.phases import nearest

VOCODER_STAGES = ("polish", "joint", "vocoder")
"""Newest first."""
JUDGED, FITTED = 8, 10
"""Recordings of each person: to be said again, and to find the speaker vector by."""
STEPS, RATE = 40, 0.02
"""Of the speaker vector's fit; as in ``tts_quick.toml``."""
SHORTEST_S, LONGEST_S = 1.5, 10.0
_SEED = 0


@dataclass(frozen=True, slots=True)
class Person:
    """Recordings of somebody who is in no training."""

    name: str
    texts: list[str]
    """Of ``judged``."""
    judged: list[Item]
    fitted: list[Item]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The averaged weights of the newest stages in a work folder."""

    stage: str
    """Newest stage that has a checkpoint."""
    step: int
    """Of that stage."""
    minutes: float
    """Training time of all stages together."""
    vocoder: Vocoder
    own_vocoder: bool
    """False: none is trained yet, and the shipped one speaks for the acoustic model."""
    acoustic: AcousticModel | None
    speakers: Tensor | None
    """[V, G]"""


def load_checkpoint(work: Path) -> Checkpoint:
    """The state of a base training, read while it may be running.

    Raises:
        SystemExit: there is neither an acoustic model nor a vocoder.
    """
    found = {
        stage: torch.load(work / f"{stage}.pt", weights_only=True, map_location="cpu", mmap=True)
        for stage in (*VOCODER_STAGES, "acoustic")
        if (work / f"{stage}.pt").exists()
    }
    if not found:
        raise SystemExit(f"nothing to judge: {work} has neither acoustic.pt nor vocoder.pt")
    stage = next(iter(found))
    step = int(found[stage]["step"])
    minutes = sum(float(state["spent_s"]) for state in found.values()) / 60
    acoustic = speakers = None
    if "acoustic" in found:
        weights = found["acoustic"]["average"]
        many = averaged(ManyVoices(len(weights["module.speakers.weight"])), weights)
        acoustic, speakers = many.acoustic, many.speakers.weight.detach()
    own = stage in VOCODER_STAGES
    vocoder = (
        averaged(Vocoder(), found[stage]["average"]) if own else load_base().student.vocoder.eval()
    )
    return Checkpoint(stage, step, minutes, vocoder, own, acoustic, speakers)


def held_out(folder: Path, aligner: Aligner) -> Person:
    """The same recordings of one person every time: JUDGED, and FITTED others, by a fixed seed."""
    rows = read_folder(folder).rows
    items: list[Item] = []
    texts: list[str] = []
    for at in np.random.default_rng(_SEED).permutation(len(rows)):
        row = rows[int(at)]
        if row.text in texts:
            continue
        clip = decode(load(row.path), name=row.id)
        if not SHORTEST_S <= len(clip.samples) / clip.rate_hz <= LONGEST_S:
            continue
        utterance = Utterance(row.id, row.text, clip.samples, clip.rate_hz)
        item = prepare_one(utterance, aligner, DEFAULT_VOICE)
        if isinstance(item, Item):
            items.append(item)
            texts.append(row.text)
        if len(items) == JUDGED + FITTED:
            return Person(folder.name, texts[:JUDGED], items[:JUDGED], items[JUDGED:])
    raise SystemExit(f"{folder.name}: {len(items)} usable recordings, {JUDGED + FITTED} needed")


@torch.no_grad()
def copied(checkpoint: Checkpoint, items: Sequence[Item]) -> list[FloatArray]:
    """[S] of each recording: its own mel and pitch through the vocoder."""
    out = []
    for item in items:
        batch = collate([item])
        wave = _vocode(checkpoint.vocoder, batch.mel, batch.frame_pitch, batch.voiced)
        out.append(wave)
    return out


@torch.no_grad()
def fitted(checkpoint: Checkpoint, person: Person) -> list[FloatArray]:
    """[S] of each recording: said by the acoustic model with the person's fitted vector."""
    model = checkpoint.acoustic
    assert model is not None
    vector = fit_speaker(checkpoint, person.fitted)
    out = []
    for item in person.judged:
        said = _forced(model, collate([item]), vector)
        pitch, voiced = said.frame_pitch, (said.voicing > 0).float()
        out.append(_vocode(checkpoint.vocoder, said.mel, pitch, voiced))
    return out


def fit_speaker(checkpoint: Checkpoint, items: Sequence[Item]) -> Tensor:
    """Speaker vector [1, G] that explains ``items`` best; deterministic."""
    model, speakers = checkpoint.acoustic, checkpoint.speakers
    assert model is not None
    assert speakers is not None
    model.requires_grad_(False)
    batches = [collate(items[start : start + 5]) for start in range(0, len(items), 5)]
    vector = nn.Parameter(nearest(model, speakers, collate(items[:2])))
    optimiser = torch.optim.AdamW([vector], RATE, (0.9, 0.98), weight_decay=0.0)
    with torch.enable_grad():
        for step in range(STEPS):
            batch = batches[step % len(batches)]
            loss = acoustic_loss(_forced(model, batch, vector), batch, model.timeless).total
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
    return vector.detach()


def _forced(model: AcousticModel, batch: Batch, vector: Tensor) -> AcousticOutput:
    expanded = vector.expand(len(batch.ids), -1)
    out: AcousticOutput = model(batch.ids, batch.durations, batch.pitch, batch.energy, expanded)
    return out


def _vocode(vocoder: Vocoder, mel: Tensor, pitch: Tensor, voiced: Tensor) -> FloatArray:
    """One waveform [S]; the breath is the same every time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_SEED)
        wave: FloatArray = vocoder(mel, pitch, voiced, f0_from(pitch))[0].float().numpy()
    return wave
