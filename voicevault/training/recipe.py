# SPDX-License-Identifier: GPL-3.0-or-later
"""Recipes: TOML files as frozen dataclasses, with ``key=value`` overrides. No torch in here."""

import dataclasses
import tomllib
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from voicevault.errors import UsageError

PARTS = ("norms", "variance_out", "decoder_out", "decoder", "convolutions", "all")
"""What a stage may tune; see :func:`voicevault.training.personalise.parameters_of`."""

BANDS = ("auto", "narrow", "full")
DEVICES = ("auto", "cpu", "cuda", "mps", "xpu")

_WORDS = {
    int: "a whole number",
    float: "a number",
    str: "a text",
    bool: "true or false",
    tuple: "a list",
    list: "a list",
}


Built = typing.TypeVar("Built")


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of personalisation: which weights move, how long, how fast."""

    name: str
    """Shown as progress."""
    parts: tuple[str, ...]
    """What is tuned: any of PARTS."""
    steps: int
    """Optimiser steps."""
    learning_rate: float
    """Peak; falls to a tenth by a cosine."""
    needs_speech_s: int = 0
    """Skipped when the owner has spoken for less."""


@dataclass(frozen=True, slots=True)
class Mix:
    """Whom the acoustic stages learn from (``training.mix``); a share of 0 switches one off."""

    real: float = 1.0
    """Share of the steps for the owner's takes."""
    taught: float = 0.0
    """For speech of teachers from elsewhere."""
    replay: float = 0.0
    """For durations and pitch of the embedded teacher."""
    taught_weight: float = 0.5
    """Of a taught step's loss, where a real step's is 1."""
    replay_weight: float = 0.5


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a base becomes somebody's voice."""

    name: str
    title: str
    """In plain words."""
    task: str
    """"tts"."""
    seed: int
    """Same seed, same takes, same machine: same voice."""
    device: str
    """auto, cpu, cuda, mps or xpu."""
    batch_frames: int
    """Frames of 12.5 ms a step."""
    speaker_steps: int
    """Steps on the speaker vector alone, before it is folded into the norms."""
    speaker_learning_rate: float
    vocoder_steps: int
    """Steps of the vocoder on the new voice's own mels; 0 leaves it as it is."""
    vocoder_learning_rate: float
    vocoder_needs_speech_s: int
    ema: float
    """Decay of the averaged weights, which are the ones kept."""
    guard_margin: float
    """How much less certain (nats a frame) the aligner may become about what the voice says."""
    stages: tuple[Stage, ...]
    band: str = "auto"
    """One of BANDS: narrow speaks at 16 kHz, full at 24 kHz, auto as the recordings deserve."""
    mix: Mix = Mix()
    """Whom the acoustic stages learn from."""


def load_recipe(text: str, name: str, overrides: Sequence[str] = ()) -> Recipe:
    """Parse a recipe and apply ``key=value`` overrides (``stages.norms.steps=40`` reaches inside).

    Raises:
        UsageError: unknown key, wrong type, value out of range; says which and what is valid.
    """
    recipe = read_tables(text, name, overrides, Recipe, Stage, Mix)
    _check(recipe)
    return recipe


def read_tables(
    text: str,
    name: str,
    overrides: Sequence[str],
    kind: type[Built],
    stage: type[Any],
    mix: type[Any],
) -> Built:
    """A recipe of any task: its own settings, ``stages`` in their order, and ``mix``.

    Raises:
        UsageError: unknown key, or wrong type; ranges are the caller's to check.
    """
    raw = parse(text, name)
    raw["mix"] = {**dataclasses.asdict(mix()), **raw.get("mix", {})}
    apply(raw, overrides)
    raw["stages"] = tuple(
        build(stage, {"name": key, **value}, f"stages.{key}.")
        for key, value in raw.get("stages", {}).items()
    )
    raw["mix"] = build(mix, raw["mix"], "mix.")
    return build(kind, raw, "")


def check_ranges(table: Any, ranges: Mapping[str, tuple[float, float]], prefix: str = "") -> None:
    """Settings within their bounds; ``prefix`` names the table.

    Raises:
        UsageError: one is not, with what is possible.
    """
    for name, (low, high) in ranges.items():
        value = getattr(table, name)
        if not low <= value <= high:
            raise UsageError(f"{prefix}{name} is {value}; {low:g} to {high:g} is possible")


