# SPDX-License-Identifier: GPL-3.0-or-later
"""lexicon.txt of an exported voice: what sherpa-onnx 2.x, which has no espeak-ng, reads text with.

Lines are ``key || phonemes``: lower-case keys of one or several words, longest match first, every
phoneme a single code point between spaces. Words sound different inside a sentence than alone
("to", "of", "the"), so each is phonemised in a carrier phrase, and where espeak-ng changes words
that meet ("in the" becomes one word, "the" changes before a vowel, an r links) the pair or triple
gets an entry of its own. Marks are words to sherpa-onnx's matching, so ``that .`` is an entry too:
function words are stressed at the end of a clause.

A space inside an entry is written as NO-BREAK SPACE, because sherpa-onnx cuts phonemes at spaces;
tokens.txt gives it the id of the space symbol.

Measured against piper-tts 1.8, clauses with exactly the same phonemes: 53 % with single words alone
and 88 % with all entries on 1,603 clauses of LJSpeech and LibriSpeech texts (98 % of the words),
94 % on the 472 clauses of our prompts. What remains: "what" and "when" at the start of a clause,
rarer words with a linking r, and homographs ("live").
"""

import gzip
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib import resources
from itertools import product

from voicevault.text.frontend import DEFAULT_VOICE, phonemise
from voicevault.text.symbols import SPACE, SYMBOLS, canonical

NO_BREAK_SPACE = "\u00a0"
"""Stands for the space symbol inside an entry, in lexicon.txt and tokens.txt."""

MARKS = ",.;:!?"
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_VOWELS = frozenset("aeiouyɐɑɒæɔəɚɛɜɪʊʌᵻ")
_STRESS = "ˈˌ"
_LINKING = ("ɚ", "ɹ", "ɜː")
_LINKED = ("it", "at", "that", "her", "for", "or", "are", "were", "your", "our", "other")
"""Function words whose last sound changes before a vowel."""
_RARER_FUNCTION = ("am", "must", "might", "such", "once", "each", "both", "few", "may", "whose")
"""Function words below the first 150 words; they stand beside each other just as often."""
_PREPOSITIONS = ("of", "in", "on", "to", "for", "from", "with", "and", "by", "at")
_BATCH = 200


def lexicon_text(
    owner_prompts: Iterable[str] = (), voice: str = DEFAULT_VOICE, *, groups: int | None = None
) -> str:
    """The content of lexicon.txt.

    Args:
        owner_prompts: texts whose words are added; only words go in, sorted among the others.
        voice: espeak-ng voice. For a voice that is not English the common English words would be
            wrong, so the lexicon then holds the owner's words only.
        groups: how many frequency groups of the word list to use, by default all of them.
    """
    lines = [
        "# word || phonemes (espeak-ng); made by VoiceVault, word list: wordfreq, CC BY-SA 4.0"
    ]
    found = entries(owner_prompts, voice, groups=groups)
    for key in sorted(found):
        phonemes = " ".join(found[key].replace(SPACE, NO_BREAK_SPACE))
        lines.append(f"{key} || {phonemes}")
    return "\n".join(lines) + "\n"


def entries(
    owner_prompts: Iterable[str] = (), voice: str = DEFAULT_VOICE, *, groups: int | None = None
) -> dict[str, str]:
    """Key to phonemes, as :func:`lexicon_text` writes them."""
    english = voice.split("-")[0] == "en"
    common = common_words()[:groups] if english else ()
    speaker = _Carrier(voice)
    owned = sorted({word for text in owner_prompts for word in words_of(text)})
    found = speaker.inside([*(word for group in common for word in group), *owned])
    if english and common:
        found.update(_before_vowels(speaker))
        _add_meetings(found, common, owned, speaker)
        _add_clause_ends(found, common, speaker)
    for word in [key for key in found if "'" in key]:  # texts have either apostrophe
        found.setdefault(word.replace("'", "’"), found[word])
    return found


def words_of(text: str) -> list[str]:
    """Lower-case words of a text; compounds with hyphens whole and in parts, no digits."""
    found = _WORD.findall(unicodedata.normalize("NFC", text.replace("’", "'")).lower())
    parts = [part for word in found if "-" in word for part in word.split("-") if part]
    return [*found, *parts]


@lru_cache(maxsize=1)
def common_words() -> tuple[tuple[str, ...], ...]:
    """The shipped word list in groups of falling frequency, each sorted."""
    packed = resources.files("voicevault.text").joinpath("words_en.txt.gz").read_bytes()
    groups: list[list[str]] = []
    for line in gzip.decompress(packed).decode("utf-8").splitlines()[1:]:
        if line.startswith("#"):
            groups.append([])
        else:
            groups[-1].append(line)
    return tuple(tuple(group) for group in groups)


def look_up(found: dict[str, str], words: Sequence[str], longest: int = 4) -> list[str]:
    """What sherpa-onnx's longest match makes of words and marks; unknown ones are left out."""
    out: list[str] = []
    index = 0
    while index < len(words):
        if words[index] in MARKS:
            out.append(words[index])
            index += 1
            continue
        for count in range(min(longest, len(words) - index), 0, -1):
            key = " ".join(words[index : index + count])
            if key in found:
                out.append(found[key])
                index += count
                break
        else:
            index += 1
    return out


