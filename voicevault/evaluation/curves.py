# SPDX-License-Identifier: GPL-3.0-or-later
"""A few curves over one quantity as an SVG picture: small multiples, no plotting library."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 340, 200
COLUMNS = 2
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 44, 34
_COLOURS = ("#1f5fa8", "#b3531c", "#3d7a45", "#6b5b95")
Place = Callable[[float, float], tuple[float, float]]
_INK, _FAINT = "#333333", "#d8d8d8"


@dataclass(frozen=True, slots=True)
class Curve:
    """A named line; a single point is drawn as a dot."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """Curves that share their axes."""

    title: str
    below: str
    """What the horizontal axis is."""
    curves: tuple[Curve, ...]
    ideal: float = math.nan
    """A value to draw as a dashed line: what the recordings themselves reach."""


def ticks(low: float, high: float, wanted: int = 4) -> list[float]:
    """Round numbers from at most ``low`` to at least ``high``."""
    rough = max(high - low, 1e-9) / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * one for one in (1, 2, 2.5, 5, 10) if power * one >= rough * 0.999)
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    return [round(n * step, 10) for n in range(first, max(last, first + 1) + 1)]


def svg(panels: Sequence[Panel]) -> str:
    """All panels, two in a row, as one SVG document."""
    rows = -(-len(panels) // COLUMNS)
    width, height = WIDTH * COLUMNS, HEIGHT * max(rows, 1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'font-family="sans-serif" font-size="10" fill="{_INK}">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for number, panel in enumerate(panels):
        x, y = number % COLUMNS * WIDTH, number // COLUMNS * HEIGHT
        parts.append(f'<g transform="translate({x} {y})">{_panel(panel)}</g>')
    return "\n".join([*parts, "</svg>\n"])


def _panel(panel: Panel) -> str:
    points = [point for curve in panel.curves for point in curve.points]
    title = f'<text x="{_LEFT}" y="16" font-weight="bold">{escape(panel.title)}</text>'
    if not points:
        return f'{title}<text x="{_LEFT}" y="60">not measured yet</text>'
    heights = [y for _, y in points] + ([panel.ideal] if math.isfinite(panel.ideal) else [])
    across = ticks(0.0, max(x for x, _ in points))
    up = ticks(min(heights), max(heights))

    def place(x: float, y: float) -> tuple[float, float]:
        share_x = (x - across[0]) / (across[-1] - across[0])
        share_y = (y - up[0]) / (up[-1] - up[0])
        return (
            round(_LEFT + share_x * (WIDTH - _LEFT - _RIGHT), 1),
            round(HEIGHT - _BOTTOM - share_y * (HEIGHT - _TOP - _BOTTOM), 1),
        )

    parts = [title]
    for value in up:
        x, y = place(across[0], value)
        parts.append(f'<path d="M{x} {y}H{WIDTH - _RIGHT}" stroke="{_FAINT}" stroke-width=".6"/>')
        parts.append(f'<text x="{x - 5}" y="{y + 3}" text-anchor="end">{value:g}</text>')
    for value in across:
        x, y = place(value, up[0])
        parts.append(f'<text x="{x}" y="{y + 13}" text-anchor="middle">{value:g}</text>')
    below = f'<text x="{WIDTH - _RIGHT}" y="{HEIGHT - 6}" text-anchor="end">'
    parts.append(f"{below}{escape(panel.below)}</text>")
    if math.isfinite(panel.ideal):
        x, y = place(across[0], panel.ideal)
        parts.append(
            f'<path d="M{x} {y}H{WIDTH - _RIGHT}" stroke="{_INK}" stroke-dasharray="4 3"/>'
        )
    for number, curve in enumerate(panel.curves):
        parts += _curve(curve, _COLOURS[number % len(_COLOURS)], number, place)
    return "".join(parts)


def _curve(curve: Curve, colour: str, number: int, place: Place) -> list[str]:
    if not curve.points:
        return []
    spots = [place(x, y) for x, y in curve.points]
    line = "L".join(f"{x} {y}" for x, y in spots)
    dots = [f'<circle cx="{x}" cy="{y}" r="2.2" fill="{colour}"/>' for x, y in spots]
    name = f'<text x="{_LEFT + number * 70}" y="31" fill="{colour}">{escape(curve.name)}</text>'
    return [f'<path d="M{line}" fill="none" stroke="{colour}" stroke-width="1.5"/>', *dots, name]
