# SPDX-License-Identifier: GPL-3.0-or-later
"""The owner's words in the vault: documents as plain text, and single names and words.

document   SETTINGS   payload: plain text, UTF-8; meta: name (of the file), words, created
hotword    SETTINGS   payload: the word as it was given, UTF-8; meta: the same three

SETTINGS, as everything that the person says rather than records: a visible kind of its own would
tell a thief of the folder who keeps documents here. Nothing else is made of them and kept, so
removing a record removes all there is.
"""

from __future__ import annotations

import hashlib
import time
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from encrypted_store import Entry, Kind, Vault
from voicevault.audio.files import named
from voicevault.data.document_text import load_document, plain_text
from voicevault.errors import BadDocument, UsageError, VaultCorrupt
from voicevault.text.spelling import sentences, spoken_words

DOCUMENT, HOTWORD = "document", "hotword"
MAX_WORD_CHARS, MAX_WORD_PARTS = 80, 6
LESSON_CHARS = 100_000
"""Of documents that teachers may read from: choosing among 1,600 sentences takes 20 s."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One document or one word in the vault."""

    id: str
    kind: str
    """DOCUMENT or HOTWORD."""
    name: str
    """Of the file; the word itself."""
    words: int
    created: int
    """Seconds since 1970."""
    new: bool = True
    """False where it was kept already."""


class Documents:
    """The owner's words in one open vault. Knows records and files, not how words are heard."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def add_file(self, path: Path) -> Kept:
        """Keep the text of a document; the record that is there where the same text was kept.

        Raises:
            BadDocument: there is no text in it that can be used.
        """
        try:
            text = plain_text(load_document(path), path.name)
        except OSError as error:
            raise BadDocument(
                f"{named(path.name)} cannot be read: {error.strerror}",
                hint="check its permissions",
            ) from error
        count = sum(bool(token.word) for words in sentences(text) for token in words)
        if not count:
            raise BadDocument(
                f"no word of {named(path.name)} can be recognised",
                hint="words of English letters are; write numbers out",
            )
        payload = text.encode()
        digest = hashlib.sha256(payload).hexdigest()
        for entry in self._entries(DOCUMENT):
            if entry.sha256 == digest:
                return _kept(entry, new=False)
        return self._put(DOCUMENT, payload, named(path.name), count)

    def add_word(self, word: str) -> Kept:
        """Keep a name or a word that is listened for; "Anna" and "anna" are one.

        Raises:
            UsageError: it is empty, too long, or nothing that the recogniser can write.
        """
        word = " ".join(unicodedata.normalize("NFC", word).split())
        parts = spoken_words(word)
        if not parts or len(word) > MAX_WORD_CHARS or len(parts) > MAX_WORD_PARTS:
            raise UsageError(
                f"{named(word)[:MAX_WORD_CHARS]!r} is no word that can be recognised",
                hint=f"1 to {MAX_WORD_PARTS} words of English letters, {MAX_WORD_CHARS} "
                'characters at most; write numbers out: --word "model nine"',
            )
        for entry in self._entries(HOTWORD):
            if spoken_words(str(entry.meta.get("name", ""))) == parts:
                return _kept(entry, new=False)
        return self._put(HOTWORD, word.encode(), word, len(parts))

    def all(self) -> list[Kept]:
        """Documents, then words, each in the order they came."""
        return [_kept(one) for kind in (DOCUMENT, HOTWORD) for one in self._entries(kind)]

    def find(self, name: str) -> Kept:
        """One of them by the beginning of its id, or by its name.

        Raises:
            UsageError: none, or several.
        """
        held = self.all()
        found = [one for one in held if name in (one.name, one.id)]
        if not found and len(name) >= 4:
            found = [one for one in held if one.id.startswith(name)]
        if len(found) != 1:
            why = f"{len(found)} records are called" if found else "there is no document or word"
            raise UsageError(f"{why} {named(name)!r}", hint="voicevault words list shows the ids")
        return found[0]

    def text(self, kept: Kept) -> str:
        """What is kept of it, word for word."""
        return self._text(kept.id)

    def remove(self, kept: Kept) -> None:
        """Destroy it. Nothing else was made of it."""
        self._vault.delete(kept.id)

    def texts(self) -> list[str]:
        """Every document's text."""
        return [self._text(entry.id) for entry in self._entries(DOCUMENT)]

    def hotwords(self) -> list[str]:
        """Every single word, as it was given."""
        return [_kept(entry).name for entry in self._entries(HOTWORD)]

    def _put(self, kind: str, payload: bytes, name: str, words: int) -> Kept:
        now = int(time.time())
        meta = {"type": kind, "name": name, "words": words, "created": now}
        return Kept(self._vault.put(Kind.SETTINGS, payload, meta), kind, name, words, now)

    def _text(self, entry_id: str) -> str:
        try:
            return self._vault.get(entry_id).decode()
        except UnicodeDecodeError as error:
            raise VaultCorrupt(f"the document {entry_id} is no text") from error

    def _entries(self, kind: str) -> list[Entry]:
        return [one for one in self._vault.list(Kind.SETTINGS) if one.meta.get("type") == kind]


def lesson_text(texts: Sequence[str], most_chars: int = LESSON_CHARS) -> str:
    """What teachers may read: the newest documents first, cut at a paragraph's end."""
    return _joined(reversed(texts), most_chars)


def _joined(texts: Iterable[str], most_chars: int) -> str:
    out, left = [], most_chars
    for text in texts:
        if len(text) > left:
            text = text[: max(0, text.rfind("\n", 0, left))]
        out.append(text)
        left -= len(text) + 1
    return "\n".join(one for one in out if one)


def _kept(entry: Entry, *, new: bool = True) -> Kept:
    meta = entry.meta
    name, words = str(meta.get("name", "")), int(meta.get("words", 0))
    return Kept(entry.id, str(meta["type"]), name, words, int(meta.get("created", 0)), new)
