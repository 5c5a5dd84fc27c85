# SPDX-License-Identifier: GPL-3.0-or-later
"""Text to phonemes: espeak-ng through piper-tts, exactly as the runtimes do it."""

import functools
from typing import TYPE_CHECKING

from voicevault.errors import UsageError
from voicevault.text.symbols import SPACE, SYMBOLS

if TYPE_CHECKING:
    from piper.phonemize_espeak import EspeakPhonemizer

DEFAULT_VOICE = "en-us"


@functools.lru_cache(maxsize=1)
def _espeak() -> "EspeakPhonemizer":
    # espeak-ng keeps one global state in the process, so there is one phonemiser too.
    from piper.phonemize_espeak import EspeakPhonemizer

    return EspeakPhonemizer()


def phonemise(text: str, voice: str = DEFAULT_VOICE) -> list[list[str]]:
    """Phonemes of each sentence of ``text``.

    Args:
        text: plain text in the language of ``voice``.
        voice: an espeak-ng voice name ("en-us", "en-gb-x-rp"; "en-gb" is refused by piper-tts 1.8).

    Returns:
        One list a sentence, each of single code points known to :data:`SYMBOLS`. Empty for text
        without anything to say.

    Raises:
        UsageError: espeak-ng does not know the voice.
    """
    try:
        sentences = _espeak().phonemize(voice, text.replace("\0", " "))
    except RuntimeError as error:
        raise UsageError(
            f"espeak-ng has no voice called {voice!r}",
            hint="en-us and en-gb-x-rp are known to work",
        ) from error
    known = [[p for p in sentence if p in SYMBOLS] for sentence in sentences]
    return [sentence for sentence in known if sentence]


def utterance_phonemes(text: str, voice: str = DEFAULT_VOICE) -> list[str]:
    """All sentences of ``text`` as one sequence: one recording, one sequence."""
    out: list[str] = []
    for sentence in phonemise(text, voice):
        if out:
            out.append(SPACE)
        out.extend(sentence)
    return out
