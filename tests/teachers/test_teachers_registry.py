# SPDX-License-Identifier: GPL-3.0-or-later
"""Teachers on this computer: what comes in, on what terms, and what is still as it came."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from toy_teachers import lay_out, whisper_files, xtts_files

from voicevault import paths
from voicevault.errors import Refused, UsageError, VoiceVaultError
from voicevault.events import Event, Progress
from voicevault.teachers import catalogue, layout, registry


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "teachers"


def add(folder: Path, root: Path, **settings: str) -> str:
    return registry.add(folder, root=root, **settings).name  # type: ignore[arg-type]


def test_a_folder_is_copied_hashed_and_opened_again(tmp_path: Path, root: Path) -> None:
    folder = lay_out(tmp_path / "Whisper-Mine", {**whisper_files(), "README.md": b"not taken"})
    told: list[Event] = []
    entry = registry.add(folder, licence="MIT", root=root, on_event=told.append)
    assert (entry.name, entry.family, entry.kind) == ("whisper-mine", "whisper-ct2", "asr")
    assert entry.terms.commercial
    assert isinstance(told[-1], Progress)
    assert not (root / "whisper-mine" / "README.md").exists()
    for name in whisper_files():
        (folder / name).unlink()  # what is here does not depend on where it came from
    opened = registry.open_teacher("whisper-mine", root=root)
    assert opened.folder == root / "whisper-mine"
    assert set(opened.card.files) == set(whisper_files())
    assert opened.card.licence == "MIT"
    assert [one.name for one in registry.entries(root)[0]] == ["whisper-mine"]
    assert [one.name for one in root.iterdir()] == ["whisper-mine"], "nothing half-made is left"


def test_the_default_place_is_the_persons_own_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/invented")
    assert registry.teachers_dir() == Path("/invented/voicevault/teachers")
    assert registry.teachers_dir().parent == paths.data_dir()


@pytest.mark.parametrize("name", sorted(whisper_files()))
def test_a_flipped_bit_in_any_file_is_found(tmp_path: Path, root: Path, name: str) -> None:
    add(lay_out(tmp_path / "w", whisper_files()), root, licence="MIT")
    path = root / "w" / name
    data = bytearray(path.read_bytes())
    data[-2] ^= 1
    path.write_bytes(data)
    with pytest.raises(VoiceVaultError, match=f"{name} is not what it was") as told:
        registry.open_teacher("w", root=root)
    assert "teachers rm w" in told.value.hint


def test_a_missing_file_is_found(tmp_path: Path, root: Path) -> None:
    add(lay_out(tmp_path / "w", whisper_files()), root, licence="MIT")
    (root / "w" / "tokenizer.json").unlink()
    with pytest.raises(VoiceVaultError, match=r"tokenizer\.json cannot be read"):
        registry.open_teacher("w", root=root)


def test_a_teacher_that_is_not_for_every_use_is_accepted_by_name(
    tmp_path: Path, root: Path
) -> None:
    folder = lay_out(tmp_path / "x", xtts_files())
    with pytest.raises(Refused, match=r"CPML-1\.0 does not allow commercial use"):
        add(folder, root)
    with pytest.raises(Refused, match="another one") as told:
        add(folder, root, accepted="MIT")
    assert "--accept-licence CPML-1.0" in told.value.hint
    assert told.value.exit_code == 5
    assert registry.entries(root) == ([], {})
    add(folder, root, accepted="CPML-1.0")
    card = registry.open_teacher("x", root=root).card
    assert (card.licence, card.commercial) == ("CPML-1.0", False)


def test_the_licence_gate_is_asked_again_when_a_teacher_is_opened(
    tmp_path: Path, root: Path
) -> None:
    """What teacher.json says counts for nothing where the files themselves say otherwise."""
    add(lay_out(tmp_path / "x", xtts_files()), root, accepted="CPML-1.0")
    path = root / "x" / "teacher.json"
    body = json.loads(path.read_text())
    for terms in (
        {"licence": "CPML-1.0", "commercial": True, "accepted": ""},
        {"licence": "CPML-1.0", "commercial": False, "accepted": "MIT"},
    ):
        path.write_text(json.dumps({**body, "terms": terms}))
        with pytest.raises(Refused):
            registry.open_teacher("x", root=root)
    path.write_text(json.dumps({**body, "terms": {**terms, "licence": "MIT"}}))
    with pytest.raises(UsageError, match="not MIT"):
        registry.open_teacher("x", root=root)


def test_an_unknown_licence_is_neither_guessed_nor_forgotten(tmp_path: Path, root: Path) -> None:
    folder = lay_out(tmp_path / "w", whisper_files())
    with pytest.raises(Refused, match="nothing says"):
        add(folder, root)
    with pytest.raises(Refused, match=r"CC-BY-NC-4\.0 does not allow"):
        add(folder, root, licence="CC-BY-NC-4.0")
    add(folder, root, accepted="unknown")
    card = registry.open_teacher("w", root=root).card
    assert (card.licence, card.commercial) == ("unknown", False)


def test_bytes_keep_their_licence_under_any_name(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = whisper_files()
    folder = lay_out(tmp_path / "harmless", files)
    seen = registry.digest(folder / "model.bin").sha256
    one = catalogue.load()[0]
    source = dataclasses.replace(one.files[0], sha256=seen)
    guarded = dataclasses.replace(one, licence="Guarded-1", commercial=False, files=(source,))
    monkeypatch.setattr(catalogue, "load", lambda: (guarded,))
    with pytest.raises(UsageError, match="under Guarded-1, not MIT"):
        add(folder, root, licence="MIT")
    with pytest.raises(Refused, match="Guarded-1"):
        add(folder, root)
    entry = registry.add(folder, accepted="Guarded-1", root=root)
    assert entry.version == one.version
    assert entry.files["model.bin"].published
    assert not entry.files["config.json"].published


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tokenizer.json": None}, r"tokenizer\.json is missing"),
        ({"vocabulary.json": None}, r"vocabulary\.json or vocabulary\.txt is missing"),
        ({"model.bin": b""}, "is empty"),
        ({"model.bin": b"version https://git-lfs.github.com/spec/v1\n"}, "pointer"),
        ({"model.bin": b"\x06\0\0\0\x10\0TransformerSpec\0"}, "it is a TransformerSpec"),
        ({"model.bin": b"<!doctype html>"}, "no Whisper"),
        ({"config.json": b"{"}, r"config\.json is damaged"),
        ({"tokenizer.json": b"\xff\xfe"}, r"tokenizer\.json is damaged"),
    ],
)
def test_a_folder_that_is_no_whisper_is_refused(
    tmp_path: Path, root: Path, change: dict[str, bytes | None], message: str
) -> None:
    files = {**whisper_files(), **change}
    folder = lay_out(tmp_path / "w", {k: v for k, v in files.items() if v is not None})
    with pytest.raises(VoiceVaultError, match=message) as told:
        add(folder, root, licence="MIT")
    assert told.value.hint
    assert not root.exists() or list(root.iterdir()) == []


def test_other_folders_are_told_from_each_other(tmp_path: Path) -> None:
    torch_file, wavlm = b"PK\x03\x04", {"WavLM-Large.pt": b"PK\x03\x04", "config.json": b"{}"}
    cases = {
        "xtts": xtts_files(),
        "openvoice": {"checkpoint.pth": torch_file, "config.json": b'{"model": {"a": 1}}'},
        "freevc": {**wavlm, "model.pth": torch_file, "speaker_encoder.pt": b"\x80\x02"},
        "knnvc": {**wavlm, "prematch_g_02500000.pt": torch_file},
        "vits": {"model_file.pth": torch_file, "config.json": b'{"model": "vits"}'},
        "whisper-ct2": whisper_files(),
    }
    assert sorted(cases) == layout.families()
    for family, files in cases.items():
        folder = lay_out(tmp_path / family, files)
        found = layout.recognise(folder)
        assert found.family == family
        assert set(layout.check(folder, found)) == set(files)


def test_what_is_no_teacher_is_told_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no folder"):
        layout.recognise(tmp_path / "nowhere")
    with pytest.raises(VoiceVaultError, match="no teacher of a known family"):
        layout.recognise(lay_out(tmp_path / "empty", {}))
    with pytest.raises(VoiceVaultError, match="as transformers keeps it") as told:
        layout.recognise(lay_out(tmp_path / "hf", {"model.safetensors": b"x", "config.json": b""}))
    assert "ct2-transformers-converter" in told.value.hint
    other = {
        "model.pth": b"PK\x03\x04",
        "config.json": b'{"model": "tortoise"}',
        "vocab.json": b"1",
    }
    with pytest.raises(VoiceVaultError, match="another model than xtts"):
        layout.recognise(lay_out(tmp_path / "other", other))


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "A b", "a/b", "ä", "x" * 65, ".hidden"])
def test_a_name_stays_a_plain_folder(tmp_path: Path, root: Path, name: str) -> None:
    folder = lay_out(tmp_path / "w", whisper_files())
    for call in (registry.check_name, lambda one: registry.find(one, root), registry.remove):
        with pytest.raises(UsageError, match="cannot name a teacher"):
            call(name)
    if name:
        with pytest.raises(UsageError, match="cannot name a teacher"):
            add(folder, root, name=name, licence="MIT")


def test_a_taken_name_is_not_replaced(tmp_path: Path, root: Path) -> None:
    folder = lay_out(tmp_path / "w", whisper_files())
    add(folder, root, licence="MIT")
    with pytest.raises(UsageError, match="here already"):
        add(folder, root, licence="MIT")
    assert add(folder, root, licence="MIT", name="second") == "second"


def test_a_disk_without_room_is_told_before_the_copy(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = lay_out(tmp_path / "w", whisper_files())
    monkeypatch.setattr(registry.shutil, "disk_usage", lambda path: _Usage(free=1000))
    with pytest.raises(VoiceVaultError, match="needs 0 MB and the disk"):
        add(folder, root, licence="MIT")
    assert not root.exists()


@dataclasses.dataclass
class _Usage:
    free: int


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, root: Path) -> None:
    """The kernel refuses the file in the middle, as it does on a full disk."""
    import resource

    folder = lay_out(tmp_path / "w", whisper_files(size=1 << 20))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(VoiceVaultError, match="cannot be written: File too large"):
            add(folder, root, licence="MIT")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(root.iterdir()) == []


def test_removing_frees_what_it_held(tmp_path: Path, root: Path) -> None:
    add(lay_out(tmp_path / "w", whisper_files()), root, licence="MIT")
    assert registry.remove("w", root) > 4096
    assert registry.entries(root) == ([], {})
    with pytest.raises(UsageError, match="no teacher 'w' is here"):
        registry.remove("w", root)
    with pytest.raises(UsageError) as told:
        registry.find("whisper-tiny", root)
    assert told.value.hint == "voicevault teachers fetch whisper-tiny"


@pytest.mark.parametrize(
    "text",
    ["", "{}", '{"format": 2}', "[1]", '{"format": 1, "files": {"../../x": {}}}', "\xff"],
)
def test_a_manifest_that_cannot_be_read_is_told_and_can_be_removed(
    tmp_path: Path, root: Path, text: str
) -> None:
    add(lay_out(tmp_path / "w", whisper_files()), root, licence="MIT")
    (root / "w" / "teacher.json").write_bytes(text.encode("latin-1"))
    good, bad = registry.entries(root)
    assert (good, list(bad)) == ([], ["w"])
    with pytest.raises(VoiceVaultError, match="cannot be read"):
        registry.open_teacher("w", root=root)
    registry.remove("w", root)


def test_a_manifest_cannot_point_out_of_its_folder(tmp_path: Path, root: Path) -> None:
    add(lay_out(tmp_path / "w", whisper_files()), root, licence="MIT")
    path = root / "w" / "teacher.json"
    body = json.loads(path.read_text())
    body["files"]["../outside"] = body["files"]["model.bin"]
    path.write_text(json.dumps(body))
    with pytest.raises(VoiceVaultError, match=r"not this folder's: \.\./outside"):
        registry.open_teacher("w", root=root)


def test_the_catalogue_is_complete_and_says_what_it_does_not_know() -> None:
    listed = {one.name: one for one in catalogue.load()}
    assert set(listed) >= {
        "whisper-tiny", "whisper-base", "whisper-small", "whisper-medium", "whisper-large-v3",
        "openvoice-v2", "knn-vc", "freevc24", "vits-vctk", "xtts-v2",
    }  # fmt: skip
    for one in listed.values():
        parts = {name for part in layout.layout_of(one.family).parts for name in part.names}
        assert all(file.url.startswith("https://") for file in one.files)
        assert all(file.packed or file.name in parts for file in one.files), one.name
        assert all(len(file.sha256) in (0, 64) and file.bytes >= 0 for file in one.files)
        assert one.commercial == catalogue.is_commercial(one.licence)
        assert one.licence_source
        assert one.memory_mb > 0
        assert one.memory_how.startswith(("measured", "estimated"))
        assert one.speed_how.startswith(("measured", "estimated", "not measured"))
    assert not listed["xtts-v2"].commercial
    assert catalogue.FAMILY_LICENCES["xtts"] == listed["xtts-v2"].licence
    whisper = [one for one in listed.values() if one.family == "whisper-ct2"]
    assert all(not one.unsized and not one.unhashed for one in whisper)
    with pytest.raises(UsageError, match="no known teacher 'whisper-huge'"):
        catalogue.known("whisper-huge")
