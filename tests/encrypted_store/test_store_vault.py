# SPDX-License-Identifier: GPL-3.0-or-later
"""The public API on a real folder and in memory."""

from __future__ import annotations

import gc
import hashlib
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from store_box import ANCHORS, PASSPHRASE, ROOT, Box, new_box
from store_memfs import MemFs

from encrypted_store import (
    KdfParams,
    Kind,
    MetaInvalid,
    NotAVault,
    Note,
    ObjectTicket,
    ObjectUnknown,
    PassphraseInvalid,
    Vault,
    VaultExists,
    VaultLocked,
    read_object,
)
from encrypted_store.keys import KeyName

Factory = Callable[..., Vault]


def nested(levels: int) -> dict[str, Any]:
    """Metadata with so many objects below its own."""
    return {"in": nested(levels - 1)} if levels else {}


FIRST, NEXT = 65_480, 65_520
# The stream holds 12 bytes of lengths and 2 of "{}" before the payload; these put the padded
# plaintext on both sides of every segment boundary Padmé can reach, and plain sizes around them.
SIZES = sorted(
    {0, 1, 15, 16, 497, 498, 499, 4096}
    | {edge - 14 + d for edge in (FIRST, FIRST + NEXT, FIRST + 2 * NEXT) for d in (-1, 0, 1)}
    | {65_536 + d for d in (-15, -14, -13, -1, 0, 1)}
)


@pytest.mark.parametrize("size", SIZES)
def test_payload_comes_back_at_segment_boundaries(box: Box, size: int) -> None:
    payload = bytes(i * 7 % 251 for i in range(size))
    with box.open() as vault:
        object_id = vault.put(Kind.SAMPLE, payload, {})
    with box.open() as vault:
        assert vault.get(object_id) == payload
        entry = vault.entry(object_id)
        assert (entry.size, entry.sha256) == (size, hashlib.sha256(payload).hexdigest())


def test_round_trip_on_a_real_disk(on_disk: Factory, tmp_path: Path) -> None:
    meta = {"prompt": "p-1", "ms": 4200, "ok": True, "tags": ["a", None], "text": "Öl → 🎙"}
    with on_disk() as vault:
        first = vault.put(Kind.SAMPLE, b"one", meta)
        second = vault.put(Kind.FEATURES, bytearray(b"two"), {})
        third = vault.put(Kind.SAMPLE, memoryview(b"three!")[:5], {})
    with on_disk() as vault:
        assert vault.notices == ()
        assert [entry.id for entry in vault.list()] == [first, second, third]
        assert [entry.id for entry in vault.list(Kind.SAMPLE)] == [first, third]
        assert vault.entry(first).meta == meta
        assert [vault.get(i) for i in (first, second, third)] == [b"one", b"two", b"three"]
        assert vault.path == tmp_path / "vault"
        assert len(vault.vault_id) == 32
    for path in (tmp_path / "vault").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_update_replaces_metadata_and_nothing_else(box: Box) -> None:
    with box.open() as vault:
        ids = [vault.put(Kind.SAMPLE, b"x%d" % i, {"n": i}) for i in range(3)]
        before = box.disk.read(box.object_path(ids[1]))
        vault.update(ids[1], {"text": "new"})
        assert vault.entry(ids[1]).meta == {"text": "new"}
    with box.open() as vault:
        assert [entry.meta for entry in vault.list()] == [{"n": 0}, {"text": "new"}, {"n": 2}]
        assert vault.get(ids[1]) == b"x1"
    assert box.disk.read(box.object_path(ids[1])) == before


def test_update_cost_does_not_grow_with_the_vault(box: Box) -> None:
    with box.open() as vault:
        ids = [vault.put(Kind.SAMPLE, b"", {}) for _ in range(20)]
        start = len(box.disk.read(box.log))
        vault.update(ids[0], {"a": 1})
        assert len(box.disk.read(box.log)) - start == 8 + 12 + 256 + 16


def test_delete_forgets_and_erases(box: Box) -> None:
    with box.open() as vault:
        keep, gone = (vault.put(Kind.SAMPLE, b"p" * 5000, {}) for _ in range(2))
        sealed = box.disk.read(box.object_path(gone))
        vault.delete(gone)
        for call in (vault.get, vault.entry, vault.ticket, vault.delete):
            with pytest.raises(ObjectUnknown):
                call(gone)
        with pytest.raises(ObjectUnknown):
            vault.update(gone, {})
    salt = sealed[9:41]
    assert all(salt not in data for data in box.disk.files().values())
    # Planting the old file again does not bring it back: its id is dead.
    box.disk.write(box.object_path(gone), sealed)
    with box.open() as vault:
        assert [entry.id for entry in vault.list()] == [keep]
        assert [notice.code for notice in vault.notices] == ["deletion-finished"]
    assert not box.disk.exists(box.object_path(gone))


