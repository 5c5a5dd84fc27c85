# SPDX-License-Identifier: GPL-3.0-or-later
"""Quick phrases: what a person who talks with their voice says often; kept in the vault.

phrases     SETTINGS    payload: JSON, a list of texts in the order of the board
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from encrypted_store import Entry, Kind, Vault
from voicevault.errors import UsageError, VaultCorrupt
from voicevault.text.tidy import clean_text
from voicevault.vaults import translated

RECORD = "phrases"
MAX_PHRASES = 100
MAX_CHARS = 300  # some twenty seconds; a phrase, not a speech


class PhraseBook:
    """The phrases of one open vault."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    @translated()
    def all(self) -> tuple[str, ...]:
        """The phrases in their order; none where nobody kept any.

        Raises:
            VaultCorrupt: the record is not a list of texts.
        """
        found = self._entries()
        if not found:
            return ()
        try:
            body = json.loads(self._vault.get(found[-1].id))
        except ValueError as error:
            raise VaultCorrupt("the quick phrases cannot be read") from error
        if not isinstance(body, list) or not all(isinstance(one, str) for one in body):
            raise VaultCorrupt("the quick phrases are no list of texts")
        return tuple(body)

    @translated()
    def keep(self, phrases: Sequence[str]) -> tuple[str, ...]:
        """Replace the phrases; the ones that were kept, tidied. The new record is durable first.

        Raises:
            UsageError: too many of them, or one that is empty or too long.
        """
        if len(phrases) > MAX_PHRASES:
            raise UsageError(
                f"{len(phrases)} phrases; {MAX_PHRASES} are possible", hint="remove one first"
            )
        tidy = tuple(_checked(one) for one in phrases)
        before = self._entries()
        self._vault.put(Kind.SETTINGS, json.dumps(tidy).encode(), {"type": RECORD})
        for entry in before:
            self._vault.delete(entry.id)
        return tidy

    def _entries(self) -> list[Entry]:
        return [one for one in self._vault.list(Kind.SETTINGS) if one.meta.get("type") == RECORD]


def _checked(text: str) -> str:
    tidy = clean_text(text)
    if not any(one.isalnum() for one in tidy):
        raise UsageError("there is nothing to say in the phrase", hint="write at least one word")
    if len(tidy) > MAX_CHARS:
        raise UsageError(
            f"the phrase has {len(tidy)} characters; {MAX_CHARS} are possible",
            hint="make two phrases of it",
        )
    return tidy
