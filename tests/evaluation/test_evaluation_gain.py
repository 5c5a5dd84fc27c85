# SPDX-License-Identifier: GPL-3.0-or-later
"""What teachers gained: paired by sentence, only where both were asked the same, never guessed."""

from __future__ import annotations

import math
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from encrypted_store import KdfParams, Vault
from voicevault.data.dataset import Utterance
from voicevault.evaluation.card import Row
from voicevault.evaluation.gain import basis, gained
from voicevault.evaluation.weighing import Earlier
from voicevault.runs import DONE, RunBook

TAUGHT: dict[str, Any] = {
    "run": "new", "recipe": "tts_quick", "overrides": {"mix.replay": "0.3", "seed": "2"},
    "result": {"teachers": [{"name": "embedded", "version": "0123 old"}]},
}  # fmt: skip


def rows(errors: list[int], cosines: list[float]) -> list[Row]:
    return [
        Row(f"s{n}", "unseen", f"text {n}", 1.0, words=10, errors_harder=wrong, similarity=near)
        for n, (wrong, near) in enumerate(zip(errors, cosines, strict=True))
    ]


def report(found: list[Row], mark: str = "same") -> dict[str, Any]:
    return {"basis": mark, "rows": [asdict(row) for row in found]}


def test_the_difference_is_taken_sentence_by_sentence() -> None:
    noisy = [0, 9, 1, 8, 0, 7, 2, 9]  # sentences differ far more than the voices do
    new = rows([one + 1 for one in noisy], [0.84] * 8)
    old = rows(noisy, [0.80] * 8)
    found = gained(new, TAUGHT, Earlier("old", {"old": report(old)}), "same", 0.8, 0)
    words, near = found.figures
    assert words.value == words.low == words.high == pytest.approx(10.0)  # one of ten, everywhere
    assert near.value == pytest.approx(0.05)
    assert (found.plain, found.missing) == ("old", "")
    assert words.note == ""


def test_no_difference_that_can_be_told_is_called_so() -> None:
    new, old = rows([1, 0, 1, 0], [0.8] * 4), rows([0, 1, 0, 1], [0.8] * 4)
    found = gained(new, TAUGHT, Earlier("old", {"old": report(old)}), "same", 0.8, 0)
    assert found.figures[0].low < 0 < found.figures[0].high
    assert found.figures[0].note == "no difference that can be told"


def test_what_was_not_heard_in_both_is_left_out() -> None:
    new, old = rows([1, 2], [0.8, math.nan]), rows([0, 0], [0.8, 0.8])
    old[0] = replace(old[0], errors_harder=None)
    found = gained(new, TAUGHT, Earlier("old", {"old": report(old)}), "same", 0.8, 0)
    assert [one.count for one in found.figures] == [1, 1]
    assert found.figures[0].note == "too few sentences"


def test_without_a_run_to_compare_with_the_commands_are_named() -> None:
    found = gained(rows([1], [0.8]), TAUGHT, Earlier(), "same", 0.8, 0)
    assert found.figures == ()
    assert "voicevault train tts_quick mix.real=1 mix.taught=0 mix.replay=0 seed=2" in found.missing
    assert "voicevault evaluate new once more" in found.missing


@pytest.mark.parametrize(("reports", "why"), [
    ({}, "was not evaluated"),
    ({"old": report([], "other")}, "said other texts"),
])  # fmt: skip
def test_a_run_that_was_asked_something_else_is_not_compared(
    reports: dict[str, Any], why: str
) -> None:
    found = gained(rows([1], [0.8]), TAUGHT, Earlier("old", reports), "same", 0.8, 0)
    assert found.figures == ()
    assert why in found.missing
    assert "voicevault evaluate old" in found.missing


def test_a_voice_without_teachers_has_no_gain() -> None:
    found = gained(rows([1], [0.8]), {"run": "x", "result": {}}, Earlier(), "m", 0.8, 0)
    assert found.missing == "no teacher taught this voice"


def test_the_mark_changes_with_texts_seed_and_recordings() -> None:
    said = rows([1, 2], [0.8, 0.8])
    owner = [Utterance("a", "t", np.zeros(10, np.float32), 16_000)]
    longer = [Utterance("a", "t", np.zeros(11, np.float32), 16_000)]
    other = [said[0], replace(said[1], text="another")]
    asked = [(said, owner, 0), (other, owner, 0), (said, longer, 0), (said, owner, 1)]
    marks = {basis(*one) for one in asked}
    assert len(marks) == 4
    assert basis(rows([0, 0], [0.1, 0.1]), owner, 0) == basis(said, owner, 0)


def test_the_run_to_compare_with_has_the_same_takes_and_settings_and_no_teacher(
    tmp_path: Path,
) -> None:
    secret, cheap = "an invented passphrase", KdfParams.for_tests()
    with Vault.create(tmp_path / "V", secret, kdf=cheap, anchors=tmp_path / "a")[0] as vault:
        runs = RunBook(vault)
        takes = {"t1": "train", "t2": "validation"}

        def done(overrides: dict[str, str], takes: dict[str, str], taught: bool = False) -> str:
            lessons = {"l1": "replay"} if taught else None
            run = runs.begin("tts_quick", overrides, takes, lessons)
            return runs.change(run, status=DONE).name

        plain = done({"seed": "2"}, takes)
        done({"seed": "2"}, {"t1": "train"})
        done({"seed": "3"}, takes)
        done({"seed": "2", "mix.replay": "0.2"}, takes, taught=True)
        runs.begin("tts_quick", {"seed": "2"}, takes)  # unfinished
        run = runs.find(done({"seed": "2", "mix.replay": "0.3"}, takes, taught=True))
        found = runs.untaught(run)
        assert found is not None
        assert found.name == plain
        assert runs.untaught(found) is None