def test_the_salt_is_overwritten_before_the_file_is_unlinked(box: Box) -> None:
    seen: list[bytes] = []
    with box.open() as vault:
        gone = vault.put(Kind.SAMPLE, b"p" * 5000, {})

        def watch(name: str, path: Path | None) -> None:
            if name == "unlink" and path == box.object_path(gone):
                seen.append(box.disk.read(path))

        box.disk.before = watch
        vault.delete(gone)
    assert seen[0][:4096] == bytes(4096)


def test_a_thousand_entries_list_in_order(box: Box) -> None:
    with box.open() as vault:
        ids = [vault.put(Kind(1 + i % 6), b"%d" % i, {"i": i}) for i in range(1000)]
    with box.open() as vault:
        entries = vault.list()
        assert [entry.id for entry in entries] == ids
        assert [entry.meta["i"] for entry in entries] == list(range(1000))
        assert len(vault.list(Kind.FEATURES)) == 167


def test_metadata_is_copied_in_and_out(box: Box) -> None:
    meta: dict[str, Any] = {"a": [1]}
    with box.open() as vault:
        object_id = vault.put(Kind.SAMPLE, b"", meta)
        meta["a"].append(2)
        vault.entry(object_id).meta["a"].append(3)
        vault.list()[0].meta["a"].append(4)
        assert vault.entry(object_id).meta == {"a": [1]}


@pytest.mark.parametrize(
    ("meta", "where"),
    [
        ({"snr": 12.5}, "meta['snr']"),
        ({"a": {"b": [1, 2.0]}}, "meta['a']['b'][1]"),
        ({"nan": float("nan")}, "meta['nan']"),
        ({"big": 2**53}, "meta['big']"),
        ({"bytes": b"x"}, "meta['bytes']"),
        ({1: "x"}, "meta"),
        ({"half": "\ud800"}, "meta['half']"),
        (nested(65), "meta" + "['in']" * 65),
        ({"long": "x" * 2**20}, "meta"),
        (["not", "a", "mapping"], "meta"),
    ],
)
def test_metadata_that_json_cannot_carry_names_the_key(box: Box, meta: Any, where: str) -> None:
    with box.open() as vault:
        object_id = vault.put(Kind.SAMPLE, b"", {})
        before = box.disk.files()
        with pytest.raises(MetaInvalid) as caught:
            vault.put(Kind.SAMPLE, b"x", meta)
        assert caught.value.where == where
        with pytest.raises(ValueError, match="meta"):
            vault.update(object_id, meta)
        assert box.disk.files() == before


def test_ticket_reads_one_object_through_json(on_disk: Factory) -> None:
    with on_disk() as vault:
        one = vault.put(Kind.SAMPLE, b"abc" * 50_000, {"v": 1})
        two = vault.put(Kind.SAMPLE, b"other", {})
        vault.update(one, {"v": 2})
        text = vault.ticket(one).to_json()
        foreign = vault.ticket(two)
    ticket = ObjectTicket.from_json(text)
    assert read_object(ticket) == ({"v": 2}, b"abc" * 50_000)
    assert ticket.key.hex() not in repr(ticket)
    assert repr(ticket.key) not in repr(ticket)
    assert ticket.key != foreign.key


def test_create_refuses_what_is_there(tmp_path: Path, on_disk: Factory) -> None:
    on_disk().close()
    options: dict[str, Any] = {"kdf": KdfParams.for_tests(), "anchors": tmp_path / "a"}
    with pytest.raises(VaultExists):
        Vault.create(tmp_path / "vault", "x", **options)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("mine")
    with pytest.raises(VaultExists):
        Vault.create(tmp_path / "full", "x", **options)
    with pytest.raises(PassphraseInvalid):
        Vault.create(tmp_path / "new", "", **options)
    assert not (tmp_path / "new").exists()


