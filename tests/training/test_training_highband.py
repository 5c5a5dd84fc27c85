# SPDX-License-Identifier: GPL-3.0-or-later
"""The band above 8 kHz learnt from takes: when, how loud, and that it changes nothing below."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import soxr
import torch
from invented_owner import NOBODY, read_aloud

from voicevault.data.dataset import Utterance
from voicevault.data.highband import BANDS, LOG_FLOOR
from voicevault.errors import BadDataset, UsageError
from voicevault.events import Event
from voicevault.runtime.align import Aligner
from voicevault.students.shipped import load_student
from voicevault.training import highband
from voicevault.training.items import Item
from voicevault.training.owner import prepare_one
from voicevault.training.personalise import personalise
from voicevault.training.recipe import Recipe, load_recipe

RECIPES = Path(__file__).parents[2] / "recipes"
TEXTS = (
    "The morning train was late again, so we walked.",
    "Please put the yellow cups beside the kitchen window.",
    "Nobody told me that the museum closes on Thursday!",
    "She laughed at the joke and choked on her soup.",
)
FLOOR = math.log(LOG_FLOOR)


class Deaf:
    """A context that nobody listens to."""

    def emit(self, event: Event) -> None: ...

    def put_blob(self, name: str, data: bytes, meta: dict[str, Any]) -> None: ...

    def stopping(self) -> bool:
        return False


def recipe(*overrides: str) -> Recipe:
    """The quick recipe in three steps."""
    short = ("speaker_steps=1", "stages.norms.steps=1", "vocoder_steps=1", "batch_frames=300")
    text = (RECIPES / "tts_quick.toml").read_text("utf-8")
    return load_recipe(text, "tts_quick", (*short, *overrides))


@pytest.fixture(scope="module")
def narrow_owner() -> list[Utterance]:
    """Four sentences at 16 kHz by a person who does not exist."""
    return read_aloud(TEXTS)


@pytest.fixture(scope="module")
def owner(narrow_owner: list[Utterance]) -> list[Utterance]:
    """The same person at 24 kHz, with a breath above 8 kHz as strong as what is below it."""
    out = []
    for number, take in enumerate(narrow_owner):
        wide = soxr.resample(take.samples, take.rate_hz, 24_000, quality="HQ")
        noise = np.random.default_rng(number).standard_normal(len(wide))
        spectrum = np.fft.rfft(noise)
        spectrum[: round(len(spectrum) * 8 / 12)] = 0.0
        breath = np.fft.irfft(spectrum, len(wide))
        level = np.sqrt(np.convolve(wide**2, np.ones(600) / 600, "same"))
        samples = (wide + 0.3 * level * breath).astype(np.float32)
        out.append(replace(take, samples=samples, rate_hz=24_000))
    return out


def item(frames: int, high: bool) -> Item:
    """A take of which only the length and the reach count."""
    nothing = np.zeros(0)
    bands = np.zeros((frames, BANDS), np.float32) if high else None
    mel = np.zeros((frames, 80), np.float32)
    return Item(nothing, nothing, mel, nothing, nothing, nothing, high=bands)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wide", "narrow", "auto"),
    [(900, 0, True), (900, 800, True), (900, 1000, False), (0, 9, False)],
)
def test_auto_follows_most_of_the_speech(wide: int, narrow: int, auto: bool) -> None:
    items = [item(wide, high=True), item(narrow, high=False)] if wide else [item(narrow, False)]
    assert highband.wanted("auto", items) is auto
    assert highband.wanted("narrow", items) is False


def test_little_is_too_little() -> None:
    assert not highband.wanted("auto", [item(399, high=True)])
    assert highband.wanted("full", [item(400, high=True), item(4000, high=False)])
    with pytest.raises(BadDataset, match="at least 5 s") as caught:
        highband.wanted("full", [item(399, high=True), item(4000, high=False)])
    assert "band=auto" in caught.value.hint


def test_wrong_settings_are_named() -> None:
    assert recipe().band == "auto"
    assert recipe("band=narrow").band == "narrow"
    with pytest.raises(UsageError, match="wide"):
        recipe("band=wide")
    old = (RECIPES / "tts_quick.toml").read_text("utf-8").replace("\nband ", "\n# band ")
    assert load_recipe(old, "old").band == "auto"  # a recipe from before there was a choice


def takes(count: int, frames: int) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Mels and bands with a linear relation and something that no mel explains."""
    random = torch.Generator().manual_seed(1)
    mels = [torch.randn(frames, 80, generator=random) for _ in range(count)]
    bands = []
    for mel in mels:
        free = torch.randn(frames, BANDS, generator=random)
        bands.append(-3.0 + mel[:, 70:78] * torch.linspace(0.5, 1.2, BANDS) + 0.7 * free)
    return mels, bands


