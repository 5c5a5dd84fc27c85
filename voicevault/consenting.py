# SPDX-License-Identifier: GPL-3.0-or-later
"""Consent as the vault lives through it: ask, hear, keep, show, withdraw.

Whether a recording is a consent is decided in a worker, where voices can be compared
(`training.permission`); whether it still holds is decided there again, with every training.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from encrypted_store import Vault
from voicevault import jobs
from voicevault.consents import keeping
from voicevault.consents.record import Challenge, Consent
from voicevault.consents.sentence import Declaration
from voicevault.data.takes import Take
from voicevault.errors import Refused, UsageError, VoiceVaultError
from voicevault.events import Event
from voicevault.runs import DONE, RunBook

Work = Callable[[jobs.Request, Callable[[Event], None] | None, jobs.OnBlob], dict[str, Any]]
COMPARED = 40
"""So many takes, from the first to the last, are compared with a new sentence; training compares
every one."""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What a withdrawal did, and what it cannot reach."""

    withdrawn: bool
    voices: tuple[str, ...]
    """Finished runs that are still in the vault. They speak; they cannot be exported."""


class Consenting:
    """The consent of one open vault."""

    def __init__(self, vault: Vault, takes: Sequence[Take], work: Work) -> None:
        self._vault, self._takes, self._work = vault, takes, work

    def ask(self, declaration: Declaration | None = None) -> Challenge:
        """Draw a sentence, valid for 15 minutes. Raises UsageError for half a declaration."""
        return keeping.ask(self._vault, declaration or Declaration())

    def record(self, recording: bytes, on_event: Callable[[Event], None] | None = None) -> Consent:
        """Keep a recording of the drawn sentence as the consent, if it is one.

        Raises:
            Refused: it is not, with one reason and one piece of advice.
            UsageError: there are no takes to compare the voice with.
            MissingExtra: voices cannot be compared here.
        """
        challenge = keeping.asked(self._vault)
        usable = [take for take in self._takes if take.usable]
        if not usable:
            raise UsageError(
                "there is no usable take to compare the voice with",
                hint="voicevault import FOLDER, then say the sentence",
            )
        digest = hashlib.sha256(recording).hexdigest()
        if digest in {take.sha256 for take in self._takes}:
            raise Refused("not a consent: this recording is one of the takes", hint=FRESH)
        before = keeping.current(self._vault)
        if before is not None and before.audio_sha256 == digest:
            raise Refused("not a consent: this recording was used before", hint=FRESH)
        chosen = usable[:: max(1, len(usable) // COMPARED)]
        request = jobs.Request(
            "consent",
            {"challenge": challenge.to_json()},
            {"takes": [take_ticket(self._vault, take, "train") for take in chosen]},
            (("recording", recording),),
        )
        made: dict[str, bytes] = {}
        self._work(request, on_event, lambda name, data, meta: made.__setitem__(name, data))
        if "consent" not in made:
            raise VoiceVaultError("the check of the consent ended without a record")
        consent = Consent.from_bytes(made["consent"])
        keeping.keep(self._vault, consent)
        return consent

    def current(self) -> Consent | None:
        """The consent that is kept, None where nobody gave one."""
        return keeping.current(self._vault)

    def withdraw(self) -> Withdrawal:
        """Destroy the consent: from now on nothing is trained or exported."""
        voices = [run.name for run in RunBook(self._vault).all() if run.status == DONE]
        return Withdrawal(keeping.withdraw(self._vault), tuple(voices))


FRESH = "record the sentence anew, as it is shown"


def take_ticket(vault: Vault, take: Take, split: str) -> dict[str, Any]:
    """The key of this one take and what a job needs to know of it."""
    meta = {"id": take.id, "text": take.text, "split": split, "prompt_id": take.prompt_id}
    return {"ticket": vault.ticket(take.id).to_json(), "meta": meta}


def consent_tickets(vault: Vault) -> dict[str, list[dict[str, Any]]]:
    """The consent for a job. The job checks it; here only its absence is told early.

    Raises:
        Refused: nobody consented.
    """
    found = keeping.entry(vault)
    if found is None:
        raise Refused(
            "nobody consented to a voice from these recordings",
            hint="say a sentence: voicevault consent record",
        )
    return {"consent": [{"ticket": vault.ticket(found.id).to_json()}]}
