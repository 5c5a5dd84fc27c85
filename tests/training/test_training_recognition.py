# SPDX-License-Identifier: GPL-3.0-or-later
"""The recogniser's recipe from a corpus to shipped files, tiny; texts, shelves, batches, counts."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from voicevault.data.fbank import BANDS, kaldi_fbank
from voicevault.data.features import HOP
from voicevault.runtime.recognise import Recogniser
from voicevault.runtime.words import read_words, unknown_chance
from voicevault.students.recogniser import UNKNOWN
from voicevault.text.pieces import Pieces, learn, words_of
from voicevault.text.symbols import SPACE, SYMBOLS
from voicevault.training.augment import Disturbed
from voicevault.training.base import recognition, recognition_pack, rendering
from voicevault.training.base.clock import load_average
from voicevault.training.base.listening import Shelves, Spoken, write_shelf
from voicevault.training.base.recognition_batches import (
    BatchMaker,
    Severity,
    collate,
    drawing_weights,
    phonemes_at,
)
from voicevault.training.base.recognition_settings import load_recognition_settings
from voicevault.training.base.sentences import SentenceMaker, spelled
from voicevault.training.base.word_errors import compare_words
from voicevault.training.base.word_model import make

REPOSITORY = Path(__file__).parents[2]
RECIPE = REPOSITORY / "recipes" / "base_asr.toml"
TEXTS = ("the lamp burned until morning", "take the second road", "we keep three goats")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of hiss in the layout of ``training.corpus``: two readers, one of them kept out."""
    folder = tmp_path_factory.mktemp("corpus")
    random = np.random.default_rng(0)
    records: list[dict[str, Any]] = []
    alignments: list[list[int] | None] = []
    waves, start = [], 0
    for number in range(12):
        speaker = "libri-777" if number % 3 == 2 else "libri-1"
        frames = 80 + 4 * number
        waves.append(random.normal(0, 2000, frames * HOP).astype("<i2"))
        ids = [SYMBOLS["^"], SYMBOLS["a"], SYMBOLS[SPACE], SYMBOLS["t"], SYMBOLS["$"]]
        records.append(
            {"speaker": speaker, "text": TEXTS[number % 3], "ids": ids, "start": start,
             "frames": frames}
        )  # fmt: skip
        alignments.append([10, 20, 10, frames - 50, 10] if number != 1 else None)
        start += frames
    np.concatenate(waves).tofile(folder / "wave.i16")
    np.zeros(start * 80, "<f2").tofile(folder / "mel.f16")
    np.zeros(start * 2, "<f2").tofile(folder / "pitch.f16")
    (folder / "index.json").write_text(json.dumps(records), "utf-8")
    (folder / "align.json").write_text(json.dumps(alignments), "utf-8")
    return folder


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import soundfile

    folder = tmp_path_factory.mktemp("noise")
    hiss = np.random.default_rng(5).normal(0, 0.1, 8000)
    for name in ("1-10-A.flac", "3-11-A.flac"):
        soundfile.write(folder / name, hiss, 16_000)
    return folder


@pytest.fixture(scope="module")
def work(
    corpus: Path, noise: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path, list[str]]:
    """(work, base folder, what training printed) after every stage but the synthetic speech."""
    folder = tmp_path_factory.mktemp("work")
    base = tmp_path_factory.mktemp("base")
    (base / "base.json").write_text('{"voices": 3, "sha256": {"tts.safetensors": "x"}}', "utf-8")
    text = RECIPE.read_text("utf-8")
    for old, new in (
        ("channels = 256", "channels = 32"),
        ("pieces = 128", "pieces = 40"),
        ("batch_seconds = 60", "batch_seconds = 3"),
    ):
        assert old in text
        text = text.replace(old, new)
    recipe = folder / "tiny.toml"
    recipe.write_text(text, "utf-8")
    common = ["--recipe", str(recipe), "--threads", "1", "--out", str(base)]
    run(folder, "features", "--corpus", str(corpus), "--noise", str(noise), *common)
    run(folder, "pitch", "--corpus", str(corpus), *common)
    printed = []
    for _ in range(2):  # the second call resumes
        printed.append(run(folder, "train", "--minutes", "0.03", *common))
    return folder, base, printed


