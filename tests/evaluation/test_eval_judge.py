# SPDX-License-Identifier: GPL-3.0-or-later
"""The intelligibility judge: it understands speech, and notices when words are other words."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from voicevault.errors import MissingExtra, TrainingFailed
from voicevault.evaluation import judge

TEXTS = (
    "The ferry left without us because the tide would not wait.",
    "Please fold the map before the wind tears it in half.",
    "Her grandmother keeps a drawer full of broken watches.",
)
NOISE = np.random.default_rng(0).normal(0, 0.1, 32_000).astype(np.float32)


def needs_judge() -> None:
    if judge.unavailable():
        pytest.skip(judge.unavailable())


@pytest.fixture(scope="module")
def spoken() -> list[np.ndarray]:
    """The texts in a voice of the shipped base."""
    needs_judge()
    torch = pytest.importorskip("torch")
    from voicevault.students.shipped import load_base
    from voicevault.text.frontend import utterance_phonemes
    from voicevault.text.symbols import framed_ids

    try:
        base = load_base()
    except TrainingFailed as error:
        pytest.skip(error.message)
    out = []
    with torch.inference_mode():
        for text in TEXTS:
            ids = torch.tensor([framed_ids(utterance_phonemes(text))])
            wave, _ = base.student.speak(ids, speaker=base.speakers[:1])
            out.append(wave.numpy())
    return out


@pytest.fixture(scope="module")
def listener() -> judge.Judge:
    needs_judge()
    return judge.Judge(TEXTS, {"harder": [*TEXTS, "Quixlybrump tides and 1995 wild ferries"]})


def test_counting_is_of_words() -> None:
    pytest.importorskip("jiwer")
    row = judge.compare("The tide, would not wait!", "the tide will wait wait")
    assert (row.words, row.errors) == (5, 2)
    assert row.missed == ("would", "not")
    short, long = (
        judge.compare("yes", "no"),
        judge.compare("a b c d e f g h i", "a b c d e f g h i"),
    )
    assert judge.pooled_wer([short, long]) == pytest.approx(0.1)


def test_it_understands_speech(listener: judge.Judge, spoken: list[np.ndarray]) -> None:
    rows = [listener.judge(text, wave) for text, wave in zip(TEXTS, spoken, strict=True)]
    assert judge.pooled_wer(rows) <= 0.15, [row.heard for row in rows]


def test_it_notices_other_words(listener: judge.Judge, spoken: list[np.ndarray]) -> None:
    others = [*TEXTS[1:], TEXTS[0]]
    rows = [listener.judge(text, wave) for text, wave in zip(others, spoken, strict=True)]
    assert judge.pooled_wer(rows) > 0.7


def test_it_hears_a_word_said_twice(listener: judge.Judge, spoken: list[np.ndarray]) -> None:
    text, wave = TEXTS[2], spoken[2]
    assert listener.heard_twice(text, wave) == []
    start, end = place_of("grandmother", text, wave)
    stutter = np.concatenate([wave[:end], wave[start:end], wave[end:]])
    assert listener.heard_twice(text, stutter) == ["grandmother"]
    assert listener.heard_twice("", stutter) is None
    assert listener.heard_twice(text, np.zeros(16_000, np.float32)) is None


def place_of(word: str, text: str, wave: np.ndarray) -> tuple[int, int]:
    """First and last sample of a word, by the shipped aligner."""
    from voicevault.data.features import HOP, prepare
    from voicevault.runtime.align import Aligner
    from voicevault.text.frontend import utterance_phonemes
    from voicevault.text.symbols import SPACE, SYMBOLS, framed_ids

    phonemes = utterance_phonemes(text)
    ids = framed_ids(phonemes)
    ends = np.cumsum(Aligner.load().align(prepare(wave, 16_000), phonemes).durations) * HOP
    spaces = [n for n, one in enumerate(ids) if one == SYMBOLS[SPACE]]
    at = text.rstrip(".").split().index(word)
    return int(ends[spaces[at - 1]]), int(ends[spaces[at] - 1])


def test_reversed_speech_is_not_understood(listener: judge.Judge, spoken: list[np.ndarray]) -> None:
    rows = [listener.judge(text, wave[::-1]) for text, wave in zip(TEXTS, spoken, strict=True)]
    assert judge.pooled_wer(rows) > 0.6


def test_level_rate_and_order_do_not_matter(
    listener: judge.Judge, spoken: list[np.ndarray]
) -> None:
    from voicevault.audio.files import resample

    first = listener.listen(spoken[0])
    score = listener._decoder.hyp().score
    listener.listen(NOISE)
    assert listener.listen(spoken[0]) == first
    assert listener._decoder.hyp().score == score
    assert listener.listen(spoken[0] * 5e-4) == first
    assert listener.listen(resample(spoken[0], 16_000, 48_000), 48_000) == first


def test_nothing_to_hear_is_no_word(listener: judge.Judge) -> None:
    assert listener.listen(np.zeros(16_000, np.float32)) == ""
    assert listener.listen(np.zeros(0, np.float32)) == ""
    with np.errstate(all="raise"):
        assert listener.listen(np.full(16_000, np.nan, np.float32)) == ""


def test_words_outside_the_dictionary_are_taught(listener: judge.Judge) -> None:
    assert listener.unsayable == []
    assert listener.vocabulary >= len({word for text in TEXTS for word in text.split()})


def test_the_texts_reach_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs_judge()
    for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    opened: list[str] = []
    watching = [True]

    def watch(event: str, args: tuple[object, ...]) -> None:
        if (
            watching[0]
            and event == "open"
            and isinstance(args[1], str)
            and set(args[1]) & set("wax+")
        ):
            opened.append(str(args[0]))

    sys.addaudithook(watch)  # hooks cannot be taken off: this one falls silent instead
    before = set(os.listdir("/proc/self/fd"))
    heard = judge.Judge(["a secret sentence"]).listen(NOISE)
    watching[0] = False
    assert set(heard.split()) <= {"a", "secret", "sentence"}
    assert list(tmp_path.rglob("*")) == []
    assert [name for name in opened if not name.isdigit()] == []  # a memory file has a number only
    assert len(os.listdir("/proc/self/fd")) <= len(before) + 1


def test_without_the_extra_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge.importlib.util, "find_spec", lambda name: None)
    assert "extra 'evaluate'" in judge.unavailable()
    with pytest.raises(MissingExtra, match="pocketsphinx is not installed"):
        judge.Judge(["a text"])
