# SPDX-License-Identifier: GPL-3.0-or-later
"""How well the shipped base speaks before it is anybody's voice; prints Markdown tables.

    python tests/bench/base_speech.py [--data DIR] [--voices N] [--seed S] [--json OUT]

N of the base's own voices, drawn by the seed, say a fixed set: numbers, dates and money (in words
and in digits), names, questions, single words and a page of more than a minute. The student is
asked for one sentence at a time and the sentences are joined as ``runtime.voice`` joins them; only
the speaker vector is not folded in yet and nothing is quantised. Asked for each sentence by itself:
does the aligner find words that are missing, said twice or stuck (``evaluation.skips``), and does
the judge hear the same words twice (``Judge.heard_twice``)? Asked for each text as a whole: what do
the judges hear? DIR/models/dnsmos, if it is there, gives the MOS
column. Measures; fails never.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import jiwer
import numpy as np
import torch

from voicevault.data.features import HOP, RATE_HZ, prepare
from voicevault.data.pitch import pitch
from voicevault.evaluation import skips
from voicevault.evaluation.endings import final_rise_semitones
from voicevault.evaluation.judge import Heard, pooled_wer
from voicevault.evaluation.quick import Scorer
from voicevault.evaluation.sets import sentences
from voicevault.runtime.align import Aligner
from voicevault.runtime.clauses import Joiner, pieces
from voicevault.students.shipped import load_base
from voicevault.students.tts import TtsStudent
from voicevault.text.frontend import phonemise, utterance_phonemes
from voicevault.text.prompts import prompts
from voicevault.text.symbols import SYMBOLS, TIMELESS, framed_ids

SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
SETS = ("numbers", "digits", "names", "questions", "statements", "word", "page")
DIGITS = (
    "The bill came to $48.50, so I left $60.",
    "She was born on May 7, 1983, in room 214.",
    "Flight 372 leaves at 10:45 from gate 6.",
    "About 1,500 people ran 42 kilometres.",
)
QUESTIONS = (
    "Is this seat taken?",
    "Could you tell me where the nearest station is?",
    "Did anyone remember to lock the door?",
    "Are you coming with us tomorrow?",
    "Have they found the missing keys?",
    "Will it rain before the game is over?",
)
STATEMENTS = (
    "This seat is taken.",
    "You told me where the nearest station is.",
    "Someone remembered to lock the door.",
    "They are coming with us tomorrow.",
    "They have found the missing keys.",
    "It will rain before the game is over.",
)
"""The questions as statements: the contrast is what a listener needs."""

MORE = (
    "By the end of the week the rain had washed the road away, and nobody could reach the farm. "
    "We carried bread, candles and a radio over the hill on foot. The old man who lived there "
    "laughed when he saw us, because he had not even noticed that the bridge was gone."
)
"""Makes the page last more than a minute in the fastest voices, too."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A sentence in which the aligner finds words said twice."""

    text: str
    wave: np.ndarray
    words: list[str]
    """Their phonemes."""


@dataclass(slots=True)
class Said:
    """One text by one voice."""

    voice: int
    set: str
    text: str
    seconds: float
    words: int
    """As the phonemes count them."""
    skipped: list[str]
    repeated: list[str]
    stuck: list[str]
    rise_semitones: float
    """At the end of the last sentence."""
    wave: np.ndarray = field(repr=False)
    suspects: list[Suspect] = field(default_factory=list, repr=False)
    doubled: list[str] = field(default_factory=list)
    """Of ``repeated``: what the judge hears twice, too, or cannot judge."""
    heard: Heard | None = None
    harder: Heard | None = None


def texts() -> list[tuple[str, str]]:
    """(set, text) of the fixed set."""
    own = [(one.set, one.text) for one in sentences()]
    rows = [(kind, text) for kind, text in own if kind in ("numbers", "names", "word")]
    for kind, group in (("digits", DIGITS), ("questions", QUESTIONS), ("statements", STATEMENTS)):
        rows += [(kind, text) for text in group]
    page = " ".join([*(text for kind, text in own if kind == "paragraph"), MORE])
    return [*rows, ("page", page)]


