# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory asked before a teacher is loaded, on made-up systems and on this one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from voicevault.teachers.adapters.lesson import OutOfMemory
from voicevault.teachers.adapters.memory import available_bytes, require_memory


def test_the_kernel_says_what_is_left(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal:  900 kB\nMemAvailable:   250 kB\nBuffers: 7 kB\n")
    assert available_bytes(tmp_path / "meminfo", tmp_path) == 250 * 1024


def test_a_container_may_leave_less(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemAvailable:   250 kB\n")
    (tmp_path / "memory.max").write_text("100000\n")
    (tmp_path / "memory.current").write_text("60000\n")
    assert available_bytes(tmp_path / "meminfo", tmp_path) == 40_000
    (tmp_path / "memory.current").write_text("160000\n")
    assert available_bytes(tmp_path / "meminfo", tmp_path) == 0
    (tmp_path / "memory.max").write_text("max\n")
    assert available_bytes(tmp_path / "meminfo", tmp_path) == 250 * 1024


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_this_system_says_something_sensible() -> None:
    have = available_bytes()
    assert have is not None
    assert 1_000_000 < have < 1 << 50


def test_need_and_have_are_in_the_message() -> None:
    with pytest.raises(OutOfMemory, match=r"xtts needs 2000 MB of memory and there are 1500 MB"):
        require_memory(2_000_000_000, "xtts", lambda: 1_500_000_000)


def test_enough_or_unknown_is_no_error() -> None:
    require_memory(2_000_000_000, "xtts", lambda: 2_000_000_000)
    require_memory(2_000_000_000, "xtts", lambda: None)
