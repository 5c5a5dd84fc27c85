# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of the first run and of every page of the app over a vault with a voice, as the demo's.

    python tests/bench/app_pictures.py --vault demo-voice/vault --passphrase-file FILE --out DIR

The vault is copied first. Nobody sits here, so the microphone is a made one that hears a quiet
room. Light, dark and high contrast, at 100 % and 200 % of the system's text. `docs/screenshots` was
made by this from the demo's vault; `tests/gui/test_gui_pictures.py` looks for what is cut off.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.pop("QT_STYLE_OVERRIDE", None)
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from fake_microphone import FakeHearing, FakeMicrophone
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from gui import ears, registry
from gui.app import make_tools
from gui.door import Door, Secret
from gui.main_window import MainWindow
from gui.pages.settings import SettingsPage
from gui.preferences import Preferences
from gui.scheme import SCHEMES

WIDTH_PX, HEIGHT_PX = 1180, 780
SIZES = (100, 200)
COLOURS, APART = 200, 6
PASSPHRASE = "olive tractor mumble"
CODE = "RJSC-HB0F-7JQH-48X0-18TY-FKPZ-M6Z6-QTE5-GRTH"
"""Of the pictures of the first run; neither opens anything."""


def until(app: QApplication, there: Callable[[], bool], limit_s: float = 60.0) -> None:
    """Let the app run until something is there."""
    ends = time.monotonic() + limit_s
    while not there():
        if time.monotonic() > ends:
            raise SystemExit("the app did not come to rest")
        app.processEvents()
        time.sleep(0.005)


def rest(app: QApplication, window: MainWindow, seconds: float) -> None:
    """Until no task runs, and a little longer for what is drawn late."""
    ends = time.monotonic() + seconds
    until(app, lambda: time.monotonic() > ends and not window.tools.tasks._pool.activeThreadCount())


def take(window: MainWindow, path: Path) -> None:
    """The window as a PNG of 200 of its own colours: the commonest, and none like another, or the
    greys of smooth letters would leave no place for a red word."""
    picture = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(picture.constBits(), np.uint32)
    colours, often = np.unique(pixels, return_counts=True)
    table = apart(colours[np.argsort(-often)])
    flat = Qt.ImageConversionFlag.ThresholdDither | Qt.ImageConversionFlag.AvoidDither
    picture.convertToFormat(QImage.Format.Format_Indexed8, table, flat).save(str(path), "PNG", 0)


def apart(colours: np.ndarray) -> list[int]:
    """Of colours [N], the commonest first, COLOURS that lie at least `APART` apart."""
    parts = np.stack([colours >> shift & 255 for shift in (16, 8, 0)], 1).astype(int)
    chosen: list[int] = []
    while len(parts) and len(chosen) < COLOURS:
        chosen.append(int(colours[0]))
        far = np.abs(parts - parts[0]).max(1) >= APART
        colours, parts = colours[far], parts[far]
    return chosen


def draw_first_run(app: QApplication, window: MainWindow, out: Path) -> int:
    """What somebody sees who has no vault yet, in every scheme and size; how many pictures."""
    count, welcome = 0, window.welcome
    preferences, theme = window.tools.preferences, window.tools.theme
    for scheme in SCHEMES:
        for size in SIZES:
            preferences.theme, preferences.scale = scheme, size
            theme.apply()
            welcome.new.pair.one.setText(PASSPHRASE)
            welcome.code.show_code(CODE, Path("my-voice"))
            welcome.new.show_place(Path.home() / "my-voice")
            for name, form in (
                ("welcome", welcome.start),
                ("welcome-create", welcome.new),
                ("welcome-code", welcome.code),
            ):
                welcome._show(form)
                rest(app, window, 0.5)
                take(window, out / f"{name}-{scheme}-{size}.png")
                count += 1
    welcome.new.forget()
    welcome.code.forget()
    return count


def draw(app: QApplication, window: MainWindow, out: Path) -> int:
    """Every page in every scheme and size; how many pictures."""
    assert window.workspace is not None
    count = 0
    settings = window.workspace.page("settings")
    assert isinstance(settings, SettingsPage)
    for scheme in SCHEMES:
        for size in SIZES:
            settings.theme.setCurrentIndex(settings.theme.findData(scheme))
            settings.scale.setCurrentIndex(settings.scale.findData(size))
            for spec in registry.pages():
                if spec.name not in window.workspace._offered:  # nobody listens in the demo's vault
                    continue
                window.workspace.show_page(spec.name)
                rest(app, window, 1.0)
                take(window, out / f"{spec.name}-{scheme}-{size}.png")
                count += 1
    return count


def main() -> None:
    """Copy, open, draw."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--vault", type=Path, required=True)
    parser.add_argument("--passphrase-file", type=Path, required=True, help="its first line")
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    passphrase = chosen.passphrase_file.read_text("utf-8").splitlines()[0]
    with tempfile.TemporaryDirectory() as folder:  # the vault is copied as it is: encrypted
        os.environ["XDG_STATE_HOME"] = folder
        vault = Path(folder) / "my-voice"
        shutil.copytree(chosen.vault, vault)
        ears.Plugged = FakeHearing(FakeMicrophone("Desk microphone"))  # type: ignore[assignment,misc]
        app = QApplication([])
        store = QSettings(str(Path(folder) / "app.ini"), QSettings.Format.IniFormat)
        preferences = Preferences(store)
        preferences.language = "en"
        window = MainWindow(make_tools(app, preferences), Door())
        window.resize(WIDTH_PX, HEIGHT_PX)
        window.show()
        count = draw_first_run(app, window, chosen.out)
        window.welcome._open(vault, Secret(passphrase=passphrase))
        until(app, lambda: window.workspace is not None)
        count += draw(app, window, chosen.out)
        assert window.desk is not None
        window.desk.studio.close()
    print(f"{count} pictures in {chosen.out}")


if __name__ == "__main__":
    main()
