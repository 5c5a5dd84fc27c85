# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell somebody who is elsewhere that something long is over: the window's button, and a message.

Both are the desktop's own, on this computer. What they say may be read on a locked screen and is
kept in a desktop's list of messages, so it names no person, no vault and no text.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

STAYS_MS = 8_000


class Bell(QObject):
    """Rings only where no window of ours is the active one."""

    silent = Signal()
    """The message is gone, and its icon with it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._tray: QSystemTrayIcon | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.put_away)

    @property
    def ringing(self) -> bool:
        """Whether a message is out."""
        return self._tray is not None

    def ring(self, text: str, icon: QIcon) -> None:
        """Ask for attention; `icon` is in the tray as long as the message, and no longer."""
        if QApplication.activeWindow() is not None:
            return
        QApplication.alert(self._window)
        self.put_away()
        if not (QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages()):
            return
        self._tray = QSystemTrayIcon(icon, self)
        self._tray.messageClicked.connect(self._answer)
        self._tray.show()
        self._tray.showMessage("VoiceVault", text, icon, STAYS_MS)
        self._timer.start(STAYS_MS)

    def put_away(self) -> None:
        """Leave no icon behind."""
        tray, self._tray = self._tray, None
        self._timer.stop()
        if tray is not None:
            tray.hide()
            tray.deleteLater()
            self.silent.emit()

    def _answer(self) -> None:
        """Somebody clicked the message: show the window, unless it was closed for good."""
        if self._window.isVisible():
            self._window.raise_()
            self._window.activateWindow()
        self.put_away()
