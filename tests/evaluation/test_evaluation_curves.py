# SPDX-License-Identifier: GPL-3.0-or-later
"""Curves as SVG: round ticks, well-formed, every point inside its panel."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from voicevault.evaluation.curves import HEIGHT, WIDTH, Curve, Panel, svg, ticks


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 1.0, [0.0, 0.25, 0.5, 0.75, 1.0]),
        (0.0, 87.0, [0.0, 25.0, 50.0, 75.0, 100.0]),
        (-2.0, 1.0, [-2.0, -1.0, 0.0, 1.0]),
        (3.0, 3.0, None),
    ],
)
def test_ticks_are_round_and_enclose(low: float, high: float, expected: list[float] | None) -> None:
    found = ticks(low, high)
    assert found[0] <= low
    assert found[-1] >= high
    assert len(found) >= 2
    if expected is not None:
        assert found == expected


def test_points_stay_inside_and_names_are_escaped() -> None:
    curve = Curve("a < b", ((0.0, 1.2), (30.0, 0.4), (60.0, -3.0)))
    picture = svg([Panel("x & y", "minutes", (curve, Curve("none", ()))), Panel("empty", "m", ())])
    root = ET.fromstring(picture)
    dots = [
        (float(c.attrib["cx"]), float(c.attrib["cy"]))
        for c in root.iter("{http://www.w3.org/2000/svg}circle")
    ]
    assert len(dots) == 3
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in dots)
    heights = [y for _, y in dots]
    assert heights == sorted(heights)  # lower values stand lower
    words = re.findall(r">([^<>]+)</text>", picture)
    assert {"x &amp; y", "a &lt; b", "not measured yet"} <= set(words)


def test_one_point_at_the_start_can_be_drawn() -> None:
    ET.fromstring(svg([Panel("p", "m", (Curve("c", ((0.0, 1.0),)),), 1.0)]))
