# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as lines for a terminal."""

import math
import unicodedata

from voicevault.evaluation import weighing
from voicevault.evaluation.card import Figure, Gain, Report

_TITLE, _VALUE = 36, 18


def number(value: float, unit: str = "") -> str:
    """A figure with the digits it deserves; a dash where there is none."""
    if not math.isfinite(value):
        return "-"
    if abs(value) >= 100:
        digits = 0
    elif abs(value) >= 10 or unit == "%":
        digits = 1
    elif abs(value) >= 0.1 or value == 0 or unit:
        digits = 2  # also what is small beside its unit: 0.04 semitones
    else:
        digits = 4
    text = f"{value:.{digits}f}"
    return text if not unit else f"{text} {unit}"


def interval(figure: Figure) -> str:
    """The 95 % interval, empty where there is none."""
    if not (math.isfinite(figure.low) and math.isfinite(figure.high)):
        return ""
    return f"{number(figure.low, figure.unit).split()[0]} to {number(figure.high, figure.unit)}"


def printable(text: str) -> str:
    """Text without control characters: a take's text may not move the cursor."""
    return "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text)


def table(report: Report, *, failing: int = 5) -> str:
    """The card: figures, where it fails, what was not measured."""
    lines = [f"{'':<{_TITLE}}{'voice':<{_VALUE}}{'95 % interval':<20}owner"]
    for one in report.figures.values():
        own = number(one.real, one.unit) if math.isfinite(one.real) else ""
        value = number(one.value, one.unit)
        line = f"{one.title:<{_TITLE}}{value:<{_VALUE}}{interval(one):<20}{own}"
        lines.append(line.rstrip() + (f"   ({one.note})" if one.note else ""))
    lines += _beside(report)
    bad = report.failing(failing)
    if bad:
        lines += ["", "where it fails"]
    for row in bad:
        what = "; ".join(row.problems) or f"{row.errors_harder or row.errors} of {row.words} words"
        lines.append(f"  {row.id}: {row.text[:70]}")
        # What the judge heard that counted these errors: the other one may have heard all of it.
        heard = row.heard_harder if row.errors_harder and not row.problems else row.heard
        lines.append(f"      {what}" + (f", heard: {heard[:80]}" if heard else ""))
    if report.missing:
        lines += ["", "not measured"]
        lines += [f"  {name}: {reason}" for name, reason in report.missing.items()]
    lines += ["", *(f"note: {note}" for note in report.notes)]
    lines.append(
        f"owner's sentences: {report.owner_split}; intervals: bootstrap over sentences, "
        f"seed {report.seed}; the judge is relative: compare with the owner's column"
    )
    return "\n".join(printable(line) for line in lines)


def _beside(report: Report) -> list[str]:
    """Teacher against student, one party after the other: eight columns are too wide."""
    lines: list[str] = []
    if report.parties:
        lines += ["", "teacher against student (in brackets: times the student's)"]
    for party, cells in zip(report.parties, weighing.cells(report.parties), strict=True):
        said = [f"{head}: {cell}" for head, cell in zip(weighing.HEAD, cells, strict=True) if head]
        lines += [f"  {cells[0]}: {party.source}", f"      {'; '.join(said[:3])}"]
        lines += [f"      {'; '.join(said[3:])}", f"      energy: {party.energy}"]
    lines += ["", "what teachers gained", *(f"  {one}" for one in gain_lines(report.gain))]
    return [*lines, f"training: {training_line(report)}"]


def gain_lines(gain: Gain) -> list[str]:
    """The differences to the voice without teachers, or why there are none."""
    if gain.missing:
        return [gain.missing]
    return [
        f"{one.title}: {one.value:+.3f} against run {gain.plain}, "
        f"95 % {one.low:+.3f} to {one.high:+.3f}, {one.count} sentences"
        + (f" ({one.note})" if one.note else "")
        for one in gain.figures
    ]


def training_line(report: Report) -> str:
    """What making the voice took, and how that was told."""
    how = str(report.training.get("energy", ""))
    if "energy_wh" not in report.training:
        return how
    return f"{float(report.training['energy_wh']):.2f} Wh ({how})"
