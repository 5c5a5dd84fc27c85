# SPDX-License-Identifier: GPL-3.0-or-later
"""The error tree and the event codec."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicevault import errors, events

EXIT_CODES = {
    "VoiceVaultError": 1,
    "UsageError": 2,
    "VaultAccessError": 3,
    "VaultCorrupt": 4,
    "Refused": 5,
    "Cancelled": 75,
    "BadAudio": 1,
    "BadDataset": 1,
    "TrainingFailed": 1,
    "ExportFailed": 1,
    "MissingExtra": 1,
}

SAMPLES: list[events.Event] = [
    events.Started("train", "20261122-101500-tts_quick", "cpu", "bf16 does not pay here"),
    events.Progress("adapt", 3, 180, 21.5, "speaker vector"),
    events.Progress("read", 0, 0),
    events.Metric("mel", 12, 0.25),
    events.EnergyUsed(0.125, "RAPL, 1 package"),
    events.Warned("two takes are noisy", "record them again"),
    events.Finished({"steps": 180, "size_bytes": 4_700_000, "name": "änne"}),
    events.Failed("BadDataset", "3 usable takes; 8 are needed", "record more", 1),
    events.CancelledAt(120, True),
    events.Blob("checkpoint", 1024, {"step": 120}),
]


@pytest.mark.parametrize(("name", "code"), EXIT_CODES.items())
def test_errors_carry_message_hint_and_exit_code(name: str, code: int) -> None:
    kind = errors.by_name(name)
    assert kind.__name__ == name
    error = kind("what", hint="then")
    assert (error.message, error.hint, error.exit_code, str(error)) == (
        "what",
        "then",
        code,
        "what",
    )
    assert isinstance(error, errors.VoiceVaultError)


def test_unknown_error_names_become_the_base_class() -> None:
    assert errors.by_name("KeyError") is errors.VoiceVaultError


def test_a_missing_extra_says_how_to_get_it() -> None:
    assert "voicevault[train]" in errors.MissingExtra("no torch", extra="train").hint


@pytest.mark.parametrize("event", SAMPLES, ids=lambda one: type(one).__name__)
def test_events_survive_the_wire(event: events.Event) -> None:
    line = events.encode(event)
    assert "\n" not in line
    assert line.isascii()
    assert events.decode(line) == event
    assert events.decode(line.encode()) == event


@given(st.text(), st.integers(0, 10**9), st.floats(allow_nan=False, allow_infinity=False))
def test_any_text_and_number_survives(text: str, step: int, value: float) -> None:
    metric = events.Metric(text, step, value)
    assert events.decode(events.encode(metric)) == metric


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_not_finite_is_valid_json_and_comes_back_as_nan(value: float) -> None:
    line = events.encode(events.Metric("loss", 1, value))
    json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    back = events.decode(line)
    assert isinstance(back, events.Metric)
    assert math.isnan(back.value)
    nested = events.encode(events.Finished({"a": [value, {"b": value}]}))
    assert events.decode(nested) == events.Finished({"a": [None, {"b": None}]})


def test_fields_of_a_newer_worker_are_left_out() -> None:
    line = '{"event":"Progress","stage":"adapt","done":1,"total":2,"watts":12}'
    assert events.decode(line) == events.Progress("adapt", 1, 2)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Epoch 1/10",
        "[]",
        '"Progress"',
        "{}",
        '{"event":"Party"}',
        '{"event":"Progress","stage":"adapt"}',
        '{"event":"Blob","name":"x","size":-1}',
        '{"event":"Blob","name":"x","size":"9"}',
    ],
)
def test_a_line_that_is_no_event_is_refused(line: str) -> None:
    with pytest.raises(ValueError):
        events.decode(line)
