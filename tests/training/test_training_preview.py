# SPDX-License-Identifier: GPL-3.0-or-later
"""Previews of a voice that learns: heard in between, cheap, without a trace in what is learnt."""

import copy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import safetensors.torch
import torch
from invented_owner import NOBODY, SENTENCES, read_aloud
from recorder import Recorder
from torch import nn

from voicevault.data.dataset import Utterance
from voicevault.events import PREVIEW, Preview, Warned
from voicevault.runtime.align import Aligner
from voicevault.students.shipped import load_base
from voicevault.training import personalise as room
from voicevault.training import preview
from voicevault.training.owner import prepare_owner
from voicevault.training.personalise import Compute, StudentBundle, personalise
from voicevault.training.recipe import Recipe, load_recipe

RECIPES = Path(__file__).parents[2] / "recipes"


def tiny() -> Recipe:
    """The quick recipe in 4 + 8 + 6 steps."""
    short = ("speaker_steps=4", "stages.norms.steps=8", "vocoder_steps=6", "batch_frames=400")
    return load_recipe((RECIPES / "tts_quick.toml").read_text("utf-8"), "tts_quick", short)


@pytest.fixture(scope="module")
def owner() -> list[Utterance]:
    """Five sentences of a person who does not exist."""
    return read_aloud(SENTENCES)


@pytest.fixture(scope="module")
def plain(owner: list[Utterance]) -> StudentBundle:
    """Where nobody listens nothing is said."""
    ctx = Recorder()
    bundle = personalise(owner, tiny(), ctx, consent=NOBODY)
    assert not heard(ctx)
    return bundle


@pytest.fixture
def lavish(monkeypatch: pytest.MonkeyPatch) -> None:
    """After every step, whatever it costs: these trainings last a second."""
    monkeypatch.setattr(preview, "EVERY_S", 0.0)
    monkeypatch.setattr(preview, "MOST_SHARE", 1e6)


def heard(ctx: Recorder) -> list[Preview]:
    return [Preview.of(data, meta) for name, data, meta in ctx.blobs if name == PREVIEW]


def test_it_is_heard_at_every_step_and_changes_nothing(
    owner: list[Utterance], plain: StudentBundle, lavish: None
) -> None:
    ctx = Recorder()
    listened = personalise(owner, tiny(), ctx, consent=NOBODY, previews=True)
    first, second = (safetensors.torch.load(one.weights) for one in (plain, listened))
    # No number is drawn and no weight is touched; rounding may differ all the same (closeness.py).
    assert max(float((first[name] - second[name]).abs().max()) for name in first) < 1e-4
    said = heard(ctx)
    assert [one.step for one in said] == list(range(1, 19))
    assert {one.stage for one in said} == {"speaker", "norms", "vocoder"}
    for one in said:
        wave = np.frombuffer(one.pcm, "<i2") / 32_767
        assert one.rate_hz == 16_000
        assert one.steps == 18
        assert 1.0 < len(wave) / one.rate_hz < 6.0
        assert 0.8 < np.abs(wave).max() <= 1.0
    for earlier, later in ((0, 3), (4, 11), (12, 17)):  # each phase can be heard at work
        assert said[earlier].pcm != said[later].pcm


def test_a_preview_that_fails_costs_a_warning_and_not_the_training(
    owner: list[Utterance], plain: StudentBundle, lavish: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def broken(run: object, average: object) -> None:
        asked.append(1)
        raise RuntimeError("nobody's words")

    monkeypatch.setattr(preview, "spoken", broken)
    ctx = Recorder()
    bundle = personalise(owner, tiny(), ctx, consent=NOBODY, previews=True)
    assert bundle.info["final_loss"] == plain.info["final_loss"]
    warnings = [one for one in ctx.events if isinstance(one, Warned)]
    assert [one.message for one in warnings] == [
        "the voice cannot be heard while it learns (RuntimeError)"
    ]
    assert asked == [1], "one failure is enough"


@pytest.fixture(scope="module")
def learning(owner: list[Utterance]) -> "room._Run":
    """A training in its second phase, with weights and an average apart from each other."""
    aligner = Aligner.load()
    data = prepare_owner(owner, aligner, "en-us", Recorder())
    run = room._Run(load_base(), data, tiny(), Recorder(), Compute(), aligner, "en-us")
    run.student.fold(torch.zeros_like(run.speaker[0].detach()))
    run.untuned = copy.deepcopy(run.student)
    run.phase, run.step = 1, 3
    return run


def test_chance_stays_where_it_was_and_a_preview_repeats(learning: "room._Run") -> None:
    before = {name: value.clone() for name, value in learning.student.state_dict().items()}
    chance = torch.random.get_rng_state(), np.random.get_state()[1].tobytes()  # noqa: NPY002
    wave, rate_hz = preview.spoken(learning, None)
    assert torch.equal(torch.random.get_rng_state(), chance[0])
    assert np.random.get_state()[1].tobytes() == chance[1]  # noqa: NPY002
    assert all(torch.equal(value, before[n]) for n, value in learning.student.state_dict().items())
    assert learning.student.training
    torch.rand(7)
    assert np.array_equal(preview.spoken(learning, None)[0], wave)
    assert rate_hz == learning.student.rate_hz


def test_the_averaged_weights_speak(learning: "room._Run") -> None:
    average = nn.ModuleList([copy.deepcopy(learning.student.acoustic)])
    with torch.no_grad():
        average[0].decoder_out.bias += 0.5
    voice = preview.as_it_is(learning, average)
    assert torch.equal(voice.acoustic.decoder_out.bias, average[0].decoder_out.bias)
    assert not torch.equal(
        voice.acoustic.decoder_out.bias, learning.student.acoustic.decoder_out.bias
    )


def test_spread_and_pace_are_the_owners(learning: "room._Run") -> None:
    """As of the finished voice; without the fit these are 1 and 0, of the base."""
    voice = preview.as_it_is(learning, None)
    plain = voice.acoustic.decoder_out.bias.clone()
    preview.fit(voice, learning.data.train)
    assert float(voice.duration_scale) != float(learning.student.duration_scale)
    assert not torch.equal(voice.acoustic.decoder_out.bias, plain)


def test_what_it_may_cost_is_kept_to(
    learning: "room._Run", monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second each, in a training that is foreseen to take 90 s: three, and no more."""
    now = [1_000.0]

    def slow(run: object, average: object) -> tuple[np.ndarray, int]:
        now[0] += 1.0
        return np.zeros(160, np.float32), 16_000

    monkeypatch.setattr(preview, "spoken", slow)
    monkeypatch.setattr(preview, "time", SimpleNamespace(monotonic=lambda: now[0]))
    ctx = Recorder()
    monkeypatch.setattr(learning, "ctx", ctx)
    monkeypatch.setattr(learning, "began", now[0])
    previews = preview.Previews(learning, wanted=True)
    average = nn.ModuleList([learning.student.acoustic])
    for done in range(1, learning.total()):
        now[0] = max(now[0], 1_000.0 + 5.0 * done)
        monkeypatch.setattr(learning, "step", done - 4)
        previews.at_step(average)
    times = [one.step for one in heard(ctx)]
    assert len(times) == 2, "90 s times 3 % are 2.7 s"
    assert times[0] == 5, "the first after 25 s"
