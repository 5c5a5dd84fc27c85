# SPDX-License-Identifier: GPL-3.0-or-later
"""Power loss at every point of every operation, and the proof that each barrier is needed.

The everyday run looks at a sample. `-m exhaustive` looks at every state.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import pytest
from store_powerplays import ACTS, backing_up, create, healing, killed, play, recoveries
from store_powerstory import Story, Violation, violations

from encrypted_store.paths import VaultPaths

STORIES: dict[str, Callable[[], Story]] = {
    **{name: functools.partial(play, name) for name in ACTS},
    "create": create,
    "healing": healing,
    "backup": functools.partial(backing_up, again=False),
    "backup again": functools.partial(backing_up, again=True),
}

# Why taking a barrier away is not noticed, where it is not.
LAST_ANCHOR = "an older anchor is as good until another record is appended: see `update`"
TOMBSTONE = "a name that comes back is a tombstone's: opening removes it, overwritten as it is"
OLD_MARK = "the older HEAD is a true mark of the same epoch"
OLD_EPOCH = "an epoch that comes back is not the one in HEAD: opening removes it"
TWO_COPIES = "the other copy of the header is durable; both barriers away: see `PAIRS`"

# Every barrier of every operation in its order: what breaks without it, or why nothing does.
BARRIERS: dict[str, list[tuple[str, str]]] = {
    "put": [
        ("file object", "LISTED-UNREADABLE"),
        ("folder of the object", "LISTED-UNREADABLE"),
        ("log", "SEGMENT-LOST"),
        ("file anchor", LAST_ANCHOR),
        ("folder anchors", LAST_ANCHOR),
    ],
    "update": [
        ("log", "SEGMENT-LOST"),
        ("file anchor", "SEGMENT-LOST"),
        ("folder anchors", "SEGMENT-LOST"),
        ("log", "SEGMENT-LOST"),
        ("file anchor", LAST_ANCHOR),
        ("folder anchors", LAST_ANCHOR),
    ],
    "delete": [
        ("log", "SEGMENT-LOST"),
        ("file anchor", LAST_ANCHOR),
        ("folder anchors", LAST_ANCHOR),
        ("overwritten object", "NOT-ERASED"),
        ("folder of the object", TOMBSTONE),
    ],
    "close": [
        ("log", "SEGMENT-LOST"),
        ("file anchor", LAST_ANCHOR),
        ("folder anchors", LAST_ANCHOR),
        ("file HEAD", "HEAD-LOST"),
        ("folder vault", OLD_MARK),
    ],
    "compact": [
        ("log", "SEGMENT-LOST"),
        ("file anchor", LAST_ANCHOR),
        ("folder anchors", LAST_ANCHOR),
        ("overwritten object", "NOT-ERASED"),
        ("folder of the object", TOMBSTONE),
        ("file new segment", "SEGMENT-LOST"),
        ("folder cat", "SEGMENT-LOST"),
        ("file HEAD", "HEAD-LOST"),
        ("folder vault", "SEGMENT-LOST"),
        ("file anchor", "SEGMENT-LOST"),
        ("folder anchors", "SEGMENT-LOST"),
        ("log", "NOT-ERASED"),  # the old segment, overwritten
        ("folder cat", OLD_EPOCH),
        ("log", "SEGMENT-LOST"),
        ("file anchor", LAST_ANCHOR),
        ("folder anchors", LAST_ANCHOR),
    ],
    "passphrase": [
        ("file vault.json", TWO_COPIES),
        ("folder vault", TWO_COPIES),
        ("replaced file", "NOT-ERASED"),
        ("file vault.json.2", TWO_COPIES),
        ("folder vault", TWO_COPIES),
        ("replaced file", "NOT-ERASED"),
        ("file anchor", "SEGMENT-LOST"),
        ("folder anchors", LAST_ANCHOR),
        ("log", "SEGMENT-LOST"),
        ("file anchor", "SEGMENT-LOST"),
        ("folder anchors", "SEGMENT-LOST"),
        ("log", "SEGMENT-LOST"),
        ("file anchor", LAST_ANCHOR),
        ("folder anchors", LAST_ANCHOR),
    ],
}

# Of a header each copy covers for the other: without both barriers neither does.
PAIRS = {"file vault.json": [0, 3], "folder vault": [1, 4]}

IN_THE_VAULT = "the copy was complete before the vault noted it"
NO_FOLDERS_MADE = "an earlier backup made all folders"
BARRIERS["backup again"] = [
    ("folder obj", NO_FOLDERS_MADE),
    ("folder vault", NO_FOLDERS_MADE),
    ("file object", "LISTED-UNREADABLE"),
    ("folder of the object", "LISTED-UNREADABLE"),
    ("file new segment", "SEGMENT-LOST"),
    ("folder cat", "SEGMENT-LOST"),
    ("replaced file", "an older segment of a backup is overwritten for secrecy alone"),
    ("file HEAD", "HEAD-LOST"),
    ("folder vault", "HEAD-LOST"),
    ("replaced file", "an older HEAD of a backup is overwritten for secrecy alone"),
    ("log", IN_THE_VAULT),
    ("file anchor", IN_THE_VAULT),
    ("folder anchors", IN_THE_VAULT),
]


@pytest.fixture(autouse=True)
def cheap_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening names 256 folders. Their names do not change, and thousands of vaults are opened."""
    monkeypatch.setattr(VaultPaths, "shards", functools.cache(VaultPaths.shards))


