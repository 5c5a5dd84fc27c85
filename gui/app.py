# SPDX-License-Identifier: GPL-3.0-or-later
"""The app's start: settings, language, look, window.

One vault is open in one program at a time, which the vault's own lock sees to.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication

from gui import language
from gui.desk import Tools
from gui.door import Door
from gui.main_window import MainWindow
from gui.preferences import Preferences
from gui.sound import Loudspeaker, Player
from gui.tasks import Tasks
from gui.theme import Theme

SWITCH_S = 0.001
"""How long another thread keeps the interpreter while the window waits for it. Python's own 5 ms
add up when two tasks read five thousand takes: 150 ms in which no key is answered."""


def start(app: QApplication, *, door: Door | None = None, tools: Tools | None = None) -> MainWindow:
    """The window, shown, for an application that exists already."""
    sys.setswitchinterval(SWITCH_S)
    made = tools or make_tools(app)
    window = MainWindow(made, door or Door())
    window.show()
    return window


def make_tools(
    app: QApplication, preferences: Preferences | None = None, player: Player | None = None
) -> Tools:
    """What lives as long as the app."""
    chosen = preferences or Preferences()
    language.use(app, chosen.language)
    theme = Theme(app, chosen)
    return Tools(chosen, theme, Tasks(app), player or Loudspeaker())


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script."""
    app = QApplication(list(sys.argv if arguments is None else arguments))
    QCoreApplication.setApplicationName("VoiceVault")
    QCoreApplication.setOrganizationName("VoiceVault")
    app.setDesktopFileName("voicevault")
    window = start(app)
    window.ended.connect(app.quit)
    code = app.exec()
    window.tools.tasks.wait()
    sys.exit(code)


if __name__ == "__main__":
    main()
