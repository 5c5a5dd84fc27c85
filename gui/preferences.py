# SPDX-License-Identifier: GPL-3.0-or-later
"""What the app remembers between starts: looks, places and times; nothing about the person.

Kept in the system's usual place for settings. A value somebody else wrote there is checked; one
that makes no sense is the default.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

THEMES = ("system", "light", "dark", "contrast-dark", "contrast-light")
SCALES = (100, 125, 150, 175, 200)
"""Text size in per cent of the system's."""
LANGUAGES = ("", "en", "de")
"""The empty one is the system's."""
LOCK_MINUTES = (1, 5, 10, 30, 60)


class Preferences:
    """Typed reading and writing of one QSettings."""

    def __init__(self, store: QSettings | None = None) -> None:
        self._store = store or QSettings("VoiceVault", "VoiceVault")

    @property
    def theme(self) -> str:
        return self._one_of("theme", THEMES, "system")

    @theme.setter
    def theme(self, name: str) -> None:
        self._store.setValue("theme", name)

    @property
    def scale(self) -> int:
        return self._number("scale", SCALES, 100)

    @scale.setter
    def scale(self, per_cent: int) -> None:
        self._store.setValue("scale", per_cent)

    @property
    def language(self) -> str:
        return self._one_of("language", LANGUAGES, "")

    @language.setter
    def language(self, code: str) -> None:
        self._store.setValue("language", code)

    @property
    def lock_minutes(self) -> int:
        return self._number("lock_minutes", LOCK_MINUTES, 10)

    @lock_minutes.setter
    def lock_minutes(self, minutes: int) -> None:
        self._store.setValue("lock_minutes", minutes)

    @property
    def vault(self) -> Path | None:
        """The folder opened last."""
        text = self._text("vault")
        return Path(text) if text else None

    @vault.setter
    def vault(self, path: Path | None) -> None:
        self._store.setValue("vault", "" if path is None else str(path))

    @property
    def geometry(self) -> QByteArray:
        value = self._store.value("geometry")
        return value if isinstance(value, QByteArray) else QByteArray()

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._store.setValue("geometry", value)

    def word(self, key: str) -> str:
        """A page's own setting, for example the name of a device. Nothing about the person."""
        return self._text(f"pages/{key}")

    def set_word(self, key: str, value: str) -> None:
        """Remember a page's own setting."""
        self._store.setValue(f"pages/{key}", value)

    def _text(self, key: str) -> str:
        value = self._store.value(key, "")
        return value if isinstance(value, str) else ""

    def _one_of(self, key: str, valid: tuple[str, ...], default: str) -> str:
        value = self._text(key)
        return value if value in valid else default

    def _number(self, key: str, valid: tuple[int, ...], default: int) -> int:
        value = str(self._store.value(key, default))
        return int(value) if value.isdigit() and int(value) in valid else default
