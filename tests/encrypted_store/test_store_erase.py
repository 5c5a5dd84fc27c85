# SPDX-License-Identifier: GPL-3.0-or-later
"""Erasing a whole vault: keys first, nothing of others, and finished by a second call."""

from __future__ import annotations

import dataclasses
import errno
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from store_box import ANCHORS, PASSPHRASE, ROOT
from store_memfs import MemFs, Node
from store_treefs import SAME_STEPS, TreeBox, TreeFs, crash_at, filled_box, steps_of

from encrypted_store import (
    HeaderDamaged,
    KeychainUnavailable,
    NewerVersion,
    NotAVault,
    ReadOnly,
    Vault,
    VaultBusy,
)
from encrypted_store.care.erase import EraseReport, erase
from encrypted_store.header import Slot

STRIDES = pytest.mark.parametrize("stride", [60, pytest.param(1, marks=pytest.mark.exhaustive)])


class Keys:
    """A keychain that knows what was asked of it."""

    def __init__(self, locked: bool = False) -> None:
        self.removed: list[tuple[str, str]] = []
        self._locked = locked

    def remove(self, vault_id: str, slot_id: str) -> None:
        if self._locked:
            raise KeychainUnavailable("it is locked")
        self.removed.append((vault_id, slot_id))


def closed() -> TreeBox:
    """A vault with everything that can lie in one, and a slot for a keychain."""
    box, vault, _ = filled_box(SAME_STEPS)
    with vault.working("adding a slot") as session:
        slot = Slot(b"\xcc" * 8, "keychain", None, bytes(16), bytes(32), bytes(12), bytes(48))
        session.header = dataclasses.replace(
            session.header, slots=(*session.header.slots, slot), generation=2
        )
        session.write_header([0, 1])
        session.write_anchor()
    vault.close()
    box.disk.write(ROOT / "quarantine" / "tail-1-2-aabbccdd", b"sealed")
    box.disk.write(ROOT / "tmp" / f"HEAD.{'a' * 16}.tmp", b"sealed")
    return box


def wipe(disk: MemFs, **options: Any) -> EraseReport:
    options.setdefault("keychain", Keys())
    return erase(ROOT, io=disk, anchors=ANCHORS, **options)


def test_nothing_is_left() -> None:
    box = closed()
    size = sum(len(data) for name, data in box.disk.under(ROOT).items() if name != "lock")
    anchor, keys = box.anchor, Keys()
    report = wipe(box.disk, keychain=keys)
    assert not box.disk.exists(ROOT)
    assert not box.disk.exists(anchor)
    assert not box.disk.files()
    assert keys.removed == [(anchor.name, "cc" * 8)]
    assert report == EraseReport(
        anchor.name, 2, 3, 1, 3, size, True, 1, (), True, report.caveats
    )  # fmt: skip
    assert len(report.caveats) == 2
    assert report.to_json()["objects"] == 3


def test_headers_go_first_and_are_overwritten() -> None:
    box = closed()
    nodes: dict[str, Node] = dict(box.disk.names[ROOT])
    catalogue = dict(box.disk.names[ROOT / "cat"])
    wrapped = bytes(nodes["vault.json"].data)
    seen: list[str] = []

    def watch(name: str, path: Path | None) -> None:
        if name == "unlink" and path is not None:
            seen.append(path.name)
            if path.name.startswith("vault.json"):
                node = nodes[path.name]
                assert node.durable == bytes(node.data)  # overwritten before its name goes
                assert len(node.data) >= len(wrapped)
                assert b"wrapped" not in node.data

    box.disk.before = watch
    anchor = box.anchor.name
    wipe(box.disk)
    assert seen[:5] == ["vault.json", anchor, "vault.json.2", "HEAD", "00000001.vvlog"]
    assert not any(catalogue["00000001.vvlog"].data[:4096])


def test_progress_ends_at_the_number_of_files() -> None:
    box = closed()
    seen: list[tuple[str, int, int]] = []
    wipe(box.disk, on_progress=lambda stage, done, total: seen.append((stage, done, total)))
    assert seen[0] == ("erase", 0, 7)
    assert seen[-1] == ("erase", 7, 7)


