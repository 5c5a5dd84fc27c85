# SPDX-License-Identifier: GPL-3.0-or-later
"""What a personal recogniser brings: before and after, on sentences it never heard; a table.

    python tests/bench/personal_asr.py --data DIR [--recipe asr_quick] [--sentences 60] [KEY=VALUE]

DIR holds users/NAME/metadata.csv with recordings and noise/ with ESC-10 clips, of which fold 3 was
kept out of training. Each user gives ``--test`` sentences that training does not see and
``--sentences`` (0: all that are left) to learn from. They are heard clean and with noise at 10 dB
by the shipped recogniser and by the personal one, both int8 with the shipped word pairs. Other
speakers are real ones: ``--strangers`` sentences of each other user. Intervals: bootstrap over
sentences, paired.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
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
from voicevault.evaluation.recogniser_gate import Trial, Verdict, judge
from voicevault.events import Event, Progress, Warned
from voicevault.export.ctc import read_recogniser, recogniser_int8
from voicevault.runtime.recognise import Recogniser
from voicevault.runtime.words import read_words
from voicevault.text.pieces import read_tokens
from voicevault.training.heard_takes import said_words
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


def figure(verdict: Verdict, side: str) -> str:
    """before -> after (change; interval)."""
    found = getattr(verdict, side)
    return (
        f"{found.before:.1f} -> {found.after:.1f} % "
        f"({found.change:+.1f}; {found.low:+.1f} to {found.high:+.1f})"
    )


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", default=os.environ.get("VOICEVAULT_DATA", ""))
    parser.add_argument("--users", default=USERS)
    parser.add_argument("--only", default="", help="train for these alone; the rest are strangers")
    parser.add_argument("--recipe", default="asr_quick")
    parser.add_argument("--sentences", type=int, default=0, help="to learn from; 0 for all left")
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
    began = time.monotonic(), time.process_time()
    trained = personalise_recogniser(
        learnt(rest, test), recipe, Quiet(), base=base, consent=PUBLISHED
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
            "verdicts": {name: asdict(one) for name, one in found.items()},
            "row": row(user, trained.info, took, found)}  # fmt: skip


def row(
    user: str, info: dict[str, Any], took: tuple[float, float], found: dict[str, Verdict]
) -> str:
    """One line of the table."""
    sides = [figure(found[how], side) for side in ("owner", "others") for how in found]
    return (
        f"| {user} | {info['utterances']} ({info['seconds_of_speech']:.0f} s) | "
        f"{took[0]:.0f} s ({took[1]:.0f} s) | {' | '.join(sides)} | "
        f"{'yes' if found['clean'].better else 'no'} |"
    )


def main(argv: list[str] | None = None) -> list[dict[str, Any]]:
    """Train for every user; print the table."""
    args = parse(argv)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    model, tokens, words, _ = parts(args)
    text = (RECIPES / f"{args.recipe}.toml").read_text("utf-8")
    recipe = load_recogniser_recipe(text, args.recipe, args.settings)
    users = args.users.split(",")
    clips = {user: read_clips(Path(args.data), [user], 0, args.seed) for user in users}
    print(
        f"{args.recipe} {' '.join(args.settings)}; {args.test} sentences each; seed {args.seed}\n\n"
        "| User | Learnt from | Training, clock (processor) | Own speech, clean | 10 dB | "
        "Others, clean | 10 dB | Gate |\n" + "| --- " * 8 + "|",
        flush=True,
    )
    rows = []
    for user in args.only.split(",") if args.only else users:
        rows.append(one_user(user, clips, args, recipe, (model, tokens, words)))
        print(rows[-1]["row"], flush=True)
    if args.json:
        Path(args.json).write_text(json.dumps(rows) + "\n", encoding="utf-8")
    return rows


if __name__ == "__main__":
    main(sys.argv[1:])
