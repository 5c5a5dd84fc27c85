# SPDX-License-Identifier: GPL-3.0-or-later
"""Replace the stored Fourier matrices of a graph by the few operators that make them.

Four 800 x 401 float32 matrices are 5.1 MB, more than the whole voice in int8. onnxruntime folds the
operators into constants when it loads the file, so this costs nothing while speaking.
"""

import math

import numpy as np
import onnx
from onnx import NodeProto, helper, numpy_helper

from voicevault.data.features import N_FFT
from voicevault.errors import ExportFailed
from voicevault.students.vocoder import BINS, fourier_basis

_SHAPES = ([N_FFT, BINS], [BINS, N_FFT])


def generate_basis(model: onnx.ModelProto) -> None:
    """Swap the four constants of ``students.vocoder.Vocoder`` for operators, in place.

    They are recognised by value: the exporter gives them names of its own.

    Raises:
        ExportFailed: one of them is not in the graph (it was folded into something else).
    """
    cosine, sine = (x.numpy() for x in fourier_basis())
    wanted = {"cosine": cosine, "sine": sine, "cosine_back": cosine.T, "sine_back": sine.T}
    names: dict[str, str] = {}
    for node in list(model.graph.node):
        if node.op_type != "Constant" or list(node.attribute[0].t.dims) not in _SHAPES:
            continue
        value = numpy_helper.to_array(node.attribute[0].t)
        for key, matrix in wanted.items():
            if key not in names and value.shape == matrix.shape and np.array_equal(value, matrix):
                names[key] = node.output[0]
                model.graph.node.remove(node)
                break
    if missing := wanted.keys() - names.keys():
        raise ExportFailed(f"the exported graph has no matrix {', '.join(sorted(missing))}")
    for position, node in enumerate(_nodes(names)):
        model.graph.node.insert(position, node)


def _constant(name: str, value: float | int, kind: type[np.generic]) -> NodeProto:
    return helper.make_node(
        "Constant", [], [name], value=numpy_helper.from_array(np.array(value, kind))
    )


def _nodes(stored: dict[str, str]) -> list[NodeProto]:
    """angle = 2 pi ((n k) mod N) / N; Hann window in n; the products and their transposes."""
    make = helper.make_node

    def named(suffix: str) -> str:
        return f"basis/{suffix}"

    return [
        _constant(named("0"), 0, np.int64),
        _constant(named("1"), 1, np.int64),
        _constant(named("N"), N_FFT, np.int64),
        _constant(named("K"), BINS, np.int64),
        _constant(named("step"), 2 * math.pi / N_FFT, np.float32),
        _constant(named("half"), 0.5, np.float32),
        helper.make_node(
            "Constant", [], [named("axis1")], value=numpy_helper.from_array(np.array([1], np.int64))
        ),
        make("Range", [named("0"), named("N"), named("1")], [named("n")]),
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
        make("Mul", [named("cos"), named("hann")], [stored["cosine"]]),
        make("Mul", [named("sin"), named("hann")], [stored["sine"]]),
        make("Transpose", [stored["cosine"]], [stored["cosine_back"]], perm=[1, 0]),
        make("Transpose", [stored["sine"]], [stored["sine_back"]], perm=[1, 0]),
    ]
