# SPDX-License-Identifier: GPL-3.0-or-later
"""The page Train over a real vault and a real worker process that only pretends to learn."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gui_helpers import LIMIT_MS, Steady
from gui_training import begin, card, make_ready, permit, record, stand_in
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from gui.desk import Desk, Tools
from gui.pages.train import WANTED_RUN, TrainPage
from voicevault.errors import Refused
from voicevault.records import Run
from voicevault.service import Studio


@pytest.fixture(autouse=True)
def learner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return stand_in(tmp_path, monkeypatch)


@pytest.fixture
def page(qtbot: QtBot, desk: Desk) -> TrainPage:
    made = TrainPage(desk)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def ready(
    qtbot: QtBot, studio: Studio, page: TrainPage, monkeypatch: pytest.MonkeyPatch
) -> TrainPage:
    make_ready(qtbot, studio, page, monkeypatch)
    return page


def newest(studio: Studio) -> Run:
    return studio.runs()[-1]


def test_an_empty_vault_says_what_is_missing_and_sends_there(
    qtbot: QtBot, page: TrainPage, desk: Desk
) -> None:
    page.refresh()
    qtbot.waitUntil(lambda: len(page.cards.parts) >= 2)
    assert "0 of 10 sentences" in page.ready.sentences.text()
    assert not card(page, "tts_quick").start.isEnabled()
    assert not page.runs.isVisible()
    for mend, where in ((page.ready.record, "record"), (page.ready.permit, "consent")):
        with qtbot.waitSignal(desk.page_wanted) as wanted:
            qtbot.keyClick(mend, Qt.Key.Key_Space)
        assert wanted.args == [where]


def test_a_consent_alone_is_missing(qtbot: QtBot, page: TrainPage, studio: Studio) -> None:
    record(studio, 12)
    page.refresh()
    qtbot.waitUntil(lambda: "12 sentences" in page.ready.sentences.text())
    assert page.ready.permit.isVisible()
    assert not page.ready.record.isVisible()
    assert not card(page, "tts_quick").start.isEnabled()


def test_the_cards_tell_need_time_and_device(ready: TrainPage) -> None:
    quick, standard = card(ready, "tts_quick"), card(ready, "tts_standard")
    assert quick.start.isEnabled()
    assert quick.start.property("kind") == "primary"
    assert "you have 12" in quick._needs.text()
    assert standard.start.isEnabled()  # possible, though not advised
    assert "better" in standard._needs.text()
    assert "estimate" in standard.time.text()
    assert "2.0 times" in ready.device.why.text()
    assert ready.device.box.count() == 3


def test_a_chosen_device_is_asked_for(qtbot: QtBot, ready: TrainPage, studio: Studio) -> None:
    ready.device.box.setCurrentIndex(ready.device.box.findData("cpu"))
    begin(qtbot, ready, studio, 20)
    assert newest(studio).overrides == {"device": "cpu"}


def test_a_training_by_keyboard_from_start_to_listen(
    qtbot: QtBot, ready: TrainPage, studio: Studio, desk: Desk, steady: Steady
) -> None:
    start = card(ready, "tts_quick").start
    start.setFocus()
    with steady.watching(), qtbot.waitSignal(desk.runs_changed, timeout=30_000):
        qtbot.keyClick(start, Qt.Key.Key_Space)
    assert steady.worst_ms < LIMIT_MS
    qtbot.waitUntil(ready.outcome.listen.isVisible)
    assert "ready" in ready.outcome.title.text()
    assert "0.25 Wh" in ready.outcome.text.text()
    assert newest(studio).status == "done"
    with qtbot.waitSignal(desk.page_wanted) as wanted:
        qtbot.keyClick(ready.outcome.listen, Qt.Key.Key_Space)
    assert wanted.args == ["voice"]
    assert desk.property(WANTED_RUN) == newest(studio).name
    assert not ready.progress.isVisible()


def test_a_training_outlives_a_page_switch_pauses_and_resumes(
    qtbot: QtBot, ready: TrainPage, studio: Studio, desk: Desk, learner: Path
) -> None:
    learner.write_text("wait")
    begin(qtbot, ready, studio, 10)
    ready.leave()
    ready.hide()
    ready.show()
    ready.refresh()
    qtbot.waitUntil(lambda: not ready.cards.isVisible())
    assert ready.progress.isVisible()
    assert ready.progress.bar.value() == 10
    assert "tone" in ready.progress.curve.accessibleDescription()
    late = TrainPage(desk)  # as after a change of the language
    qtbot.addWidget(late)
    late.show()
    assert late.progress.isVisible()
    with qtbot.waitSignal(desk.jobs.job_ended, timeout=20_000):
        qtbot.keyClick(ready.progress.pause, Qt.Key.Key_Space)
    qtbot.waitUntil(ready.outcome.resume.isVisible)
    assert "after 10 of 20 steps" in ready.outcome.text.text()
    learner.write_text("go")
    with qtbot.waitSignal(desk.jobs.job_ended, timeout=20_000):
        qtbot.keyClick(ready.outcome.resume, Qt.Key.Key_Space)
    qtbot.waitUntil(ready.outcome.listen.isVisible)
    assert [one.status for one in studio.runs()] == ["done"]


def test_a_crash_is_told_and_can_be_resumed(
    qtbot: QtBot, ready: TrainPage, studio: Studio, desk: Desk, learner: Path
) -> None:
    learner.write_text("crash")
    with qtbot.waitSignal(desk.jobs.job_ended, timeout=20_000):
        qtbot.mouseClick(card(ready, "tts_quick").start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(ready.outcome.resume.isVisible)
    assert newest(studio).status == "failed"
    assert "kept after 10 of 20 steps" in ready.outcome.text.text()
    learner.write_text("go")
    with qtbot.waitSignal(desk.jobs.job_ended, timeout=20_000):
        ready.outcome.resume.click()
    qtbot.waitUntil(ready.outcome.listen.isVisible)


def test_a_failure_behind_another_page_goes_to_the_banner(
    qtbot: QtBot, ready: TrainPage, desk: Desk, learner: Path
) -> None:
    learner.write_text("crash")
    card(ready, "tts_quick").start.click()
    ready.hide()
    with qtbot.waitSignal(desk.failed, timeout=20_000):
        pass
    assert not ready.outcome.isHidden()


def test_a_refusal_before_the_beginning_offers_no_resume(
    qtbot: QtBot, ready: TrainPage, studio: Studio, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> Run:
        raise Refused("nobody consented to a voice from these recordings")

    monkeypatch.setattr(studio, "train", refuse)
    with qtbot.waitSignal(desk.failed) as failed:
        card(ready, "tts_quick").start.click()
    assert isinstance(failed.args[0], Refused)
    assert not ready.outcome.isVisible()


def test_while_something_else_runs_nothing_can_be_started(
    qtbot: QtBot, ready: TrainPage, desk: Desk
) -> None:
    gate: list[bool] = []

    def work(on_event: Callable[[Any], None]) -> None:
        while not gate:
            pass

    desk.jobs.start("import", work, cancel=lambda: None)
    qtbot.waitUntil(ready.wait.isVisible)
    assert not card(ready, "tts_quick").start.isEnabled()
    gate.append(True)
    qtbot.waitUntil(card(ready, "tts_quick").start.isEnabled)


KILLED = """
import os, signal, sys
from pathlib import Path
from voicevault.service import Studio
studio = Studio.open(Path(sys.argv[1]), "olive tractor mumble")
run = studio._runs.begin("tts_quick", {}, {one.id: one.split for one in studio.takes()})
studio._runs.change(run, step=120, steps=210)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_after_a_kill_of_the_app_the_run_is_offered(
    qtbot: QtBot, tools: Tools, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(studio, 12)
    permit(studio, monkeypatch)
    studio.close()
    words = [sys.executable, "-c", KILLED, str(studio.path)]
    assert subprocess.run(words, env=os.environ, check=False).returncode == -signal.SIGKILL
    with Studio.open(studio.path, "olive tractor mumble") as again:
        desk = Desk(again, tools)
        page = TrainPage(desk)
        qtbot.addWidget(page)
        page.show()
        page.refresh()
        qtbot.waitUntil(page.outcome.resume.isVisible)
        assert page.outcome.title.text() == "A training was cut off"
        assert "after 120 of 210 steps" in page.outcome.text.text()
        asked: list[tuple[str, bool]] = []
        monkeypatch.setattr(
            again,
            "train",
            lambda recipe, settings, *, resume, **how: asked.append((recipe, resume)),
        )
        monkeypatch.setattr(page.outcome, "show_done", lambda run: None)
        with qtbot.waitSignal(desk.jobs.job_ended):
            page.outcome.resume.click()
        assert asked == [("tts_quick", True)]
        page.outcome.later.click()
        assert not page.outcome.isVisible()
        tools.tasks.wait()


def test_a_run_that_ended_here_replaces_the_estimate(
    qtbot: QtBot, ready: TrainPage, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = studio._runs.begin("tts_quick", {}, {})
    studio._runs.change(
        run, status="done", created=run.created - 90, step=210, steps=210,
        result={"training_s": 80.0},
    )  # fmt: skip
    ready.refresh()
    qtbot.waitUntil(lambda: "as your last training" in card(ready, "tts_quick").time.text())


def test_an_answer_that_was_overtaken_is_not_shown(ready: TrainPage) -> None:
    newest_seen = ready._seen
    assert newest_seen is not None
    poor = dataclasses.replace(newest_seen.outlook, sentences=1)
    ready._show(dataclasses.replace(newest_seen, outlook=poor, asked=newest_seen.asked - 1))
    assert "12 sentences" in ready.ready.sentences.text()
    ready._show(dataclasses.replace(newest_seen, outlook=poor, asked=newest_seen.asked + 1))
    assert "1 of 10 sentences" in ready.ready.sentences.text()


def test_many_runs_are_folded_and_have_named_buttons(
    qtbot: QtBot, ready: TrainPage, studio: Studio
) -> None:
    for _ in range(7):
        run = studio._runs.begin("tts_quick", {}, {})
        studio._runs.change(run, status="done", result={"voice_bytes": 5})
    ready.refresh()
    qtbot.waitUntil(ready.runs.more.isVisible)

    def buttons() -> list[QPushButton]:
        assert ready.runs._rows is not None
        return ready.runs._rows.findChildren(QPushButton)

    assert len(buttons()) == 5
    ready.runs.more.click()
    assert len(buttons()) == 7
    assert all(one.accessibleName().startswith("Listen: A first voice") for one in buttons())
    with qtbot.waitSignal(ready.runs.listen_wanted) as wanted:
        buttons()[-1].click()
    assert wanted.args == [studio.runs()[0].name]
