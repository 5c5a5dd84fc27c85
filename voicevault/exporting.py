# SPDX-License-Identifier: GPL-3.0-or-later
"""A finished run's voice on its way out: made in the worker, tried by runtimes, handed on.

Either into a folder, or as a bundle in memory for a phone. Both ask for the consent once more.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from encrypted_store import Kind, Vault
from voicevault import bundle, egress, jobs
from voicevault.bundle import Bundle
from voicevault.consenting import consent_tickets, take_ticket
from voicevault.data.takes import Take
from voicevault.errors import ExportFailed
from voicevault.events import Event, Progress
from voicevault.export.ownership import new_signing_key
from voicevault.export.verify import FolderReport, verify_folder
from voicevault.lessons import Work
from voicevault.runs import Run, RunBook

OnEvent = Callable[[Event], None]
SIGNING_KEY = "signing-key"
SHARED_FILES = ("tokens.txt", "lexicon.txt", "manifest.json")  # one voice a folder


class Exporting:
    """Exports one run. Knows files, not what a voice is; the worker makes them."""

    def __init__(
        self, vault: Vault, runs: RunBook, takes: list[Take], run: Run, voice_name: str = ""
    ) -> None:
        self._vault, self._runs, self._takes, self._run = vault, runs, takes, run
        self.voice_name = voice_name or f"en_US-{run.name}-medium"

    def write(
        self,
        out: Path,
        work: Work,
        on_event: OnEvent | None,
        *,
        fp32: bool,
        force: bool,
        check: bool,
        zipped: bool,
    ) -> tuple[list[Path], FolderReport | None]:
        """The files in `out`, and with `zipped` one zip of them beside it; paths and the check.

        Raises:
            Refused: nobody consents to this voice, or another one would be replaced.
            ExportFailed: it did not pass its check; nothing was written.
        """
        egress.check_free(out, [f"{self.voice_name}.onnx", *SHARED_FILES], force=force)
        beside = out.absolute().parent
        if zipped:
            egress.check_free(beside, [f"{self.voice_name}.zip"], force=force)
        files = self._make(work, on_event, fp32=fp32)
        with egress.staged(out, files, force=force) as staging:
            checked = verify_folder(staging.waiting) if check else None
            _refuse_failed(checked)
            whole = bundle.from_files(files, checked) if zipped else None
            written = staging.publish()
        if whole is not None:
            written.append(whole.save(beside / whole.zip_name))
        return written, checked

    def bundle(self, work: Work, on_event: OnEvent | None, *, fp32: bool) -> Bundle:
        """All of it in memory, checked from a folder that is memory where the system has one.

        Raises:
            Refused: nobody consents to this voice.
            ExportFailed: it did not pass its check.
        """
        files = self._make(work, on_event, fp32=fp32)
        with egress.in_memory(files) as folder:
            if folder is not None and on_event is not None:
                on_event(Progress("check", 0, 0))
            checked = verify_folder(folder) if folder is not None else None
        _refuse_failed(checked)
        return bundle.from_files(files, checked)

    def _make(self, work: Work, on_event: OnEvent | None, *, fp32: bool) -> dict[str, bytes]:
        consent = consent_tickets(self._vault)
        learned = self._runs.takes(self._run)
        spoken = [take for take in self._takes if take.id in learned]
        spec = {
            "run": self._run.name,
            "recipe": self._run.recipe,
            "name": self.voice_name,
            "fp32": fp32,
            "facts": self._run.result,
            "texts": [take.text for take in spoken],
            "seconds_of_speech": sum(take.duration_ms for take in spoken) // 1000,
        }
        student = self._runs.whole(self._run, Kind.MODEL, "student")
        blobs = (("student", self._vault.get(student.id)), (SIGNING_KEY, self._signing_key()))
        takes = [take_ticket(self._vault, take, "train") for take in spoken]
        request = jobs.Request("export", spec, {**consent, "takes": takes}, blobs)
        files: dict[str, bytes] = {}
        work(request, on_event, lambda label, data, meta: files.__setitem__(label, data))
        if f"{self.voice_name}.onnx" not in files:
            raise ExportFailed("the export ended without a voice file")
        return files

    def _signing_key(self) -> bytes:
        """The owner's Ed25519 key; made with the first export, never outside the vault."""
        for entry in self._vault.list(Kind.SETTINGS):
            if entry.meta.get("type") == SIGNING_KEY:
                return self._vault.get(entry.id)
        key = new_signing_key()
        self._vault.put(Kind.SETTINGS, key, {"type": SIGNING_KEY})
        return key


def _refuse_failed(checked: FolderReport | None) -> None:
    if checked is not None and not checked.ok:
        why = f"the voice did not pass its own check: {checked.failures()}"
        raise ExportFailed(why, hint="nothing was written")
