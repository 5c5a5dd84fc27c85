# SPDX-License-Identifier: GPL-3.0-or-later
"""Distillation from end to end on people the base never heard: one table, a line a person.

    python tests/bench/pipeline.py --data DIR --out OUT [--model M --tokens T --words W]

The voice with and without its embedded teacher (`distillation.py`: sentences whose phoneme pairs
the takes lack), and the recogniser before and after (`personal_asr.py`: sentences that it never
heard, clean and at 10 dB, and other people). OUT keeps what is done, a file a part: the bench may
be stopped at any time, and longer tables of both parts are printed by their own commands.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import distillation
import personal_asr

USERS = "libri-1462,libri-1272,libri-2277,libri-84"
MIXES = ("takes alone", "replay 0.3")
HEAD = (
    "| User | Voice, words misheard: takes alone -> taught (difference, 95 %) "
    "| Likeness: alone -> taught (difference, 95 %) "
    "| Recogniser, words wrong: before -> after (difference; 95 %) | 10 dB "
    "| Other people | 10 dB |\n" + "| --- " * 7 + "|"
)


def voice(rows: Sequence[distillation.Row]) -> str:
    """Two cells of one user's voices, or of all."""
    alone, taught = ([row for row in rows if row.mix == mix] for mix in MIXES)
    if not alone or not taught:
        return "not measured | not measured"
    before = distillation.against(alone, alone)
    after = distillation.against(taught, alone)
    return (
        f"{before.harder:.1f} -> {after.harder:.1f} % "
        f"({after.harder_low:+.1f} to {after.harder_high:+.1f}) | "
        f"{before.ratio:.3f} -> {after.ratio:.3f} "
        f"({after.ratio_low:+.3f} to {after.ratio_high:+.3f})"
    )


def recogniser(rows: Sequence[dict[str, Any]]) -> str:
    """Four cells of one user's recogniser."""
    return " | ".join(personal_asr.figures(rows[0]) if rows else ["not measured"] * 4)


def table(voices: Sequence[distillation.Row], heard: Sequence[dict[str, Any]], users: str) -> str:
    """The Markdown table; the last line holds all voices."""
    lines = [HEAD]
    for user in users.split(","):
        own = [row for row in voices if row.user == user]
        lines.append(
            f"| {user} | {voice(own)} | {recogniser([r for r in heard if r['user'] == user])} |"
        )
    lines.append(f"| all | {voice(voices)} | | | | |")
    return "\n".join(lines)


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", default=os.environ.get("VOICEVAULT_DATA", ""))
    parser.add_argument("--users", default=USERS)
    parser.add_argument("--out", type=Path, required=True, help="folder of what is done")
    parser.add_argument("--seeds", default="1,2", help="of the voices' training")
    parser.add_argument("--recipe", default="asr_standard", help="of the recogniser")
    parser.add_argument("--strangers", default="10", help="sentences of each other user")
    parser.add_argument("--model", default="", help="recogniser instead of the shipped one")
    parser.add_argument("--tokens", default="")
    parser.add_argument("--words", default="")
    args = parser.parse_args(argv)
    if not args.data:
        parser.error("--data or VOICEVAULT_DATA has to name the folder with users/")
    return args


def main(argv: Sequence[str] | None = None) -> None:
    """Measure what is missing; print the table."""
    args = parse(argv)
    args.out.mkdir(parents=True, exist_ok=True)
    common = ["--data", args.data, "--users", args.users]
    heard = personal_asr.measure(
        personal_asr.parse(
            [*common, "--recipe", args.recipe, "--strangers", args.strangers]
            + ["--model", args.model, "--tokens", args.tokens, "--words", args.words]
            + ["--json", str(args.out / f"{args.recipe}.json")]
        )
    )
    voices = distillation.measure(
        distillation.parse(
            [*common, "--seeds", args.seeds, "--mixes", ",".join(MIXES)]
            + ["--json", str(args.out / "voices.json")]
        )
    )
    print(table(voices, heard, args.users), flush=True)


if __name__ == "__main__":
    main()
