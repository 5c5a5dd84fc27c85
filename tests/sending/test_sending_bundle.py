# SPDX-License-Identifier: GPL-3.0-or-later
"""An exported voice as one thing: the zip is flat and exact, and a wrong folder makes none."""

from __future__ import annotations

import hashlib
import io
import json
import socket
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sent_voices import INFO, KEY, NAME, exported, write

from encrypted_store import KdfParams, Kind, Vault
from voicevault import bundle, egress, jobs, leaving, sending
from voicevault.errors import Cancelled, ExportFailed, Refused
from voicevault.export.ownership import fingerprint, public_key
from voicevault.export.verify import FolderReport, ManifestCheck, RuntimeResult
from voicevault.runs import DONE, RunBook
from voicevault.service import Studio


def test_the_zip_holds_the_files_and_nothing_else(tmp_path: Path) -> None:
    folder = write(tmp_path / "D", exported())
    (folder / "diary.txt").write_text("not part of it")
    made = bundle.from_folder(folder)
    with zipfile.ZipFile(io.BytesIO(made.zipped())) as archive:
        assert archive.testzip() is None
        found = {one.filename: archive.read(one) for one in archive.infolist()}
    assert found == exported()
    assert not any("/" in name for name in found)
    assert made.zip_name == "en_US-toy-medium.zip"


def test_the_same_voice_gives_the_same_bytes(tmp_path: Path) -> None:
    folder = write(tmp_path / "D", exported())
    model = folder / f"{NAME}.onnx"
    assert bundle.from_folder(model).zipped() == bundle.from_files(exported()).zipped()


def test_the_ownership_record(tmp_path: Path) -> None:
    record = bundle.from_files(exported()).ownership
    assert (record.voice, record.run, record.recipe) == (NAME, INFO.run, "tts_quick")
    assert record.consent == INFO.consent.sentence() if INFO.consent else ""
    assert "2026-01-01" in record.consent
    assert "cd" * 32 in record.consent
    assert (record.base_sha256, record.licence) == ("ab" * 32, INFO.licence)
    assert record.key == fingerprint(public_key(KEY))
    assert (record.teachers, record.commercial) == (INFO.teachers, False)
    assert {one.name: one.byte_count for one in record.files}[f"{NAME}.onnx"] == 3000


def test_an_unsigned_voice_says_so() -> None:
    assert bundle.from_files(exported(key=None)).ownership.key == ""


@pytest.mark.parametrize("name", [f"{NAME}.onnx", "tokens.txt", "manifest.json"])
def test_a_changed_folder_is_none(tmp_path: Path, name: str) -> None:
    folder = write(tmp_path / "D", exported())
    (folder / name).write_bytes((folder / name).read_bytes().replace(b"_ 0", b"_ 1") + b" ")
    with pytest.raises(ExportFailed):
        bundle.from_folder(folder)


def test_a_changed_signature_is_none(tmp_path: Path) -> None:
    folder = write(tmp_path / "D", exported())
    (folder / "manifest.sig").unlink()
    with pytest.raises(ExportFailed, match=r"manifest\.sig is missing"):
        bundle.from_folder(folder)


def test_a_voice_without_a_manifest_or_a_consent_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "D", exported())
    (folder / "manifest.json").unlink()
    with pytest.raises(Refused, match="nothing says whose voice"):
        bundle.from_folder(folder)
    with pytest.raises(Refused, match="nothing of a consent"):
        bundle.from_files(exported(consent=False))


def test_files_that_change_between_check_and_reading_are_seen() -> None:
    files = exported()
    with pytest.raises(ExportFailed, match=f"{NAME}.onnx"):
        bundle.from_files(files | {f"{NAME}.onnx": b"another one"})
    with pytest.raises(ExportFailed, match="diary"):
        bundle.from_files(files | {"diary.txt": b""})
    with pytest.raises(ExportFailed, match="cannot be read"):
        bundle.from_files({})


@pytest.mark.parametrize(
    "change",
    [
        {"voice": "../../evil"},
        {"files": {"../evil": {"sha256": "", "bytes": 0}}},
        {"files": []},
        {"format": "other/1"},
        {"voice": "en_US-other-low"},
    ],
)
def test_a_strangers_manifest_leads_nowhere(change: dict[str, Any]) -> None:
    files = exported()
    content = json.loads(files["manifest.json"]) | change
    with pytest.raises(ExportFailed):
        bundle.from_files(files | {"manifest.json": json.dumps(content).encode()})


@pytest.mark.parametrize("name", ["../evil", "a/b", "/etc/passwd", "a\\b", ""])
def test_a_name_that_leads_out_of_the_zip_is_none(name: str) -> None:
    files = exported() | {name: b"here it is"}
    content = json.loads(files["manifest.json"])
    mark = {"sha256": hashlib.sha256(b"here it is").hexdigest(), "bytes": 10}
    content["files"][name] = mark
    with pytest.raises(ExportFailed):
        bundle.from_files(files | {"manifest.json": json.dumps(content).encode()})
    del content["files"][name]
    content["files"]["harmless.txt"] = mark
    del files[name]
    files["harmless.txt"] = b"here it is"
    bundle.from_files(files | {"manifest.json": json.dumps(content).encode()})


