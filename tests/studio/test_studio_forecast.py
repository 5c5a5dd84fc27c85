# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a training takes: the steps are the training's own, the time that of earlier runs."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from voicevault.forecast import Probe, from_probe, from_runs, steps_of
from voicevault.lessons import recipes
from voicevault.runs import Run
from voicevault.training.phases import plan

PROBE: dict[str, Any] = {
    "training": {"device": "cpu", "dtype": "float32", "reason": ""},
    "measured": [
        {"device": "cpu", "dtype": "float32", "step_ms": 100.0, "works": True},
        {"device": "cpu", "dtype": "bfloat16", "step_ms": 900.0, "works": True},
    ],
}


def done(recipe: str, clock_s: int, training_s: float, steps: int, status: str = "done") -> Run:
    result = {"training_s": f"{training_s:.6g}"}
    return Run("", f"{recipe}-{clock_s}", recipe, {}, status, 1000, 1000 + clock_s, steps, steps,
               "cpu:float32", result)  # fmt: skip


@pytest.mark.parametrize("speech_s", [10.0, 49.0, 51.0, 160.0, 1000.0])
def test_steps_are_those_that_the_training_plans(speech_s: float) -> None:
    for name, recipe in recipes().items():
        if recipe.task == "tts":
            planned = sum(one.steps for one in plan(recipe, speech_s))
            assert steps_of(recipe, speech_s) == planned, name


def test_a_recipe_without_a_vocoder_stage_counts_none() -> None:
    recipe = dataclasses.replace(
        recipes()["tts_quick"],
        speaker_steps=4,
        vocoder_steps=9,
        vocoder_needs_speech_s=50,
        stages=(),
    )
    assert steps_of(recipe, 20.0) == 4
    assert steps_of(recipe, 60.0) == 13


def test_the_same_recipe_counts_before_a_newer_other_one() -> None:
    runs = [done("tts_quick", 60, 50.0, 200), done("tts_standard", 600, 590.0, 800)]
    found = from_runs(runs, "tts_quick", 300)
    assert found is not None
    assert found.measured
    assert found.seconds == pytest.approx(90.0)


def test_another_recipe_is_carried_over_by_its_steps() -> None:
    found = from_runs([done("tts_quick", 60, 50.0, 200)], "tts_standard", 800)
    assert found is not None
    assert found.seconds == pytest.approx(240.0)


@pytest.mark.parametrize(
    "run",
    [
        done("tts_quick", 9000, 50.0, 200),  # paused over lunch
        done("tts_quick", 60, 50.0, 200, "cancelled"),
        Run("", "r", "tts_quick", {}, "done", 1000, 1060, 200, 200, "cpu", {}),
    ],
)
def test_a_run_that_says_nothing_about_time_is_not_asked(run: Run) -> None:
    assert from_runs([run], "tts_quick", 200) is None


def test_the_probe_gives_an_estimate_and_says_so() -> None:
    one, two = from_probe(PROBE, 200), from_probe(PROBE, 400)
    assert one is not None
    assert two is not None
    assert not one.measured
    assert 60 < one.seconds < 120
    assert two.seconds - one.seconds == pytest.approx(one.seconds - 12.0)
    assert from_probe(None, 200) is None
    assert from_probe(PROBE, 0) is None


def test_a_probe_can_be_ended_before_it_begins() -> None:
    probe = Probe()
    probe.stop()
    with pytest.raises(Exception, match=r"stopped|killed|cancel"):
        probe.run()
