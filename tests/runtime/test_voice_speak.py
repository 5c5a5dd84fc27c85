# SPDX-License-Identifier: GPL-3.0-or-later
"""Speaking: own voices and plain Piper voices, streaming, speed, level, seeds, and clear errors."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from toy_voices import BLOCK, ToyVoice, export, read_symbols

from voicevault.errors import UsageError, VoiceVaultError
from voicevault.export.info import VoiceInfo
from voicevault.export.piper import config_json, with_metadata
from voicevault.runtime.clauses import PEAK_LIMIT, Joiner, pieces, quiet_edges
from voicevault.runtime.voice import Voice
from voicevault.text.frontend import phonemise
from voicevault.text.symbols import SYMBOLS, canonical

INFO = VoiceInfo("en_US-toy-low")
TEXT = (
    "When it rains in the morning, we stay at home; when it stops, we go for a walk. "
    "Is that all right with you?"
)


@pytest.fixture(scope="module")
def toy() -> bytes:
    return with_metadata(export(ToyVoice()), INFO)


@pytest.fixture(scope="module")
def noisy() -> bytes:
    return with_metadata(export(ToyVoice(noise=0.1)), INFO)


@pytest.fixture(scope="module")
def folder(toy: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("voice")
    (folder / "toy.onnx").write_bytes(toy)
    (folder / "toy.onnx.json").write_bytes(config_json(INFO))
    return folder


def plain_piper(gain: float = 0.5, speakers: int = 2) -> bytes:
    """A Piper voice made by hand: 40 samples an id, times length_scale, at a level by speaker."""

    def value(name: str, kind: int, *shape: str | int) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, kind, list(shape))

    def constant(name: str, content: object, dtype: type) -> TensorProto:
        return numpy_helper.from_array(np.array(content, dtype=dtype), name)

    nodes = [
        helper.make_node("Gather", ["scales", "one"], ["length"]),
        helper.make_node("Cast", ["input_lengths"], ["count"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["count", "block"], ["plain"]),
        helper.make_node("Mul", ["plain", "length"], ["total"]),
        helper.make_node("Cast", ["total"], ["samples"], to=TensorProto.INT64),
        helper.make_node("Gather", ["levels", "sid"], ["level"]),
        helper.make_node("Expand", ["level", "samples"], ["flat"]),
        helper.make_node("ReduceMax", ["input"], ["loudest"], keepdims=0),
        helper.make_node("Cast", ["loudest"], ["as_float"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["as_float", "zero"], ["nothing"]),
        helper.make_node("Add", ["flat", "nothing"], ["audio"]),
        helper.make_node("Unsqueeze", ["audio", "axes"], ["output"]),
    ]
    levels = [gain * (i + 1) / speakers for i in range(speakers)]
    weights = [
        constant("one", [1], np.int64),
        constant("block", 40.0, np.float32),
        constant("zero", 0.0, np.float32),
        constant("levels", levels, np.float32),
        constant("axes", [0, 1], np.int64),
    ]
    inputs = [
        value("input", TensorProto.INT64, 1, "n"),
        value("input_lengths", TensorProto.INT64, 1),
        value("scales", TensorProto.FLOAT, 3),
        value("sid", TensorProto.INT64, 1),
    ]
    output = [value("output", TensorProto.FLOAT, 1, 1, "t")]
    graph = helper.make_graph(nodes, "piper", inputs, output, weights)
    opset = [helper.make_opsetid("", 15)]
    return bytes(helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString())


def plain_json(**changes: object) -> dict[str, object]:
    content = json.loads(config_json(INFO))
    content["audio"]["sample_rate"] = 22050
    return {**content, "num_speakers": 2, **changes}


def test_speaks_what_the_front_end_says(folder: Path) -> None:
    voice = Voice.load(folder / "toy.onnx")
    assert voice.rate_hz == 16000
    assert voice.metadata["vv_name"] == INFO.name
    [sentence] = voice.sentences("Hello, real world.")
    audio = voice.say_ids(voice.ids(sentence), (0.0, 1.0, 0.0))
    assert read_symbols(audio) == ["".join(canonical(phonemise("Hello, real world.")[0]))]


def test_own_voice_from_bytes_needs_no_json(toy: bytes) -> None:
    voice = Voice.load(toy)
    assert (voice.rate_hz, voice.config.espeak_voice) == (16000, "en-us")
    assert voice.speak("Hello.").dtype == np.float32


def test_streams_clause_by_clause_and_loses_nothing(toy: bytes) -> None:
    voice = Voice.load(toy)
    whole = list(voice.stream(TEXT))
    cut = pieces(voice.sentences(TEXT), by_clause=True)
    assert len(whole) == len(cut) == 5
    joined = "".join("".join(piece.phonemes) for piece in cut)
    assert joined == "".join("".join(sentence) for sentence in voice.sentences(TEXT))
    spoken = voice.speak(TEXT)
    assert abs(sum(chunk.size for chunk in whole) - spoken.size) < 0.6 * voice.rate_hz


def test_short_clauses_join_a_neighbour_and_long_ones_are_cut() -> None:
    short = pieces(phonemise("Well, no, I do not think so, sir."), by_clause=True)
    assert len(short) == 1
    endless = [[*"ha ", *("ba " * 900), "."]]
    parts = pieces(endless, by_clause=False)
    assert all(len(part.phonemes) <= 400 for part in parts)
    assert "".join(p for part in parts for p in part.phonemes) == "".join(endless[0])
    assert pieces([["."], [" ", "!"]], by_clause=True) == []


def test_pauses_at_joins_are_of_one_length() -> None:
    rate, speech = 16000, np.full(8000, 0.5, dtype=np.float32)
    quiet = np.zeros(16000, dtype=np.float32)
    for tail in (quiet[:0], quiet[:800], quiet):
        joiner = Joiner(rate, speed=1.0)
        first = joiner.add(np.concatenate([speech, tail]), "sentence", last=False)
        second = joiner.add(np.concatenate([quiet, speech]), "sentence", last=True)
        joined = np.concatenate([first, second])
        loud = np.flatnonzero(np.abs(joined) > 0.4)
        gap_s = float(np.diff(loud).max()) / rate
        assert gap_s == pytest.approx(0.32, abs=0.035)


def test_level_stays_below_one_dbfs_and_never_rises_again() -> None:
    joiner = Joiner(16000, speed=1.0)
    loud = joiner.add(np.full(4000, 3.0, dtype=np.float32), "clause", last=False)
    soft = joiner.add(np.full(4000, 0.3, dtype=np.float32), "clause", last=True)
    assert np.abs(loud).max() == pytest.approx(PEAK_LIMIT, rel=1e-5)
    assert np.abs(soft).max() == pytest.approx(0.3 * PEAK_LIMIT / 3.0, rel=1e-5)
    assert quiet_edges(np.zeros(100, dtype=np.float32), 16000) == (100, 0)


def test_speed_is_the_inverse_of_length_scale() -> None:
    voice = Voice.load(plain_piper(), plain_json())
    slow, fast = voice.speak(TEXT, speed=0.5), voice.speak(TEXT, speed=2.0)
    assert slow.size / fast.size == pytest.approx(4.0, rel=0.1)
    for speed in (0.0, -1.0, 9.0, float("nan")):
        with pytest.raises(UsageError, match=r"0\.25 to 4\.0"):
            voice.speak(TEXT, speed=speed)
        with pytest.raises(UsageError, match=r"0\.25 to 4\.0"):
            voice.stream(TEXT, speed=speed)  # at once, not at the first chunk


def test_plain_piper_voices_of_any_rate_and_speaker() -> None:
    voice = Voice.load(plain_piper(), plain_json(default_speaker_id=1))
    assert voice.rate_hz == 22050
    assert np.abs(voice.speak("Hello.")).max() == pytest.approx(0.5)
    assert np.abs(voice.speak("Hello.", speaker=0)).max() == pytest.approx(0.25)
    with pytest.raises(UsageError, match="0 to 1"):
        voice.speak("Hello.", speaker=2)


def test_english_gets_breaths_and_no_other_language_does() -> None:
    text = "we had been waiting for nearly an hour and nobody had said a single word"

    def commas(espeak_voice: str) -> int:
        voice = Voice.load(plain_piper(), plain_json(espeak={"voice": espeak_voice}))
        return [symbol for sentence in voice.sentences(text) for symbol in sentence].count(",")

    assert commas("en-us") == commas("en-gb-x-rp") == 1
    assert commas("de") == 0


def test_vowel_clusters_of_piper_voices_are_merged() -> None:
    id_map = {symbol: [number] for symbol, number in SYMBOLS.items()} | {"aɪ": [161]}
    voice = Voice.load(plain_piper(), plain_json(phoneme_id_map=id_map, num_symbols=162))
    assert voice.ids(["a", "ɪ", "b"]) == [1, 0, 161, 0, 15, 0, 2]


def test_a_seed_repeats_and_another_differs(noisy: bytes) -> None:
    voice = Voice.load(noisy)
    first, again = voice.speak("Hello.", seed=3), voice.speak("Hello.", seed=3)
    assert np.array_equal(first, again)
    assert np.array_equal(first, Voice.load(noisy).speak("Hello.", seed=3))
    assert not np.array_equal(first, voice.speak("Hello.", seed=4))
    assert not np.array_equal(voice.speak("Hello.", seed=None), voice.speak("Hello.", seed=None))
    assert np.array_equal(Voice.load(noisy).speak("Hello."), Voice.load(noisy).speak("Hello."))
    assert np.array_equal(
        voice.speak("Hello.", noise_scale=0.0, seed=1), voice.speak("Hello.", noise_scale=0.0)
    )


def test_samples_that_are_no_numbers_are_an_error() -> None:
    voice = Voice.load(plain_piper(gain=float("nan")), plain_json())
    with pytest.raises(VoiceVaultError, match="not numbers"):
        voice.speak("Hello.")


@pytest.mark.parametrize("text", ["", "   ", "...", "\n", "?!"])
def test_nothing_to_say_is_an_error(toy: bytes, text: str) -> None:
    with pytest.raises(UsageError, match="nothing to say"):
        Voice.load(toy).speak(text)


def test_bad_files_get_a_clear_line(folder: Path, tmp_path: Path, toy: bytes) -> None:
    def load(model: bytes, config: bytes | None) -> None:
        (tmp_path / "x.onnx").write_bytes(model)
        (tmp_path / "x.onnx.json").unlink(missing_ok=True)
        if config is not None:
            (tmp_path / "x.onnx.json").write_bytes(config)
        Voice.load(tmp_path / "x.onnx")

    good = config_json(INFO)
    with pytest.raises(VoiceVaultError, match="cannot be read"):
        Voice.load(tmp_path / "none.onnx")
    with pytest.raises(VoiceVaultError, match="not an ONNX file"):
        load(b"RIFF" * 100, good)
    with pytest.raises(VoiceVaultError, match="not an ONNX file"):
        load(toy[: len(toy) // 2], good)
    with pytest.raises(VoiceVaultError, match=r"settings are missing.*x\.onnx\.json"):
        load(plain_piper(), None)
    with pytest.raises(VoiceVaultError, match="is not JSON"):
        load(toy, b"{")
    with pytest.raises(VoiceVaultError, match="holds a list"):
        load(toy, b"[]")
    with pytest.raises(VoiceVaultError, match="'audio' part"):
        load(toy, b"{}")
    with pytest.raises(VoiceVaultError, match="8000 to 48000"):
        load(toy, good.replace(b"16000", b"1"))
    model = onnx.load_model_from_string(toy)
    model.graph.input[0].name = "other"
    for node in model.graph.node:
        node.input[:] = ["other" if name == "input" else name for name in node.input]
    with pytest.raises(VoiceVaultError, match="but no voice"):
        load(model.SerializeToString(), good)


def test_bad_symbol_maps_get_a_clear_line() -> None:
    for id_map, words in [
        ({}, "no phoneme_id_map"),
        ({"a": [14]}, "framing symbols"),
        ({"_": [0], "^": [1], "$": [2], "a": [500]}, "ids end at 160"),
        ({"_": 0}, "list of whole numbers"),
    ]:
        with pytest.raises(VoiceVaultError, match=words):
            Voice.load(plain_piper(), plain_json(phoneme_id_map=id_map))
    framing_only = {"_": [0], "^": [1], "$": [2]}
    voice = Voice.load(plain_piper(), plain_json(phoneme_id_map=framing_only))
    with pytest.raises(VoiceVaultError, match="knows none of the symbols"):
        voice.speak("Hello.")


def test_runtime_needs_neither_torch_nor_onnx(folder: Path) -> None:
    code = (
        "import sys\n"
        "for name in ('torch', 'onnx', 'torchaudio'): sys.modules[name] = None\n"
        "from voicevault.runtime.voice import Voice\n"
        "import voicevault.export.verify\n"
        f"print(Voice.load({str(folder / 'toy.onnx')!r}).speak('Hello.').size)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) > BLOCK


@pytest.mark.parametrize(
    "bad", [{"hop_length": "x"}, {"inference": [1]}, {"default_speaker_id": "a"}]
)
def test_settings_of_the_wrong_kind_are_named(bad: dict[str, object]) -> None:
    with pytest.raises(VoiceVaultError, match=next(iter(bad))) as caught:
        Voice.load(plain_piper(), plain_json(**bad))
    assert caught.value.hint
