# SPDX-License-Identifier: GPL-3.0-or-later
"""The person's language: the translations that ship, and Qt's own words beside them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

FOLDER = Path(__file__).resolve().parent / "translations"


def use(app: QCoreApplication, code: str) -> list[QTranslator]:
    """Install what there is for a language code; for an empty one, for the system's language.

    Each page has a file of its own (NAME_de.qm). English is the language of the source.
    """
    for one in app.findChildren(QTranslator):
        app.removeTranslator(one)
        one.deleteLater()
    code = code or QLocale.system().name().partition("_")[0]
    QLocale.setDefault(QLocale(code) if code else QLocale.system())
    loaded = []
    words = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    for path in (Path(words) / f"qtbase_{code}.qm", *sorted(FOLDER.glob(f"*_{code}.qm"))):
        one = QTranslator(app)
        if one.load(str(path)):
            app.installTranslator(one)
            loaded.append(one)
    return loaded
