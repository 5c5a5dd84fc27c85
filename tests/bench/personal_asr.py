# SPDX-License-Identifier: GPL-3.0-or-later
"""What a personal recogniser brings: before and after, on sentences it never heard; a table.

    python tests/bench/personal_asr.py --data DIR [--recipe asr_quick] [--sentences 60] [KEY=VALUE]

DIR holds users/NAME/metadata.csv with recordings and noise/ with ESC-10 clips, of which fold 3 was
kept out of training. Each user gives ``--test`` sentences that training does not see and
``--sentences`` (0: all that are left) to learn from. With ``--replay N`` a voice is trained on
those first, and what it says of N texts, through the filters of `label --tts`, is learnt from too.
The test is heard clean and with noise at 10 dB by the shipped recogniser and by the personal one,
both int8 with the shipped word pairs. Other speakers are real ones: ``--strangers`` sentences of
each other user. Intervals: bootstrap over sentences, paired. Users that ``--json`` has are not
trained again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
from recogniser import RATE_HZ, USERS, Clip, parts, read_clips

from voicevault.consents.record import PublishedSpeech
from voicevault.data.dataset import Utterance
from voicevault.data.fbank import kaldi_fbank
from voicevault.evaluation.recogniser_gate import Trial, judge
from voicevault.events import Event, Progress, Warned
from voicevault.export.ctc import read_recogniser, recogniser_int8
from voicevault.runtime.recognise import Recogniser
from voicevault.runtime.words import read_words
from voicevault.text.pieces import read_tokens
from voicevault.training.heard_takes import said_words
from voicevault.training.notes import write_json
from voicevault.training.personalise import personalise
from voicevault.training.recipe import load_recipe
from voicevault.training.recogniser_personal import RecogniserBase, personalise_recogniser
from voicevault.training.recogniser_recipe import RecogniserRecipe, load_recogniser_recipe

RECIPES = Path(__file__).parents[2] / "recipes"
PUBLISHED = PublishedSpeech("LibriSpeech and LJ Speech, published by their readers", "CC-BY-4.0")


class Quiet:
    """A context that says what was left out."""

    def emit(self, event: Event) -> None:
        if isinstance(event, Warned):
            print(f"  {event.message}", file=sys.stderr)
        elif isinstance(event, Progress) and event.eta_s is not None and event.done % 50 == 0:
            print(f"  {event.stage} {event.done}/{event.total}", file=sys.stderr, flush=True)

    def put_blob(self, name: str, data: bytes, meta: dict[str, Any]) -> None: ...

    def stopping(self) -> bool:
        return False


def trials(clips: list[Clip], *, noisy: bool = False) -> list[Trial]:
    """What both hear of some sentences."""
    return [
        Trial(said_words(one.text), kaldi_fbank(one.noisy if noisy else one.clean))
        for one in clips
        if said_words(one.text)
    ]


def learnt(clips: list[Clip], held_back: list[Clip]) -> list[Utterance]:
    """Takes to learn from, and those that only keep their texts from the others."""
    taken = {" ".join(said_words(one.text)) for one in held_back}
    out = [
        Utterance(f"{number:08d}", one.text, one.clean, RATE_HZ)
        for number, one in enumerate(clips)
        if " ".join(said_words(one.text)) not in taken
    ]
    back = [Utterance("held", one.text, one.clean[:1], RATE_HZ, "validation") for one in held_back]
    return [*out, *back]


def replayed(takes: list[Clip], held_back: list[Clip], count: int) -> list[Utterance]:
    """What a voice of these takes says of ``count`` texts, none of them held back."""
    if not count:
        return []
    import distillation  # pocketsphinx, which judges voices, is needed for nothing else here

    rows = [one for one in learnt(takes, held_back) if one.split == "train"]
    text = (RECIPES / "tts_standard.toml").read_text("utf-8")
    voice = personalise(rows, load_recipe(text, "tts_standard"), Quiet(), consent=PUBLISHED)
    barred = [Utterance("", one.text, one.clean[:1], RATE_HZ) for one in held_back]
    made, refused = distillation.lessons(voice.weights, rows, barred, count)
    print(f"  replayed {len(made)}, refused {dict(refused)}", file=sys.stderr)
    return made


def figure(found: Mapping[str, float]) -> str:
    """before -> after (change; interval), of one side of a verdict."""
    return (
        f"{found['before']:.1f} -> {found['after']:.1f} % "
        f"({found['change']:+.1f}; {found['low']:+.1f} to {found['high']:+.1f})"
    )


def figures(row: Mapping[str, Any]) -> list[str]:
    """Four cells: own speech clean and at 10 dB, other people's clean and at 10 dB."""
    verdicts = row["verdicts"].values()
    return [figure(one[side]) for side in ("owner", "others") for one in verdicts]


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", default=os.environ.get("VOICEVAULT_DATA", ""))
    parser.add_argument("--users", default=USERS)
    parser.add_argument("--only", default="", help="train for these alone; the rest are strangers")
    parser.add_argument("--recipe", default="asr_quick")
    parser.add_argument("--sentences", type=int, default=0, help="to learn from; 0 for all left")
    parser.add_argument("--replay", type=int, default=0, help="texts for a voice of these takes")
    parser.add_argument("--test", type=int, default=20, help="sentences a user that are kept out")
    parser.add_argument("--strangers", type=int, default=15, help="sentences of each other user")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", default="", help="instead of the shipped one")
    parser.add_argument("--tokens", default="")
    parser.add_argument("--words", default="")
    parser.add_argument("--json", default="", help="also write the figures here")
    parser.add_argument("settings", nargs="*", metavar="KEY=VALUE", help="changes to the recipe")
    args = parser.parse_intermixed_args(argv)
    if not args.data:
        parser.error("--data or VOICEVAULT_DATA has to name the folder with users/ and noise/")
    return args