def test_an_open_vault_is_not_erased(tmp_path: Path, on_disk: Callable[..., Vault]) -> None:
    with on_disk() as vault:
        with pytest.raises(VaultBusy):
            erase(tmp_path / "vault", anchors=tmp_path / "anchors")
        assert vault.list() == []
    report = erase(tmp_path / "vault", anchors=tmp_path / "anchors")
    assert report.complete
    assert list(tmp_path.iterdir()) == [tmp_path / "anchors"]
    assert list((tmp_path / "anchors").iterdir()) == []


@pytest.mark.parametrize("keychain", [None, Keys(locked=True)])
def test_a_keychain_that_is_not_at_hand_is_said(keychain: Keys | None) -> None:
    box = closed()
    report = wipe(box.disk, keychain=keychain)
    assert report.keychain == 0
    assert report.complete
    assert any("cc" * 8 in caveat for caveat in report.caveats)


def test_an_anchor_that_cannot_go_is_said() -> None:
    box = closed()
    anchor = box.anchor

    def stuck(name: str, path: Path | None) -> None:
        if path == anchor:
            raise OSError(errno.EACCES, "permission denied")

    box.disk.before = stuck
    report = wipe(box.disk)
    assert not report.anchor
    assert any("anchor" in caveat for caveat in report.caveats)
    assert not box.disk.exists(ROOT)


def test_a_vault_without_an_anchor() -> None:
    box = closed()
    box.disk.remove(box.anchor)
    assert not wipe(box.disk).anchor


def test_foreign_files_stay_and_are_named() -> None:
    box = closed()
    mine = {
        "letter.txt", "cat/letter.txt", "obj/letter.txt", "obj/aa/letter.txt", "tmp/letter.txt",
        f"obj/aa/{'b' * 32}.vvo",
    }  # fmt: skip
    for name in mine:
        box.disk.make_dir((ROOT / name).parent)
        box.disk.write(ROOT / name, b"mine")
    box.disk.make_dir(ROOT / "photos")
    box.disk.write(ROOT / "photos" / "cat.jpg", b"mine")
    report = wipe(box.disk)
    assert report.complete
    assert set(report.foreign) == mine | {"photos"}
    assert set(box.disk.under(ROOT)) == mine | {"photos/cat.jpg"}


def test_links_are_not_followed(tmp_path: Path, on_disk: Callable[..., Vault]) -> None:
    """A planted link must not lead the erasing into somebody's documents."""
    on_disk().close()
    vault, home = tmp_path / "vault", tmp_path / "home"
    for folder, name in (
        ("quarantine", "letter.txt"), ("tmp", f"a.{'0' * 16}.tmp"), ("cat", "00000007.vvlog"),
        ("obj/ab", f"{'ab' * 16}.vvo"),
    ):  # fmt: skip
        (home / folder).mkdir(parents=True)
        (home / folder / name).write_text("mine")
    for folder in ("quarantine", "tmp", "obj/ab"):
        (vault / folder).rmdir()
        (vault / folder).symlink_to(home / folder)
    (vault / "cat" / "00000009.vvlog").symlink_to(home / "cat" / "00000007.vvlog")
    (vault / "obj" / "cd" / f"{'cd' * 16}.vvo").mkdir()
    report = erase(vault, anchors=tmp_path / "anchors")
    assert set(report.foreign) == {"quarantine", "tmp", "obj/ab", f"obj/cd/{'cd' * 16}.vvo"}
    assert all((home / folder).is_dir() for folder in ("quarantine", "tmp", "obj/ab"))
    assert sum(path.read_text() == "mine" for path in home.rglob("*") if path.is_file()) == 4
    assert not list((vault / "cat").iterdir()) if (vault / "cat").exists() else True


def test_a_linked_objects_folder_is_left(tmp_path: Path, on_disk: Callable[..., Vault]) -> None:
    on_disk().close()
    vault = tmp_path / "vault"
    (vault / "obj").rename(tmp_path / "objects")
    (vault / "obj").symlink_to(tmp_path / "objects")
    report = erase(vault, anchors=tmp_path / "anchors")
    assert report.foreign == ("obj",)
    assert len(list((tmp_path / "objects").iterdir())) == 256
    with pytest.raises(NotAVault):  # what is left is not recognised through the link
        erase(vault, anchors=tmp_path / "anchors")


