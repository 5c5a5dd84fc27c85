# SPDX-License-Identifier: GPL-3.0-or-later
"""The bench of teachers: which sentences, which difference, and nothing made twice."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))

pytest.importorskip("pocketsphinx")
import distillation
import pipeline
from distillation import Row, against, hardest, table

from voicevault.data.dataset import Utterance


def row(mix: str, harder: list[int], ratios: list[float], user: str = "a", seed: int = 1) -> Row:
    words = (10,) * len(harder)
    return Row(user, seed, mix, 1.0, words, tuple(harder), tuple(harder), tuple(ratios), 9, 3)


def said(*texts: str) -> list[Utterance]:
    return [Utterance(str(n), text, np.zeros(1, np.float32), 1) for n, text in enumerate(texts)]


def test_sentences_with_the_most_pairs_that_the_takes_lack_come_first() -> None:
    taken = said("The cat sat on the mat.")
    rows = said("The cat sat.", "Measure the azure treasure joyfully.", "The mat sat.")
    assert hardest(rows, taken, 2)[0].id == "1"
    assert {one.id for one in hardest(rows, taken, 3)} == {"0", "1", "2"}


def test_the_difference_is_of_the_same_sentences() -> None:
    hard = [0, 9, 1, 8, 0, 7]
    own = row("first", hard, [0.9] * 6)
    found = against([row("taught", [one + 1 for one in hard], [0.88] * 6)], [own])
    assert (found.harder_low, found.harder_high) == pytest.approx((10.0, 10.0))
    assert (found.ratio_low, found.ratio_high) == pytest.approx((-0.02, -0.02))
    assert found.sentences == 6


def test_seeds_are_no_new_sentences() -> None:
    firsts = [row("first", [1, 1, 1], [0.9] * 3, seed=seed) for seed in (1, 2, 3)]
    taught = [row("taught", [0, 1, 2], [0.9] * 3, seed=seed) for seed in (1, 2, 3)]
    one, three = against(taught[:1], firsts[:1]), against(taught, firsts)
    assert three.sentences == 3
    assert (three.harder_low, three.harder_high) == (one.harder_low, one.harder_high)


def test_a_voice_without_its_pair_is_not_compared() -> None:
    first = [row("first", [1, 1], [0.9] * 2)]
    taught = [row("taught", [1, 1], [0.9] * 2), row("taught", [9, 9], [0.1] * 2, seed=2)]
    assert against(taught, first).harder == pytest.approx(10.0)


def test_a_line_for_each_user_and_mix_and_for_all() -> None:
    rows = [
        row(mix, [1, 2], [0.9, 0.9], user) for user in ("a", "b") for mix in ("first", "taught")
    ]
    lines = table(rows, ["first", "taught"]).splitlines()[2:]
    assert [line.split(" | ")[0] for line in lines] == [
        "| a",
        "| a",
        "| b",
        "| b",
        "| all",
        "| all",
    ]
    assert "| 6 (0) |" in lines[-1]


def test_kept_voices_are_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made: list[tuple[str, int, str]] = []

    class Bench:
        def __init__(self, args: argparse.Namespace, user: str, seed: int) -> None:
            self.args, self.user, self.seed = args, user, seed

        def run(self, known: Mapping[str, Row], keep: Callable[[Row], None]) -> None:
            for mix in self.args.mixes.split(","):
                if mix not in known:
                    made.append((self.user, self.seed, mix))
                    keep(row(mix, [1, 2], [0.9, 0.9], self.user, self.seed))
                    if len(made) == 3:
                        raise KeyboardInterrupt

    monkeypatch.setattr(distillation, "Bench", Bench)
    out = tmp_path / "rows.json"
    words = ["--data", "d", "--users", "a,b", "--seeds", "1,2", "--json", str(out)]
    words += ["--mixes", "takes alone,replay 0.3"]
    with pytest.raises(KeyboardInterrupt):
        distillation.main(words)
    rows = distillation.main(words)
    assert len(made) == len(set(made)) == len(rows) == 8
    assert rows[2:4] == [row(m, [1, 2], [0.9, 0.9], "b") for m in ("takes alone", "replay 0.3")]
    with pytest.raises(SystemExit, match="was made with"):
        distillation.main([*words, "--texts", "31"])
    capsys.readouterr()


def test_the_table_of_the_whole_pipeline_says_what_its_parts_found() -> None:
    first = [row("takes alone", [1, 1], [0.9] * 2)]
    taught = [row("replay 0.3", [0, 1], [0.95] * 2)]
    verdicts = {
        how: {
            "owner": {
                "before": 46.0 + n,
                "after": 37.0,
                "change": -9.0,
                "low": -16.0,
                "high": -2.5,
            },
            "others": {"before": 49.0, "after": 49.5 + n, "change": 0.5, "low": -1.0, "high": 2.0},
        }
        for n, how in enumerate(("clean", "10 dB"))
    }
    lines = pipeline.table([*first, *taught], [{"user": "a", "verdicts": verdicts}], "a,b")
    head, _, a, b, everybody = lines.splitlines()
    assert len({one.count("|") for one in (head, a, b, everybody)}) == 1
    assert "10.0 -> 5.0 % (-10.0 to +0.0) | 0.900 -> 0.950 (+0.050 to +0.050)" in a
    assert "46.0 -> 37.0 % (-9.0; -16.0 to -2.5) | 47.0 -> 37.0 %" in a
    assert "49.0 -> 50.5 % (+0.5" in a.split(" | ")[-1]
    assert b.count("not measured") == 6
    assert "10.0 -> 5.0 %" in everybody
