# SPDX-License-Identifier: GPL-3.0-or-later
"""What a session lets be heard: a take again, and a short signal with each verdict."""

from __future__ import annotations

from voicevault.audio.playback import SIGNAL_RATE_HZ, Player, signal
from voicevault.errors import BadAudio, MissingExtra
from voicevault.recording.attempt import Attempt


class Sounds:
    """A loudspeaker that may be missing: recording goes on without one."""

    def __init__(self, player: Player, *, signals: bool = True) -> None:
        self._player, self.signals = player, signals

    def replay(self, attempt: Attempt | None) -> str:
        """Play an attempt; what to tell the person."""
        if attempt is None or not len(attempt.samples):
            return "There is nothing to hear yet."
        try:
            self._player.play(attempt.samples, attempt.rate_hz)
        except (BadAudio, MissingExtra) as error:
            return f"It cannot be played: {error.message}. {error.hint}"
        return "Playing."

    def verdict(self, attempt: Attempt | None) -> None:
        """Rising tones for a take that may be kept, falling ones for a redo; or none."""
        if not self.signals or attempt is None or attempt.verdict is None:
            return
        try:
            self._player.play(signal(attempt.good), SIGNAL_RATE_HZ)
        except (BadAudio, MissingExtra):
            self.signals = False  # the verdict is on the screen too

    def stop(self) -> None:
        """Be silent: somebody wants to speak."""
        if self._player.playing:
            self._player.stop()
