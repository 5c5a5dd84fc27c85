# SPDX-License-Identifier: GPL-3.0-or-later
"""What the job "train" tells beside its steps: its energy, and previews where somebody listens."""

import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from recorder import Recorder

from voicevault import tasks
from voicevault.errors import Cancelled
from voicevault.evaluation.energy import metered
from voicevault.events import EnergyUsed
from voicevault.worker import Assignment


@pytest.mark.parametrize("listens", [True, False])
def test_energy_is_told_while_it_trains_and_previews_are_asked_for(
    listens: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "class/powercap/intel-rapl:0"
    package.mkdir(parents=True)
    for name, text in (("name", "package-0"), ("max_energy_range_uj", "9"), ("energy_uj", "1")):
        (package / name).write_text(text)
    ctx, asked = Recorder(), []

    def learn(*_: object, **how: Any) -> None:
        asked.append(how["previews"])
        (package / "part").write_text("7")
        (package / "part").replace(package / "energy_uj")  # whole, as the system's files are
        for _ in range(1_000):
            if any(isinstance(one, EnergyUsed) and one.wh > 0 for one in ctx.events):
                raise Cancelled("stopped")
            time.sleep(0.01)

    monkeypatch.setattr(tasks, "TELL_ENERGY_S", 0.01)
    monkeypatch.setattr(tasks, "metered", partial(metered, sys=tmp_path))
    monkeypatch.setattr(tasks, "consent_of", lambda assignment: None)
    monkeypatch.setattr(tasks, "utterances", lambda assignment: [])
    monkeypatch.setattr(tasks, "personalise", learn)
    spec = {"run": "r", "recipe": "tts_quick", "overrides": {}, "device": "cpu:float32"}
    with pytest.raises(Cancelled):
        tasks.train(Assignment("train", {**spec, "preview": listens}), ctx)  # type: ignore[arg-type]  # all it asks for
    assert asked == [listens]
    used = [one for one in ctx.events if isinstance(one, EnergyUsed)][-1]
    assert used.method == "RAPL, 1 package"
    assert used.wh == pytest.approx(6e-6 / 3600)
