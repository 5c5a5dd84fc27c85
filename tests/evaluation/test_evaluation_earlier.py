# SPDX-License-Identifier: GPL-3.0-or-later
"""How reports of other runs reach an evaluation: chosen in the vault, unpacked in the worker."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from encrypted_store import KdfParams, Kind, Vault
from voicevault import tasks
from voicevault.evaluation import energy, job
from voicevault.evaluation.energy import Energy
from voicevault.evaluation.weighing import Earlier
from voicevault.runs import DONE, RunBook
from voicevault.worker import Assignment


class Silent:
    def emit(self, event: Any) -> None: ...

    def put_blob(self, name: str, data: bytes, meta: dict[str, Any]) -> None: ...


def test_the_reports_of_teachers_and_of_the_run_without_them_go_along(tmp_path: Path) -> None:
    cheap = KdfParams.for_tests()
    with Vault.create(tmp_path / "V", "invented", kdf=cheap, anchors=tmp_path / "a")[0] as vault:
        runs = RunBook(vault)
        for name in ("plain", "teacher", "other", "mute"):
            run = runs.change(runs.begin(name, {}, {"t": "train"}), status=DONE)
            if name != "mute":
                runs.keep(run, Kind.SETTINGS, "report", name.encode())
        named = {run.recipe: run for run in runs.all()}
        ledger = [
            {"name": "embedded", "version": f"0123 {named['teacher'].name}"},
            {"name": "embedded", "version": f"0123 {named['mute'].name}"},
            {"name": "clone", "version": f"of {named['other'].name}"},
        ]
        taught = runs.change(runs.begin("new", {}, {}), result={"teachers": ledger})
        found = runs.reports(taught, named["plain"])
        assert sorted(found) == sorted(
            (f"report:{named[name].name}", name.encode()) for name in ("plain", "teacher")
        )
        assert runs.reports(named["plain"], None) == []


def test_the_worker_unpacks_them(monkeypatch: pytest.MonkeyPatch) -> None:
    got: list[Earlier] = []
    monkeypatch.setattr(job, "evaluate_voice", lambda *args: got.append(args[-1]) or {})
    spec = {"run": {"run": "new"}, "quick": True, "plain": "old"}
    blobs = {"voice": b"", "report:old": json.dumps({"basis": "x"}).encode()}
    tasks.evaluate(Assignment("evaluate", spec, {}, blobs), Silent())  # type: ignore[arg-type]
    (earlier,) = got
    assert earlier.plain == "old"
    assert earlier.report("old") == {"basis": "x"}
    assert earlier.report("another") is None


def test_what_a_training_took_is_part_of_its_result() -> None:
    assert tasks.used_energy(Energy(7200.0, 60.0, "RAPL, 1 package"), False) == {
        "energy_wh": 2.0,
        "energy": "RAPL, 1 package",
    }
    resumed = tasks.used_energy(Energy(7200.0, 60.0, "RAPL, 1 package"), True)
    assert resumed["energy"] == "RAPL, 1 package, since it was resumed"
    assert tasks.used_energy(Energy(missing=energy.NONE), True) == {"energy": energy.NONE}
