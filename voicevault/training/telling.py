# SPDX-License-Identifier: GPL-3.0-or-later
"""What a training tells of a step: how far it is, how long it will take, and the loss."""

import time

from torch import Tensor

from voicevault.events import Metric, Progress
from voicevault.training.context import Context


def tell_step(
    ctx: Context,
    stage: str,
    loss: Tensor,
    done: int,
    total: int,
    began_s: float,
    began_at: int,
) -> None:
    """One Progress and one Metric.

    Args:
        done: steps behind us, of all ``total``; those of different stages cost about the same,
            which is good enough for a time left.
        began_s: ``time.monotonic`` when this process began its steps, at step ``began_at``.
    """
    eta_s = (time.monotonic() - began_s) / (done - began_at) * (total - done)
    ctx.emit(Progress(stage, done, total, round(eta_s, 1)))
    ctx.emit(Metric(stage, done, float(loss.detach())))
