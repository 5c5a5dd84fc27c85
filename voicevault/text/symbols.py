# SPDX-License-Identifier: GPL-3.0-or-later
"""The 161 phoneme symbols of a voice, their ids, and the one canonical form of a phoneme sequence.

The order is the single-codepoint part of Piper's public map. Piper, libpiper and sherpa-onnx all
agree on it; symbols of several code points break the last two, so there are none.
"""

from collections.abc import Sequence
from types import MappingProxyType

PAD, BOS, EOS, SPACE = "_", "^", "$", " "

# fmt: off
_ORDERED = (
    "_^$ !'(),-.:;?abcdefhijklmnopqrstuvwxyz"          # 0-37
    "æçðøħŋœǀǁǂǃɐɑɒɓɔɕɖɗɘəɚɛɜɞɟɠɡɢɣɤɥɦɧɨɪɫɬɭɮɯɰɱɲɳɴɵɶɸɹɺɻɽɾʀʁʂʃʄʈʉʊʋʌʍʎʏʐʑʒʔʕʘʙʛʜʝʟʡʢʲ"
    "ˈˌːˑ˞βθχᵻⱱ"                                        # stress, length, rare letters
    "0123456789"                                        # tones
    "\u0327\u0303\u032a\u032f\u0329ʰˤε↓#\"↑\u033a\u033bgʦX\u031d\u030aɝʷ"
)
# fmt: on

SYMBOLS: MappingProxyType[str, int] = MappingProxyType({s: i for i, s in enumerate(_ORDERED)})
"""Symbol -> id; read-only. ``len(SYMBOLS) == 161``."""

PAUSE_MARKS = frozenset(",.!?;:")
"""Marks that a host may put between words; a space before one of them is dropped."""

HOST_DEPENDENT = ("ʲ",)
"""Symbols that some hosts' espeak-ng writes and others' does not, for the same text: never read."""

PUNCTUATION = PAUSE_MARKS | frozenset("'()-\"")
MODIFIERS = frozenset(
    "ˈˌːˑ˞ʰʲˤʷ↓↑\u0327\u0303\u032a\u032f\u0329\u033a\u033b\u031d\u030a0123456789#"
)
"""Symbols that take no time of their own: they colour their neighbours."""

TIMELESS = frozenset(SYMBOLS[s] for s in PUNCTUATION | MODIFIERS | {PAD})
"""Ids whose duration is always zero. Space and BOS/EOS may carry silence, letters carry sound."""


def canonical(phonemes: Sequence[str]) -> list[str]:
    """One sequence for what different hosts spell differently.

    Framing symbols and the linking glide go; exactly one space stands between words and after a
    pause mark, none before a pause mark or at the ends. The same rule lives inside every exported
    graph (``voicevault.export.framing``), so that training, piper-tts and sherpa-onnx agree.
    """
    kept = [p for p in phonemes if p not in (PAD, BOS, EOS, *HOST_DEPENDENT)]
    out: list[str] = []
    for index, symbol in enumerate(kept):
        following = kept[index + 1] if index + 1 < len(kept) else SPACE
        gap_follows = following == SPACE or following in PAUSE_MARKS
        if symbol == SPACE and (gap_follows or not out):
            continue
        out.append(symbol)
        if symbol in PAUSE_MARKS and not gap_follows:
            out.append(SPACE)
    return out


def framed_ids(phonemes: Sequence[str]) -> list[int]:
    """What the student's encoder reads: ``[BOS, *canonical, EOS]``, unknown symbols left out."""
    body = [SYMBOLS[p] for p in canonical(phonemes) if p in SYMBOLS]
    return [SYMBOLS[BOS], *body, SYMBOLS[EOS]]


def piper_ids(phonemes: Sequence[str]) -> list[int]:
    """What a Piper host feeds: BOS, PAD, every phoneme followed by PAD, EOS."""
    ids = [SYMBOLS[BOS], SYMBOLS[PAD]]
    for phoneme in phonemes:
        if phoneme in SYMBOLS:
            ids += [SYMBOLS[phoneme], SYMBOLS[PAD]]
    ids.append(SYMBOLS[EOS])
    return ids
