# SPDX-License-Identifier: GPL-3.0-or-later
"""How sure a figure is: percentile bootstrap over sentences, with a seed."""

from collections.abc import Sequence

import numpy as np

ROUNDS = 2000


def ratio_interval(
    tops: Sequence[float], bottoms: Sequence[float], seed: int
) -> tuple[float, float]:
    """95 % interval of sum(tops) / sum(bottoms) when sentences are drawn again.

    Means are ratios with bottoms of one. Nan in, nan out; one sentence has no interval.
    """
    top, bottom = np.asarray(tops, float), np.asarray(bottoms, float)
    if len(top) < 2:
        return float("nan"), float("nan")
    draws = np.random.default_rng(seed).integers(0, len(top), (ROUNDS, len(top)))
    values = top[draws].sum(1) / np.maximum(bottom[draws].sum(1), 1e-9)
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def mean_interval(values: Sequence[float], seed: int) -> tuple[float, float]:
    """95 % interval of a mean."""
    return ratio_interval(values, [1.0] * len(values), seed)
