# SPDX-License-Identifier: GPL-3.0-or-later
"""The exported recogniser: sherpa-onnx's contract, torch's answers, its own weights back."""

import json
import os
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import tiny_recogniser
import torch

from voicevault.errors import ExportFailed
from voicevault.export.ctc import read_recogniser, recogniser_int8
from voicevault.export.dynamic import integer_products
from voicevault.export.quantise import quantise
from voicevault.runtime.recognise import Recogniser as Runtime
from voicevault.students.recogniser import RecogniserConfig

FEATURES = (np.random.default_rng(0).normal(0, 2, (2, 131, 80)) - 8).astype(np.float32)
LENGTHS = np.array([131, 70], np.int64)

SHERPA = """
import json, sys, wave
import numpy as np
import sherpa_onnx
model, tokens, sound = sys.argv[1:]
recogniser = sherpa_onnx.OfflineRecognizer.from_zipformer_ctc(model=model, tokens=tokens)
with wave.open(sound) as file:
    pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2")
stream = recogniser.create_stream()
stream.accept_waveform(16000, pcm.astype(np.float32) / 32768)
recogniser.decode_stream(stream)
result = stream.result
print(json.dumps({"text": result.text, "times": list(result.timestamps)}))
"""


def run(model: bytes, features: np.ndarray, lengths: np.ndarray) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    names = [i.name for i in session.get_inputs()]
    return session.run(None, dict(zip(names, (features, lengths), strict=True)))


def test_the_contract() -> None:
    model = onnx.load_model_from_string(tiny_recogniser.exported()[0])
    kinds = [i.type.tensor_type for i in [*model.graph.input, *model.graph.output]]
    ranks = [len(kind.shape.dim) for kind in kinds]
    assert ranks == [3, 1, 3, 1]
    assert [kind.elem_type for kind in kinds] == [
        onnx.TensorProto.FLOAT,
        onnx.TensorProto.INT64,
        onnx.TensorProto.FLOAT,
        onnx.TensorProto.INT64,
    ]
    assert kinds[0].shape.dim[2].dim_value == 80
    assert kinds[2].shape.dim[2].dim_value == len(tiny_recogniser.PIECES)
    assert [d.dim_value for d in kinds[2].shape.dim[:2]] == [0, 0]  # free
    assert model.opset_import[0].version == 15


def test_onnxruntime_answers_as_torch() -> None:
    with torch.no_grad():
        wanted, lengths = tiny_recogniser.network()(
            torch.from_numpy(FEATURES), torch.from_numpy(LENGTHS)
        )
    found, counts = run(tiny_recogniser.exported()[0], FEATURES, LENGTHS)
    assert counts.tolist() == lengths.tolist() == [33, 18]
    np.testing.assert_allclose(found[0], wanted[0], atol=1e-3)
    np.testing.assert_allclose(found[1, :18], wanted[1, :18], atol=1e-3)


def test_int8_is_small_and_near() -> None:
    fp32 = tiny_recogniser.exported()[0]
    int8 = recogniser_int8(tiny_recogniser.network())
    graph = onnx.load_model_from_string(int8).graph
    assert "vv_int8_q_told.weight.turned" in {t.name for t in graph.initializer}
    assert len(int8) < 0.8 * len(fp32)
    difference = run(int8, FEATURES, LENGTHS)[0][0] - run(fp32, FEATURES, LENGTHS)[0][0]
    assert np.abs(difference).max() > 0
    assert np.sqrt(np.mean(difference**2)) < 0.5


def test_products_are_integer_and_their_float_matrices_gone() -> None:
    stored = quantise(tiny_recogniser.exported()[0])[0]
    before, after = (
        [node.op_type for node in onnx.load_model_from_string(data).graph.node]
        for data in (stored, integer_products(stored))
    )
    changed = after.count("MatMulInteger")
    assert changed > 5
    assert before.count("MatMul") - after.count("MatMul") == changed
    assert after.count("DynamicQuantizeLinear") == changed
    # Each product lost the Cast of its matrix and has one of its own.
    assert after.count("Cast") == before.count("Cast")
    near = run(integer_products(stored), FEATURES, LENGTHS)[0][0]
    exact = run(stored, FEATURES, LENGTHS)[0][0]
    assert 0 < np.sqrt(np.mean((near - exact) ** 2)) < 0.5


def test_the_weights_come_back() -> None:
    network = tiny_recogniser.network()
    config = tiny_recogniser.CONFIG
    state = network.state_dict()
    exact = read_recogniser(tiny_recogniser.exported()[0], config).state_dict()
    rounded = read_recogniser(recogniser_int8(network), config).state_dict()
    for name, tensor in state.items():
        torch.testing.assert_close(exact[name], tensor, msg=name)
        step = float(tensor.abs().max()) / 127
        assert float((rounded[name] - tensor).abs().max()) <= 0.51 * step, name


def test_another_network_is_refused() -> None:
    with pytest.raises(ExportFailed, match=r"missing|values"):
        read_recogniser(tiny_recogniser.exported()[0], RecogniserConfig())
    with pytest.raises(ExportFailed, match="not an ONNX file"):
        read_recogniser(b"nothing", tiny_recogniser.CONFIG)


@pytest.mark.parametrize("version", ["sherpa-1", "sherpa-2"])
def test_sherpa_onnx_hears_what_we_hear(tmp_path: Path, version: str) -> None:
    folder = os.environ.get("VOICEVAULT_RUNTIMES") or Path(__file__).parents[2] / ".runtimes"
    packages = Path(folder) / version
    if not packages.is_dir():
        pytest.skip(f"{version} is not installed: make .runtimes/.stamp")
    _, tokens = tiny_recogniser.exported()
    model = recogniser_int8(tiny_recogniser.network())
    (tmp_path / "model.onnx").write_bytes(model)
    (tmp_path / "tokens.txt").write_text(tokens, "utf-8")
    pcm = np.random.default_rng(3).normal(0, 3000, 40_000).astype("<i2")
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(pcm.tobytes())
    done = subprocess.run(
        [sys.executable, "-c", SHERPA, "model.onnx", "tokens.txt", "a.wav"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(packages)},
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    ours = Runtime(model, tokens).recognise(pcm.astype(np.float32) / 32768)
    assert found["text"].split() == ours.text.split()
    assert len(ours.words) >= 3
    assert found["times"][-1] == pytest.approx(ours.words[-1].end_ms / 1000, abs=0.5)