def run(work: Path, stage: str, *more: str) -> str:
    script = REPOSITORY / "recipes" / "train_asr.py"
    command = [sys.executable, str(script), "--work", str(work), *more, stage]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_features_are_kaldis(work: tuple[Path, Path, list[str]], corpus: Path) -> None:
    shelves = Shelves([work[0] / "real"])
    assert len(shelves) == 12
    first = np.fromfile(corpus / "wave.i16", "<i2", 80 * HOP).astype(np.float32) / 32768
    np.testing.assert_allclose(shelves.features(0), kaldi_fbank(first), atol=0.01)
    assert shelves.records[1].phones == []
    with np.load(work[0] / "noises.npz") as found:
        assert len(found.files) == 1  # fold 3 is for measuring


def test_training_resumes(work: tuple[Path, Path, list[str]]) -> None:
    folder, _, printed = work
    state = torch.load(folder / "asr.pt", weights_only=True)
    assert '"step": 0' in printed[0]
    assert '"step": 0' not in printed[1]
    assert state["step"] > 2
    scale = state["model"]["band_scale"]
    assert 0.2 < float(scale.mean()) < 5.0
    assert float(scale.std()) > 0


def test_a_training_can_start_from_another(
    work: tuple[Path, Path, list[str]], tmp_path: Path
) -> None:
    folder = work[0]
    for name in ("real.json", "real.f16", "noises.npz", "asr_tokens.txt"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    common = ["--recipe", str(folder / "tiny.toml"), "--threads", "1", "--minutes", "0.001"]
    first = str(folder / "asr.pt")  # twice: their mean is the same
    told = run(tmp_path, "train", "--start", first, "--start", first, *common)
    before = torch.load(folder / "asr.pt", weights_only=True)["average"]
    after = torch.load(tmp_path / "asr.pt", weights_only=True)
    assert after["step"] < 3
    distance = max(
        float((after["model"][k.removeprefix("module.")] - v).abs().max())
        for k, v in before.items()
        if k != "n_averaged"
    )
    assert distance < 1e-3  # the rate starts at a two-hundredth
    losses = [json.loads(told.splitlines()[0])["ctc"]]
    for seed in ("0", "1"):  # a twin hears other batches
        (tmp_path / "asr.pt").unlink()
        told = run(tmp_path, "train", "--start", first, "--seed", seed, *common)
        losses.append(json.loads(told.splitlines()[0])["ctc"])
    assert losses[1] == pytest.approx(losses[0], rel=1e-3)
    assert abs(losses[2] - losses[0]) > 1e-2 * losses[0]


def test_recordings_are_those_as_made_and_at_other_pitches(tmp_path: Path) -> None:
    for name in ("real", "pitched-b-000", "pitched-a-001", "invented-000", "spliced-000"):
        (tmp_path / f"{name}.json").write_text("[]")
    found = [path.name for path in recognition.recorded(tmp_path)]
    assert found == ["real", "pitched-a-001", "pitched-b-000"]


def test_the_mean_of_two_trainings(tmp_path: Path) -> None:
    paths = []
    for number in (1, 4):
        average = {
            "module.weight": torch.full((2, 3), float(number)),
            "n_averaged": torch.tensor(7),
        }
        paths.append(tmp_path / f"{number}.pt")
        torch.save({"average": average}, paths[-1])
    both = load_average(torch.nn.Linear(3, 2, bias=False), *paths)
    torch.testing.assert_close(both.weight.detach(), torch.full((2, 3), 2.5))
    alone = load_average(torch.nn.Linear(3, 2, bias=False), paths[1])
    torch.testing.assert_close(alone.weight.detach(), torch.full((2, 3), 4.0))


def test_packing_keeps_the_voices(
    work: tuple[Path, Path, list[str]], corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, base, _ = work
    monkeypatch.setattr(
        recognition_pack.word_model, "frequencies", lambda: {"the": 0.05, "road": 0.01}
    )
    settings = load_recognition_settings(folder / "tiny.toml")
    given = SimpleNamespace(
        work=folder, corpus=corpus, out=base, background=None, start=[], confidence=[]
    )
    recognition_pack.pack(settings, given)
    index = json.loads((base / "base.json").read_text("utf-8"))
    assert index["voices"] == 3
    assert index["sha256"]["tts.safetensors"] == "x"
    for name in ("asr.onnx", "asr_tokens.txt", "asr_words.txt.gz"):
        assert index["sha256"][name] == hashlib.sha256((base / name).read_bytes()).hexdigest()
    assert len(index["recogniser"]["calibration"]) == 3
    tokens = (base / "asr_tokens.txt").read_text("utf-8")
    Recogniser((base / "asr.onnx").read_bytes(), tokens)
    kept_out = read_words((base / "asr_words.txt.gz").read_bytes())
    assert kept_out.beginning("goat") == unknown_chance("goat")
    assert kept_out.beginning("lamp") > unknown_chance("lamp")
    # Another network is packed, and confidence is still fitted on this one's answers.
    other = folder / "other.pt"
    state = torch.load(folder / "asr.pt", weights_only=True)
    state["average"]["module.out.bias"] += 3.0 * torch.arange(40.0)
    torch.save(state, other)
    given.start, given.confidence = [other], [folder / "asr.pt"]
    recognition_pack.pack(settings, given)
    changed = json.loads((base / "base.json").read_text("utf-8"))
    assert changed["sha256"]["asr.onnx"] != index["sha256"]["asr.onnx"]
    assert changed["recogniser"] == index["recogniser"]


def test_shelves_are_rendered_once_and_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from voicevault.students.shipped import load_base

    monkeypatch.setattr(rendering, "UTTERANCES", 2)
    base = load_base()
    for name in ("a", "b"):
        rendering.render_shelves(tmp_path / name, base.student, base.speakers, TEXTS, [3])
    first, second = (Shelves([tmp_path / name / "invented-003"]) for name in ("a", "b"))
    assert first.records == second.records
    np.testing.assert_array_equal(first.features(0), second.features(0))
    spoken = first.records[0]
    assert abs(sum(spoken.durations) * 12.5 - spoken.frames * 10) < 30
    before = (tmp_path / "a" / "invented-003.f16").stat().st_mtime_ns
    rendering.render_shelves(tmp_path / "a", base.student, base.speakers, TEXTS, [3])
    assert (tmp_path / "a" / "invented-003.f16").stat().st_mtime_ns == before


def test_sentences_follow_the_seed_and_can_be_written() -> None:
    maker = SentenceMaker(TEXTS)
    drawn = [[maker.draw(np.random.default_rng(i)) for i in range(40)] for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert len(set(drawn[0])) > 30
    for text in drawn[0]:
        assert " ".join(words_of(text)) == text.lower().replace(",", "")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "zero"),
        (19, "nineteen"),
        (80, "eighty"),
        (42, "forty two"),
        (305, "three hundred and five"),
        (12_000, "twelve thousand"),
        (999_999, "nine hundred and ninety nine thousand nine hundred and ninety nine"),
    ],
)
def test_numbers_in_words(number: int, text: str) -> None:
    assert spelled(number) == text
    with pytest.raises(ValueError, match="999999"):
        spelled(number + 1_000_000)


