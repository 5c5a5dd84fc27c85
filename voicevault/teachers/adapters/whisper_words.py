# SPDX-License-Identifier: GPL-3.0-or-later
"""From Whisper's tokens to words with times and probabilities, and which tokens are no words.

The tokenizer is faster-whisper's; it is compared with the network's own vocabulary first, because
the tokenizer of another Whisper loads as well and writes nonsense.
"""

from __future__ import annotations

import importlib
import json
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from voicevault.errors import UsageError, VoiceVaultError
from voicevault.teachers.protocols import HeardWord, OpenedTeacher

FRAME_S = 0.02
"""One step of the encoder, and of the times of words."""


def token_times(path: Sequence[tuple[int, int]], count: int, seconds: float) -> list[float]:
    """When each of ``count`` tokens begins on its path through the frames, and when all end."""
    first: dict[int, int] = {}
    for token, frame in path:
        first.setdefault(token, frame)
    last = max((frame for _, frame in path), default=0) + 1
    times, known = [], 0
    for token in range(count + 1):
        known = max(known, first.get(token, last if token == count else known))
        times.append(min(known * FRAME_S, seconds))
    return times


def to_words(
    tokenizer: Any,
    tokens: list[int],
    probable: Sequence[float],
    begins: Sequence[float],
    offset_s: float,
) -> tuple[HeardWord, ...]:
    """Tokens as words; a mark without a letter belongs to the word before it."""
    texts, groups = tokenizer.split_to_word_tokens([*tokens, tokenizer.eot])
    words: list[HeardWord] = []
    at = 0
    for text, group in zip(texts[:-1], groups[:-1], strict=True):
        end = at + len(group)
        logs = [math.log(max(one, 1e-12)) for one in probable[at:end]]
        word = HeardWord(
            text.strip(),
            round(offset_s + begins[at], 3),
            round(offset_s + begins[end], 3),
            math.exp(sum(logs) / len(logs)),
        )
        if words and not any(one.isalnum() for one in word.text):
            words[-1] = replace(words[-1], text=words[-1].text + word.text)
        elif word.text:
            words.append(word)
        at = end
    return tuple(words)


def tokenizer(model: Any, opened: OpenedTeacher, language: str) -> Any:
    """faster-whisper's tokenizer, after it was compared with the network it is to serve.

    Raises:
        UsageError: a language that the network does not know.
        VoiceVaultError: tokenizer or features of another model.
    """
    bins = model.feature_extractor.mel_filters.shape[0]
    if bins != model.model.n_mels:
        raise VoiceVaultError(
            f"{opened.folder} hears {model.model.n_mels} mel bins and is given {bins}",
            hint="copy preprocessor_config.json out of the folder it was converted from",
        )
    languages = model.supported_languages
    if language not in languages:
        raise UsageError(f"no language {language!r}; this teacher has {', '.join(languages)}")
    made = importlib.import_module("faster_whisper.tokenizer").Tokenizer(
        model.hf_tokenizer, model.model.is_multilingual, task="transcribe", language=language
    )
    vocabulary = _vocabulary(opened)
    expected = {"<|endoftext|>": made.eot, "<|notimestamps|>": made.no_timestamps}
    for token, number in expected.items():
        if number is None or number >= len(vocabulary) or vocabulary[number] != token:
            raise VoiceVaultError(
                f"the tokenizer.json of {opened.folder} is another model's: {token} is not where "
                "the vocabulary has it",
                hint="copy the one of the folder it was converted from",
            )
    return made


def _vocabulary(opened: OpenedTeacher) -> list[str]:
    path = opened.folder / "vocabulary.json"
    if path.is_file():
        return [str(one) for one in json.loads(path.read_text(encoding="utf-8"))]
    return (opened.folder / "vocabulary.txt").read_text(encoding="utf-8").split("\n")


def silenced(tokenizer: Any, size: int) -> list[int]:
    """Tokens that are no words: tasks, languages, times, and marks of what is not speech.

    The end of the text stays possible.
    """
    special = set(range(tokenizer.eot + 1, size))
    return sorted(special | set(tokenizer.non_speech_tokens))
