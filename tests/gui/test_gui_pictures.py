# SPDX-License-Identifier: GPL-3.0-or-later
"""Every page drawn in every scheme and size: nothing wider than its window, nothing cut off.

The pictures go to the folder that VOICEVAULT_PICTURES names, to be looked at; else they are thrown
away. They are not compared: fonts differ from machine to machine.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest
from gui_helpers import somebody_listens
from PySide6.QtCore import QLocale, QSize
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot
from toy_speaker import speak

from gui import language as languages
from gui import registry
from gui.main_window import MainWindow
from gui.pages.dictate import DictatePage
from gui.pages.dictate_lines import Line
from gui.pages.dictate_list import LineList
from gui.scheme import SCHEMES
from voicevault import service
from voicevault.audio.files import encode_wav
from voicevault.records import HeardWord
from voicevault.service import Studio

Enter = Callable[[], MainWindow]
PICTURES_ENV = "VOICEVAULT_PICTURES"
TEXTS = (
    "Please call Stella and ask her to bring these things with her from the store.",
    "A rainbow is a division of white light into many beautiful colours.",
    "We were away a year ago.",
    "Six spoons of fresh snow peas, five thick slabs of blue cheese.",
)
SIZES = [QSize(1180, 780), QSize(760, 560)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    named = os.environ.get(PICTURES_ENV)
    made = Path(named) if named else tmp_path / "pictures"
    made.mkdir(parents=True, exist_ok=True)
    return made


@pytest.fixture
def four_takes(studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "text_check", lambda: None)
    somebody_listens(studio)
    for number, text in enumerate(TEXTS):
        path = tmp_path / f"r{number}.wav"
        noise = -32.0 if number == 2 else -75.0
        path.write_bytes(encode_wav(speak(4.0, seed=number, noise_dbfs=noise), 16_000))
        studio.import_file(path, text)


def cut_off(root: QWidget) -> list[str]:
    """Buttons, labels and dictated lines that got less room than their words need."""
    found = []
    for one in root.findChildren(QWidget):
        if not one.isVisible() or one.width() == 0:
            continue
        if isinstance(one, LineList):
            found += lines_cut_off(one)
        if isinstance(one, QPushButton) and one.width() < one.minimumSizeHint().width():
            found.append(f"button {one.text()!r}: {one.width()} of {one.minimumSizeHint().width()}")
        if isinstance(one, QLabel) and one.text():
            needed = one.heightForWidth(one.width()) if one.wordWrap() else one.sizeHint().height()
            if one.height() < needed - 1:
                found.append(f"label {one.text()[:30]!r}: {one.height()} of {needed}")
    return found


def lines_cut_off(shown: LineList) -> list[str]:
    """Lines of a list whose words do not fit into their rows."""
    found = []
    for row in range(shown.lines.rowCount()):
        index, width = shown.lines.index(row), shown.viewport().width()
        words = shown.delegate._laid_out(index, width).boundingRect()
        below = shown.delegate._below(shown.lines.lines[row].remark, True, width).boundingRect()
        rect = shown.visualRect(index)
        if rect.width() > width or words.right() > width or below.right() > width:
            found.append(f"line {row}: wider than {width}")
        if rect.height() < words.height() + below.height():
            found.append(f"line {row}: {rect.height()} of {words.height() + below.height()}")
    return found


def too_wide(root: QWidget) -> list[str]:
    """Scroll areas that scroll sideways."""
    return [
        type(area.widget()).__name__
        for area in root.findChildren(QScrollArea)
        if area.isVisible() and area.horizontalScrollBar().maximum() > 0
    ]


def look(window: MainWindow, path: Path) -> list[str]:
    window.grab().save(str(path))
    return cut_off(window) + [f"sideways: {one}" for one in too_wide(window)]


@pytest.fixture
def language(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[str]:
    """The app's language while the test runs, installed before its pages are made."""
    languages.use(qapp, request.param)
    yield request.param
    languages.use(qapp, "en")
    QLocale.setDefault(QLocale.c())


@pytest.mark.parametrize(
    ("scheme", "language"),
    [*((one, "en") for one in SCHEMES), ("light", "de")],
    indirect=["language"],
)
def test_every_page_fits(
    scheme: str,
    language: str,
    qtbot: QtBot,
    four_takes: None,
    open_window: Enter,
    folder: Path,
) -> None:
    window = open_window()
    tools, space = window.tools, window.workspace
    assert space is not None
    tools.preferences.theme = scheme
    wrong: dict[str, list[str]] = {}
    for scale, spec in product((100, 200), registry.pages()):
        if tools.theme.scheme.name != scheme or tools.preferences.scale != scale:
            tools.preferences.scale = scale
            tools.theme.apply()
        qtbot.waitUntil(lambda: spec.name in space._offered)  # noqa: B023
        space.show_page(spec.name)
        page = space.page(spec.name)
        assert space.current == spec.name
        if isinstance(page, DictatePage):
            page.lines.show_lines([Line(text, remark=TEXTS[0]) for text in TEXTS])
            page.lines.lines[1].words = (HeardWord("A", 0, 1, 0.1, (0.0,)),)
            page._opened()
            page._show_live(TEXTS[3])
        tools.tasks.wait()
        qtbot.wait(60)
        if hasattr(page, "table"):
            page.table.selectRow(2)
            tools.tasks.wait()
            qtbot.wait(60)
        for size in SIZES:
            window.resize(size)
            qtbot.wait(30)
            name = f"{spec.name}-{language}-{scheme}-{scale}-{size.width()}"
            if found := look(window, folder / f"{name}.png"):
                wrong[name] = found
    assert wrong == {}


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("scale", [100, 200])
def test_every_form_before_the_vault_fits(
    scale: int, language: str, qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    app = QApplication.instance()
    assert app is not None
    languages.use(app, language)
    made = MainWindow(window.tools, window.door)
    made.show()
    made.tools.preferences.scale = scale
    made.tools.theme.apply()
    page = made.welcome
    page.code.show_code("ABCD-EFGH-JKMN-PQRS-TVWX-YZ01-2345-6789-ABCE", folder)
    page.unlock.show_vault(Path("voice.vault"))
    wrong: dict[str, list[str]] = {}
    for form in (page.start, page.new, page.code, page.unlock):
        page.stack.show_part(form)
        for size in SIZES:
            made.resize(size)
            qtbot.wait(30)
            name = f"{type(form).__name__}-{language}-{scale}-{size.width()}"
            if found := look(made, folder / f"{name}.png"):
                wrong[name] = found
    made.close()
    languages.use(app, "en")
    assert wrong == {}
