# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a teacher fits into memory, asked before it is loaded."""

import os
from collections.abc import Callable
from pathlib import Path

from voicevault.teachers.adapters.lesson import OutOfMemory

Probe = Callable[[], int | None]

MEGABYTE = 1_000_000
_MEMINFO = Path("/proc/meminfo")
_CGROUP = Path("/sys/fs/cgroup")


def available_bytes(meminfo: Path = _MEMINFO, cgroup: Path = _CGROUP) -> int | None:
    """Memory that a process may still take without swapping; None where the system does not say.

    On Linux the kernel's own estimate (MemAvailable counts what caches would give back), and no
    more than a container's limit leaves.
    """
    have = _kernel_estimate(meminfo)
    left = _container_left(cgroup)
    known = [one for one in (have, left) if one is not None]
    return min(known) if known else None


def _kernel_estimate(meminfo: Path) -> int | None:
    try:
        for line in meminfo.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf, macOS not this name
        return None


def _container_left(cgroup: Path) -> int | None:
    try:
        limit = int((cgroup / "memory.max").read_text())  # "max" without a limit: ValueError
        return max(0, limit - int((cgroup / "memory.current").read_text()))
    except (OSError, ValueError):
        return None


def require_memory(need_bytes: int, what: str, probe: Probe = available_bytes) -> None:
    """Refuse to load what does not fit.

    Raises:
        OutOfMemory: the system has less than ``need_bytes``. Where it does not say, nothing is
            raised: the attempt will tell.
    """
    have = probe()
    if have is not None and have < need_bytes:
        raise OutOfMemory(
            f"{what} needs {need_bytes / MEGABYTE:.0f} MB of memory and there are "
            f"{have / MEGABYTE:.0f} MB",
            hint="close other programs, or use a smaller teacher",
        )
