# SPDX-License-Identifier: GPL-3.0-or-later
"""Lessons as the vault lives through them: what a teacher has to be asked, and what came is kept.

Each question has a key (which files, which text or take, which settings). What is in the vault
under its key is not asked again, admitted or refused, so that the same command goes on where it was
stopped and costs nothing once it is done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from encrypted_store import Entry, Kind, Vault
from voicevault import jobs
from voicevault.consenting import consent_tickets, take_ticket
from voicevault.data import taught
from voicevault.data.documents import Documents, lesson_text
from voicevault.data.takes import TRAIN, Take
from voicevault.data.taught import EMBEDDED, Provenance
from voicevault.errors import BadDataset, Cancelled, UsageError
from voicevault.events import Event
from voicevault.lessons import Work
from voicevault.runs import LATEST, Run, RunBook
from voicevault.teachers import registry, syllabus
from voicevault.teachers.syllabus import Choice

REFERENCES = 6
"""Takes that a teacher from elsewhere listens to before it speaks: about half a minute."""
COMPARED = 40
"""Takes that what it said is compared with."""
MAX_TEXTS = 10_000
_AGAIN = "what came is kept; the same command goes on from here"

OnEvent = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """One text, what it was chosen for, and what became of it."""

    text: str
    source: str
    brings: int
    """Phoneme pairs that no take has, and no text before it."""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A word of a take that was probably not read as it stands in the text."""

    take_id: str
    prompt_id: str
    word: str
    heard: str
    start_s: float
    probability: float


@dataclass(frozen=True, slots=True)
class Summary:
    """What a lesson came to."""

    teacher: str
    licence: str = ""
    commercial: bool = False
    made: int = 0
    """New this time, admitted or refused."""
    known: int = 0
    """In the vault before."""
    usable: int = 0
    """Of all that was wanted."""
    refused: Mapping[str, int] = field(default_factory=dict)
    """Reason to how many."""
    checks: tuple[str, ...] = ()
    """What new speech was asked; empty where nothing was new."""
    texts: tuple[Asked, ...] = ()
    misread: tuple[Suspect, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)


