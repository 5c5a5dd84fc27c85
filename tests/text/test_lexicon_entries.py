# SPDX-License-Identifier: GPL-3.0-or-later
"""The exported lexicon says words as espeak-ng says them in sentences."""

import gzip
import random
import re
from importlib import resources

import pytest

from voicevault.text import lexicon
from voicevault.text.frontend import phonemise
from voicevault.text.symbols import SPACE, canonical

TEXTS = [
    "When the children came home, the old house was quiet and the fire was out.",
    "He opened the window to look at the evening sky.",
    "There is a way to do it without any help, and I will show you.",
    "We have to go to the office at eight in the morning.",
    "She asked him about the other one, but he had not seen it.",
    "Is this the end of the story, or is there more to come?",
    "It was an hour before they saw the first of the boats.",
    "You can put it on the table, or in the box under the bed.",
    "Most of us would rather eat an apple than an onion.",
    "After all of that, what did they want from her?",
    "I am sure that this is what he said to me.",
    "The end of the road is not far from here; we can walk.",
    "Do you know who it was, and where they are?",
    "A few of the people at the back could not hear a word.",
    "If you were in my place, what would you do with it?",
]


@pytest.fixture(scope="module")
def found() -> dict[str, str]:
    return lexicon.entries([*TEXTS, "Zaphod's café is well-known, said Zaphod."], groups=3)


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z']+|[,.;:!?]", text.lower())


def _spoken(found: dict[str, str], text: str) -> str:
    return "".join(canonical(SPACE.join(lexicon.look_up(found, _words(text)))))


def _clauses(phonemes: str) -> list[str]:
    return [part.strip() for part in re.split(r"(?<=[,.;:!?])", phonemes) if part.strip()]


def test_word_list_is_large_small_and_plain() -> None:
    packed = resources.files("voicevault.text").joinpath("words_en.txt.gz").read_bytes()
    assert len(packed) <= 300_000
    assert b"CC BY-SA 4.0" in gzip.decompress(packed)[:200]
    groups = lexicon.common_words()
    words = [word for group in groups for word in group]
    assert len(words) == len(set(words)) >= 50_000
    assert all(re.fullmatch(r"[a-z]+('[a-z]+)*", word) for word in words)
    assert "the" in groups[0]
    assert "house" in groups[2]


def test_common_words_sound_as_in_a_sentence(found: dict[str, str]) -> None:
    rng = random.Random(7)
    for word in rng.sample(lexicon.common_words()[2], 60):
        said = "".join(canonical(phonemise(f"They found {word} there today.")[0]))
        assert found[word] in said, word


def test_words_that_meet_have_entries_of_their_own(found: dict[str, str]) -> None:
    assert found["the"] == "ðə"
    assert found["to"] == "tə"
    assert found["an"] == "ɐn"
    assert found["i"] == "aɪ"
    assert found["of the"] == "ʌvðə"
    assert found["the apple"] == "ðɪ ˈæpəl"
    assert "the house" not in found  # says what "the" and "house" say
    assert found["that ."] == "ðˈæt."
    assert found["don’t"] == found["don't"]


def test_clauses_agree_with_espeak(found: dict[str, str]) -> None:
    singles = {key: value for key, value in found.items() if " " not in key}
    wanted = [c for t in TEXTS for s in phonemise(t) for c in _clauses("".join(canonical(s)))]
    shares = {}
    for name, entries in (("singles", singles), ("all", found)):
        heard = [c for t in TEXTS for c in _clauses(_spoken(entries, t))]
        assert len(heard) == len(wanted)
        shares[name] = sum(a == b for a, b in zip(wanted, heard, strict=True)) / len(wanted)
    assert shares["singles"] < 0.5  # the multi-word entries earn their place
    assert shares["all"] >= 0.75  # texts full of function words; 0.94 of the prompts' clauses


def test_owner_words_are_added(found: dict[str, str]) -> None:
    assert {"zaphod's", "zaphod’s", "zaphod", "café", "well-known", "well", "known"} <= set(found)
    assert found["zaphod"].startswith("z")


def test_text_has_the_form_that_sherpa_reads() -> None:
    lines = lexicon.lexicon_text(["hello"], groups=1).splitlines()
    assert lines[0].startswith("#")
    for line in lines[1:]:
        key, phones = line.split(" || ")
        assert key == key.lower().strip()
        assert all(len(phone) == 1 for phone in phones.split(" "))
        assert not lexicon.unknown_symbols({key: phones.replace(lexicon.NO_BREAK_SPACE, " ")})
    assert "# " not in "".join(lines[1:])


def test_other_languages_get_the_owners_words_only() -> None:
    found = lexicon.entries(["Guten Morgen"], "de")
    assert set(found) == {"guten", "morgen"}


@pytest.mark.slow
def test_whole_lexicon_on_the_prompts() -> None:
    prompts = resources.files("voicevault.text").joinpath("prompts_en.txt").read_text()
    texts = [line.split("\t")[-1] for line in prompts.splitlines() if line and line[0] != "#"]
    found = lexicon.entries(texts)
    shares = []
    for text in texts:
        wanted = [c for s in phonemise(text) for c in _clauses("".join(canonical(s)))]
        heard = _clauses(_spoken(found, text.replace("’", "'")))
        shares += [one in heard for one in wanted]
    assert sum(shares) / len(shares) >= 0.92
