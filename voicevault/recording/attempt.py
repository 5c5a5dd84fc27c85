# SPDX-License-Identifier: GPL-3.0-or-later
"""One try at a sentence, from the microphone to the decision about it."""

from __future__ import annotations

from dataclasses import dataclass, field

from voicevault.audio.files import Samples
from voicevault.audio.qc import Verdict
from voicevault.audio.reasons import Reason
from voicevault.text.prompts import Prompt

# What only a machine's opinion stands against. A ventilator cannot be switched off, and how a
# person speaks is theirs: they may keep such a take, and training uses it. The others hold nothing.
THEIR_CALL = frozenset({Reason.WORDS, Reason.HURRIED, Reason.NOISY, Reason.FAINT, Reason.CLIPPED})


@dataclass(slots=True, eq=False)  # two arrays have no one answer to whether they are equal
class Attempt:
    """In memory only, until it is kept. `text` is the prompt's, or what was said instead."""

    prompt: Prompt
    text: str
    samples: Samples = field(repr=False)  # [S]; speech belongs in no message
    rate_hz: int
    lost: bool
    ended_s: float  # on the session's clock
    verdict: Verdict | None = None
    settled: bool = False  # the words were compared, or cannot be
    flac: bytes = field(default=b"", repr=False)
    verdict_ms: int = 0  # from the end of the take until its verdict could be shown

    @property
    def good(self) -> bool:
        """Whether it is kept by a plain yes."""
        return self.verdict is not None and self.verdict.status != "redo"

    @property
    def can_be_kept(self) -> bool:
        """Whether its owner may keep it, be the verdict what it may."""
        return self.verdict is not None and (self.good or self.verdict.reason in THEIR_CALL)
