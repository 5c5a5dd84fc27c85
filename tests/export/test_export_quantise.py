# SPDX-License-Identifier: GPL-3.0-or-later
"""int8 weights: smaller, as plain Cast and Mul, and the same voice."""

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper
from toy_voices import HeavyVoice, export

from voicevault.errors import ExportFailed
from voicevault.export.quantise import quantise


@pytest.fixture(scope="module")
def heavy() -> bytes:
    return export(HeavyVoice())


def _run(model: bytes) -> np.ndarray:
    options = ort.SessionOptions()
    options.log_severity_level = 3
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    ids = np.array([[1, 0, 20, 0, 3, 0, 59, 0, 120, 0, 24, 0, 8, 0, 2]], dtype=np.int64)
    feed = {
        "input": ids,
        "input_lengths": np.array([15], dtype=np.int64),
        "scales": np.array([0.667, 1.0, 0.8], dtype=np.float32),
    }
    return np.asarray(session.run(["output"], feed)[0])


def _one_layer(op: str, shape: tuple[int, ...], **attributes: int) -> bytes:
    """x -> op(x, w); the weight's channels differ in size a hundredfold."""
    rng = np.random.default_rng(3)
    weight = rng.standard_normal(shape).astype(np.float32)
    weight *= np.geomspace(0.01, 1.0, shape[-1]).astype(np.float32)
    if op == "Conv":
        weight = np.moveaxis(weight, -1, 0)
    rank = ["n", "c", "t"] if op == "Conv" else ["n", "c"]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, rank)
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, rank)
    nodes = [helper.make_node(op, ["x", "w"], ["y"], **attributes)]
    initialisers = [numpy_helper.from_array(np.ascontiguousarray(weight), "w")]
    graph = helper.make_graph(nodes, "g", [x], [y], initialisers)
    opset = [helper.make_opsetid("", 15)]
    return bytes(helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString())


def test_a_quarter_of_the_size_and_the_same_voice(heavy: bytes) -> None:
    small, report = quantise(heavy)
    fp32, int8 = _run(heavy), _run(small)
    assert report.tensors == 5  # embedding, Conv, MatMul, ConvTranspose, MatMul
    assert report.bytes_after == len(small) < 0.40 * len(heavy)
    difference = float(np.sqrt(np.mean((fp32 - int8) ** 2)))
    assert 0 < difference < 0.01 * float(np.sqrt(np.mean(fp32**2)))


def test_only_cast_and_mul_are_added(heavy: bytes) -> None:
    before = [node.op_type for node in onnx.load_model_from_string(heavy).graph.node]
    model = onnx.load_model_from_string(quantise(heavy)[0])
    after = [node.op_type for node in model.graph.node]
    assert after == ["Cast", "Mul"] * 5 + before
    assert model.opset_import[0].version == 15
    int8 = [t for t in model.graph.initializer if t.data_type == TensorProto.INT8]
    assert len(int8) == 5
    assert quantise(quantise(heavy)[0])[1].tensors == 0  # twice changes nothing


def test_onnxruntime_folds_the_weights_at_load(heavy: bytes, tmp_path: object) -> None:
    options = ort.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "folded.onnx")  # type: ignore[operator]
    options.log_severity_level = 3
    ort.InferenceSession(quantise(heavy)[0], options, providers=["CPUExecutionProvider"])
    folded = onnx.load(options.optimized_model_filepath)
    assert not [t for t in folded.graph.initializer if t.data_type == TensorProto.INT8]


@pytest.mark.parametrize(
    ("op", "shape", "channel_axis"),
    [("MatMul", (64, 48), 1), ("Conv", (32, 3, 48), 0), ("Gemm", (64, 48), 1)],
)
def test_each_output_channel_has_its_own_scale(
    op: str, shape: tuple[int, ...], channel_axis: int
) -> None:
    model = onnx.load_model_from_string(quantise(_one_layer(op, shape))[0])
    stored = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    scale = stored["vv_int8_s_w"]
    assert scale.size == 48
    assert scale.shape[channel_axis] == 48
    others = tuple(i for i in range(scale.ndim) if i != channel_axis)
    assert np.all(np.abs(stored["vv_int8_q_w"]).max(axis=others) == 127)


def test_small_and_oddly_used_weights_stay(heavy: bytes) -> None:
    assert quantise(_one_layer("MatMul", (8, 8)))[1].tensors == 0
    assert quantise(_one_layer("Add", (64, 64)))[1].tensors == 0


def test_bad_files_are_named() -> None:
    with pytest.raises(ExportFailed, match="not an ONNX file"):
        quantise(b"RIFF....WAVE")
    with pytest.raises(ExportFailed, match="not an ONNX file"):
        quantise(b"")
    model = onnx.load_model_from_string(_one_layer("MatMul", (64, 64)))
    weight = np.full((64, 64), np.nan, dtype=np.float32)
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(weight, "w"))
    with pytest.raises(ExportFailed, match="not finite"):
        quantise(model.SerializeToString())
