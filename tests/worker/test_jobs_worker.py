# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker protocol from both ends: blobs, errors, cancelling, crashes, and dying parents."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from voicevault import jobs
from voicevault.errors import BadDataset, Cancelled, TrainingFailed
from voicevault.events import CancelledAt, Event, Finished, Progress, Started

WORKER = [sys.executable, str(Path(__file__).with_name("scripted_worker.py"))]


def job(name: str, **kwargs: Any) -> jobs.Job:
    return jobs.Job(jobs.Request(name, **kwargs), command=WORKER)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def wait_until_dead(pids: list[int], within_s: float = 5.0) -> None:
    deadline = time.monotonic() + within_s
    while any(is_alive(pid) for pid in pids):
        assert time.monotonic() < deadline, f"still alive: {[p for p in pids if is_alive(p)]}"
        time.sleep(0.02)


def test_spec_tickets_and_blobs_cross_in_both_directions_byte_for_byte() -> None:
    blobs = (("empty", b""), ("lines", b"\n{}\n" * 5), ("big", bytes(range(256)) * 20_000))
    tickets = {"takes": [{"ticket": {"key": "k" * 43}, "meta": {"text": "zwölf"}}]}
    seen: list[Event] = []
    kept: dict[str, bytes] = {}
    result = job("echo", spec={"a": 1}, tickets=tickets, blobs=blobs).run(
        seen.append, lambda name, data, meta: kept.__setitem__(name, data)
    )
    assert result == {"spec": {"a": 1}, "tickets": tickets}
    assert kept == {name: data[::-1] for name, data in blobs}
    assert seen[0] == Started("echo", detail="ä")
    assert isinstance(seen[-1], Finished)


def test_a_job_stopped_in_the_middle_resumes_from_its_checkpoint() -> None:
    first = job("steps", spec={"steps": 100_000})
    kept: list[tuple[str, bytes, dict[str, Any]]] = []
    seen: list[Event] = []

    def on_event(event: Event) -> None:
        seen.append(event)
        if isinstance(event, Progress) and event.done == 3:
            first.cancel()

    with pytest.raises(Cancelled) as stopped:
        first.run(on_event, lambda *blob: kept.append(blob))
    assert stopped.value.exit_code == 75
    assert "--resume" in stopped.value.hint or isinstance(seen[-1], CancelledAt)
    name, data, meta = kept[-1]
    assert name == "checkpoint"
    assert meta["step"] >= 3
    again: list[Event] = []
    goal = meta["step"] + 2
    result = job("steps", spec={"steps": goal}, blobs=(("checkpoint", data),)).run(again.append)
    assert result == {"step": goal}
    assert [one.done for one in again if isinstance(one, Progress)] == [goal - 1, goal]


def test_cancelling_before_the_start_still_cancels() -> None:
    one = job("steps", spec={"steps": 100_000})
    one.cancel()
    with pytest.raises(Cancelled):
        one.run()


