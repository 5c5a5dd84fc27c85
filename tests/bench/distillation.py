# SPDX-License-Identifier: GPL-3.0-or-later
"""What the embedded teacher is worth: voices with and without it, on sounds nobody recorded.

    python tests/bench/distillation.py --data DIR --users libri-1462 --seeds 1,2 --json OUT

For each user and seed of the training a first voice is trained; it says the texts that bring the
phoneme pairs which the takes lack, as `label --tts` would, through the same filters. Then the same
recipe is trained with each mix, for as many steps as without it. All voices say held-out sentences
of the user, those with the most phoneme pairs that no take has. Words are judged and likeness is
measured as in `personal.py`. Intervals are of the difference to the voice without a teacher, the
same sentences drawn in both; a sentence said by the voices of several seeds is drawn as one.

The likeness that filters (GE2E) is also the one measured here: a gain in it would prove nothing,
a loss would. The words are judged by pocketsphinx, which filters nothing.

Voices that OUT has are not made again: the bench may be stopped at any time.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
import personal

from voicevault import paths
from voicevault.audio.files import resample
from voicevault.audio.qc import TextCheck
from voicevault.data import features
from voicevault.data.dataset import Utterance
from voicevault.evaluation.bootstrap import mean_interval, ratio_interval
from voicevault.evaluation.quick import Scorer
from voicevault.evaluation.report import spread
from voicevault.evaluation.similarity import SpeakerEncoder, similarity
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
from voicevault.training.notes import write_json
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


JUDGES = ("closed", "harder")


@dataclass(frozen=True, slots=True)
class Row:
    """One voice: what every sentence of the test came to."""

    user: str
    seed: int
    mix: str
    train_s: float
    words: tuple[int, ...]
    """[N] words of each sentence."""
    closed: tuple[int, ...]
    """[N] of them misheard by the judge that knows the test's sentences only."""
    harder: tuple[int, ...]
    """[N] by the one that knows several hundred more."""
    ratios: tuple[float, ...]
    """[N] likeness to the owner, as a ratio to that of their recordings."""
    lacking: int
    """Phoneme pairs of these sentences that no take has."""
    admitted: int
    refused: dict[str, int] = field(default_factory=dict)


def pairs_of(rows: Sequence[Utterance]) -> list[set[Any]]:
    """The phoneme pairs of each row."""
    return [set(diphones(one)) for one in sentence_phones(row.text for row in rows)]


def lacked(rows: Sequence[Utterance], taken: Sequence[Utterance]) -> list[set[Any]]:
    """Those of each row that no take has."""
    held = set().union(*pairs_of(taken))
    return [one - held for one in pairs_of(rows)]