def test_a_file_in_place_of_a_folder_is_left(tmp_path: Path, on_disk: Callable[..., Vault]) -> None:
    on_disk().close()
    (tmp_path / "vault" / "tmp").rmdir()
    (tmp_path / "vault" / "tmp").write_text("mine")
    erase(tmp_path / "vault", anchors=tmp_path / "anchors")
    assert (tmp_path / "vault" / "tmp").read_text() == "mine"


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["letter.txt"],
        ["vault.json", "letter.txt"],
        ["HEAD", "lock", "objects/ab/cd"],
        ["obj/Debug/a.dll", "HEAD"],
        ["obj/aa/x", "tmp/x", "HEAD"],
        ["obj/aa/x", "obj/Release/x"],
        ["cat/00000001.vvlog", "HEAD", "lock", "tmp/x", "quarantine/x"],
    ],
)
def test_other_folders_are_refused(names: list[str]) -> None:
    disk = TreeFs()
    disk.make_dir(ROOT)
    for name in names:
        disk.make_dir((ROOT / name).parent)
        disk.write(ROOT / name, b"mine")
    before = disk.files()
    with pytest.raises(NotAVault):
        wipe(disk)
    assert disk.files() == before
    assert disk.list_dir(ROOT) == sorted({name.split("/")[0] for name in names})


def test_a_newer_vault_is_left_alone() -> None:
    box = closed()
    import hashlib

    body = b'{"format":"voicevault/2"}'
    digest = hashlib.sha256(body).hexdigest().encode()
    box.disk.write(ROOT / "vault.json", b"\n".join([body, digest, b"0" * 64, b""]))
    with pytest.raises(NewerVersion):
        wipe(box.disk)


def test_rotten_headers_are_no_hindrance() -> None:
    """The layout is recognised; only the ways out of the folder are lost."""
    box = closed()
    for name in ("vault.json", "vault.json.2"):
        box.disk.write(ROOT / name, b"rot")
    report = wipe(box.disk)
    assert (report.vault_id, report.anchor, report.complete) == (None, False, True)
    assert any("no header" in caveat for caveat in report.caveats)
    assert not box.disk.exists(ROOT)


def test_one_header_is_enough() -> None:
    box = closed()
    box.disk.remove(ROOT / "vault.json.2")
    report = wipe(box.disk)
    assert (report.headers, report.anchor, report.keychain) == (1, True, 1)


def test_a_forged_rest_does_not_lead_astray() -> None:
    box = closed()
    box.disk.write(ROOT / "vault.json", b"voicevault/1 erased ../../home\n")
    box.disk.remove(ROOT / "vault.json.2")
    report = wipe(box.disk)
    assert report.vault_id is None
    assert not report.anchor
    assert box.disk.exists(ANCHORS)


def test_a_disk_that_cannot_be_written_keeps_the_vault() -> None:
    box = closed()

    def denied(name: str, path: Path | None) -> None:
        if name == "write":
            raise OSError(errno.EROFS, "read-only file system")

    before = box.disk.under(ROOT)
    box.disk.before = denied
    with pytest.raises(ReadOnly):
        wipe(box.disk)
    assert box.disk.under(ROOT).keys() == before.keys()


def test_a_half_erased_vault_does_not_open() -> None:
    box = closed()
    steps = steps_of(box.disk.copy(), lambda: None, folders=True)
    assert steps == []

    def dies(name: str, path: Path | None) -> None:
        if name == "unlink" and path == box.anchor:
            raise KeyboardInterrupt

    box.disk.before = dies
    with pytest.raises(KeyboardInterrupt):
        wipe(box.disk)
    box.disk.before = lambda name, path: None
    with pytest.raises(HeaderDamaged):
        Vault.open(ROOT, passphrase=PASSPHRASE, io=box.disk, anchors=ANCHORS)


@STRIDES
def test_death_at_any_step_is_finished_by_a_second_call(stride: int) -> None:
    box = closed()
    steps = steps_of(box.disk, lambda: wipe(box.disk), folders=True)
    chosen = {*steps[:26], *steps[::stride], *steps[-4:]}
    whole = closed()
    for step in sorted(chosen):
        disk = whole.disk.copy()
        assert isinstance(disk, TreeFs)
        assert crash_at(disk, step, partial(wipe, disk))
        for rest in (disk.copy(), disk.after_power_loss()):
            keys = Keys()
            if not rest.exists(ROOT):
                continue
            try:
                report = wipe(rest, keychain=keys)
            except NotAVault:
                assert rest.list_dir(ROOT) == []  # an empty folder is anybody's
                continue
            assert report.complete
            assert not rest.files()
            assert not rest.exists(ROOT)
