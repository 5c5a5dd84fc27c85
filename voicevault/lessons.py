# SPDX-License-Identifier: GPL-3.0-or-later
"""Training as the vault lives through it: begin or resume a run, keep what comes, note the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from encrypted_store import Kind, Vault
from voicevault import jobs, paths
from voicevault.consenting import consent_tickets, take_ticket
from voicevault.data import taught
from voicevault.data.dataset import held_for_hearing
from voicevault.data.takes import TRAIN, Take, spoken
from voicevault.errors import (
    BadDataset,
    Cancelled,
    TrainingFailed,
    UsageError,
    VoiceVaultError,
)
from voicevault.events import PREVIEW, Event, Preview, Progress, Started
from voicevault.runs import CANCELLED, DONE, FAILED, RUNNING, Run, RunBook
from voicevault.runtime.base_files import base_file
from voicevault.runtime.recognise import MODEL, TOKENS
from voicevault.training.recipe import Recipe, load_recipe, parse
from voicevault.training.recogniser_recipe import TASK as HEARING
from voicevault.training.recogniser_recipe import RecogniserRecipe, load_recogniser_recipe

Work = Callable[[jobs.Request, Callable[[Event], None] | None, jobs.OnBlob], dict[str, Any]]
OnPreview = Callable[[Preview], None]
AnyRecipe = Recipe | RecogniserRecipe
VOICE_PIECES: Mapping[str, Kind] = {"student": Kind.MODEL, "voice": Kind.MODEL}
RECOGNISER_PIECES: Mapping[str, Kind] = {
    "asr.onnx": Kind.MODEL,
    "asr_tokens.txt": Kind.SETTINGS,
    "asr.json": Kind.SETTINGS,
}


def read_recipe(text: str, name: str, overrides: Sequence[str] = ()) -> AnyRecipe:
    """A recipe of either task.

    Raises:
        UsageError: it cannot be read, or a setting is wrong.
    """
    if parse(text, name).get("task") == HEARING:
        return load_recogniser_recipe(text, name, overrides)
    return load_recipe(text, name, overrides)


def recipes() -> dict[str, AnyRecipe]:
    """The shipped recipes a person can train with, by name."""
    found = {}
    for path in sorted(paths.recipes_dir().glob("*.toml")):
        if not path.stem.startswith("base_"):  # those make the shipped base, not somebody's voice
            found[path.stem] = read_recipe(path.read_text(encoding="utf-8"), path.stem)
    return found


def possible_recipes() -> dict[str, AnyRecipe]:
    """Those that can be begun here, voices first: a recogniser needs a shipped one."""
    found = recipes()
    voices = {name: one for name, one in found.items() if one.task != HEARING}
    try:
        need_recogniser()
    except TrainingFailed:
        return voices
    return {**voices, **found}


def checked_recipe(name: str, overrides: Mapping[str, str]) -> AnyRecipe:
    """A shipped recipe with its overrides.

    Raises:
        UsageError: no such recipe or setting, or a value out of range.
    """
    known = recipes()
    if name not in known:
        raise UsageError(f"no recipe {name!r}; there are {', '.join(known)}")
    text = (paths.recipes_dir() / f"{name}.toml").read_text(encoding="utf-8")
    return read_recipe(text, name, [f"{key}={value}" for key, value in overrides.items()])


def need_recogniser() -> None:
    """Nothing is begun that has nothing to start from.

    Raises:
        TrainingFailed: no recogniser is shipped here, or its files are damaged.
    """
    try:
        base_file(MODEL)
        base_file(TOKENS)
    except VoiceVaultError as error:
        raise TrainingFailed(
            f"there is no recogniser to start from: {error.message}",
            hint="voices can be trained without one: voicevault train tts_quick",
        ) from error


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
        self._on_preview: OnPreview | None = None

    def begin(self, recipe: str, overrides: Mapping[str, str]) -> Run:
        """A new run over every usable take.

        Raises:
            UsageError: no such recipe or setting.
            Refused: nobody consented.
            BadDataset: there is nothing to learn from.
            TrainingFailed: a recogniser is wanted and none is shipped.
        """
        checked = checked_recipe(recipe, overrides)
        if checked.task == HEARING:
            need_recogniser()
        usable = self._splits(checked.task)
        if not usable:
            raise BadDataset(
                f"none of {len(self._takes)} takes is usable for training",
                hint="voicevault import FOLDER, then voicevault takes list",
            )
        consent_tickets(self._vault)  # before a run is noted down that will only be refused
        return self._runs.begin(recipe, dict(overrides), usable, self._taught(checked, usable))

    def resume(self, recipe: str, overrides: Mapping[str, str]) -> Run:
        """The last unfinished run of `recipe`.

        Raises:
            UsageError: there is none, other settings are asked for, or its takes are gone.
        """
        if checked_recipe(recipe, overrides).task == HEARING:
            need_recogniser()
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

    def hold(
        self,
        run: Run,
        work: Work,
        on_event: Callable[[Event], None] | None,
        on_preview: OnPreview | None = None,
    ) -> Run:
        """Do the training and note how it ended.

        Args:
            on_preview: hears the voice meanwhile; where nobody does, none is spoken.

        Raises:
            Cancelled: stopped on request; the run can be resumed.
            VoiceVaultError: it failed; the record says why.
        """
        self._run = self._runs.change(run, status=RUNNING, result={})
        self._on_preview = on_preview

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

    def _splits(self, task: str) -> dict[str, str]:
        """The takes of a new run: id to split."""
        usable = [one for one in self._takes.values() if one.usable and one.split != "test"]
        splits: Sequence[str] = [one.split for one in usable]
        if task == HEARING:
            splits = held_for_hearing([spoken(one.text) for one in usable])
        return {one.id: split for one, split in zip(usable, splits, strict=True)}

    def _request(self, run: Run) -> jobs.Request:
        job = "train-recogniser" if _hears(run) else "train"
        spec: dict[str, Any] = {"run": run.name, "recipe": run.recipe, "overrides": run.overrides}
        spec["preview"] = self._on_preview is not None
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
            return jobs.Request(job, spec, tickets, blobs)
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
        return jobs.Request(job, spec, {**tickets, "taught": made}, blobs)

    def _taught(self, recipe: AnyRecipe, splits: Mapping[str, str]) -> dict[str, str]:
        """What teachers said that a recipe wants to hear: id to source.

        Sentences that measure what is trained are not taught to it. A recogniser's sources are on
        from the start, so one that has said nothing is passed over; a voice's were switched on.
        """
        mix = recipe.mix
        measures = {
            spoken(one.text)
            for one in self._takes.values()
            if splits.get(one.id, one.split) != TRAIN
        }
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
            if not found and recipe.task != HEARING:
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
            and event.stage not in ("prepare", "consent", "others", "gate")
        ):
            self._run = self._runs.change(self._run, steps=event.total)

    def _keep(self, name: str, data: bytes, meta: dict[str, Any]) -> None:
        assert self._run is not None
        if name == "checkpoint":
            step = int(meta["step"])
            self._runs.keep(self._run, Kind.CHECKPOINT, name, data, step=step)
            self._run = self._runs.change(self._run, step=step)
        elif name == PREVIEW and self._on_preview is not None:
            self._on_preview(Preview.of(data, meta))
        elif name in _pieces(self._run):
            self._runs.keep(self._run, _pieces(self._run)[name], name, data, **meta)

    def _check_complete(self) -> None:
        assert self._run is not None
        for name, kind in _pieces(self._run).items():
            if self._runs.piece(self._run, kind, name) is None:
                raise TrainingFailed(f"the training ended without its {name}")


def _hears(run: Run) -> bool:
    """Whether a run, finished or not, makes a recogniser."""
    return checked_recipe(run.recipe, run.overrides).task == HEARING


def _pieces(run: Run) -> Mapping[str, Kind]:
    return RECOGNISER_PIECES if _hears(run) else VOICE_PIECES