def test_a_folder_far_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "MAX_BYTES", 1000)
    with pytest.raises(Refused, match="larger"):
        bundle.from_folder(write(tmp_path / "D", exported()))


def test_it_is_saved_whole(tmp_path: Path) -> None:
    made = bundle.from_files(exported())
    path = made.save(tmp_path / "x" / made.zip_name)
    assert path.read_bytes() == made.zipped()
    assert [one.name for one in path.parent.iterdir()] == [made.zip_name]


# an export that goes there


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """A vault with one finished run; the worker and the consent have tests of their own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    vault, _ = Vault.create(tmp_path / "V", "words", kdf=KdfParams.floor())
    runs = RunBook(vault)
    run = runs.change(runs.begin("tts_quick", {}, {}), status=DONE)
    runs.keep(run, Kind.MODEL, "student", b"weights")
    monkeypatch.setattr(leaving, "consent_tickets", lambda vault: {})

    def work(self: Studio, request: jobs.Request, on_event: object, on_blob: jobs.OnBlob) -> None:
        assert request.spec["name"] == NAME
        for name, data in exported().items():
            on_blob(name, data, {})

    monkeypatch.setattr(Studio, "_work", work)
    return Studio(vault, tmp_path / "V")


def spoken(status: str, seen: list[Path]) -> Any:
    def check(path: Path) -> FolderReport:
        seen.append(path)
        assert (path / f"{NAME}.onnx").read_bytes() == exported()[f"{NAME}.onnx"]
        result = RuntimeResult("piper", status, message="gave no audio")
        return FolderReport(NAME, ManifestCheck("ok", ""), (result,))

    return check


def test_a_zip_beside_the_folder(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaving, "verify_any", spoken("ok", []))
    written, checked = studio.export("latest", tmp_path / "D", voice_name=NAME, zipped=True)
    assert written[-1] == tmp_path / f"{NAME}.zip"
    assert written[-1].read_bytes() == bundle.from_files(exported()).zipped()
    assert checked is not None
    assert checked.ok
    with pytest.raises(Refused, match=r"is there already"):
        studio.export("latest", tmp_path / "E", voice_name=NAME, zipped=True)
    assert not (tmp_path / "E").exists()
    studio.close()


def test_a_bundle_is_checked_in_memory_and_leaves_nothing(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory, seen = tmp_path / "memory", []
    memory.mkdir()
    monkeypatch.setattr(egress, "memory_folder", lambda: memory)
    monkeypatch.setattr(leaving, "verify_any", spoken("ok", seen))
    made = studio.bundle("latest", voice_name=NAME)
    assert made.files == exported()
    assert made.checked is not None
    assert made.checked.ok
    assert seen[0].parent == memory
    assert list(memory.iterdir()) == []
    monkeypatch.setattr(leaving, "verify_any", spoken("failed", seen))
    with pytest.raises(ExportFailed, match="gave no audio"):
        studio.bundle("latest", voice_name=NAME)
    assert list(memory.iterdir()) == []
    studio.close()


def test_without_such_a_folder_nothing_is_written_and_nothing_checked(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Path] = []
    monkeypatch.setattr(egress, "memory_folder", lambda: None)
    monkeypatch.setattr(leaving, "verify_any", spoken("ok", seen))
    assert studio.bundle("latest", voice_name=NAME).checked is None
    assert seen == []
    studio.close()


def test_a_folder_in_memory_is_private_and_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(
        egress, "_mounted_in_memory", lambda: {"/": False, "/dev/shm": False, str(tmp_path): True}
    )
    assert egress.memory_folder() == tmp_path
    with egress.in_memory({"a": b"1"}) as folder:
        assert folder is not None
        assert folder.stat().st_mode & 0o777 == 0o700
        assert folder.parent == tmp_path
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(egress, "_mounted_in_memory", lambda: {"/": False, "/dev": True})
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "on-disk"))
    assert str(egress.memory_folder()) in ("/dev/shm", "None")
    monkeypatch.setattr(egress, "_mounted_in_memory", dict)
    assert egress.memory_folder() is None


def test_an_offer_ends_when_the_vault_closes(studio: Studio) -> None:
    """As after the machine slept: a closed vault must not leave its voice at a link."""
    offer = sending.Offer(b"voice", "a.zip", "127.0.0.1", seconds=30)
    closer = threading.Timer(0.3, studio.close)
    closer.start()
    with pytest.raises(Cancelled):
        studio.send(offer)
    closer.join()
    port = int(offer.url.split(":")[2].split("/")[0])
    with socket.socket() as peer, pytest.raises(ConnectionRefusedError):
        peer.connect(("127.0.0.1", port))


def test_cancel_ends_an_offer(studio: Studio) -> None:
    offer = sending.Offer(b"voice", "a.zip", "127.0.0.1", seconds=30)
    canceller = threading.Timer(0.3, studio.cancel)
    canceller.start()
    with pytest.raises(Cancelled):
        studio.send(offer)
    canceller.join()
    studio.close()
