# SPDX-License-Identifier: GPL-3.0-or-later
"""Checking a vault: every kind of fault is found, named, and nothing is written."""

from __future__ import annotations

import errno
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from store_box import PASSPHRASE, ROOT
from store_faults import (
    FAULTS,
    LARGE,
    LOG,
    SECRETS,
    as_tree,
    check_on,
    codes,
    damaged,
    make_vault,
    open_on,
)
from store_treefs import COPY, ELSEWHERE, TAR, TreeFs, filled_box
from test_store_header import rechecked

from encrypted_store import (
    Fsio,
    KdfParams,
    Kind,
    NotAVault,
    PassphraseInvalid,
    Vault,
    VaultBusy,
    VaultError,
    WrongPassphrase,
)
from encrypted_store.care.backup import backup
from encrypted_store.care.check import check, check_folder
from encrypted_store.care.examine import salvage, unlisted_op
from encrypted_store.care.progress import Stopped
from encrypted_store.care.report import Counts
from encrypted_store.keys import KeyName
from encrypted_store.objects import padme
from encrypted_store.stream import stream_size


@pytest.mark.parametrize("full", [False, True], ids=["quick", "full"])
@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_found_and_nothing_is_written(name: str, full: bool) -> None:
    box, fault = damaged(name), FAULTS[name]
    before = box.disk.files()
    report = check_on(box.disk, full=full)
    expected = fault.full if full else fault.quick
    assert sorted(codes(report)) == sorted(expected)
    harmless = fault.ok or not expected
    assert report.ok == harmless, codes(report)
    assert box.disk.files() == before


def test_a_whole_vault() -> None:
    box = make_vault()
    report = check_on(box.disk, full=True)
    assert codes(report, "ok") == [
        "header-ok",
        "head-ok",
        "anchor-ok",
        "catalogue-ok",
        "objects-ok",
    ]
    sealed = sum(len(box.disk.read(box.path(one))) for one in (box.small, box.large, box.edited))
    assert report.counts == Counts(3, 3, 0, 0, 0, sealed, 7, 1)
    quick = check_on(box.disk)
    assert quick.counts == replace(report.counts, bytes_verified=0)
    assert report.full
    assert not quick.full


def test_the_report_is_plain_json_in_a_stable_order() -> None:
    box = make_vault()
    for name in ("object cut", "object missing", "unlisted garbage", "foreign file in cat"):
        FAULTS[name].make(box)
    reports = [check_on(as_tree(box.disk), full=True) for _ in range(2)]
    plain = [{**report.to_json(), "seconds": 0} for report in reports]
    assert plain[0] == plain[1]
    assert json.loads(json.dumps(plain[0])) == plain[0]
    assert plain[0]["ok"] is False
    found = [(one["code"], one["subject"]) for one in plain[0]["findings"] if one["level"] != "ok"]
    assert found == [
        ("object-damaged", box.large),
        ("object-missing", box.edited),
        ("unlisted-damaged", box.extra),
        ("foreign-file", "cat/notes"),
    ]
    assert plain[0]["counts"] == {
        "objects": 3, "whole": 1, "damaged": 1, "missing": 1, "unlisted": 1, "records": 7,
        "bytes_verified": len(box.disk.read(box.path(box.small))), "tombstones": 1,
    }  # fmt: skip
    assert "the other 1 listed objects are whole" in plain[0]["findings"][4]["advice"]


def test_what_is_said_of_the_vault_holds_no_metadata() -> None:
    box = make_vault()
    for name in ("object cut", "object missing", "log flipped", "HEAD missing"):
        FAULTS[name].make(box)
    text = json.dumps(check_on(box.disk, full=True).to_json())
    assert "xxxx" not in text
    assert "second" not in text.replace('"seconds"', "")


def edited(data: bytes, old: bytes, new: bytes) -> bytes:
    """A header whose checksum was made right after a change."""
    return rechecked(data.split(b"\n")[0].replace(old, new), data)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[:9] + b"0" + data[10:],
        lambda data: edited(data, b'"generation":1', b'"generation":2'),
        lambda data: edited(data, b"voicevault/1", b"voicevault/2"),
        lambda data: edited(data, b'"t":1', b'"t":65'),
    ],
)  # fmt: skip
def test_a_vault_that_does_not_open_is_one_fatal_finding(change: Callable[[bytes], bytes]) -> None:
    box = make_vault()
    for name in ("vault.json", "vault.json.2"):
        box.change(ROOT / name, change)
    with pytest.raises(VaultError) as caught:
        open_on(box.disk)
    report = check_on(box.disk)
    (finding,) = report.findings
    assert (finding.code, finding.level) == (caught.value.code, "fatal")
    assert finding.advice
    assert not report.ok
    assert report.counts == Counts()


