# SPDX-License-Identifier: GPL-3.0-or-later
"""A full-band voice as a file: 24 kHz said everywhere, no matrices stored, heard by real hosts."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from voicevault.consents.record import PublishedSpeech
from voicevault.data.highband import powers
from voicevault.errors import ExportFailed
from voicevault.export import verify
from voicevault.export.info import VoiceInfo
from voicevault.export.onnx import PARITY_TOLERANCE, parity, voice_onnx
from voicevault.export.piper import package, with_metadata
from voicevault.export.quantise import quantise
from voicevault.runtime.voice import Voice
from voicevault.students.highband import HighBand
from voicevault.students.shipped import load_base
from voicevault.students.tts import TtsStudent
from voicevault.text.frontend import phonemise
from voicevault.text.symbols import piper_ids

TEXT = "Six thin fishes."
STAMP = PublishedSpeech("nobody", "CC0-1.0").stamp()
INFO = VoiceInfo("en_US-wide-medium", sample_rate_hz=24_000, hop_length=300, consent=STAMP)


@pytest.fixture(scope="module")
def student() -> TtsStudent:
    """A voice of the base with a made-up band: louder above where the mel's last bins are."""
    base = load_base()
    student = base.student
    student.fold(base.speakers[0])
    student.vocoder.high = high = HighBand()
    high.weight[70:] = 0.1
    high.bias.fill_(-1.0)
    high.bound.fill_(1.0)
    return student


@pytest.fixture(scope="module")
def exported(student: TtsStudent) -> bytes:
    return voice_onnx(student, {})


@pytest.fixture(scope="module")
def small(exported: bytes) -> bytes:
    """The int8 file."""
    return with_metadata(quantise(exported)[0], INFO)


def test_rate_and_hop_are_said_inside(exported: bytes, small: bytes) -> None:
    for data in (exported, small):
        model = onnx.load_model_from_string(data)
        found = {entry.key: entry.value for entry in model.metadata_props}
        assert (found["sample_rate"], found["vv_hop_length"]) == ("24000", "300")
        assert model.opset_import[0].version == 15
        assert Counter(node.op_type for node in model.graph.node)["Ceil"] == 1


def test_another_rate_cannot_be_said_of_it(exported: bytes) -> None:
    with pytest.raises(ExportFailed, match="24000, and 16000"):
        with_metadata(exported, VoiceInfo("wrong"))
    with pytest.raises(ExportFailed, match="300, and 200"):
        with_metadata(exported, VoiceInfo("wrong", sample_rate_hz=24_000))


def test_parity_with_torch_hears_the_band(
    student: TtsStudent, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = piper_ids(phonemise(TEXT)[0])
    assert parity(student, ids) <= PARITY_TOLERANCE
    gains = HighBand.gains

    def louder_when_exported(self: HighBand, mel: torch.Tensor) -> torch.Tensor:
        return gains(self, mel) * (2.0 if torch.onnx.is_in_onnx_export() else 1.0)

    monkeypatch.setattr(HighBand, "gains", louder_when_exported)
    with pytest.raises(ExportFailed, match="differ"):
        parity(student, ids)


def test_the_band_costs_no_bytes(student: TtsStudent, exported: bytes, small: bytes) -> None:
    weights = sum(p.numel() for p in student.parameters()) * 4
    assert len(exported) < weights + 310_000
    assert len(small) < 4_400_000


def test_the_int8_file_speaks_at_24_khz(small: bytes) -> None:
    voice = Voice.load(small)
    assert (voice.rate_hz, voice.config.hop_length) == (24_000, 300)
    wave = voice.speak(TEXT, noise_scale=0.0, noise_w=0.0)
    assert 0.8 < len(wave) / 24_000 < 3.0
    above, middle = powers(wave)
    loud = above.mean(1) > np.percentile(above.mean(1), 50)
    assert above[loud].mean() > 1e-4 * middle.mean()


def test_durations_count_samples(exported: bytes) -> None:
    session = onnxruntime.InferenceSession(exported, providers=["CPUExecutionProvider"])
    ids = piper_ids(phonemise(TEXT)[0])
    feeds = {
        "input": np.array([ids], np.int64),
        "input_lengths": np.array([len(ids)], np.int64),
        "scales": np.array([0.0, 1.0, 0.0], np.float32),
    }
    audio, frames = session.run(None, feeds)
    assert audio.shape[2] == int(frames.sum()) * 300


def test_every_host_speaks_it(
    exported: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = Path(__file__).parents[2] / ".runtimes"
    if beside.is_dir():
        monkeypatch.setenv(verify.ENVIRONMENT, str(beside))
    files = package(exported, INFO, [verify.TEXT], int8=True, word_groups=3)
    config = json.loads(files[f"{INFO.name}.onnx.json"])
    assert (config["audio"]["sample_rate"], config["hop_length"]) == (24_000, 300)
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    report = verify.verify_folder(tmp_path)
    assert report.ok, [one.message for one in report.runtimes]
    heard = [one for one in report.runtimes if one.status == "ok"]
    if not heard:
        pytest.skip(report.runtimes[0].message)
    assert {one.rate_hz for one in heard} == {24_000}
