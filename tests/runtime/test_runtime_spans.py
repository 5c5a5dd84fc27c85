# SPDX-License-Identifier: GPL-3.0-or-later
"""Words and their times while a text is spoken: nothing is lost, and clauses end where they do."""

import numpy as np
import pytest
from toy_voices import ToyVoice, export

from voicevault.runtime import spans
from voicevault.runtime.voice import Voice
from voicevault.text.symbols import SYMBOLS

CONFIG = {
    "audio": {"sample_rate": 22050},
    "espeak": {"voice": "en-us"},
    "phoneme_id_map": {name: [number] for name, number in SYMBOLS.items()},
    "inference": {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8},
    "num_symbols": len(SYMBOLS),
    "num_speakers": 1,
}
TEXT = (
    "After the long meeting, which nobody had prepared, we walked home. It cost $3.50! "
    "The yellow cups stood beside the kitchen window while the two of us talked about nothing."
)


@pytest.fixture(scope="module")
def voice() -> Voice:
    return Voice.load(export(ToyVoice()), CONFIG)


def test_narrating_gives_the_sound_of_streaming_and_every_word_once(voice: Voice) -> None:
    clauses = list(voice.narrate(TEXT))
    streamed = list(voice.stream(TEXT))
    assert len(clauses) == len(streamed) > 3
    for clause, chunk in zip(clauses, streamed, strict=True):
        np.testing.assert_array_equal(clause.samples, chunk)
    said = [TEXT[word.start : word.end] for clause in clauses for word in clause.words]
    assert said == TEXT.split()


def test_clauses_end_at_the_marks_of_the_text(voice: Voice) -> None:
    last = [TEXT[one.words[-1].start : one.words[-1].end] for one in voice.narrate(TEXT)]
    assert last[:4] == ["meeting,", "prepared,", "home.", "$3.50!"]
    assert "window" in last  # a breath, where there is no mark


def test_times_rise_within_the_clause_and_end_before_its_pause(voice: Voice) -> None:
    for clause in voice.narrate(TEXT, speed=1.5):
        at = [time for word in clause.words for time in (word.at_s, word.until_s)]
        assert at == sorted(at)
        assert at[0] > 0
        assert at[-1] < len(clause.samples) / voice.rate_hz


def test_a_stretch_that_says_nothing_is_no_word(voice: Voice) -> None:
    text = "Hello there — friend."
    words = [text[w.start : w.end] for one in voice.narrate(text) for w in one.words]
    assert "—" not in words
    assert words == ["Hello", "there", "friend."]


def test_more_clauses_than_words_leave_the_rest_without_any() -> None:
    word = spans.Weighed(spans.Word(0, 2), 4.0, True)
    assert spans.share([word], [4, 4, 4]) == [[word], [], []]


def test_punctuation_decides_where_the_sums_do_not() -> None:
    words = [spans.Weighed(spans.Word(n, n + 1), 4.0, n == 1) for n in range(4)]
    assert [len(one) for one in spans.share(words, [6, 10])] == [2, 2]
    assert [len(one) for one in spans.share(words, [12, 4])] == [2, 2]
    unmarked = [spans.Weighed(one.word, one.weight, False) for one in words]
    assert [len(one) for one in spans.share(unmarked, [6, 10])] == [1, 3]
