# SPDX-License-Identifier: GPL-3.0-or-later
"""Dictation from a fake microphone: phrases, text that grows, and a cost with a bound."""

from collections.abc import Iterator

import numpy as np
import pytest
import toy_listening
from toy_listening import BLOCK, RATE_HZ, FakeDevice, talk

from voicevault.audio import live
from voicevault.dictation import LONGEST_S, PAUSE_S, Dictation, Phrase
from voicevault.errors import BadAudio
from voicevault.runtime.recognise import HeardWord, Recognised, Recogniser


class Ear:
    """Hears one word a second of sound and keeps what it was given; each hearing takes `cost_s`."""

    def __init__(self, cost_s: float = 0.0) -> None:
        self.now_s, self._cost_s = 0.0, cost_s
        self.given: list[np.ndarray] = []

    def recognise(self, samples: np.ndarray, rate_hz: int) -> Recognised:
        self.given.append(samples)
        self.now_s += self._cost_s
        starts = range(0, len(samples) * 1000 // rate_hz, 1000)
        words = tuple(HeardWord(f"w{at}", at, at + 900, 0.9, (-0.1,)) for at in starts)
        return Recognised(" ".join(word.text for word in words), words)

    def clock(self) -> float:
        return self.now_s


def dictated(sound: np.ndarray, ear: Ear | None = None) -> tuple[list[Phrase], Ear]:
    ear = ear or Ear()
    dictation = Dictation(ear, clock=ear.clock)  # type: ignore[arg-type]
    return list(dictation.listen(FakeDevice(sound).sound())), ear


def test_a_pause_ends_a_phrase_and_words_show_before() -> None:
    phrases, ear = dictated(talk(3.0, 5.0, 2.0))
    final = [phrase for phrase in phrases if phrase.final]
    assert [round(phrase.start_ms / 1000, 1) for phrase in final] == pytest.approx(
        [1.2, 5.7, 12.2], abs=0.15
    )
    lengths = [len(sound) / RATE_HZ for sound in ear.given]
    assert max(lengths) < 5.0 + 0.9, "only the phrase that is being said is heard"
    shown = [phrase for phrase in phrases if not phrase.final]
    assert 8 <= len(shown) <= 14, "about one a second, where the words changed"
    for phrase in shown:
        after = min(one.start_ms for one in final if one.start_ms >= phrase.start_ms)
        assert after == phrase.start_ms, "a phrase in progress begins where it ends up beginning"


def test_a_phrase_is_said_for_good_soon_after_its_end() -> None:
    sound = talk(3.0, pause_s=2.0)
    device = FakeDevice(sound)
    dictation = Dictation(ear := Ear(), clock=ear.clock)  # type: ignore[arg-type]
    for phrase in dictation.listen(device.sound()):
        if phrase.final:
            break
    late_s = device.taken * BLOCK / RATE_HZ - 5.0
    assert 0.5 < late_s <= PAUSE_S + 0.5


def test_no_speech_is_never_heard_and_breaks_are_no_words() -> None:
    quiet = np.random.default_rng(0).normal(0, 2e-4, 20 * RATE_HZ).astype(np.float32)
    click = quiet.copy()
    click[5 * RATE_HZ : 5 * RATE_HZ + 200] = 0.5
    for sound in (quiet, np.zeros_like(quiet), click, quiet[:0]):
        phrases, ear = dictated(sound)
        assert (phrases, ear.given) == ([], [])


def test_nobody_has_to_breathe() -> None:
    phrases, ear = dictated(np.concatenate((talk(32.0), np.zeros(RATE_HZ, np.float32))))
    final = [phrase for phrase in phrases if phrase.final]
    assert len(final) >= 2
    assert max(len(sound) for sound in ear.given) <= (LONGEST_S + 0.3) * RATE_HZ
    ends = [phrase.start_ms + 1000 * len(phrase.words) for phrase in final]
    for end_ms, phrase in zip(ends, final[1:], strict=False):
        assert abs(phrase.start_ms - end_ms) <= 1000, "nothing is lost between two parts"


def test_a_phrase_says_where_it_ends_and_an_empty_one_that_it_was_none() -> None:
    phrases, ear = dictated(talk(3.0, 5.0))
    lengths_ms = {len(given) // 16 for given in ear.given}
    for phrase in phrases:
        length_ms = phrase.end_ms - phrase.start_ms
        assert {length_ms - 1, length_ms, length_ms + 1} & lengths_ms
    assert all(one.end_ms <= phrases[-1].start_ms for one in phrases if one.start_ms < 4000)

    class Unsure(Ear):
        def recognise(self, samples: np.ndarray, rate_hz: int) -> Recognised:
            heard = super().recognise(samples, rate_hz)
            return heard if len(samples) < 2 * RATE_HZ else Recognised("", ())

    *shown, last = dictated(talk(3.0), Unsure())[0]
    assert shown
    assert all(one.words and not one.final for one in shown)
    assert (last.final, last.words) == (True, ())


def test_a_slow_recogniser_is_asked_less_often() -> None:
    often, seldom = dictated(talk(12.0))[1], dictated(talk(12.0), Ear(cost_s=1.5))[1]
    assert 18 <= len(often.given) <= 26
    assert 4 <= len(seldom.given) <= 6, "half of the time at most"


def test_the_end_by_hand_and_by_a_lost_microphone_keep_the_phrase() -> None:
    dictation = Dictation(Ear(), refresh_s=0)  # type: ignore[arg-type]
    asked = iter([False] * 30 + [True])
    (phrase,) = dictation.listen(FakeDevice(talk(9.0)).sound(), lambda: next(asked))
    assert phrase.final
    unplugged = FakeDevice(talk(3.0, pause_s=0.5)[: 3 * RATE_HZ])
    got: list[Phrase] = []
    phrases = Dictation(Ear(), refresh_s=0).listen(live.blocks(unplugged))  # type: ignore[arg-type]
    with pytest.raises(BadAudio, match="gone"):
        got.extend(phrases)
    assert [one.final for one in got] == [True]


def test_a_driver_that_gives_no_numbers_is_survived() -> None:
    sound = talk(3.0)
    sound[1000:1003] = np.nan, np.inf, -np.inf
    sound[2 * RATE_HZ] = np.nan
    phrases, ear = dictated(sound)
    assert phrases[-1].final
    assert all(np.isfinite(given).all() for given in ear.given)


class Keeping(Recogniser):
    """A real network that keeps what it was given."""

    def recognise(self, samples: np.ndarray, *words: object, **named: object) -> Recognised:
        self.given = samples
        return super().recognise(samples, *words, **named)  # type: ignore[arg-type]


def test_a_real_network_is_given_the_recording_as_it_is() -> None:
    recogniser = Keeping(*toy_listening.exported())
    sound = talk(3.0, 4.0)

    def blocks() -> Iterator[np.ndarray]:
        yield from np.array_split(sound, 90)

    count = 0
    for phrase in Dictation(recogniser).listen(blocks()):
        if not phrase.final:
            continue
        count += 1
        assert phrase.text
        assert phrase.hearing_s > 0
        given = recogniser.given
        start = phrase.start_ms * RATE_HZ // 1000  # rounded to whole milliseconds
        assert any(np.array_equal(sound[at : at + len(given)], given)
                   for at in range(start, start + 16))  # fmt: skip
        assert phrase.words == recogniser.recognise(given).words
    assert count == 2
