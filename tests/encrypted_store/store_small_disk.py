# SPDX-License-Identifier: GPL-3.0-or-later
"""A small disk of its own, filled to the last block before an operation.

Run as `unshare -m python store_small_disk.py OPERATION FOLDER STEP` (or `-Urm`): what is mounted is
seen by this process alone and is gone with it. Prints what it tried as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from store_child import BEFOREHAND, OLD, OPERATIONS, attempt, content, open_vault
from store_crashed import backed_up, crashed, filled
from store_judge import Content, named, target_of, the_passphrase
from store_strace import Tree, read_tree, write_tree

from encrypted_store import Kind, Vault

BLOCK = 4096
BALLAST = "ballast"


def mount(base: Path, options: str) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(base)], check=True)


def fill(base: Path, blocks: int) -> None:
    """Leave so many blocks free."""
    free = os.statvfs(base).f_bavail - blocks
    assert free > 0
    with open(base / BALLAST, "wb", buffering=0) as file:
        os.posix_fallocate(file.fileno(), 0, free * BLOCK)
    assert os.statvfs(base).f_bavail == blocks


@contextmanager
def filled_up(base: Path, blocks: int) -> Iterator[None]:
    fill(base, blocks)
    try:
        yield
    finally:
        (base / BALLAST).unlink()


def begin(base: Path, name: str, tree: Tree) -> tuple[Vault, Content]:
    write_tree(base, tree)
    vault = open_vault(base)
    ids = [entry.id for entry in vault.list()]
    if name in BEFOREHAND:
        OPERATIONS[BEFOREHAND[name]](base, vault, ids)
    return vault, content(vault)


def with_blocks_free(base: Path, name: str, tree: Tree, blocks: int) -> str:
    """One operation; "ok" or the code of its error."""
    vault, before = begin(base, name, tree)
    ids, target = list(before), target_of(name, before)

    def operate() -> dict[str, Any]:
        return attempt(lambda: OPERATIONS[name](base, vault, ids))[0]

    with filled_up(base, blocks):
        outcome = operate()
        story = f"{name} with {blocks} blocks free: {outcome}"
        assert "ok" in outcome or outcome.get("error") == "DiskFull", story
        if not vault.locked:
            held = named(content(vault), before)
            assert held == (target if "ok" in outcome else before), story
    given_up = "error" in outcome and blocks % 2 == 0  # the next program finds what this one left
    if "error" in outcome:
        assert list((base / "vault" / "tmp").iterdir()) == [], story
        assert len(list((base / "vault" / "cat").iterdir())) == 1, story
    if not vault.locked:
        if "error" in outcome and not given_up:
            again = operate()
            in_force = name == "passphrase" and again.get("error") == "WrongPassphrase"
            assert "ok" in again or in_force, f"{story}; with space again: {again}"
        vault.close()
    passphrase = the_passphrase(base, not given_up) if name == "passphrase" else OLD
    with open_vault(base, passphrase) as reopened:
        assert not {"torn-tail", "object-salvaged"} & {n.code for n in reopened.notices}, story
        held = named(content(reopened), before)
        assert held == (before if given_up else target), story
    assert list((base / "vault" / "tmp").iterdir()) == [], story
    return outcome.get("error", "ok")


def sweep(base: Path, name: str, step: int) -> Counter[str]:
    """From no free block to as many as the operation needs, and some more."""
    found: Counter[str] = Counter()
    tree = grown(base)
    if name == "backup again":
        tree = backed_up(base, tree)
    for blocks in range(0, 200, step):
        found[with_blocks_free(base, name, tree, blocks)] += 1
        if found["ok"] * step > 3 and blocks > 8:
            return found
    raise AssertionError(f"{name} never succeeded: {found}")


def grown(base: Path) -> Tree:
    """A vault whose catalogue takes several blocks."""
    tree = filled(base)
    write_tree(base, tree)
    with open_vault(base) as vault:
        ids = [vault.put(Kind.SETTINGS, b"%d" % n, {"n": n}) for n in range(20)]
        vault.delete(ids[-1])
    return read_tree(base)


def recover_on_full_disk(base: Path, step: int) -> Counter[str]:
    """Opening what a crash left, with too little space; then with enough."""
    tree = filled(base)
    found: Counter[str] = Counter()
    for name, state in {"clean": tree, **crashed(base, tree)}.items():
        write_tree(base, state)
        with open_vault(base) as vault:
            expected = content(vault)
        for blocks in range(0, 60, step):
            write_tree(base, state)
            with filled_up(base, blocks):
                opened, vault = attempt(lambda: open_vault(base))
                if vault is not None:
                    opened, _ = attempt(vault.close) if content(vault) == expected else ({}, None)
            outcome = "ok" if "ok" in opened else str(opened.get("error"))
            assert outcome in ("ok", "DiskFull"), f"{name} with {blocks} blocks free: {opened}"
            assert (name, outcome) != ("clean", "DiskFull"), "a whole vault must open"
            found[outcome] += 1
            with open_vault(base) as vault:
                assert content(vault) == expected, f"{name} with {blocks} blocks free"
            if outcome == "ok" and blocks > 2:
                break
    return found


def read_only_medium(base: Path, _: int) -> Counter[str]:
    """Mounted read-only: refused with the right word, and still readable when asked so."""
    filled(base)
    with open_vault(base) as vault:
        expected = content(vault)
    subprocess.run(["mount", "-o", "remount,ro", str(base)], check=True)
    return _refused_but_readable(base, expected)


def denied_folder(base: Path) -> Counter[str]:
    """A folder that its owner may not write."""
    filled(base)
    with open_vault(base) as vault:
        expected = content(vault)
    folders = [base / "vault", *(p for p in (base / "vault").rglob("*") if p.is_dir())]
    files = [p for p in (base / "vault").rglob("*") if p.is_file()]
    try:
        for path in (*files, *folders):
            path.chmod(0o500 if path.is_dir() else 0o400)
        return _refused_but_readable(base, expected)
    finally:
        for path in folders:
            path.chmod(0o700)


def _refused_but_readable(base: Path, expected: Content) -> Counter[str]:
    found: Counter[str] = Counter()
    found[str(attempt(lambda: open_vault(base))[0].get("error"))] += 1
    with open_vault(base, read_only=True) as vault:
        assert content(vault) == expected
        found[str(attempt(lambda: vault.put(Kind.SAMPLE, b"x", {}))[0].get("error"))] += 1
    assert found == {"ReadOnly": 2}, found
    return found


def main(name: str, base: Path, step: int) -> None:
    if name == "denied":
        print(json.dumps(denied_folder(base)))
        return
    mount(base, "size=3m,nr_inodes=0,mode=700")
    special = {"recover": recover_on_full_disk, "read-only": read_only_medium}
    action = special.get(name)
    print(json.dumps(action(base, step) if action else sweep(base, name, step)))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
