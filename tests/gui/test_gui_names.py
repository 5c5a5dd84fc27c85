# SPDX-License-Identifier: GPL-3.0-or-later
"""What a screen reader meets: whatever takes the focus has a name, every progress bar too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from gui_helpers import nameless, somebody_listens
from PySide6.QtWidgets import QDialog, QWidget
from pytestqt.qtbot import QtBot
from toy_speaker import speak

from gui import registry
from gui.desk import Desk
from gui.main_window import MainWindow
from gui.pages.settings_keys import CodeDialog, KeychainDialog, PassphraseDialog
from gui.widgets import secret_input
from voicevault import service
from voicevault.audio.files import encode_wav
from voicevault.service import Studio

Enter = Callable[[], MainWindow]


def test_the_walker_finds_what_has_no_name(qtbot: QtBot) -> None:
    line = secret_input()
    qtbot.addWidget(line)
    line.show()
    assert nameless(line) == ["QLineEdit EditableText"]
    line.setAccessibleName("Passphrase")
    assert nameless(line) == []


def test_every_form_before_the_vault_is_open(window: MainWindow) -> None:
    page = window.welcome
    for form in (page.start, page.new, page.code, page.unlock):
        if form is page.code:
            page.code.show_code("ABCD-EFGH-JKMN-PQRS-TVWX-YZ01-2345-6789-ABCE", Path("v"))
        page.stack.show_part(form)
        assert nameless(window) == []


@pytest.fixture
def with_a_take(studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "text_check", lambda: None)
    somebody_listens(studio)
    (tmp_path / "a.wav").write_bytes(encode_wav(speak(2.0), 16_000))
    studio.import_file(tmp_path / "a.wav", "Olive trees stand here.")


@pytest.mark.parametrize("spec", registry.pages(), ids=lambda one: one.name)
def test_every_page(
    spec: registry.PageSpec, qtbot: QtBot, with_a_take: None, open_window: Enter
) -> None:
    window = open_window()
    space = window.workspace
    assert space is not None
    qtbot.waitUntil(lambda: spec.name in space._offered)
    space.show_page(spec.name)
    assert space.current == spec.name
    window.tools.tasks.wait()
    qtbot.wait(100)
    for table in space.page(spec.name).findChildren(QWidget, "qt_scrollarea_viewport"):
        parent = table.parent()
        if hasattr(parent, "selectRow"):
            parent.selectRow(0)
    window.tools.tasks.wait()
    qtbot.wait(50)
    assert nameless(window) == []
    assert space.page(spec.name).accessibleName()


@pytest.mark.parametrize("kind", [PassphraseDialog, CodeDialog])
def test_every_dialog(kind: Callable[..., QDialog], qtbot: QtBot, desk: Desk) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    dialog = kind(desk, owner)
    dialog.show()
    assert nameless(dialog) == []


def test_the_keychains_dialog(qtbot: QtBot, desk: Desk) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    for wanted in (True, False):
        dialog = KeychainDialog(desk, wanted, owner)
        dialog.show()
        assert nameless(dialog) == []
