# SPDX-License-Identifier: GPL-3.0-or-later
"""Whisper end to end on a tiny folder in the real form, offline; needs the extra `teachers`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_whisper

ctranslate2 = pytest.importorskip("ctranslate2", reason="pip install 'voicevault[teachers]'")
pytest.importorskip("faster_whisper", reason="pip install 'voicevault[teachers]'")
pytest.importorskip("torch", reason="pip install 'voicevault[train]'")

from voicevault.errors import BadAudio, Cancelled, Refused, UsageError, VoiceVaultError  # noqa: E402
from voicevault.events import Event, Progress  # noqa: E402
from voicevault.teachers import registry  # noqa: E402
from voicevault.teachers.adapters import whisper  # noqa: E402
from voicevault.teachers.adapters.lesson import Item, OutOfMemory, Taught, lesson  # noqa: E402
from voicevault.teachers.adapters.whisper import WhisperTeacher  # noqa: E402
from voicevault.teachers.adapters.whisper_windows import cut  # noqa: E402
from voicevault.teachers.protocols import Recording, Transcript  # noqa: E402

LOW, HIGH = tiny_whisper.LOW, tiny_whisper.HIGH
SAID = tiny_whisper.TAUGHT
RATE_HZ = 16_000


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A person's teachers, with the tiny Whisper among them."""
    folder = tiny_whisper.build(tmp_path_factory.mktemp("tiny") / "whisper")
    home = tmp_path_factory.mktemp("home") / "teachers"
    registry.add(folder, name="tiny", licence="MIT", root=home)
    return home


@pytest.fixture(scope="module")
def teacher(root: Path) -> WhisperTeacher:
    return WhisperTeacher(registry.open_teacher("tiny", root=root), threads=1)


@pytest.fixture
def broken(root: Path, tmp_path: Path) -> Path:
    """A copy of the registry to damage."""
    return Path(shutil.copytree(root, tmp_path / "teachers"))


def recording(chord: tuple[float, ...], text: str = "", seconds: float = 2.0) -> Recording:
    return Recording(tiny_whisper.tones(*chord, seconds=seconds), RATE_HZ, text)


class Listener:
    """Keeps what it is told, and stops after some batches."""

    def __init__(self, stop_after: int = 10**9) -> None:
        self.told: list[Event] = []
        self._left = stop_after

    def emit(self, event: Event) -> None:
        self.told.append(event)

    def stopping(self) -> bool:
        self._left -= 1
        return self._left < 0


@pytest.mark.parametrize("chord", [LOW, HIGH])
def test_it_writes_what_it_hears(teacher: WhisperTeacher, chord: tuple[float, ...]) -> None:
    heard = teacher.label(recording(chord))
    assert heard.text == SAID[chord]
    assert [word.text for word in heard.words] == SAID[chord].split()
    assert 0.5 < heard.confidence <= 1.0
    assert heard.no_speech < 0.01
    times = [time for word in heard.words for time in (word.start_s, word.end_s)]
    assert times == sorted(times)
    assert 0.0 <= times[0] <= times[-1] <= 2.0
    assert heard.asked == ()
    assert heard.token_probabilities == ()
    assert teacher.card.name == "tiny"
    assert set(teacher.card.files) >= {"model.bin", "tokenizer.json"}


def test_the_five_best_come_best_first(teacher: WhisperTeacher) -> None:
    heard = teacher.label(recording(LOW))
    scores = [one.score for one in heard.hypotheses]
    assert 2 <= len(scores) <= 5
    assert scores == sorted(scores, reverse=True)
    assert len({one.text for one in heard.hypotheses}) == len(scores)
    assert heard.hypotheses[0].text == heard.text
    assert heard.confidence == pytest.approx(np.exp(scores[0]))


def improbable(heard: Transcript, below: float) -> list[str]:
    return [word.text for word in heard.asked if word.probability < below]


def label_all(
    teacher: WhisperTeacher, items: list[Item[Recording]], listener: Listener, **how: Any
) -> Iterator[Taught[Transcript]]:
    return lesson(items, teacher.label_batch, listener, stage="listen", **how)


