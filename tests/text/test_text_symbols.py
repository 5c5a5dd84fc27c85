# SPDX-License-Identifier: GPL-3.0-or-later
"""The symbol map, the canonical form, and the front end that feeds both."""

import pytest

from voicevault.errors import UsageError
from voicevault.text.frontend import phonemise, utterance_phonemes
from voicevault.text.symbols import SYMBOLS, TIMELESS, canonical, framed_ids, piper_ids


def test_symbols_are_pipers_single_codepoints() -> None:
    from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP

    assert len(SYMBOLS) == 161
    assert sorted(SYMBOLS.values()) == list(range(161))
    assert all(len(symbol) == 1 for symbol in SYMBOLS)
    assert all(DEFAULT_PHONEME_ID_MAP[s] == [i] for s, i in SYMBOLS.items())


@pytest.mark.parametrize(
    ("spelled", "wanted"),
    [
        ("^_a_ _b_$", "a b"),
        ("  a   b  ", "a b"),
        ("a , b .", "a, b."),
        ("a,b", "a, b"),
        ("a.!", "a.!"),
        ("aʲb", "ab"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_canonical_form(spelled: str, wanted: str) -> None:
    assert "".join(canonical(list(spelled))) == wanted


def test_canonical_is_stable() -> None:
    once = canonical(utterance_phonemes("Well, is it? Yes: I'd say so; it's real!"))
    assert canonical(once) == once


def test_framing_and_piper_ids_say_the_same() -> None:
    phonemes = phonemise("Good morning, everyone.")[0]
    body = [i for i in piper_ids(phonemes) if i > 2]
    assert framed_ids(phonemes) == [1, *body, 2]


def test_letters_take_time_and_marks_do_not() -> None:
    assert SYMBOLS["a"] not in TIMELESS
    assert SYMBOLS[" "] not in TIMELESS
    assert {SYMBOLS[s] for s in "ˈˌː,.?!"} <= TIMELESS


def test_phonemes_are_what_piper_says() -> None:
    from piper.phonemize_espeak import EspeakPhonemizer

    text = "The girl bought forty-two oranges, didn't she?"
    assert phonemise(text) == EspeakPhonemizer().phonemize("en-us", text)


def test_text_without_speech_gives_nothing() -> None:
    assert phonemise("") == []
    assert phonemise("\0\0") == []
    assert utterance_phonemes("   ") == []


def test_unknown_voice_is_named() -> None:
    with pytest.raises(UsageError, match="xx-nowhere"):
        phonemise("hello", "xx-nowhere")
