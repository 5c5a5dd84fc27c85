# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of a training share: a vault that is ready for one, and the learner that stands in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from encrypted_store import Kind
from gui.pages.train import TrainPage
from gui.pages.train_recipes import RecipeCard
from voicevault import forecast, jobs
from voicevault.audio.files import Clip
from voicevault.audio.qc import Verdict
from voicevault.audio.reasons import Reason
from voicevault.consents import keeping
from voicevault.data.takes import add_take
from voicevault.service import Studio

PROBE: dict[str, Any] = {
    "training": {"device": "cpu", "dtype": "float32", "reason": "a step of 100 ms"},
    "measured": [
        {"device": "cpu", "dtype": "float32", "step_ms": 100.0, "works": True},
        {"device": "cuda", "dtype": "float32", "step_ms": 200.0, "works": True},
    ],
}
LEARNER = Path(__file__).with_name("gui_learner.py")


def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The worker's orders; and no probe, which would load torch."""
    wish = tmp_path / "wish"
    wish.write_text("go")
    monkeypatch.setenv("LEARNER", str(wish))
    monkeypatch.setattr(jobs, "worker_command", lambda: [sys.executable, str(LEARNER)])
    monkeypatch.setattr(forecast.Probe, "run", lambda probe: PROBE)
    return wish


def record(studio: Studio, count: int, seconds: float = 5.0) -> None:
    """Takes whose sound nobody listens to."""
    verdict = Verdict("keep", Reason.FINE, "")
    for number in range(count):
        clip = Clip([], 16_000, 1, "WAV", seconds)  # type: ignore[arg-type]
        add_take(studio._vault, b"%d" % number, clip, f"Sentence number {number}.", verdict)


def permit(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """A consent that only this process believes in; the worker here asks for none."""
    studio._vault.put(Kind.CONSENT, b"a consent", {"type": keeping.RECORD})
    monkeypatch.setattr(keeping, "current", lambda vault: "consent")


def make_ready(
    qtbot: QtBot, studio: Studio, page: TrainPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve sentences and a consent, looked at."""
    record(studio, 12)
    permit(studio, monkeypatch)
    page.refresh()
    qtbot.waitUntil(lambda: len(page.cards.parts) >= 2 and page._told is not None)
    qtbot.waitUntil(lambda: "estimate" in card(page, "tts_quick").time.text())


def card(page: TrainPage, recipe: str) -> RecipeCard:
    return next(
        one for one in page.cards.parts if isinstance(one, RecipeCard) and one.name == recipe
    )


def begin(qtbot: QtBot, page: TrainPage, studio: Studio, steps: int) -> None:
    """Start, and wait for the curve to have so many points."""
    qtbot.mouseClick(card(page, "tts_quick").start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(page.progress.isVisible)
    qtbot.waitUntil(
        lambda: sum(len(one.steps) for one in page.progress.curve.stretches) >= steps,
        timeout=20_000,
    )
