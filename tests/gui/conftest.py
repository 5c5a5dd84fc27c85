# SPDX-License-Identifier: GPL-3.0-or-later
"""A window without a screen over a real vault in a temporary folder; the loudspeaker is fake.

Without PySide6, or the system libraries that it needs, every file here is skipped and says
why.
"""

from __future__ import annotations

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.pop("QT_STYLE_OVERRIDE", None)

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from encrypted_store import KdfParams
from voicevault.service import Studio

try:
    import PySide6.QtWidgets  # noqa: F401
    import pytestqt  # noqa: F401
    import zxcvbn  # noqa: F401

    MISSING = ""
except ImportError as error:
    MISSING = (
        f"the app's tests need PySide6, zxcvbn and pytest-qt (make test installs them): {error}"
    )

if TYPE_CHECKING or not MISSING:
    from gui_helpers import PASSPHRASE, FakePlayer, Steady
    from PySide6.QtCore import QEvent, QSettings
    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from gui.app import make_tools
    from gui.desk import Desk, Tools
    from gui.door import Door
    from gui.main_window import MainWindow
    from gui.preferences import Preferences


class _Skipped(pytest.Module):
    def collect(self) -> list[Any]:
        pytest.skip(MISSING, allow_module_level=True)


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> Any:
    """Skip instead of failing to import."""
    return _Skipped.from_parent(parent, path=module_path) if MISSING else None


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    """pytest-qt's, with more patience: what is waited for comes late on a busy machine."""

    class Patient(QtBot):
        def waitUntil(self, callback: Callable[[], Any], *, timeout: int = 40_000) -> None:
            super().waitUntil(callback, timeout=timeout)

    return Patient(request)


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of a test ends up in the person's own folders."""
    for name in ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))


@pytest.fixture
def preferences(tmp_path: Path) -> Preferences:
    return Preferences(QSettings(str(tmp_path / "app.ini"), QSettings.Format.IniFormat))


@pytest.fixture
def player() -> FakePlayer:
    return FakePlayer()


@pytest.fixture
def tools(qapp: QApplication, preferences: Preferences, player: FakePlayer) -> Iterator[Tools]:
    preferences.language = "en"
    font = qapp.font()
    made = make_tools(qapp, preferences, player)
    yield made
    made.tasks.wait()
    made.tasks.deleteLater()
    made.theme.deleteLater()
    qapp.setFont(font)
    # What was told to go goes now: no loop is running here that would see to it.
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def door() -> Door:
    """Vaults that cost as little as the format allows: a tenth of a second."""
    return Door(KdfParams.floor, protect=False)


@pytest.fixture
def studio(tmp_path: Path, own_folders: None) -> Iterator[Studio]:
    made, _ = Studio.create(tmp_path / "v", PASSPHRASE, kdf=KdfParams.floor())
    with made:
        yield made


@pytest.fixture
def desk(studio: Studio, tools: Tools) -> Iterator[Desk]:
    made = Desk(studio, tools)
    yield made
    made.jobs.cancel()
    tools.tasks.wait()
    made.deleteLater()


@pytest.fixture
def window(qtbot: QtBot, tools: Tools, door: Door) -> Iterator[MainWindow]:
    """The app as it starts for the first time."""
    made = MainWindow(tools, door)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    yield made
    tools.tasks.wait()
    if made.desk is not None:
        made.desk.studio.close()
        made.desk = None
    made.close()
    made.deleteLater()


@pytest.fixture
def open_window(
    qtbot: QtBot, window: MainWindow, studio: Studio, preferences: Preferences
) -> Callable[[], MainWindow]:
    """The app with `studio` open in it."""
    from gui.door import Opened

    def enter() -> MainWindow:
        window.welcome.opened.emit(Opened(studio))
        qtbot.waitUntil(lambda: window.workspace is not None)
        return window

    return enter


@pytest.fixture
def steady(qtbot: QtBot) -> Iterator[Steady]:
    """Watches that the event loop is never held up."""
    watch = Steady()
    yield watch
    watch.stop()
