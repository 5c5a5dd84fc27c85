# SPDX-License-Identifier: GPL-3.0-or-later
"""How the app looks, when it locks, where things are, who opens the vault, and what this is."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QGridLayout, QWidget

from gui import wording
from gui.desk import Desk
from gui.flow import Flow
from gui.job_panel import JobPanel
from gui.page import Page
from gui.pages.settings_keys import KeysCard
from gui.preferences import LANGUAGES, LOCK_MINUTES, SCALES, THEMES
from gui.style import Space
from gui.widgets import Card, Choice, IconButton, text_label
from voicevault.errors import Cancelled, VaultCorrupt
from voicevault.records import BackupReport


class SettingsPage(Page):
    """Cards from what is changed often to what is read once."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.set_title(self.tr("Settings"))
        preferences = desk.preferences
        self.theme = _choice(THEMES, self._theme_names(), preferences.theme)
        self.scale = _choice(SCALES, [f"{one} %" for one in SCALES], preferences.scale)
        self.language = _choice(LANGUAGES, self._language_names(), preferences.language)
        self.lock_after = _choice(LOCK_MINUTES, self._minutes(), preferences.lock_minutes)
        self.show_folder = IconButton(desk.theme, "folder", self.tr("Show the folder"))
        self.make_backup = IconButton(desk.theme, "backup", self.tr("Make a backup…"))
        self.last_backup = text_label("", tone="muted")
        self.job = JobPanel(desk, ["backup"])
        self.keys = KeysCard(desk)
        self._lay_out()
        self._connect()

    def refresh(self) -> None:
        """Read again who opens the vault and when it was backed up."""
        self.keys.refresh()
        keeper = self.desk.studio.custody
        self.desk.run_task(keeper.last_backup_s, self._show_backup)

    def _lay_out(self) -> None:
        look = Card(self.tr("Look"))
        look.body.addLayout(
            _grid(
                (self.tr("Theme"), self.theme),
                (self.tr("Size of the text"), self.scale),
                (self.tr("Language"), self.language),
            )
        )
        safety = Card(
            self.tr("Locking"),
            self.tr(
                "A locked vault is closed: its keys are gone from memory. It also locks when the "
                "computer sleeps, and with Ctrl+L at any time. A running training keeps it open."
            ),
        )
        safety.body.addLayout(_grid((self.tr("Lock when nobody is here for"), self.lock_after)))
        places = Card(self.tr("The vault"))
        where = text_label(str(self.desk.studio.path))
        where.setAccessibleName(self.tr("Folder of the vault"))
        places.body.addWidget(where)
        places.body.addWidget(self.last_backup)
        places.body.addLayout(Flow(self.show_folder, self.make_backup))
        places.body.addWidget(self.job)
        for card in (look, safety, places, self.keys, self._about()):
            self.body.addWidget(card)
        self.body.addStretch(1)

    def _connect(self) -> None:
        self.theme.currentIndexChanged.connect(self._set_theme)
        self.scale.currentIndexChanged.connect(self._set_scale)
        self.language.currentIndexChanged.connect(self._set_language)
        self.lock_after.currentIndexChanged.connect(self._set_lock)
        self.show_folder.clicked.connect(self._show_folder)
        self.make_backup.clicked.connect(self._choose_backup)

    def _set_theme(self) -> None:
        self.desk.preferences.theme = self.theme.currentData()
        self.desk.theme.apply()

    def _set_scale(self) -> None:
        self.desk.preferences.scale = self.scale.currentData()
        self.desk.theme.apply()

    def _set_language(self) -> None:
        self.desk.preferences.language = self.language.currentData()
        self.desk.language_changed.emit()

    def _set_lock(self) -> None:
        self.desk.preferences.lock_minutes = self.lock_after.currentData()
        self.desk.lock_minutes_changed.emit()

    def _show_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.desk.studio.path)))

    def _choose_backup(self) -> None:
        named, _ = QFileDialog.getSaveFileName(
            self,
            self.tr("A name for the backup: a folder, or a name ending in .tar"),
            str(Path.home() / "voicevault-backup.tar"),
            options=QFileDialog.Option.DontConfirmOverwrite,
        )
        if named:
            self.back_up(Path(named))

    def back_up(self, target: Path) -> None:
        """Copy the vault, sealed as it is, and prove the copy."""
        studio = self.desk.studio
        self.desk.jobs.start(
            "backup",
            lambda on_event: studio.backup(target, on_event=on_event),
            cancel=studio.cancel,
            then=self._backed_up,
            failed=self._not_backed_up,
        )

    def _backed_up(self, report: BackupReport) -> None:
        if not report.verified:
            self.desk.show_error(
                VaultCorrupt(
                    self.tr("the copy does not verify"),
                    hint=self.tr("the disk may be failing: back up to another one"),
                )
            )
            return
        self.desk.announce(
            self.tr("Backed up {n} objects, {size}; every byte was read back.").format(
                n=report.objects, size=wording.size(report.bytes)
            )
        )
        self.refresh()

    def _not_backed_up(self, error: Exception) -> None:
        if isinstance(error, Cancelled):
            self.desk.announce(wording.told(error).message)
        else:
            self.desk.show_error(error)

    def _show_backup(self, t_s: int | None) -> None:
        self.last_backup.setText(
            self.tr("There is no backup yet. A second copy on another disk is worth having.")
            if t_s is None
            else self.tr("Last backup: {day}").format(day=wording.day(t_s))
        )

    def _about(self) -> Card:
        card = Card(self.tr("About VoiceVault"))
        card.body.addWidget(text_label(_versions(), tone="muted"))
        card.body.addWidget(
            text_label(
                self.tr(
                    "Free software under the GNU General Public License, version 3 or later: you "
                    "may use, study, share and change it. It comes without any warranty. Qt and "
                    "PySide6 are used under the LGPL-3.0, espeak-ng under the GPL-3.0, onnxruntime "
                    "and zxcvbn under the MIT licence; numpy, scipy and cryptography under the BSD "
                    "licence. A voice that you make is yours."
                ),
                "small",
                tone="muted",
            )
        )
        return card

    def _theme_names(self) -> list[str]:
        return [
            self.tr("As the system"),
            self.tr("Light"),
            self.tr("Dark"),
            self.tr("High contrast, dark"),
            self.tr("High contrast, light"),
        ]

    def _language_names(self) -> list[str]:
        return [self.tr("As the system"), "English", "Deutsch"]

    def _minutes(self) -> list[str]:
        return [
            wording.counted(one, self.tr("1 minute"), self.tr("{n} minutes"))
            for one in LOCK_MINUTES
        ]


def _choice(values: tuple[str, ...] | tuple[int, ...], names: list[str], now: object) -> Choice:
    box = Choice()
    for value, name in zip(values, names, strict=True):
        box.addItem(name, value)
    box.setCurrentIndex(values.index(now))
    return box


def _grid(*lines: tuple[str, QWidget]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(Space.XL)
    grid.setVerticalSpacing(Space.M)
    grid.setColumnStretch(0, 1)
    for number, (name, widget) in enumerate(lines):
        label = text_label(name)
        label.setBuddy(widget)
        widget.setAccessibleName(name)
        grid.addWidget(label, number, 0)
        grid.addWidget(widget, number, 1)
    return grid


def _versions() -> str:
    parts = [("VoiceVault", "voicevault"), ("PySide6", "PySide6-Essentials"), ("onnxruntime",) * 2]
    shown = []
    for name, package in parts:
        try:
            shown.append(f"{name} {version(package)}")
        except PackageNotFoundError:
            continue
    return " · ".join([*shown, f"Python {platform.python_version()}"])