def check_device(device: str) -> None:
    """One of DEVICES; UsageError otherwise."""
    if device not in DEVICES:
        raise UsageError(f"device is {device!r}", hint=f"{', '.join(DEVICES)} are possible")


def parse(text: str, name: str) -> dict[str, Any]:
    """The tables of a recipe of any task, with its name.

    Raises:
        UsageError: it is no TOML.
    """
    try:
        return {**tomllib.loads(text), "name": name}
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"recipe {name} is no TOML: {error}") from error


def apply(raw: dict[str, Any], overrides: Sequence[str]) -> None:
    """Put ``key=value`` overrides into the tables of a recipe.

    Raises:
        UsageError: no such setting, or a value of the wrong type.
    """
    for override in overrides:
        _override(raw, override)


def _override(raw: dict[str, Any], override: str) -> None:
    key, equals, value = override.partition("=")
    if not equals:
        raise UsageError(f"{override!r} is no setting", hint="write key=value, for example seed=3")
    *path, last = key.split(".")
    table: Any = raw
    for part in path:
        table = table.get(part) if isinstance(table, dict) else None
    if not isinstance(table, dict) or last not in table or isinstance(table[last], dict):
        raise UsageError(
            f"no setting {key!r} in this recipe", hint=f"there are: {', '.join(_keys(raw))}"
        )
    old = table[last]
    try:
        table[last] = type(old)(value) if not isinstance(old, list) else value.split("+")
    except ValueError as error:
        raise UsageError(f"{key} is {value!r}; {_WORDS[type(old)]} is needed") from error


def _keys(raw: Mapping[str, Any], prefix: str = "") -> list[str]:
    out: list[str] = []
    for key, value in raw.items():
        if isinstance(value, dict):
            out += _keys(value, f"{prefix}{key}.")
        elif key != "name":
            out.append(prefix + key)
    return out


def build(kind: type[Built], values: Mapping[str, Any], prefix: str) -> Built:
    """A dataclass of a recipe from one of its tables; ``prefix`` names it in errors.

    Raises:
        UsageError: a setting is unknown, missing or of the wrong type.
    """
    hints = typing.get_type_hints(kind)
    fields = {field.name: field for field in dataclasses.fields(typing.cast(Any, kind))}
    if unknown := sorted(values.keys() - fields.keys()):
        raise UsageError(f"unknown setting {prefix}{unknown[0]}")
    given: dict[str, Any] = {}
    for name, field in fields.items():
        if name not in values:
            if field.default is dataclasses.MISSING:
                raise UsageError(f"setting {prefix}{name} is missing")
            continue
        value, hint = values[name], hints[name]
        wanted = tuple if isinstance(hint, types.GenericAlias) else hint
        if wanted is tuple:
            value = tuple(value)
        elif wanted is float and type(value) is int:
            value = float(value)
        if type(value) is not wanted:
            raise UsageError(f"{prefix}{name} is {value!r}; {_WORDS[wanted]} is needed")
        given[name] = value
    return kind(**given)


def _check(recipe: Recipe) -> None:
    ranges = {
        "batch_frames": (200, 20_000),
        "speaker_steps": (0, 10_000),
        "vocoder_steps": (0, 100_000),
        "ema": (0.0, 0.9999),
    }
    check_ranges(recipe, ranges)
    check_device(recipe.device)
    if recipe.band not in BANDS:
        raise UsageError(
            f"band is {recipe.band!r}", hint=f"{', '.join(BANDS[:-1])} and {BANDS[-1]} are possible"
        )
    shares = {field.name: (0.0, 1.0) for field in dataclasses.fields(Mix)}
    check_ranges(recipe.mix, shares, "mix.")
    for stage in recipe.stages:
        if stage.steps < 0 or not 0 < stage.learning_rate < 1:
            raise UsageError(f"stage {stage.name}: steps >= 0 and 0 < learning_rate < 1 are needed")
        if bad := sorted(set(stage.parts) - set(PARTS)):
            raise UsageError(f"stage {stage.name} has part {bad[0]!r}", hint=", ".join(PARTS))
