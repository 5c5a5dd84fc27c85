# SPDX-License-Identifier: GPL-3.0-or-later
"""Python in a process whose home, caches and temporary folder lie in a folder of the test's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
HOMES = {
    "HOME": "home",
    "XDG_CONFIG_HOME": "config",
    "XDG_CACHE_HOME": "cache",
    "XDG_DATA_HOME": "data",
    "XDG_STATE_HOME": "state",
    "TMPDIR": "tmp",
    "TTS_HOME": "tts",
    "MPLCONFIGDIR": "matplotlib",
    "NUMBA_CACHE_DIR": "numba",
    "HF_HOME": "hub",
}


def make_homes(folder: Path) -> Path:
    """Empty folders for everything that a home is, and one to work in."""
    for name in (*HOMES.values(), "cwd"):
        (folder / name).mkdir(parents=True)
    return folder


def python(arguments: list[str], homes: Path, cwd: Path) -> str:
    kept = ("PATH", "LANG", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "OMP_NUM_THREADS")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment |= {name: str(homes / folder) for name, folder in HOMES.items()}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    environment |= {"OMP_WAIT_POLICY": "PASSIVE"}
    ended = subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-6000:]
    return ended.stdout
