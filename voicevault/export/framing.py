# SPDX-License-Identifier: GPL-3.0-or-later
"""In-graph framing: whatever ids a host feeds, the voice reads one canonical sequence.

What hosts do differently (each seen with piper-tts 1.8, sherpa-onnx 1.13 and 2.0) is undone here:
pads (sherpa-onnx before 1.13.5 omits the one after BOS), spaces around pause marks and at the ends,
and the linking glide that only newer espeak-ng writes ("real" is r-i-glide-l in piper-tts 1.8 and
r-i-l in sherpa-onnx 1.13; without the glide 1,500 of 1,500 sentences agree, with it 1,132).

Plain operators only, exportable at opset 15 by the legacy exporter; batch size one, as hosts feed.

Shapes: N ids the host feeds, K ids that are symbols, P symbols kept, M = P + 2 framed ids.
"""

import torch
from torch import Tensor, nn

from voicevault.text.symbols import BOS, EOS, HOST_DEPENDENT, PAD, PAUSE_MARKS, SPACE, SYMBOLS


class Framing(nn.Module):
    """Drops what hosts add, frames with BOS and EOS, and remembers where each id came from.

    It does not check that ids are below the size of an embedding: hosts drop unknown symbols.
    """

    pause: Tensor
    dropped: Tensor

    def __init__(self) -> None:
        super().__init__()
        marks = sorted(SYMBOLS[mark] for mark in PAUSE_MARKS)
        dropped = [SYMBOLS[symbol] for symbol in (PAD, BOS, EOS, *HOST_DEPENDENT)]
        self.register_buffer("pause", torch.tensor(marks), persistent=False)
        self.register_buffer("dropped", torch.tensor(dropped), persistent=False)

    def forward(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """Frames one sequence.

        Args:
            ids: int64 [1, N] as fed by the host, N >= 1.

        Returns:
            int64 [1, M] ``[BOS, symbols, EOS]`` and int64 [M], the input position of each of them
            (0 for BOS, N - 1 for EOS, that of its mark for a space put after a pause mark).
        """
        row = ids[0]  # [N]
        where = torch.nonzero(~_among(row, self.dropped))[:, 0]  # [K]
        symbol = row[where]  # [K]
        space = torch.full_like(row[:1], SYMBOLS[SPACE])  # [1]
        following = torch.cat([symbol, space])[1:]  # [K] the end counts as a space
        is_space = symbol == space
        gap_follows = (following == space) | _among(following, self.pause)  # [K]
        spoken = torch.cumsum((~is_space).to(torch.int64), dim=0)  # [K] 0 while only spaces came
        keep = ~(is_space & (gap_follows | (spoken == 0)))
        insert = _among(symbol, self.pause) & ~gap_follows  # a space between a mark and a sound
        slots = torch.stack([symbol, torch.zeros_like(symbol) + space], 1).reshape(-1)  # [2 K]
        kept = torch.nonzero(torch.stack([keep, insert], 1).reshape(-1))[:, 0]  # [P]
        origin = torch.stack([where, where], 1).reshape(-1)  # [2 K]
        bos, eos = torch.full_like(space, SYMBOLS[BOS]), torch.full_like(space, SYMBOLS[EOS])
        first = torch.zeros_like(space)
        framed = torch.cat([bos, slots[kept], eos])
        source = torch.cat([first, origin[kept], first + row.shape[0] - 1])
        return framed[None], source  # [1, M], [M]


def _among(ids: Tensor, few: Tensor) -> Tensor:
    return (ids[:, None] == few[None]).to(torch.int64).sum(1) > 0  # torch.isin is not at opset 15


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
    # Positions repeat where a space was put after a mark, and at BOS and EOS. Scatter with "add"
    # needs opset 16, so each kind is scattered on its own, where its positions are distinct.
    inner, counts = source[1:-1], flat[1:-1]  # [P]
    before = torch.cat([inner[:1] - 1, inner])[:-1]  # [P]
    own = torch.nonzero(inner != before)[:, 0]
    inserted = torch.nonzero(inner == before)[:, 0]
    total = zeros.scatter(0, inner[own], counts[own])
    total = total + zeros.scatter(0, inner[inserted], counts[inserted])
    index = torch.cumsum(torch.ones_like(ids[0]), dim=0) - 1  # [N]
    total = total + flat[:1] * (index == 0).to(torch.float32)
    total = total + flat[-1:] * (index == ids.shape[1] - 1).to(torch.float32)
    return total[None]  # [1, N]
