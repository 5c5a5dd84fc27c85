# SPDX-License-Identifier: GPL-3.0-or-later
"""A checkpoint of base training speaks for people whom it never heard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from voicevault.audio.files import encode_wav
from voicevault.evaluation.sets import sentences
from voicevault.runtime.align import Aligner
from voicevault.students.shipped import Base, load_base
from voicevault.text.frontend import utterance_phonemes
from voicevault.text.symbols import framed_ids
from voicevault.training.base import judged
from voicevault.training.items import collate
from voicevault.training.losses import acoustic_loss

RATE_HZ = 16_000
VOICES = (3, 40, 77)
"""Of the shipped base: those of the checkpoint. The person is another one."""
PERSON = 120


@pytest.fixture(scope="module")
def base() -> Base:
    return load_base()


def save(path: Path, weights: dict[str, torch.Tensor], step: int, spent_s: float) -> None:
    average = {f"module.{k}": v for k, v in weights.items()}
    torch.save({"average": average, "step": step, "spent_s": spent_s}, path)


@pytest.fixture(scope="module")
def work(base: Base, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A work folder as a training leaves it, with three of the shipped base's voices."""
    work = tmp_path_factory.mktemp("work")
    acoustic = {f"acoustic.{k}": v for k, v in base.student.acoustic.state_dict().items()}
    acoustic["speakers.weight"] = base.speakers[list(VOICES)]
    save(work / "acoustic.pt", acoustic, 700, 600.0)
    save(work / "vocoder.pt", base.student.vocoder.state_dict(), 900, 300.0)
    return work


@pytest.fixture(scope="module")
def person(base: Base, tmp_path_factory: pytest.TempPathFactory) -> judged.Person:
    folder = tmp_path_factory.mktemp("users") / "somebody"
    folder.mkdir()
    lines = []
    torch.manual_seed(0)
    for one in [one for one in sentences() if one.set == "unseen"][:20]:
        ids = torch.tensor([framed_ids(utterance_phonemes(one.text))])
        wave = base.student.speak(ids, speaker=base.speakers[PERSON][None])[0].numpy()
        (folder / f"{one.id}.wav").write_bytes(encode_wav(wave, RATE_HZ))
        lines.append(f"{one.id}|{one.text}\n")
    (folder / "metadata.csv").write_text("".join(lines), "utf-8")
    return judged.held_out(folder, Aligner.load())


def test_the_vector_is_found_by_other_sentences(person: judged.Person) -> None:
    assert len(person.judged) == len(person.texts) == judged.JUDGED
    assert len(person.fitted) == judged.FITTED
    lengths = {item.frames for item in person.judged}
    assert not any(a is b for a in person.judged for b in person.fitted)
    assert len(lengths) > 1


def test_the_newest_stage_is_taken(work: Path, base: Base, tmp_path: Path) -> None:
    found = judged.load_checkpoint(work)
    assert (found.stage, found.step, found.minutes) == ("vocoder", 900, 15.0)
    save(work / "polish.pt", base.student.vocoder.state_dict(), 50, 60.0)
    try:
        found = judged.load_checkpoint(work)
        assert (found.stage, found.step, found.minutes) == ("polish", 50, 16.0)
    finally:
        (work / "polish.pt").unlink()
    (tmp_path / "acoustic.pt").write_bytes((work / "acoustic.pt").read_bytes())
    early = judged.load_checkpoint(tmp_path)
    assert (early.stage, early.own_vocoder) == ("acoustic", False)
    with pytest.raises(SystemExit, match="nothing to judge"):
        judged.load_checkpoint(tmp_path / "nowhere")


def test_copies_are_as_long_as_the_recordings(work: Path, person: judged.Person) -> None:
    checkpoint = judged.load_checkpoint(work)
    one = judged.copied(checkpoint, person.judged[:2])
    assert [len(wave) for wave in one] == [len(item.wave) for item in person.judged[:2]]
    again = judged.copied(checkpoint, person.judged[:2])
    assert all(np.array_equal(a, b) for a, b in zip(one, again, strict=True))


def test_the_fit_comes_nearer_than_any_voice(
    work: Path, person: judged.Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judged, "STEPS", 10)
    checkpoint = judged.load_checkpoint(work)
    model, speakers = checkpoint.acoustic, checkpoint.speakers
    assert model is not None
    assert speakers is not None
    vector = judged.fit_speaker(checkpoint, person.fitted[:4])
    batch = collate(person.judged[:2])

    def mel_loss(one: torch.Tensor) -> float:
        with torch.no_grad():
            out = judged._forced(model, batch, one)
        return float(acoustic_loss(out, batch, model.timeless).mel)

    fitted = mel_loss(vector)
    assert fitted < 0.9 * min(mel_loss(one[None]) for one in speakers)
    monkeypatch.setattr(judged, "STEPS", 1)
    little = judged.Person("x", [], person.judged[:1], person.fitted[:2])
    waves = judged.fitted(checkpoint, little)
    assert len(waves[0]) == len(person.judged[0].wave)
