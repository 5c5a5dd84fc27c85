# SPDX-License-Identifier: GPL-3.0-or-later
"""Time-boxed, resumable base training: learning rate, averaged weights, checkpoints, curve."""

import json
import math
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from voicevault.training.notes import write_json

_SAVE_EVERY_S = 60.0

M = TypeVar("M", bound=nn.Module)


class Clock:
    """One stage of base training.

    Does: optimiser, moving average (EMA) of the weights, learning rate by time spent, checkpoint
    every minute (atomic), resume, a small JSON curve. Does not know what is trained.
    """

    def __init__(
        self,
        path: Path,
        model: nn.Module,
        *,
        planned_minutes: float,
        learning_rate: float,
        final_learning_rate: float,
        ema: float = 0.999,
        betas: tuple[float, float] = (0.9, 0.98),
    ) -> None:
        self.path, self.model = path, model
        self.optimiser = torch.optim.AdamW(
            model.parameters(), learning_rate, betas, weight_decay=0.01
        )
        self.average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(ema))
        self.planned_s = planned_minutes * 60
        self.rates = learning_rate, final_learning_rate
        self.step, self.spent_s = 0, 0.0
        self.curve: list[dict[str, Any]] = []
        self.companion: Clock | None = None
        """Saved whenever this one is: a critic that is trained in the same steps."""
        if path.exists():
            self._load()

    def _load(self) -> None:
        state = torch.load(self.path, weights_only=True, map_location="cpu")
        self.model.load_state_dict(buffers_of(self.model) | state["model"])
        self.average.load_state_dict(buffers_of(self.average) | state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.spent_s, self.curve = state["step"], state["spent_s"], state["curve"]
        torch.set_rng_state(state["rng"])

    def save(self) -> None:
        """Write the checkpoint; the one before stays until the new one is whole."""
        state = {
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "spent_s": self.spent_s,
            "curve": self.curve,
            "rng": torch.get_rng_state(),
        }
        part = self.path.with_suffix(".part")
        torch.save(state, part)
        os.replace(part, self.path)
        write_json(self.path.with_suffix(".json"), self.curve)
        if self.companion is not None:
            self.companion.save()

    def steps(self, minutes: float) -> Iterator[int]:
        """Step numbers until ``minutes`` more have been spent; sets the learning rate, saves."""
        last = saved = time.monotonic()
        ends = self.spent_s + minutes * 60
        while self.spent_s < ends:
            done = min(1.0, self.spent_s / self.planned_s)
            first, final = self.rates
            rate = final + (first - final) * 0.5 * (1 + math.cos(math.pi * done))
            for group in self.optimiser.param_groups:
                group["lr"] = rate * min(1.0, (self.step + 1) / 200)
            yield self.step
            self.step += 1
            now = time.monotonic()
            self.spent_s += now - last
            last = now
            if now - saved > _SAVE_EVERY_S:
                self.save()
                saved = last = time.monotonic()
        self.save()

    def update(self, loss: torch.Tensor) -> None:
        """Backward, clip at 1, step, average."""
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.average.update_parameters(self.model)

    def note(self, **values: float) -> None:
        """One row of the curve, also printed."""
        row = {"step": self.step, "minutes": round(self.spent_s / 60, 2)}
        row |= {k: round(float(v), 4) for k, v in values.items()}
        self.curve.append(row)
        print(json.dumps(row), flush=True)


def load_average(model: M, *paths: Path) -> M:
    """Averaged weights of a stage's checkpoint into ``model``, set to evaluation.

    Of several trainings from one start: the mean (model soup, Wortsman et al. 2022).
    """
    found = [torch.load(p, weights_only=True, map_location="cpu")["average"] for p in paths]
    mean = {
        name: torch.stack([one[name] for one in found]).mean(0)
        if value.is_floating_point()
        else value
        for name, value in found[0].items()
    }
    return averaged(model, mean)


def averaged(model: M, average: dict[str, torch.Tensor]) -> M:
    """The state of an average into ``model``, set to evaluation.

    Buffers that the checkpoint has not, because the model got them later, keep their start.
    """
    weights = {k.removeprefix("module."): v for k, v in average.items() if k != "n_averaged"}
    model.load_state_dict(buffers_of(model) | weights)
    return model.eval()


def buffers_of(model: nn.Module) -> dict[str, torch.Tensor]:
    """The buffers of ``model`` that a checkpoint holds."""
    saved = model.state_dict()
    return {name: value for name, value in model.named_buffers() if name in saved}
