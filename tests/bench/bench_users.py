# SPDX-License-Identifier: GPL-3.0-or-later
"""What the main road has to reach on recordings of people the base never heard.

    VOICEVAULT_DATA=... python -m pytest -m bench -s tests/bench/bench_users.py

An hour of processor time is not unusual; `personal.py` and `piper_medium.py` print the same
figures without judging them.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import personal
import piper_medium

pytestmark = [pytest.mark.bench, pytest.mark.timeout(7200)]

# sentences: (similarity ratio at least, WER points above the own recordings at most, training s)
TARGETS = {10: (0.90, 3.0, 60.0), None: (0.94, 2.0, 300.0)}


@pytest.fixture(scope="module", params=["libri-1462", "libri-1272", "lj"])
def bench(request: pytest.FixtureRequest) -> personal.Bench:
    data = os.environ.get("VOICEVAULT_DATA", "")
    if not data:
        pytest.skip("VOICEVAULT_DATA names no folder of recordings")
    return personal.Bench(personal.parse(["--data", data]), request.param)


@pytest.mark.parametrize("count", list(TARGETS), ids=["ten", "all"])
def test_a_personal_voice(bench: personal.Bench, count: int | None) -> None:
    found = bench.run(count)
    print(f"\n{personal.HEAD}\n{personal.line(found)}")
    likeness, points, seconds = TARGETS[count]
    assert found.similarity >= likeness
    assert found.wer - found.wer_real <= points
    assert found.size_mb <= 5.0
    assert found.train_s <= seconds, f"{found.train_cpu_s:.0f} s of processor time"


def test_six_times_as_fast_as_piper_medium() -> None:
    found = piper_medium.compare(piper_medium.own_voice(), 16_000, 3)
    assert found["piper-medium"]["rtf"] >= 6.0 * found["voicevault"]["rtf"]