def test_a_misread_word_is_improbable(teacher: WhisperTeacher) -> None:
    right = teacher.label(recording(LOW), SAID[LOW])
    wrong = teacher.label(recording(LOW), SAID[LOW].replace("fox", "cat"))
    other = teacher.label(recording(LOW), SAID[HIGH])
    assert [word.text for word in right.asked] == SAID[LOW].split()
    assert right.text == wrong.text == SAID[LOW], "what is asked changes nothing of what is heard"
    assert improbable(right, 0.5) == []
    assert [word.text for word in wrong.asked][3] == "cat"
    assert wrong.asked[3].probability < 0.01 < 0.5 < right.asked[3].probability
    assert [word.probability for word in wrong.asked[:3]] == pytest.approx(
        [word.probability for word in right.asked[:3]], rel=0.2
    ), "what comes before a misread word is as probable as ever"
    assert "cat" in improbable(wrong, 0.01)
    assert other.asked[0].probability < 0.1, "She was not said; the rest follows from her"
    assert min(right.token_probabilities) > 0.5 > np.mean(wrong.token_probabilities)


def test_soft_tokens_are_probabilities_of_what_it_would_write(teacher: WhisperTeacher) -> None:
    soft = teacher.soft_tokens(recording(HIGH))
    count = len(soft.tokens)
    assert soft.log_probabilities.shape == (count, 51_865)
    assert np.exp(soft.log_probabilities).sum(axis=-1) == pytest.approx(np.ones(count), abs=1e-3)
    asked = teacher.label(recording(HIGH), SAID[HIGH])
    assert len(asked.token_probabilities) == count - 1, "all but the end of the text"
    best = np.exp(soft.log_probabilities.max(axis=-1))[:-1]
    # align() weighs a token against ordinary tokens only, this against all of them.
    assert best == pytest.approx(asked.token_probabilities, abs=0.05)


def test_a_batch_is_what_each_is_alone(teacher: WhisperTeacher) -> None:
    batch = [recording(LOW, SAID[LOW]), recording(HIGH), recording(HIGH, SAID[LOW], seconds=3.0)]
    together = teacher.label_batch(batch)
    alone = [teacher.label(one, one.text) for one in batch]
    for one, other in zip(together, alone, strict=True):
        assert one.text == other.text
        assert one.confidence == pytest.approx(other.confidence, rel=1e-3)
        assert one.token_probabilities == pytest.approx(other.token_probabilities, rel=1e-2)
        assert [word.start_s for word in one.words] == [word.start_s for word in other.words]


def test_other_rates_are_heard_alike(teacher: WhisperTeacher) -> None:
    high = tiny_whisper.tones(*LOW, rate_hz=48_000)
    assert teacher.label(Recording(high, 48_000)).text == SAID[LOW]


def test_a_long_recording_is_cut_at_its_pause(teacher: WhisperTeacher) -> None:
    gap = np.zeros(RATE_HZ // 2, np.float32)
    low = tiny_whisper.tones(*LOW, seconds=20.0)
    long = Recording(np.concatenate([low, gap, tiny_whisper.tones(*LOW, seconds=15.0)]), RATE_HZ)
    first, second = cut(0, long)
    assert len(first.samples) + len(second.samples) == len(long.samples)
    assert 20.0 < second.start_s < 20.5
    heard = teacher.label(long)
    assert heard.words == () or heard.words[-1].end_s <= 35.5
    assert len(heard.hypotheses) == 1
    with pytest.raises(BadAudio, match="36 s of sound; up to 30 s can be compared") as told:
        teacher.label(long, SAID[LOW])
    assert told.value.hint
    with pytest.raises(BadAudio):
        teacher.soft_tokens(long)


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (np.zeros(0, np.float32), r"0\.00 s of sound"),
        (np.zeros(800, np.float32), r"0\.05 s of sound"),
        (np.full(RATE_HZ, np.nan, np.float32), "finite"),
        (np.zeros((2, RATE_HZ), np.float32), "one row"),
    ],
)
def test_what_is_no_sound_is_told(
    teacher: WhisperTeacher, samples: np.ndarray, message: str
) -> None:
    with pytest.raises(BadAudio, match=message):
        teacher.label(Recording(samples, RATE_HZ))


def test_silence_ends(teacher: WhisperTeacher) -> None:
    assert teacher.label(Recording(np.zeros(RATE_HZ, np.float32), RATE_HZ)).confidence <= 1.0


