# SPDX-License-Identifier: GPL-3.0-or-later
"""A report's figures as a person reads them: a sentence each, and where it lies on its scale."""

from __future__ import annotations

import base64
import binascii
import html
import math
import re
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QCoreApplication

from gui import wording
from gui.chart import Mark

translate = QCoreApplication.translate  # under this name its texts are found

_FIGURE = re.compile(r"<figure><figcaption>(.*?)<span.*?</figure>", re.DOTALL)
_SVG = re.compile(r"<svg.*?</svg>", re.DOTALL)
_PNG = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=]+)")
_LINE = re.compile(r'class="f0" d="([ML0-9. ]+)"')
_POINT = re.compile(r"([ML])([0-9.]+) ([0-9.]+)")


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that was measured."""

    key: str
    name: str
    value: str
    said: str
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A spectrogram with its pitch: points of 640 by 120, broken where nothing is voiced."""

    png: bytes
    pitch: tuple[tuple[bool, float, float], ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A sentence of the report page: the voice, and the owner where both said it."""

    text: str
    pictures: tuple[Picture, ...]


def statements(report: dict[str, Any]) -> list[Statement]:
    """What a person wants to know first."""
    found = report.get("figures", {})
    made = [
        _understood(found),
        _likeness(found),
        _natural(found),
        _pitch(found),
        _pace(found),
        _speed(found),
    ]
    return [one for one in made if one is not None]


def exhibits(page: bytes | None) -> list[Shown]:
    """The sentences with pictures of a report page; none where there is no page."""
    if page is None:
        return []
    out = []
    for one in _FIGURE.finditer(page.decode("utf-8", "replace")):
        pictures = tuple(_picture(svg) for svg in _SVG.findall(one.group()))
        text = html.unescape(one.group(1)).strip()
        out.append(Shown(text, tuple(picture for picture in pictures if picture is not None)))
    return [one for one in out if one.pictures]


def _picture(svg: str) -> Picture | None:
    found = _PNG.search(svg)
    if found is None:
        return None
    try:
        png = base64.b64decode(found.group(1), validate=True)
    except binascii.Error:
        return None
    line = _LINE.search(svg)
    points = _POINT.findall(line.group(1)) if line else []
    return Picture(png, tuple((kind == "M", float(x), float(y)) for kind, x, y in points))


def _understood(found: dict[str, Any]) -> Statement | None:
    figure = found.get("wer") or found.get("wer_unseen")
    if not figure or figure.get("value") is None:
        return None
    value, low, high, own = (_turned(figure.get(key)) for key in ("value", "high", "low", "real"))
    said = translate("Report", "A recogniser understood {n} of 100 words of the voice.").format(
        n=round(value)
    )
    if math.isfinite(own):
        said += " " + translate(
            "Report", "Of your own recordings of the same sentences: {n}."
        ).format(n=round(own))
    return Statement(
        "understood",
        translate("Report", "Words understood"),
        translate("Report", "{n} of 100").format(n=round(value)),
        said,
        Mark(value, 50, 100, low, high, own),
    )


def _likeness(found: dict[str, Any]) -> Statement | None:
    figure = found.get("similarity")
    if not figure or figure.get("value") is None:
        return None
    value, low, high = (100 * _number(figure.get(key)) for key in ("value", "low", "high"))
    said = translate(
        "Report",
        "100 % is as near to you as one more recording of yours; somebody else has about 62 %.",
    )
    return Statement(
        "likeness",
        translate("Report", "Likeness to you"),
        translate("Report", "{n} %").format(n=round(value)),
        said,
        Mark(value, 55, 110, low, high, 100),
    )


def _natural(found: dict[str, Any]) -> Statement | None:
    figure = found.get("mos_owner") or found.get("mos_unseen")
    if not figure or figure.get("value") is None:
        return None
    value, low, high, own = (_number(figure.get(key)) for key in ("value", "low", "high", "real"))
    said = translate("Report", "What listeners would say, as a network guesses it, from 1 to 5.")
    if math.isfinite(own):
        said += " " + translate("Report", "Your own recordings: {n}.").format(n=f"{own:.1f}")
    return Statement(
        "natural",
        translate("Report", "How natural it sounds"),
        translate("Report", "{n} of 5").format(n=f"{value:.1f}"),
        said,
        Mark(value, 1, 5, low, high, own),
    )


def _pitch(found: dict[str, Any]) -> Statement | None:
    figure = found.get("f0_median")
    if not figure or figure.get("value") is None:
        return None
    value, own = _number(figure.get("value")), _number(figure.get("real"))
    said = translate("Report", "The middle of its pitch; yours is {n} Hz.").format(n=round(own))
    return Statement(
        "pitch",
        translate("Report", "Pitch"),
        translate("Report", "{n} Hz").format(n=round(value)),
        said,
        Mark(value, own * 0.7, own * 1.3, own=own),
    )


def _pace(found: dict[str, Any]) -> Statement | None:
    figure = found.get("duration_ratio")
    if not figure or not figure.get("value"):
        return None
    value, low, high = (_number(figure.get(key)) for key in ("value", "low", "high"))
    per_cent = round(100 * (1 / value - 1))
    if per_cent == 0:
        text = translate("Report", "as fast as you")
    elif per_cent > 0:
        text = translate("Report", "{n} % faster than you").format(n=per_cent)
    else:
        text = translate("Report", "{n} % slower than you").format(n=-per_cent)
    said = translate("Report", "The same sentences, said by the voice and by you.")
    mark = Mark(1 / value, 0.7, 1.3, 1 / high, 1 / low, 1.0) if low and high else None
    return Statement("pace", translate("Report", "Pace"), text, said, mark)


def _speed(found: dict[str, Any]) -> Statement | None:
    figure, size = found.get("rtf"), found.get("size")
    if not figure or not figure.get("value"):
        return None
    times = round(1 / float(figure["value"]))
    said = translate("Report", "It makes speech so much faster than it is heard, on one core here.")
    if size and size.get("value") is not None:
        said += " " + translate("Report", "The voice has {size}.").format(
            size=wording.size(round(1e6 * float(size["value"])))
        )
    return Statement(
        "speed",
        translate("Report", "Speed"),
        translate("Report", "{n} times").format(n=times),
        said,
    )


def _turned(value: Any) -> float:
    """Errors in per cent as words understood in a hundred."""
    return 100.0 - _number(value)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) else math.nan
