# SPDX-License-Identifier: GPL-3.0-or-later
"""The learning curve's bookkeeping: amounts of speech, kept rows, means over the same people."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))

pytest.importorskip("pocketsphinx")
import learning_curve

from voicevault.data.dataset import Utterance


def rows_of(count: int, seconds: float) -> list[Utterance]:
    wave = np.zeros(round(seconds * 1000), np.float32)
    return [Utterance(str(n), f"text {n}", wave, 1000) for n in range(count)]


@pytest.mark.parametrize(
    ("size", "expected"),
    [("10", 10), ("41", None), ("1m", 12), ("2m", 24), ("3m", 36), ("3.5m", 40), ("5m", None)],
)
def test_the_first_sentences_until_there_is_enough(size: str, expected: int | None) -> None:
    assert learning_curve.amount(rows_of(40, 5.0), size) == expected


def test_an_amount_has_a_unit() -> None:
    with pytest.raises(ValueError, match="possible"):
        learning_curve.amount(rows_of(3, 5.0), "2h")


def row(user: str, size: str, minutes: float, similarity: float) -> dict[str, Any]:
    other = dict.fromkeys(("wer", "wer_real", "harder", "harder_real", "mos", "mos_real"), 1.0)
    return {"user": user, "size": size, "speech_s": 60 * minutes, "similarity": similarity} | other


def test_the_mean_is_over_the_same_people_everywhere() -> None:
    rows = [
        row("a", "10", 0.7, 0.80), row("b", "10", 0.9, 0.84), row("c", "10", 0.8, 0.10),
        row("a", "5m", 5.0, 0.90), row("b", "5m", 5.2, 0.94),
    ]  # fmt: skip
    likeness = learning_curve.PANELS[0][1]
    mean = learning_curve.mean_curve(rows, likeness)
    assert np.allclose(mean, [(0, 0.82), (3, 0.92)])
    assert np.allclose(learning_curve.curves(rows, likeness)["c"], [(0, 0.10)])


def test_kept_rows_are_not_trained_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "rows.json"
    words = ["--data", str(tmp_path), "--users", "a", "--sizes", "10", "--json", str(out)]
    args = learning_curve.parse(words)
    full = {one.name: 1.0 for one in learning_curve.fields(learning_curve.Result)}
    kept = full | row("a", "10", 0.7, 0.8) | {"recipe": "tts_quick", "sentences": 10}
    out.write_text(json.dumps({learning_curve.key(args, "a", "10"): kept}), "utf-8")

    def never(*_: Any) -> None:
        raise AssertionError("it was there already")

    monkeypatch.setattr(learning_curve, "Bench", never)
    rows = learning_curve.main(words)
    assert len(rows) == 1
    printed = capsys.readouterr().out
    assert "| a | 10 (42 s) | tts_quick" in printed
    assert "| 10 sentences | 1 | 0.800" in printed
    with pytest.raises(AssertionError, match="already"):
        learning_curve.main([*words, "--seed", "1"])


class Stub:
    """A bench that trains nothing; it tells which recipe it was asked for."""

    def __init__(self, args: Any, user: str) -> None:
        self.args, self.user, self.train = args, user, rows_of(60, 5.0)

    def run(self, count: int) -> learning_curve.Result:
        known = {one.name: 1.0 for one in learning_curve.fields(learning_curve.Result)}
        known |= {"user": self.user, "sentences": count, "recipe": self.args.recipe}
        return learning_curve.Result(**known | {"speech_s": 5.0 * count})  # type: ignore[arg-type]


def test_a_new_row_is_kept_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning_curve, "Bench", Stub)
    out = tmp_path / "rows.json"
    words = ["--data", str(tmp_path), "--users", "a,b", "--sizes", "10,2m,9m", "--json", str(out)]
    rows = list(learning_curve.main(words).values())
    assert [(r["user"], r["size"], r["sentences"], r["recipe"]) for r in rows] == [
        ("a", "10", 10, "tts_quick"), ("a", "2m", 24, "tts_standard"),
        ("b", "10", 10, "tts_quick"), ("b", "2m", 24, "tts_standard"),
    ]  # fmt: skip
    assert list(json.loads(out.read_text("utf-8")).values()) == rows
