# SPDX-License-Identifier: GPL-3.0-or-later
"""What more recordings buy: voices of 10 sentences, 1, 2 and 5 minutes; a table and a picture.

    python tests/bench/learning_curve.py --data DIR --json OUT --picture PNG

For each user of DIR/users the first sentences of one fixed order are taken until there is that much
speech, so every amount contains the smaller ones; the same held-out sentences judge all of them
(``personal.py``). Amounts that a user does not have are left out. Rows that OUT has are not trained
again: the bench may be stopped at any time. ``--sizes none`` only draws what OUT has. An hour of
processor time is not unusual.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

import personal
from personal import Bench, Result

from voicevault.data.dataset import Utterance
from voicevault.errors import MissingExtra
from voicevault.training.notes import write_json

USERS = "libri-1272,libri-1462,libri-2277,libri-84,lj"
SIZES = "10,1m,2m,5m"
SHORT_OF = 0.9
"""A user with less than this share of an amount does not have it."""
STANDARD_FROM_S = 120.0
"""From here on the standard recipe, as the documents advise; below it the quick one."""
MAX_BYTES = 150_000


def seconds_of(rows: Sequence[Utterance]) -> float:
    """Speech in recordings, pauses included."""
    return sum(len(row.samples) / row.rate_hz for row in rows)


def amount(rows: Sequence[Utterance], size: str) -> int | None:
    """How many of ``rows`` make ``size`` ("10" sentences, "2m" minutes); None: too few.

    Raises:
        ValueError: it is neither.
    """
    if size.isdigit() and int(size) > 0:
        return int(size) if len(rows) >= int(size) else None
    if not size.endswith("m"):
        raise ValueError(f"size is {size!r}; 10 (sentences) or 2m (minutes) is possible")
    wanted = 60 * float(size[:-1])
    sums = np.cumsum([len(row.samples) / row.rate_hz for row in rows])
    if not len(sums) or sums[-1] < SHORT_OF * wanted:
        return None
    return min(int(np.searchsorted(sums, wanted)) + 1, len(rows))


def key(args: argparse.Namespace, user: str, size: str) -> str:
    """What makes a row another one."""
    settings = " ".join(args.set)
    return f"{user} {size} seed={args.seed} test={args.test} {args.recipe} {settings}".strip()


def read(path: Path | None) -> dict[str, dict[str, Any]]:
    """Rows of an earlier call, by key."""
    return json.loads(path.read_text("utf-8")) if path is not None and path.exists() else {}


def write(path: Path | None, rows: dict[str, dict[str, Any]]) -> None:
    """All rows, whole or not at all."""
    if path is not None:
        write_json(path, rows, indent=1)


def measure(args: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """Train and judge what is missing; each row is printed and kept as soon as it is known."""
    path = Path(args.json) if args.json else None
    rows = read(path)
    sizes = [] if args.sizes == "none" else args.sizes.split(",")
    print(personal.HEAD, flush=True)
    for user in args.users.split(","):
        bench: Bench | None = None
        for size in sizes:
            name = key(args, user, size)
            if name not in rows:
                bench = bench or Bench(args, user)
                count = amount(bench.train, size)
                if count is None:
                    print(f"{user} has no {size} of speech beside the test", file=sys.stderr)
                    continue
                long = seconds_of(bench.train[:count]) >= STANDARD_FROM_S
                chosen = args.recipe or ("tts_standard" if long else "tts_quick")
                bench.args = argparse.Namespace(**{**vars(args), "recipe": chosen})
                result = asdict(bench.run(count))
                rows[name] = {"size": size} | {
                    k: round(v, 4) if isinstance(v, float) else v for k, v in result.items()
                }
                write(path, rows)
            print(personal.line(as_result(rows[name])), flush=True)
    return rows


def as_result(row: dict[str, Any]) -> Result:
    """A kept row as the bench's."""
    return Result(**{one.name: row[one.name] for one in fields(Result)})


# figures (no plotting here)

PANELS = (
    ("Likeness (ratio to own recordings)", lambda r: r["similarity"], 1.0),
    ("MOS proxy below own recordings", lambda r: r["mos_real"] - r["mos"], 0.0),
    ("Word errors above own recordings, points", lambda r: r["harder"] - r["harder_real"], 0.0),
)
"""Title, figure of a row, and where the recordings are. Word errors: the harder judge."""


def place(size: str) -> int:
    """Where an amount stands on the axis: amounts at equal steps, in the order of SIZES.

    Ten sentences of one reader last longer than a minute of another: an axis of minutes would let
    the curves turn back.
    """
    return SIZES.split(",").index(size)


