# SPDX-License-Identifier: GPL-3.0-or-later
"""A worker that learns nothing: the real process, twenty steps, checkpoints, crashes; it exports
what lies in a folder.
"""

from __future__ import annotations

import math
import os
import signal
import time
from pathlib import Path
from typing import Any

from voicevault.errors import Cancelled
from voicevault.events import CancelledAt, EnergyUsed, Metric, Progress, Started
from voicevault.worker import Assignment, WorkerContext, serve

STEPS = 20
AFTER = "after the checkpoint"


def train(assignment: Assignment, ctx: WorkerContext) -> dict[str, Any]:
    """From the checkpoint on. The file named by LEARNER says: go, wait, keep or crash."""
    wish = Path(os.environ["LEARNER"])
    step = began_at = int.from_bytes(assignment.blobs.get("checkpoint", b""), "big")
    ctx.emit(Started("train", assignment.spec["run"], "cpu:float32", "nothing else is here"))
    while step < STEPS:
        if ctx.stopping():
            ctx.put_blob("checkpoint", step.to_bytes(4, "big"), {"step": step})
            ctx.emit(CancelledAt(step))
            raise Cancelled("stopped")
        # An empty file is one that is being written.
        wanted = (wish.read_text() or "wait") if step == STEPS // 2 else "go"
        if wanted == "wait":
            time.sleep(0.02)
            continue
        if wanted == "keep":
            ctx.put_blob("checkpoint", step.to_bytes(4, "big"), {"step": step})
            ctx.emit(Metric(AFTER, step, 0.0))
            _for_ever()
        if wanted == "crash":
            ctx.put_blob("checkpoint", step.to_bytes(4, "big"), {"step": step})
            os.kill(os.getpid(), signal.SIGKILL)
        step += 1
        if step == STEPS // 4:
            ctx.emit(EnergyUsed(math.nan, missing="nobody counts it"))
        elif step == STEPS // 2:
            ctx.emit(EnergyUsed(0.125, "RAPL, 1 package"))
        ctx.emit(Progress("norms", step, STEPS, 0.1 * (STEPS - step)))
        ctx.emit(Metric("norms", step, 1.0 / step))
        if step % 5 == 0 and assignment.spec["preview"]:
            meta = {"step": step, "steps": STEPS, "stage": "norms", "rate_hz": 16_000}
            ctx.put_blob("preview", bytes(200 * step), meta)
    for name in ("student", "voice"):
        ctx.put_blob(name, b"learnt", {})
    return {
        "training_s": 1.5,
        "seconds_of_speech": 60.0,
        "voice_bytes": 6,
        "energy_wh": 0.25,
        "began_at": began_at,
    }


def export(assignment: Assignment, ctx: WorkerContext) -> dict[str, Any]:
    """The files of the folder named by EXPORTS, under the name that is asked for."""
    ctx.emit(Progress("export", 0, 1))
    if Path(os.environ["LEARNER"]).read_text() in ("wait", ""):
        _for_ever()
    for path in sorted(Path(os.environ["EXPORTS"]).iterdir()):
        ctx.put_blob(path.name, path.read_bytes(), {})
    return {}


def _for_ever() -> None:
    """As busy as a training: a Python thread gets its turn between two operations."""
    while True:
        sum(range(1000))


if __name__ == "__main__":
    serve({"train": train, "export": export})
