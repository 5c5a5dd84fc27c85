# SPDX-License-Identifier: GPL-3.0-or-later
"""Lessons with a real vault and the worker's own job, in this process: once, and resumable."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from toy_school import TAKES, student
from toy_teachers import lay_out, whisper_files

from encrypted_store import Vault
from voicevault import jobs, label_task, schooling
from voicevault.audio.files import decode
from voicevault.consenting import take_ticket
from voicevault.consents import keeping
from voicevault.data import taught
from voicevault.data.documents import Documents
from voicevault.data.takes import list_takes
from voicevault.errors import (
    BadDataset,
    Cancelled,
    MissingExtra,
    Refused,
    UsageError,
    VoiceVaultError,
)
from voicevault.events import Event, Progress
from voicevault.forgetting import forget_take
from voicevault.runs import RunBook
from voicevault.schooling import Schooling, Summary
from voicevault.students.shipped import load_base
from voicevault.teachers import registry
from voicevault.teachers.adapters.embedded import EmbeddedTeacher
from voicevault.teachers.protocols import HeardWord, Hypothesis, Recording, Transcript
from voicevault.text.prompts import prompts
from voicevault.worker import Assignment


class Here:
    """The worker's context and the parent's work in one: jobs run in this process."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.jobs = 0
        self.blobs = 0
        self.events: list[Event] = []
        self._stop_after = stop_after
        self._keep: jobs.OnBlob | None = None

    def __call__(self, request: jobs.Request, on_event: Any, on_blob: jobs.OnBlob) -> Any:
        self.jobs += 1
        self._keep = on_blob
        asked = Assignment(request.job, request.spec, request.tickets, dict(request.blobs))
        return label_task.label(asked, self)  # type: ignore[arg-type]

    def emit(self, event: Event) -> None:
        self.events.append(event)

    def put_blob(self, name: str, data: bytes, meta: dict[str, Any]) -> None:
        self.blobs += 1
        assert self._keep is not None
        self._keep(name, data, meta)

    def stopping(self) -> bool:
        return self._stop_after is not None and self.blobs >= self._stop_after


def say(school: Schooling, count: int, work: Here) -> Summary:
    return school.say(count, "embedded", "", work, None)


def test_nothing_is_taught_twice_and_more_goes_on_where_less_ended(
    vault: Vault, school: Callable[[], Schooling]
) -> None:
    first = say(school(), 2, here := Here())
    assert (first.made, first.known, here.jobs) == (2, 0, 1)
    assert first.usable == 2, first.texts
    assert first.texts[0].brings > 0
    assert (first.licence, first.commercial) == ("GPL-3.0-or-later", True)
    assert {"clipped", "silent", "words", "pace"} <= set(first.checks)
    again = say(school(), 2, here := Here())
    assert (again.made, again.known, here.jobs) == (0, 2, 0)
    assert again.texts == first.texts
    more = say(school(), 3, here := Here())
    assert (more.made, more.known, here.blobs) == (1, 2, 1)
    for one in taught.newest(taught.list_taught(vault)):
        assert decode(vault.get(one.id)).duration_s > 1.0
        assert one.teacher.version.startswith(load_base().sha256[:12])
        assert one.figures["align_gap_m"] > 0