def test_what_says_nothing_about_the_vault_is_raised(on_disk: Callable[..., Vault]) -> None:
    box = make_vault()
    for options, error in (
        ({"passphrase": "wrong"}, WrongPassphrase),
        ({"passphrase": ""}, PassphraseInvalid),
    ):
        with pytest.raises(error):
            check_on(box.disk, **options)
    with pytest.raises(NotAVault):
        check_folder(ROOT / "obj", io=box.disk, **SECRETS)
    with on_disk() as vault:
        with pytest.raises(VaultBusy):
            check_folder(vault.path, **SECRETS)
        assert check(vault).ok
    assert check_folder(vault.path, full=True, **SECRETS).counts.objects == 0


def test_a_record_of_a_newer_program() -> None:
    box = make_vault()
    with open_on(box.disk) as vault, vault.working("forging") as session:
        session.writer.append({"op": "sparkle", "x": 1})
        session.write_anchor()
        vault.close(compact=False)
    assert codes(check_on(box.disk)) == ["NewerVersion"]


def test_records_that_contradict_each_other() -> None:
    box = make_vault()
    with open_on(box.disk) as vault, vault.working("forging") as session:
        session.writer.append({"op": "del", "id": "ab" * 16, "t": 1})
        session.write_anchor()
        vault.close(compact=False)
    report = check_on(box.disk)
    assert codes(report) == ["catalogue-damaged"]
    assert report.counts.records == 7


def live_key(vault: Vault) -> bytes:
    with vault.working("looking") as session:
        return bytes(session.keys.view(KeyName.SEGMENT))


def test_a_log_that_changes_under_an_open_vault() -> None:
    box = make_vault()
    with open_on(box.disk) as vault:
        vault.update(box.small, {})
        assert check(vault, full=True).ok
        good = box.disk.read(LOG)
        node = box.disk.names[LOG.parent][LOG.name]
        key = live_key(vault)
        for data, found in (
            (good[:-100], ["torn-tail", "rollback", "catalogue-changed"]),
            (good[:5] + b"x" + good[6:], ["catalogue-damaged"]),
            (good[:60] + b"x" + good[61:], ["catalogue-damaged"]),
            (b"", ["catalogue-damaged"]),
            (good[:20] + b"xyz" + good[23:], ["catalogue-damaged"]),  # another segment key
        ):
            node.data[:] = data
            assert sorted(codes(check(vault))) == sorted(found)
            assert live_key(vault) == key
        node.data[:] = good
        vault.update(box.small, {"still": "works"})
        assert check(vault).ok
    with open_on(box.disk) as vault:
        assert vault.entry(box.small).meta == {"still": "works"}


def failing(disk: TreeFs, monkeypatch: pytest.MonkeyPatch, call: str, *paths: Path) -> None:
    real = getattr(disk, call)

    def fail(path: Path) -> Any:
        if path in paths:
            raise OSError(errno.EIO, "I/O error", str(path))
        return real(path)

    monkeypatch.setattr(disk, call, fail)


def test_a_medium_that_cannot_read(monkeypatch: pytest.MonkeyPatch) -> None:
    box = make_vault()
    with open_on(box.disk, read_only=True) as vault:
        files = [ROOT / "vault.json", ROOT / "HEAD", LOG, box.box.anchor, box.path(box.small)]
        failing(box.disk, monkeypatch, "open_read", *files)
        failing(box.disk, monkeypatch, "list_dir", ROOT / "obj")
        for full in (False, True):
            report = check(vault, full=full)
            assert codes(report) == [
                "header-copy-damaged", "head-unreadable", "anchor-damaged", "catalogue-damaged",
                "object-damaged", "folder-unreadable",
            ]  # fmt: skip
            assert report.counts.whole == 2
    assert codes(check_on(box.disk)) == ["IoError"]


def test_a_take_deleted_while_the_check_runs() -> None:
    box = make_vault()
    with open_on(box.disk) as vault:

        def on_progress(stage: str, done: int, total: int) -> None:
            if done == 1:
                vault.delete(box.large)

        report = check(vault, on_progress=on_progress)
        assert report.ok
        assert report.counts.whole == 2


def test_progress_and_stopping() -> None:
    box = make_vault()
    told: list[tuple[str, int, int]] = []
    check_on(box.disk, full=True, on_progress=lambda *what: told.append(what))
    total = 5 + 6 + len(LARGE)
    assert told == [("check", done, total) for done in (0, 5, 5 + len(LARGE), total)]
    asked: list[int] = []
    with pytest.raises(Stopped):
        check_on(box.disk, stop=lambda: asked.append(1) or len(asked) == 2)
    assert len(asked) == 2


def test_unlisted_files_of_a_broken_catalogue_may_be_takes() -> None:
    box = damaged("unlisted and flipped")
    assert codes(check_on(box.disk, full=True), "note") == ["unlisted-damaged"]
    FAULTS["log flipped"].make(box)
    assert codes(check_on(box.disk, full=True), "bad") == ["unlisted-damaged"]


def test_stopping_among_unlisted_files() -> None:
    box = damaged("unlisted object")
    asked: list[int] = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 3

    with pytest.raises(Stopped):
        check_on(box.disk, full=True, stop=stop)


