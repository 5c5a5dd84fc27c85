# SPDX-License-Identifier: GPL-3.0-or-later
"""A tiny recogniser in the two places where listeners look: a run in a vault, and a base."""

import functools
import gzip
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from toy_speaker import speak

from encrypted_store import Kind, Vault
from voicevault.audio.capture import BLOCK
from voicevault.runs import DONE, Run, RunBook
from voicevault.runtime import base_files
from voicevault.text.pieces import START

RATE_HZ = 16_000
CALIBRATION = [1.0, 0.4, 0.1]


@functools.cache
def exported() -> tuple[bytes, str]:
    """The tiny recogniser with shorter words, and its tokens.txt."""
    import tiny_recogniser
    import torch

    from voicevault.export.ctc import recogniser_onnx

    network, pieces = tiny_recogniser.network(), tiny_recogniser.PIECES
    with torch.no_grad():
        network.out.bias[[piece.startswith(START) for piece in pieces.pieces]] += 3.0
    return recogniser_onnx(network), pieces.tokens_txt()


def recogniser_run(vault: Vault, *, deployed: bool = True, recipe: str = "asr_personal") -> Run:
    """A finished run that trained a recogniser, as a training leaves it."""
    model, tokens = exported()
    runs = RunBook(vault)
    run = runs.begin(recipe, {}, {})
    runs.keep(run, Kind.MODEL, "asr.onnx", model)
    runs.keep(run, Kind.SETTINGS, "asr_tokens.txt", tokens.encode())
    runs.keep(run, Kind.SETTINGS, "asr.json", json.dumps({"calibration": CALIBRATION}).encode())
    return runs.change(run, status=DONE, result={"student": "recogniser", "deployed": deployed})


def shipped_base(folder: Path, monkeypatch: pytest.MonkeyPatch, *, listens: bool = True) -> None:
    """Lets this process see a base in `folder` that ships the tiny recogniser, or none."""
    model, tokens = exported()
    words = gzip.compress(b"\\1\n</s> 20 0\nthe 30 0\nring 80 0\nother 80 0\n\\2\n")
    files = {"asr.onnx": model, "asr_tokens.txt": tokens.encode(), "asr_words.txt.gz": words}
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    index = {"sha256": hashes if listens else {}, "recogniser": {"calibration": CALIBRATION}}
    (folder / "base.json").write_text(json.dumps(index))
    monkeypatch.setattr(base_files.resources, "files", lambda _: folder)


def talk(*phrases_s: float, pause_s: float = 1.5, seed: int = 0) -> np.ndarray:
    """[S] phrases of so many seconds each, with pauses before, between and after them."""
    rest = np.random.default_rng(seed).normal(0, 2e-4, int(pause_s * RATE_HZ)).astype(np.float32)
    parts = [rest]
    for number, length_s in enumerate(phrases_s):
        parts += [speak(length_s, edge_s=0.05, seed=seed + number), rest]
    return np.concatenate(parts)


class FakeDevice:
    """A microphone that plays samples, and then ends or fails with `at_end`."""

    def __init__(self, samples: np.ndarray, at_end: Exception | None = None) -> None:
        self._samples, self._at_end = samples, at_end
        self.taken = 0
        self.is_open = False

    @contextmanager
    def open(self, rate_hz: int) -> Iterator[Iterator[np.ndarray]]:
        assert rate_hz == RATE_HZ
        self.is_open = True
        try:
            yield self._blocks()
        finally:
            self.is_open = False

    def _blocks(self) -> Iterator[np.ndarray]:
        for start in range(0, len(self._samples), BLOCK):
            self.taken += 1
            yield self._samples[start : start + BLOCK]
        if self._at_end is not None:
            raise self._at_end
