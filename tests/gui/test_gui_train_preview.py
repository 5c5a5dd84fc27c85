# SPDX-License-Identifier: GPL-3.0-or-later
"""While a voice is trained: it is heard, compared and forgotten, and its energy is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from gui_helpers import FakePlayer
from gui_training import begin, make_ready, stand_in
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gui.desk import Desk
from gui.pages.train import TrainPage
from gui.pages.train_preview import PreviewBar
from voicevault.errors import MissingExtra
from voicevault.events import Preview
from voicevault.service import Studio


@pytest.fixture(autouse=True)
def learner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return stand_in(tmp_path, monkeypatch)


@pytest.fixture
def page(
    qtbot: QtBot, studio: Studio, desk: Desk, learner: Path, monkeypatch: pytest.MonkeyPatch
) -> TrainPage:
    """A training that waits at its tenth step of twenty, having spoken after five and ten."""
    learner.write_text("wait")
    made = TrainPage(desk)
    qtbot.addWidget(made)
    made.show()
    make_ready(qtbot, studio, made, monkeypatch)
    return made


def at_ten(qtbot: QtBot, page: TrainPage, studio: Studio) -> PreviewBar:
    begin(qtbot, page, studio, 10)
    bar = page.progress.preview
    qtbot.waitUntil(bar.before.isVisible)
    return bar


def test_it_is_heard_by_keyboard_and_compared_with_the_one_before(
    qtbot: QtBot, page: TrainPage, studio: Studio, desk: Desk, player: FakePlayer, learner: Path
) -> None:
    said: list[str] = []
    desk.announced.connect(said.append)
    bar = at_ten(qtbot, page, studio)
    assert said.count("You can hear how your voice sounds so far.") == 1
    assert bar.now.accessibleName() == "Hear it now (after 10 steps)"
    assert bar.before.accessibleName() == "And before (after 5 steps)"
    bar.now.setFocus()
    qtbot.keyClick(bar.now, Qt.Key.Key_Space)
    assert player.played == [(1000, 16_000)]  # the stand-in sends 100 samples a step
    assert bar.now.accessibleName() == "Stop"
    qtbot.keyClick(bar.before, Qt.Key.Key_Space)
    assert player.played[1:] == [(500, 16_000)]
    assert bar.now.accessibleName() != "Stop"
    qtbot.keyClick(bar.before, Qt.Key.Key_Space)
    assert not player.playing
    qtbot.keyClick(bar.now, Qt.Key.Key_Space)
    player.playing = False  # it came to its end
    qtbot.waitUntil(lambda: bar.now.accessibleName() == "Hear it now (after 10 steps)")
    learner.write_text("go")
    qtbot.waitUntil(page.outcome.listen.isVisible)
    assert bar.now.preview is None
    assert bar.before.preview is None


def test_nothing_of_it_is_kept(
    qtbot: QtBot, page: TrainPage, studio: Studio, tmp_path: Path, learner: Path
) -> None:
    before = {one.id for one in studio._vault.list()}
    at_ten(qtbot, page, studio)
    made = [one for one in studio._vault.list() if one.id not in before]
    assert [dict(one.meta)["type"] for one in made] == ["run"]
    learner.write_text("go")
    qtbot.waitUntil(page.outcome.listen.isVisible)
    made = [one for one in studio._vault.list() if one.id not in before]
    assert sorted(dict(one.meta)["type"] for one in made) == ["run", "student", "voice"]


def test_leaving_the_page_forgets_it_and_keeps_forgetting(
    qtbot: QtBot, page: TrainPage, studio: Studio, desk: Desk, player: FakePlayer, learner: Path
) -> None:
    bar = at_ten(qtbot, page, studio)
    bar.now.click()
    page.leave()
    assert not player.playing
    assert (bar.now.preview, bar.before.preview) == (None, None)
    desk.jobs.job_told.emit("train", Preview(11, 20, "norms", 16_000, bytes(8)))
    assert bar.now.preview is None
    assert not bar.isVisible()
    page.refresh()
    desk.jobs.job_told.emit("train", Preview(12, 20, "norms", 16_000, bytes(8)))
    assert bar.now.preview is not None
    assert bar.now.isVisible()
    assert not bar.before.isVisible()


def test_what_plays_goes_on_when_a_newer_one_comes(
    qtbot: QtBot, page: TrainPage, studio: Studio, player: FakePlayer
) -> None:
    bar = at_ten(qtbot, page, studio)
    bar.now.click()
    bar.offer(Preview(15, 20, "norms", 16_000, bytes(8)))
    assert player.playing
    assert bar.now.accessibleName() == "Hear it now (after 15 steps)"
    assert bar.before.accessibleName() == "Stop"
    bar.before.click()
    assert not player.playing
    assert bar.before.accessibleName() == "And before (after 10 steps)"


def test_without_a_loudspeaker_the_error_is_told(
    qtbot: QtBot, page: TrainPage, studio: Studio, desk: Desk, player: FakePlayer
) -> None:
    bar = at_ten(qtbot, page, studio)
    player.failure = MissingExtra("no loudspeaker here", extra="app")
    with qtbot.waitSignal(desk.failed):
        bar.now.click()
    assert bar.now.accessibleName() == "Hear it now (after 10 steps)"


def test_energy_stands_beside_the_time_where_something_counts_it(
    qtbot: QtBot, page: TrainPage, studio: Studio, desk: Desk
) -> None:
    left = page.progress.left
    told: list[str] = []
    desk.jobs.job_told.connect(lambda name, event: told.append(left.text() + left.toolTip()))
    at_ten(qtbot, page, studio)
    why = [one for one in told if one.endswith("The energy is not known: nobody counts it")]
    assert why
    assert not any("Wh" in one for one in why)
    assert left.text().endswith("so far · 0.13 Wh of energy")
    assert left.toolTip() == "Energy: RAPL, 1 package"
    assert "Wh" in page.progress.bar.accessibleDescription()
