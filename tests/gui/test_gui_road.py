# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole road in the app with an owner who does not exist: train for real and listen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gui_helpers import FakePlayer
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gui.desk import Desk
from gui.pages.train import TrainPage
from gui.pages.train_recipes import RecipeCard
from gui.pages.voice import VoicePage
from voicevault import paths
from voicevault.errors import Refused
from voicevault.events import Event
from voicevault.records import Run
from voicevault.service import Studio
from voicevault.students import speaker_encoder
from voicevault.text.prompts import prompts
from voicevault.training.invent import invent_owner

OWNER = 20
TRIES = 8  # a true sentence is not always understood: a person says another one
FEW = {
    "speaker_steps": "4",
    "vocoder_steps": "2",
    "stages.norms.steps": "4",
    "stages.decoder.steps": "2",
    "device": "cpu",
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        not (paths.base_dir() / "tts.safetensors").is_file(), reason="no base is shipped here"
    ),
    pytest.mark.skipif(bool(speaker_encoder.unavailable()), reason="no speaker weights"),
]


class _Quiet:
    def emit(self, event: Event) -> None: ...

    def put_blob(self, name: str, data: bytes, meta: dict[str, Any]) -> None: ...

    def stopping(self) -> bool:
        return False


def says(texts: list[tuple[str, str]]) -> dict[str, bytes]:
    return {name: data for name, _, data in invent_owner(texts, OWNER, _Quiet())}


def settle_in(studio: Studio, folder: Path) -> None:
    """Eleven sentences, and a consent that the real check believes."""
    folder.mkdir()
    texts = [(one.id, one.text) for one in prompts()[:11]]
    for name, data in says(texts).items():
        (folder / f"{name}.flac").write_bytes(data)
    lines = [f"{name}|{text}\n" for name, text in texts]
    (folder / "metadata.csv").write_text("".join(lines), encoding="utf-8")
    studio.import_path(folder)
    for _ in range(TRIES):
        sentence = studio.consent.ask().text
        try:
            studio.consent.record(says([("consent", sentence)])["consent"])
            return
        except Refused:
            continue
    pytest.fail(f"none of {TRIES} sentences was understood")


def test_a_real_training_makes_a_voice_that_speaks(
    qtbot: QtBot, studio: Studio, desk: Desk, player: FakePlayer, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    settle_in(studio, tmp_path / "recordings")
    train = studio.train

    def short(
        recipe: str, settings: dict[str, str], *, resume: bool, on_event: Callable[[Event], None]
    ) -> Run:
        return train(recipe, {} if resume else FEW, resume=resume, on_event=on_event)

    monkeypatch.setattr(studio, "train", short)
    page, voice = TrainPage(desk), VoicePage(desk)
    for one in (page, voice):
        qtbot.addWidget(one)
        one.show()
    page._told = {}  # no probe: it would share the processor
    page.refresh()
    qtbot.waitUntil(lambda: len(page.cards.parts) >= 2)
    card = next(one for one in page.cards.parts if isinstance(one, RecipeCard))
    qtbot.waitUntil(card.start.isEnabled)
    with qtbot.waitSignal(desk.jobs.job_ended, timeout=600_000) as ended:
        qtbot.keyClick(card.start, Qt.Key.Key_Space)
    assert ended.args[0].error is None
    qtbot.waitUntil(page.outcome.listen.isVisible)
    assert page.progress.curve.stretches
    voice.refresh()
    qtbot.waitUntil(lambda: voice._run == studio.runs()[-1].name)
    voice.speak.text.setPlainText("I was never recorded, and still this is my voice.")
    voice.speak.speak.click()
    qtbot.waitUntil(lambda: bool(player.played), timeout=20_000)
    samples, rate_hz = player.played[0]
    assert samples > rate_hz  # more than a second of sound
