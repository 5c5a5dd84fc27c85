# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that hold, keys that change, a backup that is proved."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog
from pytestqt.qtbot import QtBot

from gui.desk import Desk
from gui.pages.settings import SettingsPage
from gui.pages.settings_keys import CodeDialog, KeychainDialog, PassphraseDialog
from gui.preferences import Preferences
from voicevault.errors import VoiceVaultError
from voicevault.service import Studio

PASSPHRASE = "olive tractor mumble"
NEW = "seven other words"
WAIT_MS = 60_000
"""A new passphrase's cost is measured on this machine: some seconds where it is busy."""


@pytest.fixture
def page(qtbot: QtBot, desk: Desk) -> SettingsPage:
    made = SettingsPage(desk)
    qtbot.addWidget(made)
    made.show()
    return made


def choose(box: QComboBox, value: object) -> None:
    box.setCurrentIndex(box.findData(value))


def test_what_is_chosen_is_in_force_and_remembered(
    page: SettingsPage, desk: Desk, preferences: Preferences
) -> None:
    choose(page.theme, "dark")
    assert desk.theme.scheme.name == "dark"
    before_pt = desk.theme.body_pt
    choose(page.scale, 150)
    assert desk.theme.body_pt == pytest.approx(before_pt * 1.5)
    preferences._store.sync()
    again = Preferences(preferences._store)
    assert (again.theme, again.scale) == ("dark", 150)


def test_a_shorter_wait_is_told(qtbot: QtBot, page: SettingsPage, desk: Desk) -> None:
    with qtbot.waitSignal(desk.lock_minutes_changed):
        choose(page.lock_after, 1)
    assert desk.preferences.lock_minutes == 1
    with qtbot.waitSignal(desk.language_changed):
        choose(page.language, "de")


def test_who_opens_it_is_listed(qtbot: QtBot, page: SettingsPage) -> None:
    page.refresh()
    qtbot.waitUntil(lambda: bool(page.keys.ways.text()))
    assert page.keys.ways.text() == "This vault opens with: a passphrase, a recovery code."
    qtbot.waitUntil(lambda: "no backup" in page.last_backup.text())


def test_a_backup_is_made_and_remembered(
    qtbot: QtBot, page: SettingsPage, desk: Desk, tmp_path: Path
) -> None:
    target = tmp_path / "copy.tar"
    with qtbot.waitSignal(desk.jobs.job_ended, timeout=WAIT_MS) as ended:
        page.back_up(target)
    assert ended.args[0].value.verified
    assert target.stat().st_size > 1000
    qtbot.waitUntil(lambda: "Last backup" in page.last_backup.text())
    told: list[object] = []
    desk.failed.connect(told.append)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine.txt").write_text("x")
    with qtbot.waitSignal(desk.jobs.job_ended, timeout=WAIT_MS):
        page.back_up(tmp_path / "other")
    assert isinstance(told[0], VoiceVaultError)


def test_the_passphrase_is_changed_with_the_old_one(
    qtbot: QtBot, page: SettingsPage, desk: Desk, studio: Studio
) -> None:
    dialog = PassphraseDialog(desk, page)
    dialog.show()
    dialog.pair.one.setText(NEW)
    dialog.pair.two.setText(NEW)
    assert not dialog.act.isEnabled()
    dialog.present.setText("not this")
    dialog.act.click()
    qtbot.waitUntil(dialog.banner.isVisible, timeout=WAIT_MS)
    assert dialog.isVisible()
    dialog.present.setText(PASSPHRASE)
    dialog.act.click()
    qtbot.waitUntil(lambda: dialog.result() == QDialog.DialogCode.Accepted, timeout=WAIT_MS)
    assert dialog.present.text() == dialog.pair.one.text() == ""
    studio.close()
    Studio.open(studio.path, NEW).close()


def test_a_new_code_stays_until_it_is_written_down(
    qtbot: QtBot, page: SettingsPage, desk: Desk, studio: Studio
) -> None:
    dialog = CodeDialog(desk, page)
    dialog.show()
    dialog.present.setText(PASSPHRASE)
    dialog.act.click()
    qtbot.waitUntil(dialog.code.isVisible, timeout=WAIT_MS)
    code = dialog.code._code
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    for line, number in zip(dialog.code.lines, dialog.code._asked, strict=True):
        line.setText(code.split("-")[number])
    dialog.code.go_on.click()
    assert dialog.result() == QDialog.DialogCode.Accepted
    studio.close()
    Studio.open(studio.path, recovery_code=code).close()


def test_without_a_keychain_it_says_why(
    qtbot: QtBot, page: SettingsPage, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    dialog = KeychainDialog(desk, True, page)
    dialog.show()
    dialog.present.setText(PASSPHRASE)
    dialog.act.click()
    qtbot.waitUntil(dialog.banner.isVisible, timeout=WAIT_MS)
    assert "keychain" in dialog.banner.message.text().lower()
