# SPDX-License-Identifier: GPL-3.0-or-later
"""Hear a voice while it learns: how it sounds now, and how it sounded one preview earlier."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.desk import Desk
from gui.flow import Flow
from gui.style import Space
from gui.widgets import IconButton, framed, text_label
from voicevault.events import Preview

WATCH_MS = 60


class Hear(IconButton):
    """Plays one preview, and stops it."""

    def __init__(self, desk: Desk, words: str) -> None:
        super().__init__(desk.theme, "play", words)
        self._words = words
        self.preview: Preview | None = None
        self.hide()

    def offer(self, preview: Preview | None) -> None:
        """Stand for this preview; None: there is nothing to hear."""
        self.preview = preview
        self.show_playing(False)
        self.setVisible(preview is not None)

    def show_playing(self, playing: bool) -> None:
        """Stop, or play again."""
        if playing:
            self.set_icon("stop", self.tr("Stop"))
        elif self.preview is not None:
            self.set_icon("play", self._words.format(n=self.preview.step))


class PreviewBar(QWidget):
    """Two buttons to compare with. The sounds are in memory, and nowhere once it forgets them."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._open = False
        self._playing: Hear | None = None
        self.now = Hear(desk, self.tr("Hear it now (after {n} steps)"))
        self.before = Hear(desk, self.tr("And before (after {n} steps)"))
        self._note = text_label(
            self.tr(
                "One sentence, as your voice says it so far; the finished one is a little better. "
                "Nothing of it is kept."
            ),
            "small",
            tone="muted",
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.XS)
        column.addWidget(framed(Flow(self.now, self.before)))
        column.addWidget(self._note)
        self._watch = QTimer(self)
        self._watch.setInterval(WATCH_MS)
        self._watch.timeout.connect(self._look)
        self.hide()
        self._connect()

    def listen(self) -> None:
        """Somebody is here: what comes from now on can be heard."""
        self._open = True

    def leave(self) -> None:
        """Nobody is: silence, and nothing is held any more."""
        self._open = False
        self.forget()

    def forget(self) -> None:
        """Let go of what was heard."""
        self._stop()
        for one in (self.now, self.before):
            one.offer(None)
        self.hide()

    def offer(self, preview: Preview) -> None:
        """A newer one; the one before can still be compared with."""
        if not self._open:
            return
        first = self.now.preview is None
        earlier = self.now.preview
        playing = self._playing
        self.now.offer(preview)
        self.before.offer(earlier)
        if playing is not None:  # what plays goes on; its button has moved on by one
            self._playing = self.before if playing is self.now else None
            if self._playing is not None:
                self._playing.show_playing(True)
        self.show()
        if first:
            self._desk.announce(self.tr("You can hear how your voice sounds so far."))

    def _connect(self) -> None:
        for one in (self.now, self.before):
            one.clicked.connect(self._clicked)

    def _clicked(self) -> None:
        sender = self.sender()
        if not isinstance(sender, Hear) or sender.preview is None:
            return
        again = self._playing is not sender
        self._stop()
        if not again:
            return
        wave = np.frombuffer(sender.preview.pcm, "<i2").astype(np.float32) / 32_768.0
        try:
            self._desk.player.play(wave, sender.preview.rate_hz)
        except Exception as error:
            self._desk.show_error(error)
            return
        self._playing = sender
        sender.show_playing(True)
        self._watch.start()

    def _look(self) -> None:
        if not self._desk.player.playing:
            self._silent()

    def _stop(self) -> None:
        if self._playing is not None:
            self._desk.player.stop()
        self._silent()

    def _silent(self) -> None:
        self._watch.stop()
        if self._playing is not None:
            self._playing.show_playing(False)
        self._playing = None
