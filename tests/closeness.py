# SPDX-License-Identifier: GPL-3.0-or-later
"""How far two trainings ended from each other.

The same sums in the same order round alike, but not everywhere: where a library may choose its
kernel by the address of an array, two trainings in one process differ in the last digits. Measured
on the tiny recogniser of these tests: one thread or two, 0.0003 of the way that it learnt; a
checkpoint whose optimiser was forgotten, 0.006; a step too many, 0.06; another seed, 0.95.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import onnx

Weights = Mapping[str, npt.ArrayLike]

ALIKE = 0.002
"""Of the way from the start: rounding stays below it, everything else does not."""


def apart(one: Weights, other: Weights, start: Weights) -> float:
    """Distance of two sets of weights, as a part of the way that the first came from ``start``.

    An exporter may number what has no name of its own: ``start`` may lack some of it.
    """
    assert one.keys() == other.keys()
    shared = sorted(one.keys() & start.keys())
    assert 2 * len(shared) > len(one)
    a, b, s = (
        np.concatenate([np.asarray(weights[name], np.float64).ravel() for name in shared])
        for weights in (one, other, start)
    )
    return float(np.linalg.norm(a - b) / np.linalg.norm(a - s))


def onnx_floats(model: bytes) -> dict[str, npt.NDArray[np.float32]]:
    """What an ONNX file keeps as floats; in an int8 file scales, biases and norms."""
    graph = onnx.load_model_from_string(model).graph
    arrays = {one.name: onnx.numpy_helper.to_array(one) for one in graph.initializer}
    return {name: array for name, array in arrays.items() if array.dtype == np.float32}
