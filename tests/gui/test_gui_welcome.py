# SPDX-License-Identifier: GPL-3.0-or-later
"""The first run and every later one, by keyboard alone, over a real vault."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pytest
from gui_helpers import LIMIT_MS, Steady
from gui_keys import focused, key, tab_to
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMessageBox
from pytestqt.qtbot import QtBot

from encrypted_store import KdfParams, Kind
from gui.door import Secret
from gui.main_window import MainWindow
from gui.strength import Flaw, Level, estimate
from voicevault.service import Studio

PHRASE = "olive tractor mumble"
WAIT_MS = 20_000


def ready(qtbot: QtBot, window: MainWindow) -> None:
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)


def make_vault(qtbot: QtBot, window: MainWindow, path: Path) -> str:
    """Keys only, from the first sight to the workspace; the recovery code."""
    ready(qtbot, window)
    page = window.welcome
    tab_to(qtbot, page.start.make)
    key(qtbot, Qt.Key.Key_Space)
    form = page.new
    qtbot.waitUntil(lambda: bool(form.place.text()), timeout=WAIT_MS)
    assert focused() is form.pair.one
    qtbot.keyClicks(focused(), PHRASE)
    assert not form.make.isEnabled()
    tab_to(qtbot, form.pair.two)
    qtbot.keyClicks(focused(), PHRASE)
    tab_to(qtbot, form.place)
    focused().clear()  # type: ignore[attr-defined]  # a line edit
    qtbot.keyClicks(focused(), str(path))
    tab_to(qtbot, form.make)
    key(qtbot, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: page.stack.shown is page.code, timeout=WAIT_MS)
    return type_code(qtbot, window)


def type_code(qtbot: QtBot, window: MainWindow) -> str:
    form = window.welcome.code
    code = form._code
    groups = code.split("-")
    assert form.shown.text().split() == groups
    assert not form.go_on.isEnabled()
    for line, number in zip(form.lines, form._asked, strict=True):
        tab_to(qtbot, line)
        qtbot.keyClicks(line, groups[number].lower())
    key(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.workspace is not None, timeout=WAIT_MS)
    return code


def test_by_keyboard_from_nothing_to_locked_and_open_again(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, steady: Steady
) -> None:
    window.welcome.tools.tasks.wait()  # the service is loaded in the first second, and only once
    path = tmp_path / "mine"
    with steady.watching():
        code = make_vault(qtbot, window, path)
    assert steady.worst_ms < LIMIT_MS
    assert window.tools.preferences.vault == path
    qtbot.keyClick(focused(), Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.workspace is None, timeout=WAIT_MS)
    form = window.welcome.unlock
    assert window.welcome.stack.shown is form
    qtbot.waitUntil(lambda: QApplication.focusWidget() is form.passphrase)

    qtbot.keyClicks(form.passphrase, "not this")
    key(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(window.welcome.banner.isVisible, timeout=WAIT_MS)
    assert "does not open" in window.welcome.banner.message.text()
    assert form.passphrase.selectedText() == "not this"

    qtbot.keyClicks(focused(), PHRASE)
    key(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.workspace is not None, timeout=WAIT_MS)
    assert form.passphrase.text() == ""
    assert window.lock()
    qtbot.waitUntil(lambda: window.workspace is None, timeout=WAIT_MS)
    tab_to(qtbot, form.other_way)
    key(qtbot, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is form.code)
    qtbot.keyClicks(form.code, code)
    key(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.workspace is not None, timeout=WAIT_MS)


def test_a_vault_that_is_open_elsewhere_stays_shut(
    qtbot: QtBot, window: MainWindow, studio: Studio
) -> None:
    window.welcome._open(studio.path, Secret(passphrase="olive tractor mumble"))
    qtbot.waitUntil(window.welcome.banner.isVisible, timeout=WAIT_MS)
    assert window.workspace is None
    assert window.welcome.stack.isEnabled()


@pytest.mark.parametrize("agreed", [True, False])
def test_a_restored_backup_opens_if_the_person_says_so(
    agreed: bool,
    qtbot: QtBot,
    window: MainWindow,
    studio: Studio,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    studio.close()
    shutil.copytree(studio.path, tmp_path / "older")
    with Studio.open(studio.path, PHRASE) as newer:
        newer._vault.put(Kind.SETTINGS, b"-", {"type": "newer"})
    shutil.rmtree(studio.path)
    (tmp_path / "older").rename(studio.path)
    asked: list[str] = []

    def answer(box: QMessageBox) -> int:
        asked.append(box.text())
        role = QMessageBox.ButtonRole.AcceptRole if agreed else QMessageBox.ButtonRole.RejectRole
        next(one for one in box.buttons() if box.buttonRole(one) is role).click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", answer)
    window.welcome._open(studio.path, Secret(passphrase=PHRASE))
    if agreed:
        qtbot.waitUntil(lambda: window.workspace is not None, timeout=WAIT_MS)
    else:
        qtbot.waitUntil(window.welcome.banner.isVisible, timeout=WAIT_MS)
        assert "older" in window.welcome.banner.message.text()
    assert len(asked) == 1


def test_nobody_goes_on_without_the_code(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = window.welcome.code
    code = "ABCD-EFGH-JKMN-PQRS-TVWX-YZ01-2345-6789-ABCE"
    form.show_code(code, tmp_path)
    for line in form.lines:
        line.setText("ABCD")
    assert not form.go_on.isEnabled()
    target = tmp_path / "code.txt"
    target.write_text("older")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *words: (str(target), ""))
    form.save.click()
    qtbot.waitUntil(lambda: bool(form.told.text()))
    assert code in target.read_text()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    form.forget()
    assert form.shown.text() == form._code == ""


def test_a_code_that_cannot_be_saved_is_said(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = window.welcome.code
    form.show_code("ABCD-EFGH-JKMN-PQRS-TVWX-YZ01-2345-6789-ABCE", tmp_path)
    nowhere = str(tmp_path / "no" / "where.txt")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *words: (nowhere, ""))
    form.save.click()
    qtbot.waitUntil(lambda: "No such file" in form.told.text())


def test_quitting_before_the_code_is_confirmed_leaves_a_vault_that_opens(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "mine"
    window.welcome._create(path, PHRASE)
    qtbot.waitUntil(lambda: window.welcome.stack.shown is window.welcome.code, timeout=WAIT_MS)
    window.close()
    Studio.open(path, PHRASE).close()


@pytest.mark.parametrize(
    ("phrase", "level", "flaw"),
    [
        ("", Level.NONE, Flaw.NONE),
        ("password1", Level.WEAK, Flaw.COMMON),
        ("aaaaaaaaaaaa", Level.WEAK, Flaw.REPEAT),
        ("abcdefgh", Level.WEAK, Flaw.SEQUENCE),
        ("olive tractor mumble ninety", Level.STRONG, Flaw.NONE),
    ],
)
def test_an_estimate_is_honest(phrase: str, level: Level, flaw: Flaw) -> None:
    found = estimate(phrase)
    assert (found.level, found.flaw) == (level, flaw)


def test_more_words_are_never_worse() -> None:
    words = ["olive", "tractor", "mumble", "ninety"]
    seconds = [estimate(" ".join(words[:count])).seconds for count in range(5)]
    assert seconds == sorted(seconds)
    assert seconds[2] < 365 * 86_400 < seconds[4]


def test_the_estimate_is_said_in_words(qtbot: QtBot, window: MainWindow) -> None:
    pair = window.welcome.new.pair
    pair.one.setText("password1")
    qtbot.waitUntil(lambda: "Weak" in pair.words.text())
    assert "less than a minute" in pair.words.text()
    pair.two.setText("passwore")
    assert pair.differ.text()
    pair.two.setText("password")
    assert not pair.differ.text()
    assert pair.passphrase == ""
    pair.show_them.click()
    assert pair.one.echoMode() == QLineEdit.EchoMode.Normal
    pair.forget()
    assert pair.one.echoMode() == QLineEdit.EchoMode.Password


def test_the_cheapest_vault_of_these_tests_is_still_a_real_one() -> None:
    assert KdfParams.floor().m_kib == 65_536
