# SPDX-License-Identifier: GPL-3.0-or-later
"""The same text gives the same phonemes in piper-tts, sherpa-onnx 1.13.x and sherpa-onnx 2.x.

A toy voice spells the symbols it was given, so what is compared is what each unmodified runtime
really fed. Runtimes that are not installed are skipped; the reason says how to add them.
"""

from pathlib import Path

import numpy as np
import pytest
from toy_voices import BLOCK, HOP, LOUDEST, ToyVoice, export, read_symbols

from voicevault.consents.record import PublishedSpeech
from voicevault.export import verify
from voicevault.export.info import VoiceInfo
from voicevault.export.piper import package
from voicevault.export.verify import NotInstalled, find_model, speak_through, verify_folder
from voicevault.text.frontend import phonemise
from voicevault.text.symbols import canonical

SENTENCES = [
    "The quick brown fox jumps over the lazy dog, and then it sleeps.",
    "Zelda gave twenty three letters to her brother Tom.",
    "It is an apple, and I want that!",
    "Don't stop: the owner's voice isn't lost.",
    "We don’t know; they haven’t said.",
    "Is there anything in the old house? Yes, there is.",
    "She read the real story, again and again, to the children.",
    "On Monday the eleventh of May we walked to the end of the road.",
    "The idea is easy to explain, but it was hard to find.",
    "“Come in,” he said, “and close the door.”",
    "Forty nine people (and a dog) waited for the bus.",
    "Milk and bread are all that a kitten needs.",
]
TYPOGRAPHY = [
    "well-known half-truths – and dashes — too",
    "Wait... what?!",
    "  spaced   out , text . ",
]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("toy")
    info = VoiceInfo("en_US-toy-low", consent=PublishedSpeech("nobody", "CC0-1.0").stamp())
    files = package(export(ToyVoice()), info, SENTENCES, word_groups=3)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder / "en_US-toy-low.onnx"


@pytest.fixture(autouse=True)
def _runtimes_of_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    beside = Path(__file__).parents[2] / ".runtimes"
    if beside.is_dir() and not verify.os.environ.get(verify.ENVIRONMENT):
        monkeypatch.setenv(verify.ENVIRONMENT, str(beside))


def _heard(runtime: str, model: Path, texts: list[str]) -> list[list[str]]:
    try:
        spoken = speak_through(runtime, model, texts)
    except NotInstalled as error:
        pytest.skip(f"{error.message}: {error.hint}")
    # sherpa-onnx feeds an empty sentence after a closing quotation mark; it says nothing.
    return [[one for one in read_symbols(audio) if one] for audio in spoken.audio]


def _wanted(text: str) -> list[str]:
    return ["".join(canonical(sentence)) for sentence in phonemise(text)]


def test_piper_hears_what_training_sees(model: Path) -> None:
    texts = SENTENCES + TYPOGRAPHY
    assert _heard("piper", model, texts) == [_wanted(text) for text in texts]


def test_sherpa_1_is_equal_to_piper(model: Path) -> None:
    texts = SENTENCES + TYPOGRAPHY
    assert _heard("sherpa-1", model, texts) == [_wanted(text) for text in texts]


def test_sherpa_2_is_equal_through_the_lexicon(model: Path) -> None:
    # sherpa-onnx 2.x starts a new sentence after ; and : as well, so the joined sequence counts.
    heard = [" ".join(sentences) for sentences in _heard("sherpa-2", model, SENTENCES)]
    assert heard == [" ".join(_wanted(text)) for text in SENTENCES]


def test_self_test_reports_each_runtime(model: Path) -> None:
    report = verify_folder(model.parent)
    assert report.manifest.status == "unsigned"
    assert report.ok
    blocks = len("".join(_wanted(verify.TEXT))) + 2
    for result in report.runtimes:
        if result.status == "skipped":
            assert "pip install" in result.message
            continue
        assert (result.status, result.loaded, result.rate_hz) == ("ok", True, 16000)
        assert result.samples == blocks * BLOCK
        assert result.peak_mdb == pytest.approx(20_000 * np.log10(LOUDEST), abs=20)
        assert result.version


def test_a_bad_file_fails_each_runtime_and_not_us(model: Path, tmp_path: Path) -> None:
    for one in model.parent.iterdir():
        (tmp_path / one.name).write_bytes(one.read_bytes())
    tokens = (tmp_path / "tokens.txt").read_text()
    (tmp_path / "tokens.txt").write_text(tokens + "aɪ 161\n")  # sherpa-onnx ends its process
    report = verify_folder(tmp_path)
    assert not report.ok
    assert report.manifest.changed == ("tokens.txt",)
    for result in report.runtimes:
        assert result.status in (("ok",) if result.runtime == "piper" else ("failed", "skipped"))
        assert result.message or result.runtime == "piper"


def test_runtimes_that_are_missing_are_skipped_with_a_hint(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(verify.ENVIRONMENT, str(tmp_path))
    results = {r.runtime: r for r in verify_folder(model, runtimes=["sherpa-1"]).runtimes}
    if results["sherpa-1"].status == "ok":
        pytest.skip("sherpa-onnx 1.x is in the current environment itself")
    assert f"pip install --target {tmp_path}/sherpa-1" in results["sherpa-1"].message


def test_folders_without_one_voice_are_named(tmp_path: Path) -> None:
    with pytest.raises(verify.ExportFailed, match=r"no \.onnx file"):
        find_model(tmp_path)
    for name in ("a.onnx", "b.onnx"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(verify.ExportFailed, match=r"2 \.onnx files"):
        find_model(tmp_path)


def test_piper_gives_durations_of_each_phoneme(model: Path) -> None:
    piper = pytest.importorskip("piper")
    voice = piper.PiperVoice.load(model)
    [chunk] = voice.synthesize("Hello, real world.", include_alignments=True)
    assert chunk.phoneme_alignments is not None
    counted = {a.phoneme: a.num_samples for a in chunk.phoneme_alignments if a.phoneme != " "}
    assert counted["h"] == counted["^"] == counted["$"] == BLOCK
    assert counted["ʲ"] == 0
    assert sum(a.num_samples for a in chunk.phoneme_alignments) == chunk.audio_float_array.size
    assert BLOCK % HOP == 0