def told(found: list[Violation]) -> str:
    return "\n".join(f"{one.code} after {one.after} events: {one.detail}" for one in found[:5])


LONG = ("create", "backup")  # they make 256 folders


@pytest.mark.parametrize("name", [name for name in STORIES if name not in LONG])
def test_a_sample_of_power_losses(name: str) -> None:
    story, seen = STORIES[name](), set[str]()
    found = list(violations(story, one_in=12, seen=seen))
    assert not found, told(found)
    assert seen


@pytest.mark.parametrize("name", BARRIERS)
def test_the_table_names_every_barrier(name: str) -> None:
    assert [role for _, role in STORIES[name]().barriers()] == [role for role, _ in BARRIERS[name]]


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", BARRIERS)
def test_each_barrier_is_needed_or_it_is_known_why_not(name: str) -> None:
    """Without it the named violation is found; or none at all, if there is a reason."""
    story = STORIES[name]()
    for (event, role), (_, expected) in zip(story.barriers(), BARRIERS[name], strict=True):
        reason = " " in expected
        found = violations(story, without=[event], one_in=4 if reason else 1)
        if reason:
            assert not list(found), f"{role}: {expected}"
        else:
            assert any(one.code == expected for one in found), f"{role}: no {expected}"


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", PAIRS)
def test_one_copy_of_the_header_must_be_durable(name: str) -> None:
    story = play("passphrase")
    events = [event for event, _ in story.barriers()]
    found = violations(story, without=[events[number] for number in PAIRS[name]])
    assert {"HEADER-LOST", "NOBODY-OPENS"} <= {
        one.code for one, _ in zip(found, range(20), strict=False)
    }


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", STORIES)
def test_every_power_loss(name: str) -> None:
    story, seen = STORIES[name](), set[str]()
    found = list(violations(story, seen=seen, one_in=5 if name == "backup" else 1))
    print(f"{name}: {len(seen)} states")
    assert not found, told(found)


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "name",
    ["put", "update", "delete", "compact", "passphrase"],
)
def test_power_loss_after_a_kill(name: str) -> None:
    """The next session sees what only the kernel holds, acts on it, and then the power fails."""
    seen, found = set[str](), []
    for after in range(len(play(name).events) + 1):
        found += violations(killed(name, after), seen=seen, one_in=4)
    print(f"{name} killed: {len(seen)} states")
    assert not found, told(found)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", ["put", "delete", "compact", "passphrase"])
def test_power_loss_during_recovery(name: str) -> None:
    seen, found, kinds = set[str](), [], 0
    for story in recoveries(name):
        kinds += 1
        found += violations(story, seen=seen)
    print(f"{name} recovering: {len(seen)} states, {kinds} kinds of recovery")
    assert kinds
    assert not found, told(found)
