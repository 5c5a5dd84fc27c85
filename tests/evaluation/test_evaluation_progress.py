# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of base training's progress: pooling over people, and what stands beside recordings."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from voicevault.evaluation import base_progress
from voicevault.evaluation.base_progress import Tally, panels


def test_word_errors_are_pooled_and_the_rest_is_a_mean() -> None:
    tally = Tally()
    tally.add(90, {"wer_hard": 0.10, "similarity": 0.8})
    tally.add(10, {"wer_hard": 0.50, "similarity": 0.9})
    assert tally.figures() == pytest.approx({"wer_hard": 0.14, "similarity": 0.85})


def test_ratio_and_gap_want_the_recordings() -> None:
    found = base_progress._beside(
        {"wer_hard": 0.06, "dnsmos": 2.9}, {"wer_hard": 0.04, "dnsmos": 3.2}
    )
    assert found == pytest.approx({"wer_ratio": 1.5, "mos_gap": 0.3})
    assert base_progress._beside({"wer_hard": 0.06}, {"wer_hard": 0.0}) == {}


def test_rows_become_curves_in_order_of_time() -> None:
    rows = [
        {"minutes": 60.0, "copied": {"similarity": 0.97}, "fitted": {"similarity": 0.9}},
        {"minutes": 20.0, "fitted": {"similarity": 0.8, "wer_ratio": None}},
    ]
    by_title = {panel.title: panel for panel in panels(rows)}
    likeness = by_title["Similarity to the person (ratio)"]
    assert likeness.ideal == 1.0
    copied, fitted = likeness.curves
    assert copied.points == ((60.0, 0.97),)
    assert fitted.points == ((20.0, 0.8), (60.0, 0.9))
    assert all(not c.points for c in by_title["MOS proxy below the recordings"].curves)


def test_judge_asks_for_people(tmp_path: Path) -> None:
    arguments = argparse.Namespace(work=tmp_path, data=None, threads=1)
    with pytest.raises(SystemExit, match="--data"):
        base_progress.judge(None, arguments)  # type: ignore[arg-type]
    arguments.data = tmp_path
    with pytest.raises(SystemExit, match="metadata"):
        base_progress.judge(None, arguments)  # type: ignore[arg-type]