def test_open_refuses_a_folder_without_touching_it(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    for path in (tmp_path / "plain", tmp_path / "absent"):
        with pytest.raises(NotAVault):
            Vault.open(path, passphrase="x")
    assert list((tmp_path / "plain").iterdir()) == []
    assert not (tmp_path / "absent").exists()


def test_one_secret_exactly(box: Box) -> None:
    with pytest.raises(TypeError):
        Vault.open(ROOT, io=box.disk)
    with pytest.raises(TypeError):
        Vault.open(ROOT, io=box.disk, passphrase="a", recovery_code="b")


def test_closed_means_locked(vault_box: tuple[Box, Vault]) -> None:
    _, vault = vault_box
    object_id = vault.put(Kind.SAMPLE, b"", {})
    assert not vault.locked
    vault.close()
    vault.close()
    assert vault.locked
    assert vault.path == ROOT
    for call in (
        lambda: vault.get(object_id),
        lambda: vault.put(Kind.SAMPLE, b"", {}),
        vault.list,
        lambda: vault.ticket(object_id),
    ):
        with pytest.raises(VaultLocked):
            call()


def test_threads_take_turns(box: Box) -> None:
    with box.open() as vault:

        def work(name: int) -> None:
            for i in range(20):
                object_id = vault.put(Kind.SAMPLE, b"%d-%d" % (name, i), {})
                assert vault.get(object_id) == b"%d-%d" % (name, i)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(vault.list()) == 80
    with box.open() as vault:
        assert len(vault.list()) == 80


def test_anchor_folder_can_be_named_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEVAULT_ANCHORS", str(tmp_path / "here"))
    vault, _ = Vault.create(tmp_path / "v", PASSPHRASE, kdf=KdfParams.for_tests())
    assert [path.name for path in (tmp_path / "here").iterdir()] == [vault.vault_id]
    vault.close()


def test_reading_only_writes_nothing(box: Box) -> None:
    with box.open() as vault:
        object_id = vault.put(Kind.SAMPLE, b"x", {})
    box.disk.trace.clear()
    with box.open() as vault:
        vault.get(object_id)
        vault.list()
    # The pid in the lock file, and a flush of names that a killed session may have left unflushed.
    assert box.disk.trace == ["truncate", "write", "durable_dir"]


def test_an_unfinished_creation_can_be_repeated() -> None:
    disk = MemFs()
    count = 0

    def crash_late(name: str, path: Path | None) -> None:
        nonlocal count
        count += 1
        if path == ROOT / "vault.json":
            raise OSError(28, "full")

    disk.before = crash_late
    options: dict[str, Any] = {"kdf": KdfParams.for_tests(), "anchors": ANCHORS, "io": disk}
    with pytest.raises(Exception, match="full"):
        Vault.create(ROOT, PASSPHRASE, **options)
    disk.before = lambda name, path: None
    vault, _ = Vault.create(ROOT, PASSPHRASE, **options)
    vault.close()
    Box(disk).open().close()


def test_two_vaults_share_no_key() -> None:
    """The same passphrase and payload leave no common ciphertext."""
    blobs = []
    for _ in range(2):
        box, vault = new_box()
        object_id = vault.put(Kind.SAMPLE, b"same" * 100, {})
        vault.close()
        blobs.append(box.disk.read(box.object_path(object_id))[8:])
    windows = [{blob[i : i + 8] for i in range(1, len(blob) - 8)} for blob in blobs]
    assert not windows[0] & windows[1]


def test_closing_from_inside_a_call_waits_for_its_end(box: Box) -> None:
    """A signal handler may come at any moment; sealing on would use a key of zeros."""
    vault = box.open()
    kept = vault.put(Kind.SAMPLE, b"kept", {})
    vault.delete(vault.put(Kind.SAMPLE, b"deleted", {}))

    def interrupt(call: str, path: Path | None) -> None:
        box.disk.before = lambda call, path: None
        vault.close()
        assert vault.locked
        with pytest.raises(VaultLocked):
            vault.get(kept)

    box.disk.before = interrupt
    acknowledged = vault.put(Kind.SAMPLE, b"in flight", {})
    with pytest.raises(VaultLocked):
        vault.list()
    assert box.disk.fds == {}
    assert box.disk.exists(box.log)  # nor is a compaction begun then: somebody wants to be gone
    with box.open() as vault:
        assert vault.get(acknowledged) == b"in flight"
        assert vault.notices == ()


def test_keys_are_not_handed_out_after_the_end(box: Box) -> None:
    vault = box.open()
    with vault.working("looking") as session:
        keys = session.keys
        kept = keys.view(KeyName.OBJECT)  # holds the page in memory
    vault.close()
    keys.close()
    assert not any(kept)
    with pytest.raises(VaultLocked):
        keys.view(KeyName.OBJECT)


def test_a_vault_dropped_without_closing_gives_its_lock_back(
    on_disk: Callable[..., Vault],
) -> None:
    on_disk().put(Kind.SAMPLE, b"x", {})
    gc.collect()
    with on_disk() as vault:
        assert len(vault.list()) == 1


def test_the_history_is_told_oldest_first(box: Box) -> None:
    with box.open() as vault:
        assert vault.history() == ()
        with vault.working("noting") as session:
            session.commit({"op": "note", "event": "first", "t": 5, "detail": "why"})
            session.commit({"op": "note", "event": "second", "t": 6})
    with box.open() as vault:
        assert vault.history() == (Note("first", 5, "why"), Note("second", 6, ""))
