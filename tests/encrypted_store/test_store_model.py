# SPDX-License-Identifier: GPL-3.0-or-later
"""Random lives of a vault against a model of what its owner may believe."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from store_box import content, new_box
from store_machine import VaultMachine
from store_memfs import Crash

from encrypted_store import Kind

COMMON: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "suppress_health_check": list(HealthCheck),
    "print_blob": False,
    "report_multiple_bugs": False,
}


def test_some_lives() -> None:
    """The same ones at every run."""
    options = settings(derandomize=True, max_examples=12, stateful_step_count=25, **COMMON)
    run_state_machine_as_test(VaultMachine, settings=options)


@pytest.mark.exhaustive
@pytest.mark.timeout(600)
def test_many_lives() -> None:
    """Others at every run; VOICEVAULT_SEED repeats one."""
    number = int(os.environ.get("VOICEVAULT_SEED", int.from_bytes(os.urandom(4), "big")))
    print(f"VOICEVAULT_SEED={number}")
    VaultMachine.totals.clear()
    options = settings(max_examples=150, stateful_step_count=50, **COMMON)
    run_state_machine_as_test(seed(number)(VaultMachine), settings=options)
    print(dict(VaultMachine.totals))


@pytest.mark.parametrize(
    ("call", "nth"), [("durable", 2), ("durable_dir", 1)], ids=["log", "object"]
)
def test_what_a_killed_writer_left_is_flushed_before_it_counts(call: str, nth: int) -> None:
    """Killed before a flush, opened again, and then the power goes."""
    box, vault = new_box()
    left, dead = nth, False

    def kill(name: str, path: Path | None) -> None:
        nonlocal left, dead
        left -= name == call
        dead = dead or left == 0
        if dead:
            raise Crash

    box.disk.before = kill
    with pytest.raises(Crash):
        vault.put(Kind.SAMPLE, b"take", {})
    box.disk.before = lambda name, path: None
    vault = box.open()
    held = content(vault)
    assert len(held) == 1
    with box.open(box.disk.after_power_loss()) as vault:
        assert content(vault) == held
