# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking after a vault on the command line: new secrets, damage, repair, and deletion."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from encrypted_store import KdfParams, Kind, Vault
from voicevault import cli, custody, forgetting
from voicevault.events import Progress
from voicevault.runs import DONE, RunBook

OLD, NEW = "the first words", "some other words"


class Shell:
    """Commands in a folder of their own, with secrets on descriptors; run in this process."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture

    def __call__(
        self, *words: str, secret: str = OLD, new: str = "", code: int = 0, fd: str = "passphrase"
    ) -> str:
        given = [_line(secret), _line(new)]
        self._capture.readouterr()
        try:
            line = ["--vault", "V", f"--{fd}-fd", str(given[0]), *words]
            ended = cli.run([str(given[1]) if word == "NEW" else word for word in line])
        finally:
            for one in given:
                os.close(one)
        told = self._capture.readouterr()
        assert ended == code, f"{words}\n{told.out}{told.err}"
        return told.out if code == 0 else told.out + told.err


def _line(text: str) -> int:
    """A descriptor with one line to read."""
    read, write = os.pipe()
    os.write(write, text.encode() + b"\n")
    os.close(write)
    return read


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Shell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr("sys.stdin", io.StringIO())
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "VOICEVAULT_VAULT", "VOICEVAULT_ANCHORS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(KdfParams, "calibrate", classmethod(lambda cls: KdfParams(65_536, 1, 1)))
    made = Shell(capfd)
    made("vault", "create", "--kdf-memory", "64")
    return made


def test_a_new_passphrase_and_a_forgotten_one(shell: Shell) -> None:
    code = json.loads(shell("vault", "slots", "--new-recovery-code", "--json"))["recovery_code"]
    shell("vault", "passwd", "--new-passphrase-fd", "NEW", new=NEW)
    assert "passphrase" in shell("vault", "status", code=3)
    shell("vault", "status", secret=NEW)
    forgotten = ("vault", "passwd", "--new-passphrase-fd", "NEW")
    shell(*forgotten, secret=code, new="a third try", fd="recovery")
    shell("vault", "status", secret=NEW, code=3)
    shell("vault", "status", secret="a third try")


def test_a_second_passphrase_is_added_and_removed(shell: Shell) -> None:
    shell("vault", "slots", "--add-passphrase", "--new-passphrase-fd", "NEW", new=NEW)
    listed = json.loads(shell("vault", "slots", "--json", secret=NEW))["slots"]
    first = next(one["id"] for one in listed if one["type"] == "passphrase")
    shell("vault", "slots", "--remove", first[:6], secret=NEW)
    shell("vault", "status", code=3)
    refused = shell("vault", "slots", "--remove", listed[-1]["id"], secret=NEW, code=2)
    assert "a vault needs one" in refused


def test_a_new_master_key(shell: Shell, tmp_path: Path) -> None:
    before = (tmp_path / "V" / "vault.json").read_bytes()
    said = shell("vault", "rotate", "--new-passphrase-fd", "NEW", new=NEW)
    assert "under a new key" in said
    assert (tmp_path / "V" / "vault.json").read_bytes() != before
    shell("vault", "status", code=3)
    shell("vault", "status", secret=NEW)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["V", "home"]


def test_a_damaged_vault_is_explained_and_repaired(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "V" / "HEAD").write_bytes(b"rubbish")
    assert "vault check" in shell("vault", "status", code=4)
    assert "repair renews it" in shell("vault", "check", code=4)
    printed = shell("vault", "check", "--json", code=4)
    assert json.loads(printed[: printed.rindex("}") + 1])["ok"] is False
    assert "takes" in shell("--read-only", "vault", "status")
    assert "would" in shell("vault", "repair", "--dry-run")
    assert (tmp_path / "V" / "HEAD").read_bytes() == b"rubbish"
    assert "now   whole" in shell("vault", "repair", "--yes")
    assert "whole" in shell("vault", "check", "--full")


def test_a_bad_recording_is_put_back_from_a_backup(shell: Shell, tmp_path: Path) -> None:
    anchors = next((tmp_path / "home").rglob("anchors"))
    with Vault.open(tmp_path / "V", passphrase=OLD, anchors=anchors) as vault:
        one = vault.put(Kind.SAMPLE, b"speech" * 100, {"type": "something"})
    shell("vault", "backup", "B.tar")
    path = tmp_path / "V" / "obj" / one[:2] / f"{one}.vvo"
    path.write_bytes(path.read_bytes()[:-1])
    assert "whole" in shell("vault", "check", "--full", code=4)
    assert "put back 1 objects" in shell("vault", "repair", "--from", "B.tar", "--yes")
    assert "whole" in shell("vault", "check", "--full")
    path.unlink()
    assert one in shell("vault", "repair", "--from", "B.tar", "--yes", "--json")
    shell("vault", "check", "--full")
    shell("vault", "repair", "--from", "nowhere", code=2)


def test_an_older_state_leaves_the_owner_three_ways(shell: Shell, tmp_path: Path) -> None:
    shell("vault", "backup", "B")
    anchor = next((tmp_path / "home").rglob("anchors/*"))
    newest = anchor.read_bytes()
    shell("vault", "erase", "--yes")
    shell("vault", "restore", "B")
    anchor.write_bytes(newest)
    said = shell("vault", "status", code=4)
    assert "--read-only" in said
    assert "--accept-rollback" in said
    shell("--read-only", "vault", "status")
    shell("vault", "status", code=4)
    shell("--accept-rollback", "vault", "status")
    shell("vault", "status")


# deletion, with its receipt


def vault_with_runs(root: Path) -> tuple[Vault, RunBook, list[str]]:
    vault, _ = Vault.create(root / "V", OLD, kdf=KdfParams.for_tests(), anchors=root / "a")
    takes = [vault.put(Kind.SAMPLE, b"speech", {"type": "take", "n": n}) for n in range(2)]
    runs = RunBook(vault)
    vault.put(Kind.FEATURES, b"mel", {"type": "features", "derived_from": [takes[0]]})
    vault.put(Kind.SAMPLE, b"made", {"type": "synthetic", "derived_from": takes})
    vault.put(Kind.FEATURES, b"mel", {"type": "features", "derived_from": [takes[1]]})
    for name, learned in (("both", takes), ("other", takes[1:])):
        run = runs.begin(name, {}, dict.fromkeys(learned, "train"))
        runs.keep(run, Kind.CHECKPOINT, "checkpoint", b"state", step=1)
    done = runs.begin("finished", {}, dict.fromkeys(takes, "train"))
    runs.keep(done, Kind.MODEL, "voice", b"onnx")
    runs.change(done, status=DONE)
    return vault, runs, takes


def test_a_take_goes_with_everything_made_of_it(tmp_path: Path) -> None:
    vault, runs, takes = vault_with_runs(tmp_path)
    with vault:
        receipt = forgetting.forget_take(vault, runs, takes[0], with_voices=False)
        what = sorted(item.what for item in receipt.destroyed)
        assert what == ["checkpoint", "features", "synthetic", "take"]
        assert receipt.destroyed[0].id == takes[0]
        assert all(item.bytes > 0 for item in receipt.destroyed)
        (voice,) = receipt.voices
        assert "finished" in voice
        assert any("flash" in caveat for caveat in receipt.caveats)
        left = sorted(str(entry.meta["type"]) for entry in vault.list())
        assert left == ["checkpoint", "features", "run", "run", "run", "take", "voice"]
        assert json.loads(json.dumps(receipt.to_json()))["take_id"] == takes[0]


def test_the_voices_go_too_when_asked(tmp_path: Path) -> None:
    vault, runs, takes = vault_with_runs(tmp_path)
    with vault:
        receipt = forgetting.forget_take(vault, runs, takes[0], with_voices=True)
        assert receipt.voices == ()
        assert {item.what for item in receipt.destroyed} >= {"voice", "run", "take"}
        assert [run.recipe for run in runs.all()] == ["both", "other"]
    names = [path.name for path in (tmp_path / "V" / "obj").rglob("*.vvo")]
    assert not {f"{item.id}.vvo" for item in receipt.destroyed} & set(names)


def test_an_interrupted_deletion_leaves_the_take_to_be_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault, runs, takes = vault_with_runs(tmp_path)
    with vault:
        real, count = vault.delete, 0

        def dying(object_id: str) -> object:
            nonlocal count
            count += 1
            if count == 3:
                raise KeyboardInterrupt
            return real(object_id)

        monkeypatch.setattr(vault, "delete", dying)
        with pytest.raises(KeyboardInterrupt):
            forgetting.forget_take(vault, runs, takes[0], with_voices=False)
        monkeypatch.undo()
        assert takes[0] in {entry.id for entry in vault.list()}
        again = forgetting.forget_take(vault, runs, takes[0], with_voices=False)
        assert [item.what for item in again.destroyed] == ["take", "checkpoint"]


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux what it set")
def test_the_command_line_hardens_itself_first() -> None:
    script = """
import ctypes, resource
from voicevault import cli
def run():
    print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
cli.run = run
cli.main()
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "(0, 0) 0\n"


def test_progress_tells_the_time_left_of_all_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 0.0
    monkeypatch.setattr("voicevault.custody.time.monotonic", lambda: now_s)
    told: list[Progress] = []
    tell = custody._told(told.append, ("copy", "verify"))
    assert tell is not None
    tell("copy", 0, 0)  # nothing to do is nothing to tell
    now_s = 10.0
    tell("copy", 1_000, 2_000)
    now_s = 30.0
    tell("verify", 1_000, 2_000)
    assert [(one.stage, one.done, one.total, one.eta_s) for one in told] == [
        ("copy", 50, 100, 30.0),
        ("verify", 50, 100, 10.0),
    ]
    assert custody._told(None) is None
