# SPDX-License-Identifier: GPL-3.0-or-later
"""What a voice's graph is: its parameters, its bytes, and the sums it does for a second of speech.

A multiply-add is counted wherever a weight or an attention meets a signal: Conv, ConvTranspose,
MatMul, Gemm and their integer forms. What goes element by element (norms, activations, the pulse
train) is not: it is about one operation a value beside hundreds. One multiply-add is two
operations, as published GFLOP figures mean it.

How long a sentence becomes is decided inside the graph, by its durations, so that no inference over
symbols knows the shapes. The sentence is therefore spoken once, and each counted node is asked for
the shapes that it met.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

from voicevault.errors import ExportFailed
from voicevault.export.quantise import PREFIX, load_model
from voicevault.text.frontend import phonemise
from voicevault.text.symbols import piper_ids

SENTENCE = "Every voice has a history, and this one belongs to the person who recorded it at home."
_COUNTED = ("Conv", "ConvInteger", "ConvTranspose", "Gemm", "MatMul", "MatMulInteger")
_UNCOUNTABLE = ("Attention", "Einsum", "GRU", "If", "LSTM", "Loop", "RNN", "Scan")
"""Heavy, or holding nodes of their own: a sum without them would be too small, and not say so."""
_WEIGHTS = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.INT8, TensorProto.UINT8)
_SHAPE = "vv_shape_"

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Work:
    """One graph, and what it does for one sentence."""

    parameters: int
    bytes: int
    macs: int
    """Multiply-adds of the sentence."""
    speech_s: float
    """Its length."""

    @property
    def gflop_per_s(self) -> float:
        """Thousand millions of operations for a second of speech."""
        return 2 * self.macs / 1e9 / max(self.speech_s, 1e-3)


def work_of(voice: bytes, text: str = SENTENCE) -> Work:
    """Count a voice while it says ``text``.

    Args:
        voice: an own voice, float or int8, as ``export.onnx`` and ``export.quantise`` make it.

    Raises:
        ExportFailed: not an ONNX file, or one with nodes that are not counted.
    """
    model = load_model(voice)
    ids = [one for sentence in phonemise(text) for one in piper_ids(sentence)]
    feeds = {
        "input": np.array([ids], np.int64),
        "input_lengths": np.array([len(ids)], np.int64),
        "scales": np.array([0.0, 1.0, 0.0], np.float32),
    }
    rate_hz = {one.key: one.value for one in model.metadata_props}["sample_rate"]
    macs, outputs = count(model, feeds)
    speech_s = math.prod(outputs[model.graph.output[0].name]) / int(rate_hz)
    return Work(parameters(model), len(voice), macs, speech_s)


def parameters(model: onnx.ModelProto) -> int:
    """Numbers that were learnt: float and int8 tensors, not shapes and steps of int8 weights."""
    return sum(
        math.prod(one.dims)
        for one in model.graph.initializer
        if one.data_type in _WEIGHTS and not one.name.startswith(f"{PREFIX}s_")
    )


def count(model: onnx.ModelProto, feeds: Mapping[str, Any]) -> tuple[int, dict[str, Shape]]:
    """Multiply-adds of one run with ``feeds``, and the shapes of the graph's outputs.

    Raises:
        ExportFailed: a node is one of those that are not counted.
    """
    strange = sorted({node.op_type for node in model.graph.node} & set(_UNCOUNTABLE))
    if strange:
        raise ExportFailed(
            f"the graph has {', '.join(strange)}, whose work is not counted here",
            hint="its sums would be told too small",
        )
    nodes = [node for node in model.graph.node if node.op_type in _COUNTED]
    ends = [one.name for one in model.graph.output]
    names = {name for node in nodes for name in (*node.input[:2], node.output[0])}
    shapes = _shapes(model, sorted(names | set(ends)), feeds)
    found = sum(_macs(node, shapes) for node in nodes)
    return found, {name: shapes[name] for name in ends}


def _shapes(
    model: onnx.ModelProto, names: Sequence[str], feeds: Mapping[str, Any]
) -> dict[str, Shape]:
    """The shape of each named tensor in one run."""
    asked = onnx.ModelProto()
    asked.CopyFrom(model)
    del asked.graph.output[:]
    for name in names:
        asked.graph.node.append(helper.make_node("Shape", [name], [_SHAPE + name]))
        asked.graph.output.append(
            helper.make_tensor_value_info(_SHAPE + name, TensorProto.INT64, [None])
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    # As written: what the runtime fuses would hide the tensors that are asked for.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(
        asked.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    found = session.run([_SHAPE + name for name in names], dict(feeds))
    return {
        name: tuple(int(size) for size in shape) for name, shape in zip(names, found, strict=True)
    }


def _macs(node: onnx.NodeProto, shapes: Mapping[str, Shape]) -> int:
    """Multiply-adds of one node: products a value of what it makes, times how many it makes."""
    first, second = shapes[node.input[0]], shapes[node.input[1]]
    made = math.prod(shapes[node.output[0]])
    match node.op_type:
        case "MatMul" | "MatMulInteger":
            return made * first[-1]
        case "Gemm":
            return made * first[0 if _flag(node.attribute, "transA") else 1]
        case "Conv" | "ConvInteger":
            return made * math.prod(second[1:])  # [out, in / groups, kernel...]
        case _:  # ConvTranspose [in, out / groups, kernel...]: each value of the input is spread
            return math.prod(first) * math.prod(second[1:])


def _flag(attributes: Iterable[onnx.AttributeProto], name: str) -> int:
    return next((int(one.i) for one in attributes if one.name == name), 0)
