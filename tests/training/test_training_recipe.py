# SPDX-License-Identifier: GPL-3.0-or-later
"""Every shipped recipe loads; what is wrong in one is named."""

from pathlib import Path

import pytest

from voicevault.errors import UsageError
from voicevault.training.base.settings import load_settings
from voicevault.training.phases import learning_rate, plan
from voicevault.training.recipe import Recipe, load_recipe

RECIPES = Path(__file__).parents[2] / "recipes"
PERSONAL = sorted(p for p in RECIPES.glob("*.toml") if p.stem.startswith("tts_"))


def quick(*overrides: str) -> Recipe:
    """The quick recipe with overrides."""
    return load_recipe((RECIPES / "tts_quick.toml").read_text("utf-8"), "tts_quick", overrides)


@pytest.mark.parametrize("path", PERSONAL, ids=lambda p: p.stem)
def test_shipped_recipes_load_and_plan(path: Path) -> None:
    recipe = load_recipe(path.read_text("utf-8"), path.stem)
    phases = plan(recipe, speech_s=35.0)
    assert phases[0].kind == "speaker"
    assert phases[-1].kind == "vocoder"
    assert len(plan(recipe, speech_s=600.0)) > len(phases)


def test_base_settings_load() -> None:
    assert load_settings(RECIPES / "base_tts.toml").data.speeds["libri-"][0] == 1.0


def test_overrides_reach_inside_and_keep_types() -> None:
    recipe = quick("seed=7", "stages.norms.steps=3", "vocoder_learning_rate=1", "device=cpu")
    assert (recipe.seed, recipe.stages[0].steps, recipe.device) == (7, 3, "cpu")
    assert recipe.vocoder_learning_rate == 1.0


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("sede=7", "sede"),
        ("seed", "no setting"),
        ("seed=many", "whole number is needed"),
        ("stages.norms=3", "stages.norms"),
        ("stages.nowhere.steps=3", "nowhere"),
        ("device=abacus", "abacus"),
        ("batch_frames=1", "200 to 20000"),
        ("stages.norms.learning_rate=5", "learning_rate"),
        ("stages.norms.parts=everything", "everything"),
    ],
)
def test_wrong_settings_are_named(override: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        quick(override)


def test_unknown_and_missing_keys_are_named() -> None:
    text = (RECIPES / "tts_quick.toml").read_text("utf-8")
    with pytest.raises(UsageError, match="unknown setting colour"):
        load_recipe('colour = "blue"\n' + text, "x")
    with pytest.raises(UsageError, match="seed is missing"):
        load_recipe(text.replace("seed = 1", ""), "x")
    with pytest.raises(UsageError, match="no TOML"):
        load_recipe("= =", "x")


def test_learning_rate_warms_up_and_falls() -> None:
    phase = plan(quick(), 35.0)[1]
    rates = [learning_rate(phase, step) for step in range(phase.steps)]
    assert rates[0] < rates[9]
    assert max(rates) <= phase.learning_rate
    assert rates[-1] < 0.15 * phase.learning_rate
