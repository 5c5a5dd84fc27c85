# SPDX-License-Identifier: GPL-3.0-or-later
"""QR codes: a text as dark and light squares, and as lines for a terminal."""

from __future__ import annotations

from voicevault.errors import MissingExtra

Squares = tuple[tuple[bool, ...], ...]
"""Rows of squares, True for dark, without the quiet zone."""
QUIET = 4
"""Light squares that a scanner needs on every side."""
_DARK_ON_LIGHT = "\x1b[38;2;0;0;0m\x1b[48;2;255;255;255m"
_PLAIN = "\x1b[0m"


def squares(text: str) -> Squares:
    """The code of a text, at error correction M or better: a seventh of it may be unreadable.

    Raises:
        MissingExtra: segno is not installed.
    """
    try:
        import segno
    except ImportError as error:
        raise MissingExtra(
            "no QR code can be drawn: segno is not installed", hint="pip install segno"
        ) from error
    made = segno.make_qr(text, error="m")
    return tuple(tuple(bool(one) for one in line) for line in made.matrix)


def terminal_lines(text: str) -> list[str]:
    """The code as text, two squares a character, black on white whatever the terminal's colours.

    Scanners want it dark on light; the lines therefore carry their colours with them.
    """
    code = squares(text)
    width = len(code) + 2 * QUIET
    light = (False,) * width
    side = (False,) * QUIET
    rows = [light] * QUIET + [side + line + side for line in code] + [light] * QUIET
    if len(rows) % 2:
        rows.append(light)
    lines = []
    for upper, lower in zip(rows[::2], rows[1::2], strict=True):
        drawn = "".join(" ▄▀█"[2 * top + below] for top, below in zip(upper, lower, strict=True))
        lines.append(f"{_DARK_ON_LIGHT}{drawn}{_PLAIN}")
    return lines
