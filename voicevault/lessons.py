# SPDX-License-Identifier: GPL-3.0-or-later
"""Training as the vault lives through it: begin or resume a run, keep what comes, note the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from encrypted_store import Kind, Vault
from voicevault import jobs, paths
from voicevault.consenting import consent_tickets, take_ticket
from voicevault.data import taught
from voicevault.data.takes import TRAIN, Take, spoken
from voicevault.errors import (
    BadDataset,
    Cancelled,
    TrainingFailed,
    UsageError,
    VoiceVaultError,
)
from voicevault.events import Event, Progress, Started
from voicevault.runs import CANCELLED, DONE, FAILED, RUNNING, Run, RunBook
from voicevault.training.recipe import Mix, Recipe, load_recipe

Work = Callable[[jobs.Request, Callable[[Event], None] | None, jobs.OnBlob], dict[str, Any]]
PIECES = ("student", "voice")


def recipes() -> dict[str, Recipe]:
    """The shipped recipes a person can train with, by name."""
    found = {}
    for path in sorted(paths.recipes_dir().glob("*.toml")):
        if not path.stem.startswith("base_"):  # those make the shipped base, not somebody's voice
            found[path.stem] = load_recipe(path.read_text(encoding="utf-8"), path.stem)
    return found


def checked_recipe(name: str, overrides: Mapping[str, str]) -> Recipe:
    """A shipped recipe with its overrides.

    Raises:
        UsageError: no such recipe or setting, or a value out of range.
    """
    known = recipes()
    if name not in known:
        raise UsageError(f"no recipe {name!r}; there are {', '.join(known)}")
    text = (paths.recipes_dir() / f"{name}.toml").read_text(encoding="utf-8")
    return load_recipe(text, name, [f"{key}={value}" for key, value in overrides.items()])


def parse_overrides(words: Sequence[str]) -> dict[str, str]:
    """`key=value` words as a mapping; whether the keys exist is the recipe's to say.

    Raises:
        UsageError: a word without `=`, or a key given twice.
    """
    out: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise UsageError(f"{word!r} is no setting", hint="write key=value, for example seed=2")
        if key in out:
            raise UsageError(f"{key} is given twice: {out[key]!r} and {value!r}")
        out[key] = value
    return out


class Lesson:
    """One training, from its record to its voice. Knows the vault and the job, not the learning."""

    def __init__(self, vault: Vault, runs: RunBook, takes: Sequence[Take]) -> None:
        self._vault = vault
        self._runs = runs
        self._takes = {take.id: take for take in takes}
        self._run: Run | None = None

    def begin(self, recipe: str, overrides: Mapping[str, str]) -> Run:
        """A new run over every usable take.

        Raises:
            UsageError: no such recipe or setting.
            Refused: nobody consented.
            BadDataset: there is nothing to learn from.
        """
        mix = checked_recipe(recipe, overrides).mix
        usable: dict[str, str] = {
            take.id: take.split
            for take in self._takes.values()
            if take.usable and take.split != "test"
        }
        if not usable:
            raise BadDataset(
                f"none of {len(self._takes)} takes is usable for training",
                hint="voicevault import FOLDER, then voicevault takes list",
            )
        consent_tickets(self._vault)  # before a run is noted down that will only be refused
        return self._runs.begin(recipe, dict(overrides), usable, self._taught(mix))

    def resume(self, recipe: str, overrides: Mapping[str, str]) -> Run:
        """The last unfinished run of `recipe`.

        Raises:
            UsageError: there is none, other settings are asked for, or its takes are gone.
        """
        checked_recipe(recipe, overrides)
        run = self._runs.unfinished(recipe)
        if run is None:
            raise UsageError(
                f"no unfinished run of {recipe}", hint=f"voicevault train {recipe} starts one"
            )
        if overrides and dict(overrides) != run.overrides:
            was = " ".join(f"{key}={value}" for key, value in run.overrides.items())
            raise UsageError(
                f"run {run.name} was begun with {was or 'no settings'}",
                hint="resume it without settings, or train anew without --resume",
            )
        consent_tickets(self._vault)
        there = {one.id for one in taught.list_taught(self._vault)} | self._takes.keys()
        learned = {**self._runs.takes(run), **self._runs.taught(run)}
        gone = [one for one in learned if one not in there]
        if gone:
            raise UsageError(
                f"run {run.name} learned from {len(gone)} takes that are not in the vault any more",
                hint=f"start anew: voicevault train {recipe}",
            )
        return run

    def hold(self, run: Run, work: Work, on_event: Callable[[Event], None] | None) -> Run:
        """Do the training and note how it ended.

        Raises:
            Cancelled: stopped on request; the run can be resumed.
            VoiceVaultError: it failed; the record says why.
        """
        self._run = self._runs.change(run, status=RUNNING, result={})

        def watch(event: Event) -> None:
            self._watch(event)
            if on_event is not None:
                on_event(event)

        try:
            result = work(self._request(run), watch, self._keep)
            self._check_complete()
        except BaseException as error:
            stopped = isinstance(error, (Cancelled, KeyboardInterrupt))
            reason = error.message if isinstance(error, VoiceVaultError) else type(error).__name__
            status = CANCELLED if stopped else FAILED
            self._runs.change(self._run, status=status, result={"reason": reason})
            raise
        run = self._runs.change(self._run, status=DONE, step=self._run.steps, result=result)
        self._runs.drop(run, Kind.CHECKPOINT, "checkpoint")
        return run

    def _request(self, run: Run) -> jobs.Request:
        spec = {"run": run.name, "recipe": run.recipe, "overrides": run.overrides}
        entry = self._runs.piece(run, Kind.CHECKPOINT, "checkpoint")
        blobs: tuple[tuple[str, bytes], ...] = ()
        if entry is not None:
            blobs = (("checkpoint", self._vault.get(entry.id)),)
            spec["device"] = run.device  # another device or dtype would end in another voice
        takes = [
            take_ticket(self._vault, self._takes[one], split)
            for one, split in self._runs.takes(run).items()
        ]
        tickets = {"takes": takes, **consent_tickets(self._vault)}
        lessons = self._runs.taught(run)
        if not lessons:
            return jobs.Request("train", spec, tickets, blobs)
        said = {one.id: one for one in taught.list_taught(self._vault)}
        spec["ledger"] = taught.ledger(said[one].teacher for one in lessons)
        made = [
            {
                "ticket": self._vault.ticket(one).to_json(),
                "meta": {
                    "id": one,
                    "text": said[one].text,
                    "split": TRAIN,
                    "prompt_id": "",
                    "source": source,
                },
            }
            for one, source in lessons.items()
        ]
        return jobs.Request("train", spec, {**tickets, "taught": made}, blobs)

    def _taught(self, mix: Mix) -> dict[str, str]:
        """What teachers said that a recipe wants to hear: id to source.

        Sentences that measure the voice are not taught to it.
        """
        measures = {spoken(one.text) for one in self._takes.values() if one.split != TRAIN}
        everything = taught.list_taught(self._vault)
        out: dict[str, str] = {}
        for source in ("taught", "replay"):
            if not getattr(mix, source):
                continue
            found = {
                one.id: source
                for one in taught.newest(one for one in everything if one.source == source)
                if spoken(one.text) not in measures
            }
            if not found:
                who = "the embedded teacher" if source == "replay" else "a teacher from elsewhere"
                name = "" if source == "replay" else " --teacher NAME"
                raise BadDataset(
                    f"mix.{source} is {getattr(mix, source)} and {who} has said nothing yet",
                    hint=f"voicevault label --tts 50{name}",
                )
            out |= found
        return out

    def _watch(self, event: Event) -> None:
        assert self._run is not None
        if isinstance(event, Started):
            self._run = self._runs.change(self._run, device=event.device)
        elif (
            isinstance(event, Progress)
            and event.total not in (1, self._run.steps)  # 1: a moment beside the steps
            and event.stage not in ("prepare", "consent")
        ):
            self._run = self._runs.change(self._run, steps=event.total)

    def _keep(self, name: str, data: bytes, meta: dict[str, Any]) -> None:
        assert self._run is not None
        if name == "checkpoint":
            step = int(meta["step"])
            self._runs.keep(self._run, Kind.CHECKPOINT, name, data, step=step)
            self._run = self._runs.change(self._run, step=step)
        elif name in PIECES:
            self._runs.keep(self._run, Kind.MODEL, name, data, **meta)

    def _check_complete(self) -> None:
        assert self._run is not None
        for name in PIECES:
            if self._runs.piece(self._run, Kind.MODEL, name) is None:
                raise TrainingFailed(f"the training ended without its {name}")
