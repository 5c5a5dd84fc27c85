# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom a step learns from: nothing changes without teachers, and a student's mels never teach."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
from invented_owner import NOBODY, read_aloud
from invented_owner import SENTENCES as FIVE

from voicevault.data.dataset import Source, Utterance
from voicevault.errors import BadDataset, UsageError
from voicevault.events import Event
from voicevault.runtime.align import Aligner
from voicevault.students.shipped import load_base
from voicevault.training import mix
from voicevault.training.items import collate
from voicevault.training.owner import OwnerData, prepare_owner
from voicevault.training.personalise import StudentBundle, personalise
from voicevault.training.recipe import Mix, Recipe, load_recipe

RECIPES = Path(__file__).parents[2] / "recipes"
SENTENCES = FIVE[:4]
MADE = "She laughed at the joke and choked on her soup."


class Deaf:
    """A context that nobody listens to."""

    def emit(self, event: Event) -> None: ...

    def put_blob(self, name: str, data: bytes, meta: dict[str, Any]) -> None: ...

    def stopping(self) -> bool:
        return False


def tiny(*overrides: str) -> Recipe:
    short = ("speaker_steps=2", "stages.norms.steps=6", "vocoder_steps=1", "batch_frames=400")
    text = (RECIPES / "tts_quick.toml").read_text("utf-8")
    return load_recipe(text, "tts_quick", (*short, *overrides))


@pytest.fixture(scope="module")
def owner() -> list[Utterance]:
    texts = [*SENTENCES, MADE]
    return read_aloud(texts)


def with_teacher(owner: list[Utterance], source: Source) -> list[Utterance]:
    return [*owner[:-1], replace(owner[-1], source=source)]


@pytest.fixture(scope="module")
def alone(owner: list[Utterance]) -> StudentBundle:
    return personalise(owner[:-1], tiny(), Deaf(), consent=NOBODY)


def same(one: StudentBundle, other: StudentBundle) -> bool:
    first, second = (safetensors.torch.load(bundle.weights) for bundle in (one, other))
    # No number is drawn and no sum is longer; rounding may differ all the same (closeness.py).
    return max(float((first[name] - second[name]).abs().max()) for name in first) < 1e-4


def test_without_a_share_teachers_change_nothing(
    owner: list[Utterance], alone: StudentBundle
) -> None:
    beside = personalise(with_teacher(owner, "replay"), tiny(), Deaf(), consent=NOBODY)
    assert same(alone, beside)
    assert beside.info["utterances"] == len(SENTENCES)
    assert (beside.info["replay"], "taught" in beside.info) == (1, False)


def test_with_a_share_they_do(owner: list[Utterance], alone: StudentBundle) -> None:
    heard = personalise(
        with_teacher(owner, "replay"), tiny("mix.replay=0.9"), Deaf(), consent=NOBODY
    )
    assert not same(alone, heard)
    assert heard.info["seconds_of_speech"] == alone.info["seconds_of_speech"]


@pytest.mark.parametrize(("source", "mels"), [("real", True), ("taught", True), ("replay", False)])
def test_a_student_never_teaches_its_mels(
    owner: list[Utterance], source: Source, mels: bool
) -> None:
    data = prepare_owner(with_teacher(owner, source), Aligner.load(), "en-us", Deaf())
    base = load_base()
    model = base.student.acoustic
    batch = collate(mix.items_of(data, source)[:1])
    out = model(batch.ids, batch.durations, batch.pitch, batch.energy, base.speakers[:1])
    mix.weighted_loss(Mix(), source, out, batch, model.timeless).backward()
    spectral = model.decoder_out.weight.grad
    assert (spectral is not None and float(spectral.abs().sum()) > 0) is mels
    prosody = model.variance_out.weight.grad
    assert prosody is not None
    assert float(prosody.abs().sum()) > 0


def test_what_a_teacher_says_weighs_half(owner: list[Utterance]) -> None:
    data = prepare_owner(owner, Aligner.load(), "en-us", Deaf())
    base = load_base()
    model = base.student.acoustic
    batch = collate(data.train[:1])
    out = model(batch.ids, batch.durations, batch.pitch, batch.energy, base.speakers[:1])
    real, taught = (
        float(mix.weighted_loss(Mix(), one, out, batch, model.timeless).detach())
        for one in ("real", "taught")
    )
    assert taught == pytest.approx(0.5 * real)


def lessons(taught: int = 0, replay: int = 0) -> OwnerData:
    data = OwnerData()
    data.train = [None]  # type: ignore[list-item]
    data.made = {"taught": [None] * taught, "replay": [None] * replay}  # type: ignore[list-item]
    return data


def test_shares_are_those_of_the_sources_that_speak() -> None:
    assert mix.shares(Mix(), lessons(1, 1)) == {"real": 1.0}
    assert mix.shares(Mix(1.0, 0.25), lessons(1, 1)) == {"real": 0.8, "taught": 0.2}
    assert mix.shares(Mix(1.0, 1.0, 1.0), lessons()) == {"real": 1.0}
    assert mix.shares(Mix(0.0, 0.0, 0.5), lessons(1, 1)) == {"replay": 1.0}
    with pytest.raises(BadDataset, match="switched off"):
        mix.shares(Mix(0.0, 0.5, 0.0), lessons(0, 1))


def test_steps_are_drawn_by_share_and_one_source_draws_nothing() -> None:
    random = np.random.default_rng(1)
    before = random.bit_generator.state
    assert mix.pick_source(Mix(), lessons(1, 1), random) == "real"
    assert random.bit_generator.state == before
    drawn = [mix.pick_source(Mix(1.0, 1.0), lessons(1), random) for _ in range(400)]
    assert 150 < drawn.count("taught") < 250


@pytest.mark.parametrize(
    ("override", "said"),
    [("mix.taught=2", "0 to 1"), ("mix.nobody=1", "mix.nobody"), ("mix.taught=-0.1", "0 to 1")],
)
def test_wrong_shares_are_named(override: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        tiny(override)


def test_a_recipe_of_before_has_the_takes_alone() -> None:
    text = (RECIPES / "tts_quick.toml").read_text("utf-8")
    head, _, rest = text.partition("[mix]")
    old = head + rest[rest.index("[stages") :]
    assert load_recipe(old, "old").mix == Mix(1.0, 0.0, 0.0)
    assert load_recipe(old, "old", ["mix.taught=0.3"]).mix.taught == 0.3
