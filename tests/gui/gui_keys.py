# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys as a person presses them: always where the focus is, and never on a widget of ours."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

MOST_TABS = 40


def focused() -> QWidget:
    """What a key would go to."""
    found = QApplication.focusWidget()
    assert found is not None, "nothing has the focus"
    return found


def key(
    qtbot: QtBot,
    which: Qt.Key,
    times: int = 1,
    held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    """Press a key, so many times."""
    for _ in range(times):
        qtbot.keyClick(focused(), which, held)


def tab_to(qtbot: QtBot, wanted: QWidget) -> None:
    """Press Tab until `wanted` has the focus; it must come within one round."""
    for _ in range(MOST_TABS):
        if QApplication.focusWidget() is wanted:
            return
        key(qtbot, Qt.Key.Key_Tab)
    pytest.fail(f"Tab never reaches {wanted.accessibleName()!r}")
