# SPDX-License-Identifier: GPL-3.0-or-later
"""What a vault on a real disk may hold after something went wrong in the middle of an operation."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from store_child import (
    AFTER,
    META,
    NEW,
    NOT_WHOLE,
    OLD,
    PAYLOAD,
    attempt,
    content,
    create_vault,
    open_vault,
)
from store_strace import Run

from encrypted_store import NotAVault, Vault, VaultError, WrongPassphrase

EARLIER = (b"0" * 700, b"1" * 700)  # the payloads in a vault as `store_crashed.filled` makes it
Content = dict[str, list[Any]]


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def target_of(name: str, before: Content) -> Content:
    """The content once the operation is done."""
    ids = list(before)
    if name == "put":
        return before | {"new": [digest(PAYLOAD), {"n": "new"}]}
    if name == "update":
        return before | {ids[0]: [before[ids[0]][0], META]}
    if name == "delete":
        return {i: before[i] for i in before if i != ids[1]}
    return before


def named(found: Content, before: Content) -> Content:
    """With ids that a test could not know replaced by what they are."""
    names = {digest(PAYLOAD): "new", digest(AFTER): "after"}
    result = {i if i in before else names.get(held[0], i): held for i, held in found.items()}
    assert len(result) == len(found), "an object is there twice"
    return result


def reopen(base: Path, passphrase: str = OLD) -> Content:
    """Open as the next program would, twice: the second time there is nothing left to do."""
    with open_vault(base, passphrase) as vault:
        found = content(vault)
    with open_vault(base, passphrase) as vault:
        assert [entry.id for entry in vault.list()] == list(found)
        assert vault.notices == ()
    assert list((base / "vault" / "tmp").iterdir()) == []
    assert [path.name for path in (base / "anchors").iterdir()] == [vault.vault_id]
    return found


def the_passphrase(base: Path, acknowledged: bool) -> str:
    """The one of the old and the new that opens; the other must not."""
    works: list[str] = []
    for passphrase in (NEW, OLD):
        try:
            open_vault(base, passphrase).close()
            works.append(passphrase)
        except WrongPassphrase:
            continue
    assert len(works) == 1, works
    assert works == [NEW] or not acknowledged
    return works[0]


def create_again(base: Path) -> Vault:
    """A creation that was not acknowledged: finished after all, or repeatable."""
    try:
        return open_vault(base)
    except NotAVault:
        return create_vault(base)


def judge(base: Path, name: str, before: Content, run: Run, story: str) -> None:
    """Compare what the child said with what is on the disk."""
    if name == "passphrase" and run.acknowledged:
        one, two = (base / "vault" / name for name in ("vault.json", "vault.json.2"))
        assert one.read_bytes() == two.read_bytes(), f"{story}: the old passphrase is on the disk"
    try:
        if name == "create" and not run.acknowledged:
            with create_again(base):
                return
        changed = name == "passphrase"
        passphrase = the_passphrase(base, run.acknowledged) if changed else OLD
        found = named(reopen(base, passphrase), before)
    except VaultError as error:
        raise AssertionError(f"{story}: {error.code}: {error}") from error
    after = found.pop("after", None)
    went_on = "ok" in run.said.get("again", {})
    if went_on:
        assert after, f"{story}: a later acknowledged object is gone"
    target = target_of(name, before)
    if run.acknowledged or "ok" in run.said.get("repeat", {}):
        assert found == target, story
    elif went_on and name != "delete":
        assert found == before, f"{story}: refused, and yet done"
    else:
        assert found in (before, target), story
    if name.startswith("backup"):
        judge_copy(base, name, before, run, story)


def copy_content(base: Path) -> Content:
    """What a backup holds, seen from a machine that has never seen the vault."""
    with open_vault(base, root=base / "copy", anchors=base / "other") as copy:
        return content(copy)


def judge_copy(base: Path, name: str, before: Content, run: Run, story: str) -> None:
    """An earlier backup must stay one until the next is complete."""
    if run.said.get("done", {}).get("message") == NOT_WHOLE:
        return  # said so: an object of the vault could not be read
    opened, found = attempt(lambda: copy_content(base))
    if "ok" not in opened:
        assert name == "backup", f"{story}: the earlier backup is spoilt: {opened}"
        assert not run.acknowledged, f"{story}: the copy does not open: {opened}"
        return
    held, earlier = {one[0] for one in found.values()}, {digest(one) for one in EARLIER}
    # The earlier one, and perhaps objects that came since: opening it lists them.
    old = earlier <= held <= earlier | {one[0] for one in before.values()}
    assert found == before or (old and not run.acknowledged), f"{story}: the copy is {found}"
