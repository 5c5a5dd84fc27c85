# SPDX-License-Identifier: GPL-3.0-or-later
"""The exported folder: every file of the contract, metadata, a manifest that notices changes."""

import json
from dataclasses import replace
from pathlib import Path

import onnx
import pytest
from toy_voices import ToyVoice, export

from voicevault.consents.record import PublishedSpeech, Stamp
from voicevault.errors import ExportFailed, Refused, UsageError
from voicevault.export.info import VoiceInfo
from voicevault.export.ownership import new_signing_key, public_key, verify_manifest
from voicevault.export.piper import package
from voicevault.text.symbols import SYMBOLS

INFO = VoiceInfo(
    "en_US-toy-low",
    run="20260101-000000-tts_quick",
    recipe="tts_quick",
    base_sha256="ab" * 32,
    created="2026-01-01T00:00:00Z",
    seconds_of_speech=75,
    consent=Stamp("bank", "2026-01-01", "cd" * 32),
)
KEY = bytes(range(32))


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return package(export(ToyVoice()), INFO, ["Zaphod met Zaphod"], signing_key=KEY, word_groups=1)


@pytest.fixture
def folder(files: dict[str, bytes], tmp_path: Path) -> Path:
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def test_all_files_of_the_contract(files: dict[str, bytes]) -> None:
    stem = INFO.name
    named = {"tokens.txt", "lexicon.txt", "MODEL_CARD", "VOICE_CARD.md"}
    proof = {"manifest.json", "manifest.sig"}
    assert set(files) == {f"{stem}.onnx", f"{stem}.onnx.json"} | named | proof


def test_the_consent_is_in_card_manifest_and_graph(files: dict[str, bytes]) -> None:
    manifest = json.loads(files["manifest.json"])
    assert manifest["consent"] == {"case": "bank", "day": "2026-01-01", "sha256": "cd" * 32}
    card = files["VOICE_CARD.md"].decode()
    assert "spoken by a relative or carer about another person's recordings on 2026-01-01" in card
    assert "cd" * 32 in card
    assert "on that person's own machine" not in card


def test_nothing_is_packed_without_a_consent() -> None:
    with pytest.raises(Refused, match="consent") as caught:
        package(export(ToyVoice()), VoiceInfo("en_US-toy-low"), word_groups=0)
    assert caught.value.exit_code == 5


def test_published_speech_says_so_on_the_card() -> None:
    info = replace(INFO, consent=PublishedSpeech("LJ Speech", "public domain").stamp())
    card = package(export(ToyVoice()), info, word_groups=0)["VOICE_CARD.md"].decode()
    assert "published by its speakers: LJ Speech (public domain)" in card


def test_metadata_that_sherpa_needs(files: dict[str, bytes]) -> None:
    model = onnx.load_model_from_string(files[f"{INFO.name}.onnx"])
    found = {entry.key: entry.value for entry in model.metadata_props}
    assert found["sample_rate"] == "16000"
    assert found["n_speakers"] == "1"
    assert found["language"] == "English"
    assert found["voice"] == "en-us"
    assert found["model_type"] == "vits"
    assert (found["has_espeak"], found["has_g2pw"], found["version"]) == ("1", "0", "1")
    assert "piper" in found["comment"]
    assert not any(word in found["comment"] for word in ("coqui", "icefall", "melo", "Inflect"))
    assert found["vv_run"] == INFO.run
    assert model.ir_version == 8
    assert model.opset_import[0].version == 15


def test_json_that_piper_and_home_assistant_need(files: dict[str, bytes]) -> None:
    content = json.loads(files[f"{INFO.name}.onnx.json"])
    assert content["dataset"] == INFO.name
    assert content["audio"] == {"sample_rate": 16000, "quality": "low"}
    assert content["language"]["code"] == "en_US"
    assert content["num_speakers"] == 1
    assert content["num_symbols"] == 161
    assert content["hop_length"] == 200
    assert content["inference"] == {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8}
    assert all(len(symbol) == 1 for symbol in content["phoneme_id_map"])
    assert content["phoneme_id_map"] == {s: [i] for s, i in SYMBOLS.items()}


def test_tokens_are_single_code_points(files: dict[str, bytes]) -> None:
    lines = files["tokens.txt"].decode().splitlines()
    assert "  3" in lines
    symbols = [line[0] for line in lines]
    assert len(set(symbols)) == len(symbols) == 162
    assert all(line[1] == " " and line[2:].isdigit() for line in lines)


def test_lexicon_has_the_owners_words_but_not_the_sentence(files: dict[str, bytes]) -> None:
    lexicon = files["lexicon.txt"].decode()
    assert "\nzaphod || z ˈ " in lexicon
    assert "zaphod met" not in lexicon


def test_signed_folder_verifies_and_each_change_shows(folder: Path) -> None:
    good = verify_manifest(folder, INFO.name, expected_key=public_key(KEY))
    assert (good.status, good.voice, good.run) == ("ok", INFO.name, INFO.run)
    assert verify_manifest(folder, expected_key=public_key(new_signing_key())).status == "forged"
    assert verify_manifest(folder, "en_US-other-low").status == "changed"

    tokens = (folder / "tokens.txt").read_bytes()
    (folder / "tokens.txt").write_bytes(tokens + b"x 200\n")
    changed = verify_manifest(folder)
    assert (changed.status, changed.changed) == ("changed", ("tokens.txt",))
    (folder / "tokens.txt").write_bytes(tokens)

    manifest = (folder / "manifest.json").read_bytes()
    (folder / "manifest.json").write_bytes(manifest.replace(b"rights reserved", b"rights granted"))
    assert verify_manifest(folder).status == "forged"
    (folder / "manifest.json").write_bytes(manifest)
    (folder / "manifest.sig").unlink()
    assert verify_manifest(folder).status == "forged"


def test_strange_manifests_are_no_proof(folder: Path) -> None:
    target = folder / "manifest.json"
    content = json.loads(target.read_bytes())
    content["files"]["../secret"] = {"sha256": "00", "bytes": 1}
    for data in (json.dumps(content).encode(), b"", b"[]", b"{}", b"\xff\xfe", b"[" * 5000):
        target.write_bytes(data)
        assert verify_manifest(folder).status == "unreadable"
    target.unlink()
    assert verify_manifest(folder).status == "missing"


def test_without_a_key_nobody_signs(tmp_path: Path) -> None:
    files = package(export(ToyVoice()), INFO, word_groups=0)
    assert "manifest.sig" not in files
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    assert verify_manifest(tmp_path).status == "unsigned"


def test_graphs_that_break_a_runtime_are_refused() -> None:
    model = onnx.load_model_from_string(export(ToyVoice()))
    swapped = onnx.ModelProto()
    swapped.CopyFrom(model)
    first, second = swapped.graph.input[0], swapped.graph.input[1]
    first.name, second.name = second.name, first.name
    with pytest.raises(ExportFailed, match="in this order"):
        package(swapped.SerializeToString(), INFO, word_groups=0)
    newer = onnx.ModelProto()
    newer.CopyFrom(model)
    newer.opset_import[0].version = 20
    with pytest.raises(ExportFailed, match="opset 20"):
        package(newer.SerializeToString(), INFO, word_groups=0)
    with pytest.raises(ExportFailed, match="not an ONNX file"):
        package(b"no model", INFO, word_groups=0)


@pytest.mark.parametrize("name", ["", "../up", "a b", "x.onnx", "n" * 81, "-dash", "é"])
def test_names_that_are_no_file_stem_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="voice name"):
        VoiceInfo(name)
