# SPDX-License-Identifier: GPL-3.0-or-later
"""The recogniser as one ONNX graph to sherpa-onnx's ``zipformer_ctc`` contract, and back.

features [N, T, 80], lengths int64 [N] -> log_probs [N, L, V] with V fixed, lengths int64 [N].
Positions bind, not names. No metadata is wanted; normalising is inside the graph.

The file holds int8 weights (``export.quantise``) under the names of the network's own parameters,
so that the same five megabytes are what runs and what a personal recogniser starts from.
"""

import io
import warnings

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper

from voicevault.data.fbank import BANDS
from voicevault.errors import ExportFailed
from voicevault.export.dynamic import integer_products
from voicevault.export.quantise import PREFIX, load_model, quantise
from voicevault.students.recogniser import Recogniser, RecogniserConfig

OPSET = 15
IR_VERSION = 8
_TURNED = ".turned"
"""Ends the name of a matrix that the graph keeps transposed."""


def recogniser_onnx(network: Recogniser) -> bytes:
    """Export in float32.

    Raises:
        ExportFailed: the number of pieces is not fixed in the graph.
    """
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the legacy exporter is the one that phones load
        torch.onnx.export(
            network.eval(),
            (torch.zeros(2, 61, BANDS), torch.tensor([61, 40])),
            buffer,  # type: ignore[arg-type]  # the legacy exporter takes any writer
            opset_version=OPSET,
            input_names=["features", "feature_lengths"],
            output_names=["log_probs", "log_probs_lengths"],
            dynamic_axes={
                "features": {0: "N", 1: "T"},
                "feature_lengths": {0: "N"},
                "log_probs": {0: "N", 1: "L"},
                "log_probs_lengths": {0: "N"},
            },
            dynamo=False,
        )
    model = onnx.load_model_from_string(buffer.getvalue())
    model.ir_version = IR_VERSION
    pieces = model.graph.output[0].type.tensor_type.shape.dim[2].dim_value
    if pieces != network.config.pieces:
        raise ExportFailed(f"the graph answers {pieces} pieces, not {network.config.pieces}")
    _name_weights(model, network)
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data


def recogniser_int8(network: Recogniser) -> bytes:
    """Export with int8 weights and int8 products: a quarter of the file in half of the time."""
    return integer_products(quantise(recogniser_onnx(network))[0])


def read_recogniser(model_bytes: bytes, config: RecogniserConfig | None = None) -> Recogniser:
    """The network of an exported file, int8 or float32, with float32 weights to go on training.

    Raises:
        ExportFailed: a weight is missing: another kind of file, or another size of network.
    """
    stored = _weights(load_model(model_bytes))
    network = Recogniser(config)
    state = network.state_dict()
    for name, tensor in state.items():
        turned = f"{name}{_TURNED}"
        if turned in stored:
            value = stored[turned].T
        elif name in stored:
            value = stored[name]
        else:
            raise ExportFailed(f"this is no recogniser of this size: {name} is missing")
        if value.size != tensor.numel():
            raise ExportFailed(f"weight {name} has {value.size} values, not {tensor.numel()}")
        state[name] = torch.from_numpy(np.ascontiguousarray(value).reshape(tensor.shape).copy())
    network.load_state_dict(state)
    return network.eval()


def _name_weights(model: onnx.ModelProto, network: Recogniser) -> None:
    """Give weights that the exporter turned over, and named by a number, their own names."""
    state = network.state_dict()
    known = {_mark(t.detach().cpu().float().numpy().T): n for n, t in state.items() if t.ndim == 2}
    renamed = {}
    for tensor in model.graph.initializer:
        own = known.get(_mark(numpy_helper.to_array(tensor)))
        if tensor.name not in state and own is not None:
            renamed[tensor.name] = tensor.name = f"{own}{_TURNED}"
    for node in model.graph.node:
        for index, name in enumerate(node.input):
            node.input[index] = renamed.get(name, name)


def _mark(value: NDArray[np.generic]) -> tuple[tuple[int, ...], bytes]:
    return value.shape, np.ascontiguousarray(value, np.float32).tobytes()


def _weights(model: onnx.ModelProto) -> dict[str, NDArray[np.float32]]:
    """Weights by parameter name, int8 ones multiplied out."""
    raw = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    out: dict[str, NDArray[np.float32]] = {}
    for name, value in raw.items():
        if name.startswith(f"{PREFIX}q_"):
            own = name.removeprefix(f"{PREFIX}q_")
            out[own] = value.astype(np.float32) * raw[f"{PREFIX}s_{own}"]
        elif not name.startswith(PREFIX) and value.dtype == np.float32:
            out[name] = value
    for node in model.graph.node:  # equal tensors are stored once and passed on
        if node.op_type == "Identity" and node.input[0] in out:
            out[node.output[0]] = out[node.input[0]]
    return out