def test_sigterm_makes_the_worker_exit_75() -> None:
    process = subprocess.Popen(WORKER, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(jobs.Request("steps", {"steps": 100_000}).header())
    process.stdin.flush()
    process.stdout.readline()
    process.send_signal(signal.SIGINT)  # the terminal's Ctrl-C is not the worker's business
    process.send_signal(signal.SIGTERM)
    said = process.stdout.read()
    assert process.wait(timeout=10) == 75
    assert json.loads(said[said.rindex(b'{"event"') :])["event"] == "CancelledAt"
    process.stdin.close()


def test_a_worker_that_does_not_listen_is_killed_with_its_children(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "CANCEL_GRACE_S", 0.3)
    one = job("deaf")
    pids: list[int] = []

    def on_event(event: Event) -> None:
        if isinstance(event, Progress):
            pids.extend(int(pid) for pid in event.stage.split())
            one.cancel()

    with pytest.raises(Cancelled):
        one.run(on_event)
    assert len(pids) == 2
    wait_until_dead(pids)


def test_a_second_cancel_does_not_wait() -> None:
    one = job("deaf")

    def on_event(event: Event) -> None:
        one.cancel()
        threading.Timer(0.2, one.cancel).start()

    started = time.monotonic()
    with pytest.raises(Cancelled):
        one.run(on_event)
    assert time.monotonic() - started < jobs.CANCEL_GRACE_S / 2


def test_errors_of_a_job_keep_class_message_and_hint() -> None:
    with pytest.raises(BadDataset, match="3 usable takes; 8 are needed") as failed:
        job("fail").run()
    assert failed.value.hint == "record more"


def test_an_unforeseen_error_shows_the_frames_but_no_values() -> None:
    with pytest.raises(TrainingFailed, match="crash: IndexError") as failed:
        job("crash").run()
    assert "scripted_worker.py" in failed.value.hint
    assert "a secret sentence" not in failed.value.hint


def test_a_crash_of_the_process_names_the_signal_and_gives_its_last_words() -> None:
    with pytest.raises(TrainingFailed, match="SIGSEGV") as failed:
        job("segfault").run()
    assert "last words" in failed.value.hint or "Segmentation fault" in failed.value.hint


def test_half_a_blob_is_never_kept() -> None:
    kept: list[str] = []
    with pytest.raises(TrainingFailed, match="exit code 9"):
        job("half_blob").run(None, lambda name, data, meta: kept.append(name))
    assert kept == []


@pytest.mark.parametrize(
    ("name", "message"),
    [("babble", "protocol"), ("nobody", "no job 'nobody'"), ("missing_room", "no_such_room")],
)
def test_what_is_not_the_protocol_is_an_error(name: str, message: str) -> None:
    with pytest.raises(TrainingFailed, match=message):
        job(name).run()


def test_a_flood_on_stderr_neither_blocks_nor_fills_memory() -> None:
    one = job("noise")
    assert one.run() == {"done": 1}
    held = sum(len(chunk) for chunk in one._tail)
    assert 0 < held <= jobs.STDERR_TAIL_BYTES + 8192


def test_a_command_that_does_not_exist_is_no_hang() -> None:
    with pytest.raises(FileNotFoundError):
        jobs.Job(jobs.Request("echo"), command=["/nonexistent/python"]).run()


def test_an_error_in_the_parents_own_handler_leaves_no_worker_behind() -> None:
    one = job("deaf")
    pids: list[int] = []

    def on_event(event: Event) -> None:
        assert isinstance(event, Progress)
        pids.extend(int(pid) for pid in event.stage.split())
        raise RuntimeError("disk full")

    with pytest.raises(RuntimeError, match="disk full"):
        one.run(on_event)
    wait_until_dead(pids)


def test_when_the_parent_is_killed_the_worker_and_its_children_go_too() -> None:
    script = (
        "import sys\n"
        "from voicevault import jobs\n"
        "def show(event): print(event.stage, flush=True)\n"
        f"jobs.Job(jobs.Request('deaf'), command={WORKER!r}).run(show)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    pids = [int(pid) for pid in parent.stdout.readline().split()]
    assert all(is_alive(pid) for pid in pids)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    wait_until_dead(pids)


@pytest.mark.skipif(sys.platform != "linux", reason="prctl and /proc are Linux")
def test_the_worker_cannot_reach_a_network_a_temporary_file_or_a_debugger() -> None:
    tickets = {"takes": [{"ticket": {"key": "sesame-key"}, "meta": {}}]}
    found = job("ways_out", tickets=tickets).run()
    for way in ("lookup", "tcp", "udp"):
        assert "the worker is offline" in found[way], way
    assert "no temporary files" in found["tempfile"]
    assert (found["core"], found["dumpable"], found["offline"]) == (0, 0, "1")
    assert "sesame-key" not in found["argv"]


def test_the_default_command_starts_the_shipped_worker() -> None:
    with pytest.raises(TrainingFailed, match="no job 'unheard'"):
        jobs.run_job(jobs.Request("unheard"))
