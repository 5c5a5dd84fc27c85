# SPDX-License-Identifier: GPL-3.0-or-later
"""Ears and loudspeaker of the app beside each other: who holds the sound library, who is chosen."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from gui.desk import Desk
from gui.ears import CHOSEN, Ears
from gui.sound import Loudspeaker
from voicevault.errors import BadAudio
from voicevault.records import Input


class Library(types.ModuleType):
    """sounddevice's output, and how many hold it."""

    class PortAudioError(Exception):
        pass

    def __init__(self) -> None:
        super().__init__("sounddevice")
        self.held, self.fail = 1, False

    def _initialize(self) -> None:
        self.held += 1

    def _terminate(self) -> None:
        self.held -= 1

    def OutputStream(self, rate_hz: int, **settings: object) -> types.SimpleNamespace:
        if self.fail:
            raise self.PortAudioError("busy")
        return types.SimpleNamespace(start=lambda: None, close=lambda **how: None)


def test_the_loudspeaker_holds_the_library_while_it_plays(monkeypatch: pytest.MonkeyPatch) -> None:
    """A microphone that is opened reads the devices anew by letting go of it."""
    library = Library()
    monkeypatch.setitem(sys.modules, "sounddevice", library)
    speaker = Loudspeaker()
    for _ in range(2):
        speaker.play(np.zeros(100, np.float32), 16_000)
        assert library.held == 2
    speaker.stop()
    speaker.stop()
    assert library.held == 1
    library.fail = True
    with pytest.raises(BadAudio):
        speaker.play(np.zeros(100, np.float32), 16_000)
    assert library.held == 1


class Hearing:
    def __init__(self, names: list[str]) -> None:
        self.names = names

    def microphones(self) -> list[Input]:
        return [Input(one, 48_000, False) for one in self.names]

    def device(self, name: str) -> str:
        return name


def test_a_microphone_is_remembered_by_name_also_when_it_is_away(qtbot: QtBot, desk: Desk) -> None:
    hearing = Hearing(["Desk", "Headset"])
    ears = Ears(desk, hearing)
    qtbot.addWidget(ears)
    ears.look()
    qtbot.waitUntil(lambda: ears.box.count() == 3)
    assert ears.device() == "", "the system's choice until somebody chooses"
    chosen: list[str] = []
    ears.chosen.connect(chosen.append)
    ears.box.setCurrentIndex(ears.box.findData("Headset"))
    ears.box.activated.emit(ears.box.currentIndex())
    assert chosen == ["Headset"]
    assert desk.preferences.word(CHOSEN) == "Headset"
    hearing.names = ["Desk"]
    ears.look()
    qtbot.waitUntil(lambda: "not there" in ears.box.currentText())
    assert ears.device() == "Headset"
    back: list[str] = []
    ears.came_back.connect(back.append)
    ears.wait_for("Headset")
    ears.look()
    qtbot.wait(50)
    assert back == []
    hearing.names = ["Desk", "Headset"]
    ears.look()
    qtbot.waitUntil(lambda: back == ["Headset"])
    ears.stop()
