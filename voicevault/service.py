# SPDX-License-Identifier: GPL-3.0-or-later
"""Studio: the one API that the command line and the desktop app call. No Qt, no torch."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from encrypted_store import KdfParams, Kind, Vault
from encrypted_store.care.backup import BackupReport
from voicevault import custody, egress, forecast, jobs
from voicevault.audio import files
from voicevault.bundle import Bundle
from voicevault.consenting import Consenting, take_ticket
from voicevault.data import importer
from voicevault.data import takes as take_store
from voicevault.data.checks import text_check
from voicevault.data.importer import ImportSummary
from voicevault.data.takes import Take
from voicevault.data.taught import EMBEDDED
from voicevault.errors import UsageError, VoiceVaultError
from voicevault.events import Event
from voicevault.export.verify import FolderReport
from voicevault.forgetting import Receipt, forget_take
from voicevault.leaving import Leaving, Wanted, finished
from voicevault.lessons import Lesson, OnPreview, possible_recipes
from voicevault.listening import Listening
from voicevault.phrases import PhraseBook
from voicevault.presence import Presence
from voicevault.recording.keeping import Recorder
from voicevault.runs import ANY, VOICE, Run, RunBook
from voicevault.runtime.voice import Voice
from voicevault.schooling import Schooling, Summary
from voicevault.sending import Delivery, Offer
from voicevault.vaults import json_body, translated

OnEvent = Callable[[Event], None]


class Studio:
    """One open vault and what can be done with it.

    It starts jobs, keeps what they make and hands out records. It does not print, train, or play.
    """

    def __init__(self, vault: Vault, path: Path) -> None:
        self.path = path
        self.presence = Presence(vault)
        self._vault = vault
        self._runs = RunBook(vault)
        self.recorder = Recorder(vault, self._runs)
        """Recording sessions with the microphone, into this vault."""
        self._job: jobs.Job | None = None
        self._stop = threading.Event()

    @classmethod
    @translated()
    def create(
        cls, path: Path, passphrase: str, *, kdf: KdfParams | None = None
    ) -> tuple[Self, str]:
        """A new vault at `path`, and its recovery code, which is shown once and never again."""
        vault, recovery_code = Vault.create(path, passphrase, kdf=kdf)
        return cls(vault, path), recovery_code

    @classmethod
    @translated()
    def open(
        cls,
        path: Path,
        passphrase: str | None = None,
        *,
        recovery_code: str | None = None,
        keychain: bool = False,
        read_only: bool = False,
        accept_rollback: bool = False,
    ) -> Self:
        """Open the vault at `path`; runs that were cut off are marked as such.

        Args:
            keychain: with this computer's keychain, in place of the other two.
            read_only: write nothing; older and damaged states can be looked at so.
            accept_rollback: a backup was restored on purpose.
        """
        egress.sweep(egress.memory_folder())
        if not read_only:
            custody.finish_rotation(path)
        vault = Vault.open(
            path,
            passphrase=passphrase,
            recovery_code=recovery_code,
            keychain=custody.system_keychain() if keychain else None,
            read_only=read_only,
            accept_rollback=accept_rollback,
        )
        studio = cls(vault, path)
        if not read_only:
            studio._runs.settle()
        return studio

    @property
    def custody(self) -> custody.Custody:
        """The open vault's keeper: slots, backups, health."""
        return custody.Custody(self._vault)

    @property
    def consent(self) -> Consenting:
        """Who allowed a voice to be made from these recordings."""
        return Consenting(self._vault, self.takes(), self._work)

    @property
    def listening(self) -> Listening:
        """The owner's words, and who listens for them."""
        return Listening(self._vault, self._runs)

    @property
    def phrases(self) -> PhraseBook:
        """The person's quick phrases."""
        return PhraseBook(self._vault)

    @property
    def notices(self) -> list[str]:
        """What opening the vault repaired or found, in words."""
        return [notice.message for notice in self._vault.notices]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @translated()
    def close(self) -> None:
        """Forget the keys and let others open the vault."""
        self.presence.stop()
        self._vault.close()

    @translated()
    def backup(self, target: Path, *, on_event: OnEvent | None = None) -> BackupReport:
        """Copy the vault into a folder or a .tar, and prove the copy. `cancel` stops it."""
        self._stop.clear()
        with self.presence.busy():
            return self.custody.backup(target, on_event=on_event, stop=self._stop.is_set)

    # takes

    @translated()
    def import_path(
        self, path: Path, *, limit: int | None = None, on_event: OnEvent | None = None
    ) -> ImportSummary:
        """Bring in a folder of recordings with their texts."""
        self._stop.clear()
        with self.presence.busy():
            return importer.import_folder(
                self._vault,
                path,
                limit=limit,
                on_event=on_event,
                check=text_check(),
                stop=self._stop.is_set,
            )

    @translated()
    def import_file(self, path: Path, text: str) -> Take:
        """Bring in one recording of `text`."""
        return importer.import_file(self._vault, path, text, check=text_check())

    @translated()
    def takes(self) -> list[Take]:
        """Every take, in the order it came."""
        return take_store.list_takes(self._vault)

    @translated()
    def sound(self, take_id: str) -> files.Clip:
        """A take as sound, decoded in memory."""
        return files.decode(self._vault.get(take_id))

    @translated()
    def remove_take(self, take_id: str, *, with_voices: bool = False) -> Receipt:
        """Destroy a take with what was derived from it; the receipt.

        Args:
            with_voices: also the finished voices that learned from it.
        """
        if take_id not in {take.id for take in take_store.list_takes(self._vault)}:
            raise UsageError(f"no take {take_id!r}", hint="voicevault takes list")
        return forget_take(self._vault, self._runs, take_id, with_voices=with_voices)

    # runs

    @translated()
    def runs(self) -> list[Run]:
        """Every run, oldest first."""
        return self._runs.all()

    @translated()
    def run(self, name: str = "latest") -> Run:
        """One run by name; `latest` is the newest finished one, whatever it made."""
        return self._runs.find(name, ANY)

    def cancel(self) -> None:
        """Stop what is going on, after a checkpoint. A second call stops it at once."""
        self._stop.set()
        if self._job is not None:
            self._job.cancel()

    @translated()
    def train(
        self,
        recipe: str,
        overrides: Mapping[str, str] | None = None,
        *,
        resume: bool = False,
        on_event: OnEvent | None = None,
        on_preview: OnPreview | None = None,
    ) -> Run:
        """Train a voice or a recogniser, or go on with the last unfinished run of `recipe`.

        `on_preview` hears the voice meanwhile, see `events.Preview`; nothing of it is kept.

        Raises:
            Cancelled: stopped on request; the run can be resumed.
            UsageError: no such recipe or setting, or nothing to resume.
            Refused: nobody consented, or not with this voice.
            BadDataset: not enough usable takes.
        """
        lesson = Lesson(self._vault, self._runs, self.takes())
        run = (lesson.resume if resume else lesson.begin)(recipe, overrides or {})
        return lesson.hold(run, self._work, on_event, on_preview)

    @translated()
    def outlook(self, probe: Mapping[str, Any] | None = None) -> forecast.Outlook:
        """Is there enough to train from, and how long would it take; `probe`: from `devices`."""
        return forecast.outlook(self._vault, possible_recipes(), self.takes(), self.runs(), probe)

    # teachers

    @translated()
    def label_tts(
        self, count: int, teacher: str = EMBEDDED, own: str = "", on_event: OnEvent | None = None
    ) -> Summary:
        """Let a teacher say the `count` texts that the takes need most; `own`: the owner's text."""
        return self._schooling.say(count, teacher, own, self._work, on_event)

    @translated()
    def label_asr(self, teacher: str, on_event: OnEvent | None = None) -> Summary:
        """Let a teacher write down what it hears in the takes, with the words that were misread."""
        return self._schooling.hear(teacher, self._work, on_event)

    @property
    def _schooling(self) -> Schooling:
        return Schooling(self._vault, self._runs, self.takes())

    # what a finished run is good for

    @translated()
    def evaluate(
        self, name: str = "latest", *, quick: bool = False, on_event: OnEvent | None = None
    ) -> dict[str, Any]:
        """Measure a run's voice, `quick` on fewer texts; the report, which the vault keeps."""
        run = self._finished(name)
        learned = self._runs.takes(run)
        takes = [
            take_ticket(self._vault, take, learned.get(take.id, "test"))
            for take in self.takes()
            if take.usable
        ]
        plain = self._runs.untaught(run) if run.result.get("teachers") else None
        request = jobs.Request(
            "evaluate",
            {"run": run.public(), "quick": quick, "plain": plain.name if plain else ""},
            {"takes": takes},
            (("voice", self._piece(run, Kind.MODEL, "voice")), *self._runs.reports(run, plain)),
        )
        kept: dict[str, bytes] = {}
        self._work(request, on_event, lambda label, data, meta: kept.__setitem__(label, data))
        if "report" not in kept:
            raise VoiceVaultError("the evaluation ended without a report")
        for label, data in kept.items():
            self._runs.keep(run, Kind.SETTINGS, label, data)
        return json_body(kept["report"], f"the report of {run.name}")

    @translated()
    def report(self, name: str = "latest") -> dict[str, Any] | None:
        """The newest report of a run, None where it has not been evaluated."""
        run = self._runs.find(name)
        entry = self._runs.piece(run, Kind.SETTINGS, "report")
        return json_body(self._vault.get(entry.id), f"the report of {run.name}") if entry else None

    @translated()
    def report_page(self, name: str = "latest") -> bytes | None:
        """The report as one self-contained HTML page: it holds speech, so the vault keeps it."""
        entry = self._runs.piece(self._runs.find(name), Kind.SETTINGS, "report-html")
        return self._vault.get(entry.id) if entry else None

    @translated()
    def export(
        self,
        name: str,
        out: Path,
        *,
        to: str = "piper",
        voice_name: str = "",
        fp32: bool = False,
        force: bool = False,
        check: bool = True,
        zipped: bool = False,
        on_event: OnEvent | None = None,
    ) -> tuple[list[Path], FolderReport | None]:
        """Write what a run made into `out`, after every installed runtime has tried it.

        Args:
            zipped: also as one zip beside `out`, for a phone.

        Raises:
            Refused: nobody consents to it, or `out` holds another one.
            UsageError: no such target, or not one for what the run made.
        """
        return self._leaving.export(
            name, out, Wanted(to, voice_name, fp32, force, check, zipped), on_event=on_event
        )

    @translated()
    def bundle(self, name: str, *, voice_name: str = "", on_event: OnEvent | None = None) -> Bundle:
        """A voice in memory, to be saved or sent; Refused where nobody consents to it."""
        return self._leaving.bundle(name, voice_name, on_event=on_event)

    def send(self, offer: Offer, *, on_event: OnEvent | None = None) -> Delivery:
        """Wait for the one download of an offer; `cancel` or a closed vault ends it (Cancelled).

        Waking from sleep closes a vault whatever is going on.
        """
        self._stop.clear()
        with offer, self.presence.busy():
            return offer.serve(on_event, lambda: self._stop.is_set() or self._vault.locked)

    @translated()
    def voice(self, name: str = "latest") -> Voice:
        """The voice of a finished run, ready to speak; nothing touches the disk."""
        return Voice.load(self._piece(self._finished(name), Kind.MODEL, "voice"))

    def speak(
        self,
        text: str,
        *,
        run: str = "latest",
        speed: float = 1.0,
        seed: int = 0,
        pitch_semitones: float = 0.0,
    ) -> tuple[NDArray[np.float32], int]:
        """Samples [S] of `text` in a run's voice, -6 to +6 semitones higher, and their rate in Hz.

        Formants move with the pitch, the length does not: see `runtime.pitch`.
        """
        voice = self.voice(run)
        said = voice.speak(text, speed=speed, seed=seed, pitch_semitones=pitch_semitones)
        return said, voice.rate_hz

    def save_sound(
        self, path: Path, samples: NDArray[np.float32], rate_hz: int, *, force: bool = False
    ) -> Path:
        """Write samples [S] as a plain WAV file; `force` replaces one of that name."""
        return egress.write_wav(path, files.encode_wav(samples, rate_hz), force=force)

    def _finished(self, name: str) -> Run:
        return finished(self._runs, name, VOICE)

    def _piece(self, run: Run, kind: Kind, record: str) -> bytes:
        return self._vault.get(self._runs.whole(run, kind, record).id)

    @property
    def _leaving(self) -> Leaving:
        return Leaving(self._vault, self._runs, self.takes(), self._work)

    def _work(
        self, request: jobs.Request, on_event: OnEvent | None, on_blob: jobs.OnBlob
    ) -> dict[str, Any]:
        if self._job is not None:
            raise UsageError("another job is running", hint="wait for it, or stop it first")
        self._job = jobs.Job(request)
        try:
            with self.presence.busy():
                return self._job.run(on_event, on_blob)
        finally:
            self._job = None


def devices(on_event: OnEvent | None = None) -> dict[str, Any]:
    """What training and speaking will use on this machine, and why."""
    return jobs.run_job(jobs.Request("devices"), on_event)
