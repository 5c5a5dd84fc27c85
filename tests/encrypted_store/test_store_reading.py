# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions that only read, and objects read piece by piece."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from store_box import PASSPHRASE, ROOT, Box, content, flip, new_box

from encrypted_store import (
    IoError,
    KdfParams,
    Kind,
    ObjectDamaged,
    ReadOnly,
    RollbackDetected,
    Vault,
    VaultBusy,
    VaultLocked,
)

CHEAP = KdfParams.for_tests()


def codes(vault: Vault) -> list[str]:
    return [notice.code for notice in vault.notices]


def reading(box: Box) -> Vault:
    """Open for reading on a disk that refuses every write."""

    def refuse(call: str, path: Path | None) -> None:
        raise AssertionError(f"{call} {path}")

    disk = box.disk.copy()
    disk.before = refuse
    return box.open(disk, read_only=True)


def test_nothing_is_written_and_everything_is_read(filled: tuple[Box, list[str]]) -> None:
    box, ids = filled
    with box.open() as vault:
        held = content(vault)
    with reading(box) as vault:
        assert vault.read_only
        assert content(vault) == held
        assert b"".join(vault.stream_read(ids[2])) == b"three"
        assert vault.ticket(ids[0]).meta == {"n": 2}
        changes: list[Callable[[], Any]] = [
            lambda: vault.put(Kind.SAMPLE, b"", {}),
            lambda: vault.update(ids[0], {}),
            lambda: vault.delete(ids[0]),
            vault.compact,
            lambda: vault.change_passphrase("n", passphrase=PASSPHRASE, kdf=CHEAP),
            lambda: vault.new_recovery_code(passphrase=PASSPHRASE),
        ]
        for change in changes:
            with pytest.raises(ReadOnly, match="reading only"):
                change()
        assert vault.notices == ()
    assert not vault.read_only


def test_an_older_state_can_be_looked_at(filled: tuple[Box, list[str]]) -> None:
    box, ids = filled
    old = box.disk.copy()
    with box.open() as vault:
        vault.put(Kind.SAMPLE, b"newer", {})
    old.write(box.anchor, box.disk.read(box.anchor))
    with pytest.raises(RollbackDetected):
        box.open(old.copy())
    with reading(Box(old, box.code)) as vault:
        assert codes(vault) == ["rollback"]
        assert [entry.id for entry in vault.list()] == ids


def test_what_a_writing_session_refuses_or_repairs_is_told(
    filled: tuple[Box, list[str]],
) -> None:
    box, _ = filled
    good = box.disk.read(box.log)
    cases: list[tuple[Path, bytes, str, int]] = [
        (ROOT / "HEAD", b"rubbish", "head-unreadable", 3),
        (box.anchor, b"rubbish", "anchor-damaged", 3),
        (ROOT / "vault.json", b"rubbish", "header-copy-damaged", 3),
        (box.log, good + b"\1\2", "torn-tail", 3),
        (box.log, good[:48], "catalogue-damaged", 0),
        (box.log, b"", "catalogue-damaged", 0),
        (box.log, good[:60] + bytes([good[60] ^ 1]) + good[61:], "catalogue-damaged", 0),
    ]
    for path, data, code, entries in cases:
        disk = box.disk.copy()
        disk.write(path, data)
        with reading(Box(disk, box.code)) as vault:
            assert code in codes(vault)
            assert len(vault.list()) == entries
    flip(box.disk, box.log, (len(good) - 30) * 8)  # the last record
    box.disk.remove(box.anchor)
    with reading(box) as vault:
        assert codes(vault) == ["rollback", "catalogue-damaged"]
        assert len(vault.list()) == 2


def test_a_lost_head_falls_back_to_an_epoch_that_can_be_read(
    filled: tuple[Box, list[str]],
) -> None:
    box, _ = filled
    first = box.disk.read(box.log)
    with box.open() as vault:
        vault.compact()
    box.disk.write(ROOT / "cat" / "00000003.vvlog", b"rubbish")
    box.disk.write(ROOT / "cat" / "notes.txt", b"hm")
    with reading(box) as vault:
        assert vault.notices == ()
    box.disk.remove(ROOT / "HEAD")
    with reading(box) as vault:
        assert codes(vault) == ["head-unreadable"]
        assert len(vault.list()) == 3
    box.disk.remove(ROOT / "cat" / "00000002.vvlog")
    box.disk.write(box.log, first)
    with reading(box) as vault:
        assert "rollback" in codes(vault)
        assert len(vault.list()) == 3


def test_readers_share_and_exclude_a_writer(tmp_path: Path, on_disk: Callable[..., Vault]) -> None:
    on_disk().close()
    with on_disk(read_only=True), on_disk(read_only=True):
        with pytest.raises(VaultBusy):
            on_disk()
    with on_disk(), pytest.raises(VaultBusy):
        on_disk(read_only=True)
    (tmp_path / "vault" / "lock").unlink()
    with on_disk(read_only=True) as vault:
        assert vault.list() == []
    assert not (tmp_path / "vault" / "lock").exists()


