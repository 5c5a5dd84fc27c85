# SPDX-License-Identifier: GPL-3.0-or-later
"""Colours can be read, sizes follow, and the system's wishes are heard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QPalette
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QApplication, QRadioButton
from pytestqt.qtbot import QtBot

from gui import icons, registry, theme
from gui.desk import Tools
from gui.preferences import SCALES
from gui.scheme import EDGES, PAIRS, SCHEMES, Scheme, contrast
from gui.widgets import Card, Tick

SCHEME = pytest.mark.parametrize("scheme", SCHEMES.values(), ids=lambda one: one.name)


def test_contrast_is_the_standards() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # WCAG's known near miss


@SCHEME
def test_every_text_can_be_read(scheme: Scheme) -> None:
    least = 7.0 if scheme.high_contrast else 4.5
    found = {
        (ink, ground): round(contrast(getattr(scheme, ink), getattr(scheme, ground)), 2)
        for ink, ground in PAIRS
    }
    assert {pair: ratio for pair, ratio in found.items() if ratio < least} == {}


@SCHEME
def test_every_edge_can_be_seen(scheme: Scheme) -> None:
    found = {pair: contrast(getattr(scheme, pair[0]), getattr(scheme, pair[1])) for pair in EDGES}
    assert {pair: ratio for pair, ratio in found.items() if ratio < 3.0} == {}


@pytest.mark.parametrize("name", SCHEMES)
def test_a_chosen_scheme_is_the_palette(name: str, qapp: QApplication, tools: Tools) -> None:
    tools.preferences.theme = name
    tools.theme.apply()
    shown = qapp.palette().color(QPalette.ColorRole.Window).name()
    assert shown == SCHEMES[name].window


@pytest.mark.parametrize("size", [100, 200])
@SCHEME
@pytest.mark.parametrize("kind", [QRadioButton, Tick])
def test_what_is_chosen_and_what_could_be_is_seen_without_colour(
    kind: type[QAbstractButton], scheme: Scheme, size: int, qtbot: QtBot, tools: Tools
) -> None:
    """The ring of the one that is not chosen, and a mark within the one that is."""
    tools.preferences.theme, tools.preferences.scale = scheme.name, size
    tools.theme.apply()
    card, seen = Card(), []
    qtbot.addWidget(card)
    button = kind("")
    button.setAutoExclusive(False)
    card.body.addWidget(button)
    card.show()
    for chosen in (False, True):
        button.setChecked(chosen)
        picture = button.grab().toImage()
        places = range(min(picture.width(), 20 * size // 100))
        row = [picture.pixelColor(x, picture.height() // 2).name() for x in places]
        edge = next((at for at, one in enumerate(row) if contrast(one, row[0]) >= 3.0), None)
        assert edge is not None, "no ring is seen"
        seen.append([contrast(one, row[edge]) >= 2.0 for one in row[edge:]])
    assert seen[0] != seen[1], "chosen or not looks alike"
    assert edge < 12


@SCHEME
@pytest.mark.parametrize("kind", [QRadioButton, Tick])
def test_what_has_the_keyboard_is_seen(
    kind: type[QAbstractButton], scheme: Scheme, qtbot: QtBot, tools: Tools
) -> None:
    tools.preferences.theme = scheme.name
    tools.theme.apply()
    card, pictures = Card(), []
    qtbot.addWidget(card)
    button, other = kind("A choice"), kind("Another")
    for one in (button, other):
        one.setAutoExclusive(False)
        card.body.addWidget(one)
    card.show()
    card.activateWindow()
    qtbot.waitUntil(card.isActiveWindow)
    for one in (other, button):
        one.setFocus(Qt.FocusReason.TabFocusReason)
        pictures.append(button.grab().toImage())
    assert pictures[0] != pictures[1]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("contrast_wanted", [False, True])
def test_the_system_decides_where_nobody_chose(
    dark: bool, contrast_wanted: bool, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(theme, "_system_is_dark", lambda app: dark)
    monkeypatch.setattr(theme, "_system_wants_contrast", lambda app: contrast_wanted)
    tools.theme.apply()
    assert tools.theme.scheme.dark is dark
    assert tools.theme.scheme.high_contrast is contrast_wanted


def test_text_grows_as_asked(qapp: QApplication, tools: Tools) -> None:
    sizes = []
    for scale in SCALES:
        tools.preferences.scale = scale
        tools.theme.apply()
        sizes.append(qapp.font().pointSizeF())
    assert sizes[0] >= theme.LEAST_PT
    assert [round(size / sizes[0] * 100) for size in sizes] == list(SCALES)


@pytest.mark.parametrize("name", icons.DRAWINGS)
def test_every_icon_is_a_drawing(name: str, qapp: QApplication) -> None:
    assert QSvgRenderer(QByteArray(icons.svg(name, "#ff0000"))).isValid()
    picture = icons.pixmap(name, "#ff0000", 24).toImage()
    inked = sum(picture.pixelColor(x, y).alpha() > 100 for x in range(24) for y in range(24))
    assert 20 < inked < 400


def test_every_page_has_an_icon() -> None:
    assert {one.icon for one in registry.PAGES} <= set(icons.DRAWINGS)


def test_nonsense_in_the_settings_is_the_default(tools: Tools) -> None:
    store = tools.preferences._store
    for key, value in (("theme", "pink"), ("scale", "9000"), ("lock_minutes", "-1"),
                       ("language", "xx"), ("vault", 7), ("geometry", "x")):  # fmt: skip
        store.setValue(key, value)
    chosen = tools.preferences
    assert (chosen.theme, chosen.scale, chosen.lock_minutes) == ("system", 100, 10)
    assert (chosen.language, chosen.geometry.size()) == ("", 0)
