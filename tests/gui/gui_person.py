# SPDX-License-Identifier: GPL-3.0-or-later
"""An invented person before the app: keys, a voice nobody has, and ears."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from fake_microphone import FakeMicrophone, room
from gui_keys import focused, key, tab_to
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gui.main_window import MainWindow
from gui.page import Page
from gui.registry import PAGES
from voicevault.audio.files import decode
from voicevault.events import Event
from voicevault.training.invent import invent_owner

CONTROL = Qt.KeyboardModifier.ControlModifier
ROOM_DBFS = -62.0
"""The room that the invented owner's recordings were made in."""
Sound = npt.NDArray[np.float32]  # [S]


class _Quiet:
    def emit(self, event: Event) -> None: ...

    def put_blob(self, name: str, data: bytes, meta: dict[str, Any]) -> None: ...

    def stopping(self) -> bool:
        return False


class Voice:
    """What the owner of this seed sounds like when she says something."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._said: dict[str, Sound] = {}

    def learn(self, texts: list[str]) -> None:
        """Render these at once: the base is read for each time."""
        pairs = [(str(number), text) for number, text in enumerate(texts)]
        for (_, text), (_, _, flac) in zip(
            pairs, invent_owner(pairs, self._seed, _Quiet()), strict=True
        ):
            self._said[text] = decode(flac).samples

    def says(self, text: str) -> Sound:
        """Samples [S] at 16 kHz."""
        if text not in self._said:
            self.learn([text])
        return self._said[text]


class Ear:
    """A loudspeaker that keeps what it was given and is done with it at once."""

    def __init__(self) -> None:
        self.heard: list[tuple[Sound, int]] = []
        self.position_s = 0.0
        self._left = 0

    @property
    def playing(self) -> bool:
        self._left -= 1
        return self._left > 0

    def play(self, samples: Sound, rate_hz: int) -> None:
        self.heard.append((np.array(samples), rate_hz))
        self.position_s, self._left = len(samples) / rate_hz, 3

    def stop(self) -> None:
        self._left = 0


class Person:
    """Presses keys where the focus is and speaks into the microphone; does nothing else."""

    def __init__(self, qtbot: QtBot, window: MainWindow, microphone: FakeMicrophone) -> None:
        self.qtbot, self.window, self.microphone = qtbot, window, microphone

    def press(self, which: Qt.Key, held: Qt.KeyboardModifier | None = None) -> None:
        """One key."""
        key(self.qtbot, which, held=held or Qt.KeyboardModifier.NoModifier)

    def type(self, text: str) -> None:
        """Into whatever has the focus."""
        self.qtbot.keyClicks(focused(), text)

    def reach(self, widget: QWidget) -> None:
        """With Tab, until it has the focus."""
        tab_to(self.qtbot, widget)

    def push(self, widget: QWidget) -> None:
        """A button: reached by Tab, pressed by Space."""
        self.reach(widget)
        assert widget.isEnabled()
        self.press(Qt.Key.Key_Space)

    def go_to(self, name: str) -> Page:
        """A page by its shortcut."""
        number = next(one.key for one in PAGES if one.name == name)
        self.press(Qt.Key(Qt.Key.Key_0.value + number), CONTROL)
        return self.sees(name)

    def sees(self, name: str) -> Page:
        """The page that is on the screen, which must be this one."""
        workspace = self.window.workspace
        assert workspace is not None
        assert workspace.current == name
        return workspace.page(name)

    def speak(self, *clips: Sound, silence_s: float = 3.0) -> None:
        """Into the microphone, and then nothing."""
        self.microphone.say(*clips, room(silence_s, self.microphone.noise_dbfs))

    def until(self, what: Any, timeout_ms: int = 60_000) -> None:
        """Wait for something to be seen."""
        self.qtbot.waitUntil(what, timeout=timeout_ms)
