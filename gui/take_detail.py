# SPDX-License-Identifier: GPL-3.0-or-later
"""One take in full: picture, text, verdict with advice, play and stop, delete."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout

from gui import verdicts
from gui.desk import Desk
from gui.style import Space
from gui.waveform import Waveform
from gui.widgets import Card, IconButton, IconLabel, row, set_tone, text_label
from voicevault.records import Clip, Take

FOLLOW_MS = 33


class TakeDetail(Card):
    """Shows a take and plays it. The decoded sound is kept only while it is shown."""

    delete_wanted = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._take: Take | None = None
        self._clip: Clip | None = None
        self.text = text_label("", "heading")
        self.wave = Waveform()
        self.icon = IconLabel(desk.theme, "good", "good")
        self.verdict = text_label("")
        self.figures = text_label("", "small", tone="muted")
        self.play = IconButton(desk.theme, "play", self.tr("Play"))
        self.play.setToolTip(self.tr("Play or stop (Space)"))
        self.delete = IconButton(desk.theme, "delete", self.tr("Delete"), "danger")
        self.delete.setToolTip(self.tr("Delete the chosen takes (Del)"))
        self._follow = QTimer(self)
        self._follow.setInterval(FOLLOW_MS)
        self._lay_out()
        self._connect()

    @property
    def take(self) -> Take | None:
        """The one that is shown."""
        return self._take

    def show_take(self, take: Take | None, chosen: int = 1) -> None:
        """Show another take, and read its sound. `chosen` is how many a deletion would take."""
        words = self.tr("Delete") if chosen < 2 else self.tr("Delete {n}").format(n=chosen)
        self.delete.set_icon("delete", words)
        if take is not None and self._take is not None and take.id == self._take.id:
            return
        self.forget()
        self._take = take
        self.setVisible(take is not None)
        if take is None:
            return
        look = verdicts.look(take.verdict.status)
        self.text.setText(take.text)
        self.icon.set_icon(look.icon, look.tone)
        self.verdict.setText(verdicts.sentence(take.verdict))
        set_tone(self.verdict, look.tone if take.verdict.status != "keep" else "")
        rate = self.tr("{khz} kHz, {format}").format(
            khz=f"{take.rate_hz / 1000:g}", format=take.format
        )
        self.figures.setText(
            ", ".join(one for one in (rate, verdicts.figures(take.verdict)) if one)
        )
        take_id, studio = take.id, self._desk.studio
        self._desk.run_task(lambda: (take_id, studio.sound(take_id)), self._decoded)

    def forget(self) -> None:
        """Fall silent and let go of what was decoded."""
        self._stop()
        self._take = self._clip = None
        self.play.setEnabled(False)
        self.wave.clear()

    def toggle(self) -> None:
        """Play, or stop."""
        if self._desk.player.playing:
            self._stop()
        elif self._clip is not None:
            try:
                self._desk.player.play(self._clip.samples, self._clip.rate_hz)
            except Exception as error:
                self._desk.show_error(error)
                return
            self.play.set_icon("stop", self.tr("Stop"))
            self._follow.start()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(Space.L)
        head.addWidget(self.text, 1)
        head.addLayout(row(self.play, self.delete, stretch="none"))
        self.body.addLayout(head)
        self.body.addWidget(self.wave)
        words = QHBoxLayout()
        words.setSpacing(Space.S)
        words.addWidget(self.icon)
        words.addWidget(self.verdict, 1)
        self.body.addLayout(words)
        self.body.addWidget(self.figures)
        self.body.setSpacing(Space.S)
        self.body.setContentsMargins(Space.L, Space.L, Space.L, Space.L)

    def _connect(self) -> None:
        self.play.clicked.connect(self.toggle)
        self.delete.clicked.connect(self.delete_wanted)
        self._follow.timeout.connect(self._show_position)

    def _decoded(self, answer: tuple[str, Clip]) -> None:
        take_id, clip = answer
        if self._take is None or self._take.id != take_id:
            return  # another one is shown by now
        self._clip = clip
        self.wave.show_samples(clip.samples, clip.rate_hz)
        self.play.setEnabled(True)

    def _show_position(self) -> None:
        if self._desk.player.playing:
            self.wave.show_position(self._desk.player.position_s)
        else:
            self._stop()

    def _stop(self) -> None:
        self._follow.stop()
        self._desk.player.stop()
        self.wave.show_position(0.0)
        self.play.set_icon("play", self.tr("Play"))
