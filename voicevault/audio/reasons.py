# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong with a take, worst first, and the one thing to do about each."""

from __future__ import annotations

import enum


class Reason(enum.Enum):
    """A verdict's reason. The value is what the vault stores; text and advice are for people."""

    SILENT = "silent"
    LOST = "lost"
    LONG = "long"
    CLIPPED = "clipped"
    WORDS = "words"
    HURRIED = "hurried"
    FAINT = "faint"
    NOISY = "noisy"
    # From here on a take is kept whatever it has.
    CLIPS = "clips"
    NOISE = "noise"
    ROOM = "room"
    WORDS_UNSURE = "words-unsure"
    CUT = "cut"
    NARROW = "narrow"
    QUIET = "quiet"
    HOT = "hot"
    FAST = "fast"
    SLOW = "slow"
    LENGTHY = "lengthy"
    FINE = "fine"

    @property
    def text(self) -> str:
        """The reason in a few words of a person's language."""
        return _WORDS[self][0]

    @property
    def advice(self) -> str:
        """One thing to do; empty for FINE."""
        return _WORDS[self][1]

    @property
    def rank(self) -> int:
        """0 is the worst."""
        return list(Reason).index(self)


_WORDS: dict[Reason, tuple[str, str]] = {
    Reason.SILENT: (
        "no speech was found",
        "Check that the right microphone is chosen and not muted.",
    ),
    Reason.LOST: (
        "samples were lost while recording",
        "Close other programs and record the sentence again.",
    ),
    Reason.LONG: (
        "too long for one take",
        "Split it into single sentences.",
    ),
    Reason.CLIPPED: (
        "clipped",
        "Move back a hand's width or turn the microphone down.",
    ),
    Reason.WORDS: (
        "the words differ from the text",
        "Read exactly the sentence shown, or correct its text.",
    ),
    Reason.HURRIED: (
        "too short for its text",
        "Check that the whole sentence was recorded.",
    ),
    Reason.FAINT: (
        "far too quiet",
        "Come closer to the microphone or turn it up.",
    ),
    Reason.NOISY: (
        "the noise is nearly as loud as the voice",
        "Find a quieter place or come closer to the microphone.",
    ),
    Reason.CLIPS: (
        "clipped for a moment",
        "Move back a little.",
    ),
    Reason.NOISE: (
        "noise behind the voice",
        "Switch off fans, or come closer to the microphone.",
    ),
    Reason.ROOM: (
        "a noisy room",
        "Close windows and doors.",
    ),
    Reason.WORDS_UNSURE: (
        "some words may differ from the text",
        "Listen once and compare it with the sentence.",
    ),
    Reason.CUT: (
        "speech touches the edge of the recording",
        "Wait a moment before you speak and after it.",
    ),
    Reason.NARROW: (
        "telephone sound: nothing above 4 kHz",
        "Record at 16 kHz or more, not over a telephone or an old headset.",
    ),
    Reason.QUIET: (
        "quiet",
        "Come a little closer to the microphone.",
    ),
    Reason.HOT: (
        "close to the limit",
        "Turn the microphone down a little.",
    ),
    Reason.FAST: (
        "spoken fast",
        "Read a little slower.",
    ),
    Reason.SLOW: (
        "spoken slowly",
        "If this is your usual pace, leave it as it is.",
    ),
    Reason.LENGTHY: (
        "long for one take",
        "Shorter sentences are learnt better.",
    ),
    Reason.FINE: ("good", ""),
}