def test_a_lesson_stops_and_goes_on(teacher: WhisperTeacher) -> None:
    items = [
        Item(f"t{at}", recording(LOW if at % 2 else HIGH, seconds=1.5 + at / 4)) for at in range(4)
    ]
    items.append(Item("empty", Recording(np.zeros(10, np.float32), RATE_HZ)))
    first = Listener(stop_after=1)
    got: dict[str, object] = {}
    with pytest.raises(Cancelled):
        got.update((one.id, one) for one in label_all(teacher, items, first, batch_size=2))
    assert list(got) == ["t0", "t1"]
    second = Listener()
    rest = list(label_all(teacher, items, second, done=got, batch_size=2))
    assert [one.id for one in rest] == ["t2", "t3", "empty"]
    assert [one.refused != "" for one in rest] == [False, False, True]
    steps = [one for one in second.told if isinstance(one, Progress)]
    assert (steps[0].done, steps[-1].done, steps[-1].total) == (2, 5, 5)


def test_a_batch_that_does_not_fit_is_halved(
    teacher: WhisperTeacher, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, sizes = teacher._encoded, []

    def cramped(windows: list[object]) -> object:
        sizes.append(len(windows))
        if len(windows) > 1:
            raise RuntimeError("CUDA failed with error out of memory")
        return real(windows)  # type: ignore[arg-type]

    monkeypatch.setattr(teacher, "_encoded", cramped)
    items = [Item(name, recording(LOW)) for name in ("a", "b")]
    heard = list(label_all(teacher, items, Listener(), batch_size=2))
    assert sizes == [2, 1, 1]
    assert [one.result.text for one in heard if one.result] == [SAID[LOW]] * 2


def test_it_is_not_loaded_where_it_does_not_fit(root: Path) -> None:
    opened = registry.open_teacher("tiny", root=root)
    with pytest.raises(OutOfMemory, match=r"the teacher tiny needs 25. MB of memory") as told:
        WhisperTeacher(opened, probe=lambda: 100_000_000)
    assert "there are 100 MB" in told.value.message
    assert "smaller teacher" in told.value.hint


def test_memory_that_runs_out_while_loading_is_told(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import faster_whisper

    def full(*_: object, **__: object) -> None:
        raise MemoryError("std::bad_alloc")

    monkeypatch.setattr(faster_whisper, "WhisperModel", full)
    with pytest.raises(OutOfMemory, match="the memory is used up"):
        WhisperTeacher(registry.open_teacher("tiny", root=root))


def test_a_corrupted_file_is_found_before_it_is_loaded(broken: Path) -> None:
    path = broken / "tiny" / "model.bin"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(VoiceVaultError, match=r"model\.bin is not what it was"):
        registry.open_teacher("tiny", root=broken)


def test_a_cut_off_model_is_told_even_without_the_registry(root: Path, broken: Path) -> None:
    opened = registry.open_teacher("tiny", root=broken)
    path = broken / "tiny" / "model.bin"
    path.write_bytes(path.read_bytes()[:100_000])
    with pytest.raises(VoiceVaultError, match="the teacher tiny: "):
        WhisperTeacher(opened)


def test_a_missing_tokenizer_is_refused_before_faster_whisper_asks_a_hub(broken: Path) -> None:
    opened = registry.open_teacher("tiny", root=broken)
    (broken / "tiny" / "tokenizer.json").unlink()
    with pytest.raises(VoiceVaultError, match=r"tokenizer\.json is missing") as told:
        WhisperTeacher(opened)
    assert "--copy_files tokenizer.json" in told.value.hint


def test_another_models_tokenizer_is_refused(broken: Path) -> None:
    opened = registry.open_teacher("tiny", root=broken)
    path = broken / "tiny" / "vocabulary.json"
    words = json.loads(path.read_text())
    path.write_text(json.dumps(["one more", *words]))
    with pytest.raises(VoiceVaultError, match="is another model's"):
        WhisperTeacher(opened)


def test_features_of_another_model_are_refused(broken: Path) -> None:
    opened = registry.open_teacher("tiny", root=broken)
    (broken / "tiny" / "preprocessor_config.json").write_text('{"feature_size": 128}')
    with pytest.raises(VoiceVaultError, match="80 mel bins and is given 128"):
        WhisperTeacher(opened)


def test_a_licence_that_was_not_accepted_is_refused(root: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused) as told:
        registry.add(root / "tiny", licence="CC-BY-NC-4.0", accepted="MIT", root=tmp_path)
    assert told.value.exit_code == 5
    registry.add(root / "tiny", licence="CC-BY-NC-4.0", accepted="CC-BY-NC-4.0", root=tmp_path)
    taught = WhisperTeacher(registry.open_teacher("tiny", root=tmp_path), threads=1)
    assert not taught.card.commercial


def test_devices_and_types_that_are_not_there_are_told(root: Path) -> None:
    opened = registry.open_teacher("tiny", root=root)
    with pytest.raises(UsageError, match="no device 'npu'"):
        WhisperTeacher(opened, device="npu")
    with pytest.raises(UsageError, match=r"no 'int3'; it has .*int8"):
        WhisperTeacher(opened, device="cpu", compute_type="int3")
    with pytest.raises(UsageError, match="no language 'xx'"):
        WhisperTeacher(opened, language="xx")


class Engine:
    """What CTranslate2 says of a machine."""

    def __init__(self, gpus: int, *types: str) -> None:
        self.gpus, self.types = gpus, set(types)

    def get_cuda_device_count(self) -> int:
        return self.gpus

    def get_supported_compute_types(self, device: str) -> set[str]:
        return self.types


def test_the_device_is_chosen_by_what_is_there() -> None:
    gpu = whisper.choose(Engine(1, "float16", "float32", "int8"), "auto", "auto")
    assert (gpu.device, gpu.compute_type) == ("cuda", "float16")
    cpu = whisper.choose(Engine(0, "int8", "float32"), "auto", "auto")
    assert (cpu.device, cpu.compute_type, cpu.reason) == ("cpu", "int8", "no GPU is here")
    assert whisper.choose(Engine(1, "float32"), "cpu", "auto").compute_type == "float32"
    with pytest.raises(UsageError, match="no GPU"):
        whisper.choose(Engine(0, "int8"), "cuda", "auto")
    assert whisper.need_bytes(483_000_000, cpu) > 678_000_000, "as measured"


CHILD = """
import socket, sys, tempfile
from voicevault import worker
worker.harden()
import numpy as np
from pathlib import Path
from voicevault.teachers import registry
from voicevault.teachers.adapters.whisper import WhisperTeacher
from voicevault.teachers.protocols import Recording
teacher = WhisperTeacher(registry.open_teacher("tiny", root=Path(sys.argv[1])), threads=1)
samples = np.frombuffer(sys.stdin.buffer.read(), np.float32)
print(teacher.label(Recording(samples, 16000), "The fox.").text)
teacher.soft_tokens(Recording(samples, 16000))
for way in (lambda: socket.create_connection(("127.0.0.1", 9)), tempfile.mkdtemp):
    try:
        way()
    except PermissionError:
        continue
    raise SystemExit("the worker's rules do not hold here")
"""


def test_in_the_worker_it_uses_no_network_and_leaves_nothing(root: Path, tmp_path: Path) -> None:
    """Under the worker's own rules, which refuse sockets and temporary files."""
    places = {"HOME": "home", "TMPDIR": "tmp"}
    places |= {f"XDG_{one}_HOME": one.lower() for one in ("DATA", "CACHE", "CONFIG", "STATE")}
    places |= {"XDG_RUNTIME_DIR": "run", "HF_HOME": "hf", "NUMBA_CACHE_DIR": "numba"}
    for name in places.values():
        (tmp_path / name).mkdir()
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "LD_LIBRARY_PATH")}
    environment = {**kept, **{key: str(tmp_path / name) for key, name in places.items()}}
    environment["PYTHONPATH"] = str(Path(whisper.__file__).parents[3])
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    before = sorted(root.rglob("*"))
    pipe = subprocess.run(
        [sys.executable, "-c", CHILD, str(root)],
        input=tiny_whisper.tones(*LOW).tobytes(),
        cwd=tmp_path / "run",
        env=environment,
        capture_output=True,
        check=False,
    )
    assert pipe.returncode == 0, pipe.stderr.decode()
    assert pipe.stdout.decode().strip() == SAID[LOW]
    assert [path for path in tmp_path.rglob("*") if path.parent != tmp_path] == []
    assert sorted(root.rglob("*")) == before
