# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a consent: what was said, when, and the sound of it; and its stamp on a voice.

A record is believed as far as it can be checked again: its text follows from its parts, its sound
is the one it was made with, and whoever trains listens to that sound once more
(`training.permission`). A figure in a record proves nothing and is not kept in it.

    payload    4 bytes, big-endian: length of the JSON; the JSON; the recording as it came
"""

from __future__ import annotations

import datetime
import hashlib
import json
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from voicevault.consents.sentence import BANK, OWN, WORD_COUNT, WORDS, Declaration, sentence
from voicevault.errors import Refused, UsageError

FORMAT = "voicevault-consent/1"
VALID_S = 15 * 60
"""From drawing the words to the check of their recording."""
CLOCK_S = 300
"""So far ahead of this clock a record may be: clocks are put right."""
ASK = "say a new one: voicevault consent record"


@dataclass(frozen=True, slots=True)
class Challenge:
    """A sentence that was drawn and has not been said yet."""

    declaration: Declaration
    day: str
    """ISO date on the speaker's calendar."""
    words: tuple[str, ...]
    drawn: int
    """Seconds since 1970."""

    @property
    def text(self) -> str:
        """What has to be said."""
        return sentence(self.declaration, datetime.date.fromisoformat(self.day), self.words)

    def check_fresh(self, now_s: float) -> None:
        """Raises Refused when it is too old, or from a clock that runs ahead."""
        if not -CLOCK_S <= now_s - self.drawn <= VALID_S:
            raise Refused(
                f"the sentence is {(now_s - self.drawn) / 60:.0f} minutes old; "
                f"it has to be said within {VALID_S // 60}",
                hint="voicevault consent ask draws a new one",
            )

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"words": list(self.words)}

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Challenge:
        """Raises KeyError, TypeError or ValueError for anything that is no challenge."""
        return cls(
            Declaration(**body["declaration"]),
            str(body["day"]),
            tuple(str(one) for one in body["words"]),
            int(body["drawn"]),
        )


@dataclass(frozen=True, slots=True)
class Consent:
    """A sentence, said: everything that a check needs."""

    challenge: Challenge
    text: str
    recorded: int
    """Seconds since 1970, when its recording was checked first."""
    audio: bytes = field(repr=False)
    audio_sha256: str = ""
    voice: tuple[int, ...] = ()
    """The recordings' voice in 1/10,000, [256]; `bank` only: there the speaker is another."""

    def to_bytes(self) -> bytes:
        body = {
            "format": FORMAT,
            "challenge": self.challenge.to_json(),
            "text": self.text,
            "recorded": self.recorded,
            "audio_sha256": self.audio_sha256,
            "voice": list(self.voice),
        }
        head = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
        return len(head).to_bytes(4, "big") + head + self.audio

    @classmethod
    def from_bytes(cls, data: bytes) -> Consent:
        """Raises Refused for anything that is no record of a consent."""
        try:
            end = 4 + int.from_bytes(data[:4], "big")
            body = json.loads(data[4:end])
            if body["format"] != FORMAT:
                raise ValueError(body["format"])
            return cls(
                Challenge.from_json(body["challenge"]),
                str(body["text"]),
                int(body["recorded"]),
                data[end:],
                str(body["audio_sha256"]),
                tuple(int(one) for one in body["voice"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Refused("the record of the consent cannot be read", hint=ASK) from error

    @property
    def sha256(self) -> str:
        """Of the whole record. The random words in it keep a stranger from guessing its content."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    @property
    def case(self) -> str:
        return self.challenge.declaration.case

    def stamp(self) -> Stamp:
        """What may be said of it outside the vault."""
        return Stamp(self.case, self.challenge.day, self.sha256)

    def check(self, now_s: float | None = None) -> None:
        """Everything that needs no ears.

        Raises:
            Refused: the record was not made by saying a drawn sentence in time.
        """
        now_s = time.time() if now_s is None else now_s
        for fault, wrong in self._faults(now_s).items():
            if wrong:
                raise Refused(f"the consent does not hold: {fault}", hint=ASK)

    def _faults(self, now_s: float) -> dict[str, bool]:
        challenge = self.challenge
        try:
            day = datetime.date.fromisoformat(challenge.day)
            declared = challenge.declaration.checked() == challenge.declaration
        except (ValueError, TypeError, UsageError):
            return {"its declaration or its date cannot be read": True}
        words = set(challenge.words)
        drawn_day = datetime.datetime.fromtimestamp(challenge.drawn, datetime.UTC).date()
        drawn_well = len(challenge.words) == len(words) == WORD_COUNT and words <= set(WORDS)
        return {
            "its declaration is another one": not declared,
            "its words were not drawn": not drawn_well,
            "its text is not the sentence": drawn_well and self.text != challenge.text,
            # A day of difference is a time zone.
            "its date is not the day it was drawn": abs((day - drawn_day).days) > 1,
            "it was not said within 15 minutes": not (
                -CLOCK_S <= self.recorded - challenge.drawn <= VALID_S
            ),
            "it lies in the future": self.recorded > now_s + CLOCK_S,
            "its recording is another one": hashlib.sha256(self.audio).hexdigest()
            != self.audio_sha256,
            "the voice of the recordings is missing": bool(self.voice) != (self.case == BANK),
        }


@dataclass(frozen=True, slots=True)
class PublishedSpeech:
    """In place of a consent, for speech that its speakers published: benches and tests.

    A vault's owner cannot use it: no job of the worker takes it.
    """

    source: str
    licence: str

    def stamp(self) -> Stamp:
        """Raises Refused without a source and a licence."""
        if not self.source.strip() or not self.licence.strip():
            raise Refused("published speech needs its source and its licence")
        return Stamp("published", source=self.source, licence=self.licence)


@dataclass(frozen=True, slots=True)
class Stamp:
    """A consent as a voice carries it: no name, no text, no sound."""

    case: str
    """`own`, `bank` or `published`."""
    day: str = ""
    sha256: str = ""
    source: str = ""
    licence: str = ""

    def to_json(self) -> dict[str, str]:
        return {key: value for key, value in asdict(self).items() if value}

    @classmethod
    def from_json(cls, body: Any) -> Stamp:
        """Raises Refused for anything that is no stamp."""
        try:
            found = cls(**{str(key): str(value) for key, value in body.items()})
        except (TypeError, AttributeError):
            found = cls("")
        if found.case not in (OWN, BANK, "published"):
            raise Refused("the voice does not say whose consent it was made with")
        return found

    def sentence(self) -> str:
        """For the voice card."""
        if self.case == OWN:
            said = "spoken by the owner of the voice"
        elif self.case == BANK:
            said = "spoken by a relative or carer about another person's recordings"
        else:
            return f"speech published by its speakers: {self.source} ({self.licence})"
        return f"{said} on {self.day}; SHA-256 of the record {self.sha256}"