class _Carrier:
    """Phonemes of words inside a phrase that changes none of them; many at once.

    One call of the front end costs as much as ten phrases (it sets the voice each time), so phrases
    go through it as the sentences of one text. Capitals matter: a full stop before a small letter
    ends no sentence for espeak-ng.
    """

    def __init__(self, voice: str) -> None:
        self._voice = voice
        first, _, last = self._say(["Say ten now."])[0].partition(SPACE)
        self._before = first + SPACE
        self._after = SPACE + last.rpartition(SPACE)[2]

    def inside(self, keys: Sequence[str]) -> dict[str, str]:
        """Phonemes of each key amid a sentence; keys that melt into the carrier are left out."""
        said = self._say([f"Say {_written(key)} now." for key in keys])
        return {
            key: phonemes[len(self._before) : -len(self._after)]
            for key, phonemes in zip(keys, said, strict=True)
            if self._carried(phonemes)
        }

    def at_end(self, keys: Sequence[str]) -> dict[str, str]:
        """Phonemes of each key at the end of a clause."""
        said = self._say([f"Say {_written(key)}." for key in keys])
        return {
            key: phonemes[len(self._before) :]
            for key, phonemes in zip(keys, said, strict=True)
            if phonemes.startswith(self._before)
        }

    def _carried(self, phonemes: str) -> bool:
        empty = len(phonemes) <= len(self._before) + len(self._after)
        return phonemes.startswith(self._before) and phonemes.endswith(self._after) and not empty

    def _say(self, phrases: Sequence[str]) -> list[str]:
        out: list[str] = []
        for start in range(0, len(phrases), _BATCH):
            batch = phrases[start : start + _BATCH]
            sentences = phonemise(" ".join(batch), self._voice)
            if len(sentences) != len(batch):  # a phrase that espeak-ng cuts in two
                single = [phonemise(phrase, self._voice) for phrase in batch]
                sentences = [found[0] if len(found) == 1 else [] for found in single]
            out += ["".join(canonical(one)).rstrip(".") for one in sentences]
        return out


def _add_meetings(
    found: dict[str, str],
    common: Sequence[Sequence[str]],
    owned: Sequence[str],
    speaker: _Carrier,
) -> None:
    """Entries for words that change where they meet, wherever shorter entries do not say it."""
    few, function, _, frequent, known = (
        [word for group in common[:count] for word in group if word in found]
        for count in (1, 2, 3, 4, 5)
    )
    function += [word for word in _RARER_FUNCTION if word in found and word not in function]
    own = [word for word in owned if word in found]
    frequent, known = list(dict.fromkeys([*frequent, *own])), list(dict.fromkeys([*known, *own]))
    function_vowel = _vowel_first(function, found)
    linking = [word for word in frequent if found[word].endswith(_LINKING)]
    kinds: list[Iterable[tuple[str, ...]]] = [
        product(function, function),
        product(("the", "to"), _vowel_first(known, found)),
        product(_LINKED, _vowel_first(frequent, found)),
        product(linking, function_vowel),
        product(few, few, few),
        product(function, _PREPOSITIONS, ("the",)),
        product(_PREPOSITIONS, ("the",), _vowel_first(frequent, found)),
    ]
    for keys in kinds:
        said = speaker.inside([" ".join(words) for words in keys if words[-1] != "an"])
        # After each kind: longer keys are compared with what all the shorter ones give.
        found.update(
            {
                key: phonemes
                for key, phonemes in said.items()
                if phonemes != SPACE.join(look_up(found, key.split(" ")))
            }
        )


def _add_clause_ends(
    found: dict[str, str], common: Sequence[Sequence[str]], speaker: _Carrier
) -> None:
    """Entries that end with a mark, for function words and pairs of them."""
    few, function, words = (
        [word for group in common[:count] for word in group if word in found] for count in (1, 2, 3)
    )
    pairs = {" ".join(pair) for pair in [*product(few, function), *product(function, few)]}
    for key, phonemes in speaker.at_end([*words, *sorted(pairs)]).items():
        otherwise = SPACE.join(look_up(found, [*key.split(" "), "."]))
        if phonemes and phonemes + "." != otherwise.replace(" .", "."):
            found.update({f"{key} {mark}": phonemes + mark for mark in MARKS})


def _before_vowels(speaker: _Carrier) -> dict[str, str]:
    """ "an" never stands before a consonant, where the carrier would put it."""
    said = speaker.inside(["an apple", "apple"])
    return {"an": said["an apple"].removesuffix(said["apple"]).rstrip()}


def _written(key: str) -> str:
    """Keys are small letters, but espeak-ng reads a small i as the letter, not as the pronoun."""
    return re.sub(r"\bi\b", "I", key)


def _vowel_first(words: Iterable[str], found: dict[str, str]) -> list[str]:
    return [word for word in words if found[word].lstrip(_STRESS)[:1] in _VOWELS]


def unknown_symbols(found: dict[str, str]) -> set[str]:
    """Symbols of entries that no voice has; empty unless the front end changed."""
    return {symbol for phonemes in found.values() for symbol in phonemes} - set(SYMBOLS)
