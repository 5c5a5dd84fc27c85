# SPDX-License-Identifier: GPL-3.0-or-later
"""How well another listener understands a voice: word error rate by an independent recogniser.

The judge is pocketsphinx with its own US English acoustic model (in its wheel), which neither
trained nor filtered anything here. It hears through a *closed* bigram: only words of the texts it
was given exist for it. That makes it a relative judge: read its word error rate (WER) beside the
one of the owner's real recordings of comparable text, never alone, and never beside figures of
another recogniser.

Two levels, by what the caller puts into ``pool``:
    closed: the judged texts only. Easy; real recordings score about 1-3 %, so it saturates.
    harder: a much larger pool that contains them. Real recordings score about 5-10 %.

Nothing touches the disk: pocketsphinx reads language models from file names only, so the model is
handed over as ``/proc/self/fd/N`` of an anonymous memory file. Only Linux has both; elsewhere there
is no judge, and the report says so.
"""

import importlib
import importlib.util
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from voicevault.data.features import FloatArray
from voicevault.errors import MissingExtra
from voicevault.evaluation.ngram import arpa_bigram
from voicevault.evaluation.words import normalise, pronounce

RATE_HZ = 16_000
PEAK = 0.8
"""Level given to every utterance: a quiet voice is not the same as an unclear one."""
TWICE = 1e-4
"""Chance that the judge gives to words being said again, after each word. Of 29 sentences of
the base with a word doubled it hears one twice in 29, in the sentences as they were in 3."""
_TWICE_WORDS = 3
"""Words that may be said again at once, at most."""
_GRAMMAR = "repeats"


def unavailable() -> str:
    """Why there is no judge on this machine; empty when there is one."""
    for module in ("pocketsphinx", "jiwer"):
        if importlib.util.find_spec(module) is None:
            return f"{module} is not installed (extra 'evaluate')"
    if not hasattr(os, "memfd_create"):
        return "pocketsphinx wants a file for its language model; only Linux has memory files"
    return ""


@dataclass(frozen=True, slots=True)
class Heard:
    """One judged utterance.

    ``errors`` = substitutions + deletions + insertions over ``words`` words of the reference.
    """

    reference: str
    heard: str
    words: int
    errors: int
    missed: tuple[str, ...] = ()
    """Reference words substituted or left out."""

    @property
    def wer(self) -> float:
        return self.errors / max(self.words, 1)


def pooled_wer(rows: Sequence[Heard]) -> float:
    """Errors over words of all rows: long sentences weigh more, as in every published WER."""
    return sum(row.errors for row in rows) / max(sum(row.words for row in rows), 1)


def compare(reference: str, heard: str) -> Heard:
    """Count the word errors of ``heard``; both are normalised first."""
    import jiwer

    said, got = normalise(reference), normalise(heard)
    if not said:
        return Heard("", " ".join(got), 0, len(got))
    out = jiwer.process_words(" ".join(said), " ".join(got))
    missed = [
        word
        for chunk in out.alignments[0]
        if chunk.type in ("substitute", "delete")
        for word in said[chunk.ref_start_idx : chunk.ref_end_idx]
    ]
    errors = out.substitutions + out.deletions + out.insertions
    return Heard(" ".join(said), " ".join(got), len(said), errors, tuple(missed))


