# SPDX-License-Identifier: GPL-3.0-or-later
"""The open vault as the pages see it: the Studio, work elsewhere, and a voice to the person.

Pages talk to the desk and never to each other: what one changed, it says by a signal of the desk.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Signal

from gui.jobs import Jobs
from gui.preferences import Preferences
from gui.sound import Player
from gui.tasks import Tasks
from gui.theme import Theme

if TYPE_CHECKING:
    from voicevault.service import Studio

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Undoable:
    """Something that happens after a while unless the person takes it back."""

    text: str
    work: Callable[[], Any]
    """Done off the GUI thread when it can no longer be taken back, at the latest before a lock."""
    then: Callable[[Any], None]
    """Told what `work` returned."""
    undo: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Tools:
    """What lives as long as the app, whatever vault is open."""

    preferences: Preferences
    theme: Theme
    tasks: Tasks
    player: Player


class Desk(QObject):
    """One open vault at work; it ends with its lock."""

    takes_changed = Signal()
    runs_changed = Signal()
    consent_changed = Signal()
    page_wanted = Signal(str)
    """The name of a page (gui.registry) that a person should see now."""
    lock_wanted = Signal()
    lock_minutes_changed = Signal()
    language_changed = Signal()
    announced = Signal(str)
    failed = Signal(object)
    offered = Signal(object)
    """An Undoable."""

    def __init__(self, studio: Studio, tools: Tools, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.studio = studio
        self.tools = tools
        self.tasks = tools.tasks
        self.theme = tools.theme
        self.preferences = tools.preferences
        self.player = tools.player
        self.jobs = Jobs(tools.tasks, self)

    def run_task(
        self,
        func: Callable[[], T],
        then: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Work of up to a few seconds, see `gui.tasks`; errors go to the banner by default."""
        self.tasks.run(func, then, failed or self.show_error)

    def announce(self, text: str) -> None:
        """Say what just happened: in the status line, and aloud where a screen reader runs."""
        self.announced.emit(text)

    def show_error(self, error: Exception) -> None:
        """Show an error with its hint above the page until it is dismissed."""
        self.failed.emit(error)

    def offer_undo(
        self,
        text: str,
        *,
        work: Callable[[], T],
        then: Callable[[T], None],
        undo: Callable[[], None],
    ) -> None:
        """Delay `work` while a toast offers `undo`; a new offer lets the one before happen."""
        self.offered.emit(Undoable(text, work, then, undo))
