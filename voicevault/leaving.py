# SPDX-License-Identifier: GPL-3.0-or-later
"""What leaves the vault as files: a voice for Piper and phones, a recogniser for sherpa-onnx."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from encrypted_store import Kind, Vault
from voicevault import egress, jobs
from voicevault.bundle import Bundle, from_files
from voicevault.consenting import consent_tickets, take_ticket
from voicevault.data.takes import Take
from voicevault.errors import ExportFailed, UsageError
from voicevault.events import Event, Progress
from voicevault.export.hearing import NAME, verify_any
from voicevault.export.ownership import MANIFEST, SIGNATURE, new_signing_key
from voicevault.export.verify import FolderReport
from voicevault.lessons import Work
from voicevault.runs import DONE, RECOGNISER, VOICE, Run, RunBook

TARGETS: Mapping[str, str] = {"piper": VOICE, "sherpa": RECOGNISER}
"""Where to, and what goes there."""
SIGNING_KEY = "signing-key"
SHARED_FILES = ("tokens.txt", "lexicon.txt", MANIFEST)  # one set, so one voice, a folder
RECOGNISER_FILES = (f"{NAME}.onnx", "tokens.txt", "test.wav", "manifest.json")


@dataclass(frozen=True, slots=True)
class Wanted:
    """How an export shall be."""

    to: str = "piper"
    name: str = ""
    """Of the voice; a recogniser's files have fixed names."""
    fp32: bool = False
    force: bool = False
    check: bool = True
    zipped: bool = False
    """Also as one zip beside the folder."""


def finished(runs: RunBook, name: str, student: str) -> Run:
    """A finished run that made a ``student``.

    Raises:
        UsageError: there is none, it is not finished, or it made something else.
    """
    run = runs.find(name, student)
    if run.status != DONE:
        raise UsageError(
            f"run {run.name} is {run.status}, not done",
            hint=f"voicevault train {run.recipe} --resume",
        )
    if run.student != student:
        hints = {
            VOICE: "voicevault train tts_quick makes a voice; a recogniser leaves by "
            "export --to sherpa",
            RECOGNISER: "voicevault train asr_quick makes a recogniser; a voice leaves by "
            "export --to piper",
        }
        raise UsageError(
            f"run {run.name} made a {run.student}, not a {student}", hint=hints[student]
        )
    return run


