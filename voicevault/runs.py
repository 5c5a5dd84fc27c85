# SPDX-License-Identifier: GPL-3.0-or-later
"""Training runs as the vault remembers them: one record each, checkpoints, students, reports.

run         SETTINGS    meta: what `Run` holds; payload: JSON {"takes": [ids]}
checkpoint  CHECKPOINT  at most one a run, gone when the run is done
student     MODEL       float weights and their description, for exports and more training
voice       MODEL       int8 ONNX, what `speak` uses
report      SETTINGS    JSON; report-html beside it

A recogniser's run has, in place of student and voice, `asr.onnx` (MODEL), `asr_tokens.txt` and
`asr.json` (SETTINGS): what runs, its pieces, and its calibration with the gate's verdict.
"""

from __future__ import annotations

import dataclasses
import json
import time
from dataclasses import dataclass, field
from typing import Any

from encrypted_store import Entry, Kind, Vault
from voicevault.data.taught import EMBEDDED
from voicevault.errors import UsageError, VaultCorrupt

RUNNING, DONE, CANCELLED, FAILED = "running", "done", "cancelled", "failed"
UNFINISHED = (RUNNING, CANCELLED, FAILED)
LATEST = "latest"
VOICE, RECOGNISER = "voice", "recogniser"
ANY = ""
"""What a run makes: `Run.student`."""


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a recipe."""

    entry_id: str
    name: str
    recipe: str
    overrides: dict[str, str] = field(default_factory=dict)
    status: str = RUNNING
    created: int = 0  # seconds since 1970
    updated: int = 0
    step: int = 0  # of the last checkpoint kept
    steps: int = 0
    device: str = ""  # as chosen at the start; a resumed run computes alike
    result: dict[str, Any] = field(default_factory=dict)

    @property
    def student(self) -> str:
        """What a finished run made: VOICE or RECOGNISER."""
        return str(self.result.get("student", VOICE))

    @property
    def in_use(self) -> bool:
        """Whether what it made replaces what was shipped; a recogniser has to pass its gate."""
        gate = self.result.get("gate", {})
        return self.status == DONE and (self.student == VOICE or gate.get("better") is True)

    def meta(self) -> dict[str, Any]:
        """The catalogue's form: no floats, by rule of the store."""
        body = dataclasses.asdict(self)
        del body["entry_id"]
        return {"type": "run", "run": body.pop("name"), **whole_numbers(body)}

    def public(self) -> dict[str, Any]:
        """What `runs list --json` prints."""
        body = dataclasses.asdict(self)
        del body["entry_id"]
        return {"run": body.pop("name"), **body}

    @classmethod
    def of(cls, entry: Entry) -> Run:
        meta = dict(entry.meta)
        known = {one.name for one in dataclasses.fields(cls)}
        values = {key: value for key, value in meta.items() if key in known}
        return cls(entry.id, meta["run"], **values)


