# SPDX-License-Identifier: GPL-3.0-or-later
"""How quick the app is and what it weighs, with few takes and with thousands.

    python tests/bench/app_pace.py [--takes 10,5000] [--runs 3] [--json OUT]

Each run is a new process without a screen:

- how long until the window is painted, and until a vault is open with its takes in the table;
- resident memory at both moments, and the most that it ever was;
- the longest time that the event loop did not turn while each page is visited for the first time
  and again, and while sentences are recorded (time in which another program had the processor is
  taken off, as the tests of the app do);
- from the end of a take, as the session hears it, to its verdict on the screen, for sentences of 4
  and of 10 s, and until the take is kept and the next sentence stands there.

The microphone is a made one that plays at the pace of time. The vault has the format's cheapest
passphrase function: what Argon2id adds is chosen, about half a second. Linux only: memory is read
from /proc.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.pop("QT_STYLE_OVERRIDE", None)
sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "gui")]

PASSPHRASE = "a passphrase"
SENTENCES_S = (4.0, 10.0)
TIMES = 3
"""Each sentence length is recorded so often."""
LIMIT_S = 60.0


def resident_mb(line: str = "VmRSS") -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(one for one in lines if one.startswith(line)).split()[1]) / 1000


def age_s() -> float:
    """Since this process was started, as the kernel counts it."""
    began = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - began / os.sysconf("SC_CLK_TCK")


class Visitor:
    """The app in this process, and somebody who uses it."""

    def __init__(self, folder: Path, takes: int) -> None:
        from PySide6.QtCore import QSettings
        from PySide6.QtWidgets import QApplication

        from gui.app import make_tools, start
        from gui.preferences import Preferences

        self.app = QApplication([])
        self.vault, self.takes = folder / "v", takes
        store = QSettings(str(folder / "app.ini"), QSettings.Format.IniFormat)
        store.setValue("vault", str(self.vault))
        self.tools = make_tools(self.app, Preferences(store))
        self.window = start(self.app, tools=self.tools)
        self.found: dict[str, float] = {}

    def until(self, there: Callable[[], bool]) -> None:
        ends = time.monotonic() + LIMIT_S
        while not there():
            if time.monotonic() > ends:
                raise SystemExit("the app did not come to rest")
            self.app.processEvents()
            time.sleep(0.001)

    def rest(self, least_s: float = 0.3, most_s: float = 5.0) -> None:
        """Until no task runs and what is drawn late is drawn; the test of the computer's speed on
        the page Train is not waited for."""
        began, pool = time.monotonic(), self.tools.tasks._pool
        self.until(
            lambda: (
                (spent := time.monotonic() - began) > least_s
                and (spent > most_s or pool.activeThreadCount() == 0)
            )
        )

    def start(self) -> None:
        """From nothing to a painted window, and to everything imported behind it."""
        self.app.processEvents()
        self.window.grab()
        self.found |= {"window_s": age_s(), "window_mb": resident_mb()}
        self.rest()

    def open(self) -> None:
        """From the passphrase to a table of takes."""
        from gui.door import Secret

        before_s = age_s()
        self.window.welcome._open(self.vault, Secret(passphrase=PASSPHRASE))
        self.until(lambda: self.window.workspace is not None)
        assert self.window.workspace is not None
        self.window.workspace.show_page("takes")
        page: Any = self.window.workspace.page("takes")
        self.until(lambda: page.model.rowCount() == self.takes)
        self.app.processEvents()
        self.window.grab()
        self.found |= {"open_s": age_s() - before_s, "open_mb": resident_mb()}

    def look_around(self) -> None:
        """Every page twice: making it is dearer than seeing it again."""
        from gui_helpers import Steady

        from gui import registry

        assert self.window.workspace is not None
        for time_ in ("first", "again"):
            worst = 0.0
            for spec in registry.pages():
                watch = Steady()
                with watch.watching():
                    self.window.workspace.show_page(spec.name)
                    self.rest()
                worst = max(worst, watch.worst_ms)
                self.found[f"stall_{spec.name}_{time_}_ms"] = watch.worst_ms
            self.found[f"stall_pages_{time_}_ms"] = worst

    def record(self, microphone: Any) -> None:
        """Some sentences: from the end of each to its verdict, and on to the next one."""
        from fake_microphone import room
        from gui_helpers import Steady
        from toy_speaker import speak

        from voicevault.records import Phase

        assert self.window.workspace is not None
        self.window.workspace.show_page("record")
        page: Any = self.window.workspace.page("record")
        self.until(lambda: page.sitting.session is not None and not page.sitting.busy)
        self.rest(1.5)  # the room is heard first
        clips = {
            length: [speak(length, seed=one) for one in range(TIMES)] for length in SENTENCES_S
        }
        watch = Steady()
        with watch.watching():
            for seconds, said in clips.items():
                spent: list[tuple[float, float]] = []
                for clip in said:
                    self.until(lambda: page.sitting.phase is Phase.READY and not page.sitting.busy)
                    page.act("press")
                    microphone.say(clip, room(2.0))
                    spent.append(self._judged(page))
                    microphone.queue = microphone.queue[:0]
                    before = time.perf_counter()
                    page.act("keep_anyway")
                    self.until(lambda: page.sitting.phase is Phase.READY and not page.sitting.busy)
                    spent[-1] = (spent[-1][0], 1000 * (time.perf_counter() - before))
                name = f"{seconds:g}s"
                self.found[f"verdict_{name}_ms"] = statistics.median(one[0] for one in spent)
                self.found[f"verdict_{name}_most_ms"] = max(one[0] for one in spent)
                self.found[f"kept_{name}_ms"] = statistics.median(one[1] for one in spent)
        self.found["stall_recording_ms"] = watch.worst_ms
        self.found["most_mb"] = resident_mb("VmHWM")

    def _judged(self, page: Any) -> tuple[float, float]:
        """Milliseconds from the end of the take to the verdict that is seen."""
        from gui.sitting import RUNNING

        self.until(lambda: page.sitting.phase in RUNNING)
        last = time.perf_counter()
        ends = time.monotonic() + LIMIT_S
        while not page.verdict.isVisible():
            if page.sitting.phase in RUNNING:
                last = time.perf_counter()
            if time.monotonic() > ends:
                raise SystemExit("no verdict came")
            self.app.processEvents()
            time.sleep(0.001)
        self.app.processEvents()
        return 1000 * (time.perf_counter() - last), 0.0


def made_microphone() -> Any:
    """In the place of what is plugged in; for pages made from now on."""
    from fake_microphone import FakeHearing

    from gui import ears

    hearing = FakeHearing()
    ears.Plugged = hearing  # type: ignore[assignment,misc]
    return hearing.microphone


def child(folder: Path, takes: int) -> dict[str, float]:
    """One life of the app, in this process."""
    visitor = Visitor(folder, takes)
    visitor.start()
    microphone = made_microphone()
    visitor.open()
    visitor.look_around()
    visitor.record(microphone)
    assert visitor.window.desk is not None
    visitor.window.desk.studio.close()
    return visitor.found


def fill(vault: Path, takes: int) -> None:
    """A vault with so many takes of next to no sound."""
    from encrypted_store import KdfParams, Kind, Vault

    made, _ = Vault.create(vault, PASSPHRASE, kdf=KdfParams.floor())
    with made:
        for number in range(takes):
            meta = {"type": "take", "text": f"Sentence number {number}.", "duration_ms": 3000}
            made.put(Kind.SAMPLE, b"-" * 100, {**meta, "created": number, "rate_hz": 48_000})


def lives(takes: int, runs: int) -> list[dict[str, float]]:
    """So many runs, each over a vault of its own with so many takes."""
    rows = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:  # of made-up takes
            os.environ["XDG_STATE_HOME"] = folder
            fill(Path(folder) / "v", takes)
            command = [sys.executable, __file__, "--takes", str(takes), "--child", folder]
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            if done.returncode:
                raise SystemExit(done.stderr[-3000:])
            rows.append(json.loads(done.stdout.splitlines()[-1]))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--takes", default="10,5000")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        print(json.dumps(child(chosen.child, int(chosen.takes))))
        return
    sizes = [int(one) for one in chosen.takes.split(",")]
    measured = {takes: lives(takes, chosen.runs) for takes in sizes}
    print(f"median of {chosen.runs} (least to most)\n")
    print("| | " + " | ".join(f"{takes:,} takes" for takes in sizes) + " |")
    print("| --- |" + " --- |" * len(sizes))
    for name in measured[sizes[0]][0]:
        cells = []
        for takes in sizes:
            values = sorted(row[name] for row in measured[takes])
            digits = 2 if name.endswith("_s") else 0
            middle, least, most = statistics.median(values), values[0], values[-1]
            cells.append(f"{middle:.{digits}f} ({least:.{digits}f} to {most:.{digits}f})")
        print(f"| {name} | " + " | ".join(cells) + " |")
    if chosen.json:
        body = {str(takes): rows for takes, rows in measured.items()}
        chosen.json.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
