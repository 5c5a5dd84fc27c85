# SPDX-License-Identifier: GPL-3.0-or-later
"""What recipes of recognisers say, which words can be written, and which sentences judge."""

from pathlib import Path

import pytest

from voicevault.data.dataset import held_for_hearing, split_of
from voicevault.errors import UsageError
from voicevault.lessons import read_recipe
from voicevault.students.recogniser import Recogniser
from voicevault.training.heard_takes import said_words
from voicevault.training.recogniser_parts import parameters_of
from voicevault.training.recogniser_personal import plan
from voicevault.training.recogniser_recipe import RecogniserRecipe, load_recogniser_recipe

RECIPES = Path(__file__).parents[2] / "recipes"


def recipe(*overrides: str, name: str = "asr_quick") -> RecogniserRecipe:
    text = (RECIPES / f"{name}.toml").read_text("utf-8")
    return load_recogniser_recipe(text, name, overrides)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don’t stop!", ["don't", "stop"]),
        ("The café is naïve.", ["the", "cafe", "is", "naive"]),
        ("Room 12", []),
        ("Fish & chips", []),
        ("Привет there", []),
        ("...", []),
    ],
)
def test_words_that_can_be_written(text: str, words: list[str]) -> None:
    assert said_words(text) == words


def test_parts_are_what_they_say() -> None:
    network = Recogniser()
    counts = {part: sum(p.numel() for p in parameters_of(network, (part,)))
              for part in ("norms", "biases", "front", "depthwise", "out", "all")}  # fmt: skip
    assert counts["all"] == sum(p.numel() for p in network.parameters())
    assert 0 < counts["norms"] < counts["biases"] < counts["out"] < counts["all"] / 2
    both = parameters_of(network, ("out", "biases"))
    assert len({id(one) for one in both}) == len(both)


@pytest.mark.parametrize("name", ["asr_quick", "asr_standard"])
def test_shipped_recipes_load_and_plan(name: str) -> None:
    found = recipe(name=name)
    assert found.task == "asr"
    assert len(plan(found, 60.0)) == 1
    assert found == read_recipe((RECIPES / f"{name}.toml").read_text("utf-8"), name)
    assert [stage.name for stage in plan(recipe(name="asr_standard"), 400.0)] == ["small", "all"]


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("sede=7", "sede"),
        ("batch_seconds=1", "4 to 600"),
        ("mix.others=1", r"0 to 0\.9"),
        ("mix.speaker=1", "mix.speaker"),
        ("device=abacus", "abacus"),
        ("stages.small.parts=ears", "ears"),
        ("stages.small.learning_rate=5", "learning_rate"),
        ("others_judged=0", "2 to 5000"),
    ],
)
def test_wrong_settings_are_named(override: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        recipe(override)


def test_more_sentences_judge_a_recogniser_than_a_voice() -> None:
    spoken = [f"sentence {i}" for i in range(40)]
    hears, speaks = held_for_hearing(spoken), split_of(spoken, validation_share=0.1, smallest=21)
    assert hears.count("validation") == 8
    assert all(a == "validation" for a, b in zip(hears, speaks, strict=True) if b == "validation")
    assert held_for_hearing(spoken[:12]).count("validation") == 6
    assert held_for_hearing(spoken[:11]).count("validation") == 0
