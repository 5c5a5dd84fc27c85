# SPDX-License-Identifier: GPL-3.0-or-later
"""Word errors and which heard words are right, for choices while training.

Reports use ``evaluation.judge``.
"""

from collections.abc import Sequence

import numpy as np


def compare_words(said: Sequence[str], heard: Sequence[str]) -> tuple[int, list[bool]]:
    """Least substitutions, deletions and insertions, and for each heard word whether it was said.

    Where several paths are equally short, one with the most words right is taken.
    """
    rows, columns = len(said) + 1, len(heard) + 1
    cost = np.zeros((rows, columns), np.int64)
    cost[:, 0], cost[0] = np.arange(rows), np.arange(columns)
    for i in range(1, rows):
        for j in range(1, columns):
            same = cost[i - 1, j - 1] + (said[i - 1] != heard[j - 1])
            cost[i, j] = min(same, cost[i - 1, j] + 1, cost[i, j - 1] + 1)
    right = [False] * len(heard)
    i, j = rows - 1, columns - 1
    while i and j:
        if said[i - 1] == heard[j - 1] and cost[i, j] == cost[i - 1, j - 1]:
            right[j - 1] = True
            i, j = i - 1, j - 1
        elif cost[i, j] == cost[i - 1, j - 1] + 1:
            i, j = i - 1, j - 1
        elif cost[i, j] == cost[i - 1, j] + 1:
            i -= 1
        else:
            j -= 1
    return int(cost[-1, -1]), right
