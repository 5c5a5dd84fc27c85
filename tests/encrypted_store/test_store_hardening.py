# SPDX-License-Identifier: GPL-3.0-or-later
"""A hardened program leaves no core file, and says truly where its memory may be swapped to."""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from encrypted_store import hardening
from encrypted_store.fsio import Fsio
from encrypted_store.hardening import harden
from encrypted_store.swap import BlockDevice, SwapKind, classify, swap_kind

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="as Linux does it")


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=folder, check=False
    )


STATE = """
import ctypes, json, os, resource, subprocess, sys
from encrypted_store.hardening import harden
def state():
    return [resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)]
hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
before, first, second = state(), harden(), harden()
pid = os.fork()
if pid == 0:
    os._exit(0 if state() == [(0, 0), 0] else 1)
forked = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
asked = "import resource; print(*resource.getrlimit(resource.RLIMIT_CORE))"
executed = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True).stdout
print(json.dumps({"before": before, "after": state(), "same": first == second, "forked": forked,
                  "executed": executed, "said": [first.no_core, first.not_dumpable, first.swap]}))
"""


@linux_only
def test_limit_and_flag_are_set_and_inherited_as_said(tmp_path: Path) -> None:
    done = run(STATE, tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["before"][1] == 1
    assert found["after"] == [[0, 0], 0]
    assert found["said"][:2] == [True, True]
    assert found["said"][2] in ("none", "encrypted", "compressed-memory", "plain", "unknown")
    assert found["same"] is True
    assert found["forked"] == 0
    assert found["executed"].split() == ["0", "0"]


CRASH = """
import os, resource, sys
from encrypted_store import hardening
hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
for step in sys.argv[1:]:
    getattr(hardening, step)()
os.abort()
"""


def crash(folder: Path, *steps: str) -> list[str]:
    """Files that a program leaves in its own folder when it aborts after these steps."""
    folder.mkdir()
    done = subprocess.run([sys.executable, "-c", CRASH, *steps], cwd=folder, check=False)
    assert done.returncode == -6
    return [path.name for path in folder.iterdir()]


@linux_only
@pytest.mark.parametrize("step", ["harden", "_forbid_core_files", "_forbid_reading"])
def test_a_crash_leaves_no_core_file(step: str, tmp_path: Path) -> None:
    """Each measure alone, too: a system that pipes cores into a collector ignores the limit."""
    if not crash(tmp_path / "control"):
        pytest.skip("this system puts core files elsewhere, so none would be seen")
    assert crash(tmp_path / "hardened", step) == []


class Library:
    """A C library that remembers what it was asked."""

    def __init__(self, answer: int) -> None:
        self.answer = answer
        self.asked: list[Any] = []

    def ptrace(self, *args: Any) -> int:
        self.asked.append(args)
        return self.answer

    def prctl(self, option: int, *rest: Any) -> int:
        self.asked.append((option, [value.value for value in rest]))
        return self.answer


@pytest.mark.parametrize(("answer", "expected"), [(0, True), (-1, False)])
def test_macos_denies_debuggers(
    answer: int, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = Library(answer)
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(ctypes, "CDLL", lambda name: library)
    monkeypatch.setattr(hardening, "_forbid_core_files", lambda: True)
    assert harden().not_dumpable is expected
    assert library.asked == [(31, 0, None, 0)]


@linux_only
@pytest.mark.parametrize(("answer", "expected"), [(0, True), (1, False)])
def test_linux_asks_back(answer: int, expected: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process on paper only: a test run would stay hardened for good."""
    import resource

    library = Library(answer)
    limits: list[Any] = []
    monkeypatch.setattr(ctypes, "CDLL", lambda name: library)
    monkeypatch.setattr(resource, "setrlimit", lambda *args: limits.append(args))
    monkeypatch.setattr(resource, "getrlimit", lambda which: (0, answer))
    found = harden()
    assert (found.no_core, found.not_dumpable) == (expected, expected)
    assert limits == [(resource.RLIMIT_CORE, (0, 0))]
    assert library.asked == [(4, [0] * 4), (3, [0] * 4)]


def test_it_never_raises(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "resource", None)
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    monkeypatch.setattr(hardening, "swap_kind", lambda io: swap_kind(io, tmp_path))
    found = harden()
    assert (found.no_core, found.not_dumpable, found.swap) == (False, False, "unknown")
    monkeypatch.setattr(sys, "platform", "win32")
    assert harden().not_dumpable is False


HEADER = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
LUKS = BlockDevice(uuid="CRYPT-LUKS2-0123456789abcdef-cryptdata", mapper_name="cryptdata")
DEVICES = {
    "dm-0": LUKS,
    "dm-1": BlockDevice("LVM-abc", "vg-swap", ("dm-0",)),
    "dm-2": BlockDevice("LVM-def", "plain-swap", ("sda5",)),
    "dm-3": BlockDevice("LVM-ghi", "mixed", ("dm-0", "sda5")),
    "dm-4": BlockDevice("CRYPT-PLAIN-swap", "cryptswap", ("sda5",)),
    "dm-5": BlockDevice("NOTCRYPT-x", "liar", ()),
    "md0": BlockDevice(slaves=("dm-0", "dm-4")),
    "md1": BlockDevice(slaves=("sda1", "sdb1")),
    "md2": BlockDevice(slaves=("md2",)),
    "zram0": BlockDevice(backing="none"),
    "zram1": BlockDevice(),
    "zram2": BlockDevice(backing="/dev/sda6"),
    "zram3": BlockDevice(backing="/dev/dm-0"),
    "loop0": BlockDevice(),
}
MOUNTS = """\
22 1 253:1 / / rw,relatime shared:1 - ext4 /dev/mapper/vg-swap rw
23 22 8:2 / /boot rw,relatime - ext4 /dev/sda2 rw
24 22 0:40 /@swap /swap\\040area rw shared:3 master:1 - btrfs /dev/mapper/cryptdata rw
25 22 0:41 / /net rw - nfs4 server:/export rw
26 22 8:7 / /twice rw - ext4 /dev/sda7 rw
27 26 253:0 / /twice rw - ext4 /dev/dm-0 rw
28 22 0:5 / /odd rw
"""


def area(name: str, kind: str = "partition", priority: int = -2) -> str:
    return f"{name}                 {kind}\t8388604\t\t0\t\t{priority}\n"


@pytest.mark.parametrize(
    ("areas", "expected"),
    [
        ("", "none"),
        (area("/dev/sda3"), "plain"),
        (area("/dev/nvme0n1p3"), "plain"),
        (area("/dev/dm-0"), "encrypted"),
        (area("/dev/dm-1"), "encrypted"),  # LVM on LUKS
        (area("/dev/dm-2"), "plain"),
        (area("/dev/dm-3"), "plain"),  # half of it lies open
        (area("/dev/dm-4"), "encrypted"),  # a fresh key at each start
        (area("/dev/dm-5"), "plain"),
        (area("/dev/dm-9"), "unknown"),
        (area("/dev/mapper/cryptswap"), "encrypted"),
        (area("/dev/mapper/nobody"), "unknown"),
        (area("/dev/md0"), "encrypted"),
        (area("/dev/md1"), "plain"),
        (area("/dev/md2"), "unknown"),  # made of itself
        (area("/dev/md9"), "unknown"),
        (area("/dev/loop0"), "unknown"),
        (area("/dev/zram0", priority=100), "compressed-memory"),
        (area("/dev/zram1"), "compressed-memory"),
        (area("/dev/zram2"), "plain"),  # writes back what is idle
        (area("/dev/zram3"), "encrypted"),
        (area("/dev/zram9"), "unknown"),
        (area("/swap.img", "file"), "encrypted"),
        (area("/boot/swap", "file"), "plain"),
        (area("/bootswap", "file"), "encrypted"),
        (area("/swap\\040area/file", "file"), "encrypted"),
        (area("/net/swap", "file"), "unknown"),
        (area("/twice/swap", "file"), "encrypted"),
        (area("/dev/zram0") + area("/dev/dm-0"), "encrypted"),
        (area("/dev/dm-0") + area("/dev/loop0"), "unknown"),
        (area("/dev/loop0") + area("/dev/sda3") + area("/dev/dm-0"), "plain"),
        ("something else\n", "unknown"),
    ],
)
def test_swap_areas(areas: str, expected: SwapKind) -> None:
    assert classify(HEADER + areas, MOUNTS, DEVICES) == expected


def test_a_swap_file_with_no_mount_to_be_found() -> None:
    assert classify(HEADER + area("/swap.img", "file"), "", DEVICES) == "unknown"


def machine(root: Path, areas: str) -> Path:
    """A faked /proc and /sys: zram, and LVM on LUKS on a partition."""
    files = {
        "proc/swaps": HEADER + areas,
        "proc/self/mountinfo": MOUNTS,
        "sys/block/dm-0/dm/uuid": LUKS.uuid + "\n",
        "sys/block/dm-0/dm/name": "cryptdata\n",
        "sys/block/dm-0/slaves/sda3": "",
        "sys/block/dm-1/dm/uuid": "LVM-abc\n",
        "sys/block/dm-1/dm/name": "vg-swap\n",
        "sys/block/dm-1/slaves/dm-0": "",
        "sys/block/zram0/backing_dev": "none\n",
        "sys/block/sda/size": "1\n",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.mark.parametrize(
    ("areas", "expected"),
    [
        ("", "none"),
        (area("/dev/dm-1"), "encrypted"),
        (area("/swap.img", "file"), "encrypted"),
        (area("/dev/zram0"), "compressed-memory"),
        (area("/dev/sda3"), "plain"),
        (area("/dev/dm-0\\040(deleted)"), "unknown"),
    ],
)
def test_what_is_read_from_proc_and_sys(areas: str, expected: SwapKind, tmp_path: Path) -> None:
    assert swap_kind(Fsio(), machine(tmp_path, areas)) == expected


def test_a_system_that_does_not_say(tmp_path: Path) -> None:
    assert swap_kind(Fsio(), tmp_path) == "unknown"
    machine(tmp_path, area("/dev/dm-1"))
    (tmp_path / "proc/self/mountinfo").unlink()
    assert swap_kind(Fsio(), tmp_path) == "unknown"
    (tmp_path / "proc/swaps").write_text("")
    assert swap_kind(Fsio(), tmp_path) == "unknown"
