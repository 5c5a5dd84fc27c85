# SPDX-License-Identifier: GPL-3.0-or-later
"""int8 weights stored as Cast + Mul: a quarter of the file, the speed and operators of fp32.

onnxruntime folds ``Mul(Cast(int8), scale)`` of two constants into one fp32 weight when it loads
the file, so a quantised voice computes exactly like an fp32 voice with rounded weights. That is
why there is no DequantizeLinear (kept at run time by some builds), no quantised Conv (up to three
times slower on phones) and no QDQ.

Rules, all of them:
1. Only float32 initialisers with at least 2 dimensions and 1024 values are touched.
2. Only where every use is a weight: MatMul (second input, or first when constant), Gemm (inputs 0
   and 1), Conv and ConvTranspose (input 1), Gather (input 0, an embedding). Anything else, shared
   or not, stays fp32.
3. Symmetric: ``scale = max|w| / 127`` for each output channel, ``q = round(w / scale)``. Output
   channels are the last axis for MatMul (the second to last when the constant stands first), axis
   0 for Conv and Gather, axis 1 for ConvTranspose, axis 0 or 1 for Gemm by its ``trans`` flags.
   A weight used along two different axes gets one scale. A channel of zeros has scale 1.
4. Not worth it when scales eat the gain (stored bytes above half of fp32): stays fp32.
5. Values that are not finite stop the export.
"""

from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from voicevault.errors import ExportFailed

MIN_VALUES = 1024
PREFIX = "vv_int8_"


@dataclass(frozen=True, slots=True)
class QuantiseReport:
    """What quantising did."""

    bytes_before: int
    bytes_after: int
    tensors: int
    """Weights stored as int8."""
    largest_step: float
    """Largest scale: half of it is the largest change of any weight."""


def quantise(model_bytes: bytes) -> tuple[bytes, QuantiseReport]:
    """Stores the large weights of an fp32 voice as int8 (rules in the module's docstring).

    Args:
        model_bytes: one ONNX file without external data.

    Returns:
        The new file and what was done.

    Raises:
        ExportFailed: not an ONNX file, or weights that are not finite.
    """
    model = load_model(model_bytes)
    graph = model.graph
    uses = _uses(graph)
    tensors, largest = 0, 0.0
    new_nodes: list[onnx.NodeProto] = []
    kept: list[TensorProto] = []
    for tensor in graph.initializer:
        axis = _channel_axis(tensor, uses.get(tensor.name, []), graph)
        if axis is None:
            kept.append(tensor)
            continue
        weight = numpy_helper.to_array(tensor)
        if not np.all(np.isfinite(weight)):
            raise ExportFailed(
                f"weight {tensor.name} holds values that are not finite",
                hint="training diverged; export an earlier run",
            )
        values, scale = _rounded(weight, axis)
        if values.nbytes + scale.nbytes > weight.nbytes // 2:
            kept.append(tensor)
            continue
        parts, nodes = _stored(tensor.name, values, scale)
        kept += parts
        new_nodes += nodes
        tensors += 1
        largest = max(largest, float(scale.max()))
    _replace(graph, kept, new_nodes)
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data, QuantiseReport(len(model_bytes), len(data), tensors, largest)


def load_model(model_bytes: bytes) -> onnx.ModelProto:
    """Parses one ONNX file held in memory and refuses external data."""
    try:
        model = onnx.load_model_from_string(model_bytes)
    except Exception as error:  # protobuf's DecodeError has moved between versions
        raise ExportFailed(f"these {len(model_bytes)} bytes are not an ONNX file") from error
    if not model.graph.node:
        raise ExportFailed(f"these {len(model_bytes)} bytes are not an ONNX file with a graph")
    outside = [t.name for t in model.graph.initializer if t.data_location == TensorProto.EXTERNAL]
    if outside:
        raise ExportFailed(
            f"weight {outside[0]} lies outside the ONNX file; a voice is one file",
            hint="export without external data",
        )
    return model


def _uses(graph: onnx.GraphProto) -> dict[str, list[tuple[onnx.NodeProto, int]]]:
    """Where each tensor is used; uses inside subgraphs count as unknown (index -1)."""
    out: dict[str, list[tuple[onnx.NodeProto, int]]] = {}
    for node in graph.node:
        for index, name in enumerate(node.input):
            out.setdefault(name, []).append((node, index))
        for attribute in node.attribute:
            subgraphs = [attribute.g, *attribute.graphs]
            for inner in (n for sub in subgraphs for n in sub.node):
                for name in inner.input:
                    out.setdefault(name, []).append((inner, -1))
    return out


def _channel_axis(
    tensor: TensorProto, uses: list[tuple[onnx.NodeProto, int]], graph: onnx.GraphProto
) -> int | None:
    """Axis of the output channels; -1 for one scale for all; None where rules 1 and 2 say no."""
    size = int(np.prod(tensor.dims)) if tensor.dims else 0
    if tensor.data_type != TensorProto.FLOAT or len(tensor.dims) < 2 or size < MIN_VALUES:
        return None
    named = {value.name for value in [*graph.output, *graph.input]}
    if not uses or tensor.name in named:
        return None
    axes = {_axis_of_use(node, index, len(tensor.dims)) for node, index in uses}
    if None in axes:
        return None
    return axes.pop() if len(axes) == 1 else -1


def _axis_of_use(node: onnx.NodeProto, index: int, rank: int) -> int | None:
    match node.op_type, index:
        case "MatMul", 1:
            return rank - 1
        case "MatMul", 0:
            return rank - 2
        case "Conv", 1:
            return 0
        case "ConvTranspose", 1:
            return 1
        case "Gemm", 0:
            return 1 if _flag(node, "transA") else 0
        case "Gemm", 1:
            return 0 if _flag(node, "transB") else 1
        case "Gather", 0:
            return 0 if _flag(node, "axis") == 0 else None
    return None


def _flag(node: onnx.NodeProto, name: str) -> int:
    return next((int(a.i) for a in node.attribute if a.name == name), 0)


def _rounded(
    weight: NDArray[np.float32], axis: int
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    others = tuple(i for i in range(weight.ndim) if i != axis)
    peak = np.abs(weight).max(axis=others, keepdims=True)  # 1 everywhere but on axis
    scale = np.where(peak > 0, peak / 127.0, 1.0).astype(np.float32)
    return np.clip(np.rint(weight / scale), -127, 127).astype(np.int8), scale


def _stored(
    name: str, values: NDArray[np.int8], scale: NDArray[np.float32]
) -> tuple[list[TensorProto], list[onnx.NodeProto]]:
    integer, step, cast = (f"{PREFIX}{part}_{name}" for part in ("q", "s", "c"))
    tensors = [numpy_helper.from_array(values, integer), numpy_helper.from_array(scale, step)]
    nodes = [
        helper.make_node("Cast", [integer], [cast], to=TensorProto.FLOAT),
        helper.make_node("Mul", [cast, step], [name]),
    ]
    return tensors, nodes


def _replace(
    graph: onnx.GraphProto, tensors: list[TensorProto], first: list[onnx.NodeProto]
) -> None:
    nodes = [*first, *graph.node]
    del graph.initializer[:]
    graph.initializer.extend(tensors)
    del graph.node[:]
    graph.node.extend(nodes)
