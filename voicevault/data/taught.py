# SPDX-License-Identifier: GPL-3.0-or-later
"""What teachers made, as the vault keeps it: speech of texts, and labels of takes.

taught   FEATURES   payload: FLAC of what a teacher said, empty where it was not admitted;
                    meta: key, text, the teacher's card, figures, why it was refused, run or takes
labels   FEATURES   payload: JSON of what a recogniser heard in one take; meta: key and teacher

Each belongs to takes. What a student of this vault said belongs to its run, whose record names the
takes; everything else names them in ``derived_from``. Deleting a take follows both
(``voicevault.forgetting``). The key says what was asked of whom: nothing is taught twice.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from encrypted_store import Entry, Kind, Vault
from voicevault.data.dataset import Source
from voicevault.errors import VaultCorrupt

TAUGHT, LABELS = "taught", "labels"
EMBEDDED = "embedded"
"""Name of the teacher that is a student of this vault; no other answers to it."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Which teacher, on what terms; it follows into every voice that learns from it."""

    name: str
    version: str
    licence: str
    commercial: bool
    fingerprint: str
    """Of the teacher's files: another file is another teacher."""

    @classmethod
    def of(cls, meta: Mapping[str, Any]) -> Provenance:
        """Back from the vault. What is missing counts as the least that could be allowed."""
        return cls(
            str(meta.get("name", "")),
            str(meta.get("version", "")),
            str(meta.get("licence", "unknown")),
            meta.get("commercial") is True,
            str(meta.get("fingerprint", "")),
        )

    def to_meta(self) -> dict[str, Any]:
        """Its form in the catalogue."""
        return {
            "name": self.name,
            "version": self.version,
            "licence": self.licence,
            "commercial": self.commercial,
            "fingerprint": self.fingerprint,
        }


@dataclass(frozen=True, slots=True)
class Taught:
    """One text that a teacher was asked to say."""

    id: str
    key: str
    text: str
    teacher: Provenance
    refused: str = ""
    """Why it is no material; empty where it is."""
    figures: Mapping[str, int] = field(default_factory=dict)
    """In thousandths of what their name says."""
    run: str = ""
    """Of the student that said it; empty for a teacher from elsewhere."""
    created: int = 0
    """Seconds since 1970."""

    @property
    def source(self) -> Source:
        """What it is to a training."""
        return "replay" if self.teacher.name == EMBEDDED else "taught"

    @property
    def usable(self) -> bool:
        """Whether training may use it."""
        return not self.refused


@dataclass(frozen=True, slots=True)
class Labels:
    """What a recogniser heard in one take."""

    id: str
    key: str
    take_id: str
    teacher: Provenance
    body: Mapping[str, Any]
    """transcript, hypotheses, words, token probabilities, misread words."""


def fingerprint(files: Mapping[str, str]) -> str:
    """One hash for a teacher's files (name -> SHA-256), whatever their order."""
    return hashlib.sha256(json.dumps(sorted(files.items())).encode()).hexdigest()


def key_of(teacher: str, what: str, settings: Mapping[str, Any]) -> str:
    """What was asked of whom: a teacher's fingerprint, a text or a take's SHA-256, settings."""
    asked = json.dumps([teacher, what, sorted(settings.items())], ensure_ascii=False)
    return hashlib.sha256(asked.encode()).hexdigest()


def keep_taught(
    vault: Vault,
    audio: bytes,
    *,
    key: str,
    text: str,
    teacher: Provenance,
    refused: str = "",
    figures: Mapping[str, int] | None = None,
    run: str = "",
    takes: Sequence[str] = (),
) -> str:
    """Store one text's speech; where it was refused, only why. The id of the record.

    Args:
        audio: FLAC; not kept where ``refused`` says why.
        run: of the student that said it.
        takes: that the teacher listened to.
    """
    meta = {
        "type": TAUGHT,
        "key": key,
        "text": text,
        "teacher": teacher.to_meta(),
        "refused": refused,
        "figures": dict(figures or {}),
        "derived_from": sorted(takes),
        "created": int(time.time()),
        **({"run": run} if run else {}),
    }
    return vault.put(Kind.FEATURES, b"" if refused else audio, meta)


def list_taught(vault: Vault) -> list[Taught]:
    """Everything that teachers were asked to say, in the order it came."""
    return [
        Taught(
            entry.id,
            str(entry.meta.get("key", "")),
            str(entry.meta.get("text", "")),
            Provenance.of(entry.meta.get("teacher", {})),
            str(entry.meta.get("refused", "")),
            dict(entry.meta.get("figures", {})),
            str(entry.meta.get("run", "")),
            int(entry.meta.get("created", 0)),
        )
        for entry in _entries(vault, TAUGHT)
    ]


def newest(taught: Iterable[Taught]) -> list[Taught]:
    """What training may use: of each text the newest that was admitted, in the order of texts."""
    found = {one.text: one for one in taught if one.usable}  # later ones replace earlier ones
    return [found[text] for text in sorted(found)]


def ledger(teachers: Iterable[Provenance]) -> dict[str, Any]:
    """What a run says of its teachers: each once, and whether all allow commercial use."""
    named = {one.fingerprint: one for one in teachers}
    found = sorted(named.values(), key=lambda one: (one.name, one.version))
    return {
        "teachers": [one.to_meta() for one in found],
        "commercial": all(one.commercial for one in found),
    }


def keep_labels(vault: Vault, body: bytes, *, key: str, take_id: str, teacher: Provenance) -> str:
    """Store what was heard in a take, as JSON; earlier labels by its key go. The record's id."""
    before = [one for one in _entries(vault, LABELS) if one.meta.get("key") == key]
    meta = {
        "type": LABELS,
        "key": key,
        "teacher": teacher.to_meta(),
        "derived_from": [take_id],
    }
    new = vault.put(Kind.FEATURES, body, meta)
    for entry in before:
        vault.delete(entry.id)
    return new


def list_labels(vault: Vault, keys: Iterable[str] | None = None) -> list[Labels]:
    """Labels of takes, in the order they came; only those of ``keys`` where given.

    Raises:
        VaultCorrupt: a record is no JSON object.
    """
    wanted = None if keys is None else set(keys)
    return [
        _labels(vault, entry)
        for entry in _entries(vault, LABELS)
        if wanted is None or entry.meta.get("key") in wanted
    ]


def held_keys(vault: Vault) -> set[str]:
    """What was asked already and need not be asked again, said or heard, admitted or refused."""
    return {
        str(entry.meta.get("key", ""))
        for kind in (TAUGHT, LABELS)
        for entry in _entries(vault, kind)
    }


def _labels(vault: Vault, entry: Entry) -> Labels:
    try:
        body = json.loads(vault.get(entry.id))
        (take_id,) = entry.meta["derived_from"]
        if not isinstance(body, dict):
            raise TypeError("no object")
    except (ValueError, TypeError, KeyError) as error:
        raise VaultCorrupt(f"the labels {entry.id} cannot be read") from error
    teacher = Provenance.of(entry.meta.get("teacher", {}))
    return Labels(entry.id, str(entry.meta.get("key", "")), str(take_id), teacher, body)


def _entries(vault: Vault, kind: str) -> list[Entry]:
    return [one for one in vault.list(Kind.FEATURES) if one.meta.get("type") == kind]
