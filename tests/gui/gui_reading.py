# SPDX-License-Identifier: GPL-3.0-or-later
"""An invented person before the record page: reads, looks at the verdict, does what it says."""

from __future__ import annotations

import numpy as np
from gui_keys import focused
from gui_person import Person, Voice
from PySide6.QtCore import Qt

from gui.pages.record import RecordPage
from voicevault.audio.reasons import Reason
from voicevault.records import Phase

Key = Qt.Key


class Reading:
    """Before the record page, which is on the screen."""

    def __init__(self, person: Person, voice: Voice) -> None:
        self.person, self.voice = person, voice
        page = person.sees("record")
        assert isinstance(page, RecordPage)
        self.page = page
        page.sitting._timer.setInterval(1)  # this microphone is quicker than time
        self.until(Phase.READY)
        person.until(lambda: page.sitting.session.listener.noise_dbfs > -80)
        person.reach(page.prompt)

    def until(self, *phases: Phase) -> None:
        self.person.until(lambda: not self.page.sitting.busy and self.page.sitting.phase in phases)

    def press(self, which: Qt.Key) -> None:
        assert focused() is self.page.prompt, "the keys are the page's"
        self.person.press(which)

    def judged(self) -> Reason:
        """The reason of the verdict that is shown, once the words were compared."""
        self.until(Phase.VERDICT)
        self.person.microphone.queue = np.zeros(0, np.float32)
        attempt = self.page.sitting.session.attempt
        self.person.until(lambda: attempt.settled)
        self.page.sitting.tick()
        assert self.page.verdict.isVisible()
        return attempt.verdict.reason

    def read(self, *clips: np.ndarray) -> Reason:
        """Space, and the sentence on the screen, or what is said in its place."""
        self.press(Key.Key_Space)
        self.until(Phase.LEAD_IN, Phase.RECORDING)
        self.person.speak(*(clips or (self.said(),)))
        return self.judged()

    def said(self) -> np.ndarray:
        return self.voice.says(self.page.prompt.text.text())

    def keep(self) -> None:
        """A good one: said, found usable, kept."""
        reason = self.read()
        assert reason.rank > Reason.NOISY.rank, reason
        assert self.page.verdict.keep.isEnabled()
        before = self.page.prompt.text.text()
        self.press(Key.Key_Return)
        self.until(Phase.READY)
        assert self.page.prompt.text.text() != before

    def sees_bad(self, reason: Reason, found: Reason) -> None:
        """One reason and one thing to do, and Enter keeps it not."""
        assert found is reason, f"{found}, {self.page.verdict.figures.text()}"
        words = self.page.verdict.words.text()
        assert words.startswith(f"Please record it again: {reason.text}")
        assert words.endswith(reason.advice)
        assert not self.page.verdict.keep.isEnabled()
        assert "Record again" in self.page.go.text()
        before = self.page.prompt.text.text()
        self.press(Key.Key_Return)
        self.person.until(lambda: "Not kept." in self.person.window.workspace.status.label.text())
        assert self.page.prompt.text.text() == before
        self.press(Key.Key_Backspace)
        self.until(Phase.READY)
        assert self.page.prompt.text.text() == before