def shelf(folder: Path, speakers: dict[str, int]) -> Shelves:
    def utterances() -> Any:
        for name, frames in speakers.items():
            for number in range(4):
                sound = np.random.default_rng(number).normal(-8, 2, (frames, BANDS))
                yield sound.astype(np.float32), Spoken("the ring", name, 0, 0, [], [])

    write_shelf(folder / "real", utterances())
    return Shelves([folder / "real"])


def test_shares_of_time_are_kept(tmp_path: Path) -> None:
    shelves = shelf(tmp_path, {"libri-1": 400, "invented": 100, "other": 50})
    numbers = list(range(12))
    weights = drawing_weights(shelves.records, numbers, {"libri-": 0.25, "invented": 0.75})
    frames = np.array([shelves.records[n].frames for n in numbers])
    heard = weights * frames / (weights * frames).sum()
    assert heard[:4].sum() == pytest.approx(0.25)
    assert heard[4:8].sum() == pytest.approx(0.75)
    assert heard[8:].sum() == 0


def test_batches_repeat_by_seed_and_have_the_length(tmp_path: Path) -> None:
    shelves = shelf(tmp_path, {"libri-1": 300})
    pieces = Pieces(learn({"the": 2.0, "ring": 1.0}, 34))

    def first(seed: int) -> Any:
        maker = BatchMaker(
            shelves,
            [0, 1, 2, 3],
            np.full(4, 0.25),
            pieces,
            [],
            seconds=12,
            severity=Severity(True, True),
            seed=seed,
        )
        return next(iter(maker))

    one, same, other = first(1), first(1), first(2)
    torch.testing.assert_close(one.features, same.features)
    assert one.features.shape != other.features.shape or not torch.equal(
        one.features, other.features
    )
    assert len(one.pieces) == 4
    assert one.pieces[0] == pieces.encode(["the", "ring"])


