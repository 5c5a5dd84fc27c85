# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fuzz target over its seeds and a fixed row of changed inputs; no fuzzer needed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import tracemalloc
from itertools import islice
from pathlib import Path

import pytest
from store_fuzz_draw import Draw, garbled, mutated
from store_fuzz_inputs import TARGETS, inputs, seeds
from store_fuzz_regressions import REGRESSIONS

INPUTS = 20
EXHAUSTIVE_S = 3.0
HERE = Path(__file__).parent


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_and_some_changes(name: str) -> None:
    target = TARGETS[name][0]
    for data in islice(inputs(name, 0), len(seeds(name)) + INPUTS):
        target(data)


@pytest.mark.parametrize(("name", "data"), REGRESSIONS)
def test_what_once_broke(name: str, data: bytes) -> None:
    TARGETS[name][0](data)


@pytest.mark.parametrize("name", TARGETS)
def test_memory_follows_the_size_of_the_input(name: str) -> None:
    target = TARGETS[name][0]
    rows = list(islice(inputs(name, 1), len(seeds(name)) + 2))
    target(rows[0])  # what is made once
    tracemalloc.start()
    try:
        for data in rows:
            tracemalloc.reset_peak()
            before, _ = tracemalloc.get_traced_memory()
            target(data)
            peak = tracemalloc.get_traced_memory()[1] - before
            assert peak < 2**23 + 16 * len(data)
    finally:
        tracemalloc.stop()


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", TARGETS)
def test_seconds_of_changes(name: str) -> None:
    target = TARGETS[name][0]
    number = int(os.environ.get("VOICEVAULT_SEED", int.from_bytes(os.urandom(4), "big")))
    print(f"VOICEVAULT_SEED={number}")
    start, count = time.monotonic(), 0
    for data in inputs(name, number):
        before = time.monotonic()
        target(data)
        assert time.monotonic() - before < 5
        count += 1
        if before - start > EXHAUSTIVE_S:
            break
    print(f"{name}: {count} inputs")


def test_decisions_run_out_quietly() -> None:
    assert mutated({"a": [1]}, Draw(b"")) == {"a": [1]}
    assert garbled(b"abc", Draw(b"")) == b"abc"
    assert Draw(b"\1").take(3) == b"\1\0\0"


def test_the_command_runs() -> None:
    command = [sys.executable, str(HERE / "run_fuzz.py"), "recovery-code"]
    command += ["--seconds", "1", "--plain", "--seed", "7"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "row 7" in done.stdout
    assert "random changes" in done.stdout
