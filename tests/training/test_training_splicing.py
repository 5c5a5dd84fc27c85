# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded words in new sentences: where words are, what a joined utterance holds."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from voicevault.data.fbank import BANDS
from voicevault.errors import BadDataset
from voicevault.text.frontend import utterance_phonemes
from voicevault.text.symbols import SYMBOLS, TIMELESS, framed_ids
from voicevault.training.base import splicing
from voicevault.training.base.listening import PHONE_MS, Shelves, Spoken, write_shelf
from voicevault.training.base.splicing import Splicer, sounds_of, splice_shelves, word_places

TEXTS = (
    "the lamp burned in the morning",  # espeak-ng writes "in the" as one word
    "take the second road to the left",
    "we keep three goats and an old horse",
)
NAMES = {number: symbol for symbol, number in SYMBOLS.items()}


def spoken(text: str, speaker: str = "one") -> Spoken:
    """An utterance whose every sound lasts four units: 50 ms, five frames."""
    ids = framed_ids(utterance_phonemes(text))
    durations = [0 if i in TIMELESS else 4 for i in ids]
    return Spoken(text, speaker, 0, 0, list(ids), durations)


def shelf(folder: Path, speakers: tuple[str, ...]) -> Shelves:
    """Utterances whose every feature frame says which reader, text and moment it is of."""
    rows = []
    for number, speaker in enumerate(speakers):
        for index, text in enumerate(TEXTS):
            record = spoken(text, speaker)
            frames = round(sum(record.durations) * PHONE_MS / 10)
            features = np.zeros((frames, BANDS), np.float32)
            features[:, 0], features[:, 1] = number, index
            features[:, 2] = np.arange(frames)
            rows.append((features, record))
    write_shelf(folder / "real", rows)
    return Shelves([folder / "real"])


@pytest.mark.parametrize("text", TEXTS)
def test_each_word_has_its_own_sounds(text: str) -> None:
    record = spoken(text)
    words = word_places(record, sounds_of([text]))
    assert [word.text for word in words] == text.split()
    assert all(a.after <= b.first for a, b in itertools.pairwise(words))
    said = {w.text: "".join(NAMES[p] for p in record.phones[w.first : w.after]) for w in words}
    for word, first, last in (
        ("the", "ð", "ə"), ("lamp", "l", "p"), ("road", "ɹ", "d"), ("goats", "ɡ", "s")
    ):  # fmt: skip
        if word in said:
            letters = said[word].replace("ˈ", "").replace("ː", "")
            assert (letters[0], letters[-1]) == (first, last)


def test_an_utterance_without_alignment_gives_no_words() -> None:
    record = spoken(TEXTS[0])
    bare = Spoken(record.text, record.speaker, 0, 0, [], [])
    assert word_places(bare, sounds_of([record.text])) == []
    assert word_places(record, {}) == []


def test_snippets_are_cut_from_one_reader_where_the_phones_say(tmp_path: Path) -> None:
    shelves = shelf(tmp_path, ("one", "two"))
    splicer = Splicer(shelves, range(len(shelves)))
    random = np.random.default_rng(0)
    seen = set()
    for _ in range(30):
        features, record = splicer.draw(random)
        seen.add(record.text)
        assert len(set(features[:, 0])) == 1  # one reader
        assert len(record.phones) == len(record.durations)
        assert abs(sum(record.durations) * PHONE_MS - len(features) * 10) <= 10 * record.text.count(
            " "
        )
        # Inside a snippet time goes on by one frame; a jump is a joint.
        joints = int((np.diff(features[:, 2]) != 1).sum())
        assert 0 < joints < len(record.text.split())
        for word in record.text.split():
            assert any(word in text.split() for text in TEXTS)
    assert len(seen) > 25


def test_shelves_follow_their_number_and_are_made_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(splicing, "UTTERANCES", 3)
    shelves = shelf(tmp_path, ("one", "two", "kept-out"))
    numbers = [n for n, r in enumerate(shelves.records) if r.speaker != "kept-out"]
    for name in ("a", "b"):
        splice_shelves(tmp_path / name, shelves, numbers, [4])
    first, second = (Shelves([tmp_path / name / "spliced-004"]) for name in ("a", "b"))
    assert first.records == second.records
    assert all(2.0 not in first.features(n)[:, 0] for n in range(3))
    made = (tmp_path / "a" / "spliced-004.f16").stat().st_mtime_ns
    splice_shelves(tmp_path / "a", shelves, numbers, [4])
    assert (tmp_path / "a" / "spliced-004.f16").stat().st_mtime_ns == made


def test_without_alignments_nothing_can_be_spliced(tmp_path: Path) -> None:
    record = spoken(TEXTS[0])
    bare = Spoken(record.text, "one", 0, 0, [], [])
    write_shelf(tmp_path / "real", [(np.zeros((40, BANDS), np.float32), bare)] * 2)
    with pytest.raises(BadDataset, match="aligned"):
        Splicer(Shelves([tmp_path / "real"]), [0, 1])
