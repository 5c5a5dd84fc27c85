# SPDX-License-Identifier: GPL-3.0-or-later
"""A vault with takes and the consent of nobody, and a worker that works in this process."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from encrypted_store import KdfParams, Vault
from voicevault import consenting, jobs, worker
from voicevault.consents.record import Consent
from voicevault.data.takes import list_takes
from voicevault.errors import Refused, by_name
from voicevault.events import Event
from voicevault.events import decode as event_of
from voicevault.service import Studio
from voicevault.training import invent

TRIES = 8  # a true sentence is not always understood: a person says another one
PASSPHRASE = "an invented passphrase"
OWNER, STRANGER = 20, -1
FAR_VOICE, FARTHER = 97, 1.4  # of the base: 0.53 to 0.60 alike; invented owners are all near
TEXTS = {
    "p1": "The morning train was late again, so we walked.",
    "p2": "Please put the yellow cups beside the kitchen window.",
    "p3": "Nobody told me that the museum closes on Thursday!",
    "p4": "Could you measure this board before you cut it?",
}


class Quiet:
    """A context that remembers its events."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def emit(self, event: Event) -> None:
        self.events.append(event)

    def put_blob(self, name: str, data: bytes, meta: dict[str, Any]) -> None: ...

    def stopping(self) -> bool:
        return False


def says(texts: dict[str, str], seed: int) -> dict[str, bytes]:
    """FLAC of what a person of this seed says."""
    with pytest.MonkeyPatch.context() as patched:
        if seed == STRANGER:
            patched.setattr(invent, "invented_speaker", far_voice)
        return {
            name: data
            for name, _, data in invent.invent_owner(list(texts.items()), abs(seed), Quiet())
        }


def far_voice(base: Any, random: Any) -> Any:
    """A speaker vector [1, G] that sounds unlike the owner."""
    middle = base.speakers.mean(0)
    return (middle + FARTHER * (base.speakers[FAR_VOICE] - middle))[None]


def here(
    request: jobs.Request, on_event: Any = None, on_blob: jobs.OnBlob | None = None
) -> dict[str, Any]:
    """A job as the worker does it, in this process; its errors come back as the parent's do."""
    out = io.BytesIO()
    body = json.loads(request.header())
    given = worker.Assignment(request.job, body["spec"], body["tickets"], dict(request.blobs))
    worker.perform(given, worker.WorkerContext(out), worker.ENTRY_POINTS)
    out.seek(0)
    last: dict[str, Any] = {}
    while line := out.readline():
        event = event_of(line)
        if type(event).__name__ == "Blob":
            data = out.read(event.size)
            if on_blob is not None:
                on_blob(event.name, data, event.meta)
        elif type(event).__name__ == "Failed":
            raise by_name(event.kind)(event.message, hint=event.hint)
        elif type(event).__name__ == "Finished":
            last = event.result
        elif on_event is not None:
            on_event(event)
    return last


@dataclass
class Home:
    """An open vault, its path, and what its owner and a stranger say."""

    vault: Vault
    path: Path
    consent: Consent

    @property
    def consenting(self) -> consenting.Consenting:
        return consenting.Consenting(self.vault, list_takes(self.vault), here)

    def takes(self) -> list[dict[str, Any]]:
        return [consenting.take_ticket(self.vault, one, "train") for one in list_takes(self.vault)]

    def job(self, name: str, ticket: str | None, **more: Any) -> dict[str, Any]:
        """A worker fed by hand."""
        tickets: dict[str, Any] = {"takes": self.takes()}
        if ticket is not None:
            tickets["consent"] = [{"ticket": ticket}]
        spec = {"run": "r", "recipe": "tts_quick", "overrides": {}, **more.pop("spec", {})}
        return here(jobs.Request(name, spec, tickets, tuple(more.items())))


def create(path: Path, seed: int) -> None:
    with Studio.create(path, PASSPHRASE, kdf=KdfParams(64 * 1024, t=3, p=4))[0] as studio:
        folder = path.parent / f"recordings-{seed}"
        folder.mkdir()
        for name, data in says(TEXTS, seed).items():
            (folder / f"{name}.flac").write_bytes(data)
            studio.import_file(folder / f"{name}.flac", TEXTS[name])
        studio._work = here  # type: ignore[method-assign]
        for again in range(TRIES):
            text = studio.consent.ask().text
            try:
                kept = studio.consent.record(says({"c": text}, seed)["c"])
                break
            except Refused as error:
                if "drawn word" not in error.message or again == TRIES - 1:
                    raise
        assert studio.consent.current() == kept
