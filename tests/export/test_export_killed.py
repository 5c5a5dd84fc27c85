# SPDX-License-Identifier: GPL-3.0-or-later
"""An export whose program is killed: no half voice, nothing left behind, no engine goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from voicevault import egress
from voicevault.errors import ExportFailed
from voicevault.export import verify
from voicevault.export.ownership import verify_manifest

sys.path.append(str(Path(__file__).resolve().parent.parent / "sending"))
from sent_voices import NAME, exported

HERE = Path(__file__).parent
START = """
import os, signal, sys, time
from pathlib import Path
sys.path.append(sys.argv[1])
from sent_voices import exported
from voicevault import egress, leaving
"""
WAITS = """
with egress.staged(Path(sys.argv[2]), exported(), force=False):
    print("now", flush=True)
    time.sleep(600)
"""
STOPS = """
moved, replace = [], Path.replace
def count(self, goal):
    if len(moved) == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
    moved.append(goal)
    return replace(self, goal)
Path.replace = count
with egress.staged(Path(sys.argv[2]), leaving._in_order(exported()), force=True) as staging:
    staging.publish()
"""
ASKS = """
import json, sys
from voicevault.export import verify
request = {"runtime": "piper", "packages": sys.argv[2], "samples": 0}
print("now", flush=True)
verify.ask("piper", sys.argv[1], json.dumps(request).encode() + b"\\n")
"""


@contextmanager
def begun(program: str, *words: object) -> Iterator[None]:
    """In the middle of a program's work, which says "now" there; it is killed at the end."""
    command = [sys.executable, "-c", program, *map(str, words)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "now\n"
            yield
        finally:
            child.kill()


def test_what_a_killed_export_left_waiting_is_no_voice_and_goes_with_the_next(
    tmp_path: Path,
) -> None:
    place = tmp_path / "voice"
    with begun(START + WAITS, HERE.parent / "sending", place):
        (waiting,) = place.iterdir()
        assert {one.name for one in waiting.iterdir()} == set(exported())
        egress.write_file(place / "other.txt", b"mine")
        assert waiting.is_dir(), "its program lives"
    with pytest.raises(ExportFailed, match=r"holds no \.onnx file"):
        verify.verify_folder(place)
    with egress.staged(place, exported(), force=False) as staging:
        staging.publish()
    assert {one.name for one in place.iterdir()} == {"other.txt", *exported()}
    assert verify_manifest(place, NAME).status == "ok"


def test_others_files_are_left_alone(tmp_path: Path) -> None:
    for name in ("voicevault-notes", ".voicevault-0123456789ag", ".voicevault-0123456789ab.new"):
        (tmp_path / name).mkdir()
    (tmp_path / ".voicevault-0123456789ab").write_text("a file")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "kept").write_text("kept")
    (tmp_path / ".voicevault-ba9876543210").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "voicevault-0123456789abcdef").mkdir()
    before = {one.name for one in tmp_path.iterdir()}
    egress.sweep(tmp_path)
    egress.sweep(tmp_path / "not there")
    assert before - {one.name for one in tmp_path.iterdir()} == {"voicevault-0123456789abcdef"}
    assert (tmp_path / "elsewhere" / "kept").read_text() == "kept"


@pytest.mark.parametrize("moved", [0, 1, 2, len(exported()) - 1])
def test_killed_between_two_files_it_is_no_voice_that_fits_its_manifest(
    moved: int, tmp_path: Path
) -> None:
    place = tmp_path / "voice"
    words = [sys.executable, "-c", START + STOPS, HERE.parent / "sending", place, str(moved)]
    assert subprocess.run(words, check=False).returncode == -signal.SIGKILL
    with pytest.raises(ExportFailed, match=r"holds no \.onnx file"):
        verify.find_model(place)
    assert verify_manifest(place).status == ("changed" if moved > 1 else "missing")
    with egress.staged(place, exported(), force=True) as staging:
        staging.publish()
    assert verify_manifest(place, NAME).status == "ok"
    assert {one.name for one in place.iterdir()} == set(exported())


@pytest.mark.parametrize(
    ("probe", "module"), [("host_probe.py", "piper"), ("hear_probe.py", "sherpa_onnx")]
)
def test_an_engine_ends_with_who_asked_it(probe: str, module: str, tmp_path: Path) -> None:
    told = tmp_path / "told"
    (tmp_path / f"{module}.py").write_text(
        f"import os, pathlib, time\n"
        f"pathlib.Path({str(told)!r}).write_text(str(os.getpid()) + ' ')\n"
        f"time.sleep(600)\n"
    )
    with begun(ASKS, probe, tmp_path):
        _wait(lambda: told.exists() and told.read_text().endswith(" "), 60.0)
        engine = int(told.read_text())
        assert _runs(engine)
    _wait(lambda: not _runs(engine), 5.0)


def _wait(what: Callable[[], bool], seconds: float) -> None:
    limit_s = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < limit_s
        time.sleep(0.02)


def _runs(pid: int) -> bool:
    """Whether it is there and no zombie that nobody has fetched."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"
