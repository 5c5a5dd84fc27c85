# SPDX-License-Identifier: GPL-3.0-or-later
"""Work elsewhere, answers here: never late to a dead page, never in the loop's way."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest
from gui_helpers import LIMIT_MS, Steady
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from gui.desk import Desk, Tools
from gui.jobs import JobEnded, OnEvent
from gui.tasks import Tasks
from voicevault.errors import Cancelled
from voicevault.events import Event, Metric, Progress, Warned


class Listener(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.heard: list[object] = []
        self.threads: list[int] = []

    def hear(self, value: object) -> None:
        self.heard.append(value)
        self.threads.append(threading.get_ident())


def test_work_is_elsewhere_and_its_answer_is_here(qtbot: QtBot, tools: Tools) -> None:
    one = Listener()
    tools.tasks.run(threading.get_ident, one.hear)
    qtbot.waitUntil(lambda: bool(one.heard))
    assert one.heard != [threading.get_ident()]
    assert one.threads == [threading.get_ident()]


def test_an_error_is_an_answer_too(qtbot: QtBot, tools: Tools) -> None:
    one = Listener()
    tools.tasks.run(lambda: 1 // 0, one.hear, one.hear)
    qtbot.waitUntil(lambda: bool(one.heard))
    assert isinstance(one.heard[0], ZeroDivisionError)


def test_an_error_nobody_asked_for_is_not_lost(qtbot: QtBot, tools: Tools) -> None:
    with qtbot.waitSignal(tools.tasks.failed_unheard) as heard:
        tools.tasks.run(lambda: 1 // 0)
    assert isinstance(heard.args[0], ZeroDivisionError)


def test_a_page_that_is_gone_is_not_called(qtbot: QtBot, tools: Tools) -> None:
    import shiboken6

    gone, there = Listener(), Listener()
    go_on = threading.Event()
    tools.tasks.run(lambda: go_on.wait(10), gone.hear)
    shiboken6.delete(gone)
    go_on.set()
    tools.tasks.wait()
    tools.tasks.run(lambda: 1, there.hear)
    qtbot.waitUntil(lambda: there.heard == [1])
    assert gone.heard == []


def test_closing_waits_for_what_was_begun(qtbot: QtBot, tools: Tools) -> None:
    order: list[str] = []

    def slow() -> None:
        time.sleep(0.15)
        order.append("slow")

    tools.tasks.run(slow)
    tools.tasks.run_after_all(lambda: order.append("closed"))
    qtbot.waitUntil(lambda: len(order) == 2)
    assert order == ["slow", "closed"]


def test_the_loop_turns_while_work_is_done(qtbot: QtBot, tools: Tools, steady: Steady) -> None:
    """And the watch can tell: work in the GUI thread is found out."""
    one = Listener()
    with steady.watching():
        tools.tasks.run(lambda: time.sleep(0.2), one.hear)
        qtbot.waitUntil(lambda: bool(one.heard))
    assert steady.worst_ms < LIMIT_MS
    with steady.watching():
        time.sleep(0.1)
    assert steady.worst_ms > LIMIT_MS


@pytest.mark.parametrize("way", ["method", "lambda"])
def test_a_thousand_signals_do_not_end_the_interpreter(way: str) -> None:
    """PySide6 6.12.0 on CPython 3.11 does: why the app asks for less than 6.12."""
    script = (
        "from PySide6.QtCore import QCoreApplication, QObject, Signal\n"
        "app = QCoreApplication([])\n"
        "class Sender(QObject):\n"
        "    told = Signal(int)\n"
        "    seen = 0\n"
        "    def hear(self, value):\n"
        "        self.seen += value\n"
        "one = Sender()\n"
        f"one.told.connect({'one.hear' if way == 'method' else 'lambda value: one.hear(value)'})\n"
        "for _ in range(5000):\n"
        "    one.told.emit(1)\n"
        "assert one.seen == 5000\n"
        "print('whole')\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (0, "whole\n"), ended.stderr


def told(desk: Desk) -> list[Event]:
    heard: list[Event] = []
    desk.jobs.job_told.connect(lambda name, event: heard.append(event))
    return heard


def test_a_job_tells_in_order_and_thins_out_only_progress(qtbot: QtBot, desk: Desk) -> None:
    heard = told(desk)

    def call(on_event: OnEvent) -> str:
        for step in range(2000):
            on_event(Progress("steps", step, 2000))
        on_event(Warned("careful"))
        on_event(Metric("loss", 1, 0.5))
        on_event(Progress("steps", 2000, 2000))
        return "done"

    with qtbot.waitSignal(desk.jobs.job_ended) as ended:
        assert desk.jobs.start("train", call, cancel=lambda: None)
        assert desk.jobs.name == "train"
    assert ended.args[0] == JobEnded("train", "done")
    assert desk.jobs.name == ""
    assert [one for one in heard if not isinstance(one, Progress)] == [
        Warned("careful"), Metric("loss", 1, 0.5)
    ]  # fmt: skip
    assert heard[-1] == Progress("steps", 2000, 2000)
    assert len(heard) < 1000


def test_one_job_at_a_time_and_it_can_be_stopped(qtbot: QtBot, desk: Desk) -> None:
    stop = threading.Event()

    def call(on_event: OnEvent) -> None:
        assert stop.wait(10)
        raise Cancelled("stopped as asked")

    failed = Listener()
    with qtbot.waitSignal(desk.jobs.job_ended) as ended:
        assert desk.jobs.start("train", call, cancel=stop.set, failed=failed.hear)
        assert not desk.jobs.start("export", call, cancel=stop.set)
        desk.jobs.cancel()
    assert isinstance(ended.args[0].error, Cancelled)
    assert failed.heard == [ended.args[0].error]


def test_events_do_not_hold_up_the_loop(qtbot: QtBot, desk: Desk, steady: Steady) -> None:
    """Half a second of as many events as a thread can make."""

    def call(on_event: OnEvent) -> None:
        end = time.perf_counter() + 0.5
        while time.perf_counter() < end:
            on_event(Progress("steps", 1, 2))
            time.sleep(0.0002)

    with steady.watching(), qtbot.waitSignal(desk.jobs.job_ended):
        desk.jobs.start("train", call, cancel=lambda: None)
    assert steady.worst_ms < LIMIT_MS


def test_tasks_end_with_their_owner(qtbot: QtBot) -> None:
    tasks = Tasks()
    tasks.run(lambda: time.sleep(0.05))
    assert tasks.wait()