def test_no_object_key_stays_behind() -> None:
    box = damaged("object flipped")
    FAULTS["unlisted object"].make(box)
    with open_on(box.disk, read_only=True) as vault, vault.working("looking") as session:
        single = session.keys.view(KeyName.SINGLE)
        assert salvage(session, box.large, Kind.CHECKPOINT, keep=False).verified
        assert not any(single)
        assert unlisted_op(session, box.extra, box.path(box.extra))
        assert not any(single)
        del single


def test_a_tar_and_a_backup_are_checked_where_they_are() -> None:
    box, vault, _ = filled_box()
    backup(vault, TAR)
    backup(vault, COPY)
    vault.update(vault.list()[0].id, {"later": True})
    vault.close()
    for place in (TAR, COPY):
        report = check_folder(place, io=box.disk, full=True, **(SECRETS | {"anchors": ELSEWHERE}))
        assert report.ok
        assert codes(report) == ["anchor-absent"]
        assert report.counts.whole == 3
    data = box.disk.read(TAR)
    assert codes(check_folder(COPY, io=box.disk, **SECRETS)) == ["rollback"]
    box.disk.write(TAR, data[: len(data) // 2])
    assert codes(check_folder(TAR, io=box.disk, **SECRETS)) == ["HeaderDamaged"]


def test_the_exact_size_of_a_file_is_no_secret() -> None:
    """A file of a size that no object of this length has is seen without decrypting."""
    box = make_vault()
    whole = box.disk.read(box.path(box.large))
    for size, found in ((len(whole) - 1, 1), (len(whole), 0), (8 + 40 + 512 + 16, 1)):
        box.disk.write(box.path(box.large), whole[:size])
        assert len(codes(check_on(box.disk))) == found
    larger = stream_size(padme(2**21)) + 8
    box.disk.write(box.path(box.small), box.disk.read(box.path(box.small)).ljust(larger, b"\0"))
    assert codes(check_on(box.disk)) == ["object-damaged", "object-damaged"]


def test_unlisted_objects_that_are_not_what_they_seem() -> None:
    box = make_vault()
    with open_on(box.disk) as vault, vault.working("forging") as session:
        for n, (kind, meta) in enumerate(
            ((99, b"{}"), (1, b"{ }"), (1, b'{"m":"' + b"x" * (2**20 - 8) + b'"}'), (1, b"{}"))
        ):
            session.write_object(f"{n:032x}", kind, meta, memoryview(b"x"))
    with open_on(box.disk, read_only=True) as vault, vault.working("reading") as session:
        found = [
            unlisted_op(session, f"{n:032x}", session.paths.object(f"{n:032x}")) for n in range(4)
        ]
    assert [one is not None for one in found] == [False, False, False, True]


@pytest.mark.bench
def test_ten_thousand_entries(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """How long a quick check takes; and a full one against reading the same files."""
    vault, _ = Vault.create(
        tmp_path / "v", PASSPHRASE, kdf=KdfParams.for_tests(), anchors=tmp_path / "a", io=Hasty()
    )
    with vault:
        for n in range(10_000):
            vault.put(Kind.SAMPLE, b"%d" % n * 300, {"text": f"take {n}", "n": n})
        start_s = time.monotonic()
        assert check(vault).ok
        quick_s = time.monotonic() - start_s
        start_s = time.monotonic()
        assert check(vault, full=True).ok
        full_s = time.monotonic() - start_s
        for _ in range(40):
            vault.put(Kind.CHECKPOINT, LARGE * 100, {})
        start_s = time.monotonic()
        size = sum(len(path.read_bytes()) for path in (tmp_path / "v/obj").rglob("*.vvo"))
        read_s = time.monotonic() - start_s
        start_s = time.monotonic()
        report = check(vault, full=True)
        large_s = time.monotonic() - start_s
        assert report.counts.bytes_verified == size
    with capsys.disabled():
        print(
            f"\nquick, 10,000 entries: {quick_s:.2f} s; full: {full_s:.2f} s; full, "
            f"{size / 1e6:.0f} MB: {large_s:.2f} s, of that small ones {full_s:.2f} s, "
            f"large ones {40 * 15 / (large_s - full_s):.0f} MB/s; reading alone {read_s:.2f} s"
        )


class Hasty(Fsio):
    """Skips flushes: only the check is measured."""

    def durable(self, fd: int) -> None:
        return

    def durable_dir(self, path: Path) -> None:
        return


def test_a_full_check_announces_each_object_once_and_ahead(
    on_disk: Callable[..., Vault], monkeypatch: pytest.MonkeyPatch
) -> None:
    announced: list[str] = []
    real = Fsio.will_read

    def note(io: Fsio, path: Path) -> None:
        announced.append(path.stem)
        real(io, path)
        real(io, path.with_name("missing"))  # a hint never fails

    monkeypatch.setattr(Fsio, "will_read", note)
    with on_disk() as vault:
        ids = [vault.put(Kind.SAMPLE, b"x" * n, {}) for n in range(7)]
        assert check(vault, full=True).ok
        assert announced == ids[4:]
        assert check(vault).ok
        assert announced == ids[4:]
