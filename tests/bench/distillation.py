# SPDX-License-Identifier: GPL-3.0-or-later
"""What the embedded teacher is worth: voices with and without it, on sounds nobody recorded.

    python tests/bench/distillation.py --data DIR --users libri-1462 [--texts 30] [--json OUT]

For each user a first voice is trained; it says the texts that bring the phoneme pairs which the
takes lack, as `label --tts` would, through the same filters. Then the same recipe is trained
with each mix. All voices say held-out sentences of the user, those with the most phoneme pairs that
no take has. Words are judged and likeness is measured as in `personal.py`; the interval is of the
difference to the voice without a teacher, paired by sentence.

The likeness that filters (GE2E) is also the one measured here: a gain in it would prove nothing,
a loss would. The words are judged by pocketsphinx, which filters nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
sys.path.insert(0, str(Path(__file__).parent))

import personal

from voicevault import paths
from voicevault.audio.files import resample
from voicevault.audio.qc import TextCheck
from voicevault.data import features
from voicevault.data.dataset import Utterance
from voicevault.evaluation.bootstrap import ratio_interval
from voicevault.evaluation.judge import Heard, pooled_wer
from voicevault.evaluation.quick import Scorer
from voicevault.evaluation.report import spread
from voicevault.evaluation.similarity import SpeakerEncoder
from voicevault.runtime.align import Aligner
from voicevault.runtime.voice import Voice
from voicevault.students.shipped import load_base, load_student
from voicevault.teachers import syllabus
from voicevault.teachers.adapters.embedded import EmbeddedTeacher
from voicevault.teachers.admission import Admission
from voicevault.teachers.protocols import Recording
from voicevault.text.coverage import diphones, sentence_phones
from voicevault.text.frontend import utterance_phonemes
from voicevault.text.prompts import prompts
from voicevault.training.personalise import personalise
from voicevault.training.recipe import load_recipe

RATE_HZ = personal.RATE_HZ
# The first is what every other is compared with.
MIXES: dict[str, tuple[str, ...]] = {
    "takes alone": (),
    "replay 0.3": ("mix.replay=0.3",),
    "replay alone": ("mix.real=0", "mix.replay=1"),
    "as taught 0.3": ("mix.taught=0.3",),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One voice."""

    user: str
    mix: str
    train_s: float
    wer: float
    harder: float
    low: float
    high: float
    """95 % interval of the harder judge's error rate above the takes alone, in points."""
    similarity: float
    admitted: int
    refused: dict[str, int] = field(default_factory=dict)


def hardest(rows: list[Utterance], taken: list[Utterance], count: int) -> list[Utterance]:
    """The rows with most phoneme pairs that no take has."""
    held = {pair for one in sentence_phones(row.text for row in taken) for pair in diphones(one)}
    lacking = [len(set(diphones(one)) - held) for one in sentence_phones(row.text for row in rows)]
    order = sorted(range(len(rows)), key=lambda at: (-lacking[at], at))
    return [rows[at] for at in order[:count]]


def trained(takes: list[Utterance], args: argparse.Namespace, mix: tuple[str, ...]) -> bytes:
    """The student of these takes and lessons."""
    text = (paths.recipes_dir() / f"{args.recipe}.toml").read_text(encoding="utf-8")
    recipe = load_recipe(text, args.recipe, [*args.set, *mix])
    return personalise(takes, recipe, personal.Silent(), consent=personal.READERS).weights


def lessons(
    student: bytes, takes: list[Utterance], measures: list[Utterance], count: int
) -> tuple[list[Utterance], Counter[str]]:
    """What the embedded teacher says of the syllabus, and what was refused of it."""
    teacher = EmbeddedTeacher(student, "bench", load_base().sha256)
    real = [Recording(one.samples, one.rate_hz, one.text) for one in spread(takes, 40)]
    check = TextCheck(Aligner.load(), utterance_phonemes, features.prepare)
    admission = Admission(real, check=check, embed=SpeakerEncoder.load().embed)
    made: list[Utterance] = []
    refused: Counter[str] = Counter()
    # The measuring sentences are known here and not in the product: they must not be taught.
    chosen = syllabus.choose([one.text for one in takes], [], count)
    barred = {one.text for one in measures}
    for at, one in enumerate(choice for choice in chosen if choice.text not in barred):
        said = teacher.synthesise(one.text)
        found = admission.judge(said)
        if found.reason:
            refused[found.reason.partition(":")[0]] += 1
        else:
            made.append(Utterance(f"t{at}", one.text, said.samples, said.rate_hz, source="replay"))
    return made, refused


