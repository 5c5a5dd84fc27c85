# SPDX-License-Identifier: GPL-3.0-or-later
"""Replace the stored Fourier matrices of a graph by the few operators that make them.

Four 800 x 401 float32 matrices are 5.1 MB, more than the whole voice in int8; a full-band voice has
two of them and two of 601 x 601. onnxruntime folds the operators into constants when it loads the
file, so this costs nothing while speaking.
"""

import math

import numpy as np
import onnx
from onnx import NodeProto, helper, numpy_helper

from voicevault.data import highband
from voicevault.data.features import N_FFT
from voicevault.errors import ExportFailed
from voicevault.students.fourier import fourier_basis


def generate_basis(model: onnx.ModelProto, *, full_band: bool = False) -> None:
    """Swap the four constants of ``students.vocoder.Vocoder`` for operators, in place.

    They are recognised by value: the exporter gives them names of its own.

    Args:
        model: the exported graph.
        full_band: the way back is ``students.highband.HighBand``'s, half a window of 24 kHz.

    Raises:
        ExportFailed: one of them is not in the graph (it was folded into something else).
    """
    cosine, sine = (x.numpy() for x in fourier_basis())
    cosine_back, sine_back = cosine.T, sine.T
    if full_band:
        cosine_back, sine_back = (
            x.numpy()[: highband.BINS].T for x in fourier_basis(highband.N_FFT)
        )
    wanted = {"cosine": cosine, "sine": sine, "cosine_back": cosine_back, "sine_back": sine_back}
    names: dict[str, str] = {}
    for node in list(model.graph.node):
        if node.op_type != "Constant":
            continue
        value = numpy_helper.to_array(node.attribute[0].t)
        for key, matrix in wanted.items():
            if key not in names and value.shape == matrix.shape and np.array_equal(value, matrix):
                names[key] = node.output[0]
                model.graph.node.remove(node)
                break
    if missing := wanted.keys() - names.keys():
        raise ExportFailed(f"the exported graph has no matrix {', '.join(sorted(missing))}")
    nodes = _nodes_at_two_rates(names) if full_band else _nodes(names)
    for position, node in enumerate(nodes):
        model.graph.node.insert(position, node)


def _nodes(stored: dict[str, str]) -> list[NodeProto]:
    """One pair, and its transposes for the way back."""
    pair = _pair("basis", N_FFT, N_FFT, stored["cosine"], stored["sine"])
    return [*pair, *_transposed(stored, stored)]


def _nodes_at_two_rates(stored: dict[str, str]) -> list[NodeProto]:
    """One pair for the analysis, another for the synthesis."""
    wide = {"cosine": "basis_back/cosine", "sine": "basis_back/sine"}
    return [
        *_pair("basis", N_FFT, N_FFT, stored["cosine"], stored["sine"]),
        *_pair("basis_back", highband.N_FFT, highband.BINS, wide["cosine"], wide["sine"]),
        *_transposed(wide, stored),
    ]


def _transposed(pair: dict[str, str], stored: dict[str, str]) -> list[NodeProto]:
    return [
        helper.make_node("Transpose", [pair[one]], [stored[f"{one}_back"]], perm=[1, 0])
        for one in ("cosine", "sine")
    ]


def _constant(name: str, value: float | int, kind: type[np.generic]) -> NodeProto:
    return helper.make_node(
        "Constant", [], [name], value=numpy_helper.from_array(np.array(value, kind))
    )


def _pair(prefix: str, n_fft: int, rows: int, cosine: str, sine: str) -> list[NodeProto]:
    """angle = 2 pi ((n k) mod N) / N; Hann window in n; the two products, [rows, K]."""
    make = helper.make_node

    def named(suffix: str) -> str:
        return f"{prefix}/{suffix}"

    return [
        _constant(named("0"), 0, np.int64),
        _constant(named("1"), 1, np.int64),
        _constant(named("N"), n_fft, np.int64),
        _constant(named("rows"), rows, np.int64),
        _constant(named("K"), n_fft // 2 + 1, np.int64),
        _constant(named("step"), 2 * math.pi / n_fft, np.float32),
        _constant(named("half"), 0.5, np.float32),
        helper.make_node(
            "Constant", [], [named("axis1")], value=numpy_helper.from_array(np.array([1], np.int64))
        ),
        make("Range", [named("0"), named("rows"), named("1")], [named("n")]),
        make("Range", [named("0"), named("K"), named("1")], [named("k")]),
        make("Unsqueeze", [named("n"), named("axis1")], [named("n_column")]),
        make("Mul", [named("n_column"), named("k")], [named("nk")]),
        make("Mod", [named("nk"), named("N")], [named("nk_mod")]),
        make("Cast", [named("nk_mod")], [named("nk_float")], to=onnx.TensorProto.FLOAT),
        make("Mul", [named("nk_float"), named("step")], [named("angle")]),
        make("Cast", [named("n_column")], [named("n_float")], to=onnx.TensorProto.FLOAT),
        make("Mul", [named("n_float"), named("step")], [named("turn")]),
        make("Cos", [named("turn")], [named("turn_cos")]),
        make("Mul", [named("turn_cos"), named("half")], [named("turn_half")]),
        make("Sub", [named("half"), named("turn_half")], [named("hann")]),
        make("Cos", [named("angle")], [named("cos")]),
        make("Sin", [named("angle")], [named("sin")]),
        make("Mul", [named("cos"), named("hann")], [cosine]),
        make("Mul", [named("sin"), named("hann")], [sine]),
    ]