def test_the_fit_finds_the_bins_and_gives_spread_and_energy_back() -> None:
    mels, bands = takes(6, 500)
    found = highband.fit(mels, mels, bands)
    assert found.weight.abs().argmax(0).tolist() == list(range(70, 78))
    said = torch.cat(mels) @ found.weight + found.bias - highband._GAIN_OF_MAGNITUDE
    real = torch.cat(bands)
    assert said.std(0).numpy() == pytest.approx(real.std(0).numpy(), rel=0.01)
    energy = (2 * said).exp().mean(0) / (2 * real).exp().mean(0)
    assert energy.numpy() == pytest.approx(np.ones(BANDS), rel=0.01)
    top = torch.quantile(real, 0.999, dim=0) + highband._GAIN_OF_MAGNITUDE
    assert found.bound.numpy() == pytest.approx(top.numpy(), rel=0.01)


def test_bands_that_most_takes_lack_are_silent() -> None:
    mels, bands = takes(5, 500)
    for take in bands[:3]:
        take[:, 5:] = FLOOR
    for take in bands[:2]:
        take[:, 4:] = FLOOR
    found = highband.fit(mels, mels, bands)
    heard = found.weight.abs().amax(0) > 0
    assert heard.tolist() == [True] * 5 + [False] * 3
    assert found.bias[5:].tolist() == pytest.approx([FLOOR] * 3)
    assert highband.reach_hz(found) == 10_500
    said = torch.cat(mels[2:]) @ found.weight + found.bias
    assert float(said[:, 4].mean()) > -5  # learnt from the takes that have it


def test_takes_of_16_khz_have_no_band(
    owner: list[Utterance], narrow_owner: list[Utterance]
) -> None:
    aligner = Aligner.load()
    wide, narrow = (prepare_one(one[0], aligner, "en-us") for one in (owner, narrow_owner))
    assert isinstance(wide, Item)
    assert isinstance(narrow, Item)
    assert narrow.high is None
    assert wide.high is not None
    assert wide.high.shape == (wide.frames, BANDS)
    assert (wide.high > FLOOR + 1).mean() > 0.9


def test_a_training_adds_the_band_and_nothing_else(owner: list[Utterance]) -> None:
    full = personalise(owner, recipe(), Deaf(), consent=NOBODY)
    narrow = personalise(owner, recipe("band=narrow"), Deaf(), consent=NOBODY)
    assert full.info["band_hz"] == 12_000
    assert "band_hz" not in narrow.info
    with_band, without = (safetensors.torch.load(one.weights) for one in (full, narrow))
    new = with_band.keys() - without.keys()
    assert new == {f"vocoder.high.{one}" for one in ("weight", "bias", "bound")}
    changed = {k for k in without if (with_band[k] - without[k]).abs().max() > 1e-4}
    assert changed <= {"level"}  # of the peak, which noise is part of
    assert load_student(full.weights).rate_hz == 24_000
    assert load_student(narrow.weights).rate_hz == 16_000
