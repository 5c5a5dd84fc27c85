# SPDX-License-Identifier: GPL-3.0-or-later
"""The loudspeaker: decrypted samples from memory, nothing on the disk. Tests have their own."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]  # [S], mono, in [-1, 1]


class Player(Protocol):
    """Plays one sound at a time."""

    def play(self, samples: Samples, rate_hz: int) -> None:
        """Start from the beginning; what played before stops.

        Raises:
            MissingExtra, BadAudio: there is nothing to play with; message and hint say why.
        """
        ...

    def stop(self) -> None:
        """Fall silent and forget the samples. Nothing happens where nothing plays."""
        ...

    @property
    def playing(self) -> bool: ...

    @property
    def position_s(self) -> float:
        """How far it has played, in seconds; 0 when it does not."""
        ...


class Loudspeaker:
    """The system's chosen output, made at its first use: what it needs loads after the window."""

    def __init__(self) -> None:
        self._made: Player | None = None

    def play(self, samples: Samples, rate_hz: int) -> None:
        if self._made is None:
            from voicevault.records import Loudspeaker as Output

            self._made = Output()
        self._made.play(samples, rate_hz)

    def stop(self) -> None:
        if self._made is not None:
            self._made.stop()

    @property
    def playing(self) -> bool:
        return self._made is not None and self._made.playing

    @property
    def position_s(self) -> float:
        return self._made.position_s if self._made is not None else 0.0
