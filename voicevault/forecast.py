# SPDX-License-Identifier: GPL-3.0-or-later
"""Before a training: is there enough to learn from, and how long will it take on this machine?

The time is that of the newest uninterrupted run, carried over to the steps of this one; before
there is any, the probe that chooses the device gives an estimate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from encrypted_store import Vault
from voicevault import jobs
from voicevault.consents import keeping
from voicevault.data.takes import TRAIN, Take
from voicevault.runs import DONE, Run

VOICE_TASK = "tts"
OVERHEAD_S = 12.0
"""Beside the steps: starting, listening to the takes, guard and packing."""
PROBE_STEPS = 4.0
"""A step of personalisation costs so many of the probe's (one shared core, tts_quick: 210 steps in
133 s where the probe took 112 to 158 ms); elsewhere the estimate may be off by a factor of two."""
_BESIDE_S = 120.0  # a run whose clock ran so much longer than its training was interrupted


@dataclass(frozen=True, slots=True)
class Forecast:
    """How long a training will take."""

    seconds: float
    measured: bool
    """From a run that ended here; otherwise an estimate from a short probe."""


@dataclass(frozen=True, slots=True)
class Chance:
    """One recipe, and what it would be here and now."""

    name: str
    title: str
    task: str
    """"tts": a voice; anything else is told by its title alone."""
    steps: int = 0
    forecast: Forecast | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What there is to learn from, and what could be made of it."""

    sentences: int
    speech_s: float
    left_out: int
    """Takes that are to be recorded again."""
    consented: bool
    chances: tuple[Chance, ...] = ()


class Probe:
    """The short test that chooses a device; a few seconds in a process of its own."""

    def __init__(self) -> None:
        self._job = jobs.Job(jobs.Request("devices"))

    def run(self) -> dict[str, Any]:
        """What `voicevault devices` tells. Raises Cancelled after `stop`."""
        return self._job.run()

    def stop(self) -> None:
        """End it at once, from any thread: there is nothing to keep."""
        self._job.cancel()
        self._job.cancel()


def outlook(
    vault: Vault,
    recipes: Mapping[str, Any],
    takes: Sequence[Take],
    runs: Sequence[Run],
    probe: Mapping[str, Any] | None = None,
) -> Outlook:
    """Everything a person wants to know before they start.

    Args:
        recipes: by name, of any task.
        probe: what `service.devices` told, where it has been asked.
    """
    usable = [one for one in takes if one.usable]
    speech_s = sum(one.duration_ms for one in usable if one.split == TRAIN) / 1000
    found = []
    for name, recipe in recipes.items():
        count = steps_of(recipe, speech_s) if recipe.task == VOICE_TASK else 0
        when = from_runs(runs, name, count) or from_probe(probe, count)
        found.append(Chance(name, recipe.title, recipe.task, count, when))
    total_s = sum(one.duration_ms for one in usable) / 1000
    consented = keeping.current(vault) is not None
    return Outlook(len(usable), total_s, len(takes) - len(usable), consented, tuple(found))


def steps_of(recipe: Any, speech_s: float) -> int:
    """Optimiser steps of a voice recipe for this much speech, as `training.phases` plans them."""
    out = int(recipe.speaker_steps)
    out += sum(int(one.steps) for one in recipe.stages if speech_s >= one.needs_speech_s)
    if speech_s >= recipe.vocoder_needs_speech_s:
        out += int(recipe.vocoder_steps)
    return out


def from_runs(runs: Sequence[Run], recipe: str, steps: int) -> Forecast | None:
    """By the newest uninterrupted run, of the same recipe before any other; None without one."""
    done = [one for one in runs if one.status == DONE and _clock_s(one) > 0]
    alike = [one for one in done if one.recipe == recipe]
    voices = [one for one in done if one.steps > 0 and steps > 0]
    if alike:
        like = alike[-1]
        share = steps / like.steps if steps > 0 and like.steps > 0 else 1.0
    elif voices:
        like = voices[-1]
        share = steps / like.steps
    else:
        return None
    return Forecast(max(1.0, _clock_s(like) * share), True)


def from_probe(probe: Mapping[str, Any] | None, steps: int) -> Forecast | None:
    """By the quickest device's probe step; None where nobody measured."""
    if not probe or not steps:
        return None
    chosen = probe["training"]
    for row in probe["measured"]:
        same = (row["device"], row["dtype"]) == (chosen["device"], chosen["dtype"])
        if same and row["works"]:
            return Forecast(OVERHEAD_S + steps * PROBE_STEPS * row["step_ms"] / 1000, False)
    return None


def _clock_s(run: Run) -> float:
    """From start to end by the clock; 0 where the run stood still in between or does not say."""
    try:
        training_s = float(run.result["training_s"])
    except (KeyError, TypeError, ValueError):
        return 0.0
    clock_s = float(run.updated - run.created)
    return clock_s if training_s <= clock_s + 1 and clock_s <= 2 * training_s + _BESIDE_S else 0.0
