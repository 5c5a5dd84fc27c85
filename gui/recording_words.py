# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens in a recording session, in the person's language."""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from gui import verdicts
from voicevault.records import Attempt, Happening, HappeningKind

TOLD = (  # the words of voicevault.recording, so that they are translated
    QT_TRANSLATE_NOOP("Recording", "Listening. Nothing is kept until you record."),
    QT_TRANSLATE_NOOP("Recording", "Speak now."),
    QT_TRANSLATE_NOOP("Recording", "Kept."),
    QT_TRANSLATE_NOOP("Recording", "Again."),
    QT_TRANSLATE_NOOP("Recording", "Skipped. It comes back at the end."),
    QT_TRANSLATE_NOOP("Recording", "Dropped. Undo brings it back."),
    QT_TRANSLATE_NOOP("Recording", "Undone: it was kept."),
    QT_TRANSLATE_NOOP("Recording", "Undone: it was skipped."),
    QT_TRANSLATE_NOOP("Recording", "Undone: it was discarded."),
    QT_TRANSLATE_NOOP("Recording", "There is nothing to undo."),
    QT_TRANSLATE_NOOP("Recording", "Nothing in this take could be used."),
    QT_TRANSLATE_NOOP("Recording", "Not kept. Backspace records it again, S skips it."),
    QT_TRANSLATE_NOOP(
        "Recording", "Not kept. Backspace records it again, S skips it. K keeps it anyway."
    ),
    QT_TRANSLATE_NOOP("Recording", "Microphone unplugged. What was recorded so far is here."),
    QT_TRANSLATE_NOOP("Recording", "Paused. Space goes on."),
    QT_TRANSLATE_NOOP("Recording", "25 minutes. A rested voice is a better one: drink some water."),
    QT_TRANSLATE_NOOP("Recording", "Every sentence is recorded. Thank you."),
)


def told(happening: Happening, attempt: Attempt | None) -> str:
    """One sentence for the status line and for screen readers."""
    if happening.kind is HappeningKind.JUDGED and attempt is not None and attempt.verdict:
        return verdicts.sentence(attempt.verdict)
    return QCoreApplication.translate("Recording", happening.text)
