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
    for stage in ("acoustic", "vocoder", "joint", "predict", "polish"):
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
    for stage in ("aligner_ctc", "aligner", "acoustic", "vocoder", "joint", "polish"):
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


def test_critics_learn_beside_the_vocoder_and_resume(work: Path, tmp_path: Path) -> None:
    import torch

    recipe = (REPOSITORY / "recipes" / "base_tts.toml").read_text("utf-8")
    for old, new in (
        ("critics = false", "critics = true"),
        ("faith_weight = 0.0", "faith_weight = 4.0"),
        ("critic_warm_up = 100", "critic_warm_up = 1"),
    ):
        assert old in recipe
        recipe = recipe.replace(old, new)
    (tmp_path / "critics.toml").write_text(recipe, "utf-8")
    for name in (
        *work.glob("*.f32"),
        *work.glob("*.f16"),
        *work.glob("*.i16"),
        *work.glob("*.json"),
    ):
        (tmp_path / name.name).symlink_to(name)
    for name in ("acoustic.pt", "joint.pt"):
        (tmp_path / name).symlink_to(work / name)
    for left in ("polish.json", "critics.json"):
        (tmp_path / left).unlink(missing_ok=True)
    steps = []
    for _ in range(2):
        run(tmp_path, "polish", "--recipe", str(tmp_path / "critics.toml"))
        both = [torch.load(tmp_path / f"{n}.pt", weights_only=True) for n in ("polish", "critics")]
        assert both[0]["step"] == both[1]["step"]
        steps.append(both[0]["step"])
    assert steps[1] > steps[0] > 1
    curve = json.loads((tmp_path / "polish.json").read_text("utf-8"))
    assert {"critic", "faith", "spectral"} <= curve[0].keys()


def test_predicted_mels_have_the_spread_of_the_recordings(work: Path) -> None:
    corpus = Corpus(work)
    predicted = np.memmap(work / "predicted.f16", "<f2", "r").reshape(-1, 80)
    record = corpus.records[0]
    assert len(predicted) == sum(one["frames"] for one in corpus.records)
    speaker = [n for n in corpus.usable() if corpus.records[n]["speaker"] == record["speaker"]]
    real = np.concatenate([corpus.mel(n) for n in speaker])
    made = np.concatenate(
        [predicted[corpus.records[n]["start"] :][: corpus.records[n]["frames"]] for n in speaker]
    ).astype(np.float32)
    speech = (real.mean(1) + 5.8) / 2 > -0.9
    # An acoustic model of one second says nearly the same mel all the time.
    assert made[speech].std(0).mean() > 0.7 * real[speech].std(0).mean()


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
