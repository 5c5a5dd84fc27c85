# SPDX-License-Identifier: GPL-3.0-or-later
"""Public clips become a corpus: judged with reasons, made once, the same bytes however it went."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from voicevault.data.features import HOP, N_MELS
from voicevault.training import prepare
from voicevault.training.corpus import Corpus
from voicevault.training.rejects import Fault, reject_table
from voicevault.training.soundness import Limits
from voicevault.training.sources import Source, list_sources

RATE_HZ = 16_000
TEXT = "The lamp burned until morning."


def speech_like(seconds: float, seed: int, *, noise: float = 1e-4) -> np.ndarray:
    """Harmonics and hiss in syllables of 0.2 s with silence between, [S]."""
    random = np.random.default_rng(seed)
    count = round(seconds * RATE_HZ)
    time_s = np.arange(count) / RATE_HZ
    tone = sum(np.sin(2 * np.pi * 120 * k * time_s) / k for k in range(1, 30))
    hiss = random.normal(0, 1, count)
    voiced = (time_s % 0.5) < 0.25
    sounding = (time_s % 0.5) < 0.4
    wave = 0.08 * np.where(voiced, tone, 0.5 * hiss) * sounding
    return (wave + noise * random.normal(0, 1, count)).astype(np.float32)


def write(folder: Path, name: str, samples: np.ndarray) -> Path:
    path = folder / f"{name}.flac"
    soundfile.write(path, samples, RATE_HZ)
    return path


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two speakers, six clips each; the tests make chunks of four."""
    root = tmp_path_factory.mktemp("speech")
    for speaker in ("anna", "bert"):
        folder = root / speaker
        folder.mkdir()
        rows = []
        for number in range(6):
            seed = number + 100 * (speaker == "bert")
            write(folder, f"{number:02d}", speech_like(0.8 + 0.02 * number, seed))
            rows.append(f"{number:02d}|{TEXT}\n")
        (folder / "metadata.csv").write_text("".join(rows), "utf-8")
    return root


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "_CHUNK", 4)


def made(sources: list[Source], folder: Path, processes: int) -> dict[str, bytes]:
    prepare.prepare_corpus(sources, folder, processes=processes, report=lambda done, total: None)
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_the_bytes_are_the_same_with_any_number_of_processes(speech: Path, tmp_path: Path) -> None:
    sources = list_sources(speech, {"anna": (1.0, 1.17)})
    one, three = made(sources, tmp_path / "one", 1), made(sources, tmp_path / "three", 3)
    assert one == three
    assert set(one) == {*prepare.ARRAYS.values(), "index.json", "rejected.json", "prepared.json"}
    corpus = Corpus(tmp_path / "one")
    assert corpus.speakers == ["anna", "anna*1.17", "bert"]
    assert len(corpus) == 18


def test_a_killed_preparation_goes_on(speech: Path, tmp_path: Path) -> None:
    sources = list_sources(speech, {"": (1.0, 0.85, 1.17)})
    whole = made(sources, tmp_path / "whole", 1)
    folder = tmp_path / "killed"
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from voicevault.training import prepare\n"
        "from voicevault.training.sources import list_sources\n"
        "if __name__ == '__main__':\n"
        "    prepare._CHUNK = 4\n"
        "    sources = list_sources(Path(sys.argv[1]), {'': (1.0, 0.85, 1.17)})\n"
        "    folder, report = Path(sys.argv[2]), lambda *_: None\n"
        "    prepare.prepare_corpus(sources, folder, processes=1, report=report)\n"
    )
    script = tmp_path / "script.py"
    script.write_text(code, "utf-8")
    child = subprocess.Popen(
        [sys.executable, str(script), str(speech), str(folder)], start_new_session=True
    )
    until = time.monotonic() + 90
    while not list(folder.glob("parts/*.npz")) and time.monotonic() < until:
        time.sleep(0.02)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    finished = list(folder.glob("parts/*.npz"))
    assert 0 < len(finished) < 9
    assert not (folder / "index.json").exists()
    reported: list[int] = []
    prepare.prepare_corpus(
        sources, folder, processes=1, report=lambda done, total: reported.append(done)
    )
    assert reported[0] > 4  # what the killed one had made counts
    assert {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()} == whole


