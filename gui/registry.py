# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages in the order of the sidebar. A page is shown as soon as its module is there."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from gui.desk import Desk
from gui.page import Page


@dataclass(frozen=True, slots=True)
class PageSpec:
    """One line of the sidebar."""

    name: str
    title: str  # translated in the context "Pages"
    icon: str
    module: str
    factory: str

    @property
    def there(self) -> bool:
        """Whether this installation has it."""
        return find_spec(self.module) is not None

    def shown_title(self) -> str:
        """The title in the person's language."""
        return QCoreApplication.translate("Pages", self.title)

    def make(self, desk: Desk) -> Page:
        """The page itself; its module is imported now and not before."""
        made: Page = getattr(import_module(self.module), self.factory)(desk)
        return made


PAGES = (
    PageSpec("record", str(QT_TRANSLATE_NOOP("Pages", "Record")), "record",
             "gui.pages.record", "RecordPage"),
    PageSpec("takes", str(QT_TRANSLATE_NOOP("Pages", "Takes")), "takes",
             "gui.pages.takes", "TakesPage"),
    PageSpec("train", str(QT_TRANSLATE_NOOP("Pages", "Train")), "train",
             "gui.pages.train", "TrainPage"),
    PageSpec("voice", str(QT_TRANSLATE_NOOP("Pages", "Voice")), "voice",
             "gui.pages.voice", "VoicePage"),
    PageSpec("carry", str(QT_TRANSLATE_NOOP("Pages", "Take it with you")), "carry",
             "gui.pages.carry", "CarryPage"),
    PageSpec("settings", str(QT_TRANSLATE_NOOP("Pages", "Settings")), "settings",
             "gui.pages.settings", "SettingsPage"),
)  # fmt: skip
"""Ctrl+1 is the first of them and stays it, whether the others are there or not."""


def load() -> None:
    """Import the pages before somebody waits for one. Makes no widget: any thread will do."""
    for one in pages():
        import_module(one.module)


def pages() -> list[PageSpec]:
    """Those this installation has."""
    return [one for one in PAGES if one.there]