class Bench:
    """One user: the sentences, the judges, and the voice without a teacher."""

    def __init__(self, args: argparse.Namespace, user: str) -> None:
        self.args, self.user = args, user
        rows = personal.recordings(Path(args.data) / "users" / user)
        pool, self.held_out = personal.split(rows, 3 * args.test, args.seed)
        self.takes = pool[: args.sentences]
        self.test = hardest(self.held_out, self.takes, args.test)
        texts = [row.text for row in self.test]
        self.scorer = Scorer(texts, [one.text for one in rows] + [one.text for one in prompts()])
        real = personal.at_16k(spread([*self.takes, *self.test], 40))
        self.known = self.scorer.embed_real(real)
        self.base: list[Heard] = []

    def measure(self, mix: str, student: bytes, train_s: float, made: int, no: Counter[str]) -> Row:
        voice = Voice.load(personal.small_voice(load_student(student), self.args.recipe), threads=1)
        said = [resample(voice.speak(row.text), voice.rate_hz, RATE_HZ) for row in self.test]
        items = [(row.text, wave) for row, wave in zip(self.test, said, strict=True)]
        harder = self.scorer.heard(items, "harder")
        scores = self.scorer.score(items, [], real_embeddings=self.known)
        self.base = self.base or harder
        extra = [one.errors - own.errors for one, own in zip(harder, self.base, strict=True)]
        low, high = ratio_interval(extra, [one.words for one in harder], self.args.seed)
        return Row(
            self.user, mix, train_s, 100 * scores["wer"], 100 * pooled_wer(harder),
            100 * low, 100 * high, scores["similarity"], made, dict(no),
        )  # fmt: skip

    def run(self) -> list[Row]:
        """All mixes; each row is printed as soon as it is known."""
        out: list[Row] = []
        made: list[Utterance] = []
        refused: Counter[str] = Counter()
        for mix in self.args.mixes.split(","):
            taught = [replace(one, source="taught") for one in made]
            heard = taught if "taught" in mix else made
            at = time.perf_counter()
            student = trained([*self.takes, *heard], self.args, MIXES[mix])
            took = time.perf_counter() - at
            out.append(self.measure(mix, student, took, len(heard), refused))
            print(line(out[-1]), flush=True)
            if not made:
                made, refused = lessons(student, self.takes, self.test, self.args.texts)
        return out


HEAD = (
    "| User | Mix | Lessons | Refused | Training | WER | Harder judge "
    "| Above takes alone | Similarity ratio |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
)


def line(r: Row) -> str:
    """One row of the Markdown table."""
    refused = ", ".join(f"{why} {count}" for why, count in sorted(r.refused.items())) or "-"
    return (
        f"| {r.user} | {r.mix} | {r.admitted} | {refused} | {r.train_s:.0f} s | {r.wer:.1f} % "
        f"| {r.harder:.1f} % | {r.low:+.1f} to {r.high:+.1f} | {r.similarity:.3f} |"
    )


def main(argv: list[str] | None = None) -> list[Row]:
    """Every user and mix."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", default=os.environ.get("VOICEVAULT_DATA", ""))
    parser.add_argument("--users", default="libri-1462,libri-1272,lj")
    parser.add_argument("--sentences", type=int, default=10, help="takes to train on")
    parser.add_argument("--texts", type=int, default=30, help="texts for the teacher")
    parser.add_argument("--test", type=int, default=20, help="sentences never trained on")
    parser.add_argument("--mixes", default=",".join(MIXES), help="the first is the reference")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--recipe", default="tts_quick")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--json", default="", help="also write the figures here")
    args = parser.parse_args(argv)
    if not args.data:
        parser.error("--data or VOICEVAULT_DATA has to name the folder with users/")
    print(HEAD, flush=True)
    rows = [row for user in args.users.split(",") for row in Bench(args, user).run()]
    if args.json:
        body = json.dumps([asdict(row) for row in rows], indent=1)
        Path(args.json).write_text(body + "\n", encoding="utf-8")
    return rows


if __name__ == "__main__":
    main()