class Schooling:
    """Teachers and one vault. Knows questions and records, not how a teacher speaks or listens."""

    def __init__(self, vault: Vault, runs: RunBook, takes: Sequence[Take]) -> None:
        self._vault, self._runs = vault, runs
        self._takes = [take for take in takes if take.usable]

    def say(
        self, count: int, teacher: str, own_text: str, work: Work, on_event: OnEvent | None
    ) -> Summary:
        """Let ``teacher`` say the ``count`` texts that the takes need most.

        ``own_text`` is the owner's, whose words count more; empty for the documents in the vault.

        Raises:
            Refused: nobody consented to speech in this voice.
            UsageError: no such teacher, or not one that speaks; no finished run to speak.
            BadDataset: there is no take to sound like.
            Cancelled: stopped on request; what came is kept.
        """
        if not 1 <= count <= MAX_TEXTS:
            raise UsageError(f"--tts {count}: 1 to {MAX_TEXTS} texts are possible")
        learnt = [take for take in self._takes if take.split == TRAIN]
        if not learnt:
            raise BadDataset("there is no take to sound like", hint="voicevault import FOLDER")
        run, student = self._student(teacher)
        mark = self._fingerprint(teacher, "tts", student)
        own_text = own_text or lesson_text(Documents(self._vault).texts())
        chosen = syllabus.choose(
            [take.text for take in self._takes], syllabus.sentences(own_text), count
        )
        keys = {taught.key_of(mark, one.text, {"how": "tts"}): one for one in chosen}
        held = taught.held_keys(self._vault)
        missing = {key: one.text for key, one in keys.items() if key not in held}
        compared = _spread(learnt, COMPARED)
        spec = {
            "how": "tts",
            "teacher": teacher,
            "texts": list(missing.items()),
            "references": REFERENCES,
            "run": run.name if run else "",
            "inherited": _inherited(run),
            "listener": _listener(),
        }
        listened = () if teacher == EMBEDDED else [take.id for take in compared[:REFERENCES]]

        def keep(name: str, data: bytes, meta: dict[str, Any]) -> None:
            taught.keep_taught(
                self._vault,
                data,
                key=meta["key"],
                text=missing[meta["key"]],
                teacher=_same(meta["teacher"], mark),
                refused=meta["refused"],
                figures=meta["figures"],
                run=run.name if run else "",
                takes=listened,
            )

        checks: tuple[str, ...] = ()
        if missing:
            blobs = (("student", self._vault.get(student.id)),) if student else ()
            takes = [take_ticket(self._vault, one, TRAIN) for one in compared]
            tickets = {"takes": takes, **consent_tickets(self._vault)}
            result = _worked(work, jobs.Request("label", spec, tickets, blobs), on_event, keep)
            checks = tuple(str(one) for one in result["asked"])
        return self._said(keys, len(missing), checks, teacher)

    def hear(self, teacher: str, work: Work, on_event: OnEvent | None) -> Summary:
        """Let ``teacher`` write down what it hears in every usable take.

        Raises:
            UsageError: no such teacher, or not one that listens.
            BadDataset: there is no take.
            Cancelled: stopped on request; what came is kept.
        """
        if not self._takes:
            raise BadDataset("there is no take to listen to", hint="voicevault import FOLDER")
        mark = self._fingerprint(teacher, "asr", None)
        asked = {
            taught.key_of(mark, take.sha256, {"how": "asr", "text": take.text}): take
            for take in self._takes
        }
        held = taught.held_keys(self._vault)
        missing = {take.id: key for key, take in asked.items() if key not in held}

        def keep(name: str, data: bytes, meta: dict[str, Any]) -> None:
            taught.keep_labels(
                self._vault,
                data,
                key=missing[meta["take"]],
                take_id=meta["take"],
                teacher=_same(meta["teacher"], mark),
            )

        if missing:
            takes = [
                take_ticket(self._vault, take, take.split)
                for take in asked.values()
                if take.id in missing
            ]
            request = jobs.Request("label", {"how": "asr", "teacher": teacher}, {"takes": takes})
            _worked(work, request, on_event, keep)
        return self._heard(asked, len(missing), teacher)

    def _student(self, teacher: str) -> tuple[Run | None, Entry | None]:
        """The newest finished run and its student, where the teacher needs somebody who speaks."""
        if teacher != EMBEDDED and registry.find(teacher).kind != "vc":
            return None, None
        run = self._runs.find(LATEST)
        return run, self._runs.whole(run, Kind.MODEL, "student")

    def _fingerprint(self, teacher: str, kind: str, student: Entry | None) -> str:
        """What a teacher is, from what is known without reading its files again."""
        if teacher == EMBEDDED and kind == "tts":
            assert student is not None
            return taught.fingerprint({"student": student.sha256})
        entry = registry.find(teacher)
        if (entry.kind == "asr") != (kind == "asr"):
            does = "listens and does not speak" if kind == "tts" else "speaks and does not listen"
            raise UsageError(f"{teacher} {does}", hint="voicevault teachers list")
        return taught.fingerprint(entry.card.files)

    def _said(
        self, keys: Mapping[str, Choice], made: int, checks: tuple[str, ...], teacher: str
    ) -> Summary:
        records = {one.key: one for one in taught.list_taught(self._vault) if one.key in keys}
        rows = tuple(
            Asked(one.text, one.source, len(one.brings), records[key].refused)
            for key, one in keys.items()
            if key in records
        )
        reasons = Counter(row.refused.partition(":")[0] for row in rows if row.refused)
        usable = sum(not row.refused for row in rows)
        terms = next((one.teacher for one in records.values()), None)
        return Summary(
            teacher,
            terms.licence if terms else "",
            bool(terms and terms.commercial),
            made,
            len(keys) - made,
            usable,
            dict(reasons),
            checks,
            rows,
        )

    def _heard(self, asked: Mapping[str, Take], made: int, teacher: str) -> Summary:
        labels = taught.list_labels(self._vault, asked)
        refused = Counter(str(one.body["refused"]) for one in labels if "refused" in one.body)
        suspects = tuple(
            Suspect(
                one.take_id,
                asked[one.key].prompt_id,
                str(word["word"]),
                str(word["heard"]),
                float(word["start_s"]),
                float(word["probability"]),
            )
            for one in labels
            for word in one.body.get("misread", [])
        )
        return Summary(
            teacher,
            labels[0].teacher.licence if labels else "",
            bool(labels and labels[0].teacher.commercial),
            made,
            len(asked) - made,
            len(labels) - sum(refused.values()),
            dict(refused),
            misread=suspects,
        )


def _worked(
    work: Work, request: jobs.Request, on_event: OnEvent | None, keep: jobs.OnBlob
) -> dict[str, Any]:
    try:
        return work(request, on_event, keep)
    except Cancelled as error:
        raise Cancelled(error.message, hint=_AGAIN) from error


def _same(meta: Mapping[str, Any], wanted: str) -> Provenance:
    """What the worker says of the teacher that it loaded, if it is the one that was meant."""
    found = Provenance.of(meta)
    if found.fingerprint != wanted:
        raise UsageError(f"the teacher {found.name} was changed while it taught", hint="ask again")
    return found


def _spread(takes: Sequence[Take], count: int) -> list[Take]:
    """At most ``count`` takes, spread over all of them, the first ones spread as well."""
    wide = takes[:: -(-len(takes) // count)]
    first = wide[:: max(1, len(wide) // REFERENCES)][:REFERENCES]
    return [*first, *(one for one in wide if one not in first)]


def _inherited(run: Run | None) -> list[tuple[str, bool]]:
    """On what terms the run's own teachers taught."""
    if run is None:
        return []
    return [
        (str(one["licence"]), one["commercial"] is True) for one in run.result.get("teachers", [])
    ]


def _listener() -> str:
    """A recogniser that is here, to check what was said; empty where there is none."""
    return next((one.name for one in registry.entries()[0] if one.kind == "asr"), "")
