# SPDX-License-Identifier: GPL-3.0-or-later
"""How a voice sounds while it learns: one sentence, said by a copy, sent to whoever waits for it.

The copy has the averaged weights, and the owner's pace and the spread of their mels as the finished
voice will have them, from about 10 s of the takes in place of all. What it lacks is the band above
8 kHz and the rounding to 8 bits, which come at the very end. It speaks on the CPU whatever the
training runs on, and with a seed of its own: the generators that the training may draw from stay
where they are, and two previews differ by what was learnt and not by chance.

Shapes: S samples, F frames, M mel bins.
"""

import copy
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from voicevault.events import PREVIEW, Warned
from voicevault.students.tts import TtsStudent
from voicevault.students.vocoder import Vocoder
from voicevault.text.frontend import utterance_phonemes
from voicevault.text.symbols import framed_ids
from voicevault.training import sharpen
from voicevault.training.items import Item, collate, thinned

if TYPE_CHECKING:
    from voicevault.training.personalise import _Run

SENTENCE = "This is how my voice sounds by now."
EVERY_S = 25.0
MOST_SHARE = 0.03
"""Of the time that the steps take as far as one can see; a preview beyond it is left out."""
PEAK = 0.89  # -1 dBFS, as the finished voice peaks
ENOUGH_FRAMES = 900  # 11 s of the takes


class Previews:
    """When to speak, and that it never costs more than it may. Does not touch what is trained."""

    def __init__(self, run: "_Run", wanted: bool) -> None:
        self._run, self._wanted = run, wanted
        self._heard_s = time.monotonic()
        self._spent_s = self._last_s = 0.0

    def at_step(self, average: nn.Module) -> None:
        """Between two steps, ``average`` holding what the phase has averaged so far."""
        if time.monotonic() - self._heard_s >= EVERY_S:
            self._give(average)

    def at_end(self) -> None:
        """A phase is over and the student holds its outcome."""
        self._give(None)

    def _give(self, average: nn.Module | None) -> None:
        if not self._wanted or not self._affordable():
            return
        run, began_s = self._run, time.monotonic()
        try:
            wave, rate_hz = spoken(run, average)
        except Exception as error:  # whatever it is, the training is worth more than a preview
            self._wanted = False
            kind = type(error).__name__
            run.ctx.emit(Warned(f"the voice cannot be heard while it learns ({kind})"))
            return
        meta = {
            "step": run.done(),
            "steps": run.total(),
            "stage": run.plan[run.phase].name,
            "rate_hz": rate_hz,
        }
        run.ctx.put_blob(PREVIEW, pcm(wave), meta)
        self._heard_s = time.monotonic()
        self._last_s = self._heard_s - began_s
        self._spent_s += self._last_s

    def _affordable(self) -> bool:
        run = self._run
        steps = run.done() - run.began_at
        if steps <= 0:
            return False
        foreseen_s = (time.monotonic() - run.began) / steps * (run.total() - run.began_at)
        return self._spent_s + self._last_s <= MOST_SHARE * foreseen_s


@torch.no_grad()
def spoken(run: "_Run", average: nn.Module | None) -> tuple[np.ndarray, int]:
    """The sentence [S], float32 and peaking at -1 dBFS, and its rate in Hz."""
    voice = as_it_is(run, average)
    fit(voice, thinned(run.data.train, ENOUGH_FRAMES))
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        ids = torch.tensor([framed_ids(utterance_phonemes(SENTENCE, run.espeak_voice))])
        wave = voice.speak(ids)[0].float().numpy()
    peak = float(np.percentile(np.abs(wave), 99.95))
    return np.clip(wave * (PEAK / max(peak, 1e-3)), -1.0, 1.0), voice.rate_hz


def as_it_is(run: "_Run", average: nn.Module | None) -> TtsStudent:
    """A folded copy of the student on the CPU, with what the running phase has averaged so far."""
    voice = copy.deepcopy(run.student).requires_grad_(False).cpu().eval()
    if isinstance(average, Vocoder):
        voice.vocoder.load_state_dict(average.state_dict())
    elif isinstance(average, nn.ModuleList):
        voice.acoustic.load_state_dict(average[0].state_dict())
    elif isinstance(average, nn.ParameterList) and run.untuned is None:
        voice.fold(average[0][0].detach().cpu())
    return voice


def fit(voice: TtsStudent, items: Sequence[Item]) -> None:
    """Spread and pace of the recordings, in place: what is otherwise done once, at the end."""
    made, real, predicted, frames = [], [], 0.0, 0
    for item in items:
        batch = collate([item])
        out = voice.acoustic(batch.ids, batch.durations, batch.pitch, batch.energy, None)
        made.append(out.mel[0])  # [F, M]
        real.append(batch.mel[0])
        predicted += float(voice.durations(batch.ids, out.log_duration, 1.0).sum())
        frames += item.frames
    voice.set_pace(frames, predicted)
    found = sharpen.fit(made, real)
    if found is not None:
        sharpen.apply(voice.acoustic, found)


def pcm(wave: np.ndarray) -> bytes:
    """Samples [S] in [-1, 1] as int16, little-endian."""
    return np.round(wave * 32_767.0).astype("<i2").tobytes()
