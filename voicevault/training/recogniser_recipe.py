# SPDX-License-Identifier: GPL-3.0-or-later
"""Recipes of personal recognisers as frozen dataclasses; read like a voice's. No torch in here."""

from collections.abc import Sequence
from dataclasses import dataclass

from voicevault.errors import UsageError
from voicevault.training.recipe import check_device, check_ranges, read_tables

TASK = "asr"
PARTS = ("norms", "biases", "front", "depthwise", "out", "all")
"""What a stage may tune; see :func:`voicevault.training.recogniser_parts.parameters_of`."""


@dataclass(frozen=True, slots=True)
class HearingStage:
    """One step of the training: which weights move, how long, how fast."""

    name: str
    """Shown as progress."""
    parts: tuple[str, ...]
    """Any of PARTS."""
    steps: int
    learning_rate: float
    """Peak; falls to a tenth by a cosine."""
    needs_speech_s: int = 0
    """Skipped when the owner has spoken for less."""


@dataclass(frozen=True, slots=True)
class HearingMix:
    """Whom a recogniser listens to. Sources that have said nothing are passed over.

    ``real``, ``taught`` and ``replay`` weigh single utterances against each other and mean what
    they mean to a voice (``training.mix``); ``others`` is a share of all that is heard.
    """

    real: float = 3.0
    """The owner's takes."""
    taught: float = 1.0
    """What teachers from elsewhere said in the owner's voice."""
    replay: float = 1.0
    """What the owner's own small voice said."""
    others: float = 0.3
    """Other people: the shipped voices, so that they stay understood."""
    faith: float = 1.0
    """How much the answers to other people are held to the shipped recogniser's."""


@dataclass(frozen=True, slots=True)
class RecogniserRecipe:
    """How the shipped recogniser becomes somebody's own."""

    name: str
    title: str
    """In plain words."""
    task: str
    """TASK."""
    seed: int
    """Same seed, same takes, same machine: same recogniser."""
    device: str
    """auto, cpu, cuda, mps or xpu."""
    batch_seconds: float
    """Of speech, a step."""
    ema: float
    """Decay of the averaged weights, which are the ones kept."""
    phoneme_share: float
    """Weight of the phonemes' cross-entropy beside CTC."""
    others_utterances: int
    """Sentences that the shipped voices say for the training."""
    others_judged: int
    """Sentences that kept-out voices say for the gate."""
    stages: tuple[HearingStage, ...]
    mix: HearingMix = HearingMix()


def load_recogniser_recipe(text: str, name: str, overrides: Sequence[str] = ()) -> RecogniserRecipe:
    """Parse a recipe and apply ``key=value`` overrides, as ``training.recipe.load_recipe`` does.

    Raises:
        UsageError: unknown key, wrong type, value out of range; says which and what is valid.
    """
    recipe = read_tables(text, name, overrides, RecogniserRecipe, HearingStage, HearingMix)
    _check(recipe)
    return recipe


def _check(recipe: RecogniserRecipe) -> None:
    ranges = {
        "batch_seconds": (4.0, 600.0),
        "ema": (0.0, 0.9999),
        "phoneme_share": (0.0, 10.0),
        "others_utterances": (0, 5_000),
        "others_judged": (2, 5_000),
    }
    check_ranges(recipe, ranges)
    check_device(recipe.device)
    most = {"real": 100.0, "taught": 100.0, "replay": 100.0, "others": 0.9, "faith": 100.0}
    check_ranges(recipe.mix, {name: (0.0, high) for name, high in most.items()}, "mix.")
    if not recipe.stages:
        raise UsageError("the recipe has no stages, so nothing would be learnt")
    for stage in recipe.stages:
        if stage.steps < 0 or not 0 < stage.learning_rate < 1:
            raise UsageError(f"stage {stage.name}: steps >= 0 and 0 < learning_rate < 1 are needed")
        if bad := sorted(set(stage.parts) - set(PARTS)):
            raise UsageError(f"stage {stage.name} has part {bad[0]!r}", hint=", ".join(PARTS))
