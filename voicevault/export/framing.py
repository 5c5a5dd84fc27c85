# SPDX-License-Identifier: GPL-3.0-or-later
"""In-graph framing: whatever ids a host feeds, the voice reads one canonical sequence.

Hosts disagree about pads (sherpa-onnx before 1.13.5 omits the one after BOS), about spaces around
pause marks and about spaces at the ends. The rules of ``voicevault.text.symbols.canonical`` are
therefore part of the exported graph. Plain operators only, exportable at opset 15 by the legacy
exporter; batch size one, as every host feeds.

Shapes: N ids the host feeds, K ids that are symbols, P symbols kept, M = P + 2 framed ids.
"""

import torch
from torch import Tensor, nn

from voicevault.text.symbols import BOS, EOS, PAUSE_MARKS, SPACE, SYMBOLS


class Framing(nn.Module):
    """Drops what hosts add, frames with BOS and EOS, and remembers where each id came from.

    It does not check that ids are below the size of an embedding: hosts drop unknown symbols.
    """

    pause: Tensor

    def __init__(self) -> None:
        super().__init__()
        marks = sorted(SYMBOLS[mark] for mark in PAUSE_MARKS) + [SYMBOLS[SPACE]]
        self.register_buffer("pause", torch.tensor(marks, dtype=torch.int64), persistent=False)

    def forward(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """Frames one sequence.

        Args:
            ids: int64 [1, N] as fed by the host, N >= 1.

        Returns:
            int64 [1, M] ``[BOS, symbols, EOS]`` and int64 [M], the input position of each of them
            (0 for BOS, N - 1 for EOS).
        """
        row = ids[0]  # [N]
        space, bos, eos = SYMBOLS[SPACE], SYMBOLS[BOS], SYMBOLS[EOS]
        where = torch.nonzero(row > eos)[:, 0]  # [K] pad, BOS and EOS are the ids 0, 1, 2
        symbol = row[where]  # [K]
        end = torch.full_like(row[:1], space)  # a space at the end counts as before a space
        following = torch.cat([symbol, end])[1:]  # [K]
        is_space = symbol == space
        spoken = torch.cumsum((~is_space).to(torch.int64), dim=0)  # [K] 0 while only spaces came
        before_pause = (following[:, None] == self.pause[None]).to(torch.int64).sum(1) > 0  # [K]
        keep = ~(is_space & (before_pause | (spoken == 0)))
        kept = torch.nonzero(keep)[:, 0]  # [P]
        first = torch.zeros_like(row[:1])
        last = first + row.shape[0] - 1
        framed = torch.cat([torch.full_like(end, bos), symbol[kept], torch.full_like(end, eos)])
        source = torch.cat([first, where[kept], last])
        return framed[None], source  # [1, M], [M]


def frame_ids(ids: Tensor) -> Tensor:
    """:class:`Framing` without the mapping: int64 [1, N] -> int64 [1, M]."""
    framed: Tensor = Framing()(ids)[0]
    return framed


def durations_at_input(frames: Tensor, source: Tensor, ids: Tensor) -> Tensor:
    """Frames of each framed id, put back where the host's ids stand (Piper's optional output 1).

    Piper multiplies the second output by ``hop_length`` and wants one figure for each id it fed.
    Dropped ids get 0; BOS counts at the first and EOS at the last position.

    Args:
        frames: [1, M] or [M] frames of each framed id, any number type.
        source: int64 [M] from :class:`Framing`.
        ids: int64 [1, N] as fed by the host.

    Returns:
        float32 [1, N].
    """
    flat = frames.reshape(-1).to(torch.float32)  # [M]
    zeros = ids[0].to(torch.float32) * 0.0  # [N]
    inner = zeros.scatter(0, source[1:-1], flat[1:-1])  # [N] positions of symbols are distinct
    # BOS and EOS may share a position with a symbol, and scatter with "add" needs opset 16.
    index = torch.cumsum(torch.ones_like(ids[0]), dim=0) - 1  # [N]
    total = inner + flat[:1] * (index == 0).to(torch.float32)
    total = total + flat[-1:] * (index == ids.shape[1] - 1).to(torch.float32)
    return total[None]  # [1, N]
