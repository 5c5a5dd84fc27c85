# SPDX-License-Identifier: GPL-3.0-or-later
"""Put voicevault/text/prompts_en.txt into reading order and say what it covers.

    python recipes/order_prompts.py            reorder the file (ids stay with their sentences)
    python recipes/order_prompts.py --check    only say what the present order covers

New sentences: add them at the end of the file with new ids, then run this.
"""

from __future__ import annotations

import sys
from pathlib import Path

from voicevault.text.coverage import coverage, frequencies, greedy_order, sentence_phones
from voicevault.text.prompts import Prompt, parse

FILE = Path(__file__).resolve().parent.parent / "voicevault" / "text" / "prompts_en.txt"
STEPS = (5, 10, 20, 50, 100, 200)


def reordered(rows: tuple[Prompt, ...]) -> list[Prompt]:
    """`rows` in reading order. Ids decide ties, so the result does not depend on their order."""
    rows = tuple(sorted(rows, key=lambda one: one.id))
    sequences = sentence_phones(one.text for one in rows)
    return [rows[index] for index in greedy_order(sequences, frequencies(sequences))]


def main(arguments: list[str]) -> None:
    """Reorder, then report."""
    text = FILE.read_text("utf-8")
    head = "".join(one for one in text.splitlines(keepends=True) if one.startswith("#"))
    rows = list(parse(text))
    if "--check" not in arguments:
        rows = reordered(tuple(rows))
        FILE.write_text(head + "".join(f"{one.id}\t{one.text}\n" for one in rows), "utf-8")
    sequences = sentence_phones(one.text for one in rows)
    reference = frequencies(sequences)
    print("sentences  phones  kinds of diphone  diphones by frequency")
    for first in (*STEPS, len(rows)):
        got = coverage(sequences[:first], reference)
        print(
            f"{first:9}  {got.phones:3}/{got.phones_wanted:2}  {got.diphones:16}"
            f"  {got.diphone_share:20.1%}"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
