# SPDX-License-Identifier: GPL-3.0-or-later
"""How much memory this machine has, and how much of it is free."""

from __future__ import annotations

import ctypes
import os
import sys


def total_bytes() -> int | None:
    """Installed memory in bytes, or None where the system does not say."""
    if sys.platform == "win32":  # pragma: no cover  runs on Windows only
        return _windows()[0]
    else:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def available_bytes() -> int | None:
    """Memory a new allocation can have, in bytes, or None where unknown.

    Linux counts reclaimable cache as available, which SC_AVPHYS_PAGES does not: a laptop that has
    been up for a day would look full. macOS gives only the total.
    """
    if sys.platform == "win32":  # pragma: no cover  runs on Windows only
        return _windows()[1]
    else:
        try:
            with open("/proc/meminfo", encoding="ascii") as lines:
                for line in lines:
                    if line.startswith("MemAvailable:"):
                        return int(line.split()[1]) * 1024
        except (OSError, ValueError):
            pass
        return total_bytes()


class _MemoryStatus(ctypes.Structure):
    _fields_ = (
        ("length", ctypes.c_ulong),
        ("load", ctypes.c_ulong),
        ("total", ctypes.c_ulonglong),
        ("available", ctypes.c_ulonglong),
        ("rest", ctypes.c_ulonglong * 5),
    )


def _windows() -> tuple[int | None, int | None]:  # pragma: no cover  runs on Windows only
    status = _MemoryStatus()
    status.length = ctypes.sizeof(status)
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009  absent from the type stubs elsewhere
    if not kernel.GlobalMemoryStatusEx(ctypes.byref(status)):
        return None, None
    return int(status.total), int(status.available)
