# SPDX-License-Identifier: GPL-3.0-or-later
"""The base recipe walks from clips to shipped files, on two invented voices and in seconds."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import safetensors.torch

from voicevault.runtime.align import Aligner
from voicevault.text.frontend import utterance_phonemes
from voicevault.text.symbols import SYMBOLS
from voicevault.training.corpus import Corpus
from voicevault.training.invent import invent_owner

REPOSITORY = Path(__file__).parents[2]
SENTENCES = (
    "The lamp beside the window burned until morning.",
    "Take the second road after the old mill.",
    "I would rather have tea than coffee tonight.",
    "Our neighbours keep three goats and a donkey.",
)


class Nobody:
    """A context that nobody listens to."""

    def emit(self, event: Any) -> None: ...

    def put_blob(self, name: str, data: bytes, meta: dict[str, Any]) -> None: ...

    def stopping(self) -> bool:
        return False


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A work folder in which every stage has run for about a second."""
    speech = tmp_path_factory.mktemp("speech")
    for seed in (1, 2):
        folder = speech / f"voice-{seed}"
        folder.mkdir()
        prompts = [(f"{seed}-{i}", text) for i, text in enumerate(SENTENCES)]
        lines = []
        for name, text, data in invent_owner(prompts, seed, Nobody()):
            (folder / f"{name}.flac").write_bytes(data)
            lines.append(f"{name}|{text}\n")
        (folder / "metadata.csv").write_text("".join(lines), "utf-8")
    work = tmp_path_factory.mktemp("work")
    run(work, "prepare", "--data", str(speech))
    for stage in ("aligner", "align"):
        run(work, stage)
    align_well(work)
    for stage in ("acoustic", "vocoder", "joint"):
        run(work, stage)
    return work


def align_well(work: Path) -> None:
    """A second of training aligns nothing and is rightly rejected: take the shipped aligner."""
    corpus, aligner = Corpus(work), Aligner.load()
    found = []
    for number, record in enumerate(corpus.records):
        wave = corpus.sound(number).wave.astype(np.float32) / 32768
        found.append(list(aligner.align(wave, utterance_phonemes(record["text"])).durations))
    (work / "align.json").write_text(json.dumps(found), "utf-8")


def run(work: Path, stage: str, *more: str) -> str:
    """One call of the script, a second of training, one thread."""
    script = str(REPOSITORY / "recipes" / "train_base.py")
    words = ["--work", str(work), "--minutes", "0.02", "--threads", "1", *more, stage]
    ended = subprocess.run(
        [sys.executable, script, *words], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    return ended.stdout


def test_every_stage_leaves_a_curve(work: Path) -> None:
    for stage in ("aligner_ctc", "aligner", "acoustic", "vocoder", "joint"):
        curve = json.loads((work / f"{stage}.json").read_text("utf-8"))
        assert curve[0]["step"] == 0
        assert np.isfinite(list(curve[0].values())).all()
    alignments = json.loads((work / "align.json").read_text("utf-8"))
    assert len(alignments) == 2 * len(SENTENCES)


def test_a_stage_goes_on_where_it_stopped(work: Path) -> None:
    import torch

    before = torch.load(work / "vocoder.pt", weights_only=True)
    run(work, "vocoder")
    after = torch.load(work / "vocoder.pt", weights_only=True)
    assert after["step"] > before["step"] > 0
    assert after["spent_s"] > before["spent_s"]


def test_pack_writes_what_the_product_loads(work: Path, tmp_path: Path) -> None:
    run(work, "pack", "--out", str(tmp_path))
    index = json.loads((tmp_path / "base.json").read_text("utf-8"))
    assert index["voices"] == 2
    weights = safetensors.torch.load_file(tmp_path / "tts.safetensors")
    shipped = safetensors.torch.load_file(REPOSITORY / "voicevault/base/tts.safetensors")
    assert weights.keys() == shipped.keys()
    session = onnxruntime.InferenceSession(tmp_path / "aligner.onnx")
    out = session.run(None, {"log_mel": np.zeros((1, 30, 80), np.float32)})[0]
    assert out.shape == (1, 30, len(SYMBOLS))
    assert np.allclose(np.exp(out).sum(-1), 1.0, atol=1e-3)
