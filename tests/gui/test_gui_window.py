# SPDX-License-Identifier: GPL-3.0-or-later
"""The window around the pages: shortcuts, locking, idleness, notices, the end."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from gui_helpers import somebody_listens
from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from gui import notices, registry, wording
from gui.jobs import OnEvent
from gui.main_window import MainWindow
from gui.notices import UNDO_MS, Toast
from voicevault.errors import Cancelled, UsageError, VaultAccessError
from voicevault.events import Progress
from voicevault.service import Studio

Enter = Callable[[], MainWindow]
WAIT_MS = 10_000


def test_pages_are_there_as_soon_as_their_modules_are(open_window: Enter) -> None:
    window = open_window()
    assert window.workspace is not None
    shown = [window.workspace.list.item(row).text() for row in range(window.workspace.list.count())]
    assert shown == [one.title for one in registry.PAGES if one.there]
    hidden = [one.name for row, one in enumerate(window.workspace._specs)
              if window.workspace.list.isRowHidden(row)]  # fmt: skip
    assert hidden == [one.name for one in registry.PAGES if one.when is not None]
    assert {"Takes", "Settings"} <= set(shown)


def test_a_page_without_a_module_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = registry.PageSpec("x", "X", "takes", "gui.pages.nowhere", "X", 9)
    monkeypatch.setattr(registry, "PAGES", (*registry.PAGES, gone))
    assert gone not in registry.pages()


KEYS = ("record", "takes", "consent", "train", "voice", "carry", "settings", "dictate")


def test_numbers_lead_to_pages(qtbot: QtBot, open_window: Enter, studio: Studio) -> None:
    assert tuple(one.name for one in sorted(registry.PAGES, key=lambda one: one.key)) == KEYS
    somebody_listens(studio)
    window = open_window()
    space = window.workspace
    assert space is not None
    qtbot.waitUntil(lambda: "dictate" in space._offered)
    for spec in registry.PAGES:
        if spec.there:
            key = Qt.Key(Qt.Key.Key_0 + spec.key)
            qtbot.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
            assert space.current == spec.name
            assert space.list.currentItem().text() == spec.title


def test_an_error_stands_above_the_page_with_its_hint(open_window: Enter) -> None:
    space = open_window().workspace
    assert space is not None
    space.desk.show_error(VaultAccessError("the passphrase is wrong", hint="type it again"))
    assert space.banner.isVisible()
    assert space.banner.message.text() == "The passphrase is wrong."
    assert space.banner.hint.text() == "Type it again."
    space.desk.show_error(UsageError("no runs yet", hint="voicevault train tts_quick"))
    assert not space.banner.hint.isVisible(), "a command line is no help here"
    space.desk.show_error(ValueError("olive tractor mumble"))
    assert "olive" not in space.banner.message.text()
    space.banner.dismiss.click()
    assert not space.banner.isVisible()


def test_what_is_announced_is_shown_and_said(
    open_window: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(
        QAccessible, "updateAccessibility", lambda event: said.append(event.message())
    )
    space = open_window().workspace
    assert space is not None
    space.desk.announce("Hello.")
    space.desk.show_error(UsageError("no"))
    assert space.status.label.text() == "Hello."
    assert said[-2:] == ["Hello.", "No."]


@pytest.fixture
def toast(qtbot: QtBot, open_window: Enter, monkeypatch: pytest.MonkeyPatch) -> Toast:
    monkeypatch.setattr(notices, "UNDO_MS", 400)
    monkeypatch.setattr(notices, "TICK_MS", 100)
    space = open_window().workspace
    assert space is not None
    space.toast._timer.setInterval(100)
    return space.toast


def offer(toast: Toast, done: list[str], name: str = "done") -> None:
    toast.parent().desk.offer_undo(  # type: ignore[attr-defined]  # a Workspace
        "Soon.",
        work=lambda: name,
        then=done.append,
        undo=lambda: done.append("undone"),
    )


def test_what_nobody_takes_back_happens_late(qtbot: QtBot, toast: Toast) -> None:
    done: list[str] = []
    offer(toast, done)
    assert toast.isVisible()
    qtbot.wait(150)
    assert done == []
    qtbot.waitUntil(lambda: done == ["done"])
    assert not toast.isVisible()


def test_control_z_takes_it_back(qtbot: QtBot, toast: Toast) -> None:
    done: list[str] = []
    offer(toast, done)
    qtbot.keyClick(toast.window(), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.wait(600)
    assert done == ["undone"]


def test_the_focus_on_undo_stops_the_clock(qtbot: QtBot, toast: Toast) -> None:
    done: list[str] = []
    offer(toast, done)
    toast.window().activateWindow()
    toast.undo.setFocus()
    qtbot.waitUntil(toast.undo.hasFocus)
    qtbot.wait(700)
    assert done == []


def test_a_second_offer_lets_the_first_happen(qtbot: QtBot, toast: Toast) -> None:
    done: list[str] = []
    offer(toast, done, "first")
    offer(toast, done, "second")
    qtbot.waitUntil(lambda: done == ["first"])
    qtbot.waitUntil(lambda: done == ["first", "second"])


def test_locking_does_not_forget_what_was_to_happen(qtbot: QtBot, toast: Toast) -> None:
    """It happens before the vault closes, with the vault still open."""
    window = toast.window()
    assert isinstance(window, MainWindow)
    assert window.desk is not None
    studio, done = window.desk.studio, []
    window.desk.offer_undo(
        "Soon.", work=lambda: done.append(len(studio.takes())), then=print, undo=print
    )
    assert window.lock()
    qtbot.waitUntil(lambda: window.workspace is None, timeout=WAIT_MS)
    assert done == [0]


def test_the_person_has_ten_seconds() -> None:
    assert UNDO_MS == 10_000


def test_idleness_closes_the_vault(
    qtbot: QtBot, open_window: Enter, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window()
    studio.presence.lock_when_idle(0.3, window.locked_elsewhere.emit)
    qtbot.waitUntil(lambda: window.workspace is None, timeout=WAIT_MS)
    assert studio._vault.locked
    assert "nobody was here" in window.welcome.status.label.text()
    assert window.welcome.stack.shown is window.welcome.unlock


def test_what_could_not_happen_any_more_is_said(
    qtbot: QtBot, open_window: Enter, studio: Studio
) -> None:
    window = open_window()
    assert window.desk is not None
    window.desk.offer_undo("Soon.", work=lambda: 1 // 0, then=print, undo=print)
    studio.presence.lock_when_idle(0.3, window.locked_elsewhere.emit)
    qtbot.waitUntil(lambda: window.workspace is None, timeout=WAIT_MS)
    assert window.welcome.banner.message.text().endswith("Soon.")


def test_a_key_is_somebody(qtbot: QtBot, open_window: Enter, studio: Studio) -> None:
    window = open_window()
    studio.presence.lock_when_idle(0.6, window.locked_elsewhere.emit)
    for _ in range(6):
        qtbot.wait(200)
        QTest.keyClick(window.windowHandle(), Qt.Key.Key_Shift)  # as the system delivers it
    assert not studio._vault.locked


def test_long_work_keeps_it_open(qtbot: QtBot, open_window: Enter, studio: Studio) -> None:
    window = open_window()
    studio.presence.lock_when_idle(0.3, window.locked_elsewhere.emit)
    with studio.presence.busy():
        qtbot.wait(900)
        assert not studio._vault.locked
    qtbot.waitUntil(lambda: window.workspace is None, timeout=WAIT_MS)


@pytest.mark.parametrize("agreed", [True, False])
def test_locking_asks_before_it_stops_a_job(
    agreed: bool, qtbot: QtBot, open_window: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window()
    assert window.desk is not None
    stop = threading.Event()

    def call(on_event: OnEvent) -> None:
        on_event(Progress("steps", 1, 2))
        assert stop.wait(20)
        raise Cancelled("stopped as asked")

    def answer(box: QMessageBox) -> int:
        role = QMessageBox.ButtonRole.AcceptRole if agreed else QMessageBox.ButtonRole.RejectRole
        next(one for one in box.buttons() if box.buttonRole(one) is role).click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", answer)
    window.desk.jobs.start("train", call, cancel=stop.set, failed=lambda error: None)
    assert window.lock() is agreed
    if agreed:
        qtbot.waitUntil(lambda: window.workspace is None, timeout=WAIT_MS)
    else:
        qtbot.wait(100)
        assert window.workspace is not None
        assert window.desk.jobs.name == "train"
        stop.set()
        qtbot.waitUntil(lambda: not window.desk or not window.desk.jobs.name)


def test_closing_the_window_closes_the_vault_first(
    qtbot: QtBot, open_window: Enter, studio: Studio
) -> None:
    window = open_window()
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=WAIT_MS)
    assert studio._vault.locked
    assert window.tools.preferences.geometry.size() > 0


def test_another_language_is_spoken_at_once(qtbot: QtBot, open_window: Enter) -> None:
    window = open_window()
    assert window.desk is not None
    window.workspace.show_page("settings")  # type: ignore[union-attr]  # it is open
    window.tools.preferences.language = "de"
    before = window.workspace
    window.desk.language_changed.emit()
    qtbot.waitUntil(lambda: window.workspace is not before)
    after = window.workspace
    assert after is not None
    assert after.current == "settings"
    assert after.page("settings").title.text() == "Einstellungen"
    assert "Nimm" not in after.page("settings").title.text()


def test_a_button_that_leads_elsewhere_takes_the_keyboard_along(
    qtbot: QtBot, open_window: Enter
) -> None:
    window = open_window()
    assert window.desk is not None
    assert window.workspace is not None
    window.activateWindow()
    for name in ("train", "voice", "takes", "carry", "consent"):
        button = QPushButton()
        window.workspace.page(window.workspace.current).body.addWidget(button)
        button.show()
        button.setFocus()
        assert QApplication.focusWidget() is button
        window.desk.page_wanted.emit(name)
        there = QApplication.focusWidget()
        page = window.workspace.page(name)
        inside = page.isAncestorOf(there) and there is not page
        assert there is window.workspace.list or inside, name


def test_the_keyboard_begins_at_the_sentence(qtbot: QtBot, open_window: Enter) -> None:
    window = open_window()
    assert window.workspace is not None
    page = window.workspace.page("record")
    assert QApplication.focusWidget() is page.prompt


def test_enter_in_the_sidebar_leads_into_the_page(qtbot: QtBot, open_window: Enter) -> None:
    window = open_window()
    space = window.workspace
    assert space is not None
    window.activateWindow()
    for name in ("record", "takes", "train", "carry", "settings"):
        space.show_page(name)
        space.list.setFocus()
        qtbot.keyClick(space.list, Qt.Key.Key_Return)
        there = QApplication.focusWidget()
        assert there is not None
        assert space.page(name).isAncestorOf(there), name


@pytest.mark.parametrize(
    ("wh", "words"),
    [(0.00004, "0.000"), (0.0123, "0.012"), (0.5, "0.50"), (7.0, "7.0"), (240.4, "240")],
)
def test_energy_in_words(qapp: QApplication, wh: float, words: str) -> None:
    QLocale.setDefault(QLocale("en"))
    assert wording.energy(wh) == f"{words} Wh of energy"


def test_a_page_that_nobody_sees_reads_nothing(
    open_window: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five pages that read thousands of takes with every one that is kept hold up the window."""
    window = open_window()
    space, desk = window.workspace, window.desk
    assert space is not None
    assert desk is not None
    read: list[str] = []
    names = ("takes", "consent", "train", "voice")
    for name in names:
        space.show_page(name)
        monkeypatch.setattr(space.page(name), "refresh", lambda name=name: read.append(name))
    space.show_page("record")
    desk.takes_changed.emit()
    desk.runs_changed.emit()
    desk.consent_changed.emit()
    assert read == []
    for name in names:
        space.show_page(name)
    assert read == list(names)
    desk.takes_changed.emit()
    assert read == [*names, "voice"]
