# SPDX-License-Identifier: GPL-3.0-or-later
"""Teacher against student: whose figures stand where, what is not claimed, what is not divided."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from toy_voices import HeavyVoice, export

from voicevault.evaluation import html, terminal, weighing
from voicevault.evaluation.card import Figure, Gain, Party, Report
from voicevault.evaluation.speed import Speed
from voicevault.evaluation.weighing import HERE, Earlier, cells, teacher, times
from voicevault.export import piper
from voicevault.export.info import VoiceInfo
from voicevault.teachers import catalogue

FIGURES = {
    "wer_unseen_harder": Figure("w", 4.2, "%", "lower"),
    "similarity": Figure("s", 0.97, "", "higher"),
}
SPEED = Speed(0.01, 0.01, 20.0, 5.0, 10.0, 0, 0, 1, 6.0, "RAPL, 1 package")
XTTS = {"name": "clone", "version": "coqui/XTTS-v2@6c2b0d7", "licence": "CPML-1.0"}


def former(run: str) -> dict[str, Any]:
    return {"name": "embedded", "version": f"0123456789ab {run}", "licence": "GPL-3.0-or-later"}


def ran(**changes: Any) -> Party:
    values = {
        "parameters": 4_000_000, "bytes": 4_000_000, "gflop_per_s": 0.5, "rtf": 0.01,
        "joules_a_minute": 6.0, "energy": "RAPL, 1 package",
    }  # fmt: skip
    return Party("student", "student", HERE, **{**values, **changes})


@pytest.fixture(scope="module")
def voice() -> bytes:
    return piper.with_metadata(export(HeavyVoice()), VoiceInfo(name="toy"))


def test_student_and_base_are_counted_and_teachers_are_looked_up(voice: bytes) -> None:
    run = {"run": "r2", "result": {"teachers": [XTTS, former("r1")]}}
    found = weighing.parties(voice, SPEED, FIGURES, run, Earlier(), ())
    student, base, clone, embedded = found
    assert [one.role for one in found] == ["student", "base", "teacher", "teacher"]
    assert (student.bytes, student.rtf, student.joules_a_minute) == (len(voice), 0.01, 6.0)
    assert (student.wer, student.similarity) == (4.2, 0.97)
    assert 4e6 < (base.parameters or 0) < 4.5e6
    assert 8e6 < (base.bytes or 0) < 9e6
    assert 0.5 < base.gflop_per_s < 1.0
    assert math.isnan(base.rtf)  # no texts were given: it did not run
    assert clone.parameters == 467_000_000
    assert clone.source.startswith("published, not measured here")
    assert embedded.source.startswith("not measured: voicevault evaluate r1")


def test_nothing_is_claimed_for_a_teacher_that_did_not_run() -> None:
    known = teacher(XTTS, Earlier())
    strange = teacher({"name": "mine", "version": "added by hand"}, Earlier())
    for one in (known, strange):
        for value in (one.rtf, one.joules_a_minute, one.wer, one.similarity, one.gflop_per_s):
            assert math.isnan(value)
        assert one.energy == "it did not run here"
    assert strange.parameters is strange.bytes is None
    assert strange.source == "not measured here, and nothing is published"


def test_a_teacher_with_files_of_unknown_size_has_no_size() -> None:
    known = catalogue.known("freevc24")
    assert known.unsized
    found = teacher({"name": "x", "version": known.version}, Earlier())
    assert found.bytes is None
    assert found.parameters is None


def test_an_embedded_teacher_brings_its_own_reports_figures_and_no_others() -> None:
    own = ran(wer=3.0, rtf=math.nan)
    report = plain_report("r1", parties=(own, Party("the base", "base", HERE, rtf=9.0)))
    found = teacher(former("r1"), Earlier("", {"r1": report}))
    assert (found.role, found.name) == ("teacher", "embedded teacher, run r1")
    assert found.source == "from its own report"
    assert (found.parameters, found.wer) == (4_000_000, 3.0)
    assert math.isnan(found.rtf)
    older = {key: value for key, value in report.items() if key != "parties"}
    assert "voicevault evaluate r1" in teacher(former("r1"), Earlier("", {"r1": older})).source


def test_only_what_ran_together_by_one_method_is_divided() -> None:
    student = ran()
    base = Party("base", "base", HERE, 8_000_000, 8_000_000, 1.0, 0.02, 12.0, "RAPL, 1 package")
    assert times(student, base) == pytest.approx(
        {"parameters": 2, "bytes": 2, "gflop_per_s": 2, "rtf": 2, "joules_a_minute": 2}
    )
    other = Party("base", "base", HERE, 8_000_000, 1, 1.0, 0.02, 12.0, "battery, the whole machine")
    assert math.isnan(times(student, other)["joules_a_minute"])
    earlier = Party(
        "t", "teacher", "from its own report", 8_000_000, 1, 1.0, 0.02, 12.0, student.energy
    )
    found = times(student, earlier)
    assert found["parameters"] == 2
    assert math.isnan(found["rtf"])
    assert math.isnan(found["joules_a_minute"])
    assert math.isnan(times(student, teacher(XTTS, Earlier()))["gflop_per_s"])


def plain_report(run: str, **more: Any) -> dict[str, Any]:
    body = Report(run, "tts_quick", "2026-11-22T00:00:00Z", 0, "test", {}, (), None, {}, **more)
    return body.to_dict()


def test_the_card_says_it_everywhere_and_escapes_names() -> None:
    evil = {"name": "<b>\x1b", "version": "added by hand", "licence": "x"}
    found = (ran(), teacher(XTTS, Earlier()), teacher(evil, Earlier()))
    assert cells(found)[1][1] == "467.0 M (117 x)"
    assert cells(found)[1][5] == "not measured"
    gain = Gain("r1", (Figure("WER, harder judge (points)", -0.5, "", "lower", 20, -1.5, 0.5),))
    training = {"energy_wh": "0.51", "energy": "RAPL, 1 package"}
    report = Report(
        "r2", "tts_quick", "now", 0, "test", {}, (), None, {},
        parties=found, gain=gain, training=training,
    )  # fmt: skip
    text, page = terminal.table(report), html.page(report)
    for said in (text, page):
        assert "467.0 M (117 x)" in said
        assert "published, not measured here" in said
        assert "-0.500 against run r1, 95 % -1.500 to +0.500, 20 sentences" in said
        assert "0.51 Wh (RAPL, 1 package)" in said
    assert "\x1b" not in text
    assert "<b>" not in page
    body = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert body["parties"][1]["rtf"] is None
    assert body["gain"]["plain"] == "r1"


def test_published_figures_name_their_source() -> None:
    listed = catalogue.load()
    assert any(one.parameters for one in listed)
    for one in listed:
        assert bool(one.parameters) == bool(one.parameters_source)
