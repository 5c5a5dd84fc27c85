# SPDX-License-Identifier: GPL-3.0-or-later
"""Every bit, every length, every exchange of files, records and segments, every older version.

Run it with `-m "exhaustive or not exhaustive" -rP` to try all and see them counted. Each case must
end in the outcome that the tables here allow for its file, see store_campaign.py. The default run
takes a sample of the flips and lengths; the exhaustive one takes all.
"""

from __future__ import annotations

import functools
import itertools
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from store_box import Box, content, new_box
from store_campaign import (
    HEADERS,
    NEW_PASSPHRASE,
    History,
    Outcome,
    epoch,
    make_history,
    reading,
    records,
    role,
)

from encrypted_store import HeaderDamaged, Kind, ObjectDamaged
from encrypted_store.header import decode as decode_header
from encrypted_store.paths import VaultPaths

TAMPERED, DAMAGED, ROLLBACK = (
    frozenset({f"refused:{code}"})
    for code in ("VaultTampered", "CatalogueDamaged", "RollbackDetected")
)
HEALED, RENEWED, SILENT = (
    frozenset({"notice:header-healed"}), frozenset({"notice:anchor-damaged"}), frozenset[str](),
)  # fmt: skip
TORN = frozenset({"notice:torn-tail"})
LOST = frozenset({"lost:ObjectDamaged"})
MISSING = frozenset({"lost:ObjectMissing", "notice:objects-missing"})

# What one damaged file may lead to, by what it is.
FLIPPED = {
    "header": {HEALED}, "HEAD": {TAMPERED}, "segment": {DAMAGED}, "object": {LOST},
    "anchor": {RENEWED},
}  # fmt: skip
CUT = FLIPPED | {"segment": {DAMAGED, ROLLBACK}}
LONGER = FLIPPED | {"segment": {TORN}}
DELETED = FLIPPED | {"object": {MISSING}, "anchor": {SILENT}}  # an absent anchor is a new machine
FOREIGN = FLIPPED


@pytest.fixture(scope="module")
def history() -> History:
    return make_history()


@pytest.fixture(scope="module")
def tally() -> Iterator[Counter[str]]:
    """Counts cases by outcome and prints one line when all are done."""
    counted: Counter[str] = Counter()
    yield counted
    shown = ", ".join(f"{words} {n}" for words, n in counted.most_common())
    print(f"\ndamage campaign: {counted.total()} cases: {shown}")


@pytest.fixture(autouse=True)
def quick_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    """Naming the 256 folders of obj/ anew for each case would be most of the work."""
    monkeypatch.setattr(VaultPaths, "shards", functools.cache(VaultPaths.shards))


@pytest.fixture
def run(history: History, tally: Counter[str]):  # type: ignore[no-untyped-def]
    """Try one change of the last state against what is allowed."""

    def one(
        change: Mapping[Path, bytes | None],
        allowed: set[Outcome],
        what: object,
        passphrase: str = NEW_PASSPHRASE,
    ) -> Outcome:
        found = history.outcome(change, passphrase)
        assert found in allowed, (what, sorted(found))
        tally[" + ".join(sorted(found)) or "identical"] += 1
        return found

    return one


@pytest.fixture
def reread(history: History, tally: Counter[str]):  # type: ignore[no-untyped-def]
    """Try one damaged object in a vault that is open: opening reads no object."""
    disk = history.disk.copy()
    for path, data in history.last.files.items():
        disk.write(path, data)
    with Box(disk).open(passphrase=NEW_PASSPHRASE) as vault:

        def one(path: Path, data: bytes, what: object) -> None:
            whole = disk.read(path)
            disk.write(path, data)
            assert reading(vault, path.stem, history.last.held[path.stem][0]) == LOST, (path, what)
            disk.write(path, whole)
            tally["lost:ObjectDamaged"] += 1

        yield one
        assert content(vault) == history.last.held


def parts(history: History) -> list[tuple[Path, bytes, str]]:
    return [(path, data, role(path)) for path, data in sorted(history.last.files.items())]


OPENED = 24  # one flip of an object or a header in so many is tried on a whole vault
MAC_LINE = 65  # of a header: here other digits stay well formed, and only the key refuses them
STEPS = [
    pytest.param(97, id="sample"),
    pytest.param(1, id="all", marks=pytest.mark.exhaustive),
]


