# SPDX-License-Identifier: GPL-3.0-or-later
"""Verdicts on takes as people see them: an icon, a tone and words, never a colour alone."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from voicevault.records import Reason, Verdict


@dataclass(frozen=True, slots=True)
class Look:
    """How a status is shown."""

    icon: str
    tone: str
    word: str


def look(status: str) -> Look:
    """Icon, tone and word of keep, keep_but or redo."""
    translate = QCoreApplication.translate
    return {
        "keep": Look("good", "good", translate("Verdicts", "Good")),
        "keep_but": Look("info", "warn", translate("Verdicts", "Usable")),
    }.get(status, Look("bad", "bad", translate("Verdicts", "Record again")))


def sentence(verdict: Verdict) -> str:
    """One reason and one piece of advice, in the person's language."""
    translate = QCoreApplication.translate
    reason = _reason(verdict)
    if verdict.status == "keep":
        return translate("Verdicts", "Good: nothing to do.")
    form = (
        translate("Verdicts", "Please record it again: {reason}.")
        if verdict.status == "redo"
        else translate("Verdicts", "It is kept, but: {reason}.")
    )
    advice = translate("Reasons", verdict.advice) if verdict.advice else ""
    return f"{form.format(reason=reason)} {advice}".rstrip()


def refusal(verdict: Verdict) -> str:
    """Why something that was dictated is no take, and what would make it one."""
    translate = QCoreApplication.translate
    advice = translate("Reasons", verdict.advice) if verdict.advice else ""
    if verdict.reason is Reason.WORDS:  # nobody was asked to read anything
        advice = translate("Verdicts", "Correct the line to what you said.")
    form = translate("Verdicts", "Not kept: {reason}.")
    return f"{form.format(reason=_reason(verdict))} {advice}".rstrip()


def figures(verdict: Verdict) -> str:
    """The measures behind a verdict on one line."""
    translate = QCoreApplication.translate
    shown = []
    for key, form in (
        ("peak_mdbfs", translate("Verdicts", "peak {n} dBFS")),
        ("noise_mdbfs", translate("Verdicts", "room {n} dBFS")),
        ("snr_mdb", translate("Verdicts", "voice {n} dB above the noise")),
    ):
        if key in verdict.measures:
            shown.append(form.format(n=round(verdict.measures[key] / 1000)))
    return ", ".join(shown)


def _reason(verdict: Verdict) -> str:
    translate = QCoreApplication.translate
    reason = translate("Reasons", verdict.reason.text)
    if verdict.reason in (Reason.CLIPPED, Reason.CLIPS):
        at_s = verdict.measures.get("clip_at_ms", 0) / 1000
        reason = translate("Verdicts", "{reason} at {s} s").format(reason=reason, s=f"{at_s:.1f}")
    return reason


REASONS = (  # the words of voicevault.audio.reasons, so that they are translated; a test compares
    QT_TRANSLATE_NOOP("Reasons", "no speech was found"),
    QT_TRANSLATE_NOOP("Reasons", "Check that the right microphone is chosen and not muted."),
    QT_TRANSLATE_NOOP("Reasons", "samples were lost while recording"),
    QT_TRANSLATE_NOOP("Reasons", "Close other programs and record the sentence again."),
    QT_TRANSLATE_NOOP("Reasons", "too long for one take"),
    QT_TRANSLATE_NOOP("Reasons", "Split it into single sentences."),
    QT_TRANSLATE_NOOP("Reasons", "clipped"),
    QT_TRANSLATE_NOOP("Reasons", "Move back a hand's width or turn the microphone down."),
    QT_TRANSLATE_NOOP("Reasons", "the words differ from the text"),
    QT_TRANSLATE_NOOP("Reasons", "Read exactly the sentence shown, or correct its text."),
    QT_TRANSLATE_NOOP("Reasons", "too short for its text"),
    QT_TRANSLATE_NOOP("Reasons", "Check that the whole sentence was recorded."),
    QT_TRANSLATE_NOOP("Reasons", "far too quiet"),
    QT_TRANSLATE_NOOP("Reasons", "Come closer to the microphone or turn it up."),
    QT_TRANSLATE_NOOP("Reasons", "the noise is nearly as loud as the voice"),
    QT_TRANSLATE_NOOP("Reasons", "Find a quieter place or come closer to the microphone."),
    QT_TRANSLATE_NOOP("Reasons", "clipped for a moment"),
    QT_TRANSLATE_NOOP("Reasons", "Move back a little."),
    QT_TRANSLATE_NOOP("Reasons", "noise behind the voice"),
    QT_TRANSLATE_NOOP("Reasons", "Switch off fans, or come closer to the microphone."),
    QT_TRANSLATE_NOOP("Reasons", "a noisy room"),
    QT_TRANSLATE_NOOP("Reasons", "Close windows and doors."),
    QT_TRANSLATE_NOOP("Reasons", "some words may differ from the text"),
    QT_TRANSLATE_NOOP("Reasons", "Listen once and compare it with the sentence."),
    QT_TRANSLATE_NOOP("Reasons", "speech touches the edge of the recording"),
    QT_TRANSLATE_NOOP("Reasons", "Wait a moment before you speak and after it."),
    QT_TRANSLATE_NOOP("Reasons", "telephone sound: nothing above 4 kHz"),
    QT_TRANSLATE_NOOP(
        "Reasons", "Record at 16 kHz or more, not over a telephone or an old headset."
    ),
    QT_TRANSLATE_NOOP("Reasons", "quiet"),
    QT_TRANSLATE_NOOP("Reasons", "Come a little closer to the microphone."),
    QT_TRANSLATE_NOOP("Reasons", "close to the limit"),
    QT_TRANSLATE_NOOP("Reasons", "Turn the microphone down a little."),
    QT_TRANSLATE_NOOP("Reasons", "spoken fast"),
    QT_TRANSLATE_NOOP("Reasons", "Read a little slower."),
    QT_TRANSLATE_NOOP("Reasons", "spoken slowly"),
    QT_TRANSLATE_NOOP("Reasons", "If this is your usual pace, leave it as it is."),
    QT_TRANSLATE_NOOP("Reasons", "long for one take"),
    QT_TRANSLATE_NOOP("Reasons", "Shorter sentences are learnt better."),
    QT_TRANSLATE_NOOP("Reasons", "good"),
)
