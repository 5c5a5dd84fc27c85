# SPDX-License-Identifier: GPL-3.0-or-later
"""The window: the welcome page while no vault is open, the workspace while one is."""

from __future__ import annotations

from enum import Enum, auto

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut, QWindow
from PySide6.QtWidgets import QApplication, QMainWindow, QMessageBox, QStackedWidget

from gui import language
from gui.bell import Bell
from gui.desk import Desk, Tools
from gui.door import Door, Opened
from gui.jobs import TRAINING, JobEnded
from gui.pages.welcome import WelcomePage
from gui.workspace import Workspace
from voicevault.errors import Cancelled

SMALLEST_PX = (720, 480)
FIRST_PX = (1180, 780)
_USED = frozenset({QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel})


class Wish(Enum):
    """What is to become of a job when a person wants to go."""

    STOP = auto()
    GO_ON = auto()
    """Without the window; the vault closes when it has ended."""
    STAY = auto()


class MainWindow(QMainWindow):
    """Holds one of the two, and closes the vault when asked, when idle, and at the end."""

    locked_elsewhere = Signal(str)
    """From the watching thread: the vault was closed, and why (idle, sleep, exit, asked)."""
    vault_closed = Signal()
    ended = Signal()
    """The program has done what it went on for without a window."""

    def __init__(self, tools: Tools, door: Door) -> None:
        super().__init__()
        self.tools, self.door = tools, door
        self.desk: Desk | None = None
        self.workspace: Workspace | None = None
        self._quitting = self._closing = self._hidden = False
        self.bell = Bell(self)
        self.setWindowTitle("VoiceVault")
        self.setMinimumSize(*SMALLEST_PX)
        self._stack = QStackedWidget()
        self.setCentralWidget(self._stack)
        self._make_welcome()
        self._connect()
        if not self.restoreGeometry(tools.preferences.geometry):
            self.resize(*FIRST_PX)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Any key or click in a window of the app counts as somebody being here."""
        if event.type() in _USED and self.desk is not None:
            self.desk.studio.presence.touch()
        return False

    def lock(self) -> bool:
        """Close the vault; False if the person would rather let a running job end first."""
        if self.desk is None:
            return True
        if self.desk.jobs.name and self._ask(closing=False) is not Wish.STOP:
            return False
        self._stop_and_lock()
        return True

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.desk is None:
            self.tools.preferences.geometry = self.saveGeometry()
            self.welcome.abandon()
            self.bell.put_away()
            event.accept()
            return
        if self._hidden:  # nobody is there to be asked again
            event.accept()
            return
        event.ignore()  # the vault closes first, in a task; then the window does
        wish = self._ask(closing=True) if self.desk.jobs.name else Wish.STOP
        self._quitting = wish is not Wish.STAY
        if wish is Wish.GO_ON:
            self._go_on()
        elif wish is Wish.STOP:
            self._stop_and_lock()

    def _make_welcome(self) -> None:
        self.welcome = WelcomePage(self.tools, self.door)
        self.welcome.opened.connect(self._enter)
        self._stack.addWidget(self.welcome)

    def _change_language(self) -> None:
        """Everything that shows text is made anew; the vault stays open."""
        app, desk, before = QApplication.instance(), self.desk, self.workspace
        if app is None or desk is None or before is None:
            return
        language.use(app, self.tools.preferences.language)
        before.leave()
        shown = before.current
        old = self.welcome
        self._make_welcome()
        after = self._show_workspace(desk)
        for one in (before, old):
            self._stack.removeWidget(one)
            one.deleteLater()
        after.show_page(shown)

    def _show_workspace(self, desk: Desk) -> Workspace:
        self.workspace = Workspace(desk)
        self._stack.addWidget(self.workspace)
        self._stack.setCurrentWidget(self.workspace)
        self.workspace.enter_page()
        return self.workspace

    def _connect(self) -> None:
        self.locked_elsewhere.connect(self._was_locked)
        self.vault_closed.connect(self._after_close)
        QShortcut(QKeySequence("Ctrl+L"), self).activated.connect(self.lock)
        QShortcut(QKeySequence("Ctrl+Q"), self).activated.connect(self.close)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusWindowChanged.connect(self._watch_window)

    def _watch_window(self, window: QWindow | None) -> None:
        """Watch the windows, dialogs too, and not the app: it would tell of every event there is,
        ten thousand while a page is made, each through Python."""
        if window is not None:
            window.installEventFilter(self)

    def _enter(self, opened: Opened) -> None:
        """A vault is open: remember its place, watch over it, show the workspace."""
        self.tools.preferences.vault = opened.studio.path
        self.desk = Desk(opened.studio, self.tools, self)
        self.desk.lock_wanted.connect(self.lock)
        self.desk.jobs.job_ended.connect(self._job_ended)
        self.desk.lock_minutes_changed.connect(self._watch)
        self.desk.language_changed.connect(
            self._change_language, Qt.ConnectionType.QueuedConnection
        )
        self._watch()
        workspace = self._show_workspace(self.desk)
        for notice in opened.studio.notices:
            workspace.banner.show_words(notice, tone="warn")

    def _watch(self) -> None:
        if self.desk is not None:
            minutes = self.tools.preferences.lock_minutes
            self.desk.studio.presence.lock_when_idle(60.0 * minutes, self.locked_elsewhere.emit)

    def _ask(self, *, closing: bool) -> Wish:
        """What to do about the running job; only a training can go on without a window."""
        assert self.desk is not None
        ask, role = QMessageBox(self), QMessageBox.ButtonRole
        alone = None
        if closing and self.desk.jobs.name == TRAINING:
            ask.setWindowTitle(self.tr("Close the window?"))
            ask.setText(self.tr("Your voice is being trained. It can go on without the window."))
            ask.setInformativeText(
                self.tr(
                    "The vault stays open for it and closes by itself when it has ended. To hear "
                    "the voice, open the vault again."
                )
            )
            alone = ask.addButton(self.tr("Close the window, go on training"), role.ActionRole)
            ask.setDefaultButton(alone)
            stay = self.tr("Keep the window open")
        else:
            ask.setWindowTitle(self.tr("Stop and lock?"))
            ask.setText(
                self.tr("Something is still running. It can be stopped now, keeping what is done.")
            )
            stay = self.tr("Keep it running")
        stop = ask.addButton(self.tr("Stop and lock"), role.AcceptRole)
        ask.setEscapeButton(ask.addButton(stay, role.RejectRole))
        ask.exec()
        if alone is not None and ask.clickedButton() is alone:
            return Wish.GO_ON
        return Wish.STOP if ask.clickedButton() is stop else Wish.STAY

    def _stop_and_lock(self) -> None:
        desk = self.desk
        if desk is not None and desk.jobs.name:  # it may have ended while the question was open
            desk.jobs.job_ended.connect(self._lock_now)
            desk.jobs.cancel()
        elif desk is None and self._quitting:  # locked by the machine's sleep meanwhile
            self.close()
        else:
            self._lock_now()

    def _go_on(self) -> None:
        """Without the window until the training has ended; then vault and program close."""
        desk = self.desk
        if desk is None or self.workspace is None or not desk.jobs.name:
            self._stop_and_lock()
            return
        self.tools.preferences.geometry = self.saveGeometry()
        self.workspace.leave()
        desk.jobs.job_ended.connect(self._lock_now)
        self._hidden = True
        QApplication.setQuitOnLastWindowClosed(False)
        self.hide()

    def _job_ended(self, ended: JobEnded) -> None:
        if ended.name != TRAINING:
            return
        if ended.error is None:
            text = self.tr("The training is finished.")
        elif isinstance(ended.error, Cancelled):
            text = self.tr("The training is paused.")
        else:
            text = self.tr("The training has stopped.")
        self.bell.ring(text, self.tools.theme.icon("voice"))

    def _lock_now(self, ended: object = None) -> None:
        desk = self.desk
        if desk is None or self.workspace is None or self._closing:
            return
        self._closing = True
        self.workspace.leave()
        self.workspace.setEnabled(False)  # not the window: it would not be the active one after
        desk.tasks.run_after_all(desk.studio.close, self._closed, self._close_failed)

    def _closed(self, nothing: object) -> None:
        self.vault_closed.emit()

    def _close_failed(self, error: Exception) -> None:
        self.vault_closed.emit()  # keys and lock are gone whatever it says
        self.welcome.show_error(error)

    def _was_locked(self, reason: str) -> None:
        """The watcher closed it: what waited could not happen any more and is said."""
        if self.workspace is not None:
            toast = self.workspace.toast
            undone = toast.label.text() if toast.pending else ""
            self.workspace.silence()  # an open microphone would outlive the page
            self.vault_closed.emit()
            self.welcome.say_locked(reason, undone)

    def _after_close(self) -> None:
        workspace, self.workspace = self.workspace, None
        desk, self.desk = self.desk, None
        self._closing = False
        self.tools.player.stop()
        if workspace is not None and desk is not None:
            self._stack.setCurrentWidget(self.welcome)
            self._stack.removeWidget(workspace)
            workspace.deleteLater()
            desk.deleteLater()
            self.welcome.ask_again()
            # After Qt has moved it off what is gone; never when the window itself goes.
            QTimer.singleShot(0, self.welcome, self.welcome.focus)
        if self._hidden:
            self._end()
        elif self._quitting:
            self.close()

    def _end(self) -> None:
        """Nothing is left to do; a message is read before the program is gone."""
        if self.bell.ringing:
            self.bell.silent.connect(self._end)
            return
        self._hidden = False
        QApplication.setQuitOnLastWindowClosed(True)
        self.close()
        self.ended.emit()