class Leaving:
    """Exports of one open vault. Knows records, jobs and the door, not how files are made."""

    def __init__(self, vault: Vault, runs: RunBook, takes: Sequence[Take], work: Work) -> None:
        self._vault, self._runs, self._takes, self._work = vault, runs, takes, work

    def export(
        self, name: str, out: Path, wanted: Wanted, *, on_event: Callable[[Event], None] | None
    ) -> tuple[list[Path], FolderReport | None]:
        """Write what a run made into ``out``, after every installed runtime has tried it.

        Raises:
            UsageError: no such target, or not one for what the run made.
            Refused: nobody consents to it, or ``out`` holds another one.
            ExportFailed: it did not pass its own check.
        """
        if wanted.to not in TARGETS:
            raise UsageError(
                f"cannot export to {wanted.to!r}; {' and '.join(TARGETS)} are possible"
            )
        run = finished(self._runs, name, TARGETS[wanted.to])
        beside = out.absolute().parent
        _check_place(run, out, beside, wanted)
        files = _in_order(self._make(run, wanted, on_event))
        with egress.staged(out, files, force=wanted.force) as staging:
            checked = verify_any(staging.waiting) if wanted.check else None
            _refuse_failed(run, checked)
            whole = from_files(files, checked) if wanted.zipped else None
            written = staging.publish()
        if whole is not None:
            written.append(whole.save(beside / whole.zip_name))
        return written, checked

    def bundle(
        self, name: str, voice_name: str, *, on_event: Callable[[Event], None] | None
    ) -> Bundle:
        """A voice in memory, checked from a folder that is memory where the system has one.

        Raises:
            UsageError, Refused, ExportFailed: as `export`.
        """
        run = finished(self._runs, name, VOICE)
        files = self._make(run, Wanted(name=voice_name), on_event)
        with egress.in_memory(files) as folder:
            if folder is not None and on_event is not None:
                on_event(Progress("check", 0, 0))
            checked = verify_any(folder) if folder is not None else None
        _refuse_failed(run, checked)
        return from_files(files, checked)

    def _make(
        self, run: Run, wanted: Wanted, on_event: Callable[[Event], None] | None
    ) -> dict[str, bytes]:
        """The files, from the worker; the consent is asked for once more."""
        consent = consent_tickets(self._vault)
        learned = self._runs.takes(run)
        spoken = [take for take in self._takes if take.id in learned]
        takes = [take_ticket(self._vault, take, "train") for take in spoken]
        tickets = {**consent, "takes": takes}
        if run.student == RECOGNISER:
            request, model = self._recogniser(run, tickets)
        else:
            request, model = self._voice(run, wanted, tickets, spoken)
        files: dict[str, bytes] = {}
        self._work(request, on_event, lambda label, data, meta: files.__setitem__(label, data))
        if model not in files:
            raise ExportFailed("the export ended without its model")
        return files

    def _voice(
        self,
        run: Run,
        wanted: Wanted,
        tickets: dict[str, list[dict[str, Any]]],
        spoken: Sequence[Take],
    ) -> tuple[jobs.Request, str]:
        name = _voice_name(run, wanted)
        spec = {
            "run": run.name,
            "recipe": run.recipe,
            "name": name,
            "fp32": wanted.fp32,
            "facts": run.result,
            "texts": [take.text for take in spoken],
            "seconds_of_speech": sum(take.duration_ms for take in spoken) // 1000,
        }
        blobs = (
            ("student", self._piece(run, Kind.MODEL, "student")),
            (SIGNING_KEY, self._signing_key()),
        )
        return jobs.Request("export", spec, tickets, blobs), f"{name}.onnx"

    def _recogniser(
        self, run: Run, tickets: dict[str, list[dict[str, Any]]]
    ) -> tuple[jobs.Request, str]:
        blobs = (
            ("asr.onnx", self._piece(run, Kind.MODEL, "asr.onnx")),
            ("asr_tokens.txt", self._piece(run, Kind.SETTINGS, "asr_tokens.txt")),
            ("asr.json", self._piece(run, Kind.SETTINGS, "asr.json")),
            (SIGNING_KEY, self._signing_key()),
        )
        request = jobs.Request("export-recogniser", {"run": run.name}, tickets, blobs)
        return request, f"{NAME}.onnx"

    def _piece(self, run: Run, kind: Kind, record: str) -> bytes:
        return self._vault.get(self._runs.whole(run, kind, record).id)

    def _signing_key(self) -> bytes:
        """The owner's Ed25519 key; made with the first export, never outside the vault."""
        for entry in self._vault.list(Kind.SETTINGS):
            if entry.meta.get("type") == SIGNING_KEY:
                return self._vault.get(entry.id)
        key = new_signing_key()
        self._vault.put(Kind.SETTINGS, key, {"type": SIGNING_KEY})
        return key


def _check_place(run: Run, out: Path, beside: Path, wanted: Wanted) -> None:
    """Before anything is made: nothing of another voice may be replaced."""
    if run.student == RECOGNISER:
        if wanted.name or wanted.fp32 or wanted.zipped:
            raise UsageError(
                "--name, --fp32 and --zip are for voices: a recogniser leaves as asr.onnx, in int8",
                hint=f"voicevault export {run.name} --to sherpa --out {out}",
            )
        egress.check_free(out, list(RECOGNISER_FILES), force=wanted.force)
        return
    name = _voice_name(run, wanted)
    egress.check_free(out, [f"{name}.onnx", *SHARED_FILES], force=wanted.force)
    if wanted.zipped:
        egress.check_free(beside, [f"{name}.zip"], force=wanted.force)


def _in_order(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The order in which they get their places: manifest and signature first, the model last.

    Whatever ends the program in between: what is there has no model, or does not fit its manifest.
    """
    first = (SIGNATURE, MANIFEST)
    rest = [name for name in files if name not in first]
    names = [*(one for one in first if one in files), *sorted(rest, key=_is_model)]
    return {name: files[name] for name in names}


def _is_model(name: str) -> bool:
    return name.endswith(".onnx")


def _voice_name(run: Run, wanted: Wanted) -> str:
    return wanted.name or f"en_US-{run.name}-medium"


def _refuse_failed(run: Run, checked: FolderReport | None) -> None:
    if checked is not None and not checked.ok:
        why = f"the {run.student} did not pass its own check: {checked.failures()}"
        raise ExportFailed(why, hint="nothing was written")