def curves(rows: Sequence[dict[str, Any]], figure: Any) -> dict[str, list[tuple[int, float]]]:
    """(place of the amount, value) of each user."""
    out: dict[str, list[tuple[int, float]]] = {}
    for row in rows:
        value = figure(row)
        if math.isfinite(value):
            out.setdefault(row["user"], []).append((place(row["size"]), value))
    return {user: sorted(points) for user, points in out.items()}


def mean_curve(rows: Sequence[dict[str, Any]], figure: Any) -> list[tuple[int, float]]:
    """Mean over the users who have every size that anybody of two or more has.

    A mean over whoever has an amount would move with who they are, not with the amount.
    """
    sizes: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows:
        if math.isfinite(figure(row)):
            sizes.setdefault(row["size"], {})[row["user"]] = row
    shared = {size: users for size, users in sizes.items() if len(users) > 1}
    if not shared:
        return []
    common = set.intersection(*(set(users) for users in shared.values()))
    out = []
    for size, users in shared.items():
        chosen = [users[user] for user in sorted(common)]
        if len(chosen) > 1:
            out.append((place(size), float(np.mean([figure(row) for row in chosen]))))
    return sorted(out)


# plotting


def draw(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Three panels side by side; at most 150 kB."""
    try:
        import matplotlib
    except ImportError as error:
        raise MissingExtra("the picture needs matplotlib", extra="base") from error
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    ink, faint, calm = "#333333", "#a9b7c6", "#1f5fa8"
    plt.rcParams |= {"font.size": 9, "axes.edgecolor": faint, "text.color": ink,
                     "axes.labelcolor": ink, "xtick.color": ink, "ytick.color": ink}  # fmt: skip
    figure, axes = plt.subplots(1, len(PANELS), figsize=(10.5, 3.3), layout="constrained")
    order = SIZES.split(",")
    for axis, (title, value, own) in zip(axes, PANELS, strict=True):
        for n, points in enumerate(curves(rows, value).values()):
            label = "one person each" if not n else None
            axis.plot(*zip(*points, strict=True), "-o", color=faint, lw=1, ms=2.5, label=label)
        mean = mean_curve(rows, value)
        if mean:
            axis.plot(*zip(*mean, strict=True), "-o", color=calm, lw=2.4, ms=4, label="mean")
        axis.axhline(own, color=ink, lw=1, ls=(0, (4, 3)), label="own recordings")
        axis.set_title(title, fontsize=9.5, loc="left")
        names = [f"{one} sentences" if one.isdigit() else f"{one[:-1]} min" for one in order]
        axis.set_xticks(range(len(order)), names)
        axis.set_xlim(-0.25, len(order) - 0.75)
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(axis="y", color="#e6e6e6", lw=0.7)
        axis.set_axisbelow(True)
    axes[0].legend(frameon=False, loc="lower right")
    axes[1].set_xlabel("recordings of the owner that the voice was made from")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)
    if path.stat().st_size > MAX_BYTES:
        raise SystemExit(f"{path} has {path.stat().st_size} bytes; {MAX_BYTES} are allowed")


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The curves as a Markdown table: sizes down, means over those who have them."""
    lines = ["| Speech | People | Similarity ratio | MOS proxy below own | WER above own, harder |",
             "| --- | --- | --- | --- | --- |"]  # fmt: skip
    for size in dict.fromkeys(row["size"] for row in rows):
        group = [row for row in rows if row["size"] == size]
        means = [np.mean([value(row) for row in group]) for _, value, _ in PANELS]
        name = f"{size} sentences" if size.isdigit() else f"{size[:-1]} min"
        likeness, gap, excess = (float(one) for one in means)
        lines.append(f"| {name} | {len(group)} | {likeness:.3f} | {gap:.2f} | {excess:+.1f} |")
    return "\n".join(lines)


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", default=os.environ.get("VOICEVAULT_DATA", ""))
    parser.add_argument("--users", default=USERS)
    parser.add_argument("--sizes", default=SIZES, help="sentences (10), minutes (2m), or none")
    parser.add_argument("--json", default="", help="rows already there are kept")
    parser.add_argument("--picture", default="", help="PNG to draw")
    parser.add_argument("--recipe", default="", help="for all sizes")
    known, rest = parser.parse_known_args(argv)
    # The rest is personal.py's: --test, --seed, --set, --device, with its checks and defaults.
    args = personal.parse(["--data", known.data, *rest])
    return argparse.Namespace(**{**vars(args), **vars(known)})


def main(argv: list[str] | None = None) -> dict[str, dict[str, Any]]:
    """Measure what is missing, print, draw."""
    args = parse(argv)
    rows = measure(args)
    print("\n" + table(list(rows.values())))
    if args.picture:
        draw(list(rows.values()), Path(args.picture))
    return rows


if __name__ == "__main__":
    main(sys.argv[1:])