def test_the_owners_documents_are_their_text_where_none_is_given(
    vault: Vault,
    school: Callable[[], Schooling],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[list[str]] = []

    class Enough(Exception):
        """Nothing needs to be said for this."""

    def choose(taken: list[str], own: list[str], count: int) -> None:
        asked.append(own)
        raise Enough

    monkeypatch.setattr(schooling.syllabus, "choose", choose)
    (tmp_path / "a.txt").write_text("Quince jam is ready. So is the bread.")
    documents = Documents(vault)
    kept = documents.add_file(tmp_path / "a.txt")
    for own in ("", "Something else to say."):
        with pytest.raises(Enough):
            school().say(2, "embedded", own, Here(), None)
    documents.remove(kept)
    with pytest.raises(Enough):
        school().say(2, "embedded", "", Here(), None)
    jam = ["Quince jam is ready.", "So is the bread."]
    assert asked == [jam, ["Something else to say."], []]


def test_nobody_speaks_in_a_voice_without_consent(
    vault: Vault, school: Callable[[], Schooling]
) -> None:
    keeper = school()
    ticket = vault.ticket(keeping.entry(vault).id)  # type: ignore[union-attr]
    keeping.withdraw(vault)
    work = Here()
    with pytest.raises(Refused, match="consented"):
        say(keeper, 2, work)
    assert work.jobs == 0
    takes = [take_ticket(vault, one, "train") for one in list_takes(vault)]
    spec = {"how": "tts", "teacher": "embedded", "texts": [["k", "Hello."]], "references": 1}
    for tickets in ({"takes": takes}, {"takes": takes, "consent": [{"ticket": ticket.to_json()}]}):
        with pytest.raises(VoiceVaultError):  # a worker fed by hand: none, or one that is gone
            label_task.label(Assignment("label", spec, tickets, {}), work)  # type: ignore[arg-type]
    assert work.blobs == 0


def test_stopped_lessons_keep_what_came_and_go_on(
    vault: Vault, school: Callable[[], Schooling]
) -> None:
    with pytest.raises(Cancelled) as stopped:
        say(school(), 3, Here(stop_after=1))
    assert "goes on" in stopped.value.hint
    assert len(taught.list_taught(vault)) == 1
    rest = say(school(), 3, here := Here())
    assert (rest.made, rest.known, here.blobs) == (2, 1, 2)
    told = [one for one in here.events if isinstance(one, Progress) and one.stage == "speak"]
    assert told[-1].done == told[-1].total == 2


def test_a_take_takes_with_it_what_its_student_said(
    vault: Vault, school: Callable[[], Schooling]
) -> None:
    say(school(), 1, Here())
    receipt = forget_take(vault, RunBook(vault), list_takes(vault)[0].id, with_voices=False)
    assert [one.what for one in receipt.destroyed] == ["take", "taught"]
    assert taught.held_keys(vault) == set()


def test_what_is_refused_is_told_and_not_asked_again(
    vault: Vault, school: Callable[[], Schooling], monkeypatch: pytest.MonkeyPatch
) -> None:
    def buzz(self: EmbeddedTeacher, text: str, reference: Any) -> Recording:
        from toy_speaker import speak

        if text.startswith(first):
            raise UsageError("it cannot say this")
        return Recording(speak(3.0), 16_000, text)

    chosen = say(school(), 2, Here()).texts
    for one in taught.list_taught(vault):
        vault.delete(one.id)
    first = chosen[0].text
    monkeypatch.setattr(EmbeddedTeacher, "synthesise", buzz)
    found = say(school(), 2, Here())
    assert found.usable == 0
    assert sum(found.refused.values()) == 2
    assert found.refused["teacher"] == 1
    assert found.texts[0].refused == "teacher: it cannot say this"
    assert say(school(), 2, here := Here()).refused == found.refused
    assert here.jobs == 0


class Whisperer:
    """Hears each take's text, but for its second word."""

    def __init__(self, card: Any) -> None:
        self.card = card

    def label(self, audio: Recording, text: str | None = None) -> Transcript:
        words = (text or "").split()
        heard = " ".join([words[0], "Quark", *words[2:]])
        asked = [HeardWord(w, 0.1 * n, 0.1, 0.01 if n == 1 else 0.9) for n, w in enumerate(words)]
        return Transcript(heard, (), 0.9, (Hypothesis(heard, -0.1),), (0.9,), tuple(asked))


@pytest.fixture
def whisper(vault: Vault, tmp_path: Path) -> str:
    """A folder that looks like a recogniser, added as a person would."""
    return registry.add(lay_out(tmp_path / "ears", whisper_files()), licence="MIT").name


def test_labels_are_kept_once_with_the_words_that_were_misread(
    vault: Vault,
    school: Callable[[], Schooling],
    whisper: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    card = registry.find(whisper).card
    monkeypatch.setattr(label_task.opening, "open_asr", lambda name: Whisperer(card))
    found = school().hear(whisper, Here(), None)
    assert (found.made, found.known, found.usable) == (TAKES, 0, TAKES)
    assert {one.heard for one in found.misread} == {"Quark"}
    assert [one.word for one in found.misread] == [one.text.split()[1] for one in prompts()[:TAKES]]
    again = school().hear(whisper, here := Here(), None)
    assert (again.made, again.known, here.jobs) == (0, TAKES, 0)
    assert again.misread == found.misread
    forget_take(vault, RunBook(vault), list_takes(vault)[0].id, with_voices=False)
    assert len(taught.list_labels(vault)) == TAKES - 1


def test_another_teacher_in_its_place_is_noticed(
    school: Callable[[], Schooling], whisper: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = EmbeddedTeacher(student(), "r", "0" * 64).card
    monkeypatch.setattr(label_task.opening, "open_asr", lambda name: Whisperer(card))
    with pytest.raises(UsageError, match="was changed"):
        school().hear(whisper, Here(), None)


def test_without_the_extra_it_says_what_to_install(
    school: Callable[[], Schooling], whisper: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ctranslate2", "faster_whisper"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtra) as missing:
        school().hear(whisper, Here(), None)
    assert "voicevault[teachers]" in missing.value.hint


def test_wrong_requests_are_named(
    vault: Vault, school: Callable[[], Schooling], whisper: str
) -> None:
    with pytest.raises(UsageError, match="listens and does not speak"):
        school().say(1, whisper, "", Here(), None)
    with pytest.raises(UsageError, match="no teacher 'nobody'"):
        school().hear("nobody", Here(), None)
    with pytest.raises(UsageError, match="1 to 10000"):
        say(school(), 0, Here())
    with pytest.raises(BadDataset, match="no take"):
        Schooling(vault, RunBook(vault), []).say(1, "embedded", "", Here(), None)


def test_the_newest_run_has_to_be_finished(vault: Vault, school: Callable[[], Schooling]) -> None:
    runs = RunBook(vault)
    runs.change(runs.all()[-1], status="cancelled")
    with pytest.raises(UsageError, match="no run is finished"):
        say(school(), 1, Here())
