# SPDX-License-Identifier: GPL-3.0-or-later
"""How long until the app's window is there and until it can open a vault, and what it weighs.

    python tests/bench/app_start.py [--runs 5] [--takes 1000]

Each run is a new process without a screen. The window counts as there when it was painted once; the
vault as open when the takes stand in the table. The vault has the format's cheapest passphrase
function: what Argon2id adds is chosen, about half a second. Linux only: memory is read from /proc.
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

PASSPHRASE = "a passphrase"


def resident_mb() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(one for one in lines if one.startswith("VmRSS")).split()[1]) / 1000


def age_s() -> float:
    """Since this process was started, as the kernel counts it."""
    began = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - began / os.sysconf("SC_CLK_TCK")


def child(vault: Path, takes: int) -> dict[str, Any]:
    """One start, in this process."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtCore import QSettings
    from PySide6.QtWidgets import QApplication

    from gui.app import make_tools, start
    from gui.door import Secret
    from gui.preferences import Preferences

    app = QApplication([])
    store = QSettings(str(vault.parent / "app.ini"), QSettings.Format.IniFormat)
    store.setValue("vault", str(vault))
    tools = make_tools(app, Preferences(store))
    window = start(app, tools=tools)

    def until(there: Callable[[], bool]) -> None:
        while not there():
            app.processEvents()
            time.sleep(0.001)

    app.processEvents()
    window.grab()
    found = {"window_s": age_s(), "window_mb": resident_mb()}
    until(lambda: tools.tasks._pool.activeThreadCount() == 0)
    found |= {"ready_s": age_s(), "ready_mb": resident_mb()}
    before_s = age_s()
    window.welcome._open(vault, Secret(passphrase=PASSPHRASE))
    until(lambda: window.workspace is not None)
    assert window.workspace is not None
    window.workspace.show_page("takes")
    page: Any = window.workspace.page("takes")
    until(lambda: page.model.rowCount() == takes)
    app.processEvents()
    window.grab()
    found |= {"open_s": age_s() - before_s, "open_mb": resident_mb()}
    assert window.desk is not None
    window.desk.studio.close()
    return found


def fill(vault: Path, takes: int) -> None:
    """A vault with so many takes of next to no sound."""
    from encrypted_store import KdfParams, Kind, Vault

    made, _ = Vault.create(vault, PASSPHRASE, kdf=KdfParams.floor())
    with made:
        for number in range(takes):
            meta = {"type": "take", "text": f"Sentence number {number}.", "duration_ms": 3000}
            made.put(Kind.SAMPLE, b"-" * 100, {**meta, "created": number, "rate_hz": 48_000})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--takes", type=int, default=1000)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        print(json.dumps(child(chosen.child, chosen.takes)))
        return
    with tempfile.TemporaryDirectory() as folder:  # of made-up takes
        os.environ["XDG_STATE_HOME"] = folder
        vault = Path(folder) / "v"
        fill(vault, chosen.takes)
        command = [sys.executable, __file__, "--takes", str(chosen.takes), "--child", str(vault)]
        rows = [
            json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
            for _ in range(chosen.runs)
        ]
    print(f"{chosen.runs} starts, median (least to most); {chosen.takes} takes")
    for name in rows[0]:
        values = sorted(row[name] for row in rows)
        middle = statistics.median(values)
        print(f"{name:10}  {middle:7.2f}  ({values[0]:.2f} to {values[-1]:.2f})")


if __name__ == "__main__":
    main()
