# SPDX-License-Identifier: GPL-3.0-or-later
"""A dictated line becomes a take, or is told why not; for ten seconds it can be taken back."""

from __future__ import annotations

from PySide6.QtCore import QObject

from gui.desk import Desk
from gui.pages.dictate_lines import Line, LinesModel
from voicevault.errors import VoiceVaultError
from voicevault.records import Kept, Take


class Taking(QObject):
    """Keeps lines one by one. The take is in the vault at once; undo destroys it there."""

    def __init__(self, desk: Desk, lines: LinesModel, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._lines = desk, lines

    def keep(self, line: Line) -> None:
        """Judge the line's own sound with the line's text, and keep both if they are good."""
        assert line.sound is not None
        recorder, sound, text = self._desk.studio.recorder, line.sound, line.text
        line.judging, line.remark = True, ""
        self._lines.changed(line)

        def work() -> tuple[Line, Kept | Exception]:
            try:
                return line, recorder.keep_dictated(sound, text)
            except VoiceVaultError as error:  # the line has to be told too
                return line, error

        self._desk.run_task(work, self._kept)

    def _kept(self, answer: tuple[Line, Kept | Exception]) -> None:
        line, kept = answer
        line.judging = False
        if isinstance(kept, Exception):
            self._lines.changed(line)
            self._desk.show_error(kept)
            return
        words, take = self._lines.told(line, kept), kept.take
        self._lines.changed(line)
        self._desk.announce(words)
        if take is None:
            return
        self._desk.takes_changed.emit()
        self._desk.offer_undo(
            self.tr("The line is kept as a take."),
            work=nothing,
            then=self._stays,
            undo=lambda: self._take_back(line, take),
        )

    def _stays(self, over: object) -> None:
        """The time to take it back is over."""

    def _take_back(self, line: Line, take: Take) -> None:
        recorder = self._desk.studio.recorder

        def work() -> Line:
            recorder.forget(take)
            return line

        self._desk.run_task(work, self._taken_back)

    def _taken_back(self, line: Line) -> None:
        line.kept, line.remark = None, ""
        self._lines.changed(line)
        self._desk.takes_changed.emit()
        self._desk.announce(self.tr("Undone: the take is destroyed."))


def nothing() -> None:
    """What an undo that destroys has to do when nobody wants it: it happened already."""
