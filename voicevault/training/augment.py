# SPDX-License-Identifier: GPL-3.0-or-later
"""Other rooms, microphones and throats for the recogniser, on log-mel energies.

Sounds add up as energies, an echo is a decay in time, a vocal tract is a stretch of the frequency
axis: all of it works on features [T, M] directly, a hundredth of the cost of doing it to waveforms,
so that no utterance is ever heard the same way twice. A generator decides everything.

Shapes: T frames of 10 ms, M bands.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.ndimage
import scipy.signal

from voicevault.data.fbank import BANDS, FLOOR
from voicevault.data.features import FloatArray

_ONE_DB = 0.2302585  # of energy, in natural log
_KNOTS = 6
"""Where the stretch of the frequency axis is drawn; straight between."""
_NEAR_BANDS, _NEAR_FRAMES = 9, 7
"""About a formant's width, and 70 ms."""
_SWAY_FRAMES = 30
"""As far apart are the moments for which a pace is drawn; straight between."""


@dataclass(frozen=True, slots=True)
class Chances:
    """How often each thing happens, and how far it goes."""

    noise: float = 0.4
    babble: float = 0.1
    """Of the noises: another voice."""
    snr_db: tuple[float, float] = (5.0, 30.0)
    room: float = 0.2
    colour: float = 0.7
    narrow: float = 0.1
    tempo: tuple[float, float] = (0.85, 1.18)
    sway: float = 0.15
    """How far the pace parts from that from moment to moment: spread of its natural log."""
    throat: tuple[float, float] = (0.84, 1.2)
    bend: float = 0.035
    """How far single formants part from the rest: spread of the natural log, over frequency."""
    clarity: float = 0.4
    """How much a voice's formants, and its movements, stand out more or less, at most."""
    pad_frames: int = 40
    """Silence before and after, at most."""


@dataclass(frozen=True, slots=True)
class Disturbed:
    """Features as heard elsewhere, and how their time maps back."""

    features: FloatArray  # [T', M]
    at: FloatArray
    """[T''] where each frame of speech was in the original, in frames."""
    lead: int
    """Frames of silence put before the speech."""


def disturb(
    features: FloatArray,
    noises: Sequence[FloatArray],
    chances: Chances,
    random: np.random.Generator,
) -> Disturbed:
    """One utterance [T, M] somewhere else. ``noises``: log-mel [any, M] of sounds."""
    at = pace(len(features), chances, random)
    x = stretch(features, at)
    x = warp(x, throat(chances, random))
    x = clear(x, *random.uniform(-chances.clarity, chances.clarity, 2))
    lead, tail = (int(random.integers(chances.pad_frames + 1)) for _ in range(2))
    floor = np.percentile(x, 2, axis=0) + random.uniform(-2.0, 0.5)
    x = np.concatenate((_hiss(lead, floor, random), x, _hiss(tail, floor, random)))
    if random.random() < chances.room:
        x = reverberate(x, random.uniform(0.1, 0.6), random.uniform(0.0, 12.0), random)
    if random.random() < chances.noise:
        if noises and random.random() < 0.8:
            sound = excerpt(noises[int(random.integers(len(noises)))], len(x), random)
        else:
            sound = coloured(len(x), random)
        x = mix(x, sound, random.uniform(*chances.snr_db))
    if random.random() < chances.colour:
        x = x + colour(random)
    if random.random() < chances.narrow:
        x = narrow(x, random)
    level = random.uniform(-30.0, 10.0) * _ONE_DB
    x = np.maximum(x + level, FLOOR)
    return Disturbed(x.astype(np.float32), at, lead)


def pace(frames: int, chances: Chances, random: np.random.Generator) -> FloatArray:
    """Where to read each frame of a new time axis, in frames; [T'].

    One tempo, and a smooth deviation: people differ in which sounds they draw out, not in their
    pace alone.
    """
    tempo = random.uniform(*chances.tempo)
    knots = np.arange(0, frames + _SWAY_FRAMES, _SWAY_FRAMES)
    swaying = np.interp(np.arange(frames), knots, random.normal(0.0, chances.sway, len(knots)))
    ends = np.cumsum(np.exp(-swaying) / tempo)  # [frames], when each frame of the original is over
    count = max(1, round(float(ends[-1])))
    out: FloatArray = np.interp(np.arange(count) + 0.5, np.r_[0.0, ends], np.arange(frames + 1.0))
    return np.clip(out - 0.5, 0, frames - 1).astype(np.float32)


def stretch(features: FloatArray, at: FloatArray) -> FloatArray:
    """Frames [T', M] of [T, M] at the places ``at`` [T'], pitch and timbre kept."""
    low = at.astype(np.int64)
    high = np.minimum(low + 1, len(features) - 1)
    share = (at - low).astype(np.float32)[:, None]
    out: FloatArray = features[low] * (1.0 - share) + features[high] * share
    return out


def throat(chances: Chances, random: np.random.Generator) -> FloatArray:
    """Stretch [M] of the frequency axis for another person: one factor, and a smooth deviation.

    A child is no small adult: formants do not all move alike (Fant 1966). A few readers become many
    by it.
    """
    factor = random.uniform(*np.log(chances.throat))
    knots = np.linspace(0, BANDS - 1, _KNOTS)
    bend = np.interp(np.arange(BANDS), knots, random.normal(0.0, chances.bend, _KNOTS))
    out: FloatArray = np.exp(factor + bend)
    return out


