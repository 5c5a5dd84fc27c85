# SPDX-License-Identifier: GPL-3.0-or-later
"""The look in force: the system's light, dark or high contrast, or the person's choice."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QApplication

from gui import icons, style
from gui.preferences import Preferences
from gui.scheme import CONTRAST_DARK, CONTRAST_LIGHT, DARK, LIGHT, SCHEMES, Scheme

ICON_PX = 18
LEAST_PT = 10.5
"""A body text below this is too small for the distance of a laptop, whatever the system says."""


class Theme(QObject):
    """Gives every widget its colours and sizes, and says when they changed.

    Not its job: what a page looks like; pages name roles, tones and icons.
    """

    changed = Signal()

    def __init__(self, app: QApplication, preferences: Preferences) -> None:
        super().__init__(app)
        self._app = app
        self._preferences = preferences
        self._system_pt = max(app.font().pointSizeF(), LEAST_PT)
        self.scheme = LIGHT
        self._icons: dict[tuple[str, str], QIcon] = {}
        app.setStyle("Fusion")  # the one style that takes every colour from the palette
        app.styleHints().colorSchemeChanged.connect(self._system_changed)
        self.apply()

    @property
    def body_pt(self) -> float:
        """Size of plain text in points."""
        return self._system_pt * self._preferences.scale / 100

    @property
    def icon_px(self) -> int:
        """Side of an icon beside plain text."""
        return round(ICON_PX * self.body_pt / LEAST_PT)

    def apply(self) -> None:
        """Put the preferences in force."""
        self.scheme = self._wanted()
        self._icons.clear()
        font = self._app.font()
        font.setPointSizeF(self.body_pt)
        self._app.setFont(font)
        self._app.setPalette(style.palette(self.scheme))
        self._app.setStyleSheet(style.sheet(self.scheme, self.body_pt))
        self.changed.emit()

    def icon(self, name: str, tone: str = "text") -> QIcon:
        """One of our drawings in a colour of the scheme, sharp on any screen."""
        colour = getattr(self.scheme, tone)
        if (name, colour) not in self._icons:  # a table asks for the same few again and again
            self._icons[name, colour] = icons.icon(name, colour, self.scheme.on_tint, self.icon_px)
        return self._icons[name, colour]

    def pixmap(self, name: str, size_px: int, tone: str = "text", ratio: float = 1.0) -> QPixmap:
        """The same as a picture of `size_px` logical pixels."""
        return icons.pixmap(name, getattr(self.scheme, tone), size_px, ratio)

    def _wanted(self) -> Scheme:
        chosen = self._preferences.theme
        if chosen in SCHEMES:
            return SCHEMES[chosen]
        dark = _system_is_dark(self._app)
        if _system_wants_contrast(self._app):
            return CONTRAST_DARK if dark else CONTRAST_LIGHT
        return DARK if dark else LIGHT

    def _system_changed(self) -> None:
        if self._preferences.theme == "system":
            self.apply()


def _system_is_dark(app: QApplication) -> bool:
    return app.styleHints().colorScheme() == Qt.ColorScheme.Dark


def _system_wants_contrast(app: QApplication) -> bool:
    """Qt 6.10 and newer know; older ones answer no, and the person can choose it."""
    hints = app.styleHints()  # kept in a name: what it hands out belongs to it
    ask = getattr(hints, "accessibility", None)
    if ask is None:
        return False
    accessibility = ask()
    return bool(accessibility.contrastPreference() == Qt.ContrastPreference.HighContrast)
