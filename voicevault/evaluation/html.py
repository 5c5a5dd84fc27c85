# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as one self-contained page: no script, no font, no picture from anywhere else.

The page holds sound of the voice, so it is kept in the vault; writing it out is the owner's act.
Every text that came from outside (takes, ids, run names, reasons) is escaped, and a content
security policy forbids whatever could still be loaded.
"""

import math
from collections.abc import Iterable
from html import escape

from voicevault.audio.files import encode_flac
from voicevault.evaluation import weighing
from voicevault.evaluation.card import Exhibit, Report, Row
from voicevault.evaluation.pictures import data_uri, plot
from voicevault.evaluation.terminal import gain_lines, interval, number, training_line

_POLICY = "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'"

_STYLE = """
:root { color-scheme: light dark; --ink: #1d1d22; --paper: #fdfdfb; --soft: #6a6a75;
  --line: #dcdce2; --mark: #b3261e }
@media (prefers-color-scheme: dark) { :root { --ink: #e9e9ee; --paper: #17171b; --soft: #a0a0ac;
  --line: #34343d; --mark: #ff8a80 } }
body { font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2.2rem }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top }
thead th { color: var(--soft); font-weight: 500 }
.wide { overflow-x: auto } .soft { color: var(--soft) } .bad { color: var(--mark) }
figure { margin: 1.2rem 0 } figcaption { margin-bottom: .3rem } audio { width: 100% }
svg { width: 100%; height: 7.5rem; display: block; border-radius: 4px; margin: .3rem 0 }
path { fill: none; stroke-linejoin: round; vector-effect: non-scaling-stroke }
.halo { stroke: #000; stroke-width: 5; opacity: .55 } .f0 { stroke: #fff; stroke-width: 2 }
"""


def page(report: Report) -> str:
    """The whole page."""
    title = f"Report card {report.run}".strip()
    parts = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="soft">{escape(report.recipe)} {escape(report.created)}</p>',
        "<h2>Figures</h2>",
        _figures(report),
        *_beside(report),
        "<h2>Listen</h2>",
        "<p>Spectrogram (0 to 8 kHz, mel) with the pitch as a white line, 65 to 450 Hz.</p>",
        *(_exhibit(one) for one in report.exhibits),
        "<h2>Where it fails</h2>",
        _rows(report.failing(12)) or "<p>No sentence stands out.</p>",
        *_missing(report),
        "<h2>Every sentence</h2>",
        _rows(report.rows),
        "<h2>How to read this</h2>",
        *(f"<p>{line}</p>" for line in _READING),
        *(f"<p>{escape(note)}</p>" for note in report.notes),
        f"<p>Owner's sentences: {escape(report.owner_split)}. Seed {report.seed}.</p>",
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body>{''.join(parts)}</body></html>"
    )


_READING = (
    "WER is the share of words that an independent recogniser misheard. It knows only the words of "
    "the texts judged (the harder one of several hundred more), so its figures mean something "
    "beside the owner's column only.",
    "The similarity ratio divides the mean likeness of the voice to the owner's recordings by the "
    "likeness of the recordings among each other: 1 is as near as one more recording.",
    "The MOS proxy is a network's guess of a listener's opinion, 1 to 5. It over-rates buzzy "
    "voices; melody, voicing and periodicity stand beside it for that reason.",
    "GFLOP counts the products of convolutions and matrices while one sentence is said, two "
    "operations each. Energy is of everything that the named counter sees; figures of two methods "
    "are never divided, nor is the speed of what did not run in this evaluation.",
    "Intervals hold 95 % of 2,000 bootstrap draws over sentences.",
)


def _cells(tag: str, cells: Iterable[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    body = "".join(_cells("td", row) for row in rows)
    return (
        f'<div class="wide"><table><thead>{_cells("th", head)}</thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _figures(report: Report) -> str:
    rows = [
        (
            escape(one.title)
            + (f'<br><span class="soft">{escape(one.note)}</span>' * bool(one.note)),
            escape(number(one.value, one.unit)),
            escape(interval(one)),
            escape(number(one.real, one.unit)) if math.isfinite(one.real) else "",
            str(one.count or ""),
        )
        for one in report.figures.values()
    ]
    return _table(("", "voice", "95 % interval", "owner", "sentences"), rows)


def _beside(report: Report) -> list[str]:
    parts = ["<h2>Teacher against student</h2>"]
    if report.parties:
        cells = weighing.cells(report.parties)
        parts.append(_table(weighing.HEAD, [[escape(one) for one in row] for row in cells]))
        parts.append('<p class="soft">In brackets: times the student\'s.</p>')
        remarks = weighing.remarks(report.parties)
        parts += [f'<p class="soft">{escape(one)}</p>' for one in remarks]
    parts += [f"<p>What teachers gained. {escape(one)}</p>" for one in gain_lines(report.gain)]
    return [*parts, f"<p>Training: {escape(training_line(report))}</p>"]


def _exhibit(one: Exhibit) -> str:
    sound = data_uri(encode_flac(one.samples, one.rate_hz), "audio/flac")
    pictures = plot(one.tune) if one.tune is not None else ""
    if one.real is not None:
        pictures += '<div class="soft">the owner, same sentence</div>' + plot(one.real)
    return (
        f"<figure><figcaption>{escape(one.text)} "
        f'<span class="soft">{escape(one.id)}</span></figcaption>'
        f'<audio controls preload="none" src="{sound}"></audio>{pictures}</figure>'
    )


def _rows(rows: Iterable[Row]) -> str:
    cells = [
        (
            f'{escape(row.text)}<br><span class="soft">{escape(row.id)}</span>'
            + "".join(f'<br><span class="bad">{escape(one)}</span>' for one in row.problems),
            escape(row.heard) if row.heard is not None else "",
            _of(row.errors, row.words),
            _of(row.errors_harder, row.words),
            _of(row.real_errors, row.words),
            "" if row.similarity is None else number(row.similarity),
            "" if row.mos is None else number(row.mos),
            number(row.seconds, "s"),
        )
        for row in rows
    ]
    head = ("text", "heard", "errors", "harder", "owner", "likeness", "MOS", "length")
    return _table(head, cells) if cells else ""


def _of(errors: int | None, words: int | None) -> str:
    return "" if errors is None or words is None else f"{errors} / {words}"


def _missing(report: Report) -> list[str]:
    if not report.missing:
        return []
    rows = [(escape(name), escape(reason)) for name, reason in report.missing.items()]
    return ["<h2>Not measured</h2>", _table(("measure", "why"), rows)]