def warp(features: FloatArray, factor: float | FloatArray) -> FloatArray:
    """Formants ``factor`` times as high, a shorter throat above 1: one for all bands, or [M]."""
    hz_a_mel = np.linspace(1127 * np.log1p(20 / 700), 1127 * np.log1p(7600 / 700), BANDS + 2)[1:-1]
    hz = 700 * np.expm1(hz_a_mel / 1127) / factor
    at = np.interp(1127 * np.log1p(hz / 700), hz_a_mel, np.arange(BANDS))
    low = np.minimum(at.astype(np.int64), BANDS - 2)
    share = (at - low).astype(np.float32)
    out: FloatArray = features[:, low] * (1.0 - share) + features[:, low + 1] * share
    return out


def clear(features: FloatArray, formants: float, movements: float) -> FloatArray:
    """Set each band off from its neighbours, and each frame from those around it; below 0: blur.

    Voices are pressed or breathy, people articulate or mumble, and synthetic speech is smoother
    than any of them.
    """
    bands = scipy.ndimage.uniform_filter1d(features, _NEAR_BANDS, axis=1, mode="nearest")
    frames = scipy.ndimage.uniform_filter1d(features, _NEAR_FRAMES, axis=0, mode="nearest")
    out: FloatArray = features + formants * (features - bands) + movements * (features - frames)
    return out


def reverberate(
    features: FloatArray, seconds: float, direct_db: float, random: np.random.Generator
) -> FloatArray:
    """An echo that falls by 60 dB in ``seconds``, ``direct_db`` weaker than the direct sound."""
    decay = np.exp(-13.8155 * 0.01 / seconds)
    # Walls keep high notes less long.
    decays = np.clip(decay ** np.linspace(0.9, 1.5, BANDS), 0.0, 0.995)
    energy = np.exp(features.astype(np.float64))
    out = np.empty_like(energy)
    strength = 10 ** (-direct_db / 10)
    for band in range(BANDS):
        gain = strength * (1.0 - decays[band])
        tail = scipy.signal.lfilter([0.0, gain], [1.0, -decays[band]], energy[:, band])
        out[:, band] = energy[:, band] + tail
    ripple = random.normal(0.0, 0.15, BANDS)
    return (np.log(out) + ripple).astype(np.float32)


def excerpt(sound: FloatArray, length: int, random: np.random.Generator) -> FloatArray:
    """``length`` frames of ``sound`` from anywhere, repeated where it is too short."""
    start = int(random.integers(len(sound)))
    out: FloatArray = sound[(start + np.arange(length)) % len(sound)]
    return out


def coloured(length: int, random: np.random.Generator) -> FloatArray:
    """Steady noise of a random slope: hiss, hum, rumble; [length, M]."""
    slope = random.uniform(-6.0, 3.0) * np.linspace(0.0, 1.0, BANDS)
    return (slope + random.normal(0.0, 0.45, (length, BANDS))).astype(np.float32)


def mix(features: FloatArray, sound: FloatArray, snr_db: float) -> FloatArray:
    """Add ``sound`` at ``snr_db`` below the speech, both by their mean energy."""
    speech, noise = np.exp(features).sum(1), np.exp(sound).sum(1)
    ratio = np.log(max(speech.mean(), 1e-9) / max(noise.mean(), 1e-9))
    out: FloatArray = np.logaddexp(features, sound + np.float32(ratio - snr_db * _ONE_DB))
    return out


def colour(random: np.random.Generator) -> FloatArray:
    """A microphone's frequency response: tilt and three broad bumps; [M] to be added."""
    place = np.arange(BANDS)
    out = random.uniform(-6.0, 6.0) * np.linspace(-1.0, 1.0, BANDS)
    for _ in range(3):
        centre, width = random.uniform(0, BANDS), random.uniform(5.0, 20.0)
        out += random.uniform(-6.0, 6.0) * np.exp(-(((place - centre) / width) ** 2))
    return (out * _ONE_DB).astype(np.float32)


def narrow(features: FloatArray, random: np.random.Generator) -> FloatArray:
    """A telephone, or a codec that cuts the top: bands above an edge sink to a floor."""
    edge = int(random.choice((58, 66, 72, 76)) + random.integers(-2, 3))
    x = features.copy()
    if edge < 62 and random.random() < 0.5:
        x[:, : int(random.integers(3, 8))] -= 6.0  # telephones cut the bottom too
    quiet = float(np.percentile(x, 1)) - random.uniform(0.0, 5.0)
    x[:, edge:] = quiet + random.normal(0.0, 0.4, (len(x), BANDS - edge))
    return x


def _hiss(length: int, floor: FloatArray, random: np.random.Generator) -> FloatArray:
    return (floor + random.normal(0.0, 0.4, (length, BANDS))).astype(np.float32)


def spec_augment(
    features: FloatArray,
    random: np.random.Generator,
    *,
    bands: int = 2,
    widest_band: int = 18,
    spans_a_second: float = 0.35,
    longest_span: int = 18,
) -> FloatArray:
    """SpecAugment (Park et al. 2019): bands and spans of time replaced by the mean; [T, M]."""
    x = features.copy()
    mean = x.mean()
    for _ in range(bands):
        width = int(random.integers(widest_band + 1))
        start = int(random.integers(BANDS - width + 1))
        x[:, start : start + width] = mean
    for _ in range(random.poisson(spans_a_second * len(x) / 100)):
        width = int(random.integers(longest_span + 1))
        start = int(random.integers(max(1, len(x) - width)))
        x[start : start + width] = mean
    return x
