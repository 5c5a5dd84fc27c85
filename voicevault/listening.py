# SPDX-License-Identifier: GPL-3.0-or-later
"""Which recogniser listens: a run's own, or the shipped one; with the owner's words either way."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

from encrypted_store import Kind, Vault
from voicevault.data.documents import Documents
from voicevault.errors import MissingExtra, UsageError, VaultCorrupt
from voicevault.runs import ANY, DONE, LATEST, RECOGNISER, Run, RunBook
from voicevault.runtime.base_files import base_file, base_index
from voicevault.runtime.owner_words import OwnerWords
from voicevault.runtime.recognise import MODEL, TOKENS, WORDS, Calibration, Recogniser
from voicevault.runtime.words import Bigram, WordModel, read_words
from voicevault.vaults import translated

SETTINGS = "asr.json"
BASE = "base"


class Listening:
    """The owner's words and recognisers of one open vault."""

    def __init__(self, vault: Vault, runs: RunBook) -> None:
        self._vault, self._runs = vault, runs

    @property
    def documents(self) -> Documents:
        """Texts and words of the owner's."""
        return Documents(self._vault)

    @property
    @translated()
    def in_use(self) -> str:
        """Who listens when nobody is named: a run, BASE, or nobody at all (empty)."""
        run = self._runs.recogniser_in_use()
        if run is not None:
            return run.name
        return BASE if MODEL in base_index().get("sha256", {}) else ""

    @translated()
    def open(self, name: str | None = None) -> Listener:
        """See `open_recogniser`. It listens on when the vault is closed."""
        return open_recogniser(self._vault, self._runs, name)


@dataclass(frozen=True, slots=True)
class Listener:
    """A recogniser, ready, and what it is."""

    recogniser: Recogniser
    name: str
    """Of its run, or BASE."""
    own_words: int
    """Running words of the owner's documents."""
    hotwords: int
    note: str = ""
    """What a person should know about the choice."""


def open_recogniser(
    vault: Vault | None = None, runs: RunBook | None = None, name: str | None = None
) -> Listener:
    """A recogniser by name, by default the best there is.

    Args:
        vault: with the owner's words; None for the shipped recogniser alone.
        runs: of that vault.
        name: of a run, LATEST, or BASE; None for the newest that passed its gate, else the base.

    Raises:
        UsageError: no such run, or it trained no recogniser.
        MissingExtra: no run is chosen, and this build ships no recogniser.
        VaultCorrupt: the run's files are not whole.
    """
    found = _chosen(runs, name)
    words, told = _words(vault)
    if found is not None and vault is not None and runs is not None:
        recogniser = _personal(vault, runs, found, words)
        note = "" if found.in_use else _UNPROVEN.format(found.name)
        return Listener(recogniser, found.name, *told, note)
    return Listener(_shipped(words, runs), BASE, *told)


_UNPROVEN = "{} was not shown to hear its owner better than the base"


def _chosen(runs: RunBook | None, name: str | None) -> Run | None:
    if runs is None or name == BASE:
        if name not in (None, BASE):
            raise UsageError(f"run {name!r} is in a vault, and none is open")
        return None
    finished = [run for run in runs.all() if _hears(run) and run.status == DONE]
    if name is None:
        return runs.recogniser_in_use()
    if name == LATEST:
        if not finished:
            raise UsageError("no finished run trained a recogniser", hint="voicevault runs list")
        return finished[-1]
    run = runs.find(name, ANY)
    if run.status != DONE or not _hears(run):
        why = "trained a voice, not a recogniser" if run.status == DONE else f"is {run.status}"
        raise UsageError(f"run {run.name} {why}", hint="voicevault runs list")
    return run


def _hears(run: Run) -> bool:
    return run.student == RECOGNISER


def _words(vault: Vault | None) -> tuple[WordModel | None, tuple[int, int]]:
    """Word pairs for the search, None where there are none of any kind; words and hot words."""
    shipped: Bigram | None = None
    if WORDS in base_index().get("sha256", {}):
        shipped = read_words(base_file(WORDS))
    if vault is None:
        return shipped, (0, 0)
    documents = Documents(vault)
    texts, hot = documents.texts(), documents.hotwords()
    if not texts and not hot:
        return shipped, (0, 0)
    own = OwnerWords(shipped, texts, hot)
    return own, (own.words, len(own.hot))


def _shipped(words: WordModel | None, runs: RunBook | None) -> Recogniser:
    index = base_index()
    if MODEL not in index.get("sha256", {}):
        waiting = [run.name for run in runs.all() if _hears(run)] if runs is not None else []
        hint = "train your own from your takes: voicevault train --help"
        if waiting:
            hint = f"take one that has not proved better: --run {waiting[-1]}"
        raise MissingExtra(
            "this build ships no recogniser, and no run of yours stands in", hint=hint
        )
    constants = index["recogniser"]["calibration"]
    return Recogniser(
        base_file(MODEL),
        base_file(TOKENS).decode("utf-8"),
        words=words,
        calibration=Calibration(*constants),
    )


def _personal(vault: Vault, runs: RunBook, run: Run, words: WordModel | None) -> Recogniser:
    try:
        settings = json.loads(vault.get(runs.whole(run, Kind.SETTINGS, SETTINGS).id))
        constants = [float(one) for one in settings["calibration"]]
        if len(constants) != 3 or not all(map(math.isfinite, constants)):
            raise ValueError("three numbers are wanted")
        tokens = vault.get(runs.whole(run, Kind.SETTINGS, TOKENS).id).decode("utf-8")
    except (ValueError, KeyError, TypeError) as error:
        raise VaultCorrupt(f"the recogniser of run {run.name} cannot be read") from error
    model = vault.get(runs.whole(run, Kind.MODEL, MODEL).id)
    return Recogniser(model, tokens, words=words, calibration=Calibration(*constants))