class Judge:
    """A recogniser that knows the words of its texts and nothing else.

    Args:
        pool: texts of the level "closed"; those to be judged must be among them, or their unknown
            words count as errors.
        levels: further pools by name, each a language model of its own over the same sound model.
    """

    def __init__(
        self, pool: Iterable[str], levels: Mapping[str, Iterable[str]] | None = None
    ) -> None:
        reason = unavailable()
        if reason:
            raise MissingExtra(f"no intelligibility judge: {reason}", extra="evaluate")
        pocketsphinx = importlib.import_module("pocketsphinx")
        model = os.path.join(pocketsphinx.get_model_path(), "en-us")
        pocketsphinx.set_loglevel("FATAL")
        # No dictionary file: a search enters every word of the dictionary into a hash table sized
        # for the language model, and 134,000 words in a table for 200 took 1 to 10 s.
        self._decoder = pocketsphinx.Decoder(
            hmm=os.path.join(model, "en-us"), dict=None, lm=None, samprate=RATE_HZ
        )
        pools = {"closed": pool, **(levels or {})}
        texts = {
            name: [normalise(t) for t in dict.fromkeys(texts)] for name, texts in pools.items()
        }
        # All words first: a search keeps the dictionary of the moment it was made.
        wanted = {word for rows in texts.values() for words in rows for word in words}
        known = self._teach(wanted, Path(model, "cmudict-en-us.dict"))
        self.vocabulary = len(known)
        self.unsayable = sorted(wanted - known)
        for name, rows in texts.items():
            kept = [[word for word in words if word in known] for words in rows]
            self._decoder.add_lm(name, _language_model(pocketsphinx, self._decoder, kept))

    def _teach(self, words: set[str], dictionary: Path) -> set[str]:
        """Give every word its pronunciations; the words that have one.

        CMU's dictionary first, all its variants; the front end says what is not in it.
        """
        told: dict[str, list[tuple[str, str]]] = {}
        with dictionary.open(encoding="utf-8") as lines:
            for line in lines:
                entry, _, phones = line.rstrip().partition(" ")
                word = entry.partition("(")[0]
                if word in words:
                    told.setdefault(word, []).append((entry, phones))
        for word in words - told.keys():
            phones = " ".join(pronounce(word))
            if phones:
                told[word] = [(word, phones)]
        for word in sorted(told):
            for entry, phones in told[word]:
                self._decoder.add_word(entry, phones, False)
        return set(told)

    def listen(self, samples: FloatArray, rate_hz: int = RATE_HZ, level: str = "closed") -> str:
        """What the judge hears in [S] samples through one level, as normalised words."""
        wave = np.asarray(samples, np.float32)
        if rate_hz != RATE_HZ:
            wave = soxr.resample(wave, rate_hz, RATE_HZ, quality="HQ")
        peak = float(np.abs(wave).max()) if len(wave) else 0.0
        if not np.isfinite(peak) or peak < 1e-5:
            return ""
        # A quarter second of near-silence at both ends, or the first word is lost to warm-up.
        edge = np.random.default_rng(0).normal(0.0, 1e-4, RATE_HZ // 4)
        wave = np.concatenate([edge, wave * (PEAK / peak), edge])
        pcm = (np.clip(wave, -1.0, 1.0) * 32767.0).astype("<i2").tobytes()
        self._decoder.activate_search(level)
        # The order of judging is no input: a fresh front end forgets the noise estimate of the
        # utterance before (it moved scores), full_utt takes this one's own cepstral mean.
        self._decoder.reinit_feat()
        self._decoder.start_utt()
        self._decoder.process_raw(pcm, full_utt=True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        return "" if found is None else str(found.hypstr)

    def heard_twice(
        self, text: str, samples: FloatArray, rate_hz: int = RATE_HZ
    ) -> list[str] | None:
        """Words of ``text`` that [S] samples say again at once; unsayable ones are passed over.

        The judge hears by a grammar, which knows the text, in which after each word the last one,
        two or three may come again: it decides that, and nothing else. One sentence at a time: in
        a minute it loses its place. None where it did, or where nothing is said.
        """
        import jiwer

        words = [word for word in normalise(text) if word not in self.unsayable]
        if not words:
            return None
        self._decoder.add_jsgf_string(_GRAMMAR, _grammar_of_repeats(words))
        heard = self.listen(samples, rate_hz, _GRAMMAR).split()
        if not heard:
            return None
        out = jiwer.process_words(" ".join(words), " ".join(heard))
        return [
            word
            for chunk in out.alignments[0]
            if chunk.type == "insert"
            for word in heard[chunk.hyp_start_idx : chunk.hyp_end_idx]
        ]

    def judge(
        self, text: str, samples: FloatArray, rate_hz: int = RATE_HZ, level: str = "closed"
    ) -> Heard:
        """Listen, and compare with the text that was to be said."""
        return compare(text, self.listen(samples, rate_hz, level))


def _grammar_of_repeats(words: Sequence[str]) -> str:
    """JSGF of the words in their order, where the last one to three may be said again."""
    parts = []
    for number, word in enumerate(words):
        runs = [
            " ".join(words[number - back : number + 1])
            for back in range(min(_TWICE_WORDS, number + 1))
        ]
        again = " | ".join(f"/{TWICE / len(runs):g}/ {run}" for run in runs)
        parts.append(f"{word} ( /{1 - TWICE:g}/ <NULL> | {again} )")
    return f"#JSGF V1.0;\ngrammar {_GRAMMAR};\npublic <text> = {' '.join(parts)};\n"


def _language_model(pocketsphinx: Any, decoder: Any, sentences: Sequence[Sequence[str]]) -> Any:
    """A pocketsphinx n-gram of the sentences, handed over in anonymous memory.

    A pipe would also work on macOS, but pocketsphinx keeps the interpreter locked while it reads,
    so nobody could fill a pipe that is larger than the kernel's buffer (tried: it hangs).
    """
    handle = os.memfd_create("voicevault-language-model", os.MFD_CLOEXEC)
    with os.fdopen(handle, "wb") as sheet:
        sheet.write(arpa_bigram(sentences).encode())
        sheet.flush()
        return pocketsphinx.NGramModel(
            decoder.config, decoder.logmath, f"/proc/self/fd/{sheet.fileno()}"
        )
