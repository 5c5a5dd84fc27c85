# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole road of a personal recogniser: consent, training, gate, export; and what is refused.

One vault for the module, with takes of a person who does not exist. The worker's jobs run in this
process, on a base with a tiny random recogniser in it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import tiny_base
from closeness import ALIKE, apart, onnx_floats
from consent_home import OWNER, PASSPHRASE, TRIES, here, says

from encrypted_store import KdfParams, Kind
from voicevault import cli, jobs, lessons, paths, worker
from voicevault.audio.files import decode
from voicevault.commands.session import Session
from voicevault.consenting import consent_tickets
from voicevault.data.dataset import Utterance
from voicevault.errors import (
    Cancelled,
    ExportFailed,
    Refused,
    TrainingFailed,
    UsageError,
)
from voicevault.events import Event, Metric
from voicevault.export import hearing, verify
from voicevault.export.recogniser_base import load_recogniser_base
from voicevault.runs import ANY, DONE, RECOGNISER, VOICE
from voicevault.runtime.recognise import Recogniser
from voicevault.service import Studio
from voicevault.students import speaker_encoder
from voicevault.text.prompts import prompts
from voicevault.training.recogniser_personal import personalise_recogniser
from voicevault.training.recogniser_recipe import load_recogniser_recipe

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        not (paths.base_dir() / "tts.safetensors").is_file(), reason="no base is shipped here"
    ),
    pytest.mark.skipif(bool(speaker_encoder.unavailable()), reason="no speaker weights"),
]
TAKES = 13
QUICK = {
    "stages.small.parts": "all",
    "batch_seconds": "8",
    "others_utterances": "2",
    "others_judged": "3",
    "device": "cpu",
}
IDLE = {**QUICK, "stages.small.steps": "2", "stages.small.learning_rate": "1e-7"}
EAGER = {**QUICK, "stages.small.steps": "40", "stages.small.learning_rate": "2e-2"}


@pytest.fixture(scope="module", autouse=True)
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("base")
    tiny_base.lay_out(folder)
    with pytest.MonkeyPatch.context() as patched:
        tiny_base.stand_in(folder, patched)
        yield folder


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    root = tmp_path_factory.mktemp("home")
    texts = {one.id: one.text for one in prompts()[:TAKES]}
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_DATA_HOME", str(root / "data"))
        patched.setenv("HOME", str(root))
        made, _ = Studio.create(root / "V", PASSPHRASE, kdf=KdfParams(64 * 1024, t=3, p=4))
        with made:
            made._work = here  # type: ignore[method-assign, assignment]
            for name, data in says(texts, OWNER).items():
                (root / f"{name}.flac").write_bytes(data)
                made.import_file(root / f"{name}.flac", texts[name])
            yield made


def consented(studio: Studio) -> None:
    for again in range(TRIES):  # a true sentence is not always understood
        text = studio.consent.ask().text
        try:
            studio.consent.record(says({"c": text}, OWNER)["c"])
            return
        except Refused as error:
            if "drawn word" not in error.message or again == TRIES - 1:
                raise


