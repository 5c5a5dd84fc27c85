# SPDX-License-Identifier: GPL-3.0-or-later
"""A tiny recogniser in the two places where listeners look: a run in a vault, and a base."""

import functools
import gzip
import hashlib
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from toy_speaker import speak

from encrypted_store import Kind, Vault
from voicevault.audio.capture import Heard
from voicevault.runs import DONE, Run, RunBook
from voicevault.runtime import base_files
from voicevault.text.pieces import START

RATE_HZ = 16_000
CALIBRATION = [1.0, 0.4, 0.1]
BLOCK = RATE_HZ // 10


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
    return runs.change(
        run, status=DONE, result={"student": "recogniser", "gate": {"better": deployed}}
    )


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
    """A microphone that plays samples; then it is gone, or somebody presses Ctrl-C."""

    name = ""

    def __init__(
        self, samples: np.ndarray, *, ctrl_c_at: int = -1, absent: Exception | None = None
    ) -> None:
        """`ctrl_c_at`: the block that is played then; 0 is after the last."""
        count = range(0, len(samples), BLOCK)
        self._blocks = [samples[start : start + BLOCK] for start in count]
        self._ctrl_c_at = ctrl_c_at or len(self._blocks)
        self._absent = absent
        self.rate_hz = RATE_HZ
        self.taken = 0
        self.is_open = False

    def open(self) -> "FakeDevice":
        if self._absent is not None:
            raise self._absent
        self.is_open = True
        return self

    @property
    def alive(self) -> bool:
        return self.taken < len(self._blocks)

    def read(self) -> Heard:
        if self.taken == self._ctrl_c_at:
            os.kill(os.getpid(), signal.SIGINT)
        if not self.alive:
            return Heard(np.zeros(0, np.float32))
        self.taken += 1
        return Heard(self._blocks[self.taken - 1])

    def close(self) -> None:
        self.is_open = False

    def sound(self) -> Iterator[np.ndarray]:
        """The blocks as they are, to the end."""
        while self.alive:
            yield self.read().samples
