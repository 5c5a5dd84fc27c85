# SPDX-License-Identifier: GPL-3.0-or-later
"""The exported graph: contract of the runtimes, parity with torch, size."""

from collections import Counter

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from voicevault.errors import ExportFailed
from voicevault.export import onnx as onnx_export
from voicevault.export.onnx import PARITY_TOLERANCE, parity, voice_onnx
from voicevault.students.tts import TtsStudent
from voicevault.text.frontend import phonemise
from voicevault.text.symbols import piper_ids

TEXT = "Hello there, my good friends; this is a sentence, isn't it?"


@pytest.fixture(scope="module")
def student() -> TtsStudent:
    """Random weights, one folded voice."""
    torch.manual_seed(0)
    student = TtsStudent().eval()
    torch.nn.init.constant_(student.acoustic.variance_out.bias, 1.8)
    torch.nn.init.constant_(student.acoustic.decoder_out.bias[-1:], 2.0)
    student.fold(torch.zeros(64))
    return student


@pytest.fixture(scope="module")
def exported(student: TtsStudent) -> bytes:
    """Its ONNX file."""
    return voice_onnx(student, {"sample_rate": "16000", "comment": "piper"})


def feeds(ids: list[int], length: int | None = None) -> dict[str, np.ndarray]:
    """What a Piper host feeds, noise off."""
    return {
        "input": np.array([ids], np.int64),
        "input_lengths": np.array([length or len(ids)], np.int64),
        "scales": np.array([0.0, 1.0, 0.0], np.float32),
    }


def test_contract(exported: bytes) -> None:
    model = onnx.load_model_from_string(exported)
    assert [i.name for i in model.graph.input] == ["input", "input_lengths", "scales"]
    assert model.graph.output[0].name == "output"
    assert model.opset_import[0].version == 15
    assert model.ir_version == 8
    operators = Counter(node.op_type for node in model.graph.node)
    assert operators["Ceil"] == 1
    assert not operators.keys() & {"STFT", "DFT", "ConvTranspose", "DequantizeLinear", "Loop", "If"}
    assert {p.key: p.value for p in model.metadata_props}["sample_rate"] == "16000"


def test_parity_with_torch(student: TtsStudent) -> None:
    ids = piper_ids(phonemise(TEXT)[0])
    assert parity(student, ids) <= PARITY_TOLERANCE


def test_parity_notices_a_difference(student: TtsStudent, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = onnx_export._trace

    def other(graph: onnx_export.VoiceGraph) -> bytes:
        graph.student.level.mul_(1.05)
        try:
            return trace(graph)
        finally:
            graph.student.level.div_(1.05)

    monkeypatch.setattr(onnx_export, "_trace", other)
    with pytest.raises(ExportFailed, match="differ"):
        parity(student, piper_ids(phonemise(TEXT)[0]))


def test_every_input_matters(exported: bytes) -> None:
    session = onnxruntime.InferenceSession(exported, providers=["CPUExecutionProvider"])
    ids = piper_ids(phonemise(TEXT)[0])
    audio, frames = session.run(None, feeds(ids))
    assert audio.shape[:2] == (1, 1)
    assert frames.shape == (1, len(ids))
    assert audio.shape[2] == int(frames.sum()) * 200
    shorter = session.run(None, feeds(ids, length=len(ids) // 2))[0]
    assert shorter.shape[2] < audio.shape[2]
    slow = feeds(ids)
    slow["scales"] = np.array([0.0, 1.5, 0.0], np.float32)
    assert session.run(None, slow)[0].shape[2] > 1.3 * audio.shape[2]
    lively = feeds(ids)
    lively["scales"] = np.array([1.0, 1.0, 1.0], np.float32)
    lengths = {session.run(None, lively)[0].shape[2] for _ in range(5)}
    assert len(lengths) > 1


def test_hosts_framing_does_not_matter(exported: bytes) -> None:
    session = onnxruntime.InferenceSession(exported, providers=["CPUExecutionProvider"])
    piper = piper_ids(phonemise(TEXT)[0])
    old_sherpa = [piper[0], *piper[2:]]  # no pad after BOS
    bare = [i for i in piper if i > 2]
    lengths = {session.run(None, feeds(ids))[0].shape[2] for ids in (piper, old_sherpa, bare)}
    assert len(lengths) == 1


def test_fourier_matrices_are_not_stored(exported: bytes, student: TtsStudent) -> None:
    weights = sum(p.numel() for p in student.parameters()) * 4
    assert len(exported) < weights + 300_000


@pytest.mark.parametrize("ids", [[1, 0, 2], [1, 2], [0]])
def test_nothing_to_say_is_no_crash(exported: bytes, ids: list[int]) -> None:
    session = onnxruntime.InferenceSession(exported, providers=["CPUExecutionProvider"])
    assert np.isfinite(session.run(None, feeds(ids))[0]).all()