def test_what_is_there_is_not_made_again(
    speech: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = list_sources(speech, {})[:3]
    before = made(sources, tmp_path, 1)
    (tmp_path / "align.json").write_text("[]", "utf-8")
    monkeypatch.setattr(prepare, "_join", None)
    assert made(sources, tmp_path, 1) == {**before, "align.json": b"[]"}


def test_other_sources_undo_what_was_made_of_the_old(speech: Path, tmp_path: Path) -> None:
    sources = list_sources(speech, {})
    made(sources[:3], tmp_path, 1)
    for name in ("align.json", "align_scores.json", "predicted.f16"):
        (tmp_path / name).write_text("[]", "utf-8")
    assert "align.json" not in made(sources[:2], tmp_path, 1)
    assert len(Corpus(tmp_path)) == 2
    assert not (tmp_path / "predicted.f16").exists()


def test_a_clip_that_changed_is_made_again(speech: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cleo"
    folder.mkdir()
    path = write(folder, "a", speech_like(1.0, 1))
    source = [Source(path, TEXT, "cleo")]
    before = made(source, tmp_path / "work", 1)
    write(folder, "a", speech_like(1.0, 2))
    assert made(source, tmp_path / "work", 1)["wave.i16"] != before["wave.i16"]


def test_the_reader_finds_what_the_writer_wrote(speech: Path, tmp_path: Path) -> None:
    sources = list_sources(speech, {})[:2]
    made(sources, tmp_path, 1)
    corpus = Corpus(tmp_path)
    expected = [prepare.features_of(source, Limits()) for source in sources]
    for number, features in enumerate(expected):
        item, record = corpus.sound(number), corpus.records[number]
        assert record["clip"] == sources[number].clip
        assert np.allclose(item.wave / 32767, features.wave, atol=1e-4)
        assert np.allclose(item.mel, features.mel, atol=5e-3)
        assert np.array_equal(item.voiced, features.pitch[:, 1])
        assert item.mel.shape == (record["frames"], N_MELS)
        assert len(item.wave) == record["frames"] * HOP


def test_every_fault_is_named_and_counted(tmp_path: Path) -> None:
    folder = tmp_path / "dora"
    folder.mkdir()
    random = np.random.default_rng(0)
    loud = np.clip(40 * speech_like(2.0, 1), -1, 1)
    spectrum = np.fft.rfft(speech_like(2.0, 2))
    spectrum[np.fft.rfftfreq(2 * RATE_HZ, 1 / RATE_HZ) > 3400] = 0
    clips = {
        Fault.SILENT: 1e-4 * random.normal(0, 1, RATE_HZ * 2),
        Fault.SHORT: np.concatenate((np.zeros(8000), speech_like(0.32, 3), np.zeros(8000))),
        Fault.LONG: speech_like(18.0, 4),
        Fault.CLIPPED: loud,
        Fault.NOISY: speech_like(2.0, 5, noise=0.02),
        Fault.NARROW: np.fft.irfft(spectrum),
    }
    sources = [Source(write(folder, f, x), TEXT, "dora") for f, x in clips.items()]
    sources.append(Source(write(folder, "good", speech_like(2.0, 6)), TEXT, "dora"))
    sources.append(Source(folder / "good.flac", "... !", "dora"))
    (folder / "junk.flac").write_bytes(b"no audio at all")
    sources.append(Source(folder / "junk.flac", TEXT, "dora"))
    work = tmp_path / "work"
    rejected = prepare.prepare_corpus(sources, work, processes=1, report=lambda *_: None)
    assert {r.clip.split("/")[1]: r.fault for r in rejected} == {
        **{str(fault): fault for fault in clips},
        "good": Fault.NO_WORDS,
        "junk": Fault.UNREADABLE,
    }
    assert [r["clip"] for r in Corpus(work).records] == ["dora/good"]
    note = json.loads((work / "rejected.json").read_text("utf-8"))["prepare"]
    assert note["of"] == 9
    assert note["counts"] == {fault: 1 for fault in Fault if fault in {r.fault for r in rejected}}
    assert note["worst"]["too-long"][0]["value"] == pytest.approx(18.0, abs=0.3)
    table = reject_table(work)
    assert "narrow" in table
    assert "(dora/too-long)" in table
    flagged = Limits(drop_narrow=False)
    again = prepare.prepare_corpus(
        sources, work, processes=1, report=lambda *_: None, limits=flagged
    )
    assert Fault.NARROW not in {r.fault for r in again}
    assert [r["clip"] for r in Corpus(work).records if r.get("narrow")] == ["dora/narrow"]