def hardest(rows: list[Utterance], taken: list[Utterance], count: int) -> list[Utterance]:
    """The rows with most phoneme pairs that no take has."""
    lacking = lacked(rows, taken)
    order = sorted(range(len(rows)), key=lambda at: (-len(lacking[at]), at))
    return [rows[at] for at in order[:count]]


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
    """One user and one seed of the training: the sentences and the judges."""

    def __init__(self, args: argparse.Namespace, user: str, seed: int) -> None:
        self.args, self.user, self.seed = args, user, seed
        rows = personal.recordings(Path(args.data) / "users" / user)
        spare = max(args.test, min(3 * args.test, len(rows) - args.sentences))
        pool, held_out = personal.split(rows, spare, args.split_seed)
        self.takes = pool[: args.sentences]
        self.test = hardest(held_out, self.takes, args.test)
        texts = [row.text for row in self.test]
        self.scorer = Scorer(texts, [one.text for one in rows] + [one.text for one in prompts()])
        real = personal.at_16k(spread([*self.takes, *self.test], 40))
        self.known = self.scorer.embed_real(real)
        self.encoder = SpeakerEncoder.load()
        self.made: list[Utterance] = []
        self.refused: Counter[str] = Counter()

    def trained(self, mix: str) -> bytes:
        """The student of the takes and, where the mix wants them, the lessons."""
        made = self.made if MIXES[mix] else []
        if "taught" in mix:
            made = [replace(one, source="taught") for one in made]
        settings = [*self.args.set, f"seed={self.seed}", *MIXES[mix]]
        text = (paths.recipes_dir() / f"{self.args.recipe}.toml").read_text(encoding="utf-8")
        recipe = load_recipe(text, self.args.recipe, settings)
        owner = personal.READERS
        return personalise([*self.takes, *made], recipe, personal.Silent(), consent=owner).weights

    def learn(self, student: bytes) -> None:
        """What this student teaches from here on."""
        self.made, self.refused = lessons(student, self.takes, self.test, self.args.texts)

    def measure(self, mix: str, student: bytes, train_s: float) -> Row:
        voice = Voice.load(personal.small_voice(load_student(student), self.args.recipe), threads=1)
        said = [resample(voice.speak(row.text), voice.rate_hz, RATE_HZ) for row in self.test]
        items = [(row.text, wave) for row, wave in zip(self.test, said, strict=True)]
        heard = {judge: self.scorer.heard(items, judge) for judge in JUDGES}
        found = similarity(self.encoder.embed_all(said), self.known)
        return Row(
            self.user,
            self.seed,
            mix,
            round(train_s, 1),
            tuple(one.words for one in heard["harder"]),
            tuple(one.errors for one in heard["closed"]),
            tuple(one.errors for one in heard["harder"]),
            tuple(round(one / found.real, 5) for one in found.rows),
            len(set().union(*lacked(self.test, self.takes))),
            len(self.made) if MIXES[mix] else 0,
            dict(self.refused) if MIXES[mix] else {},
        )

    def run(self, known: Mapping[str, Row], keep: Callable[[Row], None]) -> None:
        """The mixes that are not known; the first voice is made again as the teacher of others."""
        first, *others = self.args.mixes.split(",")
        missing = [mix for mix in (first, *others) if mix not in known]
        if not missing:
            return
        student, took = timed(lambda: self.trained(first))
        if first in missing:
            keep(self.measure(first, student, took))
        if missing != [first]:
            self.learn(student)
        for mix in missing:
            if mix != first:
                student, took = timed(lambda mix=mix: self.trained(mix))  # type: ignore[misc]
                keep(self.measure(mix, student, took))


def timed(work: Callable[[], bytes]) -> tuple[bytes, float]:
    """What came of it, and the seconds it took."""
    at = time.perf_counter()
    return work(), time.perf_counter() - at


# what the rows say


@dataclass(frozen=True, slots=True)
class Against:
    """A mix beside the voices without a teacher: value, and the 95 % interval of the difference."""

    wer: float
    harder: float
    ratio: float
    harder_low: float
    harder_high: float
    ratio_low: float
    ratio_high: float
    sentences: int


def against(rows: Sequence[Row], first: Sequence[Row]) -> Against:
    """The rows of one mix, and of the same users and seeds without a teacher.

    A sentence is drawn with all its voices: seeds are no new sentences.
    """
    own = {(row.user, row.seed): row for row in first}
    pairs = [(row, own[row.user, row.seed]) for row in rows if (row.user, row.seed) in own]
    extra: dict[tuple[str, int], float] = defaultdict(float)
    words: dict[tuple[str, int], float] = defaultdict(float)
    nearer: dict[tuple[str, int], list[float]] = defaultdict(list)
    for row, base in pairs:
        for at in range(len(row.words)):
            extra[row.user, at] += row.harder[at] - base.harder[at]
            words[row.user, at] += row.words[at]
            nearer[row.user, at].append(row.ratios[at] - base.ratios[at])
    low, high = ratio_interval(list(extra.values()), list(words.values()), 0)
    ratio_low, ratio_high = mean_interval([float(np.mean(one)) for one in nearer.values()], 0)
    spoken = max(sum(sum(row.words) for row, _ in pairs), 1)
    return Against(
        100 * sum(sum(row.closed) for row, _ in pairs) / spoken,
        100 * sum(sum(row.harder) for row, _ in pairs) / spoken,
        float(np.mean([np.mean(row.ratios) for row, _ in pairs])),
        100 * low,
        100 * high,
        ratio_low,
        ratio_high,
        len(extra),
    )


HEAD = (
    "| User | Mix | Voices | Lessons (refused) | WER | Harder judge | Difference, points (95 %) "
    "| Similarity ratio | Difference (95 %) |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
)


