# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes in the vault: the original file bytes untouched, and what is known of them beside it.

Splits are not stored. They follow from the texts of all takes, so that adding or removing takes
needs no second write, and a sentence recorded twice is never on both sides.
"""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from encrypted_store import Entry, Kind, Vault
from voicevault.audio import qc
from voicevault.audio.files import Clip
from voicevault.audio.qc import Verdict
from voicevault.audio.reasons import Reason
from voicevault.data.dataset import Split, split_of
from voicevault.errors import BadDataset
from voicevault.text.tidy import clean_text

TRAIN: Split = "train"
VALIDATION_SHARE = 0.1
MIN_TEXTS_TO_SPLIT = 21  # with fewer, each sentence is worth more to the voice than a measurement
MAX_TEXT_CHARS = 2_000  # a minute of speech is some 1,000


@dataclass(frozen=True, slots=True)
class Take:
    """One recording of one text."""

    id: str
    prompt_id: str
    text: str
    duration_ms: int
    rate_hz: int
    format: str
    sha256: str  # of the file's bytes
    verdict: Verdict
    split: Split
    created: int  # seconds since 1970
    source: str  # "import" or "recorded"
    channels: int = 1
    asked: str = ""
    """The sentence that was to be read, where something else was said and the text corrected."""

    @property
    def usable(self) -> bool:
        """Whether training uses it by default."""
        return self.verdict.status != "redo"


def checked_text(text: str) -> str:
    """`clean_text`, if there is something to say in it.

    Raises:
        BadDataset: nothing to say, or too much for one take.
    """
    text = clean_text(text)
    if not any(one.isalnum() for one in text):
        raise BadDataset("there is no text", hint="write down what is said in the recording")
    if len(text) > MAX_TEXT_CHARS:
        raise BadDataset(
            f"the text has {len(text)} characters; a take has at most {MAX_TEXT_CHARS}",
            hint="split the recording into single sentences",
        )
    return text


def add_take(
    vault: Vault,
    data: bytes,
    clip: Clip,
    text: str,
    verdict: Verdict,
    *,
    prompt_id: str = "",
    source: str = "import",
    asked: str = "",
) -> Take:
    """Keep `data`, the original file, as a take of `text`. Does not look for duplicates.

    Raises:
        BadDataset: `text` says nothing or too much.
    """
    created = int(time.time())
    meta: dict[str, Any] = {
        "type": "take",
        "prompt_id": clean_text(prompt_id),
        "text": checked_text(text),
        "duration_ms": round(clip.duration_s * 1000),
        "rate_hz": clip.rate_hz,
        "channels": clip.channels,
        "format": clip.format,
        "verdict": verdict.to_meta(),
        "created": created,
        "source": source,
    }
    if asked:
        meta["asked"] = checked_text(asked)
    take_id = vault.put(Kind.SAMPLE, data, meta)
    return _take(take_id, hashlib.sha256(data).hexdigest(), meta)


def amend(vault: Vault, take_id: str, verdict: Verdict) -> None:
    """Replace a take's verdict: its words were compared after it was kept."""
    meta = dict(vault.entry(take_id).meta)
    vault.update(take_id, meta | {"verdict": verdict.to_meta()})


def list_takes(vault: Vault) -> list[Take]:
    """Every take in the order it came, with its split."""
    takes = [_of(entry) for entry in vault.list(Kind.SAMPLE) if entry.meta.get("type") == "take"]
    return assign_splits(sorted(takes, key=lambda one: one.created))


def find_duplicate(takes: Iterable[Take], sha256: str) -> Take | None:
    """The take that holds exactly these file bytes."""
    return next((one for one in takes if one.sha256 == sha256), None)


def same_text(one: str, other: str) -> bool:
    """Whether two texts say the same, as far as their letters go."""
    return spoken(one) == spoken(other)


def assign_splits(takes: Sequence[Take]) -> list[Take]:
    """Each take with its split: about a tenth of the usable sentences measures, not teaches."""
    texts = [spoken(one.text) for one in takes if one.usable]
    splits = split_of(texts, validation_share=VALIDATION_SHARE, smallest=MIN_TEXTS_TO_SPLIT)
    side = dict(zip(texts, splits, strict=True))
    return [dataclasses.replace(one, split=side.get(spoken(one.text), TRAIN)) for one in takes]


def spoken(text: str) -> str:
    """What makes two texts the same sentence."""
    return clean_text(text).casefold()


def _of(entry: Entry) -> Take:
    return _take(entry.id, entry.sha256, dict(entry.meta))


def _take(take_id: str, sha256: str, meta: dict[str, Any]) -> Take:
    """A take from its catalogue line; what an older version did not write has its default."""
    verdict = meta.get("verdict")
    return Take(
        id=take_id,
        prompt_id=str(meta.get("prompt_id", "")),
        text=str(meta.get("text", "")),
        duration_ms=int(meta.get("duration_ms", 0)),
        rate_hz=int(meta.get("rate_hz", 0)),
        format=str(meta.get("format", "")),
        sha256=sha256,
        verdict=qc.Verdict.from_meta(verdict) if verdict else Verdict("keep", Reason.FINE, ""),
        split=TRAIN,
        created=int(meta.get("created", 0)),
        source=str(meta.get("source", "")),
        channels=int(meta.get("channels", 1)),
        asked=str(meta.get("asked", "")),
    )
