# SPDX-License-Identifier: GPL-3.0-or-later
"""A disk that is full at every block of every operation, and one that may not be written.

Two ways: a limit on the length of files, and a small file system of its own, filled up. Each time
the old state stays readable, the error is typed, and with space again the operation works.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from store_child import content, open_vault
from store_crashed import backed_up, filled
from store_judge import judge
from store_strace import ForkServer, Tree, in_memory, write_tree

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's limits and mounts")

SCRIPT = Path(__file__).with_name("store_small_disk.py")
MOUNTING = (
    "put", "update", "compact", "passphrase", "backup", "backup again", "close",
    "close after delete", "recover",
)  # fmt: skip
LIMITED = ("put", "update", "delete", "compact", "passphrase", "backup", "backup again")


@cache
def private_mounts() -> tuple[str, ...]:
    """The words before a command that may then mount things of its own; none: not possible."""
    for words in (("unshare", "-m"), ("unshare", "-Urm")):
        if shutil.which("unshare") is None or shutil.which("mount") is None:
            break
        probe = [*words, "mount", "-t", "tmpfs", "none", "/mnt"]
        if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
            return words
    return ()


def in_small_disk(words: tuple[str, ...], what: str, folder: Path, step: int = 1) -> Counter[str]:
    done = subprocess.run(
        [*words, sys.executable, "-B", str(SCRIPT), what, str(folder), str(step)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    print(f"{what}: {done.stdout.strip()}")
    return Counter(json.loads(done.stdout))


@pytest.fixture
def mounting() -> tuple[str, ...]:
    words = private_mounts()
    if not words:
        pytest.skip("a file system of its own needs root, or user namespaces, and unshare")
    return words


@pytest.mark.parametrize("name", ["put", "compact", "recover"])
def test_some_numbers_of_free_blocks(name: str, tmp_path: Path, mounting: tuple[str, ...]) -> None:
    found = in_small_disk(mounting, name, tmp_path, step=6)
    assert found["DiskFull"] >= 1, found


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", MOUNTING)
def test_every_number_of_free_blocks(name: str, tmp_path: Path, mounting: tuple[str, ...]) -> None:
    found = in_small_disk(mounting, name, tmp_path)
    assert found["DiskFull"] >= 1, found


def test_a_read_only_medium(tmp_path: Path, mounting: tuple[str, ...]) -> None:
    in_small_disk(mounting, "read-only", tmp_path)


def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    words: tuple[str, ...] = ()
    if os.geteuid() == 0:  # root may write anything, so become somebody else
        words = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
        probe = subprocess.run([*words, "true"], capture_output=True, check=False)
        if probe.returncode:
            pytest.skip("root may write everything, and user namespaces are not allowed here")
    in_small_disk(words, "denied", tmp_path)


class Limits:
    def __init__(self, folder: Path) -> None:
        self.base = folder / "base"
        self.base.mkdir()
        self.server = ForkServer(folder)
        self.tree: Tree = filled(self.base)
        self.changed = backed_up(self.base, self.tree)

    def run(self, name: str, limit: int) -> str:
        """One operation while no file may grow beyond the limit; "ok" or the error's code."""
        write_tree(self.base, self.changed if name == "backup again" else self.tree)
        with open_vault(self.base) as vault:
            before = content(vault)
        job = {"base": str(self.base), "op": name, "limit": limit, "repeat": True}
        run = self.server.run(job)
        story = f"{name} with files of at most {limit} bytes: {run.said}"
        assert run.status == 0, story
        assert not any("untyped" in outcome for outcome in run.said.values()), story
        assert run.error in (None, "DiskFull"), story
        assert "error" not in run.said.get("again", {}), story
        if run.error:
            repeated = run.said["repeat"]
            in_force = {"passphrase": "WrongPassphrase", "delete": "ObjectUnknown"}.get(name)
            assert "ok" in repeated or repeated["error"] == in_force, story
        judge(self.base, name, before, run, story)
        return run.error or "ok"


@pytest.fixture(scope="module")
def limits() -> Iterator[Limits]:
    with in_memory() as folder:
        made = Limits(folder)
        yield made
        made.server.close()


def swept(limits: Limits, name: str, sizes: list[int]) -> Counter[str]:
    found = Counter(limits.run(name, size) for size in sizes)
    print(f"{name}: {dict(found)}")
    return found


@pytest.mark.parametrize("name", LIMITED)
def test_files_may_not_grow_beyond_a_limit(limits: Limits, name: str) -> None:
    found = swept(limits, name, [300, 4096, 200_000])
    assert found["DiskFull"] >= 1, found
    assert found["ok"] >= 1, found


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", LIMITED)
def test_files_may_not_grow_beyond_any_limit(limits: Limits, name: str) -> None:
    fine = list(range(0, 4096, 64))
    found = swept(limits, name, fine + list(range(4096, 180_000, 4096)))
    assert found["DiskFull"] >= 15, found
    assert found["ok"] >= 5, found