def table(rows: Sequence[Row], mixes: Sequence[str]) -> str:
    """A line for each user and mix, then all users together."""
    lines = [HEAD]
    users = list(dict.fromkeys(row.user for row in rows))
    for user in [*users, *(["all"] if len(users) > 1 else [])]:
        group = [row for row in rows if user in (row.user, "all")]
        first = [row for row in group if row.mix == mixes[0]]
        for mix in mixes:
            of_mix = [row for row in group if row.mix == mix]
            if of_mix and first:
                lines.append(line(user, mix, of_mix, against(of_mix, first), mix == mixes[0]))
    return "\n".join(lines)


def line(user: str, mix: str, rows: Sequence[Row], found: Against, first: bool) -> str:
    """One row of the Markdown table."""
    refused = sum(sum(row.refused.values()) for row in rows)
    taught = f"{sum(row.admitted for row in rows)} ({refused})"
    words = f"{found.harder_low:+.1f} to {found.harder_high:+.1f}"
    nearer = f"{found.ratio_low:+.3f} to {found.ratio_high:+.3f}"
    return (
        f"| {user} | {mix} | {len(rows)} | {'-' if first else taught} | {found.wer:.1f} % "
        f"| {found.harder:.1f} % | {'-' if first else words} "
        f"| {found.ratio:.3f} | {'-' if first else nearer} |"
    )


# keeping


def settings_of(args: argparse.Namespace) -> dict[str, Any]:
    """What makes rows comparable."""
    names = ("sentences", "texts", "test", "split_seed", "recipe", "set", "base")
    return {name: getattr(args, name) for name in names}


def read(path: Path | None, settings: Mapping[str, Any]) -> list[Row]:
    """Rows of an earlier call.

    Raises:
        SystemExit: they were made with other settings.
    """
    if path is None or not path.exists():
        return []
    body = json.loads(path.read_text("utf-8"))
    if body["settings"] != settings:
        raise SystemExit(f"{path} was made with {body['settings']}, not {dict(settings)}")
    tuples = ("words", "closed", "harder", "ratios")
    return [Row(**{**one, **{name: tuple(one[name]) for name in tuples}}) for one in body["rows"]]


def measure(args: argparse.Namespace) -> list[Row]:
    """Make what is missing; each row is kept as soon as it is known."""
    path = Path(args.json) if args.json else None
    rows = read(path, settings_of(args))

    def keep(row: Row) -> None:
        rows.append(row)
        if path is not None:
            body = {"settings": settings_of(args), "rows": [asdict(one) for one in rows]}
            write_json(path, body, indent=1)
        print(f"{row.user} seed {row.seed} {row.mix}: {row.train_s:.0f} s", file=sys.stderr)

    for seed in [int(one) for one in args.seeds.split(",")] if args.seeds else []:
        for user in args.users.split(","):
            known = {row.mix: row for row in rows if (row.user, row.seed) == (user, seed)}
            if set(args.mixes.split(",")) - set(known):
                Bench(args, user, seed).run(known, keep)
    return rows


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", default=os.environ.get("VOICEVAULT_DATA", ""))
    parser.add_argument("--users", default="libri-1462,libri-1272,libri-2277,libri-84")
    parser.add_argument("--sentences", type=int, default=10, help="takes to train on")
    parser.add_argument("--texts", type=int, default=30, help="texts for the teacher")
    parser.add_argument("--test", type=int, default=20, help="sentences never trained on")
    parser.add_argument("--mixes", default=",".join(MIXES), help="the first is the reference")
    parser.add_argument("--seeds", default="1", help="of the training; empty only prints OUT")
    parser.add_argument("--split-seed", type=int, default=0, help="of takes and test")
    parser.add_argument("--recipe", default="tts_quick")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--json", default="", help="rows already there are kept")
    args = parser.parse_args(argv)
    if not args.data:
        parser.error("--data or VOICEVAULT_DATA has to name the folder with users/")
    unknown = set(args.mixes.split(",")) - set(MIXES)
    if unknown:
        parser.error(f"--mixes {', '.join(unknown)}: there are {', '.join(MIXES)}")
    return argparse.Namespace(**vars(args), base=load_base().sha256)


def main(argv: list[str] | None = None) -> list[Row]:
    """Measure what is missing, then the table of everything."""
    args = parse(argv)
    rows = measure(args)
    print(table(rows, args.mixes.split(",")), flush=True)
    return rows


if __name__ == "__main__":
    main()