def whole_numbers(value: Any) -> Any:
    """The same structure with each float as text: canonical JSON carries no floats."""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, dict):
        return {str(key): whole_numbers(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [whole_numbers(item) for item in value]
    return value


def _without_mix(run: Run) -> tuple[str, dict[str, str]]:
    """Recipe and settings, whoever taught."""
    kept = {key: value for key, value in run.overrides.items() if not key.startswith("mix.")}
    return run.recipe, kept


class RunBook:
    """The runs of one open vault. Knows records, not training."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def all(self) -> list[Run]:
        """Every run, oldest first."""
        found = [Run.of(one) for one in self._entries(Kind.SETTINGS, "run")]
        return sorted(found, key=lambda run: (run.created, run.name))

    def find(self, name: str, student: str = VOICE) -> Run:
        """A run by its name, whatever it made; for `latest` the newest finished one of `student`.

        Raises:
            UsageError: there is none.
        """
        runs = self.all()
        if name == LATEST:
            done = [run for run in runs if run.status == DONE and student in (ANY, run.student)]
            if done:
                return done[-1]
            what = "no run is finished yet" + (f" that made a {student}" if student else "")
            recipe = "asr_quick" if student == RECOGNISER else "tts_quick"
            raise UsageError(what, hint=f"voicevault train {recipe}")
        for run in runs:
            if run.name == name:
                return run
        if not runs:
            raise UsageError(
                f"no run {name!r}: there is none yet", hint="voicevault train tts_quick"
            )
        known = ", ".join(run.name for run in runs[-5:])
        raise UsageError(f"no run {name!r}; the newest are: {known}", hint="voicevault runs list")

    def recogniser_in_use(self) -> Run | None:
        """The newest recogniser that passed its gate; None: the shipped one stays in use."""
        passed = [run for run in self.all() if run.student == RECOGNISER and run.in_use]
        return passed[-1] if passed else None

    def unfinished(self, recipe: str) -> Run | None:
        """The newest run of `recipe` that has not come to its end."""
        open_ones = [run for run in self.all() if run.recipe == recipe and run.status in UNFINISHED]
        return open_ones[-1] if open_ones else None

    def begin(
        self,
        recipe: str,
        overrides: dict[str, str],
        takes: dict[str, str],
        taught: dict[str, str] | None = None,
    ) -> Run:
        """A new run, with the takes it learns from and their splits, and what teachers said.

        They are written down because a resumed run must see the same ones, whatever was recorded
        in between.
        """
        now = int(time.time())
        stem = time.strftime("%Y%m%d-%H%M%S", time.localtime(now)) + f"-{recipe}"
        taken = {run.name for run in self.all()}
        name, count = stem, 1
        while name in taken:
            count += 1
            name = f"{stem}-{count}"
        run = Run("", name, recipe, dict(overrides), RUNNING, now, now)
        body = {"takes": list(takes.items())}
        if taught:
            body["taught"] = list(taught.items())
        payload = json.dumps(body).encode()
        entry_id = self._vault.put(Kind.SETTINGS, payload, run.meta())
        return dataclasses.replace(run, entry_id=entry_id)

    def takes(self, run: Run) -> dict[str, str]:
        """The takes a run was begun with: id to split."""
        return self._learned(run, "takes")

    def taught(self, run: Run) -> dict[str, str]:
        """What teachers said that a run was begun with: id to source."""
        return self._learned(run, "taught")

    def _learned(self, run: Run, what: str) -> dict[str, str]:
        try:
            body = json.loads(self._vault.get(run.entry_id))
            pairs = body["takes"] if what == "takes" else body.get(what, [])
            return {str(one): str(kind) for one, kind in pairs}
        except (ValueError, KeyError, TypeError) as error:
            raise VaultCorrupt(f"the record of run {run.name} cannot be read") from error

    def untaught(self, run: Run) -> Run | None:
        """The newest finished run of the same takes and settings that no teacher taught."""
        takes, settings = self.takes(run), _without_mix(run)
        for one in reversed(self.all()):
            alike = one.status == DONE and one.name != run.name and _without_mix(one) == settings
            if alike and not self.taught(one) and self.takes(one) == takes:
                return one
        return None

    def reports(self, run: Run, plain: Run | None) -> list[tuple[str, bytes]]:
        """What "report:RUN" of ``plain`` says, and of the students that taught ``run``."""
        wanted = {plain.name} if plain else set()
        for one in run.result.get("teachers", []):
            if one["name"] == EMBEDDED:  # its version ends in its run's name
                wanted.add(str(one["version"]).rpartition(" ")[2])
        found = []
        for one in self.all():
            entry = self.piece(one, Kind.SETTINGS, "report") if one.name in wanted else None
            if entry is not None:
                found.append((f"report:{one.name}", self._vault.get(entry.id)))
        return found

    def change(self, run: Run, **changes: Any) -> Run:
        """Write new values into a run's record."""
        new = dataclasses.replace(run, updated=int(time.time()), **changes)
        self._vault.update(new.entry_id, new.meta())
        return new

    def settle(self) -> list[Run]:
        """Runs that say "running" in a vault nobody else has open were cut off: mark them so."""
        cut_off = [run for run in self.all() if run.status == RUNNING]
        return [self.change(run, status=CANCELLED, result={"reason": "cut off"}) for run in cut_off]

    def keep(self, run: Run, kind: Kind, record: str, data: bytes, **meta: Any) -> str:
        """Store one piece of a run; pieces of the same name go once the new one is durable."""
        before = self._of_run(run, kind, record)
        body = {"type": record, "run": run.name, **whole_numbers(meta)}
        new = self._vault.put(kind, data, body)
        for entry in before:
            self._vault.delete(entry.id)
        return new

    def piece(self, run: Run, kind: Kind, record: str) -> Entry | None:
        """The catalogue entry of a piece, None where the run has none."""
        found = self._of_run(run, kind, record)
        return found[-1] if found else None

    def whole(self, run: Run, kind: Kind, record: str) -> Entry:
        """The catalogue entry of a piece that a finished run has.

        Raises:
            VaultCorrupt: it is not in the vault.
        """
        found = self.piece(run, kind, record)
        if found is None:
            raise VaultCorrupt(f"run {run.name} is done and its {record} is not in the vault")
        return found

    def drop(self, run: Run, kind: Kind, record: str) -> None:
        """Remove a piece that has served."""
        for entry in self._of_run(run, kind, record):
            self._vault.delete(entry.id)

    def _of_run(self, run: Run, kind: Kind, record: str) -> list[Entry]:
        return [one for one in self._entries(kind, record) if one.meta.get("run") == run.name]

    def _entries(self, kind: Kind, record: str) -> list[Entry]:
        return [one for one in self._vault.list(kind) if one.meta.get("type") == record]