def test_without_a_recogniser_nothing_is_spent(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_base.lay_out(tmp_path, recogniser=False)
    with monkeypatch.context() as patched:
        tiny_base.stand_in(tmp_path, patched)
        with pytest.raises(TrainingFailed, match=r"no recogniser to start from.*asr\.onnx") as told:
            studio.train("asr_quick")
        assert "tts_quick" in told.value.hint
        assert studio.runs() == []
        with pytest.raises(TrainingFailed, match="no recogniser to start from"):
            load_recogniser_base()


def test_without_a_consent_nothing_is_trained(studio: Studio) -> None:
    with pytest.raises(Refused, match="consent"):
        studio.train("asr_quick", QUICK)
    assert studio.runs() == []
    spec = {"run": "r", "recipe": "asr_quick", "overrides": QUICK}
    with pytest.raises(Refused, match="nobody consented"):  # a worker fed by hand
        here(jobs.Request("train-recogniser", spec, {"takes": []}))
    text = (paths.recipes_dir() / "asr_quick.toml").read_text("utf-8")
    take = Utterance("t", "Words.", np.zeros(16_000, np.float32), 16_000)
    with pytest.raises(Refused, match="nobody consented"):  # the Python API
        personalise_recogniser(
            [take],
            load_recogniser_recipe(text, "asr_quick"),
            None,  # type: ignore[arg-type]
            base=load_recogniser_base(),
            consent=None,  # type: ignore[arg-type]
        )


def test_a_recogniser_that_learnt_nothing_is_kept_and_not_used(studio: Studio) -> None:
    consented(studio)
    events: list[Any] = []
    run = studio.train("asr_quick", IDLE, on_event=events.append)
    assert (run.status, run.student, run.in_use) == (DONE, RECOGNISER, False)
    gate = run.result["gate"]
    assert gate["better"] is False
    assert gate["reason"] == "it is not surely better at hearing you"
    assert gate["owner"]["sentences"] == 6
    assert studio._runs.recogniser_in_use() is None
    assert any("generic recogniser stays in use" in getattr(one, "message", "") for one in events)
    stages = [one.stage for one in events if type(one).__name__ == "Progress"]
    assert {"consent", "prepare", "others", "small", "gate"} <= set(stages)
    assert (run.step, run.steps) == (2, 2)


def test_one_that_hears_better_is_used(studio: Studio, base: Path) -> None:
    run = studio.train("asr_quick", EAGER)
    assert run.in_use, run.result["gate"]
    found = studio._runs.recogniser_in_use()
    assert found is not None
    assert found.name == run.name
    book, vault = studio._runs, studio._vault
    model = vault.get(book.whole(run, Kind.MODEL, "asr.onnx").id)
    tokens = vault.get(book.whole(run, Kind.SETTINGS, "asr_tokens.txt").id).decode()
    settings = json.loads(vault.get(book.whole(run, Kind.SETTINGS, "asr.json").id))
    assert settings["calibration"] == tiny_base.CALIBRATION
    assert settings["base_sha256"] == load_recogniser_base().sha256
    assert settings["gate"]["better"] is True
    assert float(run.result["gate"]["owner"]["change"]) == settings["gate"]["owner"]["change"] < 0
    assert book.piece(run, Kind.CHECKPOINT, "checkpoint") is None
    # the file is the network that was judged, and not the base
    clip = next(iter(says({"x": "Please put the cups beside the window."}, OWNER).values()))
    sound = decode(clip, name="x")
    shipped = Recogniser((base / "asr.onnx").read_bytes(), tokens)
    own = Recogniser(model, tokens)
    assert own.recognise(sound.samples).text != shipped.recognise(sound.samples).text
    held = [one for one, split in book.takes(run).items() if split == "validation"]
    assert len(held) == 6


def test_it_is_no_voice(studio: Studio, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no run is finished yet that made a voice"):
        studio.voice()
    name = studio.run().name
    assert studio._runs.find("latest", ANY).name == name
    assert studio._runs.find("latest", RECOGNISER).name == name
    with pytest.raises(UsageError, match="made a voice"):
        studio._runs.find("latest", VOICE)
    for act in (
        lambda: studio.speak("Hello.", run=name),
        lambda: studio.evaluate(name),
        lambda: studio.export(name, tmp_path / "D"),
    ):
        with pytest.raises(UsageError, match="made a recogniser, not a voice") as told:
            act()
        assert "sherpa" in told.value.hint
    assert studio.report(name) is None
    with pytest.raises(UsageError, match="piper and sherpa are possible"):
        studio.export(name, tmp_path / "D", to="whisper")
    with pytest.raises(UsageError, match="are for voices"):
        studio.export(name, tmp_path / "D", to="sherpa", voice_name="mine")
    assert not (tmp_path / "D").exists()


def runtimes(monkeypatch: pytest.MonkeyPatch) -> None:
    beside = Path(__file__).parents[2] / ".runtimes"
    if beside.is_dir() and not os.environ.get(verify.ENVIRONMENT):
        monkeypatch.setenv(verify.ENVIRONMENT, str(beside))


def test_it_leaves_for_sherpa_onnx_and_is_heard_alike(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtimes(monkeypatch)
    chatty = studio.runs()[0]  # the one that learnt nothing says much of every sound
    written, checked = studio.export(chatty.name, tmp_path / "D", to="sherpa")
    names = {path.name for path in written}
    assert names == {
        "asr.onnx", "tokens.txt", "test.wav", "MODEL_CARD", "manifest.json", "manifest.sig",
    }  # fmt: skip
    assert checked is not None
    assert checked.ok
    assert [one.runtime for one in checked.runtimes] == ["sherpa-1", "sherpa-2"]
    for one in checked.runtimes:
        assert one.status in ("ok", "skipped"), one.message
        assert one.status == "skipped" or len(one.message.split()) > 5, one.message
    card = (tmp_path / "D" / "MODEL_CARD").read_text()
    assert "no: it is not surely better" in card
    manifest = json.loads((tmp_path / "D" / "manifest.json").read_text())
    consent = studio.consent.current()
    assert consent is not None
    assert (manifest["kind"], manifest["consent"]["sha256"]) == (RECOGNISER, consent.sha256)
    assert consent.text not in card
    assert hearing.verify_any(tmp_path / "D").ok
    with pytest.raises(Refused):
        studio.export("latest", tmp_path / "D", to="sherpa")
    # the file in the folder is the one in the vault, int8
    model = studio._vault.get(studio._runs.whole(chatty, Kind.MODEL, "asr.onnx").id)
    assert (tmp_path / "D" / "asr.onnx").read_bytes() == model


def test_a_folder_that_hears_something_else_does_not_pass(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtimes(monkeypatch)
    studio.export(studio.runs()[0].name, tmp_path / "D", to="sherpa", check=False)
    tokens = (tmp_path / "D" / "tokens.txt").read_text().splitlines()
    (tmp_path / "D" / "tokens.txt").write_text("\n".join(tokens[:-1]) + "\n")
    with pytest.raises(ExportFailed, match="no recogniser that runs"):
        hearing.verify_any(tmp_path / "D")
    (tmp_path / "D" / "tokens.txt").write_text("\n".join(tokens) + "\n")
    assert hearing.verify_any(tmp_path / "D").ok

    def deaf(self: Recogniser, samples: Any, rate_hz: int = 16_000, **more: Any) -> Any:
        return self.recognise_features(np.full((300, 80), -8.0, np.float32))

    monkeypatch.setattr(hearing.Recogniser, "recognise", deaf)
    checked = hearing.verify_any(tmp_path / "D")
    heard = [one for one in checked.runtimes if one.status != "skipped"]
    if not heard:
        pytest.skip("no sherpa-onnx is installed: make .runtimes/.stamp")
    assert all(one.status == "failed" and "where we hear" in one.message for one in heard)
    assert not checked.ok


def test_stopped_and_resumed_it_ends_the_same(studio: Studio, base: Path) -> None:
    whole = studio.train("asr_quick", {**EAGER, "stages.small.steps": "12"})

    class Stopping(worker.WorkerContext):
        """Asked to stop once the training has told a number."""

        told = False

        def emit(self, event: Event) -> None:
            self.told = self.told or isinstance(event, Metric)
            super().emit(event)

        def stopping(self) -> bool:
            return self.told

    def stopped(request: jobs.Request, on_event: Any = None, on_blob: Any = None) -> Any:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(worker, "WorkerContext", Stopping)
            here(request, on_event, on_blob)
        raise Cancelled("stopped as asked")  # as the parent's job says it

    studio._work = stopped  # type: ignore[method-assign]
    with pytest.raises(Cancelled):
        studio.train("asr_quick", {**EAGER, "stages.small.steps": "12"})
    studio._work = here  # type: ignore[method-assign, assignment]
    cut = studio.runs()[-1]
    assert cut.status == "cancelled"
    assert 0 < cut.step < cut.steps == 12
    resumed = studio.train("asr_quick", resume=True)
    assert (resumed.name, resumed.status) == (cut.name, DONE)
    book, vault = studio._runs, studio._vault
    models = [vault.get(book.whole(one, Kind.MODEL, "asr.onnx").id) for one in (whole, resumed)]
    shipped = onnx_floats((base / "asr.onnx").read_bytes())
    assert apart(*(onnx_floats(one) for one in models), shipped) < ALIKE
    assert onnxruntime.InferenceSession(models[0]).get_inputs()[0].shape[-1] == 80


def test_the_command_line_says_what_became_of_it(
    studio: Studio, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def opened(self: Session, *, stoppable: bool = False) -> Iterator[Studio]:
        yield studio

    monkeypatch.setattr(Session, "studio", opened)
    words = [f"{key}={value}" for key, value in IDLE.items()]
    assert cli.run(["--vault", "V", "train", "asr_quick", *words]) == 0
    told = capsys.readouterr()
    assert "words wrong, you: " in told.out
    assert "in use: the generic one is better: it is not surely better" in told.out
    assert "export latest --to sherpa" in told.err
    assert cli.run(["runs", "show", "latest"]) == 0
    shown = capsys.readouterr().out
    assert "words wrong, others" in shown
    assert "generic one is better" in shown
    assert "recogniser" in shown
    assert cli.run(["speak", "Hello.", "--out", "x.wav"]) == 2
    assert "no run is finished yet that made a voice" in capsys.readouterr().err
    assert cli.run(["export", "latest", "--out", "D"]) == 2
    assert cli.run(["train", "asr_quick", "stages.small.parts=ears"]) == 2
    assert "ears" in capsys.readouterr().err


def test_consent_withdrawn_nothing_leaves(studio: Studio, tmp_path: Path) -> None:
    assert consent_tickets(studio._vault)
    studio.consent.withdraw()
    with pytest.raises(Refused):
        studio.export("latest", tmp_path / "D", to="sherpa")
    with pytest.raises(Refused):
        studio.train("asr_quick", IDLE)
    assert not (tmp_path / "D").exists()


def test_recipes_of_both_tasks_are_found() -> None:
    found = lessons.recipes()
    tasks = {name: one.task for name, one in found.items()}
    assert tasks["asr_quick"] == tasks["asr_standard"] == "asr"
    assert tasks["tts_quick"] == "tts"