def test_another_epoch_than_heads_is_never_shown_in_silence(
    filled: tuple[Box, list[str]],
) -> None:
    box, ids = filled
    first = box.disk.read(box.log)
    with box.open() as vault:
        vault.put(Kind.SAMPLE, b"newer", {})
        vault.compact()
    box.disk.write(box.log, first)
    box.disk.write(ROOT / "cat" / "00000002.vvlog", b"rubbish")
    box.disk.remove(box.anchor)
    with reading(box) as vault:
        assert codes(vault) == ["rollback"]
        assert [entry.id for entry in vault.list()] == ids


def test_a_head_on_a_bad_sector_does_not_keep_a_reader_out(
    filled: tuple[Box, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    box, ids = filled
    real = box.disk.open_read

    def bad(path: Path) -> int:
        if path.name == "HEAD":
            raise OSError(errno.EIO, "injected")
        return real(path)

    monkeypatch.setattr(box.disk, "open_read", bad)
    with box.open(read_only=True) as vault:
        assert codes(vault) == ["head-unreadable"]
        assert [entry.id for entry in vault.list()] == ids
    with pytest.raises(IoError):
        box.open()


# streams


@pytest.mark.parametrize("size", [0, 1, 65_000, 65_480, 65_481, 200_000])
def test_pieces_make_the_payload(box: Box, size: int) -> None:
    payload = os.urandom(size)
    with box.open() as vault:
        one = vault.put(Kind.CHECKPOINT, payload, {"n": "x" * 500})
        pieces = list(vault.stream_read(one))
        assert b"".join(pieces) == payload
        assert all(0 < len(piece) <= 65_520 for piece in pieces)
    assert box.disk.fds == {}


def test_metadata_longer_than_a_segment(box: Box) -> None:
    with box.open() as vault:
        one = vault.put(Kind.SETTINGS, b"payload", {"long": "x" * 100_000})
        assert list(vault.stream_read(one)) == [b"payload"]


def test_a_cut_or_altered_stream_raises_after_what_was_whole(box: Box) -> None:
    payload = os.urandom(200_000)
    with box.open() as vault:
        one = vault.put(Kind.CHECKPOINT, payload, {})
        path = box.object_path(one)
        good = box.disk.read(path)
        flip(box.disk, path, (8 + 65_536 + 9) * 8)
        got = []
        with pytest.raises(ObjectDamaged) as caught:
            got += [piece for piece in vault.stream_read(one)]  # noqa: C416
        assert caught.value.segment == 1
        box.disk.write(path, good[: 8 + 2 * 65_536])
        with pytest.raises(ObjectDamaged):
            list(vault.stream_read(one))
        box.disk.write(path, b"short")
        with pytest.raises(ObjectDamaged):
            list(vault.stream_read(one))
    assert box.disk.fds == {}


def test_padding_that_is_not_zeros_is_damage(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    from encrypted_store import objects

    real = objects.seal

    def not_zeros(header: Any, key: Any, parts: Any) -> Any:
        return real(header, key, [*parts[:2], b"\1" * len(parts[2])])

    monkeypatch.setattr(objects, "seal", not_zeros)
    with box.open() as vault:
        one = vault.put(Kind.SAMPLE, b"x", {})
        with pytest.raises(ObjectDamaged, match="padding"):
            list(vault.stream_read(one))


def test_a_stream_ends_with_its_vault(box: Box) -> None:
    vault = box.open()
    one = vault.put(Kind.CHECKPOINT, bytes(200_000), {})
    pieces = vault.stream_read(one)
    next(pieces)
    with vault.working("looking") as session:
        (stream,) = session.streams
    vault.close()
    assert stream.closed
    assert not any(stream._key)
    with pytest.raises(VaultLocked):
        next(pieces)
    assert box.disk.fds == {}


def test_a_stream_left_early_gives_its_file_back(box: Box) -> None:
    with box.open() as vault:
        one = vault.put(Kind.CHECKPOINT, bytes(200_000), {})
        open_files = dict(box.disk.fds)
        pieces = vault.stream_read(one)
        next(pieces)
        assert len(box.disk.fds) == len(open_files) + 1
        pieces.close()  # type: ignore[attr-defined]
        assert box.disk.fds == open_files


def test_the_receipt_of_a_deletion() -> None:
    box, vault = new_box(seed="receipt")
    with vault:
        one = vault.put(Kind.SAMPLE, b"12345", {})
        size = len(box.disk.read(box.object_path(one)))
        done = vault.delete(one)
        assert (done.id, done.kind, done.size) == (one, Kind.SAMPLE, 5)
        assert (done.file_bytes, done.t_s) == (size, 1_700_000_000)
        two = vault.put(Kind.SAMPLE, b"x", {})
        box.disk.remove(box.object_path(two))
        assert vault.delete(two).file_bytes == 0
