# SPDX-License-Identifier: GPL-3.0-or-later
"""Real processes on a real disk, killed at or failed by single system calls.

After each: what was acknowledged is there, what was deleted stays deleted, what is listed
verifies, the vault opens without repair, a second open finds nothing to do.

The default run takes a few calls of each operation; `-m exhaustive -s` takes all and says how many.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from store_child import AFTER, META, NEW, OLD, PAYLOAD, content, create_vault, open_vault
from store_crashed import crashed, filled
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
    kill_at,
    read_tree,
    signature,
    strace_works,
    thinned,
    write_tree,
)

from encrypted_store import NotAVault, Vault, VaultError, WrongPassphrase

pytestmark = pytest.mark.skipif(not strace_works(), reason=NOT_HERE)

Content = dict[str, list[Any]]
OPERATIONS = ("create", "put", "update", "delete", "close", "open")
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
CLASSES = {"EIO": "IoError", "ENOSPC": "DiskFull", "EDQUOT": "DiskFull"}


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Scene:
    """One folder that is put back into a known state before each run."""

    def __init__(self, base: Path, server: ForkServer) -> None:
        self.base = base
        self.server = server
        self.filled = filled(base)
        self.crashed = crashed(base, self.filled)
        self.runs: dict[str, int] = {}

    def start(self, name: str) -> tuple[Tree, Content]:
        """Where an operation or a recovery begins, and what the vault holds then."""
        tree = {} if name == "create" else self.crashed.get(name, self.filled)
        if name == "create":
            return tree, {}
        write_tree(self.base, tree)
        with open_vault(self.base) as vault:
            held = content(vault)
        if name == "close":
            held[next(iter(held))][1] = META
        return tree, held

    def run(self, name: str, tree: Tree, inject: list[str]) -> Run:
        write_tree(self.base, tree)
        op = "open" if name in STATES else name
        job = {"base": str(self.base), "op": op, "dirty": name == "close"}
        run = self.server.run(job, inject)
        kind = f"{name}/{inject[0].split(':')[0]}" if inject else f"{name}/trace"
        self.runs[kind] = self.runs.get(kind, 0) + 1
        return run

    def calls(self, name: str, tree: Tree) -> list[Call]:
        """The system calls of an undisturbed run."""
        run = self.run(name, tree, [])
        assert run.acknowledged, run.said
        return thinned(calls_of(run.log, self.base))

    def kill_and_judge(self, name: str, tree: Tree, before: Content, call: Call) -> Tree:
        """Returns what the death left, for a second one."""
        run = self.run(name, tree, kill_at(call))
        assert run.killed, f"{name} survived {call.short}"
        left = read_tree(self.base)
        self.judge(name, before, run, f"{name} killed at {call.short}")
        return left

    def judge(self, name: str, before: Content, run: Run, story: str) -> None:
        try:
            if name == "create" and not run.acknowledged:
                with self._create_again():
                    return
            found = self._reopen(self._passphrase(name, run))
        except VaultError as error:
            raise AssertionError(f"{story}: {error.code}: {error}") from error
        found = self._named(found, before)
        after = found.pop("after", None)
        if "ok" in run.said.get("again", {}):
            assert after, f"{story}: a later acknowledged object is gone"
        target = self._target(name, before)
        if run.acknowledged:
            assert found == target, story
        elif "ok" in run.said.get("again", {}) and name != "delete":
            assert found == before, f"{story}: refused, and yet done"
        else:
            assert found in (before, target), story

    def _create_again(self) -> Vault:
        try:
            return open_vault(self.base)
        except NotAVault:
            return create_vault(self.base)

    def _passphrase(self, name: str, run: Run) -> str:
        """The one that opens; the other must not."""
        if name != "passphrase":
            return OLD
        works: list[str] = []
        for passphrase in (NEW, OLD):
            try:
                open_vault(self.base, passphrase).close()
                works.append(passphrase)
            except WrongPassphrase:
                continue
        assert len(works) == 1, works
        assert works == [NEW] or not run.acknowledged
        return works[0]

    def _reopen(self, passphrase: str) -> Content:
        with open_vault(self.base, passphrase) as vault:
            found = content(vault)
        with open_vault(self.base, passphrase) as vault:
            assert content(vault) == found
            assert vault.notices == ()
        assert list((self.base / "vault" / "tmp").iterdir()) == []
        assert [p.name for p in (self.base / "anchors").iterdir()] == [vault.vault_id]
        return found

    @staticmethod
    def _named(found: Content, before: Content) -> Content:
        """With ids that this test could not know replaced by what they are."""
        names = {digest(PAYLOAD): "new", digest(AFTER): "after"}
        named = {i if i in before else names.get(held[0], i): held for i, held in found.items()}
        assert len(named) == len(found), "an object is there twice"
        return named

    @staticmethod
    def _target(name: str, before: Content) -> Content:
        ids = list(before)
        if name == "put":
            return before | {"new": [digest(PAYLOAD), {"n": "new"}]}
        if name == "update":
            return before | {ids[0]: [before[ids[0]][0], META]}
        if name == "delete":
            return {i: before[i] for i in before if i != ids[1]}
        return before


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("syscalls")
    (folder / "base").mkdir()
    server = ForkServer(folder)
    made = Scene(folder / "base", server)
    yield made
    server.close()
    total = sum(made.runs.values())
    print(f"\n{total} traced runs: " + ", ".join(f"{k} {n}" for k, n in made.runs.items()))


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
    assert run.error in (None, CLASSES.get(error)), story
    again = run.said.get("again", {"ok": ""})
    assert "ok" in again or again["error"] == "ReadOnly", story
    if call.name == "fsync" and ".vvlog>" in call.text and error != "EINTR":
        # The kernel may have dropped the bytes and report success the next time.
        assert "ok" not in run.said.get("again", {}), story
    scene.judge(name, before, run, story)


def failures(calls: list[Call]) -> list[tuple[Call, str]]:
    """Each call with each error that it can give."""
    found = []
    for call in calls[:-1]:
        reads = call.name == "openat" and "O_CREAT" not in call.text
        # os.listdir is the one call that Python does not repeat after a signal.
        once = ("EIO",) if "O_DIRECTORY" in call.text else ("EIO", "EINTR")
        found += [(call, error) for error in (once if reads else ERRORS[call.name])]
    return found


def some(things: list[Any], count: int) -> list[Any]:
    """`count` of them, spread evenly, the last among them."""
    return [things[(i + 1) * len(things) // count - 1] for i in range(min(count, len(things)))]


@pytest.mark.parametrize("name", [*OPERATIONS, "everything"])
def test_killed_or_failed_at_some_calls(scene: Scene, name: str) -> None:
    tree, before = scene.start(name)
    calls = scene.calls(name, tree)
    for call in some(changes(calls), 5):
        scene.kill_and_judge(name, tree, before, call)
    for call, error in some(failures(calls), 7):
        fail_and_judge(scene, name, tree, before, call, error)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", [*OPERATIONS, *STATES])
def test_killed_at_every_call_and_again_while_recovering(scene: Scene, name: str) -> None:
    tree, before = scene.start(name)
    left: dict[Any, Tree] = {}
    killed = changes(scene.calls(name, tree))
    assert len(killed) >= 4
    for call in killed:
        state = scene.kill_and_judge(name, tree, before, call)
        left.setdefault(signature(state, tree), state)
    if name in ("create", "passphrase"):
        return
    target = Scene._target(name, before)
    for number, state in enumerate(left.values()):
        calls = changes(scene.calls("open", state))
        # "everything" leaves dozens of states with dozens of steps each: every fifth, in turn.
        _die_recovering(scene, state, calls[number % 5 :: 5] if name == "everything" else calls,
                        [before, target])  # fmt: skip


def _die_recovering(scene: Scene, state: Tree, calls: list[Call], allowed: list[Content]) -> None:
    for call in calls:
        run = scene.run("open", state, kill_at(call))
        assert run.killed, call.short
        story = f"killed a second time at {call.short}"
        try:
            found = scene._reopen(OLD)
        except VaultError as error:
            raise AssertionError(f"{story}: {error.code}: {error}") from error
        assert scene._named(found, allowed[0]) in allowed, story


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", [*OPERATIONS, "everything"])
def test_every_call_failing_in_every_way(scene: Scene, name: str) -> None:
    tree, before = scene.start(name)
    calls = scene.calls(name, tree)
    tried = failures(calls)
    assert len(tried) >= 20
    for call, error in tried:
        fail_and_judge(scene, name, tree, before, call, error)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", OPERATIONS)
def test_the_medium_gone_from_any_call_on(scene: Scene, name: str) -> None:
    tree, before = scene.start(name)
    for call in changes(scene.calls(name, tree))[:-1]:
        if call.name == "close":
            continue
        run = scene.run(name, tree, fail_from(call, "EIO"))
        story = f"{name}, no medium from {call.short} on: {run.said}"
        assert run.status == 0, story
        assert not any("untyped" in outcome for outcome in run.said.values()), story
        assert "ok" not in run.said.get("again", {}), story
        scene.judge(name, before, run, story)


def test_the_judge_notices_what_is_missing(scene: Scene) -> None:
    """An acknowledged object taken away again behind the test's back."""
    tree, before = scene.start("put")
    run = scene.run("put", tree, [])
    write_tree(scene.base, tree)
    with pytest.raises(AssertionError):
        scene.judge("put", before, run, "put")