def test_phonemes_stay_with_their_sound() -> None:
    record = Spoken("", "", 0, 100, [7, 9], [40, 40])  # 0.5 s of 7, then 0.5 s of 9
    unhurried = np.arange(100, dtype=np.float32)
    heard = Disturbed(np.zeros((140, BANDS), np.float32), unhurried, lead=20)
    labels = phonemes_at(record, heard)
    silence = SYMBOLS[SPACE]
    assert len(labels) == 70
    assert (labels[:10] == silence).all()
    assert (labels[10:35] == 7).all()
    assert (labels[35:60] == 9).all()
    assert (labels[60:] == silence).all()
    slowly = np.arange(200, dtype=np.float32) / 2
    slow = phonemes_at(record, Disturbed(np.zeros((200, BANDS), np.float32), slowly, 0))
    assert (slow[:50] == 7).all()
    assert (slow[50:100] == 9).all()
    unaligned = Spoken("", "", 0, 100, [], [])
    assert (phonemes_at(unaligned, heard) == UNKNOWN).all()


def test_padding_is_unknown() -> None:
    long, short = (np.ones((n, BANDS), np.float32) for n in (50, 21))
    batch = collate([(long, [1], np.arange(26)), (short, [2], np.arange(12))])
    assert batch.features.shape == (2, 52, BANDS)
    assert batch.lengths.tolist() == [50, 21]
    assert batch.phonemes[1, 12:].tolist() == [UNKNOWN] * 14
    assert batch.features[1, 21:].abs().sum() == 0


def test_word_errors() -> None:
    assert compare_words(["a", "b", "c"], ["a", "x", "c", "d"]) == (2, [True, False, True, False])
    assert compare_words([], ["a"]) == (1, [False])
    assert compare_words(["the", "cat", "sat"], ["cat"]) == (2, [True])
    assert compare_words(["a", "b"], []) == (2, [])


def test_word_pairs_sum_to_one() -> None:
    model = read_words(make(["the cat sat", "the dog sat"], {"the": 0.5, "a": 0.5}, "test"))
    everything = ("the", "cat", "sat", "dog", "a", "</s>")
    for before in ("<s>", "the", "sat", "a"):
        total = sum(np.exp(model.log_chance((before,), word)) for word in everything)
        assert total == pytest.approx(1.0, abs=0.12)  # costs are rounded to a tenth of a nat
    assert model.log_chance(("the",), "cat") > model.log_chance(("sat",), "cat")
    assert model.log_chance(("the",), "zebra") < -10


def test_calibration_finds_the_weights() -> None:
    random = np.random.default_rng(0)
    rows = np.stack([np.ones(4000), random.normal(size=4000), random.normal(size=4000)], 1)
    chance = 1 / (1 + np.exp(-(rows @ [0.5, 2.0, -1.0])))
    found = recognition_pack.logistic(rows, (random.random(4000) < chance).astype(float))
    np.testing.assert_allclose(found, [0.5, 2.0, -1.0], atol=0.2)
