# SPDX-License-Identifier: GPL-3.0-or-later
"""Real processes on a real disk, killed at or failed by single system calls.

After each: what was acknowledged is there, what was deleted stays deleted, what is listed
verifies, the vault opens without repair, a second open finds nothing to do.

The default run takes a few calls of each operation; `-m exhaustive -s` takes all and says how many.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from store_child import BEFOREHAND, OLD, content, open_vault
from store_crashed import backed_up, crashed, filled
from store_judge import Content, judge, named, reopen, target_of, the_passphrase
from store_strace import (
    NOT_HERE,
    Call,
    ForkServer,
    Run,
    Tree,
    calls_of,
    changes,
    fail_at,
    fail_from,
    in_memory,
    kill_at,
    read_tree,
    signature,
    strace_works,
    thinned,
    write_tree,
)

from encrypted_store import VaultError

pytestmark = pytest.mark.skipif(not strace_works(), reason=NOT_HERE)

OPERATIONS = (
    "create", "put", "update", "delete", "compact", "passphrase", "backup", "backup again",
    "close", "close after delete", "open",
)  # fmt: skip
STATES = (
    "torn tail", "unlisted object", "object of garbage", "unfinished deletion", "half erased",
    "stale header copy", "leftovers", "foreign file", "lost folders", "everything",
)  # fmt: skip
SPACE = ("EIO", "ENOSPC", "EDQUOT")
ERRORS = {
    "openat": (*SPACE, "EINTR"), "pwrite64": (*SPACE, "EINTR"), "fsync": (*SPACE, "EINTR"),
    "ftruncate": ("EIO", "EINTR"), "rename": SPACE, "unlink": ("EIO", "ENOSPC"), "mkdir": SPACE,
    "close": SPACE, "pread64": ("EIO", "EINTR"), "getdents64": ("EIO",),
}  # fmt: skip
# Where there are hundreds of runs: every so many-th second death, beginning with another each time.
IN_TURN = {
    "everything": 8, "backup": 4, "backup again": 4, "close after delete": 2, "passphrase": 2,
    "unlisted object": 2,
}  # fmt: skip
EVERY = os.environ.get("VOICEVAULT_EVERY") == "1"
"""Set to 1 for four times as many second deaths; they are most of the time of this file."""
CLASSES = {"EIO": "IoError", "ENOSPC": "DiskFull", "EDQUOT": "DiskFull"}


class Scene:
    """One folder that is put back into a known state before each run."""

    def __init__(self, base: Path, server: ForkServer) -> None:
        self.base = base
        self.server = server
        self.filled = filled(base)
        self.crashed = crashed(base, self.filled)
        self.crashed["backup again"] = backed_up(base, self.filled)
        self.runs: dict[str, int] = {}

    def start(self, name: str) -> tuple[Tree, Content]:
        """Where an operation or a recovery begins, and what the vault holds then."""
        tree = {} if name == "create" else self.crashed.get(name, self.filled)
        if name == "create":
            return tree, {}
        write_tree(self.base, tree)
        with open_vault(self.base) as vault:
            held = content(vault)
        if name in BEFOREHAND:
            return tree, target_of(BEFOREHAND[name], held)
        return tree, held

    def run(self, name: str, tree: Tree, inject: list[str], passphrase: str = OLD) -> Run:
        write_tree(self.base, tree)
        op = "open" if name in STATES else name
        run = self.server.run({"base": str(self.base), "op": op, "passphrase": passphrase}, inject)
        kind = f"{name}/{inject[0].split(':')[0]}" if inject else f"{name}/trace"
        self.runs[kind] = self.runs.get(kind, 0) + 1
        return run

    def calls(self, name: str, tree: Tree, passphrase: str = OLD) -> list[Call]:
        """The system calls of an undisturbed run."""
        run = self.run(name, tree, [], passphrase)
        assert run.acknowledged, run.said
        return thinned(calls_of(run.log, self.base))

    def kill_and_judge(self, name: str, tree: Tree, before: Content, call: Call) -> Tree:
        """Returns what the death left, for a second one."""
        run = self.run(name, tree, kill_at(call))
        assert run.killed, f"{name} survived {call.short}"
        left = read_tree(self.base)
        judge(self.base, name, before, run, f"{name} killed at {call.short}")
        return left


@contextmanager
def scene_in(folder: Path) -> Iterator[Scene]:
    (folder / "base").mkdir()
    server = ForkServer(folder)
    try:
        made = Scene(folder / "base", server)
        yield made
    finally:
        server.close()
    total = sum(made.runs.values())
    print(f"\n{total} traced runs: " + ", ".join(f"{k} {n}" for k, n in made.runs.items()))


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene_in(tmp_path_factory.mktemp("syscalls")) as made:
        yield made


@pytest.fixture(scope="module")
def quick_scene() -> Iterator[Scene]:
    """For thousands of runs."""
    with in_memory() as folder, scene_in(folder) as made:
        yield made


def fail_and_judge(
    scene: Scene, name: str, tree: Tree, before: Content, call: Call, error: str
) -> None:
    """One call fails, once; what is said must be typed, and the session goes on or refuses."""
    run = scene.run(name, tree, fail_at(call, error))
    story = f"{name}, {error} at {call.short}: {run.said}"
    assert run.status == 0, story
    assert "INJECTED" in run.log, story
    assert not any("untyped" in outcome for outcome in run.said.values()), story
    if error == "EINTR":
        assert run.acknowledged, story
    unproved = ["IoError"] if name.startswith("backup") else []
    assert run.error in (None, CLASSES.get(error), *unproved), story
    again = run.said.get("again", {"ok": ""})
    assert "ok" in again or again["error"] == "ReadOnly", story
    if run.error and call.name == "fsync" and "/vault/cat/" in call.text and ".vvlog>" in call.text:
        # The kernel may have dropped the bytes and report success the next time.
        assert "ok" not in run.said.get("again", {}), story
    judge(scene.base, name, before, run, story)


def failures(calls: list[Call], every_other: bool = False) -> list[tuple[Call, str]]:
    """Each call with each error that it can give; of the two for no space perhaps one in turn."""
    found = []
    for number, call in enumerate(calls[:-1]):
        reads = call.name == "openat" and "O_CREAT" not in call.text
        # os.listdir is the one call that Python does not repeat after a signal.
        once = ("EIO",) if "O_DIRECTORY" in call.text else ("EIO", "EINTR")
        errors = once if reads else ERRORS.get(call.name, ("EIO",))
        spared = ("ENOSPC", "EDQUOT")[number % 2] if every_other else None
        found += [(call, error) for error in errors if error != spared]
    return found


def some(things: list[Any], count: int) -> list[Any]:
    """`count` of them, spread evenly, the last among them."""
    return [things[(i + 1) * len(things) // count - 1] for i in range(min(count, len(things)))]


@pytest.mark.parametrize("name", ["put", "compact"])
def test_killed_or_failed_on_the_real_disk(scene: Scene, name: str) -> None:
    _some_calls(scene, name)


@pytest.mark.parametrize("name", [*OPERATIONS, "everything"])
def test_killed_or_failed_at_some_calls(quick_scene: Scene, name: str) -> None:
    _some_calls(quick_scene, name)


def _some_calls(scene: Scene, name: str) -> None:
    tree, before = scene.start(name)
    calls = scene.calls(name, tree)
    for call in some(changes(calls), 2):
        scene.kill_and_judge(name, tree, before, call)
    for call, error in some(failures(calls), 3):
        fail_and_judge(scene, name, tree, before, call, error)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", [*OPERATIONS, *STATES])
def test_killed_at_every_call_and_again_while_recovering(quick_scene: Scene, name: str) -> None:
    scene = quick_scene
    tree, before = scene.start(name)
    left: dict[Any, Tree] = {}
    killed = changes(scene.calls(name, tree))
    assert len(killed) >= 4
    for call in killed:
        state = scene.kill_and_judge(name, tree, before, call)
        vault = {path: data for path, data in state.items() if not path.startswith("copy")}
        left.setdefault(signature(vault, tree), state)
    if name == "create":
        return
    target = target_of(name, before)
    for number, state in enumerate(left.values()):
        step = IN_TURN.get(name, 1) if EVERY else 4 * IN_TURN.get(name, 1)
        _die_recovering(scene, name, state, [before, target], slice(number % step, None, step))


def _die_recovering(
    scene: Scene, name: str, state: Tree, allowed: list[Content], which: slice
) -> None:
    word = OLD
    if name == "passphrase":
        write_tree(scene.base, state)
        word = the_passphrase(scene.base, acknowledged=False)
    for call in changes(scene.calls("open", state, word))[which]:
        run = scene.run("open", state, kill_at(call), word)
        assert run.killed, call.short
        story = f"{name}, killed a second time at {call.short}"
        try:
            found = reopen(scene.base, word)
        except VaultError as error:
            raise AssertionError(f"{story}: {error.code}: {error}") from error
        assert named(found, allowed[0]) in allowed, story


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", [*OPERATIONS, "everything"])
def test_every_call_failing_in_every_way(quick_scene: Scene, name: str) -> None:
    scene = quick_scene
    tree, before = scene.start(name)
    calls = scene.calls(name, tree)
    tried = failures(calls, every_other=True)
    assert len(tried) >= 20
    # One in five meets each error in turn: no call has five of them.
    for call, error in tried[:: 5 if name.startswith("backup") else 1]:
        fail_and_judge(scene, name, tree, before, call, error)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", OPERATIONS)
def test_the_medium_gone_from_any_call_on(quick_scene: Scene, name: str) -> None:
    scene = quick_scene
    tree, before = scene.start(name)
    for call in changes(scene.calls(name, tree))[:-1]:
        if call.name == "close":
            continue
        run = scene.run(name, tree, fail_from(call, "EIO"))
        story = f"{name}, no medium from {call.short} on: {run.said}"
        assert run.status == 0, story
        assert not any("untyped" in outcome for outcome in run.said.values()), story
        assert "ok" not in run.said.get("again", {}), story
        judge(scene.base, name, before, run, story)


def test_the_judge_notices_what_is_missing(scene: Scene) -> None:
    """An acknowledged object taken away again behind the test's back."""
    tree, before = scene.start("put")
    run = scene.run("put", tree, [])
    write_tree(scene.base, tree)
    with pytest.raises(AssertionError):
        judge(scene.base, "put", before, run, "put")