def say(
    student: TtsStudent, speaker: torch.Tensor, aligner: Aligner, voice: int, kind: str, text: str
) -> Said:
    """Speak and check one text."""
    level = float(student.level)
    joiner, parts, found, rise = Joiner(RATE_HZ, 1.0), [], [], math.nan
    cut = pieces(phonemise(text), by_clause=False)
    sentences, suspects = SENTENCE_END.split(text), []
    assert len(sentences) == len(cut), text
    words = 0
    for number, piece in enumerate(cut):
        ids = torch.tensor([framed_ids(piece.phonemes)])
        wave = student.speak(ids, speaker=speaker)[0].numpy()
        last = number == len(cut) - 1
        parts.append(joiner.add(wave * np.float32(level), piece.pause, last=last))
        speech = prepare(wave, RATE_HZ)
        delivery = skips.check(aligner, speech, piece.phonemes)
        words += len(delivery.words)
        found += delivery.findings
        if twice := [one.word for one in delivery.findings if one.kind == "repeated"]:
            suspects.append(Suspect(sentences[number], wave, twice))
        if last and len(speech):
            rise = final_rise_semitones(*pitch(speech[: len(speech) // HOP * HOP]))
    whole = np.concatenate(parts)

    def named(kind: str) -> list[str]:
        return [one.word for one in found if one.kind == kind]

    return Said(
        voice, kind, text, len(whole) / RATE_HZ, words,
        named("skipped"), named("repeated"), named("stuck"), rise, whole, suspects,
    )  # fmt: skip


def inserted(heard: Sequence[Heard]) -> int:
    """Words that the judge heard beyond the text."""
    rows = [one for one in heard if one.reference]
    return sum(jiwer.process_words(one.reference, one.heard).insertions for one in rows)


def judge(rows: list[Said], dnsmos: str | None) -> dict[str, Any]:
    """Fill in what was heard; MOS of all and what could not be measured."""
    said = [row.text for row in rows]
    pool = [one.text for one in sentences()] + [one.text for one in prompts()]
    scorer = Scorer(said, pool, dnsmos=dnsmos)
    items = [(row.text, row.wave) for row in rows]
    for level in ("closed", "harder"):
        for row, heard in zip(rows, scorer.heard(items, level), strict=False):
            setattr(row, "heard" if level == "closed" else "harder", heard)
    for row in rows:
        row.doubled = [word for one in row.suspects for word in doubled(one, scorer)]
    return {"mos": scorer.dnsmos([row.wave for row in rows]), "missing": scorer.reasons}


def doubled(suspect: Suspect, scorer: Scorer) -> list[str]:
    """Those of its words that the judge hears twice, too; all where it cannot say."""
    heard = scorer.heard_twice(suspect.text, suspect.wave)
    if heard is None:
        return suspect.words
    again = [sounds(word) for word in heard]
    # espeak-ng writes "of the" as one word; the judge hears two.
    return [word for word in suspect.words if any(one in word or word in one for one in again)]


def sounds(word: str) -> str:
    """Phonemes of a word by itself as ``evaluation.skips`` writes them: without stress."""
    letters = [one for one in utterance_phonemes(word) if SYMBOLS[one] not in TIMELESS]
    return "".join(one for one in letters if SYMBOLS[one] not in skips.GAPS)


def figures(rows: Sequence[Said]) -> dict[str, Any]:
    """One line of the table."""
    closed = [row.heard for row in rows if row.heard]
    harder = [row.harder for row in rows if row.harder]
    rises = [row.rise_semitones for row in rows if math.isfinite(row.rise_semitones)]
    return {
        "texts": len(rows),
        "seconds": round(sum(row.seconds for row in rows), 1),
        "words": sum(row.words for row in rows),
        "wer": round(100 * pooled_wer(closed), 2) if closed else None,
        "wer_harder": round(100 * pooled_wer(harder), 2) if harder else None,
        "inserted": inserted(closed),
        "skipped": sum(len(row.skipped) for row in rows),
        "repeated": sum(len(row.repeated) for row in rows),
        "doubled": sum(len(row.doubled) for row in rows),
        "stuck": sum(len(row.stuck) for row in rows),
        "rise_semitones": round(float(np.mean(rises)), 2) if rises else None,
        "rising": round(float(np.mean(np.array(rises) > 0)), 2) if rises else None,
    }


HEAD = (
    "| {} | Texts | Speech | WER | harder judge | inserted words | skipped | said twice: aligner, "
    "judge too | stuck | last 300 ms | end up |\n| --- |" + " --- |" * 10
)


def line(name: str, f: dict[str, Any]) -> str:
    """One row of the Markdown table."""

    def percent(value: float | None) -> str:
        return "-" if value is None else f"{value:.1f} %"

    rise = "-" if f["rise_semitones"] is None else f"{f['rise_semitones']:+.1f} st"
    up = "-" if f["rising"] is None else f"{100 * f['rising']:.0f} %"
    return (
        f"| {name} | {f['texts']} | {f['seconds']:.0f} s | {percent(f['wer'])} "
        f"| {percent(f['wer_harder'])} | {f['inserted']} | {f['skipped']} of {f['words']} "
        f"| {f['repeated']}, {f['doubled']} | {f['stuck']} | {rise} | {up} |"
    )


def show(rows: Sequence[Said]) -> None:
    """What the aligner found and where the judge erred most, to be listened to."""
    for row in rows:
        wrong = [f"{kind} /{word}/" for kind in ("skipped", "repeated", "stuck")
                 for word in getattr(row, kind)]  # fmt: skip
        if wrong:
            print(f"- voice {row.voice}, {row.set}: {', '.join(wrong)} in: {row.text[:90]}")
    bad = sorted((r for r in rows if r.heard and r.heard.wer > 0.3), key=lambda r: -r.heard.wer)  # type: ignore[union-attr]
    for row in bad[:10]:
        assert row.heard is not None
        print(
            f"- voice {row.voice}, {row.set}: {row.text[:60]!r} heard as {row.heard.heard[:60]!r}"
        )


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", default=os.environ.get("VOICEVAULT_DATA", ""))
    parser.add_argument("--voices", type=int, default=4, help="how many of the base's voices")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", default="", help="also write the figures here")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> dict[str, Any]:
    """Speak, judge, print."""
    args = parse(argv)
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    base, aligner = load_base(), Aligner.load()
    student = base.speaking()
    drawn = np.random.default_rng(args.seed).permutation(len(base.speakers))[: args.voices]
    voices = sorted(int(one) for one in drawn)
    wanted = args.sets.split(",")
    rows = [
        say(student, base.speakers[voice][None], aligner, voice, kind, text)
        for voice in voices
        for kind, text in texts()
        if kind in wanted
    ]
    dnsmos = Path(args.data) / "models" / "dnsmos"
    judged = judge(rows, str(dnsmos) if args.data and dnsmos.is_dir() else None)
    by_set = {kind: figures([r for r in rows if r.set == kind]) for kind in wanted}
    by_voice = {voice: figures([r for r in rows if r.voice == voice]) for voice in voices}
    whole = figures(rows)
    print(HEAD.format("Set"))
    print("\n".join(line(kind, f) for kind, f in [*by_set.items(), ("all", whole)]))
    print("\n" + HEAD.format("Voice"))
    print("\n".join(line(str(voice), f) for voice, f in by_voice.items()))
    print(
        f"\nBase {base.sha256[:12]}, {len(voices)} of {len(base.speakers)} voices, "
        f"seed {args.seed}; MOS proxy {judged['mos']:.2f}; words as the phonemes count them."
    )
    show(rows)
    for name, reason in judged["missing"].items():
        print(f"not measured: {name}: {reason}")
    out = {"base": base.sha256, "voices": voices, "seed": args.seed, "sets": by_set,
           "by_voice": by_voice, "all": whole, "mos": round(judged["mos"], 3),
           "rows": [{k: v for k, v in asdict(r).items() if k not in ("wave", "suspects")}
                    for r in rows]}  # fmt: skip
    if args.json:
        Path(args.json).write_text(json.dumps(out, indent=1, default=float) + "\n", "utf-8")
    return out


if __name__ == "__main__":
    main(sys.argv[1:])