def one_user(
    user: str,
    clips: dict[str, list[Clip]],
    args: argparse.Namespace,
    recipe: RecogniserRecipe,
    shipped: tuple[bytes, str, bytes],
) -> dict[str, Any]:
    """Train and judge; the row's figures."""
    model, tokens, words = shipped
    order = np.random.default_rng(args.seed).permutation(len(clips[user]))
    shuffled = [clips[user][int(i)] for i in order]
    test, rest = shuffled[: args.test], shuffled[args.test :]
    rest = rest[: args.sentences or len(rest)]
    pieces = read_tokens(tokens)
    base = RecogniserBase(read_recogniser(model), pieces, "")
    taught = replayed(rest, test, args.replay)
    began = time.monotonic(), time.process_time()
    trained = personalise_recogniser(
        [*learnt(rest, test), *taught], recipe, Quiet(), base=base, consent=PUBLISHED
    )
    took = time.monotonic() - began[0], time.process_time() - began[1]
    pairs = read_words(words)
    before = Recogniser(model, tokens, words=pairs)
    after = Recogniser(recogniser_int8(trained.network), tokens, words=pairs)
    others = [one for name, all_of in clips.items() if name != user
              for one in all_of[: args.strangers]]  # fmt: skip
    found = {
        "clean": judge(before, after, trials(test), trials(others)),
        "10 dB": judge(before, after, trials(test, noisy=True), trials(others, noisy=True)),
    }
    return {"user": user, "info": trained.info, "clock_s": took[0], "processor_s": took[1],
            "verdicts": {name: asdict(one) for name, one in found.items()}}  # fmt: skip


def line(row: Mapping[str, Any]) -> str:
    """One line of the table."""
    info, better = row["info"], row["verdicts"]["clean"]["better"]
    return (
        f"| {row['user']} | {info['utterances']} ({info['seconds_of_speech']:.0f} s) | "
        f"{row['clock_s']:.0f} s ({row['processor_s']:.0f} s) | {' | '.join(figures(row))} | "
        f"{'yes' if better else 'no'} |"
    )


HEAD = (
    "| User | Learnt from | Training, clock (processor) | Own speech, clean | 10 dB | "
    "Others, clean | 10 dB | Gate |\n" + "| --- " * 8 + "|"
)


def settings_of(args: argparse.Namespace, shipped: tuple[bytes, str, bytes]) -> dict[str, Any]:
    """What makes rows comparable."""
    model, _, words = shipped
    names = ("users", "recipe", "sentences", "replay", "test", "strangers", "seed")
    recipe = (RECIPES / f"{args.recipe}.toml").read_bytes()
    files = {"model": model, "words": words, "recipe_file": recipe}
    marks = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    return {name: getattr(args, name) for name in (*names, "settings")} | marks


def measure(args: argparse.Namespace) -> list[dict[str, Any]]:
    """Train for every user that is missing; each row is kept as soon as it is known."""
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    model, tokens, words, _ = parts(args)
    recipe = load_recogniser_recipe(
        (RECIPES / f"{args.recipe}.toml").read_text("utf-8"), args.recipe, args.settings
    )
    settings, rows = settings_of(args, (model, tokens, words)), list[dict[str, Any]]()
    path = Path(args.json) if args.json else None
    if path is not None and path.exists():
        body = json.loads(path.read_text("utf-8"))
        if body["settings"] != settings:
            raise SystemExit(f"{path} was made with {body['settings']}, not {settings}")
        rows = body["rows"]
    users = args.users.split(",")
    clips = {user: read_clips(Path(args.data), [user], 0, args.seed) for user in users}
    for user in args.only.split(",") if args.only else users:
        if user not in [row["user"] for row in rows]:
            rows.append(one_user(user, clips, args, recipe, (model, tokens, words)))
            if path is not None:
                write_json(path, {"settings": settings, "rows": rows})
    return rows


def main(argv: list[str] | None = None) -> list[dict[str, Any]]:
    """Train for every user; print the table."""
    args = parse(argv)
    rows = measure(args)
    print(
        f"{args.recipe} {' '.join(args.settings)}; {args.test} sentences each; seed {args.seed}\n\n"
        + "\n".join([HEAD, *map(line, rows)])
    )
    return rows


if __name__ == "__main__":
    main(sys.argv[1:])
