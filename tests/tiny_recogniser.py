# SPDX-License-Identifier: GPL-3.0-or-later
"""A recogniser of a few thousand random weights, and its files, for tests."""

import functools

import torch

from voicevault.export.ctc import recogniser_onnx
from voicevault.students.recogniser import Recogniser, RecogniserConfig
from voicevault.text.pieces import START, Pieces, learn

PIECES = Pieces(learn({"the": 5.0, "ring": 3.0, "other": 2.0}, 36))
CONFIG = RecogniserConfig(
    pieces=len(PIECES),
    channels=32,
    blocks=3,
    kernel=5,
    expansion=2,
    heads=2,
    attention_after=(1,),
    phonemes_after=0,
    front=(4, 6),
    dropout=0.0,  # too small to lose any
)


def network(seed: int = 0) -> Recogniser:
    """Random weights, loud enough at the end that answers differ from frame to frame."""
    torch.manual_seed(seed)
    made = Recogniser(CONFIG)
    with torch.no_grad():
        made.out.weight.mul_(12.0)
        made.out.bias[[piece.startswith(START) for piece in PIECES.pieces]] += 4.0  # many words
        for weight in (made.enter.bias, made.told.bias, made.norm.bias, made.norm.weight):
            weight.add_(torch.randn_like(weight) * 0.05)  # like trained ones: all different
    return made.eval()


@functools.lru_cache(maxsize=1)
def exported() -> tuple[bytes, str]:
    """(float32 ONNX, tokens.txt)."""
    return recogniser_onnx(network()), PIECES.tokens_txt()