def test_the_vault_is_whole_and_has_every_part(history: History, run) -> None:  # type: ignore[no-untyped-def]
    run({}, {SILENT}, "nothing")
    found = Counter(role(path) for path in history.last.files)
    assert found == {"header": 2, "HEAD": 1, "segment": 1, "object": 3, "anchor": 1}
    assert len(history.snapshots) == 9
    assert len({data for one in history.snapshots for data in [one.files[HEADERS[0]]]}) == 3


@pytest.mark.timeout(600)
@pytest.mark.parametrize("step", STEPS)
def test_every_bit(  # type: ignore[no-untyped-def]
    history: History, run, reread, tally: Counter[str], step: int
) -> None:
    for path, data, kind in parts(history):
        for bit in range(0, len(data) * 8, step):
            bent = bytearray(data)
            bent[bit // 8] ^= 1 << bit % 8
            if kind == "object" and bit % OPENED:
                reread(path, bytes(bent), bit)
            elif kind == "header" and bit % OPENED and bit // 8 < len(data) - MAC_LINE:
                with pytest.raises(HeaderDamaged):  # and then it is a missing copy
                    decode_header(bytes(bent))
                tally["copy:HeaderDamaged"] += 1
            else:
                run({path: bytes(bent)}, FLIPPED[kind], (path, bit))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("step", STEPS)
def test_every_length(history: History, run, reread, step: int) -> None:  # type: ignore[no-untyped-def]
    for path, data, kind in parts(history):
        for size in range(0, len(data), step):
            if kind == "object" and size % OPENED:
                reread(path, data[:size], size)
            else:
                run({path: data[:size]}, CUT[kind], (path, size))
        for more in (b"\0", b"\n", b" ", b"0", b"\xff", b"\0" * 1000, data):
            run({path: data + more}, LONGER[kind], (path, more[:10]))


def test_each_file_missing_or_foreign(history: History, run) -> None:  # type: ignore[no-untyped-def]
    other = make_history().last.files
    by_role = {role(path): data for path, data in other.items()}
    for path, data, kind in parts(history):
        run({path: None}, DELETED[kind], path)
        # Of two whole headers of one generation the first counts; HEAD then tells it is foreign.
        allowed = {TAMPERED} if path == HEADERS[0] else FOREIGN[kind]
        run({path: by_role[kind]}, allowed, path)
        run({path: bytes(len(data))}, FOREIGN[kind], path)


def test_any_two_files_exchanged_or_doubled(history: History, run) -> None:  # type: ignore[no-untyped-def]
    for one, two in itertools.combinations(parts(history), 2):
        hurt = {} if one[1] == two[1] else {one[2], two[2]}
        run({one[0]: two[1], two[0]: one[1]}, {together(hurt)}, (one[0], two[0]))
        for target, source in ((one, two), (two, one)):
            hurt = {} if one[1] == two[1] else {target[2]}
            run({target[0]: source[1]}, {together(hurt)}, (target[0], source[0]))


def together(roles: object) -> Outcome:
    """Several damaged files: the first refusal on the way of opening, else all that is said."""
    hurt = set(roles)  # type: ignore[call-overload]
    for kind in ("HEAD", "segment"):
        if kind in hurt:
            return next(iter(FOREIGN[kind]))
    return frozenset().union(*(next(iter(FOREIGN[kind])) for kind in hurt))


def test_records_exchanged_dropped_doubled(history: History, run) -> None:  # type: ignore[no-untyped-def]
    path, data, _ = next(part for part in parts(history) if part[2] == "segment")
    start, *rows = records(data)
    assert len(rows) >= 5
    last = len(rows) - 1

    def try_rows(order: list[int], allowed: set[Outcome]) -> None:
        run({path: start + b"".join(rows[n] for n in order)}, allowed, order)

    everything = list(range(len(rows)))
    for a, b in itertools.combinations(everything, 2):
        order = everything.copy()
        order[a], order[b] = b, a
        try_rows(order, {DAMAGED})
    for n in everything:
        try_rows([*everything[:n], *everything[n + 1 :]], {ROLLBACK if n == last else DAMAGED})
        try_rows([*everything[: n + 1], *everything[n:]], {TORN if n == last else DAMAGED})
        try_rows([*everything, n], {TORN})  # beyond the marks: a crash's leftover
        try_rows(everything[:n], {ROLLBACK if n else DAMAGED})
    for old in history.snapshots[:-1]:  # records of the other epoch, at each place
        (foreign,) = (one for name, one in old.files.items() if role(name) == "segment")
        if epoch(foreign) == epoch(data):
            continue
        for n, row in itertools.product(everything, records(foreign)[1:]):
            mixed = [*rows[:n], row, *rows[n + 1 :]]
            run({path: start + b"".join(mixed)}, {DAMAGED}, (old.what, n))


def test_each_file_as_it_was_before(history: History, run) -> None:  # type: ignore[no-untyped-def]
    now = history.last.files
    (segment,) = (data for path, data in now.items() if role(path) == "segment")
    for old in history.snapshots[:-1]:
        (older,) = (data for path, data in old.files.items() if role(path) == "segment")
        same_epoch = epoch(older) == epoch(segment)
        allowed = {
            "header": {HEALED},
            "HEAD": {SILENT if same_epoch else DAMAGED},  # behind the log, or of an epoch now gone
            "segment": {ROLLBACK if same_epoch else SILENT},  # replanted, and removed again
            "anchor": {SILENT},  # behind, as after a restored home folder
            "object": {frozenset({"notice:deletion-finished"})},  # replanted, and erased again
        }
        for path, data in old.files.items():
            if now.get(path) != data:
                run({path: data}, allowed[role(path)], (old.what, path))
        if not same_epoch:
            (live,) = (path for path in now if role(path) == "segment")
            run({live: older}, {DAMAGED}, (old.what, "under the name of this epoch"))
        if old.files[HEADERS[0]] != now[HEADERS[0]]:
            both = {path: old.files[path] for path in HEADERS}
            run(both, {ROLLBACK}, (old.what, "both headers"), old.passphrase)


def test_any_parts_as_they_were_before(history: History, tally: Counter[str]) -> None:
    """Each earlier state, each choice of parts taken from it: newest content, or a refusal.

    The one exception is documented: HEAD, log and anchor all taken back together.
    """
    now = history.last.files
    names = ("header", "HEAD", "segment", "object", "anchor")
    choices = [set(c) for n in range(1, 6) for c in itertools.combinations(names, n)]
    for old, chosen in itertools.product(history.snapshots[:-1], choices):
        if {"HEAD", "segment", "anchor"} <= chosen:
            continue
        change: dict[Path, bytes | None] = {
            path: old.files.get(path) for path in now.keys() | old.files if role(path) in chosen
        }
        phrase = old.passphrase if "header" in chosen else NEW_PASSPHRASE
        found = history.outcome(change, phrase)  # fails by itself when something is gone silently
        words = {word for word in found if not word.startswith("notice:")}
        fine = {"refused:RollbackDetected", "refused:CatalogueDamaged", "lost:ObjectMissing"}
        assert words <= fine, (old.what, chosen, found)
        if "lost:ObjectMissing" in words:
            assert "notice:objects-missing" in found
            assert "object" in chosen
        tally[" + ".join(sorted(found)) or "identical"] += 1


def test_stream_segments_exchanged(tally: Counter[str]) -> None:
    """Within one object and between two of the same size: every pair of places."""
    box, vault = new_box()
    with vault:
        ids = [vault.put(Kind.CHECKPOINT, os.urandom(196_500), {}) for _ in range(2)]
        whole = {one: box.disk.read(box.object_path(one)) for one in ids}
        edges = [8, 48, 65_544, 131_080, 196_616, len(whole[ids[0]])]
        cut = {
            one: [data[a:b] for a, b in itertools.pairwise([0, *edges])]
            for one, data in whole.items()
        }
        places = [(one, n) for one in ids for n in range(6)]
        for (a, m), (b, n) in itertools.combinations(places, 2):
            made = {one: list(pieces) for one, pieces in cut.items()}
            made[a][m], made[b][n] = made[b][n], made[a][m]
            for one in ids:
                data = b"".join(made[one])
                box.disk.write(box.object_path(one), data)
                if data == whole[one]:
                    assert len(vault.get(one)) == 196_500
                    continue
                with pytest.raises(ObjectDamaged):
                    vault.get(one)
                tally["lost:ObjectDamaged"] += 1
