# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a vault keeps its consent: at most one record, and at most one sentence to be said.

consent             CONSENT     payload: `consents.record`; meta: type, case, day
consent-challenge   SETTINGS    payload: JSON of `Challenge`
"""

from __future__ import annotations

import datetime
import json
import time

from encrypted_store import Entry, Kind, Vault
from voicevault.consents.record import Challenge, Consent
from voicevault.consents.sentence import Declaration, draw_words
from voicevault.errors import Refused

RECORD, CHALLENGE = "consent", "consent-challenge"


def ask(vault: Vault, declaration: Declaration) -> Challenge:
    """Draw a sentence and keep it; one that was drawn before is forgotten."""
    today = datetime.date.today().isoformat()
    challenge = Challenge(declaration.checked(), today, draw_words(), int(time.time()))
    before = _entries(vault, Kind.SETTINGS, CHALLENGE)
    vault.put(Kind.SETTINGS, json.dumps(challenge.to_json()).encode(), {"type": CHALLENGE})
    for entry in before:
        vault.delete(entry.id)
    return challenge


def asked(vault: Vault) -> Challenge:
    """The sentence to be said.

    Raises:
        Refused: none was drawn, it was used, or it is too old.
    """
    found = _entries(vault, Kind.SETTINGS, CHALLENGE)
    try:
        challenge = Challenge.from_json(json.loads(vault.get(found[-1].id)))
    except (IndexError, ValueError, KeyError, TypeError):
        raise Refused(
            "there is no sentence to be said, or it was used", hint="voicevault consent ask"
        ) from None
    challenge.check_fresh(time.time())
    return challenge


def entry(vault: Vault) -> Entry | None:
    """The catalogue's line of the consent, None where there is none."""
    found = _entries(vault, Kind.CONSENT, RECORD)
    return found[-1] if found else None


def current(vault: Vault) -> Consent | None:
    """The consent of this vault."""
    found = entry(vault)
    return None if found is None else Consent.from_bytes(vault.get(found.id))


def keep(vault: Vault, consent: Consent) -> None:
    """Store a consent; the one before, and the sentence it was made from, are gone then."""
    before = _entries(vault, Kind.CONSENT, RECORD) + _entries(vault, Kind.SETTINGS, CHALLENGE)
    meta = {"type": RECORD, "case": consent.case, "day": consent.challenge.day}
    vault.put(Kind.CONSENT, consent.to_bytes(), meta)
    for one in before:
        vault.delete(one.id)


def withdraw(vault: Vault) -> bool:
    """Destroy the consent and any sentence to be said; False where there was no consent."""
    records = _entries(vault, Kind.CONSENT, RECORD)
    for one in records + _entries(vault, Kind.SETTINGS, CHALLENGE):
        vault.delete(one.id)
    return bool(records)


def _entries(vault: Vault, kind: Kind, record: str) -> list[Entry]:
    return [one for one in vault.list(kind) if one.meta.get("type") == record]
