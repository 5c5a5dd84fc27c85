# SPDX-License-Identifier: GPL-3.0-or-later
"""What a graph does, counted: against sums done by hand, and against a voice as it is exported."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from toy_voices import HeavyVoice, export

from voicevault.errors import ExportFailed
from voicevault.evaluation import arithmetic
from voicevault.export import piper
from voicevault.export.info import VoiceInfo
from voicevault.export.quantise import quantise


def weight(name: str, *shape: int) -> TensorProto:
    return numpy_helper.from_array(np.ones(shape, np.float32), name)


def graph(nodes: list[onnx.NodeProto], weights: list[TensorProto]) -> onnx.ModelProto:
    """A model of one input [1, 6, 10] and one output, both float."""
    made = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 6, None])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        weights,
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 15)])
    model.ir_version = 8
    return model


X = {"x": np.ones((1, 6, 10), np.float32)}


@pytest.mark.parametrize(
    ("node", "weights", "macs", "shape"),
    [
        # 8 channels x 10 places (padded), each 6 channels x 3 taps
        (
            helper.make_node("Conv", ["x", "w"], ["y"], pads=[1, 1]),
            [weight("w", 8, 6, 3)],
            8 * 10 * 6 * 3,
            (1, 8, 10),
        ),
        # two groups see 3 channels each; every second place
        (
            helper.make_node("Conv", ["x", "w"], ["y"], group=2, pads=[1, 1], strides=[2]),
            [weight("w", 8, 3, 3)],
            8 * 5 * 3 * 3,
            (1, 8, 5),
        ),
        # each of 6 x 10 values is spread over 4 channels x 8 taps
        (
            helper.make_node("ConvTranspose", ["x", "w"], ["y"], strides=[4], pads=[2, 2]),
            [weight("w", 6, 4, 8)],
            6 * 10 * 4 * 8,
            (1, 4, 40),
        ),
        # 10 columns: [7, 6] x [6, 10]
        (
            helper.make_node("MatMul", ["w", "x"], ["y"]),
            [weight("w", 7, 6)],
            7 * 10 * 6,
            (1, 7, 10),
        ),
    ],
)
def test_one_node_by_hand(
    node: onnx.NodeProto, weights: list[TensorProto], macs: int, shape: tuple[int, ...]
) -> None:
    found, outputs = arithmetic.count(graph([node], weights), X)
    assert found == macs
    assert outputs == {"y": shape}


def test_a_gemm_by_hand_and_what_stands_behind_a_shape_that_is_only_known_in_the_run() -> None:
    nodes = [
        helper.make_node("Squeeze", ["x", "zero"], ["flat"]),  # [6, 10]
        helper.make_node("NonZero", ["flat"], ["places"]),  # [2, 60]: no inference knows the 60
        helper.make_node("Cast", ["places"], ["f"], to=TensorProto.FLOAT),
        helper.make_node("Gemm", ["f", "w"], ["y"], transA=1),  # [60, 2] x [2, 5]
    ]
    zero = numpy_helper.from_array(np.array([0], np.int64), "zero")
    model = graph(nodes, [weight("w", 2, 5), zero])
    assert arithmetic.count(model, X) == (60 * 2 * 5, {"y": (60, 5)})
    assert arithmetic.parameters(model) == 10  # the axis was not learnt


def test_a_graph_that_hides_work_is_not_counted_too_small() -> None:
    node = helper.make_node("Einsum", ["x", "w"], ["y"], equation="bcf,cd->bdf")
    with pytest.raises(ExportFailed, match="Einsum"):
        arithmetic.count(graph([node], [weight("w", 6, 4)]), X)


def test_a_voice_is_counted_as_it_is_exported() -> None:
    voice = piper.with_metadata(export(HeavyVoice()), VoiceInfo(name="toy"))
    found = arithmetic.work_of(voice, "A word.")
    again = arithmetic.work_of(voice, "A word and more of them, so that it takes longer.")
    learnt = sum(one.numel() for one in HeavyVoice().parameters())
    assert found.parameters == pytest.approx(learnt, rel=0.02)  # and a few constants
    assert found.bytes == len(voice)
    assert again.macs > 2 * found.macs
    assert again.gflop_per_s == pytest.approx(found.gflop_per_s, rel=0.05)
    small = quantise(voice)[0]
    assert len(small) < len(voice)
    assert arithmetic.parameters(onnx.load_model_from_string(small)) == found.parameters
    assert arithmetic.work_of(small, "A word.").macs == found.macs
