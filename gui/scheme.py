# SPDX-License-Identifier: GPL-3.0-or-later
"""Colours by what they are for, in four schemes. Nothing else in the app names a colour.

Every pair of text and ground in `PAIRS` has a contrast of 4.5 or more (7 where the scheme promises
high contrast), and what must be seen to be used, 3 or more: WCAG 2.2, 1.4.3, 1.4.6 and 1.4.11.
Tests compute it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scheme:
    """One set of colours, each as #rrggbb."""

    name: str
    dark: bool
    window: str
    surface: str  # cards, inputs, tables
    sidebar: str
    text: str
    muted: str  # second-rank text
    line: str  # separators, for looks only
    border: str  # edges of what can be clicked or typed into
    accent: str
    on_accent: str
    tint: str  # the chosen one of several
    on_tint: str
    good: str
    warn: str
    bad: str
    high_contrast: bool = False


LIGHT = Scheme(
    name="light", dark=False,
    window="#f6f6f8", surface="#ffffff", sidebar="#ededf1",
    text="#1d1d20", muted="#5b5b66", line="#dcdce3", border="#84848f",
    accent="#3f57d0", on_accent="#ffffff", tint="#dde2fa", on_tint="#26378f",
    good="#17713a", warn="#85560a", bad="#b3261e",
)  # fmt: skip
DARK = Scheme(
    name="dark", dark=True,
    window="#1a1a1d", surface="#242428", sidebar="#1f1f23",
    text="#f1f1f4", muted="#ababb7", line="#37373e", border="#7d7d8a",
    accent="#93a5ff", on_accent="#10142b", tint="#313a66", on_tint="#e3e7ff",
    good="#74d394", warn="#e9ba62", bad="#ff9289",
)  # fmt: skip
CONTRAST_DARK = Scheme(
    name="contrast-dark", dark=True,
    window="#000000", surface="#000000", sidebar="#000000",
    text="#ffffff", muted="#ffffff", line="#ffffff", border="#ffffff",
    accent="#ffd60a", on_accent="#000000", tint="#ffd60a", on_tint="#000000",
    good="#7dff9d", warn="#ffd60a", bad="#ffa8a0",
    high_contrast=True,
)  # fmt: skip
CONTRAST_LIGHT = Scheme(
    name="contrast-light", dark=False,
    window="#ffffff", surface="#ffffff", sidebar="#ffffff",
    text="#000000", muted="#000000", line="#000000", border="#000000",
    accent="#0a2a9e", on_accent="#ffffff", tint="#0a2a9e", on_tint="#ffffff",
    good="#00501f", warn="#5c3a00", bad="#8c0009",
    high_contrast=True,
)  # fmt: skip
SCHEMES = {one.name: one for one in (LIGHT, DARK, CONTRAST_DARK, CONTRAST_LIGHT)}

PAIRS = (
    *((ink, ground) for ink in ("text", "muted", "good", "warn", "bad")
      for ground in ("window", "surface", "sidebar")),
    ("accent", "window"), ("accent", "surface"),
    ("on_accent", "accent"), ("on_tint", "tint"),
)  # fmt: skip
EDGES = (("border", "surface"), ("border", "window"), ("accent", "sidebar"))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21, by WCAG's relative luminance."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
