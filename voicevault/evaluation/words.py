# SPDX-License-Identifier: GPL-3.0-or-later
"""Text as the judge counts it: lower-case words without punctuation, and their pronunciations."""

import re
import unicodedata
from types import MappingProxyType

from voicevault.text.frontend import phonemise
from voicevault.text.symbols import MODIFIERS

_APOSTROPHES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u02bc": "'", "`": "'"})
_SIGNS = MappingProxyType({"&": " and ", "%": " percent ", "+": " plus ", "=": " equals "})
# A numeral keeps its inner point, comma, colon and its currency sign: "$3.50" is one token.
_TOKEN = re.compile(
    r"[$\u00a3\u20ac]?\d+(?:[.,:]\d+)*(?:st|nd|rd|th)?|[^\W\d_]+(?:'[^\W\d_]+)*'?", re.UNICODE
)

# espeak-ng's US English IPA to the 39 phones of CMU's dictionary; two code points come first.
_ARPABET = MappingProxyType(
    {
        "aɪ": "AY", "aʊ": "AW", "eɪ": "EY", "oʊ": "OW", "ɔɪ": "OY", "əʊ": "OW",
        "tʃ": "CH", "dʒ": "JH", "ɪə": "IH R", "ʊə": "UH R", "eə": "EH R",
        "i": "IY", "ɪ": "IH", "ᵻ": "IH", "ɨ": "IH", "e": "EY", "ɛ": "EH", "æ": "AE", "a": "AA",
        "ɑ": "AA", "ɒ": "AA", "ɔ": "AO", "o": "OW", "ʊ": "UH", "u": "UW", "ʉ": "UW", "y": "UW",
        "ʌ": "AH", "ə": "AH", "ɐ": "AH", "ɜ": "ER", "ɚ": "ER", "ɝ": "ER", "ø": "ER", "œ": "ER",
        "p": "P", "b": "B", "t": "T", "d": "D", "ɾ": "D", "k": "K", "ɡ": "G", "g": "G", "q": "K",
        "ʔ": "T", "f": "F", "v": "V", "β": "V", "θ": "TH", "ð": "DH", "s": "S", "z": "Z",
        "ʃ": "SH", "ʒ": "ZH", "ç": "HH", "x": "HH", "χ": "HH", "h": "HH", "ɣ": "G", "m": "M",
        "n": "N", "ŋ": "NG", "ɲ": "N Y", "l": "L", "ɫ": "L", "ɬ": "L", "ʎ": "L Y", "r": "R",
        "ɹ": "R", "ʁ": "R", "w": "W", "ʍ": "W", "j": "Y",
    }
)  # fmt: skip


def normalise(text: str) -> list[str]:
    """The words of ``text`` for counting errors.

    Lower case, accents kept, punctuation dropped, hyphens split. A numeral stays one token
    ("1995", "$3.50"), because only the voice decides how it is read: the judge gets the
    pronunciation of the front end for it and no speller of numbers is needed.
    """
    flat = unicodedata.normalize("NFC", text).translate(_APOSTROPHES).lower()
    for sign, word in _SIGNS.items():
        flat = flat.replace(sign, word)
    tokens = (found.group(0) for found in _TOKEN.finditer(flat))
    # A trailing apostrophe is a closing quote nearly always ("the cat'"), rarely a plural.
    return [token.rstrip("'") for token in tokens]


def to_arpabet(phonemes: list[str]) -> list[str]:
    """ARPAbet phones of espeak's IPA code points; stress, length and unknown marks are dropped."""
    letters = "".join(p for p in phonemes if p.isalpha() and p not in MODIFIERS)
    phones: list[str] = []
    at = 0
    while at < len(letters):
        pair = letters[at : at + 2]
        step = 2 if len(pair) == 2 and pair in _ARPABET else 1
        phones += _ARPABET.get(pair if step == 2 else letters[at], "").split()
        at += step
    return phones


def pronounce(word: str) -> list[str]:
    """How the text front end says a word, in ARPAbet; empty when it says nothing."""
    return to_arpabet([p for sentence in phonemise(word) for p in sentence])
