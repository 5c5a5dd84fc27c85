# SPDX-License-Identifier: GPL-3.0-or-later
"""An owner who does not exist, for the demo: a voice no recording has, in an imperfect room.

The speaker vector is drawn from the spread of the base's voices, the base reads the prompts, and
what a home recording adds is added: a little room, noise, and a level that wanders.
"""

from collections.abc import Sequence

import numpy as np
import scipy.signal
import torch

from voicevault.audio.files import encode_flac
from voicevault.data.features import RATE_HZ, FloatArray
from voicevault.errors import Cancelled
from voicevault.events import Progress
from voicevault.students.shipped import Base, load_base
from voicevault.text.frontend import utterance_phonemes
from voicevault.text.symbols import framed_ids
from voicevault.training.context import Context

SPREAD = 0.8
"""Standard deviations from the mean voice, against the base's own: unlike any of its voices, yet
well inside what it can say."""

_NOISE_DBFS = -62.0
_EDGE_S = 0.35


def invent_owner(
    prompts: Sequence[tuple[str, str]], seed: int, ctx: Context
) -> list[tuple[str, str, bytes]]:
    """Read ``prompts`` (id, text) with a voice made from ``seed``.

    Returns:
        (id, text, FLAC bytes of 16 kHz mono) each.
    """
    base = load_base()
    random = np.random.default_rng(seed)
    torch.manual_seed(seed)
    speaker = invented_speaker(base, random)
    response = _room(random)
    out = []
    for done, (name, text) in enumerate(prompts):
        if ctx.stopping():
            raise Cancelled("stopped while inventing an owner")
        ctx.emit(Progress("invent", done, len(prompts)))
        ids = torch.tensor([framed_ids(utterance_phonemes(text))])
        wave, _ = base.student.speak(ids, speaker=speaker, noise_scale=0.667, noise_w=0.8)
        out.append((name, text, encode_flac(_at_home(wave.numpy(), response, random), RATE_HZ)))
    return out


def invented_speaker(base: Base, random: np.random.Generator) -> torch.Tensor:
    """A speaker vector [1, G]: mean plus a random mixture of the voices' own deviations."""
    deviations = base.speakers - base.speakers.mean(0)
    mixture = random.standard_normal(len(deviations)) / np.sqrt(len(deviations))
    vector = base.speakers.mean(0) + SPREAD * torch.from_numpy(mixture).float() @ deviations
    return vector[None]


def _room(random: np.random.Generator) -> FloatArray:
    """Impulse response of a small furnished room: direct sound and 0.15 s of decaying noise."""
    length = int(0.15 * RATE_HZ)
    tail = random.standard_normal(length) * np.exp(-np.arange(length) / (0.03 * RATE_HZ))
    tail[: int(0.004 * RATE_HZ)] = 0.0
    tail *= 0.10 / np.sqrt((tail**2).sum())
    tail[0] = 1.0
    response: FloatArray = tail.astype(np.float32)
    return response


def _at_home(wave: FloatArray, response: FloatArray, random: np.random.Generator) -> FloatArray:
    """Room, edges, level between -9 and -3 dBFS peak, and pinkish noise."""
    edge = np.zeros(int(_EDGE_S * RATE_HZ), np.float32)
    wave = np.concatenate((edge, wave, edge))
    wave = scipy.signal.fftconvolve(wave, response)[: len(wave)]
    peak = 10 ** (random.uniform(-9.0, -3.5) / 20)
    wave = wave * (peak / max(float(np.abs(wave).max()), 1e-6))
    hiss = scipy.signal.lfilter([1.0], [1.0, -0.85], random.standard_normal(len(wave)))
    hiss *= 10 ** (_NOISE_DBFS / 20) / np.sqrt((hiss**2).mean())
    at_home: FloatArray = np.clip(wave + hiss, -0.99, 0.99).astype(np.float32)
    return at_home
