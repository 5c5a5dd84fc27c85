# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said about an exported voice, in its graph, its JSON, its card and its manifest."""

import re
from dataclasses import dataclass

from voicevault.consents.record import Stamp
from voicevault.errors import UsageError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True, slots=True)
class VoiceInfo:
    """One exported voice. ``name`` is the file stem: letters, digits, ``.``, ``_`` and ``-``."""

    name: str
    espeak_voice: str = "en-us"
    """espeak-ng voice name valid in 1.51 and 1.52; "en-gb" is refused by piper-tts 1.8."""
    sample_rate_hz: int = 16_000
    hop_length: int = 200
    """Samples of one duration frame."""
    num_symbols: int = 161
    language_code: str = "en_US"
    run: str = ""
    """Run that trained the voice."""
    recipe: str = ""
    base_sha256: str = ""
    """SHA-256 of the base weights the voice started from."""
    created: str = ""
    """UTC, ISO 8601."""
    licence: str = "owner: all rights reserved"
    """What others may do with the voice; the owner's choice."""
    seconds_of_speech: int = 0
    """Of the owner's recordings used in training."""
    teachers: tuple[str, ...] = ()
    """Name and licence of each teacher that it learnt from besides."""
    commercial: bool = True
    """False where a teacher's licence forbids commercial use of what it taught."""
    kind: str = "voice"
    """What the files hold: "voice" or "recogniser"."""
    consent: Stamp | None = None
    """Of whoever allowed this voice; nothing is packed without it."""

    def __post_init__(self) -> None:
        """Refuses what would break a runtime later."""
        if not _NAME.fullmatch(self.name) or self.name.endswith(".onnx"):
            raise UsageError(
                f"voice name is {self.name!r}; 1 to 80 letters, digits, '.', '_' and '-' without "
                "the ending .onnx are possible",
                hint="for example en_US-alex-medium",
            )
        if not re.fullmatch(r"[a-z]{2,3}_[A-Z]{2}", self.language_code):
            raise UsageError(
                f"language_code is {self.language_code!r}; a form like en_US is needed"
            )
        if not 8_000 <= self.sample_rate_hz <= 48_000:
            raise UsageError(f"sample_rate_hz is {self.sample_rate_hz}; 8000 to 48000 is possible")
        if self.num_symbols < 161:
            raise UsageError(f"num_symbols is {self.num_symbols}; at least 161 are needed")
