# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages in the order of the sidebar, and which of them a vault has a use for.

A page is there as soon as its module is. One that says `when` is shown only while that is true of
the open vault: the app offers nothing that cannot work.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from gui.desk import Desk
from gui.page import Page

if TYPE_CHECKING:
    from voicevault.service import Studio


@dataclass(frozen=True, slots=True)
class PageSpec:
    """One line of the sidebar."""

    name: str
    title: str  # translated in the context "Pages"
    icon: str
    module: str
    factory: str
    key: int
    """With Ctrl. A page keeps its number for good, wherever others come to stand."""
    when: Callable[[Studio], bool] | None = None
    """Asked in a task; None: always."""

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


def _somebody_listens(studio: Studio) -> bool:
    return bool(studio.listening.in_use)


PAGES = (
    PageSpec("record", str(QT_TRANSLATE_NOOP("Pages", "Record")), "record",
             "gui.pages.record", "RecordPage", 1),
    PageSpec("takes", str(QT_TRANSLATE_NOOP("Pages", "Takes")), "takes",
             "gui.pages.takes", "TakesPage", 2),
    PageSpec("consent", str(QT_TRANSLATE_NOOP("Pages", "Consent")), "shield",
             "gui.pages.consent", "ConsentPage", 3),
    PageSpec("train", str(QT_TRANSLATE_NOOP("Pages", "Train")), "train",
             "gui.pages.train", "TrainPage", 4),
    PageSpec("voice", str(QT_TRANSLATE_NOOP("Pages", "Voice")), "voice",
             "gui.pages.voice", "VoicePage", 5),
    PageSpec("dictate", str(QT_TRANSLATE_NOOP("Pages", "Dictate")), "dictate",
             "gui.pages.dictate", "DictatePage", 8, _somebody_listens),
    PageSpec("carry", str(QT_TRANSLATE_NOOP("Pages", "Take it with you")), "carry",
             "gui.pages.carry", "CarryPage", 6),
    PageSpec("settings", str(QT_TRANSLATE_NOOP("Pages", "Settings")), "settings",
             "gui.pages.settings", "SettingsPage", 7),
)  # fmt: skip


def load() -> None:
    """Import the pages before somebody waits for one. Makes no widget: any thread will do.

    What is loaded then stays for good, and Python is told so: looking through half a million
    objects of libraries for garbage held up the window for 60 ms at a time.
    """
    for one in pages():
        import_module(one.module)
    gc.collect()
    gc.freeze()


def pages() -> list[PageSpec]:
    """Those this installation has."""
    return [one for one in PAGES if one.there]


def offered(studio: Studio) -> frozenset[str]:
    """Names of the pages that this vault has a use for. Reads the vault: in a task."""
    return frozenset(one.name for one in pages() if one.when is None or one.when(studio))
