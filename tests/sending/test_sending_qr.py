# SPDX-License-Identifier: GPL-3.0-or-later
"""QR codes: the squares of the standard, and lines that show the same squares."""

from __future__ import annotations

import sys

import pytest

from voicevault import qr
from voicevault.errors import MissingExtra

URL = "http://192.168.178.112:54321/AbCdEfGhIjKlMnOpQrStUv"


def test_a_link_is_a_code_that_a_phone_reads_from_a_screen() -> None:
    code = qr.squares(URL)
    assert len(code) == 33  # version 4: 33 squares are large ones on any screen
    assert all(len(row) == 33 for row in code)
    eye = [[x in (0, 6) or y in (0, 6) or (2 <= x <= 4 and 2 <= y <= 4) for x in range(7)]
           for y in range(7)]  # fmt: skip
    for top, left in ((0, 0), (0, 26), (26, 0)):
        assert [list(row[left : left + 7]) for row in code[top : top + 7]] == eye
    assert [code[6][x] for x in range(8, 25)] == [x % 2 == 0 for x in range(8, 25)]  # timing
    assert qr.squares(URL[:-1] + "w") != code


def test_the_lines_show_these_squares_black_on_white() -> None:
    lines = qr.terminal_lines(URL)
    rows: list[list[bool]] = []
    for line in lines:
        assert line.startswith("\x1b[38;2;0;0;0m\x1b[48;2;255;255;255m")
        assert line.endswith("\x1b[0m")
        drawn = line.removeprefix("\x1b[38;2;0;0;0m\x1b[48;2;255;255;255m").removesuffix("\x1b[0m")
        rows += [[one in "▀█" for one in drawn], [one in "▄█" for one in drawn]]
    quiet = qr.QUIET
    inside = tuple(tuple(row[quiet : quiet + 33]) for row in rows[quiet : quiet + 33])
    assert inside == qr.squares(URL)
    around = [*rows[:quiet], *rows[quiet + 33 :]]
    assert len(around) >= 2 * quiet
    assert not any(any(row) for row in around)
    assert not any(any(row[:quiet] + row[quiet + 33 :]) for row in rows)


def test_without_the_library_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "segno", None)
    with pytest.raises(MissingExtra, match="segno is not installed"):
        qr.squares(URL)
